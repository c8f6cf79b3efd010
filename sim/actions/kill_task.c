/* sim/actions/kill_task.c - the process of a task dies behind the platform's back. */
#include "sim/actions/data.h"
#include "sim/run.h"

static const struct field fields[] = {
    { .name = "app", .kind = FIELD_TEXT, .offset = offsetof(struct kill_task_data, app),
      .about = "The app whose running tasks are picked from; not given: of any app." },
};

static void
kill_task_check(const struct scenario *scenario, const void *data, const struct fields_read *read,
                const char *pointer)
{
    action_check_app(scenario, ((const struct kill_task_data *)data)->app, read, pointer);
}

static enum status
kill_task_each(struct run *run, const struct vec *tasks, bool may_be_empty, struct error *err)
{
    for (uint32_t i = 0; i < tasks->count; i++) {
        const uint64_t   *task = vec_at(tasks, i);
        const enum status status = run->ops->kill_task(run->world, *task, err);
        if (status != ST_OK && !(status == ST_NOT_FOUND && may_be_empty)) { /* it ended just now */
            return status;
        }
    }
    return ST_OK;
}

static enum status
kill_task_act(struct run *run, const struct scenario_step *step, struct action_scope *scope,
              struct error *err)
{
    const struct kill_task_data *data = step->data;
    struct vec                   tasks;
    vec_init(&tasks, sizeof(uint64_t));
    enum status status = run_select_tasks(run, &data->targets, data->app, &tasks, err);
    if (status == ST_OK) {
        status = kill_task_each(run, &tasks, data->targets.may_be_empty, err);
        const unsigned long long first =
            tasks.count > 0 ? (unsigned long long)*(uint64_t *)vec_at(&tasks, 0) : 0;
        scope->target = tasks.count == 0 ? "nothing"
                                         : arena_printf(run->arena, "%u of %s (task %llu%s)",
                                                        tasks.count,
                                                        data->app != NULL ? data->app : "any app",
                                                        first, tasks.count > 1 ? ", ..." : "");
    }
    vec_fini(&tasks);
    return status;
}

const struct action action_kill_task = {
    .verb = "kill-task",
    .about = "The process of a task is killed behind the platform's back.",
    .fields = fields,
    .fields_count = COUNT_OF(fields),
    .data_bytes = sizeof(struct kill_task_data),
    .takes_selector = true,
    .is_fault = true,
    .real = true,
    .check = kill_task_check,
    .act = kill_task_act,
};

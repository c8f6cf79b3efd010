/* sim/actions/slow_task.c - tasks work slower for a while: a bad disk, a noisy neighbour. */
#include "sim/actions/data.h"
#include "sim/run.h"

#define SLOW_TASK_FACTOR_MAX 1000000

static const struct field fields[] = {
    { .name = "app", .kind = FIELD_TEXT, .offset = offsetof(struct slow_task_data, app),
      .about = "The app whose running tasks are picked from; not given: of any app." },
    { .name = "factor", .kind = FIELD_NUMBER, .offset = offsetof(struct slow_task_data, factor),
      .flags = FIELD_REQUIRED, .max = SLOW_TASK_FACTOR_MAX,
      .about = "How many times as long they work on a request, more than 1." },
};

static void
slow_task_check(const struct scenario *scenario, const void *data, const struct fields_read *read,
                const char *pointer)
{
    const struct slow_task_data *slow = data;
    action_check_app(scenario, slow->app, read, pointer);
    if (!(slow->factor > 1 && slow->factor <= SLOW_TASK_FACTOR_MAX)) {
        diag_add(read->diags, read->source, DIAG_ERROR,
                 fields_pointer(read->arena, pointer, "factor"),
                 "slows nothing down, expected a number above 1 and at most %d",
                 SLOW_TASK_FACTOR_MAX);
    }
}

static enum status
slow_task_each(struct run *run, const struct slow_task_data *data, const struct vec *tasks,
               bool begins, struct error *err)
{
    for (uint32_t i = 0; i < tasks->count; i++) {
        const uint64_t    task = *(const uint64_t *)vec_at(tasks, i);
        const enum status status =
            run->ops->slow_task(run->world, task, data->factor, begins, err);
        const bool        has_ended = status == ST_NOT_FOUND; /* with it the slowness */
        if (status != ST_OK && !(has_ended && (!begins || data->targets.may_be_empty))) {
            return status;
        }
    }
    return ST_OK;
}

static enum status
slow_task_act(struct run *run, const struct scenario_step *step, struct action_scope *scope,
              struct error *err)
{
    const struct slow_task_data *data = step->data;
    if (run->ops->slow_task == NULL) {
        return error_set(err, ST_UNSUPPORTED, "slow-task cannot be done to this machine");
    }
    enum status status = run_select_tasks(run, &data->targets, data->app, &scope->tasks, err);
    if (status != ST_OK) {
        return status;
    }
    status = slow_task_each(run, data, &scope->tasks, true, err);
    const unsigned long long first =
        scope->tasks.count > 0 ? (unsigned long long)*(uint64_t *)vec_at(&scope->tasks, 0) : 0;
    scope->target = scope->tasks.count == 0
                        ? "nothing"
                        : arena_printf(run->arena, "%u of %s (task %llu%s)", scope->tasks.count,
                                       data->app != NULL ? data->app : "any app", first,
                                       scope->tasks.count > 1 ? ", ..." : "");
    return status;
}

static enum status
slow_task_undo(struct run *run, const struct scenario_step *step, struct action_scope *scope,
               struct error *err)
{
    return slow_task_each(run, step->data, &scope->tasks, false, err);
}

const struct action action_slow_task = {
    .verb = "slow-task",
    .about = "Tasks work slower on their requests; after \"for\" they are themselves again.",
    .fields = fields,
    .fields_count = COUNT_OF(fields),
    .data_bytes = sizeof(struct slow_task_data),
    .takes_selector = true,
    .takes_for = true,
    .is_fault = true,
    .check = slow_task_check,
    .act = slow_task_act,
    .undo = slow_task_undo,
};

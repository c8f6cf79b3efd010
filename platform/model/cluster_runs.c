/*
 * platform/model/cluster_runs.c - apps whose tasks run once (app_spec.runs_once): each task is one
 * numbered run, and one that has ended by itself is not started again.
 *
 * A run has its number for life: a task that is lost comes back as another task of the same number.
 * The app's instances count the runs that are still to end; that number and the highest run taken
 * can be told from the stored tasks as well, which is how a new master finds both exact although a
 * step's writes may have become durable only in part.
 */
#include "platform/base/idmap.h"
#include "platform/model/cluster.h"

/* Its run needs nobody any more: it was stopped because fewer are wanted. */
static bool
runs_is_void(const struct cluster_task *task)
{
    return task->record.stop != STOP_NONE &&
           (task->record.stop_cause == STOP_SCALE_DOWN || task->record.stop_cause == STOP_DELETED ||
            task->record.stop_cause == STOP_UPGRADE || task->record.stop_cause == STOP_TWICE);
}

static bool
runs_begin(struct cluster_app *app, struct cluster_version *version, uint64_t run)
{
    struct cluster_task *task = cluster_task_add(app, version, run, false);
    if (task == NULL) {
        return false;
    }
    app->record.runs = app->record.runs > run ? app->record.runs : run;
    return true;
}

uint32_t
cluster_runs_add(struct cluster_app *app, uint32_t count)
{
    uint32_t added = 0;
    while (added < count && runs_begin(app, app->version, app->record.runs + 1)) {
        added++;
    }
    if (added > 0) {
        app->record.instances += added;
        cluster_app_changed(app);
        cluster_app_announce(app, "accepted");
    }
    return added;
}

void
cluster_runs_fill(struct cluster_app *app, struct cluster_version *version, uint32_t count)
{
    if (count == 0) {
        return; /* a change of the app would have it looked at again, for ever */
    }
    struct idmap active = { 0 };
    const struct cluster_task *last = app->tasks_last;
    for (const struct cluster_task *task = app->tasks_first; task != NULL; task = task->app_next) {
        if (cluster_task_is_active(task)) {
            idmap_put(&active, task->record.deployment, 1);
        }
    }
    for (const struct cluster_task *task = app->tasks_first; task != NULL && count > 0;
         task = task != last ? task->app_next : NULL) {
        const uint64_t run = task->record.deployment;
        if (!runs_is_void(task) && idmap_get(&active, run) == 0) {
            idmap_put(&active, run, 1);
            count = runs_begin(app, version, run) ? count - 1 : 0;
        }
    }
    while (count > 0 && runs_begin(app, version, app->record.runs + 1)) {
        count--;
    }
    idmap_fini(&active);
    cluster_app_changed(app);
}

bool
cluster_runs_stop_twice(struct cluster_app *app)
{
    struct idmap active = { 0 };
    struct cluster_task *next = NULL;
    bool stopped = false;
    for (struct cluster_task *task = app->tasks_first; task != NULL; task = next) {
        next = task->app_next;
        if (!cluster_task_is_active(task)) {
            continue;
        }
        if (idmap_get(&active, task->record.deployment) != 0) {
            cluster_task_stop(task, STOP_TWICE);
            stopped = true;
        } else {
            idmap_put(&active, task->record.deployment, 1);
        }
    }
    idmap_fini(&active);
    return stopped;
}

/* Others of its run: one that came back, or one that took its place. */
static void
runs_stop_others(const struct cluster_task *ended)
{
    struct cluster_task *next = NULL;
    for (struct cluster_task *task = ended->app->tasks_first; task != NULL; task = next) {
        next = task->app_next;
        if (task != ended && task->record.deployment == ended->record.deployment) {
            cluster_task_stop(task, STOP_TWICE);
        }
    }
}

static bool
runs_has_another(const struct cluster_task *ended)
{
    for (const struct cluster_task *task = ended->app->tasks_first; task != NULL;
         task = task->app_next) {
        if (task != ended && task->record.deployment == ended->record.deployment &&
            cluster_task_is_active(task)) {
            return true;
        }
    }
    return false;
}

void
cluster_run_ended(struct cluster_task *task)
{
    struct cluster_app *app = task->app;
    ASSERT(task->version->spec->runs_once);
    ASSERT(task_state_is_final((enum task_state)task->record.state));
    const bool by_itself =
        task->record.state == TASK_FINISHED || task->record.state == TASK_FAILED;
    if (runs_is_void(task)) {
        return;
    }
    if (by_itself) {
        app->record.instances -= app->record.instances > 0 ? 1 : 0;
        cluster_app_changed(app);
        cluster_app_announce(app, "ended");
        if (app->tasks_count != app->record.instances + 1) {
            runs_stop_others(task);
        }
    } else if (!app->record.deleted && app->counts.active < app->record.instances &&
               !runs_has_another(task)) {
        (void)runs_begin(app, app->version, task->record.deployment);
    }
}

void
cluster_runs_loaded(struct cluster_app *app)
{
    struct idmap seen = { 0 };
    if (app->version->spec->runs_once) {
        for (const struct cluster_task *task = app->tasks_first; task != NULL;
             task = task->app_next) {
            const uint64_t run = task->record.deployment;
            app->record.runs = app->record.runs > run ? app->record.runs : run;
            if (!runs_is_void(task)) {
                idmap_put(&seen, run, 1);
            }
        }
        if (app->record.deployment == 0) { /* else some are still to be begun */
            app->record.instances = seen.count;
        }
    }
    idmap_fini(&seen);
}

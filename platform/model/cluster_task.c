/*
 * platform/model/cluster_task.c - tasks in the master's memory: their lists and changes.
 */
#include <string.h>

#include "platform/model/backoff.h"
#include "platform/model/cluster_list.h"
#include "platform/model/cluster_move.h"
#include "platform/model/cluster_reservation.h"
#include "platform/model/cluster_waiting.h"

struct cluster_task *
cluster_task_find(struct cluster *cluster, uint64_t id)
{
    const uint32_t index = idmap_get(&cluster->tasks_by_id, id);
    return index == 0 ? NULL : pool_at(&cluster->tasks, index);
}

static struct cluster_task *
cluster_task_new(struct cluster_app *app, struct cluster_version *version,
                 const struct task_record *record)
{
    struct cluster *cluster = app->cluster;
    const uint32_t index = pool_take(&cluster->tasks);
    if (index == 0) {
        return NULL;
    }
    struct cluster_task *task = pool_at(&cluster->tasks, index);
    task->record = *record;
    task->app = app;
    task->version = version;
    task->index = index;
    if (app->tasks_last != NULL) {
        task->app_prev = app->tasks_last->index;
        app->tasks_last->app_next = task;
    } else {
        app->tasks_first = task;
    }
    app->tasks_last = task;
    app->tasks_count++;
    version->tasks_count++;
    if (record->state == TASK_PENDING) {
        app->pending_count++;
        cluster->pending_count++;
        cluster_waiting_set(app, true);
        app->pending_from = app->pending_from != NULL ? app->pending_from : task;
    }
    if (record->stop == STOP_DRAINING) {
        *(uint64_t *)vec_push(&cluster->stops) = record->id;
    }
    idmap_put(&cluster->tasks_by_id, record->id, index);
    cluster_task_move_load(task);
    cluster_task_recount(task);
    return task;
}

static void
cluster_task_write(struct cluster_task *task)
{
    struct cluster *cluster = task->app->cluster;
    if (task->write == 0) {
        struct cluster_write *write = vec_push(&cluster->writes);
        *write = (struct cluster_write){
            .kind = WRITE_TASK, .id = task->record.id, .object = task
        };
        task->write = cluster->writes.count;
        cluster->wake(cluster);
    }
}

static void
cluster_task_journal(const struct cluster_task *task, int32_t old_state, const char *cause)
{
    cluster_journal(task->app->cluster, &(struct env_event){
                                            .kind = ENV_EVENT_TASK,
                                            .old_state = old_state,
                                            .new_state = task->record.state,
                                            .node = task->record.node,
                                            .task = task->record.id,
                                            .version = task->record.version,
                                            .deployment = cluster_task_deployment(task),
                                            .app = task->app->id,
                                            .text = cause,
                                        });
}

struct cluster_task *
cluster_task_add(struct cluster_app *app, struct cluster_version *version, uint64_t deployment,
                 bool wants_ready)
{
    struct cluster *cluster = app->cluster;
    ASSERT(cluster->meta.next_task < cluster->meta_limit);
    const struct task_record record = {
        .id = cluster->meta.next_task,
        .app = app->record.id,
        .version = version->id,
        .deployment = deployment,
        .created_at_ns = cluster_now(cluster),
        .state = TASK_PENDING,
        .wants_ready = wants_ready && version->spec->readiness != NULL ? 1 : 0,
    };
    struct cluster_task *task = cluster_task_new(app, version, &record);
    if (task != NULL) {
        cluster->meta.next_task++;
        task->is_new = true;
        cluster_task_journal(task, -1, "");
        cluster_task_write(task);
        cluster_app_dirty(app);
    }
    return task;
}

void
cluster_task_rename(struct cluster_task *task, struct cluster_version *version)
{
    task->version->tasks_count--;
    if (task->record.node > 0) {
        task->version->booked_count--;
    }
    task->version = version;
    task->record.version = version->id;
    version->tasks_count++;
    if (task->record.node > 0) {
        version->booked_count++;
    }
    cluster_task_recount(task);
    cluster_task_write(task);
}

struct cluster_task *
cluster_task_load(struct cluster *cluster, const struct task_record *record)
{
    struct cluster_app *app = cluster_app_get(cluster, record->app);
    struct cluster_version *version = cluster_version_get(cluster, record->version);
    if (app == NULL || version == NULL) {
        return NULL;
    }
    struct cluster_task *task = cluster_task_new(app, version, record);
    if (task != NULL && record->nominated > 0) {
        cluster_task_nominate_load(task, cluster_node_get(cluster, record->nominated - 1));
    }
    if (task != NULL && record->node > 0) {
        struct cluster_node *node = cluster_node_get(cluster, record->node - 1);
        task->record.node = 0;
        if (record->reservation > 0) {
            cluster_reservation_restore(task, node);
        }
        cluster_task_book(task, node);
    }
    return task;
}

void
cluster_task_changed(struct cluster_task *task)
{
    cluster_task_recount(task);
    cluster_task_write(task);
    cluster_app_dirty(task->app);
}

/* When none is left, what is refused next is said again, be it for the same reason. */
static void
cluster_task_waits_no_more(struct cluster_app *app)
{
    app->pending_count--;
    app->cluster->pending_count--;
    if (app->pending_count == 0) {
        cluster_waiting_set(app, false);
        app->preempted_by = NULL;
        (void)cluster_sentence(&app->why_pending, NULL);
    }
}

void
cluster_task_state(struct cluster_task *task, enum task_state state, const char *cause)
{
    const int32_t old_state = task->record.state;
    if (old_state == TASK_PENDING && state != TASK_PENDING) {
        cluster_task_waits_no_more(task->app);
    }
    task->record.state = (uint8_t)state;
    if (task->app->record.backoff_failures > 0 && state >= TASK_STAGING &&
        state <= TASK_RUNNING && task->version == task->app->version) {
        backoff_started(task->app);
    }
    cluster_task_journal(task, old_state, cause);
    cluster_task_changed(task);
}

void
cluster_task_discard(struct cluster *cluster, uint64_t id)
{
    struct cluster_write *write = vec_push(&cluster->writes);
    *write = (struct cluster_write){ .kind = WRITE_TASK_DELETE, .id = id };
    cluster->wake(cluster);
}

/* Earlier writes of it in this step are void; a task that was never stored needs no deletion. */
static void
cluster_task_write_delete(struct cluster_task *task)
{
    struct cluster *cluster = task->app->cluster;
    const bool never_stored = task->is_new;
    if (task->write != 0) {
        struct cluster_write *write = vec_at(&cluster->writes, task->write - 1);
        ASSERT(write->object == task);
        *write = (struct cluster_write){ .kind = WRITE_VOID };
    }
    if (!never_stored) {
        cluster_task_discard(cluster, task->record.id);
    }
}

void
cluster_task_forget(struct cluster_task *task)
{
    struct cluster_app *app = task->app;
    struct cluster *cluster = app->cluster;
    cluster_task_unbook(task);
    cluster_task_nominate(task, NULL);
    cluster_task_move_end(task);
    cluster_task_write_delete(task);
    struct cluster_task *older = cluster_task_older(task);
    if (older != NULL) {
        older->app_next = task->app_next;
    } else {
        app->tasks_first = task->app_next;
    }
    if (task->app_next != NULL) {
        task->app_next->app_prev = task->app_prev;
    } else {
        app->tasks_last = older;
    }
    app->tasks_count--;
    task->version->tasks_count--;
    if (task->record.state == TASK_PENDING) {
        cluster_task_waits_no_more(app);
    }
    if (app->pending_from == task) {
        app->pending_from = task->app_next;
    }
    cluster_counts_add(&app->counts, task->bits, UINT32_MAX);
    if ((task->bits & TASK_BIT_ROUTED) != 0 && app->routed) {
        cluster->routes_dirty = true;
    }
    idmap_remove(&cluster->tasks_by_id, task->record.id);
    pool_give(&cluster->tasks, task->index);
    cluster_app_dirty(app);
}

void
cluster_decide(struct cluster_task *task, const char *decision, int64_t value)
{
    cluster_journal(task->app->cluster, &(struct env_event){
                                            .kind = ENV_EVENT_DECISION,
                                            .old_state = -1,
                                            .new_state = -1,
                                            .node = task->record.node,
                                            .task = task->record.id,
                                            .version = task->record.version,
                                            .deployment = cluster_task_deployment(task),
                                            .value = value,
                                            .app = task->app->id,
                                            .text = decision,
                                        });
}

void
cluster_task_stop(struct cluster_task *task, enum stop_cause cause)
{
    if (task->record.stop != STOP_NONE) {
        return;
    }
    task->record.stop_cause = (uint8_t)cause;
    if (task->record.state == TASK_PENDING) { /* nothing of it exists anywhere */
        cluster_decide(task, "withdraw", cause);
        cluster_task_state(task, TASK_KILLED, "withdrawn before it was placed");
        cluster_task_forget(task);
        return;
    }
    cluster_decide(task, "drain", cause);
    cluster_task_move_end(task);
    task->record.stop = STOP_DRAINING;
    *(uint64_t *)vec_push(&task->app->cluster->stops) = task->record.id;
    cluster_task_changed(task);
}

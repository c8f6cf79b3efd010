/*
 * platform/scheduler/shares.c - the scheduler's turns where there are roles, priorities or
 * preemption: the queue says whose task is next, quotas may hold it, and others may make room.
 */
#include "platform/scheduler/explain.h"
#include "platform/scheduler/scheduler.h"

enum { SHARES_SENTENCE_BYTES = 240 };

static void
shares_may_preempt(struct env_timer *timer)
{
    struct scheduler_state *scheduler =
        container_of(timer, struct scheduler_state, preempt_timer);
    scheduler->cluster->capacity_generation++;
    scheduler->cluster->wake(scheduler->cluster);
}

void
shares_open(struct scheduler_state *scheduler)
{
    queue_init(&scheduler->queue);
    env_timer_init(&scheduler->preempt_timer, shares_may_preempt);
}

void
shares_close(struct scheduler_state *scheduler)
{
    queue_fini(&scheduler->queue);
    env_timer_cancel(scheduler->cluster->env->clock, &scheduler->preempt_timer);
}

/*
 * Who is there is known: a master that has just begun to lead, or one whose machines are still
 * coming, might stop some for want of room that it has not heard of yet.
 */
static bool
shares_know_nodes(struct scheduler_state *scheduler)
{
    struct cluster *cluster = scheduler->cluster;
    const int64_t left_ns = cluster->leading_at_ns + cluster->config->agent_timeout_ns -
                            cluster_now(cluster);
    if (left_ns > 0 && !scheduler->preempt_timer.armed) {
        env_timer_start(cluster->env->clock, &scheduler->preempt_timer, left_ns);
    }
    return left_ns <= 0 && !cluster->offer_timer.armed;
}

/* No node has room: the one that it is promised, or that others can make room on, or NULL. */
static const struct cluster_node *
shares_preempt(struct scheduler_state *scheduler, struct cluster_task *task,
               const struct place_request *request)
{
    struct cluster *cluster = scheduler->cluster;
    struct preempt_choice choice = { 0 };
    struct cluster_node *node = task->record.nominated > 0
                                    ? cluster_node_find(cluster, task->record.nominated - 1)
                                    : NULL;
    if (node != NULL && (node->state == NODE_AWAITED ||
                         preempt_room(node, task, request) == PREEMPT_ROOM_SOON)) {
        return node;
    }
    const bool tries = cluster->config->preempts && !request->spec->is_resident &&
                       task->app->mover == NULL && /* nobody goes that others may be even */
                       shares_know_nodes(scheduler) &&
                       !preempt_is_vain(&scheduler->failed, task, request);
    if (tries) {
        preempt_find(cluster, &scheduler->queue, task, request, &choice);
    }
    if (choice.node != NULL) {
        preempt_begin(task, &choice);
        scheduler->failed.count = 0;
    } else if (node != NULL) {
        cluster_task_nominate(task, NULL);
        scheduler->failed.count = 0;
    } else if (tries) {
        preempt_was_vain(&scheduler->failed, task, request);
    }
    return choice.node;
}

/* Where it is promised room, or else wherever there is some. */
static bool
shares_place(struct scheduler_state *scheduler, struct cluster_task *task)
{
    struct cluster *cluster = scheduler->cluster;
    if (task->record.nominated > 0) {
        const struct place_request request = scheduler_request(scheduler, task);
        struct cluster_node *node = cluster_node_find(cluster, task->record.nominated - 1);
        if (preempt_room(node, task, &request) == PREEMPT_ROOM_NOW &&
            scheduler_place_on(scheduler, task, &request, node, NULL)) {
            return true;
        }
    }
    return scheduler_place(cluster, scheduler, task);
}

/* True when a node is being emptied for it. Of an app the oldest task that waits says why. */
static bool
shares_promise(struct scheduler_state *scheduler, struct queue_entry *entry,
                  struct cluster_task *task)
{
    const struct place_request request = scheduler_request(scheduler, task);
    const struct cluster_node *node = shares_preempt(scheduler, task, &request);
    if (entry->promised == NULL && node != NULL) {
        preempt_say(task, node);
    } else if (entry->promised == NULL) {
        scheduler_explain(scheduler, task);
    }
    entry->promised = task;
    if (node != NULL && request.filters != NULL) {
        filters_placed(request.filters, node); /* those after it reckon with it */
    }
    return node != NULL;
}

/* The next task of the one whose turn it is. False: nothing more of it in this pass. */
static bool
shares_turn(struct scheduler_state *scheduler, struct queue_entry *entry)
{
    struct cluster_app  *app = entry->app;
    struct cluster_task *task = entry->promised != NULL
                                    ? scheduler_pending(entry->promised->app_next)
                                    : scheduler_first(app);
    char                 why[SHARES_SENTENCE_BYTES];
    if (task == NULL) {
        return false;
    }
    if (!entry->asked) {
        entry->asked = true;
        entry->may_place = busy_may_place(&scheduler->busy, app);
        if (entry->may_place == 0) {
            explain_turn(task);
        }
    }
    if (entry->may_place == 0) {
        return false;
    }
    const struct amounts wanted = queue_wanted(task);
    if (queue_holds(&scheduler->queue, entry, &wanted, why, sizeof why)) {
        if (entry->promised == NULL) { /* else an older one has said why it waits */
            explain_held(task, why);
        }
    } else if (shares_place(scheduler, task)) {
        queue_placed(&scheduler->queue, entry, &wanted);
        entry->may_place--;
        scheduler->placed++;
        return true;
    } else if (shares_promise(scheduler, entry, task)) {
        queue_placed(&scheduler->queue, entry, &wanted);
        return true;
    }
    app->refused_generation = app->cluster->capacity_generation;
    app->refused_version = app->version->id;
    return false;
}

void
shares_work_off(struct scheduler_state *scheduler)
{
    struct queue *queue = &scheduler->queue;
    struct queue_entry *entry = NULL;
    if (!queue->touched && scheduler->capacity_seen == scheduler->cluster->capacity_generation) {
        return;
    }
    scheduler->filters.version = NULL;
    scheduler->failed.count = 0;
    queue_begin(queue, scheduler->cluster);
    scheduler->capacity_seen = scheduler->cluster->capacity_generation;
    while ((entry = queue_next(queue)) != NULL) {
        if (scheduler->placed == SCHEDULER_PLACEMENTS_MAX) {
            cluster_app_dirty(entry->app); /* the rest in the next step */
            return;
        }
        if (!shares_turn(scheduler, entry)) {
            queue_skip(queue, entry);
        }
    }
}

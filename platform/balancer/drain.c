/*
 * platform/balancer/drain.c - the controller that carries a stop from the balancer to the kill.
 *
 * A task of a service whose sessions get time to end (REHEARSAL_n_SESSION_DRAIN) is leaving first:
 * it still gets the requests of sessions that it has. Then, or else at once, it is draining: it is
 * out when every reachable edge has a routing generation in force that names it so, and reports no
 * open request of it. Then, or when drain_timeout has passed since, its agent is told to kill it.
 * A new master begins each of these times anew: what a drain has got through is not stored.
 */
#include <string.h>

#include "platform/base/memory.h"
#include "platform/model/cluster_told.h"
#include "platform/wire/messages.h"

/* One task on its way out. */
struct drain_item {
    struct env_timer deadline; /* of the sessions, then of the drain */
    struct cluster  *cluster;
    uint64_t         task;
    uint64_t         generation; /* the first that names it as draining, 0: not made yet */
    bool             leaving;    /* its sessions have time yet */
    bool             expired;
};

struct drain_state {
    struct vec       items; /* struct drain_item *, in order of their beginning */
    struct cluster  *cluster;
    struct env_timer look; /* armed for when an edge that is waited for will be missed */
};

enum { DRAIN_BEGUN = 1, DRAIN_DONE = 2, DRAIN_EXPIRED = 3 };

static void
drain_look_again(struct env_timer *timer)
{
    struct drain_state *drain = container_of(timer, struct drain_state, look);
    drain->cluster->wake(drain->cluster);
}

static void
drain_open(struct cluster *cluster, void *state)
{
    struct drain_state *drain = state;
    drain->cluster = cluster;
    env_timer_init(&drain->look, drain_look_again);
    vec_init(&drain->items, sizeof(struct drain_item *));
}

static void
drain_close(struct cluster *cluster, void *state)
{
    struct drain_state *drain = state;
    env_timer_cancel(cluster->env->clock, &drain->look);
    for (uint32_t i = 0; i < drain->items.count; i++) {
        struct drain_item *item = *(struct drain_item **)vec_at(&drain->items, i);
        env_timer_cancel(cluster->env->clock, &item->deadline);
        memory_free(item);
    }
    vec_fini(&drain->items);
}

static void
drain_say(const struct cluster_task *task, int32_t what)
{
    cluster_journal(task->app->cluster, &(struct env_event){ .kind = ENV_EVENT_DRAIN,
                                                             .old_state = -1,
                                                             .new_state = what,
                                                             .node = task->record.node,
                                                             .task = task->record.id,
                                                             .version = task->record.version,
                                                             .app = task->app->id });
}

static void
drain_kill(struct cluster_task *task)
{
    struct cluster *cluster = task->app->cluster;
    struct cluster_node *node = cluster_node_find(cluster, task->record.node - 1);
    ASSERT(node != NULL);
    cluster_decide(task, "kill", task->record.stop_cause);
    task->record.stop = STOP_KILLING;
    cluster_task_changed(task);
    const struct msg_kill kill = { .term = cluster->term,
                                   .task = task->record.id,
                                   .grace_ns = task->version->spec->kill_grace_ns };
    cluster_send(cluster, env_address_of(ENV_PROCESS_AGENT, node->index), &msg_kill_type, &kill);
    cluster_node_told(node, task->record.id);
}

static void
drain_deadline(struct env_timer *timer)
{
    struct drain_item *item = container_of(timer, struct drain_item, deadline);
    struct cluster *cluster = item->cluster;
    struct cluster_task *task = cluster_task_find(cluster, item->task);
    if (item->leaving && task != NULL) {
        item->leaving = false;
        task->sessions_ended = true;
        cluster->routes_dirty = true; /* the next generation names it as draining */
        env_timer_start(cluster->env->clock, timer, cluster->config->drain_timeout_ns);
    } else {
        item->expired = true;
    }
    cluster->wake(cluster);
}

static void
drain_begin(struct drain_state *drain, struct cluster_task *task)
{
    struct cluster *cluster = task->app->cluster;
    task->drain_begun = true;
    if (!task->app->routed || task->record.running_at_ns == 0) {
        drain_kill(task); /* no edge has ever heard of it */
        return;
    }
    struct drain_item *item = memory_alloc_zero(1, sizeof *item);
    item->cluster = cluster;
    item->task = task->record.id;
    item->leaving = cluster_task_is_leaving(task);
    env_timer_init(&item->deadline, drain_deadline);
    env_timer_start(cluster->env->clock, &item->deadline,
                    item->leaving ? task->app->session_drain_ns
                                  : cluster->config->drain_timeout_ns);
    *(struct drain_item **)vec_push(&drain->items) = item;
    drain_say(task, DRAIN_BEGUN);
}

/* Stops that have begun since the last look. */
static void
drain_take(struct cluster *cluster, struct drain_state *drain)
{
    for (uint32_t i = 0; i < cluster->stops.count; i++) {
        struct cluster_task *task =
            cluster_task_find(cluster, *(uint64_t *)vec_at(&cluster->stops, i));
        if (task != NULL && task->record.stop == STOP_DRAINING && !task->drain_begun) {
            drain_begin(drain, task);
        }
    }
    vec_clear(&cluster->stops);
}

static bool
drain_edge_is_busy(const struct cluster_edge *edge, uint64_t task)
{
    for (uint32_t i = 0; i < edge->busy.count; i++) {
        if (*(uint64_t *)vec_at(&edge->busy, i) == task) {
            return true;
        }
    }
    return false;
}

static bool
drain_is_out(const struct cluster *cluster, const struct drain_item *item)
{
    /* A master that has just begun to lead has not heard of every edge yet. */
    if (cluster_now(cluster) - cluster->leading_at_ns < cluster->config->edge_timeout_ns) {
        return false;
    }
    for (uint32_t i = 0; i < cluster->edges.count; i++) {
        const struct cluster_edge *edge = vec_at(&cluster->edges, i);
        if (cluster_now(cluster) < cluster_edge_missed_at(cluster, edge) &&
            (edge->generation < item->generation || drain_edge_is_busy(edge, item->task))) {
            return false;
        }
    }
    return true;
}

/* True when the item is over. */
static bool
drain_look(struct cluster *cluster, struct drain_item *item)
{
    struct cluster_task *task = cluster_task_find(cluster, item->task);
    if (task == NULL || task->record.stop != STOP_DRAINING) {
        return true; /* it ended by itself */
    }
    if (item->leaving) {
        return false;
    }
    if (item->generation == 0) {
        item->generation = cluster->meta.routes_generation; /* made in this very step */
    }
    if (item->expired) {
        drain_say(task, DRAIN_EXPIRED);
    } else if (drain_is_out(cluster, item)) {
        drain_say(task, DRAIN_DONE);
    } else {
        return false;
    }
    drain_kill(task);
    return true;
}

/* Nothing else wakes the master when an edge that reports no more is no longer waited for. */
static void
drain_watch(struct cluster *cluster, struct drain_state *drain)
{
    const int64_t now_ns = cluster_now(cluster);
    const int64_t patience_ns = cluster->config->edge_timeout_ns;
    int64_t next_ns = INT64_MAX;
    if (drain->items.count == 0 || drain->look.armed) {
        return;
    }
    if (now_ns - cluster->leading_at_ns < patience_ns) {
        next_ns = cluster->leading_at_ns + patience_ns;
    }
    for (uint32_t i = 0; i < cluster->edges.count; i++) {
        const struct cluster_edge *edge = vec_at(&cluster->edges, i);
        const int64_t missed_at_ns = cluster_edge_missed_at(cluster, edge);
        if (now_ns < missed_at_ns) {
            next_ns = int64_min(next_ns, missed_at_ns);
        }
    }
    if (next_ns != INT64_MAX) {
        env_timer_start(cluster->env->clock, &drain->look, next_ns - now_ns);
    }
}

static void
drain_finish(struct cluster *cluster, void *state)
{
    struct drain_state *drain = state;
    drain_take(cluster, drain);
    for (uint32_t i = 0; i < drain->items.count;) {
        struct drain_item *item = *(struct drain_item **)vec_at(&drain->items, i);
        if (!drain_look(cluster, item)) {
            i++;
            continue;
        }
        env_timer_cancel(cluster->env->clock, &item->deadline);
        memory_free(item);
        vec_remove_at(&drain->items, i);
    }
    drain_watch(cluster, drain);
}

const struct controller drain_controller = {
    .name = "drain",
    .state_bytes = sizeof(struct drain_state),
    .open = drain_open,
    .finish = drain_finish,
    .close = drain_close,
};

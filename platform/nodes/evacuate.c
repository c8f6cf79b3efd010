/*
 * platform/nodes/evacuate.c - the controller that empties the nodes which are drained.
 *
 * The scheduler places nothing there, and the tasks there count as moving: present and serving, but
 * others are wanted in their place, which the deploy controller launches as it does for lost ones.
 * Here is decided when a moving one may go, out of the balancer first as always. At the deadline of
 * its node it goes whatever follows. Level-triggered: beside the node's record nothing is
 * remembered.
 */
#include <stdio.h>
#include <string.h>

#include "platform/model/cluster_drain.h"
#include "platform/model/cluster_pulse.h"
#include "platform/nodes/evacuation.h"

enum { EVACUATE_SENTENCE_BYTES = 440, EVACUATE_REASON_BYTES = 360 };
enum { DRAIN_SAYS_WAITS = 2, DRAIN_SAYS_EMPTY = 3, DRAIN_SAYS_DEADLINE = 4 };

static struct evacuation_counts
evacuate_count(const struct cluster_app *app)
{
    struct evacuation_counts counts = {
        .wanted = app->record.instances,
        .minimum_health_ppm = app->record.deleted ? 0 : app->version->spec->minimum_health_ppm,
        .healthy = app->counts.healthy,
        .moving = app->counts.moving,
    };
    for (const struct cluster_task *task = app->tasks_first; task != NULL; task = task->app_next) {
        counts.staying +=
            cluster_task_is_active(task) && cluster_task_is_serving(task) ? 1U : 0U;
    }
    return counts;
}

/* A restart replaces old instances anyway, each by its rules: those that move need no other in
 * their place first, as long as enough healthy ones remain. Else the two would wait for each other
 * where the restart may have no more instances at a time. */
static bool
evacuate_is_replaced(const struct cluster_app *app, const struct cluster_task *task)
{
    const struct cluster_deployment *deployment = app->deployment;
    if (deployment == NULL || task->version == app->version || !deployment->record.restarts ||
        deployment->record.held) {
        return false;
    }
    const enum strategy_kind kind = deployment->strategy->kind;
    return deployment->record.reverts != 0 || kind == STRATEGY_ROLLING ||
           kind == STRATEGY_RECREATE || deployment->record.phase >= PHASE_PROMOTING;
}

/* Lower goes first: what serves nobody, then what is ready for nobody, then the oldest. */
static uint32_t
evacuate_rank(const struct cluster_task *task)
{
    if (!cluster_task_is_healthy(task)) {
        return 0;
    }
    return cluster_task_is_serving(task) ? 2 : 1;
}

static struct cluster_task *
evacuate_next(const struct cluster_app *app, bool replaced_only)
{
    struct cluster_task *best = NULL;
    for (struct cluster_task *task = app->tasks_first; task != NULL; task = task->app_next) {
        if (cluster_task_is_moving(task) &&
            (!replaced_only || evacuate_is_replaced(app, task)) &&
            (best == NULL || evacuate_rank(task) < evacuate_rank(best))) {
            best = task;
        }
    }
    return best;
}

/* What had to be gone by now: asked for, so nothing is counted. */
static void
evacuate_forced(struct cluster_app *app)
{
    struct cluster_task *next = NULL;
    for (struct cluster_task *task = app->tasks_first; task != NULL; task = next) {
        next = task->app_next;
        if (cluster_task_is_moving(task) &&
            cluster_node_is_forced(cluster_node_find(app->cluster, task->record.node - 1))) {
            cluster_task_stop(task, STOP_DEADLINE);
        }
    }
}

static void
evacuate_app(struct cluster *cluster, void *state, struct cluster_app *app)
{
    (void)cluster;
    (void)state;
    if (app->removed || app->counts.moving == 0) {
        return;
    }
    evacuate_forced(app);
    struct evacuation_counts counts = evacuate_count(app);
    uint32_t surplus = evacuation_surplus(&counts);
    while (counts.moving > 0) {
        struct cluster_task *task = evacuate_next(app, surplus == 0);
        if (task == NULL || !evacuation_may_stop(&counts, cluster_task_is_healthy(task))) {
            return;
        }
        counts.healthy -= cluster_task_is_healthy(task) ? 1 : 0;
        counts.moving--;
        surplus -= surplus > 0 ? 1 : 0;
        cluster_task_stop(task, app->record.deleted   ? STOP_DELETED
                                : app->mover == task ? STOP_REBALANCED
                                                     : STOP_EVACUATED);
    }
}

/* --- what each node waits for --- */

/* Nothing of it moves: it is being stopped, or is bound there. */
static void
evacuate_reason_bound(const struct cluster_node *node, char *text, size_t bytes)
{
    const struct cluster_task *task = node->tasks_first;
    while (task != NULL && (task->record.reservation == 0 || task->record.stop != STOP_NONE)) {
        task = task->node_next;
    }
    if (task == NULL) {
        (void)snprintf(text, bytes, "being stopped");
    } else {
        (void)snprintf(text, bytes, "%.40s has its volume here and does not move: it stops at %s, "
                       "or when the app is scaled down or deleted", task->app->id,
                       cluster_drain_get(node)->record.deadline_at_ns > 0
                           ? "the deadline"
                           : "a deadline, and none is set");
    }
}

/* Why the first of its apps that keeps a task there does so. */
static void
evacuate_reason(const struct cluster_node *node, char *text, size_t bytes)
{
    const struct cluster_task *task = node->tasks_first;
    while (task != NULL && !cluster_task_is_moving(task)) {
        task = task->node_next;
    }
    if (task == NULL) {
        evacuate_reason_bound(node, text, bytes);
        return;
    }
    const struct cluster_app *app = task->app;
    const struct evacuation_counts counts = evacuate_count(app);
    if (app->pending_count > 0) {
        (void)snprintf(text, bytes, "%.40s has %u to be placed: %.260s", app->id,
                       app->pending_count,
                       app->why_pending != NULL ? app->why_pending : "being looked at");
    } else if (app->deployment != NULL && app->deployment->record.held) {
        (void)snprintf(text, bytes, "the deployment of %.40s is held by hand", app->id);
    } else if (counts.staying < counts.wanted) {
        (void)snprintf(text, bytes, "%.40s: %u of %u elsewhere to be healthy and ready", app->id,
                       counts.wanted - counts.staying, counts.wanted);
    } else {
        (void)snprintf(text, bytes, "%.40s: %u healthy, of which %u must remain", app->id,
                       counts.healthy, evacuation_healthy_min(&counts));
    }
}

static void
evacuate_explain(struct cluster_node *node)
{
    char text[EVACUATE_SENTENCE_BYTES];
    char reason[EVACUATE_REASON_BYTES];
    struct cluster_drain *drain = cluster_drain_get(node);
    if (node->tasks_count == 0 && node->strays.count == 0) {
        (void)snprintf(text, sizeof text, "a volume is left here, which waits for its task%s",
                       drain->record.deadline_at_ns > 0 ? ", until the deadline" : "");
    } else if (node->tasks_count == 0) {
        (void)snprintf(text, sizeof text, "%u that are none of ours to end", node->strays.count);
    } else {
        evacuate_reason(node, reason, sizeof reason);
        (void)snprintf(text, sizeof text, "%u task%s left: %s", node->tasks_count,
                       node->tasks_count == 1 ? "" : "s", reason);
    }
    if (cluster_sentence(&drain->waits_for, text)) {
        cluster_node_drain_say(node, DRAIN_SAYS_WAITS, text);
    }
}

static void
evacuate_deadline(struct env_timer *timer)
{
    struct cluster *cluster = container_of(timer, struct cluster_drain, timer)->node->cluster;
    cluster->wake(cluster);
}

/* True when what is left has to go now. */
static bool
evacuate_is_late(struct cluster_node *node)
{
    struct cluster *cluster = node->cluster;
    struct cluster_drain *drain = cluster_drain_get(node);
    const int64_t left_ns = drain->record.deadline_at_ns - cluster_now(cluster);
    if (drain->record.deadline_at_ns == 0 || drain->record.forced || cluster_node_is_empty(node)) {
        return false;
    }
    if (left_ns <= 0) {
        return true;
    }
    if (!drain->timer.armed) {
        env_timer_init(&drain->timer, evacuate_deadline);
        env_timer_start(cluster->env->clock, &drain->timer, left_ns);
    }
    return false;
}

static void
evacuate_force(struct cluster_node *node)
{
    char text[EVACUATE_SENTENCE_BYTES];
    struct cluster_drain *drain = cluster_drain_get(node);
    const char *waited = drain->waits_for;
    (void)snprintf(text, sizeof text, "%u task%s stopped at the deadline%s%.340s",
                   node->tasks_count, node->tasks_count == 1 ? " is" : "s are",
                   waited != NULL ? "; it waited: " : "", waited != NULL ? waited : "");
    drain->record.forced = 1;
    cluster_node_drain_changed(node);
    cluster_node_drain_say(node, DRAIN_SAYS_DEADLINE, text);
    for (struct cluster_task *task = node->tasks_first; task != NULL; task = task->node_next) {
        cluster_task_recount(task);   /* what its volume held there goes as well */
        cluster_app_dirty(task->app); /* its turn comes in this step */
    }
}

static void
evacuate_finish(struct cluster *cluster, void *state)
{
    (void)state;
    for (uint32_t i = 0; i < cluster->drains.count; i++) {
        struct cluster_node *node = *(struct cluster_node **)vec_at(&cluster->drains, i);
        struct node_record *drain = &cluster_drain_get(node)->record;
        if (drain->ended && node->state != NODE_READY && cluster_node_is_empty(node) &&
            node->reservations == NULL && /* residency.c sees to those */
            cluster_node_is_silent(node)) {
            cluster_node_undrain(node, "its machine has ended"); /* which takes it off the list */
            i--;
        } else if (evacuate_is_late(node)) {
            evacuate_force(node);
        } else if (!cluster_node_is_empty(node)) {
            evacuate_explain(node);
        } else if (!drain->empty) {
            drain->empty = 1;
            cluster_node_drain_changed(node);
            cluster_node_drain_say(node, DRAIN_SAYS_EMPTY, "");
        }
    }
}

const struct controller evacuate_controller = {
    .name = "evacuate",
    .app = evacuate_app,
    .finish = evacuate_finish,
};

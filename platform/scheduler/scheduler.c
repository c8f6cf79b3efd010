/*
 * platform/scheduler/scheduler.c - the controller that gives pending tasks a node.
 *
 * Apps take turns in the order in which they became dirty; an app inside its back-off or that found
 * no room since room was last made is passed over, so that it cannot hold up the others. Where
 * there are roles, priorities or preemption (cluster.shares) they wait in a queue instead: shares.c
 */
#include "platform/scheduler/scheduler.h"

#include "platform/model/backoff.h"
#include "platform/model/cluster_reservation.h"
#include "platform/model/cluster_told.h"
#include "platform/model/cluster_waiting.h"
#include "platform/scheduler/explain.h"
#include "platform/scheduler/gpus.h"
#include "platform/scheduler/ports.h"
#include "platform/scheduler/residency.h"
#include "platform/wire/messages.h"

static void
scheduler_open(struct cluster *cluster, void *state)
{
    struct scheduler_state *scheduler = state;
    env_random_stream(cluster->env->random, "scheduler", &scheduler->rng);
    env_random_stream(cluster->env->random, "scheduler-gpus", &scheduler->gpu_rng);
    finder_init(&scheduler->finder);
    busy_init(&scheduler->busy, cluster);
    refused_init(&scheduler->refused);
    scheduler->cluster = cluster;
    shares_open(scheduler);
    rebalance_open(&scheduler->rebalance, cluster, &scheduler->queue);
}

static void
scheduler_launch(struct cluster_task *task, struct cluster_node *node)
{
    struct cluster *cluster = task->app->cluster;
    cluster_task_book(task, node);
    cluster_task_state(task, TASK_STAGING, "placed");
    const struct msg_launch launch =
        msg_launch_of(cluster->term, &task->record, cluster_task_run(task));
    cluster_send(cluster, env_address_of(ENV_PROCESS_AGENT, node->index), &msg_launch_type,
                 &launch);
    cluster_node_told(node, task->record.id);
}

/* The filters go on counting from task to task; another version begins them anew. */
struct place_request
scheduler_request(struct scheduler_state *scheduler, const struct cluster_task *task)
{
    struct place_request request = place_request_of(task->version);
    basis_give(&scheduler->basis, task->app->cluster, &request);
    if (task->version->spec->constraints_count > 0) {
        request.filters = scheduler->filters.version == task->version
                              ? &scheduler->filters
                              : filters_begin(&scheduler->filters, task);
    }
    return request;
}

/* The node that it goes to; of a resident task with the reservation that waits there, if any. */
static uint32_t
scheduler_find(struct cluster *cluster, struct scheduler_state *scheduler,
               const struct cluster_task *task, const struct place_request *request,
               struct cluster_reservation **ret_reservation)
{
    const struct scores_policy *policy = scores_policy(cluster->config->policy);
    const bool draws = cluster->config->tie == TIE_RANDOM || policy->draws;
    *ret_reservation = NULL;
    if (request->spec->is_resident) {
        *ret_reservation = residency_find(task, request);
        if (*ret_reservation != NULL) {
            return (*ret_reservation)->node->index;
        }
        if (!residency_may_make(task->app)) {
            return PLACE_NONE;
        }
    }
    return finder_find(&scheduler->finder, cluster, request, policy,
                       draws ? &scheduler->rng : NULL);
}

bool
scheduler_place_on(struct scheduler_state *scheduler, struct cluster_task *task,
                   const struct place_request *request, struct cluster_node *node,
                   struct cluster_reservation *reservation)
{
    const struct scores_policy *policy = scores_policy(scheduler->cluster->config->policy);
    if (!ports_choose(node, task->version->spec, task->record.ports, &task->record.ports_count)) {
        return false;
    }
    if (reservation != NULL) {
        cluster_reservation_give(reservation, task);
    } else if (request->spec->is_resident) {
        cluster_reservation_make(task, node);
    }
    task->record.gpu_mask = gpus_choose(node, request, policy, &scheduler->gpu_rng);
    scheduler_launch(task, node);
    if (request->filters != NULL && reservation == NULL) { /* else it was counted before */
        filters_placed(request->filters, node);
    }
    return true;
}

bool
scheduler_place(struct cluster *cluster, struct scheduler_state *scheduler,
                struct cluster_task *task)
{
    const struct place_request request = scheduler_request(scheduler, task);
    struct cluster_reservation *reservation = NULL;
    const uint32_t index = scheduler_find(cluster, scheduler, task, &request, &reservation);
    return index != PLACE_NONE &&
           scheduler_place_on(scheduler, task, &request, cluster_node_find(cluster, index),
                              reservation);
}

void
scheduler_explain(struct scheduler_state *scheduler, struct cluster_task *task)
{
    const struct place_request request = scheduler_request(scheduler, task);
    if (request.spec->is_resident && !residency_may_make(task->app)) {
        residency_explain(task, &request);
    } else {
        explain_refused(task, &request);
    }
}

/* This one, or the next younger one that waits, or NULL. */
struct cluster_task *
scheduler_pending(struct cluster_task *task)
{
    while (task != NULL && task->record.state != TASK_PENDING) {
        task = task->app_next;
    }
    return task;
}

/* Its oldest task that waits, or NULL. */
struct cluster_task *
scheduler_first(struct cluster_app *app)
{
    app->pending_from = app->pending_count > 0 ? scheduler_pending(app->pending_from) : NULL;
    return app->pending_from;
}

/* The app waits until the scheduler has thought about it. */
static void
scheduler_held(struct cluster_app *app)
{
    struct cluster_task *task = scheduler_first(app);
    if (task != NULL) {
        explain_turn(task);
    }
}

/* What its constraints refuse may depend on its own instances: asked again at every look. */
static bool
scheduler_is_refused(struct cluster_app *app)
{
    const struct cluster_task *task = app->cluster->shares ? NULL : scheduler_first(app);
    const uint64_t             version = task != NULL ? task->version->id : app->version->id;
    return app->refused_generation == app->cluster->capacity_generation &&
           app->refused_version == version && app->version->spec->constraints_count == 0 &&
           !app->version->spec->is_resident;
}

static void
scheduler_turn(struct scheduler_state *scheduler, struct cluster_app *app)
{
    struct cluster *cluster = scheduler->cluster;
    if (app->pending_count == 0 || scheduler_is_refused(app) || backoff_holds(app)) {
        return;
    }
    if (cluster->shares) {
        app->refused_generation = busy_takes_time(cluster) ? 0 : app->refused_generation;
        queue_add(&scheduler->queue, app);
        return;
    }
    uint32_t may_place = busy_may_place(&scheduler->busy, app);
    if (may_place == 0) {
        scheduler_held(app);
        return;
    }
    scheduler->filters.version = NULL;
    for (struct cluster_task *task = app->pending_from; task != NULL && app->pending_count > 0;
         task = task->app_next) {
        app->pending_from = task;
        if (task->record.state != TASK_PENDING) {
            continue;
        }
        if (scheduler->placed == SCHEDULER_PLACEMENTS_MAX || may_place == 0) {
            cluster_app_dirty(app); /* the rest in the next step */
            return;
        }
        if (!scheduler_place(cluster, scheduler, task)) {
            app->refused_generation = cluster->capacity_generation;
            app->refused_version = task->version->id;
            scheduler_explain(scheduler, task);
            return;
        }
        scheduler->placed++;
        may_place--;
    }
    app->pending_from = NULL;
    (void)cluster_sentence(&app->why_pending, NULL); /* what is refused next is said again */
}

static void
scheduler_app(struct cluster *cluster, void *state, struct cluster_app *app)
{
    struct scheduler_state *scheduler = state;
    (void)cluster;
    scheduler_turn(scheduler, app);
    rebalance_app(&scheduler->rebalance, app);
}

static void
scheduler_finish(struct cluster *cluster, void *state)
{
    struct scheduler_state *scheduler = state;
    if (cluster->shares) {
        shares_work_off(scheduler);
    }
    scheduler->placed = 0;
    basis_step_ended(&scheduler->basis);
    busy_step_ended(&scheduler->busy);
    rebalance_finish(&scheduler->rebalance);
    if (cluster->shares || scheduler->capacity_seen == cluster->capacity_generation) {
        return;
    }
    const uint64_t seen = scheduler->capacity_seen;
    const bool     free_looks = !busy_takes_time(cluster); /* else a look itself takes its time */
    scheduler->capacity_seen = cluster->capacity_generation;
    for (uint32_t i = cluster_waiting_next(cluster, 0); i != UINT32_MAX;
         i = cluster_waiting_next(cluster, i + 1)) {
        struct cluster_app *app = *(struct cluster_app **)vec_at(&cluster->apps, i);
        if (!app->backoff_timer.armed && /* which looks at it when it fires */
            (!free_looks ||
             !refused_stays(&scheduler->refused, cluster, &scheduler->finder, i, seen))) {
            cluster_app_dirty(app);
        }
    }
    scheduler->finder.moved_count = 0;
}

static void
scheduler_close(struct cluster *cluster, void *state)
{
    struct scheduler_state *scheduler = state;
    (void)cluster;
    filters_fini(&scheduler->filters);
    finder_fini(&scheduler->finder);
    busy_fini(&scheduler->busy);
    refused_fini(&scheduler->refused);
    basis_fini(&scheduler->basis);
    shares_close(scheduler);
    rebalance_close(&scheduler->rebalance);
}

const struct controller scheduler_controller = {
    .name = "scheduler",
    .state_bytes = sizeof(struct scheduler_state),
    .open = scheduler_open,
    .app = scheduler_app,
    .finish = scheduler_finish,
    .close = scheduler_close,
};

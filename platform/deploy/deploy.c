/*
 * platform/deploy/deploy.c - the controller that makes each app have the instances it wants: it
 * launches, stops, and carries deployments to their end by their strategies.
 *
 * Level-triggered: every look counts what there is and decides anew; what must survive a crash is
 * in the deployment's record.
 */
#include <stdio.h>

#include "platform/deploy/analysis.h"
#include "platform/deploy/inner.h"

enum {
    DEPLOY_LAUNCHES_MAX = 1000, /* a step: a transaction must stay small */
    DEPLOY_LOOKS_MAX = 8        /* at one app in a step: a deployment that fails begins another */
};

struct deploy_census
deploy_count(const struct cluster_app *app)
{
    const struct cluster_counts *counts = &app->counts;
    return (struct deploy_census){ .active = counts->active,
                                   .counts = { .wanted = app->record.instances,
                                               .healthy = counts->healthy,
                                               .old_live = counts->old_live,
                                               .old_staying = counts->old_active,
                                               .old_moving = counts->old_moving,
                                               .new_live = counts->new_live,
                                               .new_moving = counts->moving - counts->old_moving,
                                               .new_started = counts->new_active,
                                               .new_serving = counts->new_serving } };
}

struct rolling_limits
deploy_limits(const struct cluster_app *app, uint32_t wanted)
{
    const struct app_spec *spec = app->version->spec;
    return spec->is_resident
               ? rolling_limits_resident(wanted, spec->minimum_health_ppm, spec->over_capacity_ppm)
               : rolling_limits(wanted, spec->minimum_health_ppm, spec->over_capacity_ppm);
}

static void
deploy_launch_of(struct cluster_app *app, struct cluster_version *version, uint32_t count)
{
    if (count > DEPLOY_LAUNCHES_MAX) {
        count = DEPLOY_LAUNCHES_MAX;
        cluster_app_dirty(app); /* the rest in the next step */
    }
    if (version->spec->runs_once) {
        cluster_runs_fill(app, version, count);
        return;
    }
    const uint64_t deployment = app->deployment != NULL ? app->deployment->record.id : 0;
    const bool wants_ready = app->deployment != NULL || app->mover != NULL;
    for (uint32_t i = 0; i < count; i++) {
        struct cluster_task *task = cluster_task_add(app, version, deployment, wants_ready);
        if (task == NULL) {
            return; /* at the limit: looked at again when a task has gone */
        }
        cluster_decide(task, "launch", 0);
    }
}

void
deploy_launch(struct cluster_app *app, uint32_t count)
{
    deploy_launch_of(app, app->version, count);
}

void
deploy_replace_old(struct deploy_watch *watch, const struct deploy_census *census, uint32_t wanted)
{
    struct cluster_app *app = watch->app;
    const uint64_t id = app->deployment->record.version_old;
    struct cluster_version *version = cluster_version_get(app->cluster, id);
    if (version != NULL && !app->deployment->record.held && census->active < wanted &&
        watch_may_replace_old(watch, version->spec)) {
        deploy_launch_of(app, version, wanted - census->active);
    }
}

void
deploy_stop(struct cluster_app *app, struct deploy_census *census, uint32_t count,
            enum victims of, struct rolling_limits limits, enum stop_cause cause)
{
    for (uint32_t i = 0; i < count; i++) {
        struct cluster_task *victim = victims_next(app, of);
        if (victim == NULL) {
            return;
        }
        if (cluster_task_is_healthy(victim)) {
            if (!rolling_may_stop_healthy(limits, census->counts.healthy)) {
                return;
            }
            census->counts.healthy--;
        }
        cluster_task_stop(victim, cause);
    }
}

void
deploy_stop_surplus(struct cluster_app *app, struct deploy_census *census)
{
    const uint32_t wanted = census->counts.wanted;
    const uint32_t started = census->counts.new_started;
    if (started > wanted && !app->deployment->record.held) {
        deploy_stop(app, census, started - wanted, VICTIMS_NEW, deploy_limits(app, wanted),
                    STOP_SCALE_DOWN);
    }
}

static void
deploy_scale(struct cluster_app *app, struct deploy_census *census)
{
    if (app->deployment != NULL && app->deployment->record.held) {
        return;
    }
    if (census->active < app->record.instances) {
        deploy_launch(app, app->record.instances - census->active);
    } else if (census->active > app->record.instances &&
               !(app->version->spec->runs_once && cluster_runs_stop_twice(app))) {
        deploy_stop(app, census, census->active - app->record.instances, VICTIMS_ALL,
                    deploy_limits(app, app->record.instances),
                    app->record.deleted ? STOP_DELETED : STOP_SCALE_DOWN);
    }
}

void
deploy_withdraw_old(struct cluster_app *app)
{
    struct cluster_task *next = NULL;
    for (struct cluster_task *task = app->tasks_first;
         task != NULL && app->pending_count > 0 && app->counts.old_active > 0; task = next) {
        next = task->app_next;
        if (task->version != app->version && task->record.state == TASK_PENDING) {
            cluster_task_stop(task, STOP_UPGRADE);
        }
    }
}

/* --- what a deployment waits for --- */

void
deploy_wait(struct cluster_app *app, const char *text)
{
    char pending[DEPLOY_SENTENCE_BYTES];
    if (app->deployment == NULL) {
        return;
    }
    if (app->pending_count > 0 && app->why_pending != NULL) {
        (void)snprintf(pending, sizeof pending, "%u to be placed: %.260s", app->pending_count,
                       app->why_pending);
        text = pending;
    }
    if (cluster_sentence(&app->deployment->waits_for, text)) {
        cluster_deployment_say(app, DEPLOYMENT_RUNNING, text);
    }
}

static const char *
deploy_why_pending(const struct cluster_app *app, char *text, size_t bytes)
{
    if (app->why_pending != NULL) {
        return app->why_pending;
    }
    if (app->record.backoff_until_ns <= cluster_now(app->cluster)) {
        return "being looked at";
    }
    (void)snprintf(text, bytes, "launch back-off after %u failure%s in a row",
                   app->record.backoff_failures, app->record.backoff_failures == 1 ? "" : "s");
    return text;
}

static void
deploy_explain(struct cluster_app *app, const struct rolling_counts *counts)
{
    char text[DEPLOY_SENTENCE_BYTES];
    if (app->deployment->record.held) {
        (void)snprintf(text, sizeof text, "held by hand: waits for resume");
    } else if (app->pending_count > 0) {
        char why[80];
        (void)snprintf(text, sizeof text, "%u to be placed: %.260s", app->pending_count,
                       deploy_why_pending(app, why, sizeof why));
    } else if (counts->new_serving < counts->wanted) {
        (void)snprintf(text, sizeof text, "%u of %u new to be healthy and ready",
                       counts->wanted - counts->new_serving, counts->wanted);
    } else {
        (void)snprintf(text, sizeof text, "%u to be stopped",
                       counts->old_live + counts->new_live - counts->new_serving);
    }
    deploy_wait(app, text);
}

/* --- the look --- */

/* True when its analyses have ended it. */
static bool
deploy_is_judged(struct cluster_app *app)
{
    const struct deployment_record *record = &app->deployment->record;
    char why[DEPLOY_SENTENCE_BYTES] = "";
    switch (analysis_verdict(app, why, sizeof why)) {
    case ANALYSIS_FAILED:
        revert_failed(app, why);
        return true;
    case ANALYSIS_INCONCLUSIVE:
        if (record->phase == PHASE_HOLDING) {
            rollout_move(app, PHASE_PAUSED, record->weight_ppm, why);
        }
        break;
    case ANALYSIS_GOOD:
        break;
    }
    return false;
}

static void
deploy_restarting(struct deploy_watch *watch, struct deploy_census *census)
{
    struct cluster_app *app = watch->app;
    const struct deployment_record *record = &app->deployment->record;
    const enum strategy_kind kind =
        record->reverts != 0 ? STRATEGY_ROLLING : app->deployment->strategy->kind;
    switch (kind) {
    case STRATEGY_ROLLING:
        deploy_withdraw_old(app);
        *census = deploy_count(app);
        restart_look(app, census);
        break;
    case STRATEGY_RECREATE:
        deploy_withdraw_old(app);
        *census = deploy_count(app);
        recreate_look(app, census);
        break;
    case STRATEGY_CANARY:
    case STRATEGY_AB:
        rollout_look(watch, census);
        return;
    case STRATEGY_BLUE_GREEN:
        growth_look(watch, census);
        return;
    }
    *census = deploy_count(app);
    if (!rolling_is_done(&census->counts)) {
        deploy_explain(app, &census->counts);
    }
}

/* True when others of its plan go first; lost instances come back meanwhile as what they were. */
static bool
deploy_waits_its_turn(struct deploy_watch *watch, const struct deploy_census *census)
{
    struct cluster_app *app = watch->app;
    char text[DEPLOY_SENTENCE_BYTES];
    switch (plan_turn(app, text, sizeof text)) {
    case PLAN_ACTS:
        return false;
    case PLAN_WAITS:
        deploy_replace_old(watch, census, app->deployment->record.instances_old);
        deploy_wait(app, text);
        return true;
    case PLAN_FAILED:
        break;
    }
    plan_give_up(app, text);
    return true;
}

static void
deploy_look(struct deploy_state *state, struct cluster_app *app)
{
    struct deploy_watch *watch = watch_of(state, app);
    struct deploy_census census = deploy_count(app);
    analysis_look(&state->analysis, app);
    if (watch != NULL && deploy_waits_its_turn(watch, &census)) {
        return;
    }
    if (watch != NULL && (watch_deadlines(watch, &census) || deploy_is_judged(app))) {
        return;
    }
    const bool restarts = watch != NULL && app->deployment->record.restarts;
    if (restarts) {
        deploy_restarting(watch, &census);
    } else {
        deploy_scale(app, &census);
    }
    if (app->deployment == NULL) {
        return;
    }
    census = deploy_count(app);
    if (rolling_is_done(&census.counts)) {
        cluster_deployment_end(app, DEPLOYMENT_DONE, "");
        app->cluster->routes_dirty = true; /* its two services become one again */
    } else if (!restarts) {
        deploy_explain(app, &census.counts);
    }
}

static void
deploy_app(struct cluster *cluster, void *state, struct cluster_app *app)
{
    uint64_t before = UINT64_MAX;
    for (uint32_t looks = 0; looks < DEPLOY_LOOKS_MAX && before != app->record.deployment;
         looks++) {
        before = app->record.deployment;
        deploy_look(state, app);
    }
    if (app->record.deleted && app->tasks_count == 0) {
        cluster_app_remove(cluster, app);
    }
}

static void
deploy_open(struct cluster *cluster, void *state)
{
    struct deploy_state *deploy = state;
    deploy->cluster = cluster;
    vec_init(&deploy->watches, sizeof(struct deploy_watch *));
    analysis_open(&deploy->analysis, cluster);
}

static void
deploy_close(struct cluster *cluster, void *state)
{
    struct deploy_state *deploy = state;
    (void)cluster;
    analysis_close(&deploy->analysis);
    watch_close(deploy);
}

static bool
deploy_message(struct cluster *cluster, void *state, env_address from,
               const struct record_type *type, const void *record)
{
    struct deploy_state *deploy = state;
    const struct msg_api_request *request = record;
    if (type == &msg_edge_stats_type) {
        analysis_message(&deploy->analysis, record);
        return true;
    }
    return type == &msg_api_request_type && request->call == API_CONTROL &&
           control_message(cluster, from, request);
}

const struct controller deploy_controller = {
    .name = "deploy",
    .state_bytes = sizeof(struct deploy_state),
    .open = deploy_open,
    .app = deploy_app,
    .message = deploy_message,
    .close = deploy_close,
};

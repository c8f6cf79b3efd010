/*
 * platform/deploy/deploy.c - the controller that makes each app have the instances it wants: it
 * launches, stops, and carries deployments to their end.
 *
 * Level-triggered: every look counts what there is and decides anew; only two numbers of a restart
 * are remembered, in its record, so that a master that starts again goes on where it was.
 */
#include <stdio.h>

#include "platform/deploy/strategies/rolling.h"
#include "platform/deploy/victims.h"
#include "platform/model/cluster.h"

enum { DEPLOY_LAUNCHES_MAX = 1000 }; /* a step: a transaction must stay small */

/* What one look at an app's tasks found. */
struct deploy_census {
    struct rolling_counts counts; /* "new" is the wanted version */
    uint32_t              active; /* of any version: wanted to run */
};

static struct deploy_census
deploy_count(const struct cluster_app *app)
{
    const struct cluster_counts *counts = &app->counts;
    return (struct deploy_census){ .active = counts->active,
                                   .counts = { .wanted = app->record.instances,
                                               .healthy = counts->healthy,
                                               .old_live = counts->old_live,
                                               .old_staying = counts->old_active,
                                               .new_live = counts->new_live,
                                               .new_started = counts->new_active,
                                               .new_serving = counts->new_serving } };
}

static void
deploy_launch(struct cluster_app *app, uint32_t count)
{
    if (count > DEPLOY_LAUNCHES_MAX) {
        count = DEPLOY_LAUNCHES_MAX;
        cluster_app_dirty(app); /* the rest in the next step */
    }
    const uint64_t deployment = app->deployment != NULL ? app->deployment->record.id : 0;
    for (uint32_t i = 0; i < count; i++) {
        struct cluster_task *task =
            cluster_task_add(app, app->version, deployment, app->deployment != NULL);
        if (task == NULL) {
            return; /* at the limit: looked at again when a task has gone */
        }
        cluster_decide(task, "launch", 0);
    }
}

/*
 * Stops up to count tasks, the least useful first. A healthy one goes only while enough healthy
 * ones remain; the rest wait for the next look.
 */
static void
deploy_stop(struct cluster_app *app, struct deploy_census *census, uint32_t count, bool old_only,
            struct rolling_limits limits, enum stop_cause cause)
{
    for (uint32_t i = 0; i < count; i++) {
        struct cluster_task *victim = victims_next(app, old_only);
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

static void
deploy_scale(struct cluster_app *app, struct deploy_census *census)
{
    const struct app_spec *spec = app->version->spec;
    const struct rolling_limits limits =
        rolling_limits(app->record.instances, spec->minimum_health_ppm, spec->over_capacity_ppm);
    if (census->active < app->record.instances) {
        deploy_launch(app, app->record.instances - census->active);
    } else if (census->active > app->record.instances) {
        deploy_stop(app, census, census->active - app->record.instances, false, limits,
                    app->record.deleted ? STOP_DELETED : STOP_SCALE_DOWN);
    }
}

/* The two numbers of a restart are fixed when it begins, and stored with it. */
static void
deploy_begin_restart(struct cluster_app *app, const struct deploy_census *census,
                     struct rolling_limits limits)
{
    struct deployment_record *record = &app->deployment->record;
    const uint32_t old_at_start = census->counts.old_staying;
    record->kept_at_start =
        rolling_old_kept(old_at_start, rolling_kill_at_start(limits, &census->counts), 0) + 1;
    cluster_deployment_changed(app->cluster, app->deployment);
}

/* Old ones that have no place yet serve nobody, and would be given one before the new ones. */
static void
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

static bool
deploy_old_are_well(const struct cluster_app *app)
{
    for (const struct cluster_task *task = app->tasks_first; task != NULL; task = task->app_next) {
        if (task->version != app->version && cluster_task_is_active(task) &&
            !cluster_task_is_healthy(task)) {
            return false;
        }
    }
    return true;
}

/* Old ones that were kept because they were not healthy when it began are spare once they are. */
static void
deploy_spare_recovered(struct cluster_app *app, struct rolling_limits limits)
{
    struct deployment_record *record = &app->deployment->record;
    if (record->kept_at_start - 1 > limits.healthy_min && deploy_old_are_well(app)) {
        record->kept_at_start = limits.healthy_min + 1;
        cluster_deployment_changed(app->cluster, app->deployment);
    }
}

static void
deploy_restart(struct cluster_app *app, struct deploy_census *census)
{
    const struct app_spec *spec = app->version->spec;
    struct rolling_counts *counts = &census->counts;
    const struct rolling_limits limits =
        rolling_limits(counts->wanted, spec->minimum_health_ppm, spec->over_capacity_ppm);
    if (app->deployment->record.kept_at_start == 0) {
        deploy_begin_restart(app, census, limits);
    }
    deploy_spare_recovered(app, limits);
    const uint32_t kept_at_start = app->deployment->record.kept_at_start - 1;
    const uint32_t kept = rolling_old_kept(kept_at_start, 0, counts->new_serving);
    if (counts->old_staying > kept) {
        deploy_stop(app, census, counts->old_staying - kept, true, limits, STOP_UPGRADE);
    }
    if (counts->new_started > counts->wanted) {
        deploy_stop(app, census, counts->new_started - counts->wanted, false, limits,
                    STOP_SCALE_DOWN);
    }
    deploy_launch(app, rolling_launches(limits, counts));
}

/* Says what a deployment waits for, once for each new answer. */
static void
deploy_explain(struct cluster_app *app, const struct rolling_counts *counts)
{
    char text[160];
    if (app->pending_count > 0) {
        (void)snprintf(text, sizeof text, "%u to be placed: %.110s", app->pending_count,
                       app->why_pending != NULL ? app->why_pending : "being looked at");
    } else if (counts->new_serving < counts->wanted) {
        (void)snprintf(text, sizeof text, "%u of %u new to be healthy and ready",
                       counts->wanted - counts->new_serving, counts->wanted);
    } else {
        (void)snprintf(text, sizeof text, "%u to be stopped",
                       counts->old_live + counts->new_live - counts->new_serving);
    }
    if (cluster_sentence(&app->deployment->waits_for, text)) {
        cluster_deployment_say(app, DEPLOYMENT_RUNNING, text);
    }
}

static void
deploy_app(struct cluster *cluster, void *state, struct cluster_app *app)
{
    (void)state;
    const bool restarts = app->deployment != NULL && app->deployment->record.restarts;
    if (restarts) {
        deploy_withdraw_old(app);
    }
    struct deploy_census census = deploy_count(app);
    if (restarts) {
        deploy_restart(app, &census);
    } else {
        deploy_scale(app, &census);
    }
    census = deploy_count(app);
    if (app->deployment != NULL) {
        if (rolling_is_done(&census.counts)) {
            cluster_deployment_end(app, DEPLOYMENT_DONE, "");
        } else {
            deploy_explain(app, &census.counts);
        }
    }
    if (app->record.deleted && app->tasks_count == 0) {
        cluster_app_remove(cluster, app);
    }
}

const struct controller deploy_controller = { .name = "deploy", .app = deploy_app };

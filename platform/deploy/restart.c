/*
 * platform/deploy/restart.c - replaces the tasks of an app by the rolling restart, or all at once.
 *
 * Only two numbers of a restart are remembered, in its record, so that a master that starts again
 * goes on where it was.
 */
#include "platform/deploy/inner.h"

static bool
restart_old_are_well(const struct cluster_app *app)
{
    for (const struct cluster_task *task = app->tasks_first; task != NULL; task = task->app_next) {
        if (task->version != app->version && cluster_task_is_active(task) &&
            !cluster_task_is_healthy(task)) {
            return false;
        }
    }
    return true;
}

/* The number is fixed when the restart begins, and stored with it. */
static void
restart_begin(struct cluster_app *app, const struct deploy_census *census,
              struct rolling_limits limits)
{
    struct deployment_record *record = &app->deployment->record;
    const uint32_t old_at_start = census->counts.old_staying;
    record->kept_at_start =
        rolling_old_kept(old_at_start, rolling_kill_at_start(limits, &census->counts), 0) + 1;
    cluster_deployment_changed(app->cluster, app->deployment);
}

/* Old ones that were kept because they were not healthy when it began are spare once they are. */
static void
restart_spare_recovered(struct cluster_app *app, struct rolling_limits limits)
{
    struct deployment_record *record = &app->deployment->record;
    if (record->kept_at_start - 1 > limits.healthy_min && restart_old_are_well(app)) {
        record->kept_at_start = limits.healthy_min + 1;
        cluster_deployment_changed(app->cluster, app->deployment);
    }
}

/* A way back gets its share of the requests as its instances serve: all of them at once when they
 * are enough. */
static void
restart_weigh(struct cluster_app *app, const struct rolling_counts *counts,
              struct rolling_limits limits)
{
    struct deployment_record *record = &app->deployment->record;
    if (record->reverts == 0) {
        return;
    }
    const uint32_t enough = limits.healthy_min < counts->wanted ? limits.healthy_min
                                                                : counts->wanted;
    uint32_t weight_ppm = PPM;
    if (counts->new_serving < enough || counts->new_serving == 0) {
        weight_ppm = counts->healthy == 0
                         ? 0
                         : (uint32_t)((uint64_t)counts->new_serving * PPM / counts->healthy);
    }
    if (weight_ppm != record->weight_ppm) {
        rollout_move(app, PHASE_PROMOTING, weight_ppm, "the way back");
    }
}

/* By batch: at most so many of the old ones are on their way out or not yet replaced. Those that
 * are more than what is wanted now are not replaced: they leave at once. */
static uint32_t
restart_kept_by_batch(const struct cluster_app *app, const struct rolling_counts *counts,
                      uint32_t batch)
{
    const uint32_t replaced = counts->new_serving < counts->wanted ? counts->new_serving
                                                                   : counts->wanted;
    const uint32_t old_at_start = app->deployment->record.instances_old;
    const uint32_t replaceable = old_at_start < counts->wanted ? old_at_start : counts->wanted;
    const uint32_t gone = replaced + batch;
    return replaceable > gone ? replaceable - gone : 0;
}

void
restart_look(struct cluster_app *app, struct deploy_census *census)
{
    const uint32_t batch = app->deployment->strategy->batch;
    struct rolling_counts *counts = &census->counts;
    struct rolling_limits limits = deploy_limits(app, counts->wanted);
    if (app->deployment->record.kept_at_start == 0) {
        restart_begin(app, census, limits);
    }
    restart_spare_recovered(app, limits);
    restart_weigh(app, counts, limits);
    if (app->deployment->record.held) {
        return;
    }
    uint32_t kept =
        rolling_old_kept(app->deployment->record.kept_at_start - 1, 0, counts->new_serving);
    uint32_t launches = rolling_launches(limits, counts);
    if (batch > 0 && app->deployment->record.reverts == 0) {
        const uint32_t by_batch = restart_kept_by_batch(app, counts, batch);
        const uint32_t open = counts->new_started - counts->new_serving;
        kept = kept > by_batch ? kept : by_batch;
        launches = open >= batch ? 0 : launches < batch - open ? launches : batch - open;
    }
    if (counts->old_staying > kept) {
        deploy_stop(app, census, counts->old_staying - kept, VICTIMS_OLD, limits, STOP_UPGRADE);
    }
    deploy_stop_surplus(app, census);
    deploy_launch(app, launches);
}

/* Nothing is promised to the clients meanwhile: all old ones stop, then all new ones start. */
void
recreate_look(struct cluster_app *app, struct deploy_census *census)
{
    const struct rolling_counts *counts = &census->counts;
    const struct rolling_limits none = { .healthy_min = 0, .capacity_max = UINT32_MAX };
    if (app->deployment->record.held) {
        return;
    }
    if (counts->old_staying > 0) {
        deploy_stop(app, census, counts->old_staying, VICTIMS_OLD, none, STOP_UPGRADE);
    }
    deploy_stop_surplus(app, census);
    if (counts->old_live == 0 && counts->new_started < counts->wanted) {
        deploy_launch(app, counts->wanted - counts->new_started);
    }
}

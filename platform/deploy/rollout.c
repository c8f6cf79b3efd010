/*
 * platform/deploy/rollout.c - a canary or an A/B test: its steps, one after the other.
 *
 *   starting -> holding or paused -> (next step) starting ... -> promoting -> lingering ->
 *   finishing
 *
 * Level-triggered: each look compares where the record says it is with what there is. Everything
 * that a new master needs is in the record; timers are armed again at its first look.
 */
#include <stdio.h>

#include "platform/base/units.h"
#include "platform/deploy/analysis.h"
#include "platform/deploy/inner.h"
#include "platform/deploy/strategies/canary.h"

void
rollout_move(struct cluster_app *app, enum deployment_phase phase, uint32_t weight_ppm,
             const char *why)
{
    struct cluster *cluster = app->cluster;
    struct deployment_record *record = &app->deployment->record;
    cluster_journal(cluster, &(struct env_event){ .kind = ENV_EVENT_ROLLOUT,
                                                  .old_state = record->phase,
                                                  .new_state = (int32_t)phase,
                                                  .task = record->step + 1,
                                                  .version = record->version_new,
                                                  .deployment = record->id,
                                                  .value = weight_ppm,
                                                  .app = app->id,
                                                  .text = why });
    cluster->routes_dirty = cluster->routes_dirty || record->weight_ppm != weight_ppm ||
                            record->phase != phase;
    record->phase = (uint8_t)phase;
    record->weight_ppm = weight_ppm;
    record->progress_at_ns = cluster_now(cluster);
    cluster_deployment_changed(cluster, app->deployment);
    cluster_app_dirty(app); /* the new phase is looked at once more in this step */
}

static const struct strategy_step *
rollout_step(const struct cluster_app *app)
{
    const struct strategy_spec *strategy = app->deployment->strategy;
    const uint32_t step = app->deployment->record.step;
    return step < strategy->steps_count ? &strategy->steps[step] : NULL;
}

void
rollout_next_step(struct cluster_app *app, const char *why)
{
    struct deployment_record *record = &app->deployment->record;
    const struct strategy_spec *strategy = app->deployment->strategy;
    record->step = record->step < strategy->steps_count ? record->step + 1 : record->step;
    record->step_at_ns = 0;
    const bool more = record->step < strategy->steps_count;
    rollout_move(app, more ? PHASE_STARTING : PHASE_PROMOTING, record->weight_ppm, why);
}

/* --- phases --- */

/* Whether the new ones have been well for as long as they must be. */
static bool
rollout_are_well(struct deploy_watch *watch, uint32_t serving, uint32_t target)
{
    struct cluster_app *app = watch->app;
    const int64_t now_ns = cluster_now(app->cluster);
    const int64_t needed_ns = app->deployment->strategy->healthy_min_ns;
    if (serving < target) {
        watch->well_since_ns = 0;
        watch_arm(watch, &watch->well_timer, 0);
        return false;
    }
    watch->well_since_ns = watch->well_since_ns == 0 ? now_ns : watch->well_since_ns;
    if (now_ns - watch->well_since_ns >= needed_ns) {
        watch_arm(watch, &watch->well_timer, 0);
        return true;
    }
    watch_arm(watch, &watch->well_timer, watch->well_since_ns + needed_ns);
    return false;
}

static void
rollout_act(struct deploy_watch *watch, struct deploy_census *census, struct rolling_limits limits,
            const struct canary_moves *moves)
{
    struct cluster_app *app = watch->app;
    if (app->deployment->record.held) {
        return;
    }
    if (moves->old_stops > 0) {
        deploy_stop(app, census, moves->old_stops, VICTIMS_OLD, limits, STOP_UPGRADE);
    }
    deploy_stop_surplus(app, census);
    deploy_launch(app, moves->launches);
    *census = deploy_count(app);
    if (app->deployment->record.phase <= PHASE_PAUSED) {
        /* an old one in the place of a new one that waits for room would only be stopped again */
        const uint32_t wanted = census->counts.wanted;
        deploy_replace_old(watch, census, wanted > moves->waits ? wanted - moves->waits : 0);
    }
}

static void
rollout_starting(struct deploy_watch *watch, struct deploy_census *census,
                 struct rolling_limits limits)
{
    struct cluster_app *app = watch->app;
    struct deployment_record *record = &app->deployment->record;
    const struct strategy_step *step = rollout_step(app);
    const uint32_t target = canary_target(step, census->counts.wanted);
    const struct canary_moves moves = canary_step(limits, target, &census->counts);
    char text[DEPLOY_SENTENCE_BYTES];
    rollout_act(watch, census, limits, &moves);
    if (record->held || !rollout_are_well(watch, census->counts.new_serving, target)) {
        (void)snprintf(text, sizeof text, "step %u of %u: %u of %u new to be healthy and ready%s",
                       record->step + 1, app->deployment->strategy->steps_count,
                       target > census->counts.new_serving ? target - census->counts.new_serving
                                                           : 0,
                       target, record->held ? ", held by hand" : "");
        deploy_wait(app, text);
        return;
    }
    record->step_at_ns = cluster_now(app->cluster);
    (void)snprintf(text, sizeof text, "step %u of %u: %u.%02u%% of the requests",
                   record->step + 1, app->deployment->strategy->steps_count,
                   step->weight_ppm / 10000, step->weight_ppm / 100 % 100);
    rollout_move(app, step->pause ? PHASE_PAUSED : PHASE_HOLDING, step->weight_ppm, text);
}

/* A step that lasts keeps its instances: lost ones are replaced. */
static void
rollout_keep(struct deploy_watch *watch, struct deploy_census *census,
             struct rolling_limits limits)
{
    struct cluster_app *app = watch->app;
    const struct strategy_step *step = rollout_step(app);
    const struct canary_moves moves =
        canary_step(limits, canary_target(step, census->counts.wanted), &census->counts);
    rollout_act(watch, census, limits, &moves);
}

static void
rollout_holding(struct deploy_watch *watch, struct deploy_census *census,
                struct rolling_limits limits)
{
    struct cluster_app *app = watch->app;
    const struct deployment_record *record = &app->deployment->record;
    const struct strategy_step *step = rollout_step(app);
    const int64_t now_ns = cluster_now(app->cluster);
    const int64_t until_ns = record->step_at_ns + step->hold_ns;
    char text[DEPLOY_SENTENCE_BYTES];
    char until[UNITS_TEXT_BYTES];
    rollout_keep(watch, census, limits);
    const bool over = now_ns >= until_ns;
    watch_arm(watch, &watch->step_timer, over ? 0 : until_ns);
    if (over && !record->held && analysis_lets_on(app)) {
        rollout_next_step(app, "held long enough");
        return;
    }
    (void)snprintf(text, sizeof text, "step %u of %u holds %u.%02u%% of the requests %s%s%s",
                   record->step + 1, app->deployment->strategy->steps_count,
                   record->weight_ppm / 10000, record->weight_ppm / 100 % 100,
                   record->held ? "by hand" : over ? "until it is measured" : "until ",
                   record->held || over
                       ? ""
                       : units_print_instant(until_ns, until), "");
    deploy_wait(app, text);
}

static void
rollout_paused(struct deploy_watch *watch, struct deploy_census *census,
               struct rolling_limits limits)
{
    struct cluster_app *app = watch->app;
    const struct deployment_record *record = &app->deployment->record;
    const struct strategy_step *step = rollout_step(app);
    const int64_t timeout_ns = step->pause_timeout_ns;
    const int64_t until_ns = record->step_at_ns + timeout_ns;
    char text[DEPLOY_SENTENCE_BYTES];
    rollout_keep(watch, census, limits);
    if (timeout_ns > 0 && cluster_now(app->cluster) >= until_ns) {
        revert_failed(app, "nobody promoted it in time");
        return;
    }
    watch_arm(watch, &watch->pause_timer, timeout_ns > 0 ? until_ns : 0);
    (void)snprintf(text, sizeof text, "step %u of %u is paused at %u.%02u%% of the requests: "
                                      "waits for promote or abort",
                   record->step + 1, app->deployment->strategy->steps_count,
                   record->weight_ppm / 10000, record->weight_ppm / 100 % 100);
    deploy_wait(app, text);
}

/* While old ones make room for the last new ones, the requests follow the instances. */
static void
rollout_promoting(struct deploy_watch *watch, struct deploy_census *census,
                  struct rolling_limits limits)
{
    struct cluster_app *app = watch->app;
    struct deployment_record *record = &app->deployment->record;
    const struct rolling_counts *counts = &census->counts;
    const struct canary_moves moves = canary_promote(limits, counts);
    char text[DEPLOY_SENTENCE_BYTES];
    rollout_act(watch, census, limits, &moves);
    if (rollout_are_well(watch, counts->new_serving, counts->wanted)) {
        record->promoted_at_ns = cluster_now(app->cluster);
        rollout_move(app, PHASE_LINGERING, PPM, "the new version has all requests");
        return;
    }
    const uint32_t share_ppm =
        counts->healthy == 0
            ? 0
            : (uint32_t)((uint64_t)counts->new_serving * PPM / counts->healthy);
    if (share_ppm > record->weight_ppm && counts->new_serving < counts->wanted) {
        rollout_move(app, PHASE_PROMOTING, share_ppm, "the requests follow the instances");
    }
    (void)snprintf(text, sizeof text, "promotion: %u of %u new to be healthy and ready",
                   counts->wanted > counts->new_serving ? counts->wanted - counts->new_serving : 0,
                   counts->wanted);
    deploy_wait(app, text);
}

/* From here on as many new ones as are wanted, neither more nor fewer. */
static void
rollout_fill(struct cluster_app *app, struct deploy_census *census)
{
    const struct rolling_counts *counts = &census->counts;
    if (counts->new_started < counts->wanted) {
        deploy_launch(app, counts->wanted - counts->new_started);
    }
    deploy_stop_surplus(app, census);
}

static void
rollout_lingering(struct deploy_watch *watch, struct deploy_census *census)
{
    struct cluster_app *app = watch->app;
    const struct deployment_record *record = &app->deployment->record;
    const int64_t until_ns = record->promoted_at_ns + app->deployment->strategy->linger_ns;
    char until[UNITS_TEXT_BYTES];
    char text[DEPLOY_SENTENCE_BYTES];
    rollout_fill(app, census);
    if (cluster_now(app->cluster) >= until_ns && !record->held) {
        rollout_move(app, PHASE_FINISHING, PPM, "the old instances leave");
        return;
    }
    watch_arm(watch, &watch->step_timer, until_ns);
    (void)snprintf(text, sizeof text, "the old instances are kept for a way back until %s",
                   units_print_instant(until_ns, until));
    deploy_wait(app, text);
}

static void
rollout_finishing(struct deploy_watch *watch, struct deploy_census *census,
                  struct rolling_limits limits)
{
    struct cluster_app *app = watch->app;
    const struct rolling_counts *counts = &census->counts;
    char text[DEPLOY_SENTENCE_BYTES];
    rollout_fill(app, census);
    if (counts->old_staying > 0) {
        deploy_stop(app, census, counts->old_staying, VICTIMS_OLD, limits, STOP_UPGRADE);
    }
    (void)snprintf(text, sizeof text, "%u old to be stopped", counts->old_live);
    deploy_wait(app, text);
}

void
rollout_look(struct deploy_watch *watch, struct deploy_census *census)
{
    struct cluster_app *app = watch->app;
    const struct rolling_limits limits =
        canary_limits(app->deployment->strategy, census->counts.wanted,
                      app->version->spec->minimum_health_ppm);
    switch ((enum deployment_phase)app->deployment->record.phase) {
    case PHASE_STARTING:
        rollout_starting(watch, census, limits);
        break;
    case PHASE_HOLDING:
        rollout_holding(watch, census, limits);
        break;
    case PHASE_PAUSED:
        rollout_paused(watch, census, limits);
        break;
    case PHASE_PROMOTING:
        rollout_promoting(watch, census, limits);
        break;
    case PHASE_LINGERING:
        rollout_lingering(watch, census);
        break;
    case PHASE_FINISHING:
        rollout_finishing(watch, census, limits);
        break;
    }
}

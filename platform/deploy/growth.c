/*
 * platform/deploy/growth.c - blue-green: the new instances grow beside the old ones, in one
 * service, and for each new one that is well an old one leaves.
 *
 * The record's step is how many new ones there should be now; kept_at_start, how many old ones
 * there were, + 1.
 */
#include <stdio.h>

#include "platform/base/units.h"
#include "platform/deploy/analysis.h"
#include "platform/deploy/inner.h"
#include "platform/deploy/strategies/blue_green.h"

static void
growth_to(struct cluster_app *app, uint32_t target, const char *why)
{
    struct deployment_record *record = &app->deployment->record;
    record->step = target;
    record->step_at_ns = 0;
    rollout_move(app, PHASE_STARTING, 0, why);
}

static void
growth_begin(struct cluster_app *app, const struct deploy_census *census)
{
    const struct strategy_spec *strategy = app->deployment->strategy;
    app->deployment->record.kept_at_start = census->counts.old_staying + 1;
    const uint32_t first = strategy->hybrid > 0 && strategy->hybrid < strategy->initial
                               ? strategy->hybrid
                               : strategy->initial;
    growth_to(app, blue_green_next(0, census->counts.old_staying, census->counts.wanted, first,
                                   strategy->increase),
              "the first new instances");
}

/* All that were asked for serve: the next growth after the step's time, or the hybrid stop. */
static void
growth_reached(struct deploy_watch *watch, uint32_t old_at_start, uint32_t wanted)
{
    struct cluster_app *app = watch->app;
    struct deployment_record *record = &app->deployment->record;
    const struct strategy_spec *strategy = app->deployment->strategy;
    const int64_t now_ns = cluster_now(app->cluster);
    if (record->step_at_ns == 0) {
        record->step_at_ns = now_ns;
        const bool hybrid = record->step == strategy->hybrid && record->step < wanted;
        rollout_move(app, hybrid ? PHASE_PAUSED : PHASE_HOLDING, 0,
                     hybrid ? "the hybrid share is reached" : "the new ones serve");
        return;
    }
    if (record->phase == PHASE_PAUSED || record->step >= wanted) {
        return;
    }
    const int64_t until_ns = record->step_at_ns + strategy->step_ns;
    if (now_ns < until_ns || record->held || !analysis_lets_on(app)) {
        watch_arm(watch, &watch->step_timer, until_ns);
        return;
    }
    uint32_t next = blue_green_next(record->step, old_at_start, wanted, strategy->initial,
                                    strategy->increase);
    if (strategy->hybrid > 0 && record->step < strategy->hybrid && next > strategy->hybrid) {
        next = strategy->hybrid;
    }
    growth_to(app, next, "further new instances");
}

/* Old ones that are lost while they should stay come back as what they were. */
static void
growth_replace_old(struct deploy_watch *watch, struct deploy_census *census, uint32_t stay)
{
    *census = deploy_count(watch->app);
    const uint32_t staying = census->counts.old_staying;
    if (staying < stay) {
        const uint32_t most = census->active + stay - staying;
        deploy_replace_old(watch, census, most < census->counts.wanted ? most
                                                                       : census->counts.wanted);
    }
}

void
growth_look(struct deploy_watch *watch, struct deploy_census *census)
{
    struct cluster_app *app = watch->app;
    struct deployment_record *record = &app->deployment->record;
    struct rolling_counts *counts = &census->counts;
    const struct rolling_limits limits =
        rolling_limits(counts->wanted, app->version->spec->minimum_health_ppm, PPM);
    char text[DEPLOY_SENTENCE_BYTES];
    if (record->kept_at_start == 0) {
        growth_begin(app, census);
    }
    const uint32_t old_at_start = record->kept_at_start - 1;
    if (counts->new_started < record->step && !record->held) {
        deploy_launch(app, record->step - counts->new_started);
    }
    deploy_stop_surplus(app, census);
    const uint32_t leave = blue_green_leave(old_at_start, counts->new_serving, counts->wanted);
    const uint32_t stay = counts->new_serving >= counts->wanted ? 0 : old_at_start - leave;
    if (counts->old_staying > stay && !record->held) {
        deploy_stop(app, census, counts->old_staying - stay, VICTIMS_OLD, limits, STOP_UPGRADE);
    }
    growth_replace_old(watch, census, stay);
    if (counts->new_serving >= record->step) {
        growth_reached(watch, old_at_start, counts->wanted);
    }
    (void)snprintf(text, sizeof text, "%u of %u new serve, %u old are left%s", counts->new_serving,
                   counts->wanted, counts->old_live,
                   record->phase == PHASE_PAUSED ? ": the hybrid share waits for promote or abort"
                   : record->held                ? ", held by hand"
                                                 : "");
    deploy_wait(app, text);
}

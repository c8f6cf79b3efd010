/* platform/deploy/analysis.c - measures at the end of each interval, counts, and lets on or not. */
#include "platform/deploy/analysis_watch.h"

#include <stdio.h>

#include "platform/base/memory.h"

enum { ANALYSIS_TEXT_BYTES = JUDGEMENT_TEXT_BYTES + 160 };

static bool
analysis_is_traffic(const struct strategy_analysis *analysis)
{
    return analysis->metric != METRIC_RESTARTS && analysis->metric != METRIC_JOURNAL;
}

/* --- the gate --- */

/* Whether the old version still gets requests, by the strategy: else nothing is compared with it.
 */
static bool
analysis_has_older(const struct cluster_app *app)
{
    const struct deployment_record *record = &app->deployment->record;
    return record->version_old != 0 && record->phase < PHASE_LINGERING && record->weight_ppm < PPM;
}

/* A comparison with nobody is not asked. */
static bool
analysis_is_asked(const struct cluster_app *app, const struct strategy_analysis *analysis)
{
    return !judgement_needs_older(analysis) || analysis_has_older(app);
}

enum analysis_verdict
analysis_verdict(const struct cluster_app *app, char *why, size_t why_bytes)
{
    const struct strategy_spec *strategy = app->deployment->strategy;
    const struct deployment_record *record = &app->deployment->record;
    enum analysis_verdict verdict = ANALYSIS_GOOD;
    for (uint32_t i = 0; i < strategy->analyses_count; i++) {
        const struct strategy_analysis *analysis = &strategy->analyses[i];
        if (analysis->dry_run) {
            continue;
        }
        if (record->failed[i] > analysis->failures_max) {
            (void)snprintf(why, why_bytes, "%.60s failed %u of %u measurements, %u allowed",
                           analysis->name, record->failed[i], record->measured[i],
                           analysis->failures_max);
            return ANALYSIS_FAILED;
        }
        if (record->inconclusive[i] > analysis->inconclusive_max && verdict == ANALYSIS_GOOD) {
            (void)snprintf(why, why_bytes,
                           "%.60s was inconclusive in %u of %u measurements, %u allowed",
                           analysis->name, record->inconclusive[i], record->measured[i],
                           analysis->inconclusive_max);
            verdict = ANALYSIS_INCONCLUSIVE;
        }
    }
    return verdict;
}

bool
analysis_lets_on(const struct cluster_app *app)
{
    const struct cluster_deployment *deployment = app->deployment;
    const struct strategy_spec *strategy = deployment->strategy;
    for (uint32_t i = 0; i < strategy->analyses_count; i++) {
        const struct strategy_analysis *analysis = &strategy->analyses[i];
        if (analysis->dry_run || !analysis_is_asked(app, analysis)) {
            continue;
        }
        const bool samples =
            analysis->confidence_ppm > 0 && analysis_has_older(app) &&
            (analysis->count == 0 || deployment->record.measured[i] < analysis->count);
        if (deployment->record.measured[i] < analysis->count ||
            (samples && deployment->sampled[i] < rank_test_needs(analysis->confidence_ppm))) {
            return false;
        }
    }
    return true;
}

/* --- watches --- */

static void
analysis_fired(struct env_timer *timer)
{
    struct analysis_probe *probe = container_of(timer, struct analysis_probe, timer);
    struct cluster_app *app = probe->watch->app;
    cluster_app_dirty(app);
    app->cluster->wake(app->cluster);
}

static void
analysis_end(struct analysis_state *state, struct analysis_watch *watch)
{
    for (uint32_t i = 0; i < watch->probes_count; i++) {
        env_timer_cancel(state->cluster->env->clock, &watch->probes[i].timer);
        memory_free(watch->probes[i].counts);
        memory_free(watch->probes[i].samples);
        watch->probes[i] = (struct analysis_probe){0};
    }
    analysis_edges_forget(watch);
    state->counting -= watch->counts ? 1 : 0;
    state->cluster->heard = state->counting > 0 ? analysis_journal_heard : NULL;
    watch->counts = false;
    watch->counted = false;
    watch->probes_count = 0;
    watch->deployment = 0;
}

static void
analysis_begin(struct analysis_state *state, struct analysis_watch *watch)
{
    struct cluster_deployment *deployment = watch->app->deployment;
    const struct strategy_spec *strategy = deployment->strategy;
    watch->deployment = deployment->record.id;
    watch->probes_count = strategy->analyses_count;
    for (uint32_t i = 0; i < strategy->analyses_count; i++) {
        const struct strategy_analysis *analysis = &strategy->analyses[i];
        struct analysis_probe *probe = &watch->probes[i];
        probe->watch = watch;
        env_timer_init(&probe->timer, analysis_fired);
        if (analysis_is_traffic(analysis)) {
            probe->counts = memory_alloc_zero(2, sizeof *probe->counts);
        } else {
            watch->counts = true;
        }
        if (analysis->confidence_ppm > 0) {
            probe->samples = memory_alloc_zero(1, sizeof *probe->samples);
        }
        deployment->sampled[i] = 0;
    }
    if (watch->counts) {
        state->counting++;
        state->cluster->heard_context = state;
        state->cluster->heard = analysis_journal_heard;
    }
}

/* NULL: its running deployment has none, or there is no deployment. */
static struct analysis_watch *
analysis_watch_of(struct analysis_state *state, struct cluster_app *app)
{
    const struct cluster_deployment *deployment = app->deployment;
    const uint64_t id =
        deployment != NULL && deployment->strategy->analyses_count > 0 ? deployment->record.id : 0;
    if (id == 0 && state->watches.count < app->index) {
        return NULL;
    }
    while (state->watches.count < app->index) {
        *(struct analysis_watch **)vec_push(&state->watches) = NULL;
    }
    struct analysis_watch **slot = vec_at(&state->watches, app->index - 1);
    if (*slot == NULL && id != 0) {
        *slot = memory_alloc_zero(1, sizeof **slot);
        (*slot)->app = app;
        vec_init(&(*slot)->edges, sizeof(struct analysis_edge *));
    }
    struct analysis_watch *watch = *slot;
    if (watch != NULL && watch->deployment != id) {
        if (watch->deployment != 0) {
            analysis_end(state, watch);
        }
        if (id != 0) {
            analysis_begin(state, watch);
        }
    }
    return id != 0 ? watch : NULL;
}

/* --- measurements --- */

static void
analysis_journal(struct analysis_watch *watch, uint32_t index,
                 const struct judgement_result *result)
{
    static const char *const words[] = {"failed", "passed", "inconclusive", "not counted yet"};
    static const int32_t states[] = {0, 1, 2, 2};
    struct cluster_app *app = watch->app;
    const struct deployment_record *record = &app->deployment->record;
    const struct strategy_analysis *analysis = &app->deployment->strategy->analyses[index];
    char text[ANALYSIS_TEXT_BYTES];
    (void)snprintf(text, sizeof text,
                   "%s: %s%s; of %u measurements %u failed (%u allowed), %u inconclusive "
                   "(%u allowed)",
                   result->text, words[result->verdict], analysis->dry_run ? ", a dry run" : "",
                   record->measured[index], record->failed[index], analysis->failures_max,
                   record->inconclusive[index], analysis->inconclusive_max);
    cluster_journal(app->cluster, &(struct env_event){.kind = ENV_EVENT_ANALYSIS,
                                                      .old_state = analysis->dry_run ? 1 : 0,
                                                      .new_state = states[result->verdict],
                                                      .task = index + 1,
                                                      .version = record->version_new,
                                                      .deployment = record->id,
                                                      .value = result->value,
                                                      .app = app->id,
                                                      .text = text});
}

static void
analysis_count(struct deployment_record *record, uint32_t index, enum judgement_verdict verdict)
{
    if (verdict == JUDGEMENT_SAMPLING || record->measured[index] == UINT16_MAX) {
        return;
    }
    record->measured[index]++;
    if (verdict == JUDGEMENT_FAILED) {
        record->failed[index]++;
    } else if (verdict == JUDGEMENT_INCONCLUSIVE) {
        record->inconclusive[index]++;
    }
}

static void
analysis_measure(struct analysis_watch *watch, uint32_t index, int64_t now_ns)
{
    static const struct judgement_counts none[2];
    struct cluster_app *app = watch->app;
    struct cluster_deployment *deployment = app->deployment;
    struct analysis_probe *probe = &watch->probes[index];
    const struct judgement_counts *counts = probe->counts != NULL ? probe->counts : none;
    const struct judgement_question question = {
        .analysis = &deployment->strategy->analyses[index],
        .elapsed_ns = now_ns - probe->begin_ns,
        .heard = probe->heard,
        .newer = &counts[1],
        .older = analysis_has_older(app) ? &counts[0] : NULL,
        .counted = deployment->record.counted[index],
    };
    if (!analysis_is_asked(app, question.analysis)) {
        return;
    }
    const struct judgement_result result = judgement_of(&question, probe->samples);
    deployment->sampled[index] = probe->samples != NULL ? (uint16_t)probe->samples->count : 0;
    analysis_count(&deployment->record, index, result.verdict);
    cluster_deployment_changed(app->cluster, deployment);
    watch->counted = false;
    analysis_journal(watch, index, &result);
}

static void
analysis_interval(struct analysis_probe *probe, int64_t now_ns)
{
    probe->begin_ns = now_ns;
    probe->heard = false;
    for (uint32_t k = 0; k < 2 && probe->counts != NULL; k++) {
        probe->counts[k] = (struct judgement_counts){0};
    }
}

static void
analysis_arm(struct analysis_probe *probe, int64_t now_ns, int64_t at_ns)
{
    struct env_clock *clock = probe->watch->app->cluster->env->clock;
    if (!probe->timer.armed) {
        env_timer_start(clock, &probe->timer, at_ns - now_ns);
    }
}

/* Ends of intervals stand at whole multiples of `every` after the first one's begin. */
static void
analysis_probe_look(struct analysis_watch *watch, uint32_t index, int64_t now_ns)
{
    const struct cluster_deployment *deployment = watch->app->deployment;
    const struct strategy_analysis *analysis = &deployment->strategy->analyses[index];
    struct analysis_probe *probe = &watch->probes[index];
    const int64_t from_ns = deployment->record.traffic_at_ns + analysis->delay_ns;
    if (now_ns < from_ns) {
        analysis_arm(probe, now_ns, from_ns);
        return;
    }
    if (probe->begin_ns == 0) {
        analysis_interval(probe, now_ns);
    }
    const int64_t ended = (now_ns - from_ns) / analysis->every_ns;
    if (ended > (probe->begin_ns - from_ns) / analysis->every_ns) {
        analysis_measure(watch, index, now_ns);
        analysis_interval(probe, now_ns);
    }
    if (analysis->count == 0 || deployment->record.measured[index] < analysis->count) {
        analysis_arm(probe, now_ns, from_ns + (ended + 1) * analysis->every_ns);
    }
}

/* Whether requests may reach the new version. */
static bool
analysis_has_traffic(const struct cluster_app *app)
{
    const struct strategy_spec *strategy = app->deployment->strategy;
    const struct deployment_record *record = &app->deployment->record;
    switch (strategy->kind) {
    case STRATEGY_CANARY:
    case STRATEGY_AB:
        return record->weight_ppm > 0 ||
               (record->step_at_ns > 0 && record->step < strategy->steps_count &&
                strategy->steps[record->step].header[0] != '\0');
    case STRATEGY_ROLLING:
    case STRATEGY_RECREATE:
    case STRATEGY_BLUE_GREEN:
        break;
    }
    return app->counts.new_serving > 0;
}

/* --- what others call --- */

void
analysis_look(struct analysis_state *state, struct cluster_app *app)
{
    struct analysis_watch *watch = analysis_watch_of(state, app);
    if (watch == NULL) {
        return;
    }
    struct deployment_record *record = &app->deployment->record;
    const int64_t now_ns = cluster_now(app->cluster);
    if (record->traffic_at_ns == 0 && analysis_has_traffic(app)) {
        record->traffic_at_ns = now_ns;
        watch->counted = true;
    }
    for (uint32_t i = 0; i < watch->probes_count && record->traffic_at_ns > 0; i++) {
        const struct strategy_analysis *analysis = &app->deployment->strategy->analyses[i];
        if (analysis->count == 0 || record->measured[i] < analysis->count) {
            analysis_probe_look(watch, i, now_ns);
        }
    }
    if (watch->counted) {
        watch->counted = false;
        cluster_deployment_changed(app->cluster, app->deployment);
    }
}

void
analysis_message(struct analysis_state *state, const struct msg_edge_stats *stats)
{
    for (uint32_t i = 0; i < state->watches.count; i++) {
        struct analysis_watch *watch = analysis_watch_at(state, i);
        if (watch != NULL && watch->deployment == stats->deployment && stats->deployment != 0 &&
            watch->app->deployment != NULL &&
            watch->app->deployment->record.id == stats->deployment) {
            analysis_edges_take(watch, stats);
            return;
        }
    }
}

void
analysis_open(struct analysis_state *state, struct cluster *cluster)
{
    state->cluster = cluster;
    vec_init(&state->watches, sizeof(struct analysis_watch *));
}

void
analysis_close(struct analysis_state *state)
{
    for (uint32_t i = 0; i < state->watches.count; i++) {
        struct analysis_watch *watch = analysis_watch_at(state, i);
        if (watch != NULL) {
            analysis_end(state, watch);
            vec_fini(&watch->edges);
            memory_free(watch);
        }
    }
    vec_fini(&state->watches);
}

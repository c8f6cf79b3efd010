/*
 * platform/cli/rundb_rollouts.c - the moves of deployments and what was measured meanwhile. The
 * limits of each analysis are read from the strategy, so that a report can show them beside the
 * samples.
 */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "platform/cli/rundb_row.h"
#include "platform/model/deployment.h"
#include "platform/model/strategy.h"

static const char *
rundb_unit(enum strategy_metric metric)
{
    switch (metric) {
    case METRIC_ERROR_RATE:
        return "ppm";
    case METRIC_LATENCY:
        return "ns";
    case METRIC_REQUESTS:
        return "millihertz";
    case METRIC_RESTARTS:
    case METRIC_JOURNAL:
        break;
    }
    return "count";
}

/* NULL: none was given, or it is not known. */
static const struct strategy_spec *
rundb_plan(const struct result_deployment *deployment, struct arena *arena)
{
    if (deployment->plan == NULL) {
        return NULL;
    }
    struct diag_list said;
    diag_list_init(&said, arena);
    json_t *json = json_loads(deployment->plan, JSON_DECODE_ANY, NULL);
    const struct strategy_spec *spec =
        json != NULL ? strategy_read(json, NULL, "", arena, &said) : NULL;
    json_decref(json);
    diag_list_fini(&said);
    return spec;
}

static void
rundb_limit(struct rundb *rundb, bool has, int64_t limit)
{
    if (has) {
        rundb_int(rundb, limit);
    } else {
        rundb_text(rundb, NULL);
    }
}

static void
rundb_analysis(struct rundb *rundb, uint64_t deployment, uint32_t number,
               const struct strategy_analysis *analysis)
{
    rundb_int(rundb, (int64_t)deployment);
    rundb_int(rundb, number);
    rundb_text(rundb, analysis->name);
    rundb_text(rundb, strategy_metric_name(analysis->metric));
    rundb_text(rundb, rundb_unit(analysis->metric));
    rundb_limit(rundb, analysis->has_at_most, analysis->at_most);
    rundb_limit(rundb, analysis->has_at_least, analysis->at_least);
    rundb_limit(rundb, analysis->has_relative, analysis->relative_ppm);
    rundb_limit(rundb, analysis->confidence_ppm > 0, analysis->confidence_ppm);
    rundb_int(rundb, analysis->every_ns);
    rundb_int(rundb, analysis->count);
    rundb_int(rundb, analysis->failures_max);
    rundb_int(rundb, analysis->inconclusive_max);
    rundb_int(rundb, analysis->dry_run);
    rundb_next(rundb);
}

static void
rundb_moves(struct rundb *rundb)
{
    const struct results *results = rundb->results;
    rundb_begin(rundb, "INSERT INTO rollout_steps VALUES (?,?,?,?,?,?,?)");
    for (uint32_t i = 0; i < results->rollouts.count; i++) {
        const struct result_rollout *move = vec_at(&results->rollouts, i);
        rundb_int(rundb, move->at_ns);
        rundb_int(rundb, (int64_t)move->deployment);
        rundb_name(rundb, move->app);
        rundb_text(rundb, deployment_phase_name((enum deployment_phase)move->phase));
        rundb_int(rundb, move->step);
        rundb_int(rundb, move->weight_ppm);
        rundb_name(rundb, move->text);
        rundb_next(rundb);
    }
    rundb_end(rundb);
}

static void
rundb_measured(struct rundb *rundb)
{
    static const char *const verdicts[] = { "failed", "passed", "inconclusive" };
    const struct results *results = rundb->results;
    /* the name is that of the analysis with this number, or the number itself */
    rundb_begin(rundb, "INSERT INTO analysis_samples VALUES (?1,?2,?3,coalesce((SELECT name FROM"
                       " analyses WHERE deployment = ?2 AND number = ?4), ?4),?5,?6,?7,?8)");
    for (uint32_t i = 0; i < results->analyses.count; i++) {
        const struct result_analysis *sample = vec_at(&results->analyses, i);
        rundb_int(rundb, sample->at_ns);
        rundb_int(rundb, (int64_t)sample->deployment);
        rundb_name(rundb, sample->app);
        rundb_int(rundb, sample->number);
        rundb_int(rundb, sample->value);
        rundb_text(rundb, sample->verdict >= 0 && sample->verdict < (int)COUNT_OF(verdicts)
                              ? verdicts[sample->verdict]
                              : NULL);
        rundb_int(rundb, sample->dry_run);
        rundb_name(rundb, sample->text);
        rundb_next(rundb);
    }
    rundb_end(rundb);
}

void
rundb_rollouts(struct rundb *rundb)
{
    const struct results *results = rundb->results;
    struct arena          arena;
    arena_init(&arena, 0);
    rundb_begin(rundb, "INSERT INTO analyses VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)");
    for (uint32_t i = 0; i < results->deployments.count; i++) {
        const struct result_deployment *deployment = vec_at(&results->deployments, i);
        const struct strategy_spec     *plan = rundb_plan(deployment, &arena);
        for (uint32_t a = 0; plan != NULL && a < plan->analyses_count; a++) {
            rundb_analysis(rundb, deployment->id, a + 1, &plan->analyses[a]);
        }
    }
    rundb_end(rundb);
    rundb_moves(rundb);
    rundb_measured(rundb);
    arena_fini(&arena);
}

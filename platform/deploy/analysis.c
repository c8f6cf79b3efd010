/* platform/deploy/analysis.c - counts of measurements against their limits. */
#include "platform/deploy/analysis.h"

#include <stdio.h>

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
            (void)snprintf(why, why_bytes, "%s failed %u of %u measurements, %u allowed",
                           analysis->name, record->failed[i], record->measured[i],
                           analysis->failures_max);
            return ANALYSIS_FAILED;
        }
        if (record->inconclusive[i] > analysis->inconclusive_max && verdict == ANALYSIS_GOOD) {
            (void)snprintf(why, why_bytes, "%s was inconclusive in %u of %u measurements, %u allowed",
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
    const struct strategy_spec *strategy = app->deployment->strategy;
    for (uint32_t i = 0; i < strategy->analyses_count; i++) {
        const struct strategy_analysis *analysis = &strategy->analyses[i];
        if (!analysis->dry_run && app->deployment->record.measured[i] < analysis->count) {
            return false;
        }
    }
    return true;
}

/*
 * tests/unit/deploy/test_gate.c
 *
 * Goal:   the gate passes as often as its numbers say, and stops where its limits are.
 * Method: 10,000 simulated rollouts for each chance of a failed measurement, beside the binomial
 *         sums that are published for "10 measurements, at most 3 failures"; then each limit alone.
 */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "platform/base/rng.h"
#include "platform/deploy/analysis.h"

static struct strategy_analysis analysis;
static struct strategy_spec strategy;
static struct cluster_deployment deployment;
static struct cluster_app app;

static void
gate_begin(uint32_t count, uint32_t failures_max)
{
    analysis = (struct strategy_analysis){ .name = "error_rate",
                                           .has_at_most = true,
                                           .count = count,
                                           .failures_max = failures_max };
    strategy = (struct strategy_spec){ .analyses = &analysis, .analyses_count = 1 };
    deployment = (struct cluster_deployment){ .strategy = &strategy };
    app = (struct cluster_app){ .deployment = &deployment };
}

/* A rollout: measured until the gate lets it on or stops it. */
static bool
gate_passes(struct rng *rng, uint32_t failure_ppm)
{
    char why[200];
    deployment.record = (struct deployment_record){ .version_old = 1 };
    while (analysis_verdict(&app, why, sizeof why) == ANALYSIS_GOOD) {
        if (analysis_lets_on(&app)) {
            return true;
        }
        deployment.record.measured[0]++;
        deployment.record.failed[0] = (uint16_t)(deployment.record.failed[0] +
                                                 (rng_chance(rng, failure_ppm) ? 1 : 0));
    }
    return false;
}

Test(gate, passes_as_often_as_the_binomial_says)
{
    enum { ROLLOUTS = 10000 };
    static const struct {
        uint32_t failure_ppm;
        double   passes;
    } published[] = { { 10000, .999998 },  { 50000, .998972 },  { 100000, .987205 },
                      { 200000, .879126 }, { 300000, .649611 }, { 500000, .171875 } };
    gate_begin(10, 3);
    for (uint32_t i = 0; i < COUNT_OF(published); i++) {
        struct rng rng;
        rng_init(&rng, 1, i, "gate");
        uint32_t passed = 0;
        for (uint32_t k = 0; k < ROLLOUTS; k++) {
            passed += gate_passes(&rng, published[i].failure_ppm) ? 1 : 0;
        }
        const double p = published[i].passes;
        const double sigma = sqrt(p * (1 - p) * ROLLOUTS);
        cr_assert(fabs(passed - p * ROLLOUTS) <= 3 * sigma + 0.5, "%u of %u at %u ppm", passed,
                  (uint32_t)ROLLOUTS, published[i].failure_ppm);
    }
}

Test(gate, stops_beyond_its_limits_and_never_at_a_dry_run)
{
    char why[200] = "";
    gate_begin(0, 2);
    analysis.inconclusive_max = 1;
    deployment.record = (struct deployment_record){ .measured = { 9 }, .failed = { 2 },
                                                    .inconclusive = { 1 } };
    cr_assert_eq(analysis_verdict(&app, why, sizeof why), ANALYSIS_GOOD);
    cr_assert(analysis_lets_on(&app));
    deployment.record.inconclusive[0] = 2;
    cr_assert_eq(analysis_verdict(&app, why, sizeof why), ANALYSIS_INCONCLUSIVE);
    cr_assert_str_eq(why, "error_rate was inconclusive in 2 of 9 measurements, 1 allowed");
    deployment.record.failed[0] = 3;
    cr_assert_eq(analysis_verdict(&app, why, sizeof why), ANALYSIS_FAILED, "failed goes first");
    cr_assert_str_eq(why, "error_rate failed 3 of 9 measurements, 2 allowed");
    analysis.dry_run = true;
    analysis.count = 100;
    cr_assert_eq(analysis_verdict(&app, why, sizeof why), ANALYSIS_GOOD);
    cr_assert(analysis_lets_on(&app));
}

Test(gate, waits_for_a_rank_test_as_long_as_there_is_an_old_version)
{
    gate_begin(0, 0);
    analysis.has_at_most = false;
    analysis.confidence_ppm = 980000;
    deployment.record = (struct deployment_record){ .version_old = 1, .weight_ppm = 50000 };
    deployment.sampled[0] = 4;
    cr_assert_not(analysis_lets_on(&app));
    deployment.sampled[0] = 5;
    cr_assert(analysis_lets_on(&app));
    deployment.sampled[0] = 0;
    deployment.record.weight_ppm = PPM;
    cr_assert(analysis_lets_on(&app), "there is nothing left to compare with");
}

/*
 * tests/unit/deploy/test_judgement.c
 *
 * Goal:   a measurement is judged by what there is, in the stated order; what cannot be judged is
 *         inconclusive; faults that a rank test misses are caught by the limits beside it.
 * Method: tables of counts and limits, and intervals drawn from the cases that users of Kayenta
 *         complain of.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "platform/deploy/judgement.h"

static struct judgement_counts newer, older;
static struct judgement_samples samples;
static struct judgement_result result;

static void
did(struct judgement_counts *counts, uint64_t requests, uint64_t errors, int64_t latency_ns)
{
    *counts = (struct judgement_counts){ .requests = requests, .errors = errors };
    for (uint64_t i = 0; i < requests; i++) {
        sketch_add(&counts->latencies, latency_ns);
    }
}

static enum judgement_verdict
judged(const struct strategy_analysis *analysis)
{
    const struct judgement_question question = {
        .analysis = analysis, .elapsed_ns = SEC(20), .heard = true, .newer = &newer, .older = &older
    };
    result = judgement_of(&question, &samples);
    return result.verdict;
}

static void
expect_says(const char *part)
{
    cr_assert_not_null(strstr(result.text, part), "\"%s\" is not in \"%s\"", part, result.text);
}

static const struct strategy_analysis errors_1 = {
    .name = "error_rate", .metric = METRIC_ERROR_RATE, .has_at_most = true, .at_most = 10000
};

Test(judgement, holds_errors_to_a_limit)
{
    did(&newer, 1000, 10, MS(5));
    cr_assert_eq(judged(&errors_1), JUDGEMENT_PASSED, "the limit itself passes");
    expect_says("error_rate 1.00% of 1000 requests, at most 1.00%");
    did(&newer, 1000, 11, MS(5));
    cr_assert_eq(judged(&errors_1), JUDGEMENT_FAILED);
    cr_assert_eq(result.value, 11000);
    newer.errors = 0;
    newer.failures = 11;
    cr_assert_eq(judged(&errors_1), JUDGEMENT_FAILED, "no answer is an error too");
}

Test(judgement, never_passes_what_it_cannot_know)
{
    did(&newer, 0, 0, 0);
    cr_assert_eq(judged(&errors_1), JUDGEMENT_INCONCLUSIVE);
    expect_says("the new version got no request");
    const struct judgement_question deaf = {
        .analysis = &errors_1, .elapsed_ns = SEC(1), .newer = &newer, .older = &older
    };
    result = judgement_of(&deaf, NULL);
    cr_assert_eq(result.verdict, JUDGEMENT_INCONCLUSIVE);
    expect_says("no proxy has told");
    struct strategy_analysis few = errors_1;
    few.requests_min = 20;
    did(&newer, 19, 19, MS(1));
    cr_assert_eq(judged(&few), JUDGEMENT_INCONCLUSIVE);
    expect_says("of 19 requests, 20 needed");
    const struct strategy_analysis latency = { .name = "latency",
                                               .metric = METRIC_LATENCY,
                                               .quantile_ppm = 990000,
                                               .has_at_most = true,
                                               .at_most = MS(250) };
    newer = (struct judgement_counts){ .requests = 50, .failures = 50 };
    cr_assert_eq(judged(&latency), JUDGEMENT_INCONCLUSIVE);
    expect_says("answered none");
}

Test(judgement, holds_a_quantile_to_a_limit)
{
    const struct strategy_analysis latency = { .name = "latency",
                                               .metric = METRIC_LATENCY,
                                               .quantile_ppm = 990000,
                                               .has_at_most = true,
                                               .at_most = MS(250) };
    did(&newer, 98, 0, MS(10));
    sketch_add(&newer.latencies, MS(900));
    sketch_add(&newer.latencies, MS(900));
    cr_assert_eq(judged(&latency), JUDGEMENT_FAILED);
    did(&newer, 99, 0, MS(10));
    sketch_add(&newer.latencies, MS(900));
    cr_assert_eq(judged(&latency), JUDGEMENT_PASSED, "one of a hundred is not the 99th percentile");
}

Test(judgement, counts_requests_restarts_and_lines)
{
    const struct strategy_analysis rate = {
        .name = "requests", .metric = METRIC_REQUESTS, .has_at_least = true, .at_least = 5000
    };
    did(&newer, 100, 0, MS(1));
    cr_assert_eq(judged(&rate), JUDGEMENT_PASSED, "100 in 20 s");
    did(&newer, 99, 0, MS(1));
    cr_assert_eq(judged(&rate), JUDGEMENT_FAILED);
    expect_says("requests 4.9/s, at least 5.0/s");
    did(&newer, 0, 0, 0);
    cr_assert_eq(judged(&rate), JUDGEMENT_FAILED, "none at all is a rate");
    const struct strategy_analysis restarts = {
        .name = "restarts", .metric = METRIC_RESTARTS, .has_at_most = true, .at_most = 2
    };
    struct judgement_question question = {
        .analysis = &restarts, .elapsed_ns = SEC(1), .newer = &newer, .counted = 2
    };
    cr_assert_eq(judgement_of(&question, NULL).verdict, JUDGEMENT_PASSED);
    question.counted = 3;
    cr_assert_eq(judgement_of(&question, NULL).verdict, JUDGEMENT_FAILED);
}

Test(judgement, compares_with_the_old_version_of_the_same_interval)
{
    const struct strategy_analysis relative = { .name = "error_rate",
                                                .metric = METRIC_ERROR_RATE,
                                                .has_relative = true,
                                                .relative_ppm = 200000,
                                                .requests_min = 100 };
    did(&older, 1000, 50, MS(5));
    did(&newer, 1000, 60, MS(5));
    cr_assert_eq(judged(&relative), JUDGEMENT_PASSED);
    did(&newer, 1000, 61, MS(5));
    cr_assert_eq(judged(&relative), JUDGEMENT_FAILED);
    expect_says("old version 5.00% of 1000, at most 6.00% beside it");
    did(&older, 99, 5, MS(5));
    cr_assert_eq(judged(&relative), JUDGEMENT_INCONCLUSIVE);
    expect_says("too few to compare with");
    const struct judgement_question alone = {
        .analysis = &relative, .elapsed_ns = SEC(20), .heard = true, .newer = &newer
    };
    cr_assert_eq(judgement_of(&alone, NULL).verdict, JUDGEMENT_PASSED, "nobody to compare with");
    cr_assert(judgement_needs_older(&relative), "so the caller does not ask");
}

static const struct strategy_analysis ranked = { .name = "latency",
                                                 .metric = METRIC_LATENCY,
                                                 .quantile_ppm = 500000,
                                                 .confidence_ppm = 980000 };

Test(judgement, needs_enough_intervals_for_ranks)
{
    samples.count = 0;
    for (uint32_t i = 0; i < 4; i++) {
        did(&older, 100, 0, MS(10) + US(50 * i));
        did(&newer, 100, 0, MS(20) + US(70 * i));
        cr_assert_eq(judged(&ranked), JUDGEMENT_SAMPLING);
    }
    expect_says("rank test has 4 of 5 intervals");
    cr_assert_eq(judged(&ranked), JUDGEMENT_FAILED);
    expect_says("higher");
    struct strategy_analysis other = ranked;
    other.direction = DIRECTION_DECREASE;
    cr_assert_eq(judged(&other), JUDGEMENT_PASSED, "slower is not what it asks for");
    other.direction = DIRECTION_EITHER;
    cr_assert_eq(judged(&other), JUDGEMENT_FAILED);
}

Test(judgement, lets_the_oldest_interval_leave)
{
    samples.count = 0;
    for (uint32_t i = 0; i < 3 * RANK_TEST_SAMPLES_MAX; i++) {
        did(&older, 1, 0, MS(10));
        did(&newer, 1, 0, i < RANK_TEST_SAMPLES_MAX ? MS(50) : MS(10));
        (void)judged(&ranked);
    }
    cr_assert_eq(samples.count, RANK_TEST_SAMPLES_MAX);
    cr_assert_eq(result.verdict, JUDGEMENT_PASSED);
    cr_assert_eq(samples.newer[0], samples.older[0]);
}

/* --- spinnaker/kayenta #780, #426, #364: seen by the limit, not by the ranks --- */

static uint32_t
failures_of(const struct strategy_analysis *analysis, const uint64_t *new_errors,
            const int64_t *new_ns, uint32_t count)
{
    uint32_t failed = 0;
    samples.count = 0;
    for (uint32_t i = 0; i < count; i++) {
        did(&older, 200, 0, MS(10) + US(10 * (i % 3)));
        did(&newer, 200, new_errors[i], new_ns[i]);
        failed += judged(analysis) == JUDGEMENT_FAILED ? 1 : 0;
    }
    return failed;
}

Test(judgement, sees_by_its_limit_what_ranks_do_not)
{
    static const uint64_t none[10] = { 0 };
    static const uint64_t sparse[10] = { 0, 0, 0, 50, 0, 0, 0, 0, 198, 0 };
    static const int64_t even[10] = { MS(10), MS(10), MS(10), MS(10), MS(10),
                                      MS(10), MS(10), MS(10), MS(10), MS(10) };
    static const int64_t wild[10] = { MS(1),  MS(19), MS(2), MS(300), MS(1),
                                      MS(17), MS(3), MS(500), MS(2), MS(12) };
    struct strategy_analysis analysis = ranked;
    cr_assert_eq(failures_of(&analysis, none, wild, 10), 0, "ranks miss a spread, and outliers");
    analysis.has_at_most = true;
    analysis.at_most = MS(100);
    cr_assert_eq(failures_of(&analysis, none, wild, 10), 2);
    cr_assert_eq(failures_of(&analysis, none, even, 10), 0);

    analysis = errors_1;
    analysis.confidence_ppm = 980000;
    analysis.has_at_most = false;
    cr_assert_eq(failures_of(&analysis, sparse, even, 10), 0, "ranks miss sparse counters");
    analysis.has_at_most = true;
    cr_assert_eq(failures_of(&analysis, sparse, even, 10), 2);
    cr_assert_eq(failures_of(&analysis, none, even, 10), 0);
}

/*
 * platform/deploy/judgement.h - one measurement of a deployment, held to its analysis: pure.
 *
 * Order:  what is there to judge at all (requests, min_requests) -> absolute limits -> the limit
 *         relative to the old version -> the rank test over all intervals so far. The first that is
 *         not passed decides. What cannot be judged is inconclusive, never passed.
 * Ranks:  each interval gives one value of each version. Below as many as a sure difference needs,
 *         the test says nothing: then the limits alone count, or, when there are none, the
 *         measurement itself does not count (JUDGEMENT_SAMPLING).
 */
#ifndef PLATFORM_DEPLOY_JUDGEMENT_H
#define PLATFORM_DEPLOY_JUDGEMENT_H

#include "platform/base/sketch.h"
#include "platform/deploy/rank_test.h"
#include "platform/model/strategy.h"

enum { JUDGEMENT_TEXT_BYTES = 320 };

/* What one version did in the interval. */
struct judgement_counts {
    uint64_t      requests;
    uint64_t      errors;
    uint64_t      failures;
    struct sketch latencies; /* of the answers */
};

/* Of the intervals so far, the newest RANK_TEST_SAMPLES_MAX; both versions have as many. */
struct judgement_samples {
    int64_t  newer[RANK_TEST_SAMPLES_MAX];
    int64_t  older[RANK_TEST_SAMPLES_MAX];
    uint32_t count;
};

struct judgement_question {
    const struct strategy_analysis *analysis;
    int64_t                         elapsed_ns; /* of the interval, > 0 */
    bool                            heard; /* of any proxy in it; else no request is known of */
    const struct judgement_counts  *newer;
    const struct judgement_counts  *older;   /* NULL: it gets no requests any more */
    int64_t                         counted; /* restarts, journal: since the deployment began */
};

enum judgement_verdict {
    JUDGEMENT_FAILED,
    JUDGEMENT_PASSED,
    JUDGEMENT_INCONCLUSIVE,
    JUDGEMENT_SAMPLING
};

struct judgement_result {
    enum judgement_verdict verdict;
    int64_t                value; /* of the new version, in the metric's unit; 0 when not known */
    char                   text[JUDGEMENT_TEXT_BYTES]; /* without the verdict's name */
};

/* samples: of this analysis; may be NULL when it has no rank test. */
struct judgement_result judgement_of(const struct judgement_question *question,
                                     struct judgement_samples *samples);

/* Nothing but comparisons with the old version: without one there is nothing to ask. */
bool judgement_needs_older(const struct strategy_analysis *analysis);

/* A value of a metric for people: "1.25%", "12ms", "3.5/s", "4". */
enum { JUDGEMENT_VALUE_BYTES = 48 };
char *judgement_print(enum strategy_metric metric, int64_t value, char *text);

#endif

/*
 * platform/deploy/rank_test.h - whether one sample lies higher or lower than another:
 * Mann-Whitney's rank test with the interval of the shift, and Hodges-Lehmann's estimate. Pure.
 *
 * Source: Kayenta's NetflixACAJudge-v1.0 (its MannWhitneyClassifier: tolerance .25, normal
 *         approximation with correction for continuity, as R's wilcox.test with exact = FALSE).
 *         Equal values are corrected for in the variance; Kayenta shakes them apart by chance.
 * Note:   a rank test sees a shift and nothing else: not a wider spread, not rare outliers, not
 *         counters that are mostly 0. An absolute limit beside it does.
 */
#ifndef PLATFORM_DEPLOY_RANK_TEST_H
#define PLATFORM_DEPLOY_RANK_TEST_H

#include "platform/base/common.h"

enum { RANK_TEST_SAMPLES_MAX = 128 }; /* a limit of ours, of each side */

enum rank_verdict {
    RANK_SAME, /* no shift that is sure and large enough */
    RANK_HIGH, /* the first sample lies higher */
    RANK_LOW
};

struct rank_result {
    enum rank_verdict verdict;
    int64_t           u_doubled;  /* twice Mann-Whitney's U of the first sample: pairs in which it
                                   * is the greater, ties a half */
    int64_t           shift;      /* Hodges-Lehmann: the median of all differences, rounded down */
    int64_t           shift_low;  /* the interval of the shift at this confidence... */
    int64_t           shift_high; /* ...INT64_MIN and INT64_MAX where it has no end */
    uint32_t          p_ppm;      /* two-sided, of both samples being alike */
};

/* Each side has 1 to RANK_TEST_SAMPLES_MAX values. confidence_ppm: of the interval, 2-sided. */
struct rank_result rank_test(const int64_t *first, uint32_t first_count, const int64_t *second,
                             uint32_t second_count, uint32_t confidence_ppm);

/* How many values each side needs for any difference to be sure. */
uint32_t rank_test_needs(uint32_t confidence_ppm);

#endif

/*
 * tests/unit/deploy/test_rank_test.c
 *
 * Goal:   Mann-Whitney's test, its interval and Hodges-Lehmann's estimate are right; what a rank
 *         test cannot see is known.
 * Method: the published example of Hollander and Wolfe that R's wilcox.test shows too, small
 *         samples worked out by hand, a slow count over all pairs, and the cases that users of
 *         Kayenta complain of.
 */
#include <criterion/criterion.h>

#include "platform/base/rng.h"
#include "platform/deploy/rank_test.h"

#define TEST_OF(first, second, confidence)                                                         \
    rank_test(first, COUNT_OF(first), second, COUNT_OF(second), confidence)

enum { CONFIDENCE = 980000 };

Test(rank_test, agrees_with_the_published_example)
{
    /* Hollander and Wolfe, table 4.1: permeability of membranes at term and at 12 to 26 weeks, in
     * hundredths. Theirs: U = 35, estimate 0.305, 95 % interval -0.15 .. 0.76. */
    static const int64_t term[] = { 80, 83, 189, 104, 145, 138, 191, 164, 73, 146 };
    static const int64_t early[] = { 115, 88, 90, 74, 121 };
    const struct rank_result result = TEST_OF(term, early, 950000);
    cr_assert_eq(result.u_doubled, 70);
    cr_assert_eq(result.shift, 30); /* 30.5 rounded down */
    cr_assert_eq(result.shift_low, -15);
    cr_assert_eq(result.shift_high, 76);
    cr_assert(result.p_ppm > 240000 && result.p_ppm < 250000, "%u: R says 0.2448", result.p_ppm);
    cr_assert_eq(result.verdict, RANK_SAME);
}

Test(rank_test, is_worked_out_by_hand)
{
    static const int64_t high[] = { 6, 7, 8, 9, 10 };
    static const int64_t low[] = { 1, 2, 3, 4, 5 };
    struct rank_result result = TEST_OF(high, low, CONFIDENCE);
    cr_assert_eq(result.u_doubled, 50, "each of 25 pairs");
    cr_assert_eq(result.shift, 5);
    cr_assert_eq(result.shift_low, 1, "the least of all differences");
    cr_assert_eq(result.shift_high, 9);
    /* z = (25 - 12.5 - 0.5) / sqrt(25 * 11 / 12) = 2.5067: 2 * 0.00609 */
    cr_assert(result.p_ppm >= 12180 && result.p_ppm <= 12190, "%u", result.p_ppm);
    cr_assert_eq(result.verdict, RANK_SAME, "1 is not above a quarter of 5");
    result = TEST_OF(low, high, CONFIDENCE);
    cr_assert_eq(result.u_doubled, 0);
    cr_assert_eq(result.shift, -5);
    cr_assert_eq(result.shift_low, -9);

    static const int64_t tied[] = { 1, 2, 2, 3 };
    static const int64_t other[] = { 2, 2, 3, 4 };
    /* ties: 2 four times, 3 twice: 60 + 6 = 66; variance 16 / 12 * (9 - 66 / 56) = 10.4286;
     * U = 0.5 * 2 + 0.5 * 2 + ... = 4.5; z = (8 - 4.5 - 0.5) / 3.2293 = 0.929: p = 0.3529 */
    result = TEST_OF(tied, other, CONFIDENCE);
    cr_assert_eq(result.u_doubled, 9);
    cr_assert(result.p_ppm > 351000 && result.p_ppm < 354000, "%u", result.p_ppm);
}

Test(rank_test, says_high_and_low_of_a_shift_that_is_sure)
{
    static const int64_t slow[] = { 120, 130, 125, 128, 122, 131, 127, 124 };
    static const int64_t fast[] = { 100, 104, 98, 101, 99, 103, 102, 97 };
    cr_assert_eq(TEST_OF(slow, fast, CONFIDENCE).verdict, RANK_HIGH);
    cr_assert_eq(TEST_OF(fast, slow, CONFIDENCE).verdict, RANK_LOW);
    cr_assert_eq(TEST_OF(fast, fast, CONFIDENCE).verdict, RANK_SAME);
}

Test(rank_test, needs_so_many_values_to_be_sure)
{
    cr_assert_eq(rank_test_needs(950000), 4);
    cr_assert_eq(rank_test_needs(980000), 5);
    cr_assert_eq(rank_test_needs(990000), 6);
    for (uint32_t confidence = 500000; confidence < PPM; confidence += 9999) {
        const uint32_t count = rank_test_needs(confidence);
        int64_t high[RANK_TEST_SAMPLES_MAX], low[RANK_TEST_SAMPLES_MAX];
        for (uint32_t i = 0; i < count; i++) {
            high[i] = 1000 + i;
            low[i] = i;
        }
        cr_assert_eq(rank_test(high, count, low, count, confidence).verdict, RANK_HIGH);
        cr_assert_eq(rank_test(high, count - 1, low, count - 1, confidence).verdict, RANK_SAME);
    }
}

Test(rank_test, bears_equal_values_and_the_smallest_samples)
{
    static const int64_t zeros[] = { 0, 0, 0, 0, 0, 0 };
    static const int64_t one[] = { 7 };
    struct rank_result result = TEST_OF(zeros, zeros, CONFIDENCE);
    cr_assert_eq(result.verdict, RANK_SAME);
    cr_assert_eq(result.p_ppm, PPM);
    result = TEST_OF(one, one, CONFIDENCE);
    cr_assert_eq(result.shift, 0);
    cr_assert_eq(result.shift_low, 0);
    result = TEST_OF(one, zeros, CONFIDENCE);
    cr_assert_eq(result.verdict, RANK_SAME);
    cr_assert_eq(result.shift_low, INT64_MIN);
    cr_assert_eq(result.shift_high, INT64_MAX);
}

static int64_t
slow_shift(const int64_t *first, const int64_t *second, uint32_t count)
{
    for (int64_t shift = -2000; shift < 2000; shift++) { /* the median: the middle of all pairs */
        uint32_t below = 0;
        for (uint32_t i = 0; i < count * count; i++) {
            below += first[i / count] - second[i % count] <= shift ? 1 : 0;
        }
        if (2 * below > count * count) {
            return shift;
        }
    }
    return 0;
}

Test(rank_test, errs_as_seldom_as_it_says_and_agrees_with_a_slow_one)
{
    enum { ROUNDS = 10000, COUNT = 15 };
    struct rng rng;
    rng_init(&rng, 1, 1, "rank");
    uint32_t outside = 0;
    for (uint32_t round = 0; round < ROUNDS; round++) {
        int64_t first[COUNT], second[COUNT];
        for (uint32_t i = 0; i < COUNT; i++) {
            first[i] = rng_below(&rng, 1000);
            second[i] = rng_below(&rng, 1000);
        }
        const struct rank_result result = TEST_OF(first, second, 950000);
        outside += result.shift_low > 0 || result.shift_high < 0 ? 1 : 0;
        if (round < 50) {
            cr_assert_eq(result.shift, slow_shift(first, second, COUNT)); /* 225 pairs: a middle */
        }
        cr_assert(result.shift_low <= result.shift && result.shift <= result.shift_high);
    }
    /* at most 5 %, and not much below: 3 sigma are 65 */
    cr_assert(outside > 400 && outside < 500 + 65, "%u of %u", outside, (uint32_t)ROUNDS);
}

/* What a rank test alone lets pass: spinnaker/kayenta #780, #426, #364. */
Test(rank_test, misses_spread_sparse_counters_and_outliers)
{
    static const int64_t even[] = { 100, 101, 99, 100, 102, 98, 100, 101, 99, 100 };
    static const int64_t spread[] = { 10, 190, 20, 180, 100, 5, 195, 50, 150, 101 };
    static const int64_t zeros[] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 };
    static const int64_t sparse[] = { 0, 0, 0, 250000, 0, 0, 0, 0, 990000, 0 };
    static const int64_t outliers[] = { 100, 101, 99, 100, 10000, 98, 100, 10100, 99, 100 };
    cr_assert_eq(TEST_OF(spread, even, CONFIDENCE).verdict, RANK_SAME);
    cr_assert_eq(TEST_OF(sparse, zeros, CONFIDENCE).verdict, RANK_SAME);
    cr_assert_eq(TEST_OF(outliers, even, CONFIDENCE).verdict, RANK_SAME);
}

/*
 * tests/unit/base/test_sketch.c
 *
 * Goal:   quantiles err by at most 1/64 upwards (1 us below 64 us); count, mean and maximum are
 *         exact.
 * Method: beside the sorted values themselves, over scales from nanoseconds to weeks.
 */
#include <stdlib.h>

#include <criterion/criterion.h>

#include "platform/base/rng.h"
#include "platform/base/sketch.h"

enum { VALUES = 20000 };

static int
values_compare(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a;
    const int64_t y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

static void
assert_quantile(const struct sketch *sketch, const int64_t *sorted, uint32_t count,
                uint32_t quantile_ppm)
{
    uint64_t rank = ((uint64_t)count * quantile_ppm + PPM - 1) / PPM;
    rank = rank == 0 ? 1 : rank;
    const int64_t true_ns = sorted[rank - 1];
    const int64_t told_ns = sketch_quantile_ns(sketch, quantile_ppm);
    const int64_t error_max_ns = int64_max(true_ns / 64, US(1));
    cr_assert(told_ns >= true_ns && told_ns <= true_ns + error_max_ns,
              "quantile %u ppm: told %lld, true %lld", quantile_ppm, (long long)told_ns,
              (long long)true_ns);
}

Test(sketch, tells_quantiles_within_its_error)
{
    static struct sketch sketch;
    static int64_t values[VALUES];
    static const uint32_t quantiles[] = { 0, 1, 10000, 500000, 900000, 990000, 999000, PPM };
    for (uint32_t bits = 1; bits < 50; bits++) {
        struct rng rng;
        rng_init(&rng, 1, bits, "sketch");
        sketch_clear(&sketch);
        int64_t sum_ns = 0;
        for (uint32_t i = 0; i < VALUES; i++) {
            values[i] = (int64_t)(rng_u64(&rng) >> (64 - bits)) >> rng_below(&rng, bits);
            sum_ns += values[i];
            sketch_add(&sketch, values[i]);
        }
        qsort(values, VALUES, sizeof values[0], values_compare);
        for (uint32_t i = 0; i < COUNT_OF(quantiles); i++) {
            assert_quantile(&sketch, values, VALUES, quantiles[i]);
        }
        cr_assert_eq(sketch.count, VALUES);
        cr_assert_eq(sketch_mean_ns(&sketch), sum_ns / VALUES);
        cr_assert_eq(sketch.max_ns, values[VALUES - 1]);
        cr_assert_eq(sketch_quantile_ns(&sketch, PPM), values[VALUES - 1]);
    }
}

Test(sketch, holds_at_the_edges_of_its_buckets)
{
    static struct sketch sketch;
    for (uint32_t power = 0; power <= 40; power++) {
        for (int64_t us = (INT64_C(1) << power) - 1; us <= (INT64_C(1) << power) + 1; us++) {
            sketch_clear(&sketch);
            sketch_add(&sketch, US(us));
            sketch_add(&sketch, US(us) * 2 + US(2));
            const int64_t told_ns = sketch_quantile_ns(&sketch, 1);
            cr_assert(told_ns >= US(us) && told_ns <= US(us) + int64_max(US(us) / 64, US(1)),
                      "%lld us", (long long)us);
        }
    }
}

Test(sketch, merges_as_if_all_had_been_added_to_one)
{
    static struct sketch whole;
    static struct sketch parts[2];
    struct rng rng;
    rng_init(&rng, 1, 0, "merge");
    sketch_clear(&whole);
    sketch_clear(&parts[0]);
    sketch_clear(&parts[1]);
    for (uint32_t i = 0; i < VALUES; i++) {
        const int64_t value_ns = rng_between(&rng, 0, SEC(10));
        sketch_add(&whole, value_ns);
        sketch_add(&parts[i % 3 == 0 ? 0 : 1], value_ns);
    }
    sketch_merge(&parts[0], &parts[1]);
    cr_assert_arr_eq(&whole, &parts[0], sizeof whole);
}

Test(sketch, is_empty_and_clamps_the_absurd)
{
    static struct sketch sketch;
    sketch_clear(&sketch);
    cr_assert_eq(sketch_quantile_ns(&sketch, 500000), 0);
    cr_assert_eq(sketch_mean_ns(&sketch), 0);
    sketch_add(&sketch, 0);
    cr_assert_eq(sketch_quantile_ns(&sketch, 500000), 0);
    sketch_clear(&sketch);
    sketch_add(&sketch, MS(5));
    cr_assert_eq(sketch_quantile_ns(&sketch, 0), MS(5), "the least of one is that one");
    sketch_add(&sketch, INT64_MAX);
    sketch_add(&sketch, INT64_MAX);
    cr_assert_eq(sketch_quantile_ns(&sketch, PPM), INT64_MAX);
    cr_assert_eq(sketch.sum_ns, INT64_MAX, "a sum that does not fit stays at its limit");
}

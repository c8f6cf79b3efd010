/*
 * tests/unit/base/test_sketch.c
 *
 * Goal:   quantiles err by at most 1/64 upwards (1 us below 64 us); count, mean and maximum are
 *         exact.
 * Method: beside the sorted values themselves, over scales from nanoseconds to weeks.
 */
#include <stdlib.h>
#include <string.h>

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

static void
sketch_fill(struct sketch *sketch, uint64_t seed, uint32_t count, int64_t from_ns)
{
    struct rng rng;
    rng_init(&rng, seed, 7, "sketch");
    for (uint32_t i = 0; i < count; i++) {
        sketch_add(sketch, from_ns + (int64_t)(rng_u64(&rng) % (uint64_t)SEC(1)));
    }
}

Test(sketch, tells_what_came_since)
{
    static struct sketch both, before, since;
    sketch_clear(&both);
    sketch_clear(&since);
    sketch_fill(&both, 1, 1000, SEC(5));
    before = both;
    sketch_fill(&both, 2, 500, 0);
    sketch_fill(&since, 2, 500, 0);
    cr_assert(sketch_subtract(&both, &before));
    cr_assert_eq(both.count, 500);
    cr_assert_eq(sketch_mean_ns(&both), sketch_mean_ns(&since));
    cr_assert(both.max_ns >= since.max_ns && both.max_ns <= since.max_ns + since.max_ns / 64);
    for (uint32_t q = 0; q < PPM; q += 1000) {
        const int64_t true_ns = sketch_quantile_ns(&since, q);
        const int64_t told_ns = sketch_quantile_ns(&both, q);
        cr_assert(told_ns == true_ns || (true_ns == since.max_ns && told_ns == both.max_ns));
    }
    cr_assert(sketch_subtract(&both, &both));
    cr_assert_eq(both.count, 0);
    cr_assert_eq(both.max_ns, 0);
    since.buckets[3] = 0;
    before = since;
    cr_assert_not(sketch_subtract(&both, &since), "more than it holds");
}

Test(sketch, survives_its_bytes_and_nothing_else_does)
{
    static struct sketch sketch, back;
    struct strbuf bytes = { 0 };
    sketch_clear(&sketch);
    sketch_fill(&sketch, 3, 3000, MS(1));
    sketch_encode(&sketch, &bytes);
    cr_assert_eq(sketch_decode(bytes.text, bytes.len, &back), ST_OK);
    cr_assert_eq(memcmp(&back, &sketch, sizeof sketch), 0);
    for (size_t len = 0; len < bytes.len; len++) {
        cr_assert_eq(sketch_decode(bytes.text, len, &back), ST_INVALID, "length %zu", len);
    }
    char *first = bytes.text + 18; /* the number of the first bucket, which is not 0 */
    first[1] = (char)0xFF;
    cr_assert_eq(sketch_decode(bytes.text, bytes.len, &back), ST_INVALID);
    strbuf_clear(&bytes);
    sketch_clear(&sketch);
    sketch_encode(&sketch, &bytes);
    cr_assert_eq(sketch_decode(bytes.text, bytes.len, &back), ST_OK);
    cr_assert_eq(back.count, 0);
    strbuf_fini(&bytes);
}

Test(sketch, adds_many_as_if_one_by_one)
{
    static struct sketch many;
    static struct sketch single;
    sketch_add_many(&many, MS(7), 1000);
    sketch_add_many(&many, US(3), 1);
    sketch_add_many(&many, SEC(1), 0);
    for (uint32_t i = 0; i < 1000; i++) {
        sketch_add(&single, MS(7));
    }
    sketch_add(&single, US(3));
    cr_assert_eq(memcmp(&many, &single, sizeof many), 0);
    sketch_add_many(&many, INT64_MAX / 2, 1000); /* the sum stays at its end */
    cr_assert_eq(many.sum_ns, INT64_MAX);
    cr_assert_eq(many.count, 2001);
}

Test(sketch, merges_a_part_that_is_spread_as_the_whole)
{
    static struct sketch whole;
    static struct sketch part;
    struct rng rng;
    rng_init(&rng, 1, 0, "sketch");
    for (uint32_t i = 0; i < 100000; i++) {
        sketch_add(&whole, i % 1000 == 7 ? SEC(1) : US(100) + rng_below(&rng, 1000000));
    }
    uint32_t with_rare = 0;
    for (uint32_t i = 0; i < 1000; i++) { /* fifty at a time: most hold none of the slowest */
        static struct sketch few;
        sketch_clear(&few);
        sketch_merge_scaled(&few, &whole, 50, rng_below(&rng, 100000));
        with_rare += few.max_ns == SEC(1) ? 1 : 0;
        sketch_merge(&part, &few);
    }
    cr_assert_eq(part.count, 50000);
    cr_assert_float_eq((double)sketch_mean_ns(&part), (double)sketch_mean_ns(&whole), 2e5);
    cr_assert_float_eq((double)sketch_quantile_ns(&part, 990000),
                       (double)sketch_quantile_ns(&whole, 990000), 2e4);
    cr_assert(with_rare > 20 && with_rare < 90, "%u of 50 or so", with_rare);
    sketch_clear(&part);
    sketch_merge_scaled(&part, &whole, 10000000000, 0); /* more than there were */
    cr_assert_eq(part.count, 10000000000);
    cr_assert_eq(part.max_ns, whole.max_ns);
}

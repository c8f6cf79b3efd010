/*
 * tests/unit/base/test_rng.c
 *
 * Goal:   streams are independent, repeat exactly, and draw without bias.
 * Method: known first numbers; streams that differ in one part; counts over many draws, with bounds
 *         of five standard deviations.
 */
#include <criterion/criterion.h>

#include "platform/base/rng.h"

static struct rng
stream(uint64_t seed, uint32_t node, const char *name)
{
    struct rng rng;
    rng_init(&rng, seed, node, name);
    return rng;
}

/* A change here changes every trace hash there ever was. */
Test(rng, gives_the_same_numbers_for_ever)
{
    struct rng rng = stream(1, 2, "agent");
    const uint64_t first = rng_u64(&rng);
    const uint64_t second = rng_u64(&rng);
    cr_assert_eq(first, UINT64_C(0x6F1AB2A06D7981AB), "%llx", (unsigned long long)first);
    cr_assert_eq(second, UINT64_C(0xE6D37E2D240E8B1C), "%llx", (unsigned long long)second);
}

Test(rng, depends_on_seed_node_and_name)
{
    struct rng rngs[] = { stream(1, 1, "a"), stream(2, 1, "a"), stream(1, 2, "a"),
                          stream(1, 1, "b"), stream(2, 2, "a"), stream(0, 0, "") };
    uint64_t firsts[COUNT_OF(rngs)];
    for (uint32_t i = 0; i < COUNT_OF(rngs); i++) {
        firsts[i] = rng_u64(&rngs[i]);
        for (uint32_t k = 0; k < i; k++) {
            cr_assert_neq(firsts[i], firsts[k], "streams %u and %u", i, k);
        }
    }
}

Test(rng, makes_the_nth_number_from_n_alone)
{
    struct rng walked = stream(3, 0, "x");
    for (uint32_t i = 0; i < 100; i++) {
        (void)rng_u64(&walked);
    }
    struct rng jumped = stream(3, 0, "x");
    jumped.counter = 100;
    cr_assert_eq(rng_u64(&walked), rng_u64(&jumped));
}

Test(rng, draws_every_value_below_a_bound_equally)
{
    static const uint32_t bounds[] = { 1, 2, 3, 7, 10 };
    for (uint32_t b = 0; b < COUNT_OF(bounds); b++) {
        struct rng rng = stream(1, 0, "below");
        uint32_t counts[10] = { 0 };
        const uint32_t draws = 100000;
        for (uint32_t i = 0; i < draws; i++) {
            const uint32_t value = rng_below(&rng, bounds[b]);
            cr_assert_lt(value, bounds[b]);
            counts[value]++;
        }
        for (uint32_t i = 0; i < bounds[b]; i++) {
            cr_assert_float_eq((double)counts[i], (double)draws / bounds[b], 5 * 300.0, "%u of %u",
                               i, bounds[b]);
        }
    }
}

/*
 * Two thirds of 2^64 values: a draw without a redraw takes every second of the lower half twice as
 * often as its neighbours.
 */
Test(rng, has_no_bias_over_a_range_that_divides_badly)
{
    struct rng rng = stream(1, 0, "bias");
    const int64_t third = (int64_t)(UINT64_MAX / 3);
    uint32_t odd = 0;
    uint32_t lower = 0;
    for (uint32_t i = 0; i < 100000; i++) {
        const int64_t value = rng_between(&rng, -third, third - 1);
        if (value < 0) {
            lower++;
            odd += (uint32_t)((value + third) % 2);
        }
    }
    cr_assert_float_eq((double)lower, 50000.0, 5 * 160.0);
    cr_assert_float_eq((double)odd, lower / 2.0, 5 * 115.0);
}

Test(rng, includes_both_ends)
{
    struct rng rng = stream(1, 0, "ends");
    bool low = false;
    bool high = false;
    for (uint32_t i = 0; i < 1000; i++) {
        const int64_t value = rng_between(&rng, -2, 2);
        cr_assert(value >= -2 && value <= 2);
        low = low || value == -2;
        high = high || value == 2;
    }
    cr_assert(low && high);
    cr_assert_eq(rng_between(&rng, 5, 5), 5);
    cr_assert_eq(rng_between(&rng, INT64_MAX, INT64_MAX), INT64_MAX);
    bool negative = false;
    bool positive = false;
    for (uint32_t i = 0; i < 100; i++) {
        const int64_t value = rng_between(&rng, INT64_MIN, INT64_MAX);
        negative = negative || value < 0;
        positive = positive || value > 0;
    }
    cr_assert(negative && positive);
}

Test(rng, draws_units_below_one_with_the_right_mean)
{
    struct rng rng = stream(1, 0, "unit");
    double sum = 0;
    for (uint32_t i = 0; i < 100000; i++) {
        const double unit = rng_unit(&rng);
        cr_assert(unit >= 0 && unit < 1);
        sum += unit;
    }
    cr_assert_float_eq(sum / 100000, 0.5, 5 * 0.001);
}

Test(rng, takes_chances_in_parts_per_million)
{
    struct rng rng = stream(1, 0, "chance");
    uint32_t hits = 0;
    for (uint32_t i = 0; i < 100000; i++) {
        cr_assert_not(rng_chance(&rng, 0));
        cr_assert(rng_chance(&rng, PPM));
        hits += rng_chance(&rng, 250000) ? 1 : 0;
    }
    cr_assert_float_eq((double)hits, 25000.0, 5 * 140.0);
}

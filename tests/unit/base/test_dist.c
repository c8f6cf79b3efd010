/*
 * tests/unit/base/test_dist.c
 *
 * Goal:   each distribution has the mean and shape it claims, and log and exp are right to a unit
 *         in the last place and the same everywhere.
 * Method: means and quantiles over 200,000 draws; fixed_log and fixed_exp against the long double
 *         functions of the C library, and one hash over their bits that every build must come to.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "platform/base/dist.h"
#include "platform/base/memory.h"
#include "platform/base/record.h"

enum { DRAWS = 200000 };

static int
draws_compare(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a;
    const int64_t y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

/* Sorted draws; the caller frees them. */
static int64_t *
draw_all(const struct dist *dist, double *ret_mean_ns)
{
    struct rng rng;
    int64_t *draws = memory_alloc(DRAWS * sizeof *draws);
    double sum = 0;
    rng_init(&rng, 1, 0, "dist");
    for (uint32_t i = 0; i < DRAWS; i++) {
        draws[i] = dist_draw_ns(dist, &rng);
        cr_assert(draws[i] >= 0 && draws[i] <= DIST_NS_MAX);
        sum += (double)draws[i];
    }
    qsort(draws, DRAWS, sizeof *draws, draws_compare);
    *ret_mean_ns = sum / DRAWS;
    return draws;
}

static void
assert_near(double value, double wanted, double ratio)
{
    cr_assert(fabs(value - wanted) <= wanted * ratio, "%g, wanted %g", value, wanted);
}

Test(dist, constant_is_constant)
{
    const struct dist dist = { .kind = DIST_CONSTANT, .a_ns = MS(5) };
    double mean_ns = 0;
    int64_t *draws = draw_all(&dist, &mean_ns);
    cr_assert_eq(draws[0], MS(5));
    cr_assert_eq(draws[DRAWS - 1], MS(5));
    cr_assert_eq(dist_mean_ns(&dist), MS(5));
    memory_free(draws);
}

Test(dist, exponential_has_its_mean_and_median)
{
    const struct dist dist = { .kind = DIST_EXPONENTIAL, .a_ns = MS(10) };
    double mean_ns = 0;
    int64_t *draws = draw_all(&dist, &mean_ns);
    assert_near(mean_ns, MS(10), 0.012);
    assert_near((double)draws[DRAWS / 2], MS(10) * 0.693147, 0.015);
    assert_near((double)draws[DRAWS / 100 * 99], MS(10) * 4.60517, 0.03);
    cr_assert_eq(dist_mean_ns(&dist), MS(10));
    memory_free(draws);
}

Test(dist, uniform_fills_its_range)
{
    const struct dist dist = { .kind = DIST_UNIFORM, .a_ns = 10, .b_ns = 13 };
    double mean_ns = 0;
    int64_t *draws = draw_all(&dist, &mean_ns);
    cr_assert_eq(draws[0], 10);
    cr_assert_eq(draws[DRAWS - 1], 13);
    assert_near(mean_ns, 11.5, 0.005);
    cr_assert_eq(dist_mean_ns(&dist), 11);
    memory_free(draws);
}

Test(dist, lognormal_has_its_median_and_spread)
{
    const struct dist dist = { .kind = DIST_LOGNORMAL, .a_ns = MS(20), .shape = 0.5 };
    double mean_ns = 0;
    int64_t *draws = draw_all(&dist, &mean_ns);
    assert_near((double)draws[DRAWS / 2], MS(20), 0.01);
    assert_near((double)draws[DRAWS / 10000 * 8413], MS(20) * exp(0.5), 0.01);
    assert_near((double)draws[DRAWS / 10000 * 1587], MS(20) * exp(-0.5), 0.01);
    assert_near(mean_ns, MS(20) * exp(0.125), 0.01);
    assert_near((double)dist_mean_ns(&dist), MS(20) * exp(0.125), 0.000001);
    memory_free(draws);
}

Test(dist, pareto_has_its_minimum_and_tail)
{
    const struct dist dist = { .kind = DIST_PARETO, .a_ns = MS(1), .shape = 2.5 };
    double mean_ns = 0;
    int64_t *draws = draw_all(&dist, &mean_ns);
    cr_assert_geq(draws[0], MS(1) - 1);
    assert_near((double)draws[DRAWS / 2], MS(1) * pow(2, 1 / 2.5), 0.01);
    assert_near((double)draws[DRAWS / 100 * 99], MS(1) * pow(100, 1 / 2.5), 0.05);
    assert_near((double)dist_mean_ns(&dist), MS(1) * 2.5 / 1.5, 0.000001);
    memory_free(draws);
}

Test(dist, pareto_without_a_mean_is_capped)
{
    const struct dist dist = { .kind = DIST_PARETO, .a_ns = SEC(1), .shape = 0.05 };
    double mean_ns = 0;
    int64_t *draws = draw_all(&dist, &mean_ns);
    cr_assert_eq(dist_mean_ns(&dist), DIST_NS_MAX);
    cr_assert_eq(draws[DRAWS - 1], DIST_NS_MAX);
    memory_free(draws);
}

Test(dist, empirical_draws_every_sample)
{
    static const int64_t samples[] = { 7, 1, 7, DIST_NS_MAX };
    const struct dist dist = { .kind = DIST_EMPIRICAL, .samples_ns = samples, .samples_count = 4 };
    double mean_ns = 0;
    int64_t *draws = draw_all(&dist, &mean_ns);
    cr_assert_eq(draws[0], 1);
    cr_assert_eq(draws[DRAWS / 2], 7);
    cr_assert_eq(draws[DRAWS - 1], DIST_NS_MAX);
    cr_assert_eq(dist_mean_ns(&dist), (DIST_NS_MAX + 15) / 4);
    memory_free(draws);
}

Test(dist, never_goes_below_zero)
{
    const struct dist dist = { .kind = DIST_UNIFORM, .a_ns = -10, .b_ns = -5 };
    double mean_ns = 0;
    int64_t *draws = draw_all(&dist, &mean_ns);
    cr_assert_eq(draws[DRAWS - 1], 0);
    memory_free(draws);
}

/* --- log and exp --- */

static double
ulps(double value, long double wanted)
{
    const double ulp = nextafter(fabs((double)wanted), INFINITY) - fabs((double)wanted);
    return (double)(fabsl((long double)value - wanted) / ulp);
}

static uint64_t
fold(uint64_t hash, double value)
{
    uint64_t bits = 0;
    memcpy(&bits, &value, sizeof bits);
    return hash_step(hash, bits);
}

Test(dist, log_and_exp_are_right_and_the_same_everywhere)
{
    struct rng rng;
    uint64_t hash = 0;
    rng_init(&rng, 1, 0, "math");
    for (uint32_t i = 0; i < 300000; i++) {
        const double unit = 1.0 - rng_unit(&rng);
        const double wide = (unit - 0.5) * 1400;
        const double near = (unit - 0.5) * 4;
        const double large = fixed_exp(wide);
        cr_assert_leq(ulps(fixed_log(unit), logl(unit)), 1.0, "log %a", unit);
        cr_assert_leq(ulps(fixed_log(large), logl(large)), 1.0, "log %a", large);
        cr_assert_leq(ulps(large, expl(wide)), 1.0, "exp %a", wide);
        cr_assert_leq(ulps(fixed_exp(near), expl(near)), 1.0, "exp %a", near);
        hash = fold(fold(fold(hash, fixed_log(unit)), large), fixed_exp(near));
    }
    cr_assert_eq(hash, UINT64_C(0xFEF63AFF273CA047), "%llx", (unsigned long long)hash);
}

Test(dist, log_and_exp_hold_at_their_ends)
{
    cr_assert_eq(fixed_log(1.0), 0.0);
    cr_assert_eq(fixed_exp(0.0), 1.0);
    cr_assert_eq(fixed_exp(-1000), 0.0);
    cr_assert_eq(fixed_exp(1000), 0x1.fffffffffffffp1023);
    cr_assert_leq(ulps(fixed_log(0x1p-1074), logl(0x1p-1074L)), 1.0);
    cr_assert_leq(ulps(fixed_log(0x1.fffffffffffffp1023), logl(0x1.fffffffffffffp1023L)), 1.0);
    cr_assert_leq(ulps(fixed_exp(709.78), expl(709.78)), 1.0);
    cr_assert_leq(fabs(fixed_exp(-740) - exp(-740)), 0x1p-1074);
}

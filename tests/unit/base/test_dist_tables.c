/*
 * tests/unit/base/test_dist_tables.c
 *
 * Goal:   the numbers of platform/base/dist_tables.c are those that their formulas give, and what
 *         is drawn from them has the right shape.
 * Method: layers worked out again in long double; moments, tails and a chi-square over 4 million
 *         draws of a fixed stream.
 */
#include <criterion/criterion.h>
#include <math.h>

#include "platform/base/dist.h"
#include "platform/base/dist_tables.h"

enum { DRAWS = 4000000 };

Test(dist_tables, layers_of_the_exponential_have_equal_areas)
{
    const double *x = ziggurat_exponential_x;
    const double *y = ziggurat_exponential_y;
    const long double area = x[1] * expl(-x[1]) + expl(-x[1]); /* the base strip and its tail */
    cr_assert_lt(fabsl(x[0] * expl(-x[1]) - area), 1e-16L);
    for (uint32_t i = 0; i <= ZIGGURAT_LAYERS; i++) {
        cr_assert_lt(fabsl(y[i] - expl(-x[i])), 1e-16L, "layer %u", i);
    }
    for (uint32_t i = 1; i < ZIGGURAT_LAYERS; i++) {
        cr_assert_lt(fabsl(x[i] * ((long double)y[i + 1] - y[i]) - area), 1e-15L, "layer %u", i);
    }
}

Test(dist_tables, layers_of_the_normal_have_equal_areas)
{
    const double *x = ziggurat_normal_x;
    const double *y = ziggurat_normal_y;
    const long double tail = sqrtl(acosl(-1) / 2) * erfcl(x[1] / sqrtl(2));
    const long double area = x[1] * expl(-0.5L * x[1] * x[1]) + tail;
    cr_assert_lt(fabsl(x[0] * expl(-0.5L * x[1] * x[1]) - area), 1e-15L);
    for (uint32_t i = 0; i <= ZIGGURAT_LAYERS; i++) {
        cr_assert_lt(fabsl(y[i] - expl(-0.5L * x[i] * x[i])), 2e-16L, "layer %u", i);
    }
    for (uint32_t i = 1; i < ZIGGURAT_LAYERS; i++) {
        cr_assert_lt(fabsl(x[i] * ((long double)y[i + 1] - y[i]) - area), 2e-15L, "layer %u", i);
    }
}

Test(dist_tables, steps_of_exp_are_powers_of_two)
{
    for (uint32_t i = 0; i < EXP_STEPS; i++) {
        cr_assert_lt(fabsl(exp_steps[i] - exp2l((long double)i / EXP_STEPS)), 1.2e-16L, "%u", i);
    }
}

/* Counts of 100 cells that are equally likely: chi-square with 99 degrees of freedom; 161 is passed
 * once in 10,000 streams. */
static void
expect_equal_cells(const uint32_t cells[100])
{
    double chi = 0;
    for (uint32_t i = 0; i < 100; i++) {
        const double off = (double)cells[i] - DRAWS / 100.0;
        chi += off * off / (DRAWS / 100.0);
    }
    cr_assert_lt(chi, 161.0);
}

static uint32_t
cell_of(double share)
{
    const uint32_t cell = (uint32_t)(share * 100);
    return cell < 100 ? cell : 99;
}

Test(dist_tables, exponential_draws_have_the_right_shape)
{
    struct rng rng;
    uint32_t cells[100] = { 0 };
    uint32_t beyond_the_base = 0;
    rng_init(&rng, 1, 0, "exponential");
    for (uint32_t i = 0; i < DRAWS; i++) {
        const double x = rng_exponential(&rng);
        cells[cell_of(1.0 - exp(-x))]++;
        beyond_the_base += x > ziggurat_exponential_x[1] ? 1 : 0;
    }
    expect_equal_cells(cells);
    const double wanted = DRAWS * exp(-ziggurat_exponential_x[1]); /* 1,817 */
    cr_assert_lt(fabs(beyond_the_base - wanted), 4 * sqrt(wanted));
}

Test(dist_tables, normal_draws_have_the_right_shape)
{
    struct rng rng;
    uint32_t cells[100] = { 0 };
    uint32_t beyond_the_base = 0;
    rng_init(&rng, 1, 0, "normal");
    for (uint32_t i = 0; i < DRAWS; i++) {
        const double x = rng_normal(&rng);
        cells[cell_of(0.5 * erfc(-x / sqrt(2)))]++;
        beyond_the_base += fabs(x) > ziggurat_normal_x[1] ? 1 : 0;
    }
    expect_equal_cells(cells);
    const double wanted = DRAWS * erfc(ziggurat_normal_x[1] / sqrt(2)); /* 1,032 */
    cr_assert_lt(fabs(beyond_the_base - wanted), 4 * sqrt(wanted));
}

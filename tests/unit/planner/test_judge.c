/*
 * tests/unit/planner/test_judge.c
 *
 * Goal:   a measurement passes only when it is near the reference and its interval meets it.
 * Method: eight numbers whose mean and interval are known; each rule broken alone.
 */
#include <math.h>

#include <criterion/criterion.h>

#include "platform/planner/judge.h"
#include "platform/planner/model_cells.h"

/* Eight numbers around a mean; their standard deviation is spread * sqrt(8 / 7). */
static void
around(double mean, double spread, double values[JUDGE_SEEDS])
{
    for (uint32_t i = 0; i < JUDGE_SEEDS; i++) {
        values[i] = mean + (i % 2 == 0 ? spread : -spread);
    }
}

static const struct judge_reference ten = { .low = 10, .high = 10, .tolerance = 0.2 };

Test(judge, the_interval_is_that_of_student)
{
    double values[JUDGE_SEEDS];
    around(10, 1, values);
    const struct judge_verdict verdict = judge(values, &ten);
    cr_assert_float_eq(verdict.mean, 10, 1e-12);
    cr_assert_float_eq(verdict.half, 5.408 * sqrt(8.0 / 7) / sqrt(8), 1e-9);
}

Test(judge, a_cell_within_both_rules_passes)
{
    double values[JUDGE_SEEDS];
    around(10.1, 0.1, values);
    const struct judge_verdict verdict = judge(values, &ten);
    cr_assert(verdict.near && verdict.covered);
}

Test(judge, a_cell_that_is_off_by_three_percent_fails)
{
    double values[JUDGE_SEEDS];
    around(10.3, 1, values);
    cr_assert(judge(values, &ten).covered);
    cr_assert_not(judge(values, &ten).near);
    around(9.7, 1, values);
    cr_assert(judge(values, &ten).covered);
    cr_assert_not(judge(values, &ten).near);
}

Test(judge, an_interval_that_misses_the_reference_fails)
{
    double values[JUDGE_SEEDS];
    around(10.1, 0.01, values);
    cr_assert(judge(values, &ten).near);
    cr_assert_not(judge(values, &ten).covered);
    around(9.9, 0.01, values);
    cr_assert(judge(values, &ten).near);
    cr_assert_not(judge(values, &ten).covered);
}

Test(judge, anything_between_the_ends_of_a_bucket_is_right)
{
    const struct judge_reference bucket = { .low = 10, .high = 10.15, .tolerance = 0.1 };
    double values[JUDGE_SEEDS];
    around(10.1, 0.001, values);
    cr_assert(judge(values, &bucket).near && judge(values, &bucket).covered);
    around(10.2, 0.001, values);
    cr_assert(judge(values, &bucket).near && !judge(values, &bucket).covered);
    around(9.85, 0.5, values);
    cr_assert(!judge(values, &bucket).near && judge(values, &bucket).covered);
}

Test(judge, between_wants_the_whole_interval_inside)
{
    double values[JUDGE_SEEDS];
    around(11, 0.1, values);
    cr_assert(judge_between(values, 10, 12).near && judge_between(values, 10, 12).covered);
    around(11.9, 0.1, values);
    cr_assert(judge_between(values, 10, 12).near && !judge_between(values, 10, 12).covered);
    around(12, 0.1, values);
    cr_assert_not(judge_between(values, 10, 12).near);
}

Test(model_cells, lengths_follow_the_variance_and_the_tolerance)
{
    struct model_cell cells[MODEL_CELLS_MAX];
    const uint32_t count = model_cells(cells);
    uint32_t seen = 0;
    for (uint32_t i = 0; i < count; i++) {
        const struct model_cell *cell = &cells[i];
        cr_assert(cell->requests >= 1000000 && cell->requests < 300000000);
        cr_assert(model_cell_duration_ns(cell) < SEC(365 * 86400));
        if (cell->family == MODEL_MM1 && cell->use_ppm == 950000) {
            /* (3.5 / 0.4)^2 (1 + 607,600): Whitt's variance of waits at 0.95 */
            cr_assert_float_eq((double)cell->requests, 46.5e6, 0.1e6);
            /* twenty times 1 / (1 - sqrt(0.95))^2 services of 100 ms */
            cr_assert_float_eq((double)cell->warmup_ns, 3121e9, 2e9);
            cr_assert_eq(model_cell_rate_microhertz(cell), 9500000);
            seen++;
        }
    }
    cr_assert_eq(seen, 1);
}

Test(model_cells, every_family_has_every_load)
{
    struct model_cell cells[MODEL_CELLS_MAX];
    const uint32_t count = model_cells(cells);
    uint32_t at[MODEL_FAMILY_COUNT][2] = { 0 };
    for (uint32_t i = 0; i < count; i++) {
        at[cells[i].family][0] += cells[i].use_ppm == 700000 ? 1 : 0;
        at[cells[i].family][1] += cells[i].use_ppm == 950000 ? 1 : 0;
    }
    static const uint32_t wanted[MODEL_FAMILY_COUNT] = { 1, 1, 1, 5, 2, 3 };
    for (uint32_t i = 0; i < MODEL_FAMILY_COUNT; i++) {
        cr_assert_eq(at[i][0], wanted[i]);
        cr_assert_eq(at[i][1], wanted[i]);
    }
}

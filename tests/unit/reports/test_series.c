/*
 * tests/unit/reports/test_series.c
 *
 * Goal:   a curve is thinned to what a chart can show, and no peak is lost.
 * Method: made-up curves with single points that stick out, before and after.
 */
#include "reports/series.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

static double
value_at(const struct vec *series, uint32_t index)
{
    return ((const struct series_point *)vec_at(series, index))->value;
}

Test(series, thinning_keeps_lowest_and_highest_in_order)
{
    struct vec series;
    series_init(&series);
    for (int64_t i = 0; i < 100000; i++) {
        series_add(&series, SEC(i), i == 31337   ? 900.0
                                    : i == 77777 ? -5.0
                                                 : 10.0 + (double)(i % 7));
    }
    series_thin(&series, 2000);
    cr_assert(le(u32, series.count, 2000));
    double low = 0.0;
    double high = 0.0;
    cr_assert(series_bounds(&series, &low, &high));
    cr_expect(ieee_ulp_eq(dbl, low, -5.0, 1));
    cr_expect(ieee_ulp_eq(dbl, high, 900.0, 1));
    for (uint32_t i = 1; i < series.count; i++) {
        const struct series_point *a = vec_at(&series, i - 1);
        const struct series_point *b = vec_at(&series, i);
        cr_assert(lt(i64, a->at_ns, b->at_ns));
    }
    vec_fini(&series);
}

Test(series, few_points_stay_as_they_are)
{
    struct vec series;
    series_init(&series);
    for (int64_t i = 0; i < 10; i++) {
        series_add(&series, i, (double)i);
    }
    series_thin(&series, 10);
    cr_expect(eq(u32, series.count, 10));
    vec_fini(&series);
}

Test(series, of_a_level_stretch_the_ends_stay)
{
    static const double values[] = { 1, 1, 1, 1, 3, 1, 1, 1 };
    struct vec series;
    series_init(&series);
    for (uint32_t i = 0; i < COUNT_OF(values); i++) {
        series_add(&series, i, values[i]);
    }
    series_drop_level(&series);
    cr_assert(eq(u32, series.count, 5));
    cr_expect(ieee_ulp_eq(dbl, value_at(&series, 1), 1.0, 1));
    cr_expect(eq(i64, ((const struct series_point *)vec_at(&series, 1))->at_ns, 3));
    cr_expect(ieee_ulp_eq(dbl, value_at(&series, 2), 3.0, 1));
    cr_expect(eq(i64, ((const struct series_point *)vec_at(&series, 4))->at_ns, 7));
    vec_fini(&series);
}

Test(series, gaps_are_printed_as_gaps_and_nothing_as_one)
{
    struct vec    series;
    struct strbuf out = { 0 };
    series_init(&series);
    series_print(&series, SEC(1), &out);
    series_add(&series, MS(1500), 2.5);
    series_add_gap(&series, SEC(2));
    series_print(&series, SEC(1), &out);
    cr_expect(eq(str, (char *)strbuf_text(&out), "0 NaN\n\n\n1.5 2.5\n2 NaN\n\n\n"));
    strbuf_fini(&out);
    vec_fini(&series);
}

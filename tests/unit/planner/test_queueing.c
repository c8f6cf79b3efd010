/*
 * tests/unit/planner/test_queueing.c
 *
 * Goal:   the closed forms give the numbers that are known, to every digit that was printed.
 * Method: tables of M/M/1, M/D/1, M/M/c, of the choice of d and of staffing; laws that tie the
 *         functions together; a distribution function where a quantile has no table.
 */
#include <math.h>

#include <criterion/criterion.h>

#include "platform/planner/queueing.h"

/* value, rounded as it was printed, is what was printed: unit is that of the last digit. */
static void
assert_printed(double value, double printed, double unit, const char *what, double a, double b)
{
    cr_assert(fabs(value - printed) <= unit * 0.5000001, "%s(%g, %g) is %.9g, printed as %.9g",
              what, a, b, value, printed);
}

Test(queueing, a_single_server_has_the_times_of_the_table)
{
    static const struct {
        double load, mean, p50, p99, p999, md1_wait;
    } rows[] = {
        { 0.50, 2.0000, 1.3863, 9.2103, 13.8155, 0.5000 },
        { 0.70, 3.3333, 2.3105, 15.3506, 23.0259, 1.1667 },
        { 0.80, 5.0000, 3.4657, 23.0259, 34.5388, 2.0000 },
        { 0.90, 10.000, 6.9315, 46.0517, 69.0776, 4.5000 },
        { 0.95, 20.000, 13.8629, 92.1034, 138.155, 9.5000 },
        { 0.99, 100.00, 69.3147, 460.517, 690.776, 49.500 },
    };
    for (uint32_t i = 0; i < COUNT_OF(rows); i++) {
        const double load = rows[i].load;
        assert_printed(queueing_mmc_wait(1, load) + 1, rows[i].mean, 1e-4, "mean", load, 0);
        assert_printed(queueing_mg1_wait(load, 2) + 1, rows[i].mean, 1e-4, "mean M/G/1", load, 2);
        assert_printed(queueing_choices_time(1, load), rows[i].mean, 1e-4, "T_1", load, 1);
        assert_printed(queueing_mmc_quantile(1, load, 0.5), rows[i].p50, 1e-4, "p50", load, 0);
        assert_printed(queueing_mmc_quantile(1, load, 0.99), rows[i].p99,
                       rows[i].p99 > 100 ? 1e-3 : 1e-4, "p99", load, 0);
        assert_printed(queueing_mmc_quantile(1, load, 0.999), rows[i].p999,
                       rows[i].p999 > 100 ? 1e-3 : 1e-4, "p999", load, 0);
        assert_printed(queueing_mg1_wait(load, 1), rows[i].md1_wait, 1e-4, "Wq M/D/1", load, 1);
    }
}

/* A share and a mean wait; the units of their last digits. Erlang's table. */
struct mmc_row {
    uint32_t servers;
    double   use;
    double   waits;
    double   wait;
    double   wait_unit;
};

static const struct mmc_row mmc_rows[] = {
    { 2, 0.50, .33333, .33333, 1e-5 },     { 2, 0.70, .57647, .96078, 1e-5 },
    { 2, 0.80, .71111, 1.77778, 1e-5 },    { 2, 0.90, .85263, 4.26316, 1e-5 },
    { 2, 0.95, .92564, 9.25641, 1e-5 },    { 2, 0.99, .98503, 49.2513, 1e-4 },
    { 4, 0.50, .17391, .08696, 1e-5 },     { 4, 0.70, .42865, .35721, 1e-5 },
    { 4, 0.80, .59643, .74554, 1e-5 },     { 4, 0.90, .78775, 1.96938, 1e-5 },
    { 4, 0.95, .89142, 4.45709, 1e-5 },    { 4, 0.99, .97791, 24.4476, 1e-4 },
    { 10, 0.50, .03611, .00722, 1e-5 },    { 10, 0.70, .22173, .07391, 1e-5 },
    { 10, 0.80, .40918, .20459, 1e-5 },    { 10, 0.90, .66873, .66873, 1e-5 },
    { 10, 0.95, .82559, 1.65117, 1e-5 },   { 10, 0.99, .96374, 9.63738, 1e-5 },
    { 50, 0.70, .01103, .00074, 1e-5 },    { 50, 0.80, .08695, .00870, 1e-5 },
    { 50, 0.90, .36386, .07277, 1e-5 },    { 50, 0.95, .62909, .25164, 1e-5 },
    { 50, 0.99, .91686, 1.83372, 1e-5 },   { 100, 0.70, .00046, .00002, 1e-5 },
    { 100, 0.80, .01965, .00098, 1e-5 },   { 100, 0.90, .21694, .02169, 1e-5 },
    { 100, 0.95, .50646, .10129, 1e-5 },   { 100, 0.99, .88277, .88277, 1e-5 },
    { 1000, 0.90, .00059, .000006, 1e-6 }, { 1000, 0.95, .06825, .00137, 1e-5 },
    { 1000, 0.99, .65908, .06591, 1e-5 },
};

Test(queueing, many_servers_have_the_waits_of_the_table)
{
    for (uint32_t i = 0; i < COUNT_OF(mmc_rows); i++) {
        const struct mmc_row *row = &mmc_rows[i];
        const double load = row->use * row->servers;
        assert_printed(queueing_erlang_c(row->servers, load), row->waits, 1e-5, "C", row->servers,
                       load);
        assert_printed(queueing_mmc_wait(row->servers, load), row->wait, row->wait_unit, "Wq",
                       row->servers, load);
    }
}

Test(queueing, the_choice_of_d_has_the_times_of_the_table)
{
    static const struct {
        double load, times[3];
    } rows[] = {
        { 0.50, { 1.2657, 1.1252, 1.0313 } }, { 0.70, { 1.6145, 1.3568, 1.1681 } },
        { 0.80, { 1.9474, 1.5809, 1.3289 } }, { 0.90, { 2.6141, 2.0279, 1.6329 } },
        { 0.95, { 3.3830, 2.5351, 1.9888 } }, { 0.99, { 5.4320, 3.8578, 2.9017 } },
    };
    static const uint32_t choices[3] = { 2, 3, 5 };
    for (uint32_t i = 0; i < COUNT_OF(rows); i++) {
        for (uint32_t k = 0; k < 3; k++) {
            assert_printed(queueing_choices_time(choices[k], rows[i].load), rows[i].times[k], 1e-4,
                           "T", choices[k], rows[i].load);
        }
    }
}

Test(queueing, staffing_is_exact)
{
    static const struct {
        double   load;
        uint32_t wait_20, wait_5, wait_1;
    } waits[] = {
        { 10, 14, 17, 19 },
        { 50, 58, 64, 68 },
        { 100, 111, 119, 125 },
        { 1000, 1034, 1056, 1077 },
    };
    for (uint32_t i = 0; i < COUNT_OF(waits); i++) {
        cr_assert_eq(queueing_servers_for_wait(waits[i].load, 0.20), waits[i].wait_20);
        cr_assert_eq(queueing_servers_for_wait(waits[i].load, 0.05), waits[i].wait_5);
        cr_assert_eq(queueing_servers_for_wait(waits[i].load, 0.01), waits[i].wait_1);
    }
    cr_assert_eq(queueing_servers_for_blocking(50, 0.01), 64);
    cr_assert_eq(queueing_servers_for_blocking(50, 0.001), 71);
    cr_assert_eq(queueing_servers_for_blocking(100, 0.01), 117);
    cr_assert_eq(queueing_servers_for_blocking(100, 0.001), 128);
}

Test(queueing, one_server_fewer_is_too_few)
{
    for (uint32_t i = 1; i <= 400; i++) {
        const double load = 0.37 * i * i;
        const uint32_t for_wait = queueing_servers_for_wait(load, 0.03);
        const uint32_t for_blocking = queueing_servers_for_blocking(load, 0.03);
        cr_assert(queueing_erlang_c(for_wait, load) <= 0.03);
        cr_assert(queueing_erlang_c(for_wait - 1, load) > 0.03);
        cr_assert(queueing_erlang_b(for_blocking, load) <= 0.03);
        cr_assert(queueing_erlang_b(for_blocking - 1, load) > 0.03);
    }
}

Test(queueing, staffing_ends_at_its_largest_load)
{
    const uint32_t servers = queueing_servers_for_wait(QUEUEING_LOAD_MAX, 0.01);
    cr_assert(servers > QUEUEING_LOAD_MAX && servers < QUEUEING_LOAD_MAX * 1.01);
}

Test(queueing, an_overloaded_queue_makes_everybody_wait)
{
    cr_assert_eq(queueing_erlang_c(5, 5), 1);
    cr_assert_eq(queueing_erlang_c(5, 7), 1);
    assert_printed(queueing_erlang_b(0, 3), 1, 1e-9, "B", 0, 3);
    assert_printed(queueing_erlang_b(1, 1), 0.5, 1e-9, "B", 1, 1);
}

Test(queueing, quantiles_of_many_servers_invert_the_distribution)
{
    /* c - 1 = load is the case where both rates are one: 1 + C t times e^-t. */
    const double waits = queueing_erlang_c(3, 2);
    const double p90 = queueing_mmc_quantile(3, 2, 0.9);
    assert_printed(exp(-p90) * (1 + waits * p90), 0.1, 1e-9, "P(T > p90)", 3, 2);
    /* beside it the quantile hardly moves */
    assert_printed(queueing_mmc_quantile(3, 2.0001, 0.9), p90, 1e-3, "p90", 3, 2.0001);
    /* hardly anybody waits: the quantile of the service time */
    assert_printed(queueing_mmc_quantile(1000, 500, 0.99), 4.60517, 1e-5, "p99", 1000, 500);
    /* the mean is the integral of the share that takes longer */
    double mean = 0;
    for (uint32_t i = 0; i < 20000; i++) {
        mean += queueing_mmc_quantile(4, 3.8, (i + 0.5) / 20000) / 20000;
    }
    cr_assert(fabs(mean - 1 - queueing_mmc_wait(4, 3.8)) < 0.01, "%g", mean);
}

Test(queueing, quantiles_of_constant_service_have_the_known_mean)
{
    static const double loads[] = { 0.5, 0.7, 0.9, 0.95 };
    for (uint32_t k = 0; k < COUNT_OF(loads); k++) {
        double mean = 0;
        for (uint32_t i = 0; i < 250; i++) {
            mean += queueing_md1_quantile(loads[k], (i + 0.5) / 250) / 250;
        }
        const double wanted = 1 + queueing_mg1_wait(loads[k], 1);
        cr_assert(fabs(mean - wanted) < 0.01 * wanted, "%g, wanted %g", mean, wanted);
    }
    /* half of all find it idle, and P(W <= t) is (1 - load) e^(load t) while t < 1 */
    cr_assert_eq(queueing_md1_quantile(0.5, 0.4), 1);
    assert_printed(queueing_md1_quantile(0.5, 0.6), 1 + log(1.2) / 0.5, 1e-6, "p60", 0.5, 0);
}

Test(queueing, instances_are_rounded_up)
{
    cr_assert_eq(queueing_instances(17, 1), 17);
    cr_assert_eq(queueing_instances(16, 8), 2);
    cr_assert_eq(queueing_instances(17, 8), 3);
}

/*
 * tests/unit/planner/test_choices.c
 *
 * Goal:   the choice of two among n servers takes as long as the paper's table says, and the limit
 *         is the closed form.
 * Method: the refined mean queue lengths that Gast and Van Houdt print for ten servers; ever more
 *         servers; two that are distinct against two that may be one.
 */
#include <math.h>

#include <criterion/criterion.h>

#include "platform/planner/choices.h"
#include "platform/planner/queueing.h"

Test(choices, ten_servers_have_the_queues_of_the_paper)
{
    static const struct {
        double load, requests;
    } rows[] = { { 0.7, 1.2150 }, { 0.9, 2.7513 }, { 0.95, 4.1017 } };
    for (uint32_t i = 0; i < COUNT_OF(rows); i++) {
        const double requests = choices_time(10, rows[i].load, false) * rows[i].load;
        cr_assert(fabs(requests - rows[i].requests) <= 0.5e-4, "%g: %.6f", rows[i].load, requests);
    }
}

Test(choices, ever_more_servers_come_to_the_limit)
{
    for (double load = 0.1; load < 0.97; load += 0.05) {
        const double limit = queueing_choices_time(2, load);
        const double correction = choices_time(100, load, true) - limit;
        cr_assert(correction > 0, "%g: %g", load, correction);
        cr_assert(fabs(choices_time(1000000, load, true) - limit) <= 1e-4 * correction * 1.01);
        cr_assert(choices_time(100, load, true) < choices_time(100, load, false));
    }
}

Test(choices, two_servers_that_are_distinct_come_close_to_one_line)
{
    /* The shorter of two lines at a low load: hardly anybody waits, whatever is left out. */
    cr_assert(fabs(choices_time(2, 0.05, true) - 1) < 0.01);
}

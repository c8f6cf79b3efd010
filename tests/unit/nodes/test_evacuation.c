/*
 * tests/unit/nodes/test_evacuation.c
 *
 * Goal:   an instance on a machine that is drained goes when another serves in its place and enough
 *         healthy ones remain, and not before.
 * Method: a table of counts.
 */
#include <criterion/criterion.h>

#include "platform/nodes/evacuation.h"

Test(evacuation, lets_those_go_that_others_serve_for)
{
    static const struct {
        uint32_t wanted, staying, moving, surplus;
    } table[] = {
        { 4, 3, 1, 0 }, /* its replacement does not serve yet */
        { 4, 4, 1, 1 }, { 4, 2, 2, 0 }, { 4, 3, 2, 1 }, { 4, 4, 2, 2 },
        { 1, 0, 1, 0 }, /* a lone one stays until the other serves */
        { 1, 1, 1, 1 }, { 2, 1, 3, 2 }, /* fewer are wanted than there are */
        { 0, 0, 3, 3 }, { 4, 9, 2, 2 },
    };
    for (uint32_t i = 0; i < COUNT_OF(table); i++) {
        const struct evacuation_counts counts = { .wanted = table[i].wanted,
                                                  .staying = table[i].staying,
                                                  .moving = table[i].moving };
        cr_expect_eq(evacuation_surplus(&counts), table[i].surplus, "row %u", i);
    }
}

Test(evacuation, never_goes_below_the_minimum_health)
{
    struct evacuation_counts counts = { .wanted = 5, .minimum_health_ppm = PPM / 2, .healthy = 4 };
    cr_assert_eq(evacuation_healthy_min(&counts), 3, "half of five, rounded up");
    cr_assert(evacuation_may_stop(&counts, true));
    counts.healthy = 3;
    cr_assert_not(evacuation_may_stop(&counts, true));
    cr_assert(evacuation_may_stop(&counts, false), "a sick one is no loss");
    counts.minimum_health_ppm = PPM;
    counts.healthy = 5;
    cr_assert_not(evacuation_may_stop(&counts, true));
    counts.healthy = 6;
    cr_assert(evacuation_may_stop(&counts, true));
}

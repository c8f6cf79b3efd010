/*
 * tests/unit/deploy/test_canary.c
 *
 * Goal:   the numbers of instances of canary and blue-green are those that their headers tell.
 * Method: Argo's table of replica counts, where ours differ with our number; every state of small
 *         apps, of which no move may break a limit; zdd's growth by hand.
 */
#include <criterion/criterion.h>

#include "platform/deploy/strategies/blue_green.h"
#include "platform/deploy/strategies/canary.h"

#define SHARE(percent) { .is_share = true, .value = (percent) * 10000 }
#define COUNT(number)  { .value = (number) }

/* Moves until nothing moves: launched ones become healthy at once, stopped ones are gone at
 * once. */
static void
play(const struct strategy_spec *strategy, uint32_t target, bool launched_become_healthy,
     struct rolling_counts *counts)
{
    const struct rolling_limits limits = canary_limits(strategy, counts->wanted, 0);
    for (uint32_t turn = 0; turn < 100; turn++) {
        const struct canary_moves moves = canary_step(limits, target, counts);
        uint32_t stops = 0;
        while (stops < moves.old_stops && rolling_may_stop_healthy(limits, counts->healthy)) {
            counts->healthy--;
            counts->old_live--;
            counts->old_staying--;
            stops++;
        }
        counts->new_live += moves.launches;
        counts->new_started += moves.launches;
        if (launched_become_healthy) {
            counts->healthy += moves.launches;
            counts->new_serving += moves.launches;
        }
        cr_assert_leq(counts->old_live + counts->new_live, limits.capacity_max);
        if (moves.launches == 0 && stops == 0) {
            return;
        }
    }
    cr_assert_fail("it never ends");
}

Test(canary, numbers_are_argos_or_the_difference_is_told)
{
    static const struct {
        uint32_t percent, wanted, stable, canary;
        struct strategy_amount surge, unavailable;
        uint32_t new_live, old_live; /* ours, before the launched ones are healthy */
    } cases[] = {
        { 10, 10, 10, 0, COUNT(1), COUNT(1), 1, 10 }, /* Argo 1 / 9 */
        { 20, 10, 10, 0, COUNT(2), COUNT(0), 2, 10 },
        { 20, 10, 10, 2, SHARE(20), COUNT(0), 2, 10 }, /* Argo 2 / 8 */
        { 30, 10, 10, 0, COUNT(2), COUNT(0), 2, 10 },
        { 30, 10, 10, 0, COUNT(3), COUNT(0), 3, 10 },
        { 5, 10, 10, 0, COUNT(1), COUNT(1), 1, 10 }, /* Argo 1 / 9 */
        { 5, 1, 1, 0, COUNT(1), COUNT(0), 1, 1 },
        { 95, 1, 1, 0, COUNT(1), COUNT(0), 1, 1 },
    };
    for (uint32_t i = 0; i < COUNT_OF(cases); i++) {
        const struct strategy_spec strategy = { .surge = cases[i].surge,
                                                .unavailable = cases[i].unavailable };
        const struct strategy_step step = { .weight_ppm = cases[i].percent * 10000, .header = "" };
        struct rolling_counts counts = { .wanted = cases[i].wanted,
                                         .healthy = cases[i].stable + cases[i].canary,
                                         .old_live = cases[i].stable,
                                         .old_staying = cases[i].stable,
                                         .new_live = cases[i].canary,
                                         .new_started = cases[i].canary,
                                         .new_serving = cases[i].canary };
        play(&strategy, canary_target(&step, cases[i].wanted), false, &counts);
        cr_assert_eq(counts.new_live, cases[i].new_live, "case %u: %u new", i, counts.new_live);
        cr_assert_eq(counts.old_live, cases[i].old_live, "case %u: %u old", i, counts.old_live);
    }
}

Test(canary, a_step_wants_no_more_than_the_app)
{
    const struct strategy_step step = { .weight_ppm = 10000, .has_instances = true,
                                        .instances = 3, .header = "" };
    cr_expect_eq(canary_target(&step, 10), 3);
    cr_expect_eq(canary_target(&step, 2), 2, "a third one would never have room");
    cr_expect_eq(canary_target(&step, 0), 0);
}

/* What moves to another machine leaves when it is replaced: the room is not its any more. */
Test(canary, those_that_move_hold_up_nobody)
{
    const struct rolling_limits limits = { .healthy_min = 2, .capacity_max = 4 };
    const struct rolling_counts counts = { .wanted = 3, .healthy = 3,
                                           .old_live = 2, .old_staying = 1, .old_moving = 1,
                                           .new_live = 2, .new_moving = 2 };
    const struct canary_moves moves = canary_step(limits, 2, &counts);
    cr_expect_eq(moves.launches, 2);
    cr_expect_eq(moves.waits, 0);
    cr_expect_eq(moves.old_stops, 0);
}

/* Argo's cases without surge: 30 % of 10 with 5 unavailable is 0 / 7, 20 % with 2 is 0 / 8. */
Test(canary, old_ones_make_room_where_surge_leaves_none)
{
    static const uint32_t cases[][4] = { { 30, 5, 0, 7 }, { 20, 2, 0, 8 } };
    for (uint32_t i = 0; i < COUNT_OF(cases); i++) {
        const struct strategy_spec strategy = { .surge = COUNT(0),
                                                .unavailable = COUNT(cases[i][1]) };
        const struct rolling_limits limits = canary_limits(&strategy, 10, 0);
        const struct rolling_counts counts = {
            .wanted = 10, .healthy = 10, .old_live = 10, .old_staying = 10
        };
        const struct strategy_step step = { .weight_ppm = cases[i][0] * 10000, .header = "" };
        const struct canary_moves moves = canary_step(limits, canary_target(&step, 10), &counts);
        cr_assert_eq(moves.launches, cases[i][2]);
        cr_assert_eq(10 - moves.old_stops, cases[i][3]);
    }
}

Test(canary, every_step_reaches_its_number_within_the_limits)
{
    for (uint32_t wanted = 1; wanted <= 12; wanted++) {
        for (uint32_t surge = 0; surge <= 3; surge++) {
            for (uint32_t unavailable = 0; unavailable <= 2; unavailable++) {
                const struct strategy_spec strategy = { .surge = COUNT(surge),
                                                        .unavailable = COUNT(unavailable) };
                struct rolling_counts counts = {
                    .wanted = wanted, .healthy = wanted, .old_live = wanted, .old_staying = wanted
                };
                for (uint32_t percent = 10; percent <= 100; percent += 10) {
                    const struct strategy_step step = { .weight_ppm = percent * 10000,
                                                        .header = "" };
                    const uint32_t target = canary_target(&step, wanted);
                    play(&strategy, target, true, &counts);
                    cr_assert_eq(counts.new_live, target, "%u of %u, surge %u", counts.new_live,
                                 target, surge);
                }
            }
        }
    }
}

Test(canary, a_step_with_a_header_has_one_to_answer_it)
{
    const struct strategy_step header = { .header = "x-tester", .value = "yes" };
    const struct strategy_step nothing = { .header = "" };
    const struct strategy_step own = { .header = "", .has_instances = true, .instances = 4 };
    cr_assert_eq(canary_target(&header, 10), 1);
    cr_assert_eq(canary_target(&nothing, 10), 0);
    cr_assert_eq(canary_target(&own, 10), 4);
    cr_assert_eq(canary_target(&header, 0), 0);
}

Test(blue_green, grows_by_half_and_then_to_all)
{
    static const uint32_t wanted[] = { 1, 2, 3, 5, 8, 10 };
    uint32_t now = 0;
    for (uint32_t i = 0; i < COUNT_OF(wanted); i++) {
        now = blue_green_next(now, 10, 10, 1, 0);
        cr_assert_eq(now, wanted[i], "%u", now);
    }
    cr_assert_eq(blue_green_next(4, 4, 10, 1, 0), 10, "as many as the old ones: all");
    cr_assert_eq(blue_green_next(3, 10, 10, 1, 2), 5);
    cr_assert_eq(blue_green_next(0, 10, 3, 5, 0), 3);
}

Test(blue_green, old_ones_leave_as_zdd_lets_them)
{
    cr_assert_eq(blue_green_leave(10, 0, 10), 0);
    cr_assert_eq(blue_green_leave(10, 3, 10), 3);
    cr_assert_eq(blue_green_leave(4, 6, 10), 0);
    cr_assert_eq(blue_green_leave(4, 8, 10), 2);
    cr_assert_eq(blue_green_leave(4, 10, 10), 4);
}

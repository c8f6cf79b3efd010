/*
 * tests/unit/nodegroups/test_plan.c
 *
 * Goal:   no more machines go or come at a time than the shares allow, rounded as the cloud rounds,
 *         and by these rules every group comes to its end.
 * Method: tables of shares; then whole refreshes played with numbers alone, over all sizes and
 *         shares, in which one thing happens at a time and the limits are watched.
 */
#include <criterion/criterion.h>

#include "platform/nodegroups/plan.h"

#define PERCENT(number) ((uint32_t)(number) * (PPM / 100))

Test(plan, rounds_a_share_down_but_never_to_nothing)
{
    static const struct {
        uint32_t count, percent, expected;
    } table[] = {
        { 10, 10, 1 }, { 3, 10, 1 },  { 1, 1, 1 },    { 25, 10, 2 },   { 29, 10, 2 }, { 10, 0, 0 },
        { 0, 50, 0 },  { 7, 100, 7 }, { 3, 50, 1 },   { 4, 25, 1 },    { 6, 67, 4 },  { 6, 34, 2 },
    };
    for (uint32_t i = 0; i < COUNT_OF(table); i++) {
        cr_expect_eq(plan_share(table[i].count, PERCENT(table[i].percent)), table[i].expected,
                     "%u%% of %u", table[i].percent, table[i].count);
    }
}

Test(plan, keeps_the_minimum_and_the_maximum_of_a_group)
{
    static const struct {
        uint32_t wanted, min_percent, max_percent, group_max, healthy_min, there_max;
        bool     can_move;
    } table[] = {
        { 10, 90, 100, 10, 9, 10, true },   { 3, 90, 100, 3, 2, 3, true },
        { 10, 100, 110, 12, 10, 11, true }, { 10, 100, 200, 12, 10, 12, true },
        { 10, 100, 200, 20, 10, 20, true }, { 10, 100, 100, 20, 10, 11, true },
        { 10, 100, 100, 10, 10, 10, false }, { 10, 100, 150, 10, 10, 10, false },
        { 10, 0, 100, 10, 0, 10, true },    { 1, 90, 100, 1, 0, 1, true },
        { 4, 50, 150, 5, 2, 5, true },      { 6, 90, 100, 4, 5, 6, true },
    };
    for (uint32_t i = 0; i < COUNT_OF(table); i++) {
        const struct plan_limits limits =
            plan_limits(table[i].wanted, PERCENT(table[i].min_percent),
                        PERCENT(table[i].max_percent), table[i].group_max);
        cr_expect_eq(limits.healthy_min, table[i].healthy_min, "row %u: %u", i,
                     limits.healthy_min);
        cr_expect_eq(limits.there_max, table[i].there_max, "row %u: %u", i, limits.there_max);
        cr_expect_eq(limits.can_move, table[i].can_move, "row %u", i);
    }
}

Test(plan, drains_what_is_spare_and_what_is_of_no_use)
{
    const struct plan_limits limits = { .healthy_min = 9, .there_max = 11, .can_move = true };
    struct plan_counts counts = { .wanted = 10, .goal = 10, .old = 10, .healthy = 10 };
    cr_assert_eq(plan_drains(limits, &counts), 1);
    counts.going = 1;
    counts.healthy = 9;
    cr_assert_eq(plan_drains(limits, &counts), 0, "one at a time");
    cr_assert_eq(plan_drains_sick(&counts), 9, "those that are sick cost nothing");
    counts.goal = 3;
    cr_assert_eq(plan_drains_sick(&counts), 2, "no more than the checkpoint asks for");
    counts.old = 7;
    counts.going = 0;
    counts.healthy = 10;
    cr_assert_eq(plan_drains(limits, &counts), 0, "the checkpoint has its share");
}

Test(plan, is_at_a_checkpoint_when_its_share_is_new_and_healthy)
{
    struct plan_counts counts = {
        .wanted = 6, .goal = 2, .old = 4, .fresh = 2, .fresh_healthy = 1
    };
    cr_assert_not(plan_is_reached(&counts));
    counts.fresh_healthy = 2;
    cr_assert(plan_is_reached(&counts));
    counts.old = 5;
    cr_assert_not(plan_is_reached(&counts), "an old one is left over");
    counts.old = 4;
    counts.going = 1;
    cr_assert_not(plan_is_reached(&counts), "one is on its way out");
}

/* A group with numbers alone: what the cloud and the drains would make of the plan. */
struct toy {
    struct plan_counts counts;
    struct plan_limits limits;
    uint32_t           desired;
    uint32_t           coming; /* new ones not healthy yet */
};

/* The group starts what it lacks, from the new image. */
static void
toy_fill(struct toy *toy)
{
    while (toy->counts.old + toy->counts.fresh < toy->desired) {
        toy->counts.fresh++;
        toy->coming++;
    }
}

static void
toy_watch(const struct toy *toy)
{
    const uint32_t there = toy->counts.old + toy->counts.fresh;
    cr_assert_geq(toy->counts.healthy, toy->limits.healthy_min);
    cr_assert_leq(there, toy->limits.there_max);
    cr_assert_geq(toy->desired, toy->counts.wanted);
}

/* One thing; false when nothing was left to do. */
static bool
toy_step(struct toy *toy)
{
    struct plan_counts *counts = &toy->counts;
    const uint32_t target = plan_target(toy->limits, counts);
    if (target > toy->desired) {
        toy->desired = target;
        toy_fill(toy);
    } else if (plan_drains(toy->limits, counts) > 0) {
        counts->going++;
        counts->healthy--;
    } else if (counts->going > 0) {
        toy->desired -= plan_shrinks(toy->limits, counts, toy->desired) ? 1 : 0;
        counts->going--;
        counts->old--;
        toy_fill(toy);
    } else if (toy->coming > 0) {
        toy->coming--;
        counts->fresh_healthy++;
        counts->healthy++;
    } else {
        return false;
    }
    toy_watch(toy);
    return true;
}

static void
toy_play(uint32_t wanted, uint32_t min_percent, uint32_t max_percent, uint32_t group_max)
{
    struct toy toy = { .counts = { .wanted = wanted, .old = wanted, .healthy = wanted },
                       .limits = plan_limits(wanted, PERCENT(min_percent), PERCENT(max_percent),
                                             group_max),
                       .desired = wanted };
    if (!toy.limits.can_move) {
        return;
    }
    for (uint32_t percent = 20; percent <= 100; percent += 40) {
        toy.counts.goal = plan_share(wanted, PERCENT(percent));
        uint32_t steps = 0;
        while (!plan_is_reached(&toy.counts)) {
            cr_assert(toy_step(&toy), "stuck: %u wanted, %u%% to %u%%, max %u, goal %u", wanted,
                      min_percent, max_percent, group_max, toy.counts.goal);
            cr_assert_lt(steps++, 20 * wanted + 20);
        }
    }
    while (toy_step(&toy)) {
    }
    cr_assert_eq(toy.counts.old, 0);
    cr_assert_eq(toy.counts.fresh, wanted, "%u wanted, %u%% to %u%%, max %u: %u", wanted,
                 min_percent, max_percent, group_max, toy.counts.fresh);
    cr_assert_eq(toy.desired, wanted, "the group is as large as before");
}

Test(plan, brings_every_group_to_its_end_within_its_limits)
{
    for (uint32_t wanted = 1; wanted <= 12; wanted++) {
        for (uint32_t min_percent = 0; min_percent <= 100; min_percent += 10) {
            for (uint32_t max_percent = 100; max_percent <= 100 + min_percent; max_percent += 20) {
                for (uint32_t more = 0; more <= 3; more++) {
                    toy_play(wanted, min_percent, max_percent, wanted + more);
                }
            }
        }
    }
}

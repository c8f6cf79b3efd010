/*
 * tests/unit/deploy/test_rolling.c
 *
 * Goal:   the arithmetic of a rolling restart is Marathon's table, with the one guard of ours, and
 *         every restart ends.
 * Method: the table by hand; then a small world of counters that plays each decision as the deploy
 *         controller does, ends one stop and starts one launch at a time, for every N up to 12,
 *         every number of old ones up to 12, some of them broken, over a grid of capacities.
 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "platform/deploy/strategies/rolling.h"

#define CASE                                                                                       \
    "N %u, %u old (%u broken), %u/%u ppm", run->counts.wanted, run->old_count,                     \
        run->old_broken_count, run->minimum_ppm, run->over_ppm

Test(rolling, limits_are_marathons_table)
{
    struct rolling_limits limits = rolling_limits(4, 500000, 250000);
    cr_assert(eq(u32, limits.healthy_min, 2));
    cr_assert(eq(u32, limits.capacity_max, 5));
    limits = rolling_limits(4, 1000000, 1000000);
    cr_assert(eq(u32, limits.healthy_min, 4));
    cr_assert(eq(u32, limits.capacity_max, 8));
    limits = rolling_limits(3, 500000, 500000);
    cr_assert(eq(u32, limits.healthy_min, 2), "the minimum is rounded up");
    cr_assert(eq(u32, limits.capacity_max, 4), "the maximum is rounded down");
}

Test(rolling, one_extra_is_allowed_when_minimum_and_maximum_are_equal)
{
    const struct rolling_limits limits = rolling_limits(1, 1000000, 0);
    cr_assert(eq(u32, limits.healthy_min, 1));
    cr_assert(eq(u32, limits.capacity_max, 2));
    cr_assert(eq(u32, rolling_limits(4, 1000000, 0).capacity_max, 5));
    cr_assert(eq(u32, rolling_limits(4, 999999, 0).capacity_max, 5), "4 of 4 rounded up");
    cr_assert(eq(u32, rolling_limits(4, 750000, 0).capacity_max, 4));
}

Test(rolling, one_less_is_allowed_to_instances_that_are_bound_to_volumes)
{
    struct rolling_limits limits = rolling_limits_resident(4, 500000, 0);
    cr_assert(eq(u32, limits.healthy_min, 2));
    cr_assert(eq(u32, limits.capacity_max, 4));
    limits = rolling_limits_resident(4, 1000000, 0);
    cr_assert(eq(u32, limits.healthy_min, 3), "one is stopped first, for it has the volume");
    cr_assert(eq(u32, limits.capacity_max, 4));
    limits = rolling_limits_resident(1, 500000, 0);
    cr_assert(eq(u32, limits.healthy_min, 0));
    cr_assert(eq(u32, limits.capacity_max, 1));
    limits = rolling_limits_resident(0, 1000000, 0);
    cr_assert(eq(u32, limits.healthy_min, 0));
}

Test(rolling, limits_of_huge_apps_do_not_wrap)
{
    const struct rolling_limits limits = rolling_limits(UINT32_MAX, 1000000, 1000000);
    cr_assert(eq(u32, limits.capacity_max, UINT32_MAX));
    cr_assert(lt(u32, limits.healthy_min, limits.capacity_max));
}

Test(rolling, kills_at_start_what_the_minimum_spares)
{
    const struct rolling_limits limits = rolling_limits(4, 500000, 250000);
    struct rolling_counts counts = {.wanted = 4, .healthy = 4, .old_live = 4, .old_staying = 4};
    cr_assert(eq(u32, rolling_kill_at_start(limits, &counts), 2));
    counts.healthy = 2;
    cr_assert(eq(u32, rolling_kill_at_start(limits, &counts), 0));
    counts.healthy = 1;
    cr_assert(eq(u32, rolling_kill_at_start(limits, &counts), 0));
    counts = (struct rolling_counts){.wanted = 4, .healthy = 10, .old_live = 10, .old_staying = 10};
    cr_assert(eq(u32, rolling_kill_at_start(limits, &counts), 8),
              "what is spare beats the surplus");
    counts.healthy = 0;
    cr_assert(eq(u32, rolling_kill_at_start(limits, &counts), 6), "what there is too many of goes");
    counts = (struct rolling_counts){.wanted = 0, .healthy = 3, .old_live = 3, .old_staying = 3};
    cr_assert(eq(u32, rolling_kill_at_start(rolling_limits(0, 1000000, 0), &counts), 3));
}

Test(rolling, launches_fill_the_capacity_and_no_more)
{
    const struct rolling_limits limits = rolling_limits(4, 500000, 250000);
    struct rolling_counts counts = {.wanted = 4, .old_live = 4};
    cr_assert(eq(u32, rolling_launches(limits, &counts), 1));
    counts.old_live = 2;
    cr_assert(eq(u32, rolling_launches(limits, &counts), 3));
    counts.new_live = 3;
    counts.new_started = 3;
    cr_assert(eq(u32, rolling_launches(limits, &counts), 0));
    counts = (struct rolling_counts){.wanted = 4, .new_live = 4, .new_started = 3};
    cr_assert(eq(u32, rolling_launches(limits, &counts), 1),
              "one is being stopped, one is missing");
    counts = (struct rolling_counts){.wanted = 4, .old_live = 9};
    cr_assert(eq(u32, rolling_launches(limits, &counts), 0));
}

Test(rolling, is_done_when_all_new_serve_and_no_old_is_left)
{
    struct rolling_counts counts = {
        .wanted = 2, .healthy = 2, .new_live = 2, .new_started = 2, .new_serving = 2};
    cr_assert(rolling_is_done(&counts));
    counts.old_live = 1;
    cr_assert(not(rolling_is_done(&counts)));
    counts.old_live = 0;
    counts.new_serving = 1;
    cr_assert(not(rolling_is_done(&counts)));
    counts.new_serving = 2;
    counts.new_live = 3;
    cr_assert(not(rolling_is_done(&counts)), "one too many is still being stopped");
    cr_assert(rolling_is_done(&(struct rolling_counts){.wanted = 0}));
}

/* --- a restart from its beginning to its end --- */

struct rollout {
    struct rolling_limits limits;
    struct rolling_counts counts;
    uint32_t old_count, old_broken_count, minimum_ppm, over_ppm;
    uint32_t old_healthy, old_broken, old_stopping; /* what there is now */
    uint32_t new_starting, new_serving;
    uint32_t kept_at_start;
    uint32_t present_max; /* what there was, or may be */
};

static void
rollout_count(struct rollout *run)
{
    run->counts.healthy = run->old_healthy + run->new_serving;
    run->counts.old_staying = run->old_healthy + run->old_broken;
    run->counts.old_live = run->counts.old_staying + run->old_stopping;
    run->counts.new_started = run->new_starting + run->new_serving;
    run->counts.new_live = run->counts.new_started;
    run->counts.new_serving = run->new_serving;
}

/* What the controller decides in one look: stops, broken ones first, then launches. */
static uint32_t
rollout_decide(struct rollout *run)
{
    rollout_count(run);
    uint32_t moves = 0;
    const uint32_t kept = rolling_old_kept(run->kept_at_start, 0, run->counts.new_serving);
    uint32_t stops = run->counts.old_staying > kept ? run->counts.old_staying - kept : 0;
    for (; stops > 0 && run->old_broken > 0; stops--, moves++) {
        run->old_broken--;
        run->old_stopping++;
    }
    uint32_t healthy = run->counts.healthy;
    for (; stops > 0 && rolling_may_stop_healthy(run->limits, healthy); stops--, moves++) {
        run->old_healthy--;
        run->old_stopping++;
        healthy--;
        cr_assert(ge(u32, healthy, run->limits.healthy_min), CASE);
    }
    const uint32_t launches = rolling_launches(run->limits, &run->counts);
    run->new_starting += launches;
    rollout_count(run);
    cr_assert(le(u32, run->counts.old_live + run->counts.new_live, run->present_max), CASE);
    return moves + launches;
}

/* One thing that was asked for happens; false when nothing is under way. */
static bool
rollout_happens(struct rollout *run, uint32_t step)
{
    const bool starts = run->new_starting > 0 && (run->old_stopping == 0 || step % 2 == 0);
    if (starts) {
        run->new_starting--;
        run->new_serving++;
        return true;
    }
    if (run->old_stopping > 0) {
        run->old_stopping--;
        return true;
    }
    return false;
}

static void
rollout_play(struct rollout *run)
{
    const uint32_t wanted = run->counts.wanted;
    run->limits = rolling_limits(wanted, run->minimum_ppm, run->over_ppm);
    run->old_broken = run->old_broken_count;
    run->old_healthy = run->old_count - run->old_broken_count;
    run->present_max =
        run->old_count > run->limits.capacity_max ? run->old_count : run->limits.capacity_max;
    rollout_count(run);
    run->kept_at_start =
        rolling_old_kept(run->old_count, rolling_kill_at_start(run->limits, &run->counts), 0);
    for (uint32_t step = 0; step < 200; step++) {
        const uint32_t moves = rollout_decide(run);
        if (rolling_is_done(&run->counts)) {
            cr_assert(eq(u32, run->new_serving, wanted), CASE);
            return;
        }
        cr_assert(rollout_happens(run, step) || moves > 0, CASE);
    }
    cr_assert(false, CASE);
}

Test(rolling, every_restart_ends_and_keeps_its_bounds)
{
    static const uint32_t minimums_ppm[] = {0, 250000, 333333, 500000, 750000, 1000000};
    static const uint32_t overs_ppm[] = {0, 100000, 250000, 500000, 1000000};
    for (uint32_t wanted = 0; wanted <= 12; wanted++) {
        for (uint32_t cell = 0; cell < COUNT_OF(minimums_ppm) * COUNT_OF(overs_ppm); cell++) {
            for (uint32_t old = 0; old <= 12; old++) {
                for (uint32_t broken = 0; broken <= old; broken++) {
                    struct rollout run = {
                        .counts.wanted = wanted,
                        .old_count = old,
                        .old_broken_count = broken,
                        .minimum_ppm = minimums_ppm[cell / COUNT_OF(overs_ppm)],
                        .over_ppm = overs_ppm[cell % COUNT_OF(overs_ppm)],
                    };
                    rollout_play(&run);
                }
            }
        }
    }
}

Test(rolling, four_by_half_and_quarter_stays_between_two_and_five)
{
    struct rollout run = {
        .counts.wanted = 4, .old_count = 4, .minimum_ppm = 500000, .over_ppm = 250000};
    rollout_play(&run);
    cr_assert(eq(u32, run.limits.healthy_min, 2));
    cr_assert(eq(u32, run.present_max, 5));
}

/*
 * tests/unit/balancer/test_policies_turn.c
 *
 * Goal:   roundrobin and static-rr give each server exactly its weight over a cycle, in the order
 *         of their sources.
 * Method: known sequences of nginx and of HAProxy's map; counts over cycles of random weights, also
 *         after weights have changed and servers have been out.
 */
#include "tests/unit/balancer/policies_bed.h"

static void
expect_order(struct bed *bed, const char *order)
{
    for (uint32_t i = 0; order[i] != '\0'; i++) {
        cr_assert_eq(bed_pick(bed), (uint32_t)(order[i] - 'a'), "%s: pick %u of %s",
                     bed->policy->name, i, order);
    }
}

/* Over a cycle each eligible server is picked by its weight, give or take so many. */
static void
expect_cycle(struct bed *bed, uint32_t slack)
{
    uint32_t picks[BED_SERVERS_MAX] = { 0 };
    uint32_t length = 0;
    for (uint32_t i = 0; i < bed->count; i++) {
        length += bed->servers[i].eligible ? bed->servers[i].weight : 0;
    }
    for (uint32_t i = 0; i < length; i++) {
        picks[bed_pick(bed)]++;
    }
    for (uint32_t i = 0; i < bed->count; i++) {
        const uint32_t due = bed->servers[i].eligible ? bed->servers[i].weight : 0;
        cr_assert(picks[i] + slack >= due && picks[i] <= due + slack, "%s: server %u: %u of %u",
                  bed->policy->name, i, picks[i], due);
    }
}

Test(policies_turn, round_robin_serves_each_by_its_weight_over_every_cycle)
{
    static const uint32_t weights[] = { 5, 1, 1 };
    struct bed bed;
    bed_open(&bed, "roundrobin", weights, 3);
    for (uint32_t cycle = 0; cycle < 10; cycle++) {
        expect_order(&bed, "aabacaa"); /* nginx's own example */
    }
}

Test(policies_turn, round_robin_takes_turns_when_weights_are_equal)
{
    struct bed bed;
    bed_open(&bed, "roundrobin", NULL, 5);
    bed_set_eligible(&bed, 2, false);
    expect_order(&bed, "abdeabde");
    bed_set_eligible(&bed, 2, true);
    expect_order(&bed, "abcdeabcde");
}

Test(policies_turn, round_robin_is_the_same_whether_equal_weights_are_known_or_not)
{
    struct bed known;
    struct bed unknown;
    bed_open(&known, "roundrobin", NULL, 7);
    bed_open(&unknown, "roundrobin", NULL, 7);
    unknown.state.weights_equal = false;
    for (uint32_t i = 0; i < 50; i++) {
        cr_assert_eq(bed_pick(&known), bed_pick(&unknown));
    }
}

Test(policies_turn, round_robin_is_exact_from_the_moment_that_a_weight_changes)
{
    struct rng rng;
    rng_init(&rng, 1, 0, "weights");
    struct bed bed;
    bed_open(&bed, "roundrobin", NULL, 9);
    for (uint32_t round = 0; round < 40; round++) {
        for (uint32_t i = 0; i < 1 + rng_below(&rng, 30); i++) {
            (void)bed_pick(&bed); /* stop anywhere in a cycle */
        }
        for (uint32_t i = 0; i < 9; i++) {
            bed.servers[i].weight = 1 + rng_below(&rng, 64);
        }
        bed_changed(&bed);
        expect_cycle(&bed, 0);
        expect_cycle(&bed, 0);
    }
}

Test(policies_turn, round_robin_stays_near_its_weights_while_servers_go_and_come)
{
    static const uint32_t weights[] = { 3, 2, 1, 2 };
    struct bed bed;
    bed_open(&bed, "roundrobin", weights, 4);
    uint32_t picks[4] = { 0 };
    for (uint32_t i = 0; i < 6000; i++) {
        uint32_t index = bed_pick(&bed);
        if (index == 3) { /* it refuses, and the request goes to another */
            bed_set_eligible(&bed, 3, false);
            index = bed_pick(&bed);
            bed_set_eligible(&bed, 3, true);
        }
        picks[index]++;
    }
    cr_assert(picks[0] > 2800 && picks[0] < 3200, "%u", picks[0]);
    cr_assert(picks[1] > 1800 && picks[1] < 2200, "%u", picks[1]);
    cr_assert(picks[2] > 800 && picks[2] < 1200, "%u", picks[2]);
    cr_assert_eq(picks[3], 0);
}

Test(policies_turn, static_round_robin_has_the_order_of_haproxys_map)
{
    static const uint32_t weights[] = { 1, 2, 3 };
    struct bed bed;
    bed_open(&bed, "static-rr", weights, 3);
    /* by hand, length 6, scores after adding the weights: 1 2 3, all round down to 0: the first;
     * -4 4 6: c; -3 6 3: b; -2 2 6: c; -1 4 3: none full, a has less than 0: b; 0 0 6: c */
    expect_order(&bed, "acbcbcacbcbc");
    bed_close(&bed);
    bed_open(&bed, "static-rr", NULL, 4);
    bed_set_eligible(&bed, 1, false);
    expect_order(&bed, "acdacd");
    bed_close(&bed);
}

Test(policies_turn, static_round_robin_is_exact_over_every_cycle)
{
    struct rng rng;
    rng_init(&rng, 2, 0, "weights");
    for (uint32_t round = 0; round < 30; round++) {
        uint32_t weights[12];
        for (uint32_t i = 0; i < 12; i++) {
            weights[i] = 1 + rng_below(&rng, 20);
        }
        struct bed bed;
        bed_open(&bed, "static-rr", weights, 12);
        expect_cycle(&bed, 0);
        bed_set_eligible(&bed, rng_below(&rng, 12), false);
        expect_cycle(&bed, 0);
        expect_cycle(&bed, 0);
        bed_close(&bed);
    }
}

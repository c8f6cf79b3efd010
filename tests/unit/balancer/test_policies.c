/*
 * tests/unit/balancer/test_policies.c
 *
 * Goal:   every policy picks as its source says, and never a server that is not eligible.
 * Method: small arrays of servers with chosen weights and open counts; counts over many picks, and
 *         single picks where chance leaves only one answer.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "platform/balancer/policy.h"

enum { SERVERS_MAX = 64 };

struct bed {
    struct env_balance_state         state;
    struct env_balance_server        servers[SERVERS_MAX];
    uint32_t                         count;
    uint32_t                         eligible;
    const struct env_balance_policy *policy;
};

static void
bed_open(struct bed *bed, const char *label, const uint32_t *weights, uint32_t count)
{
    *bed = (struct bed){ .count = count, .eligible = count };
    bed->policy = balance_policy_find(label, &bed->state.argument);
    cr_assert_not_null(bed->policy, "no policy %s", label);
    rng_init(&bed->state.rng, 1, 0, label);
    bed->state.weights_equal = true;
    for (uint32_t i = 0; i < count; i++) {
        bed->servers[i] =
            (struct env_balance_server){ .id = i + 1, .weight = weights[i], .eligible = true };
        bed->state.weights_equal = bed->state.weights_equal && weights[i] == weights[0];
    }
}

static void
bed_exclude(struct bed *bed, uint32_t index)
{
    bed->servers[index].eligible = false;
    bed->eligible--;
}

static uint32_t
bed_pick(struct bed *bed)
{
    const uint32_t index =
        bed->policy->pick(&bed->state, bed->servers, bed->count, bed->eligible);
    cr_assert(index < bed->count && bed->servers[index].eligible);
    return index;
}

static const uint32_t equal_weights[SERVERS_MAX] = {
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
};

Test(policies, are_found_by_the_words_of_a_label)
{
    uint32_t argument = 77;
    cr_assert_str_eq(balance_policy_find("roundrobin", &argument)->name, "roundrobin");
    cr_assert_eq(argument, 0);
    cr_assert_str_eq(balance_policy_find("random", &argument)->haproxy, "random");
    cr_assert_eq(argument, 2);
    cr_assert_not_null(balance_policy_find("random(5)", &argument));
    cr_assert_eq(argument, 5);
    cr_assert_null(balance_policy_find("p2c", &argument)->haproxy);
    cr_assert_eq(balance_policy_named("leastconn"), balance_policy_find("leastconn", &argument));
}

Test(policies, are_refused_when_the_words_are_wrong)
{
    static const char *const wrong[] = { "",           "round",       "roundrobin(2)", "random()",
                                         "random(0)",  "random(1001)", "random(2",     "random(2)x",
                                         "random(-1)", "random(2 )",  "RANDOM",        "(2)",
                                         "random(99999999999)" };
    for (uint32_t i = 0; i < COUNT_OF(wrong); i++) {
        uint32_t argument = 77;
        cr_assert_null(balance_policy_find(wrong[i], &argument), "%s", wrong[i]);
        cr_assert_eq(argument, 77, "%s", wrong[i]);
    }
}

Test(policies, round_robin_serves_each_by_its_weight_over_every_cycle)
{
    static const uint32_t weights[] = { 5, 1, 1 };
    struct bed bed;
    bed_open(&bed, "roundrobin", weights, 3);
    static const char *const order = "aabacaa"; /* nginx's own example */
    for (uint32_t cycle = 0; cycle < 10; cycle++) {
        for (uint32_t i = 0; i < 7; i++) {
            cr_assert_eq(bed_pick(&bed), (uint32_t)(order[i] - 'a'), "cycle %u pick %u", cycle, i);
        }
    }
}

Test(policies, round_robin_takes_turns_when_weights_are_equal)
{
    struct bed bed;
    bed_open(&bed, "roundrobin", equal_weights, 5);
    bed_exclude(&bed, 2);
    static const uint32_t order[] = { 0, 1, 3, 4, 0, 1, 3, 4 };
    for (uint32_t i = 0; i < COUNT_OF(order); i++) {
        cr_assert_eq(bed_pick(&bed), order[i]);
    }
}

Test(policies, round_robin_is_the_same_whether_equal_weights_are_known_or_not)
{
    struct bed known;
    struct bed unknown;
    bed_open(&known, "roundrobin", equal_weights, 7);
    bed_open(&unknown, "roundrobin", equal_weights, 7);
    unknown.state.weights_equal = false;
    for (uint32_t i = 0; i < 50; i++) {
        cr_assert_eq(bed_pick(&known), bed_pick(&unknown));
    }
}

Test(policies, least_connections_takes_the_lowest_load_for_its_weight)
{
    static const uint32_t weights[] = { 1, 4, 2 };
    struct bed bed;
    bed_open(&bed, "leastconn", weights, 3);
    bed.servers[0].open = 2; /* 2 */
    bed.servers[1].open = 6; /* 1.5 */
    bed.servers[2].open = 4; /* 2 */
    cr_assert_eq(bed_pick(&bed), 1);
    bed.servers[1].open = 9; /* 2.25 */
    cr_assert_eq(bed_pick(&bed), 2, "the tie goes on from the last pick");
    cr_assert_eq(bed_pick(&bed), 0);
    cr_assert_eq(bed_pick(&bed), 2);
}

Test(policies, least_connections_takes_turns_among_the_idle)
{
    struct bed bed;
    bed_open(&bed, "leastconn", equal_weights, 4);
    for (uint32_t i = 0; i < 12; i++) {
        cr_assert_eq(bed_pick(&bed), i % 4);
    }
}

Test(policies, least_connections_is_the_same_whether_equal_weights_are_known_or_not)
{
    struct bed known;
    struct bed unknown;
    struct rng rng = { .key = 1 };
    bed_open(&known, "leastconn", equal_weights, 9);
    bed_open(&unknown, "leastconn", equal_weights, 9);
    bed_exclude(&known, 4);
    bed_exclude(&unknown, 4);
    unknown.state.weights_equal = false;
    for (uint32_t i = 0; i < 3000; i++) {
        const uint32_t index = bed_pick(&known);
        cr_assert_eq(bed_pick(&unknown), index);
        known.servers[index].open++;
        const uint32_t done = rng_below(&rng, 9);
        known.servers[done].open -= known.servers[done].open > 0;
        for (uint32_t server = 0; server < 9; server++) {
            unknown.servers[server].open = known.servers[server].open;
        }
    }
}

/* The draws of random(N) over two servers, remade from its stream. */
Test(policies, random_lets_the_last_draw_win_a_tie)
{
    struct bed bed;
    bed_open(&bed, "random(2)", equal_weights, 8);
    struct rng same = bed.state.rng;
    uint32_t firsts_differ = 0;
    for (uint32_t i = 0; i < 200; i++) {
        const uint32_t first = rng_below(&same, 8);
        const uint32_t second = rng_below(&same, 8);
        firsts_differ += first != second;
        cr_assert_eq(bed_pick(&bed), second);
    }
    cr_assert(firsts_differ > 100);
}

Test(policies, random_takes_the_least_loaded_of_its_draws)
{
    struct bed bed;
    bed_open(&bed, "random(3)", equal_weights, 8);
    for (uint32_t i = 0; i < 8; i++) {
        bed.servers[i].open = (i * 5) % 8; /* all different */
    }
    struct rng same = bed.state.rng;
    for (uint32_t i = 0; i < 200; i++) {
        uint32_t best = rng_below(&same, 8);
        for (uint32_t draw = 0; draw < 2; draw++) {
            const uint32_t drawn = rng_below(&same, 8);
            best = bed.servers[drawn].open <= bed.servers[best].open ? drawn : best;
        }
        cr_assert_eq(bed_pick(&bed), best);
    }
}

Test(policies, random_may_draw_the_same_server_twice)
{
    struct bed bed;
    bed_open(&bed, "random(2)", equal_weights, 2);
    bed.servers[0].open = 9; /* only picked when both draws fall on it */
    uint32_t busy = 0;
    for (uint32_t i = 0; i < 4000; i++) {
        busy += bed_pick(&bed) == 0;
    }
    cr_assert(busy > 850 && busy < 1150, "%u of 4000, expected about a quarter", busy);
}

Test(policies, random_draws_by_weight)
{
    static const uint32_t weights[] = { 10, 30, 60 };
    struct bed bed;
    bed_open(&bed, "random(1)", weights, 3);
    uint32_t picks[3] = { 0 };
    for (uint32_t i = 0; i < 20000; i++) {
        picks[bed_pick(&bed)]++;
    }
    cr_assert(picks[0] > 1800 && picks[0] < 2200, "%u", picks[0]);
    cr_assert(picks[1] > 5700 && picks[1] < 6300, "%u", picks[1]);
}

Test(policies, two_choices_are_always_distinct)
{
    struct bed bed;
    bed_open(&bed, "p2c", equal_weights, 2);
    bed.servers[0].open = 1; /* both are always drawn: the other always wins */
    for (uint32_t i = 0; i < 2000; i++) {
        cr_assert_eq(bed_pick(&bed), 1);
    }
}

Test(policies, two_choices_never_take_the_busiest)
{
    struct bed bed;
    bed_open(&bed, "p2c", equal_weights, 9);
    bed.servers[4].open = 3;
    uint32_t picks[9] = { 0 };
    for (uint32_t i = 0; i < 8000; i++) {
        picks[bed_pick(&bed)]++;
    }
    for (uint32_t i = 0; i < 9; i++) {
        cr_assert(i == 4 ? picks[i] == 0 : picks[i] > 800, "server %u: %u", i, picks[i]);
    }
}

Test(policies, hashing_keeps_a_key_on_its_server)
{
    static const char *const labels[] = { "source", "uri" };
    for (uint32_t policy = 0; policy < COUNT_OF(labels); policy++) {
        static const uint32_t weights[] = { 1, 2, 5 };
        struct bed bed;
        bed_open(&bed, labels[policy], weights, 3);
        uint32_t picks[3] = { 0 };
        for (uint64_t key = 0; key < 800; key++) {
            bed.state.key_hash = key;
            bed.state.uri_hash = key;
            const uint32_t index = bed_pick(&bed);
            cr_assert_eq(bed_pick(&bed), index);
            picks[index]++;
        }
        cr_assert(picks[0] == 100 && picks[1] == 200 && picks[2] == 500);
    }
}

Test(policies, source_and_uri_look_at_their_own_hash)
{
    struct bed bed;
    bed_open(&bed, "source", equal_weights, 5);
    bed.state.key_hash = 3;
    bed.state.uri_hash = 1;
    cr_assert_eq(bed_pick(&bed), 3);
    bed_open(&bed, "uri", equal_weights, 5);
    bed.state.key_hash = 3;
    bed.state.uri_hash = 1;
    cr_assert_eq(bed_pick(&bed), 1);
}

Test(policies, pick_the_only_eligible_server_of_many)
{
    static const char *const labels[] = { "roundrobin", "leastconn", "random(4)",
                                          "p2c",        "source",    "uri" };
    for (uint32_t policy = 0; policy < COUNT_OF(labels); policy++) {
        for (uint32_t equal = 0; equal < 2; equal++) {
            struct bed bed;
            bed_open(&bed, labels[policy], equal_weights, SERVERS_MAX);
            bed.state.weights_equal = equal == 1;
            for (uint32_t i = 0; i < SERVERS_MAX; i++) {
                if (i != 41) {
                    bed_exclude(&bed, i);
                }
            }
            for (uint32_t i = 0; i < 20; i++) {
                bed.state.key_hash = i;
                bed.state.uri_hash = i;
                cr_assert_eq(bed_pick(&bed), 41, "%s", labels[policy]);
            }
        }
    }
}

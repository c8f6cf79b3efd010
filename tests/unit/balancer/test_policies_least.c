/*
 * tests/unit/balancer/test_policies_least.c
 *
 * Goal:   leastconn and jsq always pick one of the least loaded, and break ties as they say.
 * Method: beside random histories a naive scan over the same servers keeps its own books: the load
 *         of HAProxy's formula, and for leastconn the moment at which each came to its load.
 */
#include "tests/unit/balancer/policies_bed.h"

enum { HISTORY_STEPS = 4000 };

/* --- leastconn --- */

struct scan {
    uint64_t loads[BED_SERVERS_MAX];
    uint64_t since[BED_SERVERS_MAX];
    uint64_t now;
};

static uint64_t
scan_load(const struct env_balance_server *server)
{
    return server->open > 0 ? (server->open + UINT64_C(1)) * 4096 / server->weight : 0;
}

static void
scan_moved(struct scan *scan, const struct bed *bed, uint32_t index)
{
    scan->loads[index] = scan_load(&bed->servers[index]);
    scan->since[index] = ++scan->now;
}

static uint32_t
scan_pick(struct scan *scan, const struct bed *bed)
{
    uint32_t best = BED_SERVERS_MAX;
    for (uint32_t i = 0; i < bed->count; i++) {
        const bool better =
            best == BED_SERVERS_MAX || scan->loads[i] < scan->loads[best] ||
            (scan->loads[i] == scan->loads[best] && scan->since[i] < scan->since[best]);
        best = bed->servers[i].eligible && better ? i : best;
    }
    return best;
}

static void
leastconn_against_scan(uint32_t count, uint64_t seed, bool weights_differ)
{
    struct bed bed;
    struct rng rng;
    struct scan scan = { .now = 0 };
    rng_init(&rng, seed, 0, "history");
    bed_open(&bed, "leastconn", NULL, count);
    for (uint32_t i = 0; i < count; i++) {
        scan_moved(&scan, &bed, i);
    }
    for (uint32_t step = 0; step < HISTORY_STEPS; step++) {
        const uint32_t busy = bed_busy(&bed, &rng);
        const uint32_t index = rng_below(&rng, count);
        const uint32_t what = rng_below(&rng, 100);
        if (what < 50 && busy < BED_SERVERS_MAX) {
            bed_ended(&bed, busy, MS(1));
            scan_moved(&scan, &bed, busy);
        } else if (what < 60 && (bed.eligible > 1 || !bed.servers[index].eligible)) {
            bed_set_eligible(&bed, index, !bed.servers[index].eligible);
        } else if (what < 65 && weights_differ) {
            bed_set_weight(&bed, index, 1 + rng_below(&rng, ENV_BALANCE_WEIGHT_MAX));
            scan.loads[index] = scan_load(&bed.servers[index]);
        }
        const uint32_t expected = scan_pick(&scan, &bed);
        cr_assert_eq(bed_send(&bed), expected, "%u servers, seed %u, step %u", count,
                     (uint32_t)seed, step);
        scan_moved(&scan, &bed, expected);
    }
    bed_close(&bed);
}

Test(policies_least, connections_are_those_of_a_naive_scan)
{
    static const uint32_t counts[] = { 1, 2, 3, 8, 9, 100 };
    for (uint32_t i = 0; i < COUNT_OF(counts); i++) {
        for (uint64_t seed = 1; seed <= 4; seed++) {
            leastconn_against_scan(counts[i], seed, seed % 2 == 0);
        }
    }
}

Test(policies_least, connections_weigh_as_haproxy_does)
{
    static const uint32_t weights[] = { 1, 4, 2 };
    struct bed bed;
    bed_open(&bed, "leastconn", weights, 3);
    bed.servers[0].open = 1; /* 2 for one: HAProxy counts the request to come */
    bed.servers[1].open = 6; /* 7 for four */
    bed.servers[2].open = 4; /* 5 for two */
    bed_changed(&bed);
    cr_assert_eq(bed_pick(&bed), 1);
    bed_set_open(&bed, 1, 9); /* 10 for four */
    cr_assert_eq(bed_pick(&bed), 0);
    bed_set_open(&bed, 2, 0); /* an idle one comes before all */
    cr_assert_eq(bed_pick(&bed), 2);
    bed_close(&bed);
}

Test(policies_least, connections_go_round_among_the_idle_and_keep_the_order_over_a_new_array)
{
    struct bed bed;
    bed_open(&bed, "leastconn", NULL, 4);
    for (uint32_t i = 0; i < 12; i++) {
        const uint32_t index = bed_send(&bed);
        cr_assert_eq(index, i % 4);
        bed_ended(&bed, index, MS(1));
    }
    cr_assert_eq(bed_send(&bed), 0);
    bed_ended(&bed, 0, MS(1));
    bed.servers[4] = (struct env_balance_server){ .id = 5, .weight = 16, .eligible = true };
    bed.count = 5;
    bed_changed(&bed);
    static const uint32_t order[] = { 1, 2, 3, 0, 4 };
    for (uint32_t i = 0; i < 5; i++) {
        cr_assert_eq(bed_send(&bed), order[i]);
    }
    bed_close(&bed);
}

/* --- jsq --- */

/* The least loaded, as a set. */
static uint32_t
least_of(const struct bed *bed, bool least[BED_SERVERS_MAX])
{
    uint32_t best = BED_SERVERS_MAX;
    uint32_t count = 0;
    for (uint32_t i = 0; i < bed->count; i++) {
        const struct env_balance_server *server = &bed->servers[i];
        if (server->eligible && (best == BED_SERVERS_MAX ||
                                 (uint64_t)server->open * bed->servers[best].weight <
                                     (uint64_t)bed->servers[best].open * server->weight)) {
            best = i;
        }
    }
    for (uint32_t i = 0; i < bed->count; i++) {
        const struct env_balance_server *server = &bed->servers[i];
        least[i] = server->eligible && (uint64_t)server->open * bed->servers[best].weight ==
                                           (uint64_t)bed->servers[best].open * server->weight;
        count += least[i] ? 1 : 0;
    }
    return count;
}

static void
jsq_against_scan(uint32_t count, uint64_t seed, bool weights_differ)
{
    struct bed bed;
    struct rng rng;
    rng_init(&rng, seed, 0, "history");
    bed_open(&bed, "jsq", NULL, count);
    for (uint32_t step = 0; step < HISTORY_STEPS; step++) {
        const uint32_t busy = bed_busy(&bed, &rng);
        const uint32_t index = rng_below(&rng, count);
        const uint32_t what = rng_below(&rng, 100);
        bool least[BED_SERVERS_MAX];
        if (what < 50 && busy < BED_SERVERS_MAX) {
            bed_ended(&bed, busy, MS(1));
        } else if (what < 60 && (bed.eligible > 1 || !bed.servers[index].eligible)) {
            bed_set_eligible(&bed, index, !bed.servers[index].eligible);
        } else if (what < 65 && weights_differ) {
            bed_set_weight(&bed, index, 1 + rng_below(&rng, ENV_BALANCE_WEIGHT_MAX));
        }
        (void)least_of(&bed, least);
        const uint32_t picked = bed_send(&bed);
        cr_assert(least[picked], "%u servers, seed %u, step %u: %u is not the least", count,
                  (uint32_t)seed, step, picked);
    }
    bed_close(&bed);
}

Test(policies_least, queue_is_one_of_those_of_a_naive_scan)
{
    static const uint32_t counts[] = { 1, 2, 3, 8, 100 };
    for (uint32_t i = 0; i < COUNT_OF(counts); i++) {
        for (uint64_t seed = 1; seed <= 4; seed++) {
            jsq_against_scan(counts[i], seed, seed % 2 == 0);
        }
    }
}

Test(policies_least, queue_breaks_ties_by_chance_each_time)
{
    for (uint32_t differ = 0; differ < 2; differ++) {
        struct bed bed;
        uint32_t picks[8] = { 0 };
        bed_open(&bed, "jsq", NULL, 8);
        bed.servers[2].open = 1;
        bed.servers[6].eligible = false;
        bed.servers[6].weight += differ; /* the others go through the pass for unequal weights */
        bed_changed(&bed);
        for (uint32_t i = 0; i < 12000; i++) {
            picks[bed_pick(&bed)]++;
        }
        for (uint32_t i = 0; i < 8; i++) {
            const bool out = i == 2 || i == 6;
            cr_assert(out ? picks[i] == 0 : picks[i] > 1800 && picks[i] < 2200, "%u: %u", i,
                      picks[i]);
        }
        bed_close(&bed);
    }
}

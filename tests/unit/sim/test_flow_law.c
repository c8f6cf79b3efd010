/*
 * tests/unit/sim/test_flow_law.c
 *
 * Goal:   the law of a station is what theory says of it, whether it is played or a formula, at
 *         loads of the grid and between them; it is the same in every run.
 * Method: M/M/c, M/D/1 and the choice of two against their closed forms; queues, patience and
 *         errors counted; stations that differ in one thing.
 */
#include <math.h>
#include <string.h>

#include <criterion/criterion.h>

#include "platform/balancer/policy.h"
#include "platform/planner/choices.h"
#include "platform/planner/queueing.h"
#include "sim/flow_laws.h"

#define SERVICE_NS MS(10)

enum { SERVERS_MAX = 1000 };

struct station_bed {
    struct behavior     behavior;
    struct flow_server  servers[SERVERS_MAX];
    struct flow_station station;
};

static void
station_open(struct station_bed *bed, const char *policy, uint32_t servers, uint32_t workers)
{
    uint32_t argument = 0;
    *bed = (struct station_bed){
        .behavior = { .concurrency = workers,
                      .queue_max = 1000000,
                      .service_time = { .kind = DIST_EXPONENTIAL, .a_ns = SERVICE_NS } },
    };
    for (uint32_t i = 0; i < servers; i++) {
        bed->servers[i] = (struct flow_server){ .id = i + 1,
                                                .weight = ENV_BALANCE_WEIGHT_SCALE,
                                                .slow = 1,
                                                .behavior = &bed->behavior };
    }
    bed->station = (struct flow_station){ .policy = balance_policy_find(policy, &argument),
                                          .balancers = 1,
                                          .servers = bed->servers,
                                          .servers_count = servers,
                                          .patience_ns = INT64_MAX };
    bed->station.argument = argument;
    cr_assert_not_null(bed->station.policy);
}

/* In service times. */
static double
played_mean(struct station_bed *bed, double use, uint64_t requests, struct flow_law *law)
{
    bed->station.rate = flow_station_capacity(&bed->station) * use;
    flow_law_sample(&bed->station, requests, law);
    return (double)sketch_mean_ns(&law->latency) / (double)SERVICE_NS;
}

static double
mixed_mean(struct station_bed *bed, struct flow_laws *laws, double use)
{
    const struct flow_mix mix = flow_laws_mix(laws, &bed->station, use);
    const double low = (double)sketch_mean_ns(&mix.low->latency);
    const double high = (double)sketch_mean_ns(&mix.high->latency);
    cr_assert(mix.high_share >= 0 && mix.high_share <= 1);
    return (low + (high - low) * mix.high_share) / (double)SERVICE_NS;
}

static void
assert_near(double value, double wanted, double ratio)
{
    cr_assert(fabs(value - wanted) <= wanted * ratio, "%g, wanted %g", value, wanted);
}

Test(flow_law, one_server_waits_as_erlang_says)
{
    static struct station_bed bed;
    static struct flow_law law;
    station_open(&bed, "roundrobin", 1, 1);
    assert_near(played_mean(&bed, 0.7, 600000, &law), 1 / 0.3, 0.02);
    assert_near((double)sketch_quantile_ns(&law.latency, 990000) / (double)SERVICE_NS,
                queueing_mmc_quantile(1, 0.7, 0.99), 0.04);
    station_open(&bed, "roundrobin", 1, 8);
    assert_near(played_mean(&bed, 0.8, 400000, &law), 1 + queueing_mmc_wait(8, 6.4), 0.02);
}

Test(flow_law, constant_service_waits_half_as_long)
{
    static struct station_bed bed;
    static struct flow_law law;
    station_open(&bed, "leastconn", 1, 1);
    bed.behavior.service_time = (struct dist){ .kind = DIST_CONSTANT, .a_ns = SERVICE_NS };
    assert_near(played_mean(&bed, 0.7, 400000, &law), 1 + queueing_mg1_wait(0.7, 1), 0.02);
}

Test(flow_law, the_policys_own_code_decides)
{
    static struct station_bed bed;
    static struct flow_law law;
    station_open(&bed, "p2c", 100, 1);
    assert_near(played_mean(&bed, 0.8, 400000, &law), choices_time(100, 0.8, true), 0.02);
    station_open(&bed, "random(2)", 100, 1);
    assert_near(played_mean(&bed, 0.8, 400000, &law), choices_time(100, 0.8, false), 0.02);
    station_open(&bed, "random(1)", 20, 1);
    assert_near(played_mean(&bed, 0.5, 400000, &law), 2, 0.02);
}

Test(flow_law, a_full_queue_answers_with_errors)
{
    static struct station_bed bed;
    static struct flow_law law;
    station_open(&bed, "roundrobin", 1, 5);
    bed.behavior.queue_max = 0;
    (void)played_mean(&bed, 0.9, 400000, &law); /* Erlang B */
    assert_near((double)law.outcomes[REQUEST_ERROR] / (double)law.requests,
                queueing_erlang_b(5, 4.5), 0.02);
    cr_assert_eq(law.outcomes[REQUEST_OK], law.latency.count);
    cr_assert_eq(law.outcomes[REQUEST_OK] + law.outcomes[REQUEST_ERROR], law.requests);
}

Test(flow_law, who_waits_too_long_has_left)
{
    static struct station_bed bed;
    static struct flow_law law;
    station_open(&bed, "roundrobin", 1, 1);
    bed.station.patience_ns = 2 * SERVICE_NS;
    bed.station.way_ns = MS(1);
    (void)played_mean(&bed, 0.5, 400000, &law);
    assert_near((double)law.outcomes[REQUEST_TIMEOUT] / (double)law.requests, exp(-1), 0.02);
    cr_assert(law.latency.max_ns <= 2 * SERVICE_NS + MS(1));
    bed.behavior.heeds_deadlines = true; /* the others get on better for it */
    static struct flow_law heeded;
    (void)played_mean(&bed, 0.5, 400000, &heeded);
    cr_assert(heeded.outcomes[REQUEST_TIMEOUT] < law.outcomes[REQUEST_TIMEOUT]);
}

Test(flow_law, errors_come_as_often_as_the_image_says)
{
    static struct station_bed bed;
    static struct flow_law law;
    station_open(&bed, "roundrobin", 4, 2);
    bed.behavior.errors_ppm = 50000;
    (void)played_mean(&bed, 0.5, 400000, &law);
    assert_near((double)law.outcomes[REQUEST_ERROR] / (double)law.requests, 0.05, 0.03);
}

Test(flow_law, a_slow_server_is_avoided_by_those_who_look)
{
    static struct station_bed bed;
    static struct flow_law blind;
    static struct flow_law seeing;
    station_open(&bed, "roundrobin", 4, 8);
    bed.servers[2].slow = 3;
    const double capacity = flow_station_capacity(&bed.station);
    cr_assert_float_eq(capacity, 8 * (3 + 1 / 3.0) / (double)SERVICE_NS, 1e-12);
    const double mean_blind = played_mean(&bed, 0.35, 200000, &blind);
    station_open(&bed, "leastconn", 4, 8);
    bed.servers[2].slow = 3;
    cr_assert(played_mean(&bed, 0.35, 200000, &seeing) < 0.95 * mean_blind);
}

Test(flow_law, is_the_same_every_time)
{
    static struct station_bed bed;
    static struct flow_law once;
    static struct flow_law again;
    station_open(&bed, "p2c", 10, 4);
    bed.station.balancers = 3;
    (void)played_mean(&bed, 0.6, 50000, &once);
    (void)played_mean(&bed, 0.6, 50000, &again);
    cr_assert_eq(memcmp(&once, &again, sizeof once), 0);
}

Test(flow_law, stations_that_differ_have_another_hash)
{
    static struct station_bed bed;
    station_open(&bed, "random(2)", 10, 4);
    const uint64_t hash = flow_station_hash(&bed.station);
    cr_assert_eq(flow_station_hash(&bed.station), hash);
    bed.station.argument = 3;
    cr_assert_neq(flow_station_hash(&bed.station), hash);
    bed.station.argument = 2;
    bed.station.servers_count = 9;
    cr_assert_neq(flow_station_hash(&bed.station), hash);
    bed.station.servers_count = 10;
    bed.servers[9].weight = 1;
    cr_assert_neq(flow_station_hash(&bed.station), hash);
    bed.servers[9].weight = ENV_BALANCE_WEIGHT_SCALE;
    bed.behavior.service_time.a_ns++;
    cr_assert_neq(flow_station_hash(&bed.station), hash);
}

Test(flow_laws, a_formula_stands_for_one_server)
{
    static struct station_bed bed;
    struct flow_laws laws;
    flow_laws_init(&laws);
    station_open(&bed, "roundrobin", 1, 4);
    for (double use = 0; use < 0.985; use += 0.017) {
        const double wanted = use > 0 ? 1 + queueing_mmc_wait(4, 4 * use) : 1;
        assert_near(mixed_mean(&bed, &laws, use), wanted, 0.01);
    }
    flow_laws_fini(&laws);
}

Test(flow_laws, are_found_once)
{
    static struct station_bed bed;
    struct flow_laws laws;
    flow_laws_init(&laws);
    station_open(&bed, "leastconn", 5, 4);
    const struct flow_mix once = flow_laws_mix(&laws, &bed.station, 0.35);
    cr_assert_eq(laws.laws.count, 2);
    const struct flow_mix again = flow_laws_mix(&laws, &bed.station, 0.36);
    cr_assert_eq(laws.laws.count, 2);
    cr_assert_eq(once.low, again.low);
    cr_assert_eq(once.high, again.high);
    cr_assert(again.high_share > once.high_share);
    for (uint32_t i = 0; i < 5; i++) { /* other instances of the same image are no other station */
        bed.servers[i].id += 100;
    }
    (void)flow_laws_mix(&laws, &bed.station, 0.36);
    cr_assert_eq(laws.laws.count, 2);
    flow_laws_fini(&laws);
}

Test(flow_laws, many_servers_are_as_a_part_of_them)
{
    static struct station_bed bed;
    struct flow_laws laws;
    flow_laws_init(&laws);
    station_open(&bed, "p2c", SERVERS_MAX, 1);
    assert_near(mixed_mean(&bed, &laws, 0.5), queueing_choices_time(2, 0.5), 0.02);
    flow_laws_fini(&laws);
}

/*
 * tests/unit/fakes/test_proxy_split.c
 *
 * Goal:   of a service's requests exactly those with the header and a share of the others go to
 *         the other one; sessions stay with their version; a side without servers costs no request;
 *         splitting and merging under load loses none and keeps to every drain.
 * Method: one edge, six instances: the first ones old, the rest new; where requests went is read
 *         off the instances. Shares are held to the binomial bound |share - w| <= 3.3 sqrt(w(1 -
 *         w)/N), false once in a thousand honest runs; the seed is fixed.
 */
#include <criterion/criterion.h>
#include <math.h>

#include "tests/unit/fakes/datapath_bed.h"

enum { INSTANCES = 6 };

static struct bed bed;
static uint64_t generation;

static void
split_open(uint64_t seed)
{
    generation = 0;
    datapath_bed_open(&bed, seed, INSTANCES, NULL);
    bed.behavior.concurrency = 100000;
    bed.behavior.service_time = (struct dist){ .kind = DIST_CONSTANT, .a_ns = MS(5) };
}

/* The instances up to old_count stand in the service, those from there on apart. */
static enum status
split_apply(uint32_t old_count, uint32_t share_ppm)
{
    struct env_service services[2] = { bed.service, bed.service };
    services[0].split_to = "web_10000.v2";
    services[0].split_ppm = share_ppm;
    services[0].split_header = "X-Canary";
    services[0].split_value = "always";
    services[0].endpoints = bed.endpoints;
    services[0].endpoints_count = old_count;
    services[1].name = "web_10000.v2";
    services[1].vhosts = "";
    services[1].external = false;
    services[1].endpoints = bed.endpoints + old_count;
    services[1].endpoints_count = bed.endpoints_count - old_count;
    const uint32_t before = bed.applied_count;
    bed.apply.generation = ++generation;
    bed.apply.services = services;
    bed.apply.services_count = 2;
    env_proxy_apply(&bed.port.base, &bed.apply);
    while (bed.applied_count == before) {
        cr_assert(test_world_step(bed.world));
    }
    return bed.apply.op.status;
}

static enum status
merged_apply(void)
{
    return datapath_bed_apply(&bed, ++generation);
}

/* Which instance one request goes to; UINT32_MAX: none. */
static uint32_t
place_of(uint32_t session)
{
    uint32_t before[INSTANCES];
    for (uint32_t i = 0; i < INSTANCES; i++) {
        before[i] = instance_open(&bed.instances[i]);
    }
    bed.session = session;
    datapath_bed_request(&bed, SEC(10));
    for (uint32_t i = 0; i < INSTANCES; i++) {
        if (instance_open(&bed.instances[i]) > before[i]) {
            return i;
        }
    }
    return UINT32_MAX;
}

static uint32_t
apart_of(uint32_t requests_count, uint32_t old_count)
{
    uint32_t apart = 0;
    for (uint32_t i = 0; i < requests_count; i++) {
        const uint32_t place = place_of(0);
        cr_assert_lt(place, INSTANCES);
        apart += place >= old_count ? 1 : 0;
        if (i % 1000 == 999) {
            datapath_bed_wait(&bed, MS(20));
        }
    }
    return apart;
}

static void
use_target(const char *header, const char *value)
{
    const struct env_header headers[] = { { "Accept", "*/*" }, { header, value } };
    const struct env_request request = { .method = "GET", .host = "web.example.com", .path = "/",
                                         .headers = headers, .headers_count = 2 };
    bed.target = fake_datapath_target(bed.datapath, &request);
}

Test(proxy_split, keeps_the_share_within_the_binomial_bound)
{
    static const uint32_t shares_ppm[] = { 10000, 50000, 250000, 500000, 800000 };
    static const char *const policies[] = { "roundrobin", "leastconn", "random(2)" };
    enum { N = 20000 };
    split_open(11);
    for (uint32_t i = 0; i < COUNT_OF(shares_ppm); i++) {
        datapath_bed_set_policy(&bed, policies[i % COUNT_OF(policies)]);
        cr_assert_eq(split_apply(4, shares_ppm[i]), ST_OK);
        const double wanted = shares_ppm[i] / 1e6;
        const double share = apart_of(N, 4) / (double)N;
        cr_assert(fabs(share - wanted) <= 3.3 * sqrt(wanted * (1 - wanted) / N),
                  "%u ppm: %.5f", shares_ppm[i], share);
    }
    cr_assert_eq(bed.outcomes[REQUEST_NO_SERVER], 0);
    datapath_bed_ends_conserved(&bed);
}

Test(proxy_split, gives_all_or_nothing_exactly)
{
    split_open(12);
    cr_assert_eq(split_apply(4, 0), ST_OK);
    cr_assert_eq(apart_of(2000, 4), 0);
    cr_assert_eq(split_apply(4, PPM), ST_OK);
    cr_assert_eq(apart_of(2000, 4), 2000);
    datapath_bed_ends_conserved(&bed);
}

Test(proxy_split, draws_independently_of_each_other)
{
    enum { N = 20000, OLD = 3 };
    uint32_t pairs = 0;
    bool before = false;
    split_open(13);
    cr_assert_eq(split_apply(OLD, 300000), ST_OK);
    for (uint32_t i = 0; i < N; i++) {
        const bool apart = place_of(0) >= OLD;
        pairs += apart && before ? 1 : 0;
        before = apart;
    }
    const double wanted = 0.3 * 0.3;
    cr_assert(fabs(pairs / (double)N - wanted) <= 3.3 * sqrt(wanted * (1 - wanted) / N) * 1.6,
              "two in a row: %u", pairs); /* neighbouring pairs overlap: their sum varies more */
    datapath_bed_ends_conserved(&bed);
}

Test(proxy_split, sends_requests_with_the_header_all)
{
    split_open(14);
    cr_assert_eq(split_apply(4, 0), ST_OK);
    use_target("x-canary", "always");
    cr_assert_eq(apart_of(100, 4), 100);
    use_target("X-CANARY", "never");
    cr_assert_eq(apart_of(100, 4), 0);
    use_target("X-Canary", "alway");
    cr_assert_eq(apart_of(100, 4), 0);
    use_target("X-Canar", "always");
    cr_assert_eq(apart_of(100, 4), 0);
    datapath_bed_ends_conserved(&bed);
}

Test(proxy_split, costs_no_request_while_a_side_has_no_server)
{
    split_open(15);
    cr_assert_eq(split_apply(INSTANCES, 500000), ST_OK);
    cr_assert_eq(apart_of(100, INSTANCES), 0);
    use_target("X-Canary", "always");
    cr_assert_eq(apart_of(100, INSTANCES), 0);
    use_target("Accept", "*/*");
    cr_assert_eq(split_apply(0, 10000), ST_OK);
    cr_assert_eq(apart_of(100, 0), 100);
    for (uint32_t i = 3; i < INSTANCES; i++) {
        bed.endpoints[i].draining = true;
    }
    cr_assert_eq(split_apply(3, 900000), ST_OK);
    cr_assert_eq(apart_of(100, 3), 0, "all that stand apart are drained");
    datapath_bed_ends_conserved(&bed);
}

/* Requests that wait for a server of one side go on at the other one when their own is gone. */
Test(proxy_split, costs_no_request_that_waits)
{
    split_open(16);
    bed.service.resilience.server_requests_max = 1;
    cr_assert_eq(split_apply(1, 0), ST_OK);
    for (uint32_t i = 0; i < 5; i++) {
        datapath_bed_request(&bed, SEC(10));
    }
    bed.endpoints[0].draining = true;
    cr_assert_eq(split_apply(1, 0), ST_OK);
    datapath_bed_wait(&bed, SEC(1));
    cr_assert_eq(bed.outcomes[REQUEST_OK], 5);
    datapath_bed_ends_conserved(&bed);
}

Test(proxy_split, leaves_sessions_with_their_version_while_that_gets_any)
{
    enum { SESSIONS = 60 };
    uint32_t places[SESSIONS];
    split_open(17);
    bed.service.sticky = true;
    cr_assert_eq(split_apply(4, 300000), ST_OK);
    uint32_t apart = 0;
    for (uint32_t i = 0; i < SESSIONS; i++) {
        places[i] = place_of(1 + i);
        apart += places[i] >= 4 ? 1 : 0;
    }
    cr_assert(apart > 5 && apart < 40, "%u of %u", apart, SESSIONS);
    cr_assert_eq(split_apply(4, 900000), ST_OK);
    for (uint32_t i = 0; i < SESSIONS; i++) {
        cr_assert_eq(place_of(1 + i), places[i]);
    }
    cr_assert_eq(split_apply(4, PPM), ST_OK);
    for (uint32_t i = 0; i < SESSIONS; i++) {
        const uint32_t place = place_of(1 + i);
        cr_assert(places[i] >= 4 ? place == places[i] : place >= 4);
        places[i] = place;
    }
    cr_assert_eq(merged_apply(), ST_OK);
    for (uint32_t i = 0; i < SESSIONS; i++) {
        cr_assert_eq(place_of(1 + i), places[i], "one service again: they stay");
    }
    datapath_bed_ends_conserved(&bed);
}

/* Sessions that were there before the split stay, too. */
Test(proxy_split, leaves_sessions_from_before_where_they_are)
{
    uint32_t places[20];
    split_open(18);
    bed.service.sticky = true;
    bed.endpoints_count = 3;
    cr_assert_eq(merged_apply(), ST_OK);
    for (uint32_t i = 0; i < COUNT_OF(places); i++) {
        places[i] = place_of(1 + i);
    }
    bed.endpoints_count = INSTANCES;
    cr_assert_eq(split_apply(3, 900000), ST_OK);
    for (uint32_t i = 0; i < COUNT_OF(places); i++) {
        cr_assert_eq(place_of(1 + i), places[i]);
    }
    datapath_bed_ends_conserved(&bed);
}

Test(proxy_split, keeps_what_is_open_when_a_server_moves)
{
    split_open(19);
    bed.behavior.service_time = (struct dist){ .kind = DIST_CONSTANT, .a_ns = SEC(2) };
    cr_assert_eq(merged_apply(), ST_OK);
    for (uint32_t i = 0; i < 2 * INSTANCES; i++) {
        datapath_bed_request(&bed, SEC(10));
    }
    cr_assert_eq(split_apply(3, 500000), ST_OK);
    for (uint32_t i = 0; i < INSTANCES; i++) {
        cr_assert_eq(datapath_bed_ask_open(&bed, i), 2);
    }
    bed.endpoints[5].draining = true;
    cr_assert_eq(merged_apply(), ST_OK);
    cr_assert_eq(datapath_bed_ask_open(&bed, 5), 2);
    cr_assert_eq(datapath_bed_ask_stats(&bed), ST_OK);
    cr_assert_eq(bed.ask.ret_count, INSTANCES, "one entry a server");
    cr_assert_eq(bed.stats[5].open, 2);
    datapath_bed_wait(&bed, SEC(3));
    cr_assert_eq(datapath_bed_ask_open(&bed, 5), 0);
    cr_assert_eq(bed.outcomes[REQUEST_OK], 2 * INSTANCES);
    cr_assert_eq(datapath_bed_ask_stats(&bed), ST_OK);
    cr_assert_eq(bed.stats[5].requests, 2, "counted on");
    datapath_bed_ends_conserved(&bed);
}

/* Least connections counts what was open before the move. */
Test(proxy_split, tells_the_policy_what_is_open_at_a_server_that_moved)
{
    split_open(20);
    bed.behavior.service_time = (struct dist){ .kind = DIST_CONSTANT, .a_ns = SEC(2) };
    datapath_bed_set_policy(&bed, "leastconn");
    bed.endpoints_count = 2;
    cr_assert_eq(split_apply(1, 0), ST_OK);
    for (uint32_t i = 0; i < 10; i++) {
        cr_assert_eq(place_of(0), 0);
    }
    cr_assert_eq(merged_apply(), ST_OK);
    for (uint32_t i = 0; i < 9; i++) {
        cr_assert_eq(place_of(0), 1, "it has caught up after ten");
    }
    datapath_bed_ends_conserved(&bed);
}

/* Splits, moves, drains and merges of all kinds, with a request every 100 us. */
Test(proxy_split, loses_nothing_and_reaches_no_drained_server_under_load)
{
    static const char *const policies[] = { "roundrobin", "leastconn", "random(2)", "ewma" };
    for (uint64_t seed = 30; seed < 34; seed++) {
        split_open(seed);
        datapath_bed_set_policy(&bed, policies[seed % COUNT_OF(policies)]);
        bed.service.sticky = seed % 2 == 0;
        bed.service.slow_start_ns = seed % 4 == 1 ? MS(500) : 0;
        struct rng rng;
        rng_init(&rng, seed, 0, "story");
        cr_assert_eq(merged_apply(), ST_OK);
        for (uint32_t round = 0; round < 60; round++) {
            for (uint32_t i = 0; i < INSTANCES; i++) {
                bed.endpoints[i].draining = i > 0 && rng_below(&rng, 4) == 0;
            }
            if (rng_below(&rng, 3) == 0) {
                cr_assert_eq(merged_apply(), ST_OK);
            } else {
                cr_assert_eq(split_apply(rng_below(&rng, INSTANCES + 1), rng_below(&rng, PPM + 1)),
                             ST_OK);
            }
            for (uint32_t i = 0; i < 200; i++) {
                const uint32_t place = place_of(rng_below(&rng, 30));
                cr_assert_lt(place, INSTANCES, "seed %u", (uint32_t)seed);
                cr_assert_not(bed.endpoints[place].draining, "seed %u", (uint32_t)seed);
                datapath_bed_wait(&bed, US(100));
            }
        }
        datapath_bed_wait(&bed, SEC(1));
        cr_assert_eq(bed.outcomes[REQUEST_OK], bed.sent, "seed %u", (uint32_t)seed);
        datapath_bed_ends_conserved(&bed);
    }
}

Test(proxy_split, is_refused_by_name_when_it_cannot_be)
{
    split_open(21);
    bed.service.split_to = "nobody_1";
    bed.service.split_ppm = 500000;
    cr_assert_eq(merged_apply(), ST_INVALID);
    cr_assert_not_null(strstr(bed.port.error.text, "web_10000"));
    cr_assert_lt(place_of(0), INSTANCES, "in force without");
    bed.service.split_to = "web_10000";
    cr_assert_eq(merged_apply(), ST_INVALID);
    cr_assert_lt(place_of(0), INSTANCES);
    datapath_bed_ends_conserved(&bed);
}

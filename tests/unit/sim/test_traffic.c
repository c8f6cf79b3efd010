/*
 * tests/unit/sim/test_traffic.c
 *
 * Goal:   arrivals come at the rate that is set, every request has exactly one outcome, and the
 *         same seed makes the same history.
 * Method: one or two edges before instances of one app in a small world; outcomes are counted by
 *         line and compared with what was made.
 */
#include "tests/unit/sim/traffic_story.h"

Test(traffic, comes_at_even_steps_when_it_is_constant)
{
    struct scenario_traffic line = line_of(ARRIVALS_CONSTANT, RATE(3), SEC(1));
    line.from_at_ns = SEC(2);
    line.until_at_ns = SEC(12);
    story_open(1, 1, &line, 1);
    story_run_for(SEC(2) - 1);
    cr_assert_eq(traffic_requests(traffic), 0);
    story_run_for(1);
    cr_assert_eq(traffic_requests(traffic), 1);
    story_run_for(NS_PER_SEC / 3 - 1); /* a third of a second, rounded down now and up later */
    cr_assert_eq(traffic_requests(traffic), 1);
    story_run_for(1);
    cr_assert_eq(traffic_requests(traffic), 2);
    story_run_for(MIN(1));
    cr_assert_eq(traffic_requests(traffic), 30, "none lost to rounding, none at the end itself");
    cr_assert_eq(outcomes[0][REQUEST_OK], 30);
    story_close();
}

Test(traffic, comes_by_chance_at_the_mean_rate_when_it_is_poisson)
{
    struct scenario_traffic line = line_of(ARRIVALS_POISSON, RATE(1000), SEC(1));
    line.until_at_ns = SEC(100);
    story_open(1, 4, &line, 1);
    uint32_t second_counts[100];
    uint64_t before = 0;
    for (uint32_t i = 0; i < 100; i++) {
        story_run_for(SEC(1));
        second_counts[i] = (uint32_t)(traffic_requests(traffic) - before);
        before = traffic_requests(traffic);
    }
    cr_assert(before > 99000 && before < 101000, "%u", (unsigned)before);
    double variance = 0;
    for (uint32_t i = 0; i < 100; i++) {
        const double off = (double)second_counts[i] - 1000.0;
        variance += off * off / 100.0;
    }
    cr_assert(variance > 700 && variance < 1400, "%f, expected as the mean", variance);
    story_close();
}

Test(traffic, follows_a_rate_that_is_set_while_it_runs)
{
    const struct scenario_traffic line = line_of(ARRIVALS_CONSTANT, RATE(10), SEC(1));
    story_open(1, 1, &line, 1);
    story_run_for(SEC(10));
    cr_assert_eq(traffic_requests(traffic), 101);
    traffic_set_rate(traffic, 0, RATE(100));
    story_run_for(SEC(1));
    cr_assert_eq(traffic_requests(traffic), 201);
    traffic_set_rate(traffic, 0, 0);
    story_run_for(SEC(10));
    cr_assert_eq(traffic_requests(traffic), 201);
    traffic_set_rate(traffic, 0, RATE(1));
    story_run_for(SEC(10));
    cr_assert_eq(traffic_requests(traffic), 211);
    story_close();
}

Test(traffic, keeps_a_rate_that_is_set_before_it_begins)
{
    struct scenario_traffic line = line_of(ARRIVALS_CONSTANT, RATE(10), SEC(1));
    line.from_at_ns = SEC(10);
    line.until_at_ns = SEC(20);
    story_open(1, 1, &line, 1);
    story_run_for(SEC(1));
    traffic_set_rate(traffic, 0, RATE(2));
    story_run_for(SEC(8));
    cr_assert_eq(traffic_requests(traffic), 0);
    story_run_for(SEC(20));
    cr_assert_eq(traffic_requests(traffic), 20);
    story_close();
}

Test(traffic, counts_a_client_that_stops_waiting_once)
{
    const struct scenario_traffic line = line_of(ARRIVALS_CONSTANT, RATE(10), MS(300));
    story_open(1, 1, &line, 1);
    bed.behavior.service_time.a_ns = SEC(2);
    story_run_for(MS(299));
    cr_assert_eq(outcomes_count, 0);
    story_run_for(MS(1));
    cr_assert_eq(outcomes[0][REQUEST_TIMEOUT], 1);
    cr_assert_eq(last.latency_ns, MS(300));
    story_run_for(MS(750));
    cr_assert_eq(outcomes[0][REQUEST_TIMEOUT], 8);
    cr_assert_eq(instance_open(&bed.instances[0]), 11, "the instance works on");
    story_close();
    cr_assert_eq(outcomes[0][REQUEST_TIMEOUT], outcomes_count);
}

Test(traffic, mixes_slow_and_fast_answers_without_losing_one)
{
    const struct scenario_traffic line = line_of(ARRIVALS_POISSON, RATE(2000), MS(50));
    story_open(1, 4, &line, 1);
    bed.behavior.service_time = (struct dist){ .kind = DIST_EXPONENTIAL, .a_ns = MS(30) };
    for (uint32_t i = 0; i < 200; i++) {
        story_run_for(MS(100));
        story_obeys_littles_law(0);
    }
    story_close();
    cr_assert(outcomes[0][REQUEST_OK] > 20000);
    cr_assert(outcomes[0][REQUEST_TIMEOUT] > 5000);
}

Test(traffic, has_an_outcome_for_everything_when_instances_and_edges_die)
{
    const struct scenario_traffic lines[2] = { line_of(ARRIVALS_POISSON, RATE(3000), MS(100)),
                                               line_of(ARRIVALS_CONSTANT, RATE(500), SEC(5)) };
    story_open(3, 5, lines, 2);
    bed.behavior.service_time = (struct dist){ .kind = DIST_EXPONENTIAL, .a_ns = MS(60) };
    bed.behavior.concurrency = 20;
    bed.behavior.queue_max = 50;
    story_run_for(SEC(2));
    instance_end(bed.world, &bed.instances[0]);
    story_run_for(SEC(2));
    test_world_set_cut(bed.world, 0, 2, true);
    story_run_for(SEC(4));
    story_obeys_littles_law(0);
    fake_proxy_power_off(bed.proxy);
    story_obeys_littles_law(0);
    story_obeys_littles_law(1);
    story_run_for(SEC(1));
    cr_assert(outcomes[0][REQUEST_NO_ROUTE] > 2500);
    fake_proxy_power_on(bed.proxy);
    cr_assert_eq(datapath_bed_apply(&bed, 1), ST_OK);
    story_run_for(SEC(2));
    for (uint32_t i = 1; i < 5; i++) {
        instance_end(bed.world, &bed.instances[i]);
    }
    story_run_for(SEC(1));
    story_close();
    static const enum request_outcome seen[] = { REQUEST_OK,    REQUEST_ERROR,   REQUEST_TIMEOUT,
                                                 REQUEST_RESET, REQUEST_REFUSED, REQUEST_NO_ROUTE };
    for (uint32_t i = 0; i < COUNT_OF(seen); i++) {
        cr_assert(outcomes[0][seen[i]] + outcomes[1][seen[i]] > 0, "outcome %d", (int)seen[i]);
    }
}

Test(traffic, uses_every_edge_that_listens)
{
    const struct scenario_traffic line = line_of(ARRIVALS_CONSTANT, RATE(1000), SEC(1));
    story_open(1, 1, &line, 1);
    struct fake_proxy *other = fake_proxy_open(bed.datapath, 40, true);
    struct fake_proxy_port port;
    fake_proxy_port_init(&port, other, bed.process);
    bed.behavior.service_time.a_ns = MS(900);
    bed.behavior.concurrency = 100000;
    story_run_for(MS(500));
    cr_assert_eq(fake_proxy_endpoint_open(other, 100), 0, "it has no routes yet");
    env_proxy_apply(&port.base, &bed.apply);
    story_run_for(SEC(2));
    const uint32_t first = fake_proxy_endpoint_open(bed.proxy, 100);
    const uint32_t second = fake_proxy_endpoint_open(other, 100);
    cr_assert_eq(first + second, 900);
    cr_assert(first > 400 && second > 400, "%u %u", first, second);
    fake_proxy_power_off(other);
    story_run_for(SEC(2));
    cr_assert_eq(fake_proxy_endpoint_open(bed.proxy, 100), 900);
    story_close();
}

Test(traffic, refuses_what_is_beyond_the_limit_of_requests)
{
    const struct scenario_traffic line = line_of(ARRIVALS_CONSTANT, RATE(200000), SEC(100));
    story_open(1, 1, &line, 1); /* the bed allows 100,000 at once */
    bed.behavior.service_time.a_ns = SEC(10);
    bed.behavior.concurrency = UINT32_MAX;
    story_run_for(SEC(1));
    cr_assert_eq(outcomes[0][REQUEST_REFUSED], 100001);
    story_close();
    cr_assert_eq(outcomes[0][REQUEST_OK], 100000);
}

static uint64_t
story_hash(uint64_t seed, int64_t service_ns, const char *policy)
{
    const struct scenario_traffic lines[2] = { line_of(ARRIVALS_POISSON, RATE(500), MS(80)),
                                               line_of(ARRIVALS_POISSON, RATE(300), MS(80)) };
    story_open(seed, 3, lines, 2);
    datapath_bed_set_policy(&bed, policy);
    cr_assert_eq(datapath_bed_apply(&bed, 2), ST_OK);
    bed.behavior.service_time.a_ns = service_ns;
    story_run_for(SEC(5));
    const uint64_t hash = traffic_hash(traffic);
    story_close();
    return hash;
}

Test(traffic, has_a_hash_that_only_its_history_decides)
{
    const uint64_t hash = story_hash(1, MS(20), "roundrobin");
    cr_assert_eq(story_hash(1, MS(20), "roundrobin"), hash);
    cr_assert_neq(story_hash(2, MS(20), "roundrobin"), hash);
    cr_assert_neq(story_hash(1, MS(21), "roundrobin"), hash);
    cr_assert_neq(story_hash(1, MS(20), "p2c"), hash, "where a request went is history too");
}

/*
 * tests/unit/balancer/test_edge_stats.c
 *
 * Goal:   an edge tells the master what the versions of a measured app have done, each second,
 *         whole each time, as long as it is measured and no longer.
 * Method: the edge process on the modelled proxy, with requests between its messages.
 */
#include "tests/unit/balancer/edge_bed.h"

static void
measure(uint64_t generation, uint64_t number)
{
    bed.service.measured = number;
    send_routes(1, generation);
    run_for(MS(100));
}

static void
request(uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        datapath_bed_request(&bed, SEC(1));
    }
}

Test(edge_stats, are_sent_each_second_once_there_was_a_request)
{
    story_open(4, NULL);
    bed.endpoints[3].newer = true;
    measure(1, 9);
    run_for(SEC(5));
    cr_assert_eq(stats_count, 0, "nothing to tell");
    request(8);
    run_for(SEC(3));
    cr_assert_eq(stats_count, 3);
    cr_assert_eq(last_stats.deployment, 9);
    cr_assert_eq(last_stats.sequence, 3);
    cr_assert_eq(last_stats.node, 0);
    cr_assert_eq(last_stats.incarnation, reports[0].incarnation);
    cr_assert_eq(last_stats.requests[0], 6);
    cr_assert_eq(last_stats.requests[1], 2);
    cr_assert_eq(last_latencies[0].count, 6);
    cr_assert_eq(last_latencies[1].count, 2);
    request(4);
    run_for(SEC(2));
    cr_assert_eq(last_stats.requests[0], 9, "all since the beginning, not since the last");
    story_close();
}

Test(edge_stats, end_with_the_measuring)
{
    story_open(2, NULL);
    measure(1, 9);
    request(2);
    run_for(SEC(2));
    cr_assert_eq(stats_count, 2);
    measure(2, 0);
    request(2);
    run_for(SEC(5));
    cr_assert_eq(stats_count, 2);
    measure(3, 10);
    request(2);
    run_for(SEC(2));
    cr_assert_eq(last_stats.deployment, 10);
    cr_assert_eq(last_stats.requests[0], 2);
    cr_assert_eq(last_stats.sequence, stats_count, "one sequence for all that it measures");
    story_close();
}

Test(edge_stats, wait_for_a_proxy_that_does_not_answer)
{
    story_open(1, &(struct fake_proxy_options){ .open_fail_ppm = 500000 });
    measure(1, 9);
    request(3);
    run_for(SEC(20));
    cr_assert(stats_count > 3 && stats_count < 18, "%u of some 20", stats_count);
    cr_assert_eq(last_stats.requests[0], 3);
    story_close();
}

Test(edge_stats, go_on_with_the_next_life_of_the_edge)
{
    story_open(1, NULL);
    measure(1, 9);
    request(3);
    run_for(SEC(2));
    const uint64_t incarnation = last_stats.incarnation;
    test_world_process_die(bed.world, bed.process);
    edge_process.close(edge);
    request(2);
    run_for(MS(500));
    test_world_process(bed.world, env_address_of(ENV_PROCESS_EDGE, 0), 0);
    edge_begin();
    send_routes(1, 1);
    run_for(SEC(2));
    cr_assert_gt(last_stats.incarnation, incarnation);
    cr_assert_eq(last_stats.requests[0], 5, "the proxy has gone on");
    cr_assert(last_stats.sequence <= 2);
    story_close();
}

Test(edge_stats, die_at_any_instant_without_a_trace)
{
    for (uint32_t steps = 0; steps < 60; steps++) {
        story_open(2, NULL);
        bed.service.measured = 9;
        send_routes(1, 1);
        request(2);
        run_for(MS(999));
        for (uint32_t i = 0; i < steps; i++) {
            test_world_step(bed.world);
        }
        bed.service.measured = steps % 2;
        send_routes(1, 2);
        test_world_process_die(bed.world, bed.process);
        edge_process.close(edge);
        test_world_run_until(bed.world, bed.world->now_ns + SEC(2));
        datapath_bed_close(&bed);
    }
}

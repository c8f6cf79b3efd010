/*
 * tests/unit/fakes/test_proxy_eject.c
 *
 * Goal:   a server that fails again and again is left alone, for longer each time, gets one request
 *         before it is back, and a service whose servers all fail is still asked.
 * Method: one edge, instances that answer errors as long as the test wants them to.
 */
#include <criterion/criterion.h>

#include "tests/unit/fakes/datapath_bed.h"

static struct bed bed;

static void
bed_begin(uint32_t instances)
{
    datapath_bed_open(&bed, 3, instances, NULL);
    bed.service.resilience = (struct env_resilience){ .eject_failures = 3,
                                                      .eject_ns = SEC(5),
                                                      .eject_max_ns = SEC(12) };
    cr_assert_eq(datapath_bed_apply(&bed, 1), ST_OK);
}

/* Requests one after another; how many of them the instance got. */
static uint64_t
sent_to(uint32_t index, uint32_t requests)
{
    cr_assert_eq(datapath_bed_ask_stats(&bed), ST_OK);
    const uint64_t before = bed.stats[index].requests;
    for (uint32_t i = 0; i < requests; i++) {
        datapath_bed_request(&bed, SEC(1));
        datapath_bed_wait(&bed, MS(6));
    }
    cr_assert_eq(datapath_bed_ask_stats(&bed), ST_OK);
    return bed.stats[index].requests - before;
}

static int64_t
seconds_until_probed(uint32_t index)
{
    const int64_t from_ns = bed.world->now_ns;
    while (sent_to(index, 2) == 0) {
        cr_assert(bed.world->now_ns < from_ns + MIN(1));
    }
    return (bed.world->now_ns - from_ns) / NS_PER_SEC;
}

Test(proxy_eject, takes_a_server_out_after_so_many_failures_in_a_row)
{
    bed_begin(2);
    datapath_bed_own_behavior(&bed, 0)->errors_ppm = PPM;
    cr_assert_eq(sent_to(0, 4), 2);
    bed.own[0].errors_ppm = 0;
    cr_assert_eq(sent_to(0, 2), 1, "a success in between");
    bed.own[0].errors_ppm = PPM;
    cr_assert_eq(sent_to(0, 20), 3, "three in a row");
    cr_assert_not(bed.stats[0].up);
    cr_assert(bed.stats[1].up);
    cr_assert_eq(sent_to(1, 10), 10);
    datapath_bed_ends_conserved(&bed);
}

Test(proxy_eject, sends_one_request_to_try_and_all_when_that_is_answered)
{
    bed_begin(2);
    struct behavior *broken = datapath_bed_own_behavior(&bed, 0);
    broken->errors_ppm = PPM;
    cr_assert_eq(sent_to(0, 6), 3);
    datapath_bed_wait(&bed, SEC(5));
    broken->errors_ppm = 0;
    broken->service_time.a_ns = MS(200);
    cr_assert_eq(instance_open(&bed.instances[0]), 0);
    for (uint32_t i = 0; i < 10; i++) {
        datapath_bed_request(&bed, SEC(1));
        cr_assert(instance_open(&bed.instances[0]) <= 1, "one at a time");
    }
    cr_assert_eq(instance_open(&bed.instances[0]), 1);
    datapath_bed_wait(&bed, MS(201));
    for (uint32_t i = 0; i < 10; i++) {
        datapath_bed_request(&bed, SEC(1));
    }
    cr_assert_eq(instance_open(&bed.instances[0]), 5);
    datapath_bed_ends_conserved(&bed);
}

Test(proxy_eject, stays_away_for_longer_each_time_up_to_the_maximum)
{
    bed_begin(2);
    datapath_bed_own_behavior(&bed, 0)->errors_ppm = PPM;
    cr_assert_eq(sent_to(0, 6), 3);
    const int64_t first = seconds_until_probed(0);
    const int64_t second = seconds_until_probed(0);
    const int64_t third = seconds_until_probed(0);
    const int64_t fourth = seconds_until_probed(0);
    cr_assert(first >= 4 && first <= 5, "%d", (int)first);
    cr_assert(second >= 5 && second <= 10, "%d", (int)second);
    cr_assert(third >= 10 && third <= 12, "%d", (int)third);
    cr_assert(fourth >= 11 && fourth <= 12, "%d", (int)fourth);
    bed.own[0].errors_ppm = 0;
    (void)seconds_until_probed(0);
    cr_assert_eq(sent_to(0, 10), 5, "it is back");
    bed.own[0].errors_ppm = PPM;
    cr_assert_eq(sent_to(0, 10), 3);
    const int64_t again = seconds_until_probed(0);
    cr_assert(again >= 4 && again <= 5, "the first length again: %d", (int)again);
    datapath_bed_ends_conserved(&bed);
}

Test(proxy_eject, asks_all_servers_when_every_one_is_out)
{
    bed_begin(2);
    bed.behavior.errors_ppm = PPM;
    cr_assert_eq(sent_to(0, 6), 3);
    cr_assert_eq(sent_to(0, 10), 5, "both are out: as if none were");
    cr_assert_eq(bed.outcomes[REQUEST_NO_SERVER], 0);
    bed.behavior.errors_ppm = 0;
    datapath_bed_wait(&bed, SEC(6));
    cr_assert_eq(sent_to(0, 10), 5);
    cr_assert_eq(bed.outcomes[REQUEST_OK], 10);
    datapath_bed_ends_conserved(&bed);
}

Test(proxy_eject, counts_refusals_and_timeouts_as_failures)
{
    datapath_bed_open(&bed, 3, 3, NULL);
    bed.service.resilience = (struct env_resilience){ .eject_failures = 2,
                                                      .eject_ns = SEC(5),
                                                      .attempt_timeout_ns = MS(3),
                                                      .retries = 2 };
    bed.behavior.service_time.a_ns = MS(1);
    datapath_bed_own_behavior(&bed, 1)->service_time.a_ns = MS(20);
    cr_assert_eq(datapath_bed_apply(&bed, 1), ST_OK);
    instance_end(bed.world, &bed.instances[0]);
    for (uint32_t i = 0; i < 30; i++) {
        datapath_bed_request(&bed, SEC(1));
        datapath_bed_wait(&bed, MS(30));
    }
    cr_assert_eq(datapath_bed_ask_stats(&bed), ST_OK);
    cr_assert_eq(bed.stats[0].failures, 2);
    cr_assert_eq(bed.stats[1].failures, 2);
    cr_assert_eq(bed.outcomes[REQUEST_OK], 30);
    datapath_bed_ends_conserved(&bed);
}

Test(proxy_eject, outlives_generations_and_ends_with_its_server)
{
    bed_begin(2);
    datapath_bed_own_behavior(&bed, 0)->errors_ppm = PPM;
    cr_assert_eq(sent_to(0, 6), 3);
    cr_assert_eq(datapath_bed_apply(&bed, 2), ST_OK);
    cr_assert_eq(sent_to(0, 10), 0);
    bed.service.endpoints = bed.endpoints;
    const struct env_endpoint first = bed.endpoints[0];
    bed.endpoints[0] = bed.endpoints[1];
    bed.endpoints_count = 1; /* it is named no more... */
    cr_assert_eq(datapath_bed_apply(&bed, 3), ST_OK);
    bed.endpoints[1] = first;
    bed.endpoints_count = 2; /* ...and then again: it begins anew */
    cr_assert_eq(datapath_bed_apply(&bed, 4), ST_OK);
    cr_assert_eq(sent_to(0, 10), 3);
    datapath_bed_ends_conserved(&bed);
}

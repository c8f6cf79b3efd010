/*
 * tests/unit/fakes/test_fake_proxy.c
 *
 * Goal:   the modelled proxy keeps the words of platform/env/proxy.h, and does with a request what
 *         HAProxy does: pick, retry elsewhere, wait for a connection, take servers out by its
 *         checks.
 * Method: one edge and a few instances in a small world; nodes are cut off and instances ended
 *         between requests. In the end as many outcomes as requests, and none left.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "platform/balancer/policy.h"
#include "tests/unit/fakes/datapath_bed.h"

static struct bed bed;

static void
bed_ends_conserved(void)
{
    test_world_run_until(bed.world, bed.world->now_ns + MIN(1));
    cr_assert_eq(bed.ended, bed.sent);
    cr_assert_eq(fake_datapath_requests_open(bed.datapath), 0);
    datapath_bed_close(&bed);
}

Test(fake_proxy, takes_effect_when_it_answers_and_not_before)
{
    datapath_bed_open(&bed, 1, 2, NULL);
    datapath_bed_request(&bed, SEC(1));
    cr_assert_eq(bed.last_outcome, REQUEST_NO_ROUTE);
    cr_assert_eq(datapath_bed_apply(&bed, 1), ST_OK);
    cr_assert(bed.world->now_ns >= FAKE_PROXY_APPLY_NS_MIN);
    cr_assert(bed.world->now_ns <= FAKE_PROXY_APPLY_NS_MAX);
    cr_assert_eq(fake_proxy_generation(bed.proxy), 1);
    datapath_bed_request(&bed, SEC(1));
    cr_assert_eq(bed.ended, 1);
    bed_ends_conserved();
}

Test(fake_proxy, refuses_an_older_generation_and_repeats_the_same)
{
    datapath_bed_open(&bed, 1, 1, NULL);
    cr_assert_eq(datapath_bed_apply(&bed, 5), ST_OK);
    cr_assert_eq(datapath_bed_apply(&bed, 4), ST_STALE);
    cr_assert_eq(fake_proxy_generation(bed.proxy), 5);
    cr_assert_eq(datapath_bed_apply(&bed, 5), ST_OK);
    bed_ends_conserved();
}

Test(fake_proxy, leaves_out_a_service_that_it_cannot_do_and_serves_the_others)
{
    datapath_bed_open(&bed, 1, 1, NULL);
    struct env_service services[2] = { bed.service, bed.service };
    static const struct env_endpoint bad = { .id = 9, .weight = 0 };
    services[0].name = "bad_1";
    services[0].vhosts = "bad.example.com";
    services[0].endpoints = &bad;
    services[0].endpoints_count = 1;
    services[1].endpoints = bed.endpoints;
    services[1].endpoints_count = 1;
    bed.apply.generation = 1;
    bed.apply.services = services;
    bed.apply.services_count = 2;
    env_proxy_apply(&bed.port.base, &bed.apply);
    test_world_run(bed.world, 10);
    cr_assert_eq(bed.applied_count, 1);
    cr_assert_eq(bed.apply.op.status, ST_INVALID);
    cr_assert_not_null(strstr(bed.port.error.text, "bad_1"));
    datapath_bed_request(&bed, SEC(1));
    bed_ends_conserved();
    cr_assert_eq(bed.outcomes[REQUEST_OK], 1);
}

Test(fake_proxy, spreads_requests_by_the_policy)
{
    datapath_bed_open(&bed, 1, 3, NULL);
    bed.endpoints[0].weight = 2;
    cr_assert_eq(datapath_bed_apply(&bed, 1), ST_OK);
    for (uint32_t i = 0; i < 40; i++) {
        datapath_bed_request(&bed, SEC(1));
    }
    cr_assert_eq(instance_open(&bed.instances[0]), 20);
    cr_assert_eq(instance_open(&bed.instances[1]), 10);
    cr_assert_eq(datapath_bed_ask_open(&bed, 0), 20);
    bed_ends_conserved();
}

Test(fake_proxy, lets_open_requests_of_a_draining_endpoint_finish)
{
    datapath_bed_open(&bed, 1, 2, NULL);
    bed.behavior.service_time.a_ns = MS(200);
    cr_assert_eq(datapath_bed_apply(&bed, 1), ST_OK);
    datapath_bed_request(&bed, SEC(1));
    datapath_bed_request(&bed, SEC(1));
    bed.endpoints[0].draining = true;
    cr_assert_eq(datapath_bed_apply(&bed, 2), ST_OK);
    cr_assert_eq(datapath_bed_ask_open(&bed, 0), 1);
    for (uint32_t i = 0; i < 10; i++) {
        datapath_bed_request(&bed, SEC(1));
    }
    cr_assert_eq(instance_open(&bed.instances[0]), 1);
    cr_assert_eq(instance_open(&bed.instances[1]), 11);
    test_world_run_until(bed.world, bed.world->now_ns + SEC(1));
    cr_assert_eq(datapath_bed_ask_open(&bed, 0), 0);
    bed_ends_conserved();
    cr_assert_eq(bed.outcomes[REQUEST_OK], 12);
}

Test(fake_proxy, knows_an_endpoint_until_its_last_request_is_done)
{
    datapath_bed_open(&bed, 1, 2, NULL);
    bed.behavior.service_time.a_ns = MS(200);
    cr_assert_eq(datapath_bed_apply(&bed, 1), ST_OK);
    datapath_bed_request(&bed, SEC(1));
    datapath_bed_request(&bed, SEC(1));
    bed.endpoints_count = 1; /* the second is named no more */
    cr_assert_eq(datapath_bed_apply(&bed, 2), ST_OK);
    cr_assert_eq(datapath_bed_ask_open(&bed, 1), 1);
    datapath_bed_request(&bed, SEC(1));
    cr_assert_eq(instance_open(&bed.instances[1]), 1);
    test_world_run_until(bed.world, bed.world->now_ns + SEC(1));
    cr_assert_eq(datapath_bed_ask_open(&bed, 1), UINT32_MAX);
    cr_assert_eq(datapath_bed_ask_open(&bed, 0), 0);
    bed_ends_conserved();
}

Test(fake_proxy, keeps_counts_when_servers_change_places)
{
    datapath_bed_open(&bed, 1, 4, NULL);
    bed.behavior.service_time.a_ns = SEC(1);
    cr_assert_eq(datapath_bed_apply(&bed, 1), ST_OK);
    for (uint32_t i = 0; i < 9; i++) {
        datapath_bed_request(&bed, SEC(5)); /* 3 2 2 2 */
    }
    for (uint32_t i = 0; i < 2; i++) {
        const struct env_endpoint swapped = bed.endpoints[i];
        bed.endpoints[i] = bed.endpoints[3 - i];
        bed.endpoints[3 - i] = swapped;
    }
    datapath_bed_set_policy(&bed, "leastconn");
    cr_assert_eq(datapath_bed_apply(&bed, 2), ST_OK);
    cr_assert_eq(datapath_bed_ask_open(&bed, 0), 3);
    for (uint32_t i = 0; i < 3; i++) {
        datapath_bed_request(&bed, SEC(5));
    }
    for (uint32_t i = 0; i < 4; i++) {
        cr_assert_eq(datapath_bed_ask_open(&bed, i), 3, "instance %u", i);
    }
    bed_ends_conserved();
}

Test(fake_proxy, has_nobody_to_send_to_when_all_drain)
{
    datapath_bed_open(&bed, 1, 1, NULL);
    bed.endpoints[0].draining = true;
    cr_assert_eq(datapath_bed_apply(&bed, 1), ST_OK);
    datapath_bed_request(&bed, SEC(1));
    cr_assert_eq(bed.last_outcome, REQUEST_NO_SERVER);
    bed_ends_conserved();
}

Test(fake_proxy, tries_another_server_when_one_refuses)
{
    datapath_bed_open(&bed, 1, 3, NULL);
    cr_assert_eq(datapath_bed_apply(&bed, 1), ST_OK);
    instance_end(bed.world, &bed.instances[0]);
    for (uint32_t i = 0; i < 30; i++) {
        datapath_bed_request(&bed, SEC(1));
    }
    bed_ends_conserved();
    cr_assert_eq(bed.outcomes[REQUEST_OK], 30);
}

Test(fake_proxy, gives_up_after_three_retries)
{
    datapath_bed_open(&bed, 1, 6, NULL);
    cr_assert_eq(datapath_bed_apply(&bed, 1), ST_OK);
    for (uint32_t i = 0; i < 4; i++) {
        instance_end(bed.world, &bed.instances[i]);
    }
    datapath_bed_request(&bed, SEC(1)); /* round robin: 0 1 2 3 refuse */
    cr_assert_eq(bed.last_outcome, REQUEST_REFUSED);
    datapath_bed_request(&bed, SEC(1));
    cr_assert_eq(instance_open(&bed.instances[4]), 1);
    bed_ends_conserved();
}

Test(fake_proxy, waits_for_a_connection_and_then_goes_elsewhere)
{
    datapath_bed_open(&bed, 1, 2, NULL);
    cr_assert_eq(datapath_bed_apply(&bed, 1), ST_OK);
    test_world_set_cut(bed.world, 0, 1, true);
    datapath_bed_request(&bed, SEC(10));
    cr_assert_eq(datapath_bed_ask_open(&bed, 0), 1, "a connection that is tried counts");
    bed_ends_conserved();
    cr_assert_eq(bed.last_outcome, REQUEST_OK);
    cr_assert_eq(bed.last_latency_ns,
                 FAKE_PROXY_CONNECT_TIMEOUT_NS + MS(5) + 2 * FAKE_PROXY_HOP_NS);
}

Test(fake_proxy, stops_trying_when_the_client_has_left)
{
    datapath_bed_open(&bed, 1, 2, NULL);
    cr_assert_eq(datapath_bed_apply(&bed, 1), ST_OK);
    test_world_set_cut(bed.world, 0, 1, true);
    const uint32_t index = datapath_bed_request(&bed, SEC(1));
    world_request_at(bed.world, index)->client_gone = true; /* as sim/traffic does */
    test_world_run_until(bed.world, bed.world->now_ns + MIN(1));
    cr_assert_eq(bed.ended, 0);
    cr_assert_eq(instance_open(&bed.instances[1]), 0);
    cr_assert_eq(fake_datapath_requests_open(bed.datapath), 0);
    datapath_bed_close(&bed);
}

Test(fake_proxy, counts_an_answer_that_comes_after_the_deadline_as_a_timeout)
{
    datapath_bed_open(&bed, 1, 1, NULL);
    cr_assert_eq(datapath_bed_apply(&bed, 1), ST_OK);
    datapath_bed_request(&bed, MS(5) + US(100)); /* the answer is on its way then */
    bed_ends_conserved();
    cr_assert_eq(bed.last_outcome, REQUEST_TIMEOUT);
    cr_assert_eq(bed.last_latency_ns, MS(5) + US(100));
}

/*
 * tests/unit/balancer/test_edge.c
 *
 * Goal:   the edge brings the newest generation into force, says so, and never says that an
 *         endpoint is quiet before it is.
 * Method: the process on the modelled proxy of a small world, with a clock, a net and a journal
 *         that only note what they are given; the test plays the master.
 */
#include "tests/unit/balancer/edge_bed.h"

Test(edge, reports_at_its_start_and_as_a_heartbeat)
{
    story_open(1, NULL);
    cr_assert_eq(reports_count, 1);
    cr_assert_eq(last_report()->generation, 0);
    cr_assert_eq(last_report()->incarnation, SEC(1));
    run_for(SEC(12));
    cr_assert_eq(reports_count, 3);
    story_close();
}

Test(edge, brings_a_generation_into_force_and_says_so)
{
    story_open(2, NULL);
    send_routes(1, 1);
    cr_assert_eq(reports_count, 1, "not before it is true");
    run_for(MS(50));
    cr_assert_eq(fake_proxy_generation(bed.proxy), 1);
    cr_assert_eq(last_report()->generation, 1);
    cr_assert_eq(last_report()->ids_count, 0);
    cr_assert_eq(reports_count, 2);
    story_close();
}

Test(edge, applies_only_the_newest_of_those_that_came_meanwhile)
{
    story_open(1, NULL);
    for (uint64_t generation = 1; generation <= 9; generation++) {
        send_routes(1, generation);
    }
    send_routes(1, 4); /* late */
    run_for(MS(100));
    cr_assert_eq(fake_proxy_generation(bed.proxy), 9);
    uint32_t applies = 0;
    for (uint32_t i = 0; i < bed.world->calls.count; i++) {
        const struct test_call *call = vec_at(&bed.world->calls, i);
        applies += strcmp(call->op, "proxy.apply") == 0 && !call->is_answer;
    }
    cr_assert_eq(applies, 2);
    cr_assert_eq(last_report()->generation, 9);
    story_close();
}

Test(edge, drops_what_an_older_master_sends)
{
    story_open(1, NULL);
    send_routes(3, 5);
    run_for(MS(100));
    send_routes(2, 6);
    run_for(MS(100));
    cr_assert_eq(fake_proxy_generation(bed.proxy), 5);
    send_routes(3, 6);
    run_for(MS(100));
    cr_assert_eq(fake_proxy_generation(bed.proxy), 6);
    story_close();
}

Test(edge, answers_a_repetition_with_a_report)
{
    story_open(1, NULL);
    send_routes(1, 1);
    run_for(MS(100));
    const uint32_t before = reports_count;
    send_routes(1, 1);
    cr_assert_eq(reports_count, before + 1);
    cr_assert_eq(last_report()->generation, 1);
    story_close();
}

Test(edge, holds_a_draining_endpoint_open_until_its_last_request_is_done)
{
    story_open(3, NULL);
    bed.behavior.service_time.a_ns = MS(700);
    send_routes(1, 1);
    run_for(MS(100));
    for (uint32_t i = 0; i < 3; i++) {
        datapath_bed_request(&bed, SEC(5));
    }
    const int64_t sent_ns = bed.world->now_ns;
    bed.endpoints[0].draining = true;
    bed.endpoints[2].draining = true;
    instance_end(bed.world, &bed.instances[2]); /* has no request any more */
    send_routes(1, 2);
    run_for(MS(25));
    cr_assert_eq(reports[2].generation, 2);
    cr_assert_eq(reports[2].ids_count, 2, "nothing is promised before the proxy was asked");
    cr_assert(reports[2].ids[0] == 100 && reports[2].ids[1] == 102);
    run_for(MS(25));
    cr_assert_eq(last_report()->ids_count, 1);
    cr_assert_eq(last_report()->ids[0], 100);
    test_world_run_until(bed.world, sent_ns + MS(699));
    cr_assert_eq(last_report()->ids_count, 1);
    run_for(MS(150));
    cr_assert_eq(last_report()->ids_count, 0);
    cr_assert_eq(last_report()->generation, 2);
    const uint32_t calls = bed.world->calls.count;
    run_for(SEC(60));
    cr_assert_eq(bed.world->calls.count, calls, "nobody is asked any more");
    story_close();
}

Test(edge, asks_about_many_draining_endpoints_in_turns)
{
    story_open(16, NULL);
    bed.behavior.service_time.a_ns = SEC(30);
    struct env_endpoint endpoints[50];
    memcpy(endpoints, bed.endpoints, 16 * sizeof endpoints[0]);
    for (uint32_t i = 16; i < 50; i++) {
        endpoints[i] = endpoints[0];
        endpoints[i].id = 100 + i;
    }
    send_routes(1, 1);
    run_for(MS(100));
    for (uint32_t i = 0; i < 3; i++) {
        datapath_bed_request(&bed, MIN(5));
    }
    struct strbuf bytes = { 0 };
    for (uint32_t i = 0; i < 50; i++) {
        endpoints[i].draining = true;
    }
    bed.service.endpoints = endpoints;
    bed.service.endpoints_count = 50;
    routes_encode(&(struct routes){ .services = &bed.service, .services_count = 1 }, &bytes);
    send_bytes(1, 2, bytes.text, bytes.len);
    strbuf_fini(&bytes);
    run_for(MS(100));
    cr_assert_eq(last_report()->ids_count, 3);
    run_for(SEC(31));
    cr_assert_eq(last_report()->ids_count, 0);
    story_close();
}

Test(edge, tries_again_when_the_proxy_does_not_answer)
{
    static const struct fake_proxy_options options = { .apply_fail_nth = 1 };
    story_open(1, &options);
    send_routes(1, 1);
    run_for(MS(100));
    cr_assert_eq(last_report()->generation, 0);
    cr_assert_eq(warnings_count, 1);
    run_for(SEC(2));
    cr_assert_eq(last_report()->generation, 1);
    story_close();
}

Test(edge, takes_a_newer_generation_at_once_after_a_failure)
{
    static const struct fake_proxy_options options = { .apply_fail_nth = 1 };
    story_open(1, &options);
    send_routes(1, 1);
    send_routes(1, 2);
    run_for(MS(100));
    cr_assert_eq(last_report()->generation, 2);
    story_close();
}

Test(edge, asks_again_when_the_proxy_does_not_say_what_is_open)
{
    static const struct fake_proxy_options options = { .open_fail_ppm = 500000 };
    story_open(1, &options);
    bed.endpoints[0].draining = true;
    send_routes(1, 1);
    run_for(SEC(5));
    cr_assert_eq(last_report()->ids_count, 0);
    story_close();
}

Test(edge, warns_of_bytes_that_are_no_routes_and_goes_on)
{
    story_open(1, NULL);
    send_bytes(1, 1, "rubbish", 7);
    run_for(MS(100));
    cr_assert_eq(warnings_count, 1);
    cr_assert_not_null(strstr(last_warning, "generation 1"));
    cr_assert_eq(last_report()->generation, 0);
    send_routes(1, 2);
    run_for(MS(100));
    cr_assert_eq(last_report()->generation, 2);
    story_close();
}

/* A proxy that cannot do one of the services, or knows a newer generation. */
static enum status picky_status;

static void
picky_answer(struct world *world, void *context, uint64_t argument)
{
    (void)world;
    (void)argument;
    struct env_proxy_apply *apply = context;
    env_op_complete(&apply->op, picky_status, "service web_10000: no such policy");
}

static void
picky_apply(struct env_proxy *proxy, struct env_proxy_apply *apply)
{
    (void)proxy;
    world_at(bed.world, bed.world->now_ns + MS(1), WORLD_CLASS_ANSWER, bed.process, picky_answer,
             apply, 0);
}

static const struct env_proxy_ops picky_ops = { .name = "picky", .apply = picky_apply };
static struct env_proxy picky_proxy = { &picky_ops };

Test(edge, has_a_generation_in_force_of_which_one_service_is_left_out)
{
    picky_status = ST_INVALID;
    story_open(1, NULL);
    env.proxy = &picky_proxy;
    send_routes(1, 1);
    run_for(MS(10));
    cr_assert_eq(last_report()->generation, 1);
    cr_assert_eq(warnings_count, 1);
    cr_assert_not_null(strstr(last_warning, "web_10000"));
    run_for(SEC(3));
    cr_assert_eq(warnings_count, 1, "it is not tried again");
    story_close();
}

Test(edge, waits_for_a_newer_generation_when_its_own_is_stale)
{
    picky_status = ST_STALE;
    story_open(1, NULL);
    env.proxy = &picky_proxy;
    send_routes(1, 1);
    run_for(SEC(3));
    cr_assert_eq(last_report()->generation, 0);
    cr_assert_eq(warnings_count, 1);
    picky_status = ST_OK;
    send_routes(1, 2);
    run_for(MS(10));
    cr_assert_eq(last_report()->generation, 2);
    story_close();
}

Test(edge, starts_again_beside_a_proxy_that_went_on)
{
    story_open(2, NULL);
    bed.behavior.service_time.a_ns = SEC(2);
    send_routes(1, 1);
    run_for(MS(100));
    datapath_bed_request(&bed, SEC(5));
    bed.endpoints[0].draining = true;
    send_routes(1, 2);
    run_for(MS(100));
    test_world_process_die(bed.world, bed.process);
    edge_process.close(edge);
    run_for(MS(500));
    test_world_process(bed.world, env_address_of(ENV_PROCESS_EDGE, 0), 0);
    edge_begin();
    cr_assert_eq(last_report()->generation, 0);
    cr_assert_eq(last_report()->ids_count, 0);
    send_routes(1, 2);
    run_for(MS(100));
    cr_assert_eq(last_report()->generation, 2);
    cr_assert_eq(last_report()->ids_count, 1, "its request is still open");
    run_for(SEC(3));
    cr_assert_eq(last_report()->ids_count, 0);
    cr_assert_eq(bed.outcomes[REQUEST_OK], 1);
    story_close();
}

Test(edge, dies_at_any_instant_without_a_trace)
{
    for (uint32_t steps = 0; steps < 40; steps++) {
        story_open(2, NULL);
        bed.endpoints[0].draining = true;
        send_routes(1, 1);
        for (uint32_t i = 0; i < steps; i++) {
            test_world_step(bed.world);
        }
        send_routes(1, 2);
        test_world_process_die(bed.world, bed.process);
        edge_process.close(edge);
        test_world_run_until(bed.world, bed.world->now_ns + SEC(1));
        datapath_bed_close(&bed);
    }
}

/*
 * tests/unit/fakes/test_fake_proxy_checks.c
 *
 * Goal:   the modelled proxy takes servers out and in by its checks, and forgets and remembers as
 *         HAProxy does when machines and connections fail.
 * Method: as in test_fake_proxy.c: one edge, a few instances, and as many outcomes as requests.
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

Test(fake_proxy, takes_a_server_out_by_its_checks_and_back_after_two_successes)
{
    datapath_bed_open(&bed, 1, 2, NULL);
    bed.service.check_interval_ns = SEC(2);
    bed.service.check_fall = 3;
    cr_assert_eq(datapath_bed_apply(&bed, 1), ST_OK);
    const int64_t start_ns = bed.world->now_ns;
    test_world_run_until(bed.world, start_ns + SEC(5)); /* two successes */
    instance_end(bed.world, &bed.instances[0]);
    test_world_run_until(bed.world, start_ns + SEC(9)); /* two failures: still in */
    datapath_bed_request(&bed, SEC(1));
    datapath_bed_request(&bed, SEC(1));
    cr_assert_eq(datapath_bed_ask_open(&bed, 1), 2, "one was sent on after a refusal");
    test_world_run_until(bed.world, start_ns + SEC(11)); /* the third */
    datapath_bed_instance_start(&bed, 0);
    datapath_bed_request(&bed, SEC(1));
    datapath_bed_request(&bed, SEC(1));
    cr_assert_eq(instance_open(&bed.instances[0]), 0);
    test_world_run_until(bed.world, start_ns + SEC(13)); /* one success is not enough */
    datapath_bed_request(&bed, SEC(1));
    datapath_bed_request(&bed, SEC(1));
    cr_assert_eq(instance_open(&bed.instances[0]), 0);
    test_world_run_until(bed.world, start_ns + SEC(15));
    datapath_bed_request(&bed, SEC(1));
    datapath_bed_request(&bed, SEC(1));
    cr_assert_eq(instance_open(&bed.instances[0]), 1);
    bed_ends_conserved();
    cr_assert_eq(bed.outcomes[REQUEST_OK], bed.sent);
}

Test(fake_proxy, takes_a_new_server_out_at_its_first_failed_check)
{
    datapath_bed_open(&bed, 1, 1, NULL);
    bed.service.check_interval_ns = SEC(2);
    bed.service.check_fall = 3;
    instance_end(bed.world, &bed.instances[0]);
    cr_assert_eq(datapath_bed_apply(&bed, 1), ST_OK);
    test_world_run_until(bed.world, bed.world->now_ns + SEC(2));
    datapath_bed_request(&bed, SEC(1));
    cr_assert_eq(bed.last_outcome, REQUEST_NO_SERVER);
    bed_ends_conserved();
}

Test(fake_proxy, goes_on_checking_when_generations_come_faster_than_checks)
{
    datapath_bed_open(&bed, 1, 1, NULL);
    bed.service.check_interval_ns = SEC(2);
    bed.service.check_fall = 1;
    for (uint64_t generation = 1; generation <= 30; generation++) {
        cr_assert_eq(datapath_bed_apply(&bed, generation), ST_OK);
        test_world_run_until(bed.world, (int64_t)generation * MS(200));
        if (generation == 10) {
            instance_end(bed.world, &bed.instances[0]);
        }
    }
    datapath_bed_request(&bed, SEC(1));
    cr_assert_eq(bed.last_outcome, REQUEST_NO_SERVER);
    bed_ends_conserved();
}

Test(fake_proxy, resets_its_requests_and_forgets_everything_without_power)
{
    datapath_bed_open(&bed, 1, 2, NULL);
    cr_assert_eq(datapath_bed_apply(&bed, 1), ST_OK);
    test_world_set_cut(bed.world, 0, 1, true);
    datapath_bed_request(&bed, SEC(10)); /* connecting */
    datapath_bed_request(&bed, SEC(10)); /* served */
    const uint32_t tired = datapath_bed_request(&bed, SEC(10));
    world_request_at(bed.world, tired)->client_gone = true;
    bed.ended++; /* that one was counted by its client */
    fake_proxy_power_off(bed.proxy);
    cr_assert_eq(bed.outcomes[REQUEST_RESET], 2);
    cr_assert_eq(instance_open(&bed.instances[1]), 1, "the instance works on");
    cr_assert_eq(fake_proxy_generation(bed.proxy), 0);
    struct rng rng = { .key = 1 };
    cr_assert_null(fake_datapath_pick_edge(bed.datapath, &rng));
    fake_proxy_power_on(bed.proxy);
    cr_assert_null(fake_datapath_pick_edge(bed.datapath, &rng), "not before it is configured");
    cr_assert_eq(datapath_bed_apply(&bed, 1), ST_OK);
    cr_assert_eq(fake_datapath_pick_edge(bed.datapath, &rng), bed.proxy);
    cr_assert_eq(datapath_bed_ask_open(&bed, 1), 0);
    bed_ends_conserved();
}

Test(fake_proxy, drops_a_generation_that_power_overtakes)
{
    datapath_bed_open(&bed, 1, 1, NULL);
    bed.service.endpoints = bed.endpoints;
    bed.service.endpoints_count = 1;
    bed.apply.generation = 7;
    bed.apply.services = &bed.service;
    bed.apply.services_count = 1;
    env_proxy_apply(&bed.port.base, &bed.apply);
    test_world_process_die(bed.world, bed.process);
    fake_proxy_power_off(bed.proxy);
    fake_proxy_power_on(bed.proxy);
    test_world_process(bed.world, env_address_of(ENV_PROCESS_EDGE, 0), 0);
    bed.apply.op.phase = ENV_OP_IDLE;
    cr_assert_eq(datapath_bed_apply(&bed, 3), ST_OK, "nothing newer is remembered");
    test_world_run_until(bed.world, SEC(1));
    cr_assert_eq(fake_proxy_generation(bed.proxy), 3);
    cr_assert_eq(bed.applied_count, 1, "a dead process hears nothing");
    bed_ends_conserved();
}

Test(fake_proxy, outlives_its_process)
{
    datapath_bed_open(&bed, 1, 1, NULL);
    cr_assert_eq(datapath_bed_apply(&bed, 1), ST_OK);
    test_world_process_die(bed.world, bed.process);
    datapath_bed_request(&bed, SEC(1));
    bed_ends_conserved();
    cr_assert_eq(bed.outcomes[REQUEST_OK], 1);
}

Test(fake_proxy, finds_the_service_by_host_and_longest_path)
{
    datapath_bed_open(&bed, 1, 4, NULL);
    struct env_service services[4];
    static const char *const vhosts[] = { "a.example.com", "b.example.com, A.example.com", "",
                                          "a.example.com" };
    static const char *const paths[] = { "", "/shop", "/shop/cart", "/shopping" };
    static const char *const names[] = { "s0", "s1", "s2", "s3" };
    static const char *const apps[] = { "/zero", "/one", "/two", "/one" };
    for (uint32_t i = 0; i < 4; i++) {
        services[i] = bed.service;
        services[i].name = names[i];
        services[i].app = apps[i];
        services[i].vhosts = vhosts[i];
        services[i].path = paths[i];
        services[i].endpoints = &bed.endpoints[i];
        services[i].endpoints_count = 1;
    }
    bed.apply.generation = 1;
    bed.apply.services = services;
    bed.apply.services_count = 4;
    env_proxy_apply(&bed.port.base, &bed.apply);
    test_world_run(bed.world, 10);
    static const struct {
        const char *to;
        const char *path;
        int         service; /* -1: none */
    } cases[] = {
        { "a.example.com", "/", 0 },          { "A.EXAMPLE.COM", "/shop/x", 1 },
        { "a.example.com", "/shop/cart", 2 }, { "a.example.com", "/shopping/y", 3 },
        { "b.example.com", "/", -1 },         { "b.example.com", "/shop", 1 },
        { "c.example.com", "/", -1 },         { "c.example.com", "/shop/cart/1", 2 },
        { "/one", "/", 1 },                   { "/two", "/", 2 },
        { "/on", "/", -1 },                   { "example.com", "/", -1 },
    };
    for (uint32_t i = 0; i < COUNT_OF(cases); i++) {
        bed.target = datapath_bed_target(&bed, cases[i].to, cases[i].path);
        datapath_bed_request(&bed, SEC(1));
        for (int s = 0; s < 4; s++) {
            cr_assert_eq(instance_open(&bed.instances[s]), s == cases[i].service ? 1 : 0,
                         "%s%s service %d", cases[i].to, cases[i].path, s);
        }
        test_world_run_until(bed.world, bed.world->now_ns + SEC(1));
    }
    bed_ends_conserved();
}

Test(fake_proxy, fails_as_its_options_say)
{
    static const struct fake_proxy_options options = { .apply_fail_nth = 2,
                                                       .open_fail_ppm = PPM };
    datapath_bed_open(&bed, 1, 1, &options);
    cr_assert_eq(datapath_bed_apply(&bed, 1), ST_OK);
    cr_assert_eq(datapath_bed_apply(&bed, 2), ST_UNAVAILABLE);
    cr_assert_eq(fake_proxy_generation(bed.proxy), 1);
    cr_assert_eq(datapath_bed_apply(&bed, 2), ST_OK);
    cr_assert_eq(datapath_bed_ask_open(&bed, 0), UINT32_MAX);
    cr_assert_eq(bed.open.op.status, ST_UNAVAILABLE);
    datapath_bed_close(&bed);

    static const struct fake_proxy_options lost = { .apply_lost_ppm = PPM };
    datapath_bed_open(&bed, 1, 1, &lost);
    cr_assert_eq(datapath_bed_apply(&bed, 1), ST_TIMEOUT);
    cr_assert_eq(fake_proxy_generation(bed.proxy), 1, "it was done all the same");
    datapath_bed_close(&bed);
}

Test(fake_proxy, traces_its_calls_and_answers)
{
    datapath_bed_open(&bed, 1, 1, NULL);
    cr_assert_eq(datapath_bed_apply(&bed, 4), ST_OK);
    cr_assert_eq(bed.world->calls.count, 2);
    const struct test_call *call = vec_at(&bed.world->calls, 0);
    const struct test_call *answer = vec_at(&bed.world->calls, 1);
    cr_assert_str_eq(call->op, "proxy.apply");
    cr_assert(call->a == 4 && call->b == 1 && !call->is_answer);
    cr_assert(answer->a == 4 && answer->status == ST_OK && answer->is_answer);
    datapath_bed_close(&bed);
}

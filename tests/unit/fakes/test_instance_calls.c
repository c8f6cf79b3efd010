/*
 * tests/unit/fakes/test_instance_calls.c
 *
 * Goal:   an instance calls others as its image says: in sequence and together, by chance, with
 *         timeouts, retries and budgets.
 * Method: constant service times and hops of no time, so that every latency is known to the
 *         nanosecond; arrivals at the apps that are called are counted by watching them.
 */
#include <criterion/criterion.h>

#include "tests/unit/fakes/calls_bed.h"

static struct calls_bed bed;

/* --- stages --- */

Test(instance_calls, go_one_after_the_other)
{
    calls_bed_open(&bed, 1, NULL);
    calls_bed_call(&bed, CALLS_A);
    calls_bed_call(&bed, CALLS_B);
    calls_bed_start(&bed);
    calls_bed_ask(&bed, SEC(1));
    cr_assert_eq(bed.last_outcome, REQUEST_OK);
    cr_assert_eq(bed.last_latency_ns, MS(5 + 10 + 20));
    cr_assert_eq(calls_bed_arrived(&bed, CALLS_A), 1);
    cr_assert_eq(calls_bed_arrived(&bed, CALLS_B), 1);
    calls_bed_close_empty(&bed);
}

Test(instance_calls, of_a_stage_go_together)
{
    calls_bed_open(&bed, 1, NULL);
    calls_bed_call(&bed, CALLS_A);
    calls_bed_also(&bed, CALLS_B);
    calls_bed_start(&bed);
    calls_bed_ask(&bed, SEC(1));
    cr_assert_eq(bed.last_outcome, REQUEST_OK);
    cr_assert_eq(bed.last_latency_ns, MS(5 + 20));
    calls_bed_close_empty(&bed);
}

Test(instance_calls, take_the_way_there_and_back)
{
    static const struct fake_proxy_options hop = { .hop_ns = MS(1) };
    calls_bed_open(&bed, 1, &hop);
    calls_bed_call(&bed, CALLS_A);
    calls_bed_call(&bed, CALLS_B);
    calls_bed_start(&bed);
    calls_bed_ask(&bed, SEC(1));
    cr_assert_eq(bed.last_latency_ns, MS(2) + MS(5) + MS(2) + MS(10) + MS(2) + MS(20));
    calls_bed_close_empty(&bed);
}

Test(instance_calls, hold_their_worker)
{
    calls_bed_open(&bed, 1, NULL);
    bed.behaviors[CALLS_FRONT].concurrency = 1;
    calls_bed_call(&bed, CALLS_A);
    calls_bed_start(&bed);
    calls_bed_request(&bed, SEC(1));
    calls_bed_request(&bed, SEC(1));
    calls_bed_run(&bed, MS(7));
    cr_assert_eq(bed.instances[CALLS_FRONT].working_count, 1, "the thread waits with its request");
    cr_assert_eq(bed.instances[CALLS_FRONT].queue_count, 1);
    test_world_run(bed.world, UINT64_MAX);
    cr_assert_eq(bed.last_latency_ns, 2 * MS(15));
    calls_bed_close_empty(&bed);
}

Test(instance_calls, are_made_as_often_as_chance_wants)
{
    enum { REQUESTS = 10000 };
    static const struct { uint32_t ppm, low, high; } cases[] = {
        { 0, 0, 0 }, { PPM, REQUESTS, REQUESTS }, { 300000, 2850, 3150 } /* three deviations */
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        calls_bed_open(&bed, 1, NULL);
        calls_bed_call(&bed, CALLS_A)->probability_ppm = cases[i].ppm;
        calls_bed_start(&bed);
        for (uint32_t n = 0; n < REQUESTS; n++) {
            calls_bed_ask(&bed, SEC(1));
            cr_assert_eq(bed.last_outcome, REQUEST_OK);
        }
        const uint32_t arrived = calls_bed_arrived(&bed, CALLS_A);
        cr_assert(arrived >= cases[i].low && arrived <= cases[i].high, "%u of %d", arrived,
                  REQUESTS);
        calls_bed_close_empty(&bed);
    }
}

Test(instance_calls, do_not_shift_the_service_times)
{
    int64_t own_ns[2][20];
    for (uint32_t calling = 0; calling < 2; calling++) {
        calls_bed_open(&bed, 1, NULL);
        bed.behaviors[CALLS_FRONT].service_time =
            (struct dist){ .kind = DIST_EXPONENTIAL, .a_ns = MS(5) };
        calls_bed_call(&bed, CALLS_A)->probability_ppm = calling == 0 ? 0 : 500000;
        calls_bed_start(&bed);
        for (uint32_t i = 0; i < 20; i++) {
            const uint32_t before = calls_bed_arrived(&bed, CALLS_A);
            calls_bed_ask(&bed, SEC(10));
            const bool called = calls_bed_arrived(&bed, CALLS_A) > before;
            own_ns[calling][i] = bed.last_latency_ns - (called ? MS(10) : 0);
        }
        calls_bed_close_empty(&bed);
    }
    cr_assert_arr_eq(own_ns[0], own_ns[1], sizeof own_ns[0]);
}

/* --- failures --- */

Test(instance_calls, that_fail_fail_the_request_when_their_stage_is_over)
{
    calls_bed_open(&bed, 1, NULL);
    bed.behaviors[CALLS_A].errors_ppm = PPM;
    calls_bed_call(&bed, CALLS_A);
    calls_bed_also(&bed, CALLS_B);
    calls_bed_call(&bed, CALLS_B);
    calls_bed_start(&bed);
    calls_bed_ask(&bed, SEC(1));
    cr_assert_eq(bed.last_outcome, REQUEST_ERROR);
    cr_assert_eq(bed.last_latency_ns, MS(5 + 20), "b has been waited for");
    cr_assert_eq(calls_bed_arrived(&bed, CALLS_B), 1, "the next stage has not begun");
    calls_bed_close_empty(&bed);
}

Test(instance_calls, that_are_optional_may_fail)
{
    calls_bed_open(&bed, 1, NULL);
    bed.behaviors[CALLS_A].errors_ppm = PPM;
    calls_bed_call(&bed, CALLS_A)->optional = true;
    calls_bed_call(&bed, CALLS_B);
    calls_bed_start(&bed);
    calls_bed_ask(&bed, SEC(1));
    cr_assert_eq(bed.last_outcome, REQUEST_OK);
    cr_assert_eq(bed.last_latency_ns, MS(5 + 10 + 20));
    calls_bed_close_empty(&bed);
}

Test(instance_calls, are_not_made_for_a_request_that_fails_by_itself)
{
    calls_bed_open(&bed, 1, NULL);
    bed.behaviors[CALLS_FRONT].errors_ppm = PPM;
    calls_bed_call(&bed, CALLS_A);
    calls_bed_start(&bed);
    calls_bed_ask(&bed, SEC(1));
    cr_assert_eq(bed.last_outcome, REQUEST_ERROR);
    cr_assert_eq(calls_bed_arrived(&bed, CALLS_A), 0);
    calls_bed_close_empty(&bed);
}

Test(instance_calls, fail_where_the_node_has_no_proxy_that_listens)
{
    calls_bed_open(&bed, 1, NULL);
    calls_bed_call(&bed, CALLS_A);
    calls_bed_start(&bed);
    fake_proxy_power_off(bed.proxies[1]);
    calls_bed_ask(&bed, SEC(1));
    cr_assert_eq(bed.last_outcome, REQUEST_ERROR);
    cr_assert_eq(bed.last_latency_ns, MS(5));
    calls_bed_close_empty(&bed);
}

Test(instance_calls, to_an_app_that_nobody_serves_fail)
{
    calls_bed_open(&bed, 1, NULL);
    calls_bed_call(&bed, CALLS_A)->to = "/nobody";
    calls_bed_start(&bed);
    calls_bed_ask(&bed, SEC(1));
    cr_assert_eq(bed.last_outcome, REQUEST_ERROR);
    calls_bed_close_empty(&bed);
}

/* --- timeouts and retries --- */

Test(instance_calls, are_waited_for_as_long_as_their_timeout_while_the_other_works_on)
{
    calls_bed_open(&bed, 1, NULL);
    calls_bed_service_ns(&bed, CALLS_A, MS(100));
    calls_bed_call(&bed, CALLS_A)->timeout_ns = MS(30);
    calls_bed_start(&bed);
    calls_bed_ask(&bed, SEC(1));
    cr_assert_eq(bed.last_outcome, REQUEST_ERROR);
    cr_assert_eq(bed.last_latency_ns, MS(5 + 30));
    cr_assert_eq(instance_open(&bed.instances[CALLS_FRONT]), 0);
    calls_bed_run(&bed, MS(69));
    cr_assert_eq(instance_open(&bed.instances[CALLS_A]), 1, "works on for nobody");
    calls_bed_run(&bed, MS(1));
    cr_assert_eq(instance_open(&bed.instances[CALLS_A]), 0);
    calls_bed_close_empty(&bed);
}

Test(instance_calls, whose_answer_is_on_its_way_at_the_timeout_are_late)
{
    static const struct fake_proxy_options hop = { .hop_ns = MS(1) };
    calls_bed_open(&bed, 1, &hop);
    calls_bed_call(&bed, CALLS_A)->timeout_ns = MS(11); /* 10 and the way of 2 */
    calls_bed_start(&bed);
    calls_bed_ask(&bed, SEC(1));
    cr_assert_eq(bed.last_outcome, REQUEST_ERROR);
    cr_assert_eq(bed.last_latency_ns, MS(2) + MS(5) + MS(11));
    calls_bed_close_empty(&bed);
}

Test(instance_calls, of_different_patience_end_each_in_its_time)
{
    calls_bed_open(&bed, 1, NULL);
    calls_bed_service_ns(&bed, CALLS_A, SEC(10));
    calls_bed_call(&bed, CALLS_A);
    calls_bed_start(&bed);
    static const int64_t patience_ms[] = { 300, 100, 200, 400, 50 };
    for (size_t i = 0; i < COUNT_OF(patience_ms); i++) {
        calls_bed_request(&bed, MS(patience_ms[i]));
    }
    static const int64_t ends_ms[] = { 50, 100, 200, 300, 400 };
    for (size_t i = 0; i < COUNT_OF(ends_ms); i++) {
        const int64_t begin_ns = bed.world->now_ns;
        calls_bed_run(&bed, MS(ends_ms[i]) - 1 - (i > 0 ? MS(ends_ms[i - 1]) - 1 : 0));
        cr_assert_eq(instance_open(&bed.instances[CALLS_FRONT]), COUNT_OF(ends_ms) - i);
        cr_assert(bed.world->now_ns > begin_ns);
    }
    calls_bed_run(&bed, 1);
    cr_assert_eq(instance_open(&bed.instances[CALLS_FRONT]), 0);
    calls_bed_close_empty(&bed);
}

Test(instance_calls, that_fail_are_tried_again_at_once)
{
    calls_bed_open(&bed, 1, NULL);
    bed.behaviors[CALLS_A].errors_ppm = PPM;
    calls_bed_call(&bed, CALLS_A)->retries = 2;
    calls_bed_start(&bed);
    calls_bed_ask(&bed, SEC(1));
    cr_assert_eq(bed.last_outcome, REQUEST_ERROR);
    cr_assert_eq(bed.last_latency_ns, MS(5) + 3 * MS(10));
    cr_assert_eq(calls_bed_arrived(&bed, CALLS_A), 3);
    calls_bed_close_empty(&bed);
}

Test(instance_calls, that_time_out_are_tried_again_until_the_deadline)
{
    calls_bed_open(&bed, 1, NULL);
    calls_bed_service_ns(&bed, CALLS_A, SEC(10));
    struct behavior_call *call = calls_bed_call(&bed, CALLS_A);
    call->retries = 100;
    call->timeout_ns = MS(30);
    calls_bed_start(&bed);
    calls_bed_request(&bed, MS(100));
    calls_bed_run(&bed, MS(100) - 1);
    cr_assert_eq(instance_open(&bed.instances[CALLS_FRONT]), 1);
    calls_bed_run(&bed, 1);
    cr_assert_eq(instance_open(&bed.instances[CALLS_FRONT]), 0, "the last try ended early");
    cr_assert_eq(calls_bed_arrived(&bed, CALLS_A), 4, "at 5, 35, 65 and 95 ms");
    calls_bed_close_empty(&bed);
}

static void
deny(struct world *world, struct world_service *service, struct world_request *request)
{
    (void)service;
    world_request_answer(world, request, REQUEST_DENIED);
}

Test(instance_calls, that_the_rules_deny_are_not_tried_again)
{
    calls_bed_open(&bed, 1, NULL);
    calls_bed_call(&bed, CALLS_A)->retries = 5;
    calls_bed_start(&bed);
    struct world_service rules = { .token = 7, .node = 2, .serve = deny };
    world_unlisten(bed.world, bed.addresses[CALLS_A].ipv4, bed.addresses[CALLS_A].port);
    world_listen(bed.world, bed.addresses[CALLS_A].ipv4, bed.addresses[CALLS_A].port, &rules);
    calls_bed_ask(&bed, SEC(1));
    cr_assert_eq(bed.last_outcome, REQUEST_ERROR);
    cr_assert_eq(bed.last_latency_ns, MS(5));
    calls_bed_close_empty(&bed);
}

/* How many retries come of so many calls that all fail, 1 ms apart. */
static uint32_t
retries_of(uint32_t calls_made, uint32_t budget_ppm, uint32_t min_per_s)
{
    calls_bed_open(&bed, 1, NULL);
    for (int i = 0; i < CALLS_APPS; i++) {
        calls_bed_service_ns(&bed, i, 0);
    }
    bed.behaviors[CALLS_A].errors_ppm = PPM;
    struct behavior_call *call = calls_bed_call(&bed, CALLS_A);
    call->retries = 10;
    call->budget_ppm = budget_ppm;
    call->budget_min_per_s = min_per_s;
    calls_bed_start(&bed);
    for (uint32_t i = 0; i < calls_made; i++) {
        calls_bed_request(&bed, SEC(1));
        calls_bed_run(&bed, MS(1));
    }
    const uint32_t arrived = calls_bed_arrived(&bed, CALLS_A);
    calls_bed_close_empty(&bed);
    return arrived - calls_made;
}

Test(instance_calls, are_tried_again_within_their_budget)
{
    cr_assert_eq(retries_of(1000, 0, 0), 10 * 1000, "no budget");
    cr_assert_eq(retries_of(1000, 200000, 0), 200);
    cr_assert_eq(retries_of(1000, 1, 3), 30, "3 a second for 10 s");
    const uint32_t both = retries_of(1000, 200000, 3);
    cr_assert_eq(both, 230);
    /* 30 s: each second of the reserve comes back once what it paid for is ten seconds old */
    const uint32_t longer = retries_of(30000, 1, 3);
    cr_assert(longer >= 80 && longer <= 3 * 30 + 30, "%u", longer);
}

/* --- slow instances --- */

Test(instance_calls, to_a_slow_instance_take_longer_until_it_is_itself_again)
{
    calls_bed_open(&bed, 1, NULL);
    calls_bed_call(&bed, CALLS_A);
    calls_bed_start(&bed);
    instance_set_slow(&bed.instances[CALLS_A], 2.5);
    calls_bed_ask(&bed, SEC(1));
    cr_assert_eq(bed.last_latency_ns, MS(5 + 25));
    instance_set_slow(&bed.instances[CALLS_A], 1);
    calls_bed_ask(&bed, SEC(1));
    cr_assert_eq(bed.last_latency_ns, MS(5 + 10));
    calls_bed_close_empty(&bed);
}

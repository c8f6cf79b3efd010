/*
 * tests/unit/fakes/test_instance_calls.c
 *
 * Goal:   an instance calls others as its image says: in sequence and together, by chance, with
 *         timeouts, retries, budgets and deadlines; whatever dies meanwhile, every request ends
 *         exactly once and nothing is left.
 * Method: constant service times and hops of no time, so that every latency is known to the
 *         nanosecond; arrivals at the apps that are called are counted by watching them.
 */
#include <criterion/criterion.h>

#include "tests/unit/fakes/calls_bed.h"

static struct calls_bed bed;

/* One request from begin to end. */
static void
ask(int64_t patience_ns)
{
    calls_bed_request(&bed, patience_ns);
    const uint32_t before = bed.ended;
    while (bed.ended == before) {
        cr_assert(test_world_step(bed.world));
    }
}

static void
close_empty(void)
{
    test_world_run(bed.world, UINT64_MAX);
    cr_assert_eq(bed.ended, bed.sent);
    cr_assert_eq(fake_datapath_requests_open(bed.datapath), 0, "every call is given back");
    calls_bed_close(&bed);
}

/* --- stages --- */

Test(instance_calls, go_one_after_the_other)
{
    calls_bed_open(&bed, 1, NULL);
    calls_bed_call(&bed, CALLS_A);
    calls_bed_call(&bed, CALLS_B);
    calls_bed_start(&bed);
    ask(SEC(1));
    cr_assert_eq(bed.last_outcome, REQUEST_OK);
    cr_assert_eq(bed.last_latency_ns, MS(5 + 10 + 20));
    cr_assert_eq(calls_bed_arrived(&bed, CALLS_A), 1);
    cr_assert_eq(calls_bed_arrived(&bed, CALLS_B), 1);
    close_empty();
}

Test(instance_calls, of_a_stage_go_together)
{
    calls_bed_open(&bed, 1, NULL);
    calls_bed_call(&bed, CALLS_A);
    calls_bed_also(&bed, CALLS_B);
    calls_bed_start(&bed);
    ask(SEC(1));
    cr_assert_eq(bed.last_outcome, REQUEST_OK);
    cr_assert_eq(bed.last_latency_ns, MS(5 + 20));
    close_empty();
}

Test(instance_calls, take_the_way_there_and_back)
{
    static const struct fake_proxy_options hop = { .hop_ns = MS(1) };
    calls_bed_open(&bed, 1, &hop);
    calls_bed_call(&bed, CALLS_A);
    calls_bed_call(&bed, CALLS_B);
    calls_bed_start(&bed);
    ask(SEC(1));
    cr_assert_eq(bed.last_latency_ns, MS(2) + MS(5) + MS(2) + MS(10) + MS(2) + MS(20));
    close_empty();
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
    close_empty();
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
            ask(SEC(1));
            cr_assert_eq(bed.last_outcome, REQUEST_OK);
        }
        const uint32_t arrived = calls_bed_arrived(&bed, CALLS_A);
        cr_assert(arrived >= cases[i].low && arrived <= cases[i].high, "%u of %d", arrived,
                  REQUESTS);
        close_empty();
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
            ask(SEC(10));
            const bool called = calls_bed_arrived(&bed, CALLS_A) > before;
            own_ns[calling][i] = bed.last_latency_ns - (called ? MS(10) : 0);
        }
        close_empty();
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
    ask(SEC(1));
    cr_assert_eq(bed.last_outcome, REQUEST_ERROR);
    cr_assert_eq(bed.last_latency_ns, MS(5 + 20), "b has been waited for");
    cr_assert_eq(calls_bed_arrived(&bed, CALLS_B), 1, "the next stage has not begun");
    close_empty();
}

Test(instance_calls, that_are_optional_may_fail)
{
    calls_bed_open(&bed, 1, NULL);
    bed.behaviors[CALLS_A].errors_ppm = PPM;
    calls_bed_call(&bed, CALLS_A)->optional = true;
    calls_bed_call(&bed, CALLS_B);
    calls_bed_start(&bed);
    ask(SEC(1));
    cr_assert_eq(bed.last_outcome, REQUEST_OK);
    cr_assert_eq(bed.last_latency_ns, MS(5 + 10 + 20));
    close_empty();
}

Test(instance_calls, are_not_made_for_a_request_that_fails_by_itself)
{
    calls_bed_open(&bed, 1, NULL);
    bed.behaviors[CALLS_FRONT].errors_ppm = PPM;
    calls_bed_call(&bed, CALLS_A);
    calls_bed_start(&bed);
    ask(SEC(1));
    cr_assert_eq(bed.last_outcome, REQUEST_ERROR);
    cr_assert_eq(calls_bed_arrived(&bed, CALLS_A), 0);
    close_empty();
}

Test(instance_calls, fail_where_the_node_has_no_proxy_that_listens)
{
    calls_bed_open(&bed, 1, NULL);
    calls_bed_call(&bed, CALLS_A);
    calls_bed_start(&bed);
    fake_proxy_power_off(bed.proxies[1]);
    ask(SEC(1));
    cr_assert_eq(bed.last_outcome, REQUEST_ERROR);
    cr_assert_eq(bed.last_latency_ns, MS(5));
    close_empty();
}

Test(instance_calls, to_an_app_that_nobody_serves_fail)
{
    calls_bed_open(&bed, 1, NULL);
    calls_bed_call(&bed, CALLS_A)->to = "/nobody";
    calls_bed_start(&bed);
    ask(SEC(1));
    cr_assert_eq(bed.last_outcome, REQUEST_ERROR);
    close_empty();
}

/* --- timeouts and retries --- */

Test(instance_calls, are_waited_for_as_long_as_their_timeout_while_the_other_works_on)
{
    calls_bed_open(&bed, 1, NULL);
    calls_bed_service_ns(&bed, CALLS_A, MS(100));
    calls_bed_call(&bed, CALLS_A)->timeout_ns = MS(30);
    calls_bed_start(&bed);
    ask(SEC(1));
    cr_assert_eq(bed.last_outcome, REQUEST_ERROR);
    cr_assert_eq(bed.last_latency_ns, MS(5 + 30));
    cr_assert_eq(instance_open(&bed.instances[CALLS_FRONT]), 0);
    calls_bed_run(&bed, MS(69));
    cr_assert_eq(instance_open(&bed.instances[CALLS_A]), 1, "works on for nobody");
    calls_bed_run(&bed, MS(1));
    cr_assert_eq(instance_open(&bed.instances[CALLS_A]), 0);
    close_empty();
}

Test(instance_calls, whose_answer_is_on_its_way_at_the_timeout_are_late)
{
    static const struct fake_proxy_options hop = { .hop_ns = MS(1) };
    calls_bed_open(&bed, 1, &hop);
    calls_bed_call(&bed, CALLS_A)->timeout_ns = MS(11); /* 10 and the way of 2 */
    calls_bed_start(&bed);
    ask(SEC(1));
    cr_assert_eq(bed.last_outcome, REQUEST_ERROR);
    cr_assert_eq(bed.last_latency_ns, MS(2) + MS(5) + MS(11));
    close_empty();
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
    close_empty();
}

Test(instance_calls, that_fail_are_tried_again_at_once)
{
    calls_bed_open(&bed, 1, NULL);
    bed.behaviors[CALLS_A].errors_ppm = PPM;
    calls_bed_call(&bed, CALLS_A)->retries = 2;
    calls_bed_start(&bed);
    ask(SEC(1));
    cr_assert_eq(bed.last_outcome, REQUEST_ERROR);
    cr_assert_eq(bed.last_latency_ns, MS(5) + 3 * MS(10));
    cr_assert_eq(calls_bed_arrived(&bed, CALLS_A), 3);
    close_empty();
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
    close_empty();
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
    ask(SEC(1));
    cr_assert_eq(bed.last_outcome, REQUEST_ERROR);
    cr_assert_eq(bed.last_latency_ns, MS(5));
    close_empty();
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
    close_empty();
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

/* --- deadlines --- */

static int64_t seen_deadline_at_ns;

static void
see(struct world *world, struct world_service *service, struct world_request *request)
{
    (void)service;
    seen_deadline_at_ns = request->deadline_at_ns;
    world_request_answer(world, request, REQUEST_OK);
}

static void
deadline_seen(int64_t patience_ns, int64_t timeout_ns)
{
    calls_bed_open(&bed, 1, NULL);
    calls_bed_call(&bed, CALLS_A)->timeout_ns = timeout_ns;
    calls_bed_start(&bed);
    struct world_service eye = { .token = 7, .node = 2, .serve = see };
    world_unlisten(bed.world, bed.addresses[CALLS_A].ipv4, bed.addresses[CALLS_A].port);
    world_listen(bed.world, bed.addresses[CALLS_A].ipv4, bed.addresses[CALLS_A].port, &eye);
    const int64_t begin_ns = bed.world->now_ns;
    ask(patience_ns);
    cr_assert_eq(bed.last_outcome, REQUEST_OK);
    if (seen_deadline_at_ns != INT64_MAX) {
        seen_deadline_at_ns -= begin_ns;
    }
    close_empty();
}

Test(instance_calls, carry_the_earlier_deadline_along)
{
    deadline_seen(MS(50), MS(200));
    cr_assert_eq(seen_deadline_at_ns, MS(50), "the client's");
    deadline_seen(SEC(1), MS(200));
    cr_assert_eq(seen_deadline_at_ns, MS(205), "its own");
    deadline_seen(MS(50), 0);
    cr_assert_eq(seen_deadline_at_ns, MS(50));
    deadline_seen(INT64_MAX, 0);
    cr_assert_eq(seen_deadline_at_ns, INT64_MAX);
}

Test(instance_calls, are_not_made_after_the_deadline)
{
    calls_bed_open(&bed, 1, NULL);
    calls_bed_call(&bed, CALLS_A);
    calls_bed_start(&bed);
    calls_bed_request(&bed, MS(5)); /* over when the front has done its part */
    test_world_run(bed.world, UINT64_MAX);
    cr_assert_eq(calls_bed_arrived(&bed, CALLS_A), 0);
    close_empty();
}

/* Five requests for one worker of 10 ms, all but one given up while they wait. */
static int64_t
busy_ns(bool heeds)
{
    calls_bed_open(&bed, 1, NULL);
    bed.behaviors[CALLS_FRONT].concurrency = 1;
    bed.behaviors[CALLS_FRONT].heeds_deadlines = heeds;
    calls_bed_service_ns(&bed, CALLS_FRONT, MS(10));
    calls_bed_start(&bed);
    const int64_t begin_ns = bed.world->now_ns;
    for (uint32_t i = 0; i < 5; i++) {
        calls_bed_request(&bed, i == 4 ? SEC(1) : MS(10));
    }
    test_world_run(bed.world, UINT64_MAX);
    cr_assert_eq(bed.last_outcome, REQUEST_OK, "the one that had time");
    const int64_t busy = bed.world->now_ns - begin_ns;
    close_empty();
    return busy;
}

Test(instance_calls, that_nobody_waits_for_are_worked_on_unless_deadlines_are_heeded)
{
    cr_assert_eq(busy_ns(false), MS(50));
    cr_assert_eq(busy_ns(true), MS(20));
}

/* --- what dies meanwhile --- */

Test(instance_calls, of_an_instance_that_ends_are_orphans)
{
    calls_bed_open(&bed, 1, NULL);
    calls_bed_call(&bed, CALLS_A)->timeout_ns = MS(500);
    calls_bed_also(&bed, CALLS_B);
    calls_bed_start(&bed);
    for (uint32_t i = 0; i < 7; i++) {
        calls_bed_request(&bed, SEC(1));
    }
    calls_bed_run(&bed, MS(16)); /* a has answered, b has not */
    cr_assert_eq(instance_open(&bed.instances[CALLS_B]), 7);
    instance_end(bed.world, &bed.instances[CALLS_FRONT]);
    cr_assert_eq(bed.outcomes[REQUEST_RESET], 7);
    cr_assert_eq(instance_open(&bed.instances[CALLS_B]), 7, "it does not know");
    calls_bed_instance_start(&bed, CALLS_FRONT); /* another life, with the same numbers */
    ask(SEC(1));
    cr_assert_eq(bed.last_outcome, REQUEST_OK);
    cr_assert_eq(bed.last_latency_ns, MS(5 + 20));
    close_empty();
}

Test(instance_calls, to_an_instance_that_ends_fail)
{
    calls_bed_open(&bed, 1, NULL);
    calls_bed_call(&bed, CALLS_B);
    calls_bed_start(&bed);
    calls_bed_request(&bed, SEC(1));
    calls_bed_run(&bed, MS(15));
    instance_end(bed.world, &bed.instances[CALLS_B]);
    calls_bed_run(&bed, 0);
    cr_assert_eq(bed.last_outcome, REQUEST_ERROR);
    cr_assert_eq(bed.last_latency_ns, MS(15));
    close_empty();
}

Test(instance_calls, through_a_proxy_that_loses_its_power_fail)
{
    calls_bed_open(&bed, 1, NULL);
    calls_bed_call(&bed, CALLS_B);
    calls_bed_start(&bed);
    calls_bed_request(&bed, SEC(1));
    calls_bed_run(&bed, MS(15));
    fake_proxy_power_off(bed.proxies[1]);
    calls_bed_run(&bed, 0);
    cr_assert_eq(bed.last_outcome, REQUEST_ERROR);
    close_empty();
}

/* Everything at once, by chance: whatever ends and starts again, each request ends once. */
static void
play_storm(uint64_t seed)
{
    struct rng rng;
    rng_init(&rng, seed, 0, "storm");
    calls_bed_open(&bed, seed, NULL);
    for (int i = 0; i < CALLS_APPS; i++) {
        bed.behaviors[i].service_time = (struct dist){ .kind = DIST_EXPONENTIAL, .a_ns = MS(4) };
        bed.behaviors[i].concurrency = 4;
        bed.behaviors[i].queue_max = 20;
        bed.behaviors[i].errors_ppm = 50000;
        bed.behaviors[i].heeds_deadlines = i == CALLS_B;
    }
    struct behavior_call *call = calls_bed_call(&bed, CALLS_A);
    call->timeout_ns = MS(10);
    call->retries = 2;
    call->budget_ppm = 200000;
    call = calls_bed_also(&bed, CALLS_B);
    call->optional = true;
    call->probability_ppm = 700000;
    calls_bed_call(&bed, CALLS_B)->retries = 1;
    calls_bed_start(&bed);
    bool running[CALLS_APPS] = { true, true, true };
    for (uint32_t i = 0; i < 3000; i++) {
        calls_bed_request(&bed, MS(1) + (int64_t)rng_below_u64(&rng, MS(100)));
        calls_bed_run(&bed, (int64_t)rng_below_u64(&rng, MS(20)));
        const int app = (int)rng_below(&rng, CALLS_APPS);
        if (rng_below(&rng, running[app] ? 100 : 10) == 0) {
            if (running[app]) {
                instance_end(bed.world, &bed.instances[app]);
            } else {
                calls_bed_instance_start(&bed, app);
            }
            running[app] = !running[app];
        }
    }
    test_world_run(bed.world, UINT64_MAX);
    uint32_t told = 0;
    for (uint32_t i = 0; i < REQUEST_OUTCOME_COUNT; i++) {
        told += bed.outcomes[i];
    }
    cr_assert_eq(told, bed.sent, "seed %llu", (unsigned long long)seed);
    cr_assert(bed.outcomes[REQUEST_OK] > 100 && bed.outcomes[REQUEST_ERROR] > 100 &&
                  bed.outcomes[REQUEST_RESET] > 0 && bed.outcomes[REQUEST_TIMEOUT] > 0,
              "%u ok, %u errors, %u reset, %u timed out", bed.outcomes[REQUEST_OK],
              bed.outcomes[REQUEST_ERROR], bed.outcomes[REQUEST_RESET],
              bed.outcomes[REQUEST_TIMEOUT]);
    for (int i = 0; i < CALLS_APPS; i++) {
        cr_assert_eq(instance_open(&bed.instances[i]), 0);
    }
    close_empty();
}

Test(instance_calls, leave_nothing_behind_whatever_happens)
{
    for (uint64_t seed = 1; seed <= 20; seed++) {
        play_storm(seed);
    }
}

/* --- slow instances --- */

Test(instance_calls, to_a_slow_instance_take_longer_until_it_is_itself_again)
{
    calls_bed_open(&bed, 1, NULL);
    calls_bed_call(&bed, CALLS_A);
    calls_bed_start(&bed);
    instance_set_slow(&bed.instances[CALLS_A], 2.5);
    ask(SEC(1));
    cr_assert_eq(bed.last_latency_ns, MS(5 + 25));
    instance_set_slow(&bed.instances[CALLS_A], 1);
    ask(SEC(1));
    cr_assert_eq(bed.last_latency_ns, MS(5 + 10));
    close_empty();
}

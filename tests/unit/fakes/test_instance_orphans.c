/*
 * tests/unit/fakes/test_instance_orphans.c
 *
 * Goal:   deadlines travel with calls and may spare work; whatever dies while calls are out, every
 *         request ends exactly once and nothing is left.
 * Method: constant service times and hops of no time where instants are counted; a storm of
 *         everything at once, by seeds, where they are not.
 */
#include <criterion/criterion.h>

#include "tests/unit/fakes/calls_bed.h"

static struct calls_bed bed;

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
    calls_bed_ask(&bed, patience_ns);
    cr_assert_eq(bed.last_outcome, REQUEST_OK);
    if (seen_deadline_at_ns != INT64_MAX) {
        seen_deadline_at_ns -= begin_ns;
    }
    calls_bed_close_empty(&bed);
}

Test(instance_deadlines, travel_and_the_earlier_one_counts)
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

Test(instance_deadlines, end_a_request_before_its_calls)
{
    calls_bed_open(&bed, 1, NULL);
    calls_bed_call(&bed, CALLS_A);
    calls_bed_start(&bed);
    calls_bed_request(&bed, MS(5)); /* over when the front has done its part */
    test_world_run(bed.world, UINT64_MAX);
    cr_assert_eq(calls_bed_arrived(&bed, CALLS_A), 0);
    calls_bed_close_empty(&bed);
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
    calls_bed_close_empty(&bed);
    return busy;
}

Test(instance_deadlines, spare_the_work_where_they_are_heeded)
{
    cr_assert_eq(busy_ns(false), MS(50));
    cr_assert_eq(busy_ns(true), MS(20));
}

/* --- what dies meanwhile --- */

Test(instance_orphans, of_an_instance_that_ends_are_worked_on_for_nobody)
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
    calls_bed_ask(&bed, SEC(1));
    cr_assert_eq(bed.last_outcome, REQUEST_OK);
    cr_assert_eq(bed.last_latency_ns, MS(5 + 20));
    calls_bed_close_empty(&bed);
}

Test(instance_orphans, leave_their_caller_with_a_failure)
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
    calls_bed_close_empty(&bed);
}

Test(instance_orphans, of_a_proxy_without_power_leave_their_caller_with_a_failure)
{
    calls_bed_open(&bed, 1, NULL);
    calls_bed_call(&bed, CALLS_B);
    calls_bed_start(&bed);
    calls_bed_request(&bed, SEC(1));
    calls_bed_run(&bed, MS(15));
    fake_proxy_power_off(bed.proxies[1]);
    calls_bed_run(&bed, 0);
    cr_assert_eq(bed.last_outcome, REQUEST_ERROR);
    calls_bed_close_empty(&bed);
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
    calls_bed_close_empty(&bed);
}

Test(instance_orphans, leave_nothing_behind_whatever_happens)
{
    for (uint64_t seed = 1; seed <= 20; seed++) {
        play_storm(seed);
    }
}

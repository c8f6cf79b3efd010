/*
 * tests/unit/fakes/test_proxy_resilience.c
 *
 * Goal:   the modelled proxy ends attempts in time, tries again as often and only as often as it
 *         may, and a given-up attempt neither counts for its client nor is lost at its instance.
 * Method: one edge and a few instances, of which some are slow, broken or gone. The bed counts that
 *         every request ends once and that none is left.
 */
#include <criterion/criterion.h>

#include "tests/unit/fakes/datapath_bed.h"

static struct bed bed;

#define TIMEOUT_NS MS(50)
#define WAY_NS     (2 * FAKE_PROXY_HOP_NS)

/* instances of one service, of which the first is as slow as that; 0: none is. */
static void
bed_begin(uint32_t instances, int64_t slow_ns)
{
    datapath_bed_open(&bed, 1, instances, NULL);
    if (slow_ns > 0) {
        datapath_bed_own_behavior(&bed, 0)->service_time.a_ns = slow_ns;
    }
}

Test(proxy_resilience, ends_an_attempt_in_time_and_tries_another_server)
{
    bed_begin(2, SEC(1));
    bed.service.resilience = (struct env_resilience){ .attempt_timeout_ns = TIMEOUT_NS,
                                                      .retries = 1 };
    cr_assert_eq(datapath_bed_apply(&bed, 1), ST_OK);
    datapath_bed_request(&bed, SEC(10));
    cr_assert_eq(datapath_bed_ask_open(&bed, 0), 1);
    datapath_bed_wait(&bed, TIMEOUT_NS + MS(6));
    cr_assert_eq(bed.ended, 1);
    cr_assert_eq(bed.last_outcome, REQUEST_OK);
    cr_assert_eq(bed.last_latency_ns, TIMEOUT_NS + MS(5) + WAY_NS);
    cr_assert_eq(datapath_bed_ask_open(&bed, 0), 0, "the proxy has closed it");
    cr_assert_eq(instance_open(&bed.instances[0]), 1, "the instance works on");
    cr_assert_eq(fake_datapath_requests_open(bed.datapath), 1);
    datapath_bed_ends_conserved(&bed);
    cr_assert_eq(bed.outcomes[REQUEST_OK], 1, "the late answer counts for nobody");
}

Test(proxy_resilience, answers_a_timeout_when_no_retry_is_left)
{
    bed_begin(1, SEC(1));
    bed.service.resilience = (struct env_resilience){ .attempt_timeout_ns = TIMEOUT_NS };
    cr_assert_eq(datapath_bed_apply(&bed, 1), ST_OK);
    datapath_bed_request(&bed, SEC(10));
    datapath_bed_wait(&bed, MS(49));
    cr_assert_eq(bed.ended, 0);
    datapath_bed_wait(&bed, MS(1));
    cr_assert_eq(bed.outcomes[REQUEST_TIMEOUT], 1);
    cr_assert_eq(bed.last_latency_ns, TIMEOUT_NS);
    datapath_bed_ends_conserved(&bed);
}

Test(proxy_resilience, counts_an_answer_on_its_way_as_too_late)
{
    bed_begin(1, TIMEOUT_NS - WAY_NS / 2);
    bed.service.resilience = (struct env_resilience){ .attempt_timeout_ns = TIMEOUT_NS };
    cr_assert_eq(datapath_bed_apply(&bed, 1), ST_OK);
    datapath_bed_request(&bed, SEC(10));
    datapath_bed_ends_conserved(&bed);
    cr_assert_eq(bed.outcomes[REQUEST_TIMEOUT], 1);
}

Test(proxy_resilience, never_answers_an_error_again_unless_retries_are_wanted)
{
    bed_begin(2, 0);
    datapath_bed_own_behavior(&bed, 0)->errors_ppm = PPM;
    cr_assert_eq(datapath_bed_apply(&bed, 1), ST_OK);
    datapath_bed_request(&bed, SEC(1));
    datapath_bed_wait(&bed, MS(5));
    cr_assert_eq(bed.last_outcome, REQUEST_ERROR);
    datapath_bed_request(&bed, SEC(1)); /* the second, by turns */
    bed.service.resilience = (struct env_resilience){ .retries = 1 };
    cr_assert_eq(datapath_bed_apply(&bed, 2), ST_OK);
    datapath_bed_request(&bed, SEC(1));
    datapath_bed_wait(&bed, MS(5));
    datapath_bed_wait(&bed, MS(5));
    cr_assert_eq(bed.last_outcome, REQUEST_OK);
    cr_assert_eq(bed.last_latency_ns, MS(10) + WAY_NS);
    datapath_bed_ends_conserved(&bed);
    cr_assert_eq(bed.outcomes[REQUEST_ERROR], 1);
    cr_assert_eq(bed.outcomes[REQUEST_OK], 2);
}

Test(proxy_resilience, makes_no_more_attempts_than_retries_and_one)
{
    bed_begin(4, 0);
    bed.behavior.errors_ppm = PPM;
    bed.service.resilience = (struct env_resilience){ .retries = 2 };
    cr_assert_eq(datapath_bed_apply(&bed, 1), ST_OK);
    datapath_bed_request(&bed, SEC(1));
    datapath_bed_wait(&bed, SEC(1));
    cr_assert_eq(datapath_bed_ask_stats(&bed), ST_OK);
    uint64_t attempts = 0;
    for (uint32_t i = 0; i < 4; i++) {
        attempts += bed.stats[i].requests;
        cr_assert(bed.stats[i].requests <= 1, "another server each time");
    }
    cr_assert_eq(attempts, 3);
    cr_assert_eq(bed.outcomes[REQUEST_ERROR], 1, "the outcome of the last");
    datapath_bed_ends_conserved(&bed);
}

Test(proxy_resilience, tries_again_what_was_reset_or_refused)
{
    bed_begin(3, 0);
    bed.service.resilience = (struct env_resilience){ .retries = 2 };
    cr_assert_eq(datapath_bed_apply(&bed, 1), ST_OK);
    datapath_bed_request(&bed, SEC(1));
    instance_end(bed.world, &bed.instances[0]); /* reset there... */
    cr_assert_eq(bed.ended, 0);
    instance_end(bed.world, &bed.instances[1]); /* ...and there, and refused after that */
    datapath_bed_ends_conserved(&bed);
    cr_assert_eq(bed.outcomes[REQUEST_OK], 1);
}

Test(proxy_resilience, does_not_try_again_for_a_client_that_has_left)
{
    bed_begin(2, 0);
    bed.behavior.errors_ppm = PPM;
    bed.service.resilience = (struct env_resilience){ .retries = 5 };
    cr_assert_eq(datapath_bed_apply(&bed, 1), ST_OK);
    const uint32_t index = datapath_bed_request(&bed, MS(2));
    world_request_at(bed.world, index)->client_gone = true; /* as sim/traffic does */
    bed.ended++;
    datapath_bed_wait(&bed, SEC(1));
    cr_assert_eq(datapath_bed_ask_stats(&bed), ST_OK);
    cr_assert_eq(bed.stats[0].requests + bed.stats[1].requests, 1);
    datapath_bed_ends_conserved(&bed);
}

Test(proxy_resilience, tells_an_instance_whether_somebody_waits)
{
    bed_begin(1, SEC(1));
    bed.service.resilience = (struct env_resilience){ .attempt_timeout_ns = TIMEOUT_NS };
    cr_assert_eq(datapath_bed_apply(&bed, 1), ST_OK);
    const uint32_t index = datapath_bed_request(&bed, SEC(10));
    struct world_request *attempt =
        world_request_at(bed.world, bed.instances[0].working_first);
    cr_assert_neq(attempt->index, index, "the instance has one of the proxy's own");
    cr_assert_eq(attempt->deadline_at_ns, bed.world->now_ns + TIMEOUT_NS);
    cr_assert(world_request_wanted(bed.world, attempt));
    world_request_at(bed.world, index)->client_gone = true;
    cr_assert_not(world_request_wanted(bed.world, attempt));
    world_request_at(bed.world, index)->client_gone = false;
    datapath_bed_wait(&bed, TIMEOUT_NS);
    cr_assert_not(world_request_wanted(bed.world, attempt), "given up");
    datapath_bed_ends_conserved(&bed);
}

Test(proxy_resilience, waits_no_longer_for_a_connection_than_an_attempt_may_take)
{
    bed_begin(2, 0);
    bed.service.resilience = (struct env_resilience){ .attempt_timeout_ns = TIMEOUT_NS,
                                                      .retries = 1 };
    cr_assert_eq(datapath_bed_apply(&bed, 1), ST_OK);
    test_world_set_cut(bed.world, 0, 1, true);
    datapath_bed_request(&bed, SEC(10));
    datapath_bed_ends_conserved(&bed);
    cr_assert_eq(bed.last_outcome, REQUEST_OK);
    cr_assert_eq(bed.last_latency_ns, TIMEOUT_NS + MS(5) + WAY_NS);
}

Test(proxy_resilience, keeps_timing_attempts_over_generations)
{
    bed_begin(2, SEC(1));
    bed.service.resilience = (struct env_resilience){ .attempt_timeout_ns = SEC(2) };
    datapath_bed_own_behavior(&bed, 1)->service_time.a_ns = SEC(10);
    cr_assert_eq(datapath_bed_apply(&bed, 1), ST_OK);
    datapath_bed_request(&bed, SEC(20)); /* slow: in time */
    datapath_bed_request(&bed, SEC(20)); /* slower: not */
    const int64_t sent_ns = bed.world->now_ns;
    for (uint64_t generation = 2; generation < 10; generation++) {
        cr_assert_eq(datapath_bed_apply(&bed, generation), ST_OK);
    }
    bed.service.resilience.attempt_timeout_ns = MS(100); /* a shorter one does not wait for them */
    cr_assert_eq(datapath_bed_apply(&bed, 10), ST_OK);
    const uint32_t before = bed.ended;
    datapath_bed_request(&bed, SEC(20));
    datapath_bed_wait(&bed, MS(100));
    cr_assert_eq(bed.ended, before + 1);
    test_world_run_until(bed.world, sent_ns + SEC(2) - 1);
    cr_assert_eq(bed.outcomes[REQUEST_OK] + bed.outcomes[REQUEST_TIMEOUT], 2);
    test_world_run_until(bed.world, sent_ns + SEC(2));
    cr_assert_eq(bed.ended, 3);
    datapath_bed_ends_conserved(&bed);
}

Test(proxy_resilience, lets_attempts_end_by_themselves_when_their_service_is_gone)
{
    bed_begin(1, SEC(1));
    bed.service.resilience = (struct env_resilience){ .attempt_timeout_ns = MS(100) };
    cr_assert_eq(datapath_bed_apply(&bed, 1), ST_OK);
    datapath_bed_request(&bed, SEC(20));
    bed.service.name = "other_1";
    cr_assert_eq(datapath_bed_apply(&bed, 2), ST_OK);
    datapath_bed_ends_conserved(&bed);
    cr_assert_eq(bed.outcomes[REQUEST_OK], 1);
}

/* --- the budget --- */

/* So many requests a second for so many seconds, all of which fail; the retries made. */
static uint64_t
retries_of(uint32_t per_s, uint32_t seconds)
{
    const uint32_t before = bed.sent;
    uint64_t attempts_before = 0;
    cr_assert_eq(datapath_bed_ask_stats(&bed), ST_OK);
    for (uint32_t i = 0; i < bed.ask.ret_count; i++) {
        attempts_before += bed.stats[i].requests;
    }
    for (uint32_t i = 0; i < per_s * seconds; i++) {
        datapath_bed_request(&bed, SEC(1));
        datapath_bed_wait(&bed, SEC(1) / per_s);
    }
    datapath_bed_wait(&bed, MS(100));
    uint64_t attempts = 0;
    cr_assert_eq(datapath_bed_ask_stats(&bed), ST_OK);
    for (uint32_t i = 0; i < bed.ask.ret_count; i++) {
        attempts += bed.stats[i].requests;
    }
    return attempts - attempts_before - (bed.sent - before);
}

Test(proxy_resilience, spends_a_fifth_of_the_requests_on_retries)
{
    bed_begin(4, 0);
    bed.behavior.errors_ppm = PPM;
    bed.service.resilience = (struct env_resilience){ .retries = 3, .budget_ppm = 200000 };
    cr_assert_eq(datapath_bed_apply(&bed, 1), ST_OK);
    const uint64_t retries = retries_of(100, 10);
    cr_assert(retries >= 199 && retries <= 201, "%u retries", (uint32_t)retries);
    bed.service.resilience.budget_ppm = 0; /* no budget: all three */
    cr_assert_eq(datapath_bed_apply(&bed, 2), ST_OK);
    cr_assert_eq(retries_of(10, 1), 30);
    datapath_bed_ends_conserved(&bed);
}

Test(proxy_resilience, always_allows_the_reserve_of_retries)
{
    bed_begin(4, 0);
    bed.behavior.errors_ppm = PPM;
    bed.service.resilience =
        (struct env_resilience){ .retries = 3, .budget_ppm = 1, .budget_min_per_s = 2 };
    cr_assert_eq(datapath_bed_apply(&bed, 1), ST_OK);
    cr_assert_eq(retries_of(100, 5), 20, "ten seconds' worth at once");
    datapath_bed_wait(&bed, SEC(10));
    cr_assert_eq(retries_of(100, 5), 20, "and again when those are forgotten");
    datapath_bed_ends_conserved(&bed);
}

Test(proxy_resilience, forgets_what_was_saved_ten_seconds_ago)
{
    bed_begin(4, 0);
    bed.service.resilience = (struct env_resilience){ .retries = 3, .budget_ppm = 200000 };
    cr_assert_eq(datapath_bed_apply(&bed, 1), ST_OK);
    cr_assert_eq(retries_of(100, 2), 0, "nothing fails, forty are saved");
    datapath_bed_wait(&bed, SEC(11));
    bed.behavior.errors_ppm = PPM;
    cr_assert_eq(retries_of(10, 1), 2);
    datapath_bed_ends_conserved(&bed);
}

/*
 * tests/unit/balancer/test_policies_average.c
 *
 * Goal:   ewma and peak-ewma keep the averages of their sources and pick by them.
 * Method: sequences of answers whose averages are known by hand; two servers, which are always both
 *         drawn.
 */
#include "tests/unit/balancer/policies_bed.h"

static const double kept_10_s = 0.36787944117144233; /* exp(-1) */

static bool
near(double a, double b)
{
    const double gap = a > b ? a - b : b - a;
    return gap <= 1e-9 * (b > 1 ? b : 1);
}

/* One request to a server that ends at this time after so long. */
static void
answer(struct bed *bed, uint32_t index, int64_t at_ns, int64_t latency_ns)
{
    bed_sent(bed, index);
    bed->state.now_ns = at_ns;
    bed_ended(bed, index, latency_ns);
}

Test(policies_average, peak_goes_up_at_once_and_down_with_time)
{
    struct bed bed;
    bed_open(&bed, "peak-ewma", NULL, 2);
    struct env_balance_server *server = &bed.servers[0];
    answer(&bed, 0, SEC(100), MS(10));
    cr_assert(near(server->cost_ns, 10e6));
    answer(&bed, 0, SEC(100), MS(80)); /* slower: that is the cost now */
    cr_assert(near(server->cost_ns, 80e6));
    answer(&bed, 0, SEC(110), MS(10)); /* 10 s later: 80 / e + 10 (1 - 1 / e) */
    cr_assert(near(server->cost_ns, 80e6 * kept_10_s + 10e6 * (1 - kept_10_s)));
    const double before = server->cost_ns;
    bed.state.now_ns = SEC(120);
    (void)bed_pick(&bed); /* looking is observing a latency of 0 */
    cr_assert(near(server->cost_ns, before * kept_10_s));
    answer(&bed, 0, SEC(120), MS(12)); /* less than the average, but no time has passed */
    cr_assert(near(server->cost_ns, before * kept_10_s));
}

Test(policies_average, plain_average_takes_a_slow_answer_for_one_of_many)
{
    struct bed bed;
    bed_open(&bed, "ewma", NULL, 2);
    struct env_balance_server *server = &bed.servers[0];
    answer(&bed, 0, SEC(100), MS(10));
    cr_assert(near(server->cost_ns, 10e6));
    answer(&bed, 0, SEC(110), MS(80));
    cr_assert(near(server->cost_ns, 10e6 * kept_10_s + 80e6 * (1 - kept_10_s)));
    const double before = server->cost_ns;
    bed.state.now_ns = SEC(120);
    (void)bed_pick(&bed);
    cr_assert(near(server->cost_ns, before), "looking changes nothing");
}

static void
expect_always(struct bed *bed, uint32_t expected, const char *why)
{
    for (uint32_t i = 0; i < 200; i++) {
        cr_assert_eq(bed_pick(bed), expected, "%s: %s", bed->policy->name, why);
    }
}

Test(policies_average, the_lower_latency_times_requests_is_taken)
{
    static const char *const labels[] = { "ewma", "peak-ewma" };
    for (uint32_t i = 0; i < 2; i++) {
        struct bed bed;
        bed_open(&bed, labels[i], NULL, 2);
        answer(&bed, 0, SEC(100), MS(10));
        answer(&bed, 1, SEC(100), MS(35));
        expect_always(&bed, 0, "10 x 1 < 35 x 1");
        bed_set_open(&bed, 0, 2);
        expect_always(&bed, 0, "10 x 3 < 35 x 1");
        bed_set_open(&bed, 0, 3);
        expect_always(&bed, 1, "10 x 4 > 35 x 1");
        bed.servers[0].weight = 2 * BED_WEIGHT_ONE;
        bed_changed(&bed);
        expect_always(&bed, 0, "10 x 4 / 2 < 35 x 1");
        bed_close(&bed);
    }
}

Test(policies_average, a_server_that_nobody_knows_gets_one_request_to_begin_with)
{
    static const char *const labels[] = { "ewma", "peak-ewma" };
    for (uint32_t i = 0; i < 2; i++) {
        struct bed bed;
        bed_open(&bed, labels[i], NULL, 2);
        answer(&bed, 0, SEC(100), MS(10));
        expect_always(&bed, 1, "it costs nothing yet");
        bed_set_open(&bed, 1, 1);
        bed_set_open(&bed, 0, 1000);
        expect_always(&bed, 0, "it has not answered yet");
        bed_ended(&bed, 1, MS(30));
        expect_always(&bed, 1, "it has answered");
        bed_close(&bed);
    }
}

Test(policies_average, a_server_that_was_slow_once_is_tried_again)
{
    static const char *const labels[] = { "ewma", "peak-ewma" };
    for (uint32_t i = 0; i < 2; i++) {
        struct bed bed;
        bed_open(&bed, labels[i], NULL, 2);
        answer(&bed, 0, SEC(100), SEC(1));
        answer(&bed, 1, SEC(100), MS(10));
        uint32_t slow_at_s = 0;
        for (uint32_t at_s = 101; at_s < 300 && slow_at_s == 0; at_s++) {
            bed.state.now_ns = SEC(at_s);
            const uint32_t index = bed_pick(&bed);
            slow_at_s = index == 0 ? at_s : 0;
            answer(&bed, index, SEC(at_s), MS(10));
        }
        /* 1 s fades to 10 ms after ln(100) x 10 s = 46 s; the other fades a little, too */
        cr_assert(slow_at_s > 140 && slow_at_s < 200, "%s: %u", labels[i], slow_at_s);
        bed_close(&bed);
    }
}

/*
 * tests/unit/fakes/test_proxy_tally.c
 *
 * Goal:   what a measured service's servers do is counted under its number, the newer version
 *         apart, in agreement with the statistics of its endpoints; other services are not counted.
 * Method: instances that answer, fail and are gone, over generations that begin, keep and end the
 *         measuring.
 */
#include <criterion/criterion.h>

#include "tests/unit/fakes/datapath_bed.h"

static struct bed bed;
static struct sketch latencies[2];
static struct env_proxy_tally tally;

static void
asked(struct env_op *op)
{
    (void)op;
}

static enum status
ask(uint64_t measured)
{
    tally = (struct env_proxy_tally){ .op = { .done = asked },
                                      .measured = measured,
                                      .ret_latencies = latencies };
    env_proxy_tally(&bed.port.base, &tally);
    datapath_bed_wait(&bed, SEC(1));
    cr_assert_not(env_op_is_pending(&tally.op));
    return tally.op.status;
}

static void
requests(uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        datapath_bed_request(&bed, SEC(1));
    }
    datapath_bed_wait(&bed, SEC(1));
}

Test(proxy_tally, counts_the_newer_version_apart)
{
    datapath_bed_open(&bed, 5, 4, NULL);
    bed.service.measured = 77;
    bed.endpoints[3].newer = true;
    datapath_bed_own_behavior(&bed, 3)->errors_ppm = PPM;
    cr_assert_eq(datapath_bed_apply(&bed, 1), ST_OK);
    cr_assert_eq(ask(77), ST_OK);
    cr_assert_eq(tally.ret_tallies[0].requests + tally.ret_tallies[1].requests, 0);
    requests(8);
    cr_assert_eq(ask(77), ST_OK);
    cr_assert_eq(tally.ret_tallies[0].requests, 6);
    cr_assert_eq(tally.ret_tallies[0].errors, 0);
    cr_assert_eq(tally.ret_tallies[1].requests, 2);
    cr_assert_eq(tally.ret_tallies[1].errors, 2);
    cr_assert_eq(latencies[0].count, 6);
    cr_assert_eq(latencies[1].count, 2);
    cr_assert_eq(sketch_mean_ns(&latencies[0]), MS(5) + 2 * FAKE_PROXY_HOP_NS);
    instance_end(bed.world, &bed.instances[3]);
    requests(4); /* the fourth's is refused, and served by another */
    cr_assert_eq(ask(77), ST_OK);
    cr_assert_eq(tally.ret_tallies[1].failures, 1);
    cr_assert_eq(tally.ret_tallies[1].requests, 3);
    cr_assert_eq(tally.ret_tallies[0].requests, 10);
    cr_assert_eq(datapath_bed_ask_stats(&bed), ST_OK);
    uint64_t all = 0;
    for (uint32_t i = 0; i < bed.ask.ret_count; i++) {
        all += bed.stats[i].requests;
    }
    cr_assert_eq(all, 13);
    datapath_bed_ends_conserved(&bed);
}

Test(proxy_tally, goes_on_over_generations_and_ends_with_its_number)
{
    datapath_bed_open(&bed, 6, 2, NULL);
    cr_assert_eq(datapath_bed_apply(&bed, 1), ST_OK);
    requests(4);
    cr_assert_eq(ask(5), ST_NOT_FOUND);
    bed.service.measured = 5;
    cr_assert_eq(datapath_bed_apply(&bed, 2), ST_OK);
    requests(4);
    bed.endpoints[1].newer = true;
    cr_assert_eq(datapath_bed_apply(&bed, 3), ST_OK);
    requests(4);
    cr_assert_eq(ask(5), ST_OK);
    cr_assert_eq(tally.ret_tallies[0].requests, 6);
    cr_assert_eq(tally.ret_tallies[1].requests, 2);
    cr_assert_eq(ask(6), ST_NOT_FOUND);
    bed.service.measured = 6;
    cr_assert_eq(datapath_bed_apply(&bed, 4), ST_OK);
    cr_assert_eq(ask(5), ST_NOT_FOUND);
    cr_assert_eq(ask(6), ST_OK);
    cr_assert_eq(tally.ret_tallies[0].requests, 0);
    fake_proxy_power_off(bed.proxy);
    cr_assert_eq(ask(6), ST_NOT_FOUND);
    datapath_bed_ends_conserved(&bed);
}

Test(proxy_tally, blames_a_version_for_having_no_server)
{
    datapath_bed_open(&bed, 7, 2, NULL);
    bed.service.measured = 5;
    bed.endpoints[0].newer = true;
    bed.endpoints[0].draining = true;
    bed.endpoints[1].draining = true;
    cr_assert_eq(datapath_bed_apply(&bed, 1), ST_OK);
    requests(3);
    cr_assert_eq(ask(5), ST_OK);
    cr_assert_eq(tally.ret_tallies[0].requests + tally.ret_tallies[1].requests, 0, "whose?");
    bed.endpoints[1].newer = true;
    cr_assert_eq(datapath_bed_apply(&bed, 2), ST_OK);
    requests(3);
    cr_assert_eq(ask(5), ST_OK);
    cr_assert_eq(tally.ret_tallies[1].requests, 3);
    cr_assert_eq(tally.ret_tallies[1].failures, 3);
    cr_assert_eq(latencies[1].count, 0);
    datapath_bed_ends_conserved(&bed);
}

Test(proxy_tally, fails_like_other_questions)
{
    datapath_bed_open(&bed, 8, 1, &(struct fake_proxy_options){ .open_fail_ppm = PPM });
    bed.service.measured = 5;
    cr_assert_eq(datapath_bed_apply(&bed, 1), ST_OK);
    cr_assert_eq(ask(5), ST_UNAVAILABLE);
    datapath_bed_ends_conserved(&bed);
}

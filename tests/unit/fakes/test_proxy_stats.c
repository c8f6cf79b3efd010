/*
 * tests/unit/fakes/test_proxy_stats.c
 *
 * Goal:   the port and the observer say what each server has done, no more and no less.
 * Method: instances that answer, fail, reset and refuse; the observer adds up what it is told.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "tests/unit/fakes/datapath_bed.h"

static struct bed bed;

static struct fake_server_stats told[BED_INSTANCES_MAX]; /* sums by instance */
static uint32_t                 told_count;

static void
note(void *context, const struct fake_server_stats *stats)
{
    (void)context;
    struct fake_server_stats *sum = &told[stats->endpoint_id - 100];
    cr_assert_str_eq(stats->app, "/web");
    cr_assert_str_eq(stats->service, "web_10000");
    cr_assert_eq(stats->node, 0);
    sum->requests += stats->requests;
    sum->errors += stats->errors;
    sum->failures += stats->failures;
    sum->ejections += stats->ejections;
    sum->latency_sum_ns += stats->latency_sum_ns;
    told_count++;
}

static void
bed_begin(uint32_t instances, const struct fake_proxy_options *options)
{
    datapath_bed_open(&bed, 17, instances, options);
    memset(told, 0, sizeof told);
    told_count = 0;
    fake_datapath_set_observer(bed.datapath, note, NULL);
}

Test(proxy_stats, tell_answers_errors_and_failures_apart)
{
    bed_begin(4, NULL);
    datapath_bed_own_behavior(&bed, 1)->errors_ppm = PPM;
    cr_assert_eq(datapath_bed_apply(&bed, 1), ST_OK);
    for (uint32_t i = 0; i < 4; i++) {
        datapath_bed_request(&bed, SEC(1));
    }
    instance_end(bed.world, &bed.instances[2]); /* resets one */
    datapath_bed_wait(&bed, MS(5));
    for (uint32_t i = 0; i < 4; i++) {
        datapath_bed_request(&bed, SEC(1)); /* one is refused, and goes to another */
    }
    datapath_bed_wait(&bed, MS(4));
    cr_assert_eq(datapath_bed_ask_stats(&bed), ST_OK);
    cr_assert_eq(bed.ask.ret_count, 4);
    uint64_t requests = 0;
    for (uint32_t i = 0; i < 4; i++) {
        cr_assert_eq(bed.stats[i].endpoint_id, 100 + i);
        requests += bed.stats[i].requests + bed.stats[i].open;
    }
    cr_assert_eq(requests, 9);
    cr_assert_eq(bed.stats[1].errors, bed.stats[1].requests);
    cr_assert_eq(bed.stats[2].failures, 2);
    cr_assert_eq(bed.stats[2].requests, 2);
    cr_assert_eq(bed.stats[2].latency_mean_ns, 0);
    cr_assert_eq(bed.stats[0].latency_mean_ns, MS(5) + 2 * FAKE_PROXY_HOP_NS);
    cr_assert(bed.stats[0].up);
    datapath_bed_ends_conserved(&bed);
}

Test(proxy_stats, are_sorted_added_up_and_cut)
{
    bed_begin(4, NULL);
    struct env_service services[2] = { bed.service, bed.service };
    struct env_endpoint reversed[4];
    for (uint32_t i = 0; i < 4; i++) {
        reversed[i] = bed.endpoints[3 - i];
    }
    services[0].endpoints = reversed;
    services[0].endpoints_count = 4;
    services[1].name = "web_10001";
    services[1].vhosts = "two.example.com";
    services[1].endpoints = bed.endpoints;
    services[1].endpoints_count = 2;
    bed.apply.generation = 1;
    bed.apply.services = services;
    bed.apply.services_count = 2;
    fake_datapath_set_observer(bed.datapath, NULL, NULL);
    env_proxy_apply(&bed.port.base, &bed.apply);
    datapath_bed_wait(&bed, SEC(1));
    for (uint32_t i = 0; i < 8; i++) {
        datapath_bed_request(&bed, SEC(1));
    }
    bed.target = datapath_bed_target(&bed, "two.example.com", "/");
    for (uint32_t i = 0; i < 4; i++) {
        datapath_bed_request(&bed, SEC(1));
    }
    datapath_bed_wait(&bed, SEC(1));
    cr_assert_eq(datapath_bed_ask_stats(&bed), ST_OK);
    cr_assert_eq(bed.ask.ret_count, 4);
    for (uint32_t i = 0; i < 4; i++) {
        cr_assert_eq(bed.stats[i].endpoint_id, 100 + i);
        cr_assert_eq(bed.stats[i].requests, i < 2 ? 4 : 2);
    }
    bed.ask.stats_max = 3;
    cr_assert_eq(datapath_bed_ask_stats(&bed), ST_OK);
    cr_assert_eq(bed.ask.ret_count, 3);
    cr_assert_eq(bed.stats[2].endpoint_id, 102);
    datapath_bed_ends_conserved(&bed);
}

Test(proxy_stats, fail_like_other_questions)
{
    bed_begin(1, &(struct fake_proxy_options){ .open_fail_ppm = PPM });
    cr_assert_eq(datapath_bed_apply(&bed, 1), ST_OK);
    cr_assert_eq(datapath_bed_ask_stats(&bed), ST_UNAVAILABLE);
    cr_assert_eq(bed.ask.ret_count, 0);
    datapath_bed_ends_conserved(&bed);
}

Test(proxy_stats, reach_the_observer_once)
{
    bed_begin(2, NULL);
    bed.service.resilience = (struct env_resilience){ .eject_failures = 1, .eject_ns = SEC(5) };
    datapath_bed_own_behavior(&bed, 1)->errors_ppm = PPM;
    cr_assert_eq(datapath_bed_apply(&bed, 1), ST_OK);
    for (uint32_t i = 0; i < 6; i++) {
        datapath_bed_request(&bed, SEC(1));
        datapath_bed_wait(&bed, MS(5));
    }
    fake_datapath_servers_tell(bed.datapath);
    cr_assert_eq(told_count, 2);
    cr_assert_eq(told[0].requests, 5);
    cr_assert_eq(told[0].latency_sum_ns, 5 * (MS(5) + 2 * FAKE_PROXY_HOP_NS));
    cr_assert_eq(told[1].requests, 1);
    cr_assert_eq(told[1].errors, 1);
    cr_assert_eq(told[1].ejections, 1);
    fake_datapath_servers_tell(bed.datapath);
    cr_assert_eq(told[0].requests, 5, "nothing new");
    datapath_bed_request(&bed, SEC(1));
    bed.endpoints[0].draining = true;
    bed.endpoints_count = 1;
    cr_assert_eq(datapath_bed_apply(&bed, 2), ST_OK);
    cr_assert_eq(told_count, 5, "one has gone");
    datapath_bed_wait(&bed, SEC(1));
    fake_proxy_power_off(bed.proxy);
    cr_assert_eq(told_count, 6, "and the other");
    cr_assert_eq(told[0].requests, 6);
    datapath_bed_ends_conserved(&bed);
    cr_assert_eq(told_count, 6);
}

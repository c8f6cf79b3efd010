/*
 * tests/peers/test_proxy_stats.c
 *
 * Goal:   what HAProxy counted can be had: by the port over reloads, and by anybody as CSV.
 * Method: the bed of test_proxy.c; requests are counted by hand.
 */
#include "tests/peers/proxy_bed_haproxy.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void
apply_well(struct proxy_bed *bed)
{
    cr_assert(bed_apply(bed) == ST_OK, "%s", bed->message.text);
}

static void
stats_done(struct env_op *op)
{
    (void)op; /* its phase tells */
}

static bool
stats_are_in(void *context)
{
    return !env_op_is_pending(context);
}

HAPROXY_TEST(statistics_outlive_a_reload_and_add_up)
{
    struct env_endpoint_stats stats[BED_INSTANCES];
    struct env_proxy_stats ask = { .op.done = stats_done, .ret_stats = stats,
                                   .stats_max = BED_INSTANCES };
    (void)bed_service(bed, "web", "web.example.com", "", 0, 2);
    apply_well(bed);
    half->instances[1].status = 500;
    bed->new_connections = true; /* a kept one has one more request of the old worker, uncounted */
    for (uint32_t round = 0; round < 3; round++) {
        for (uint32_t i = 0; i < 10; i++) {
            (void)bed_get(bed, "web.example.com", "/");
        }
        if (round < 2) {
            (void)bed_service(bed, round == 0 ? "b" : "c", "b.example.com", "", 2, 0);
            apply_well(bed);
        }
    }
    cr_expect(haproxy_reloads_count(half->haproxy) == 3);
    env_proxy_stats(bed->port, &ask);
    bed_wait(bed, stats_are_in, &ask.op);
    cr_assert(ask.op.status == ST_OK, "%s", ask.op.message);
    cr_assert(ask.ret_count == 2, "%u", ask.ret_count);
    cr_expect(stats[0].endpoint_id == 100 && stats[1].endpoint_id == 101);
    cr_expect(stats[0].requests == 15, "%" PRIu64, stats[0].requests);
    cr_expect(stats[0].errors == 0 && stats[1].errors == 15, "%" PRIu64, stats[1].errors);
    cr_expect(stats[0].up && stats[0].failures == 0);
}

HAPROXY_TEST(statistics_can_be_read_as_csv)
{
    (void)bed_service(bed, "web", "web.example.com", "", 0, 2);
    apply_well(bed);
    for (uint32_t i = 0; i < 4; i++) {
        (void)bed_get(bed, "web.example.com", "/");
    }
    const char *csv = haproxy_bed_curl(half, "'http://127.0.0.1:%u/haproxy?stats;csv'",
                                       half->stats_port);
    cr_expect(strncmp(csv, "# pxname,svname,qcur,", 21) == 0, "%.60s", csv);
    uint32_t sessions = 0;
    const char *row = strstr(csv, "\nbe_web,e101,");
    cr_assert(row != NULL, "%s", csv);
    cr_expect(sscanf(row, "\nbe_web,e101,%*u,%*u,%*u,%*u,,%u,", &sessions) == 1 && sessions == 2,
              "%.80s", row);
    const char *metrics = haproxy_bed_curl(half, "http://127.0.0.1:%u/metrics", half->stats_port);
    cr_expect(strstr(metrics, "haproxy_server_http_responses_total{proxy=\"be_web\"") != NULL);
}

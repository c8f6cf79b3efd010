/*
 * tests/peers/test_proxy_tally.c
 *
 * Goal:   what the versions of a measured service do is counted alike by the model and by HAProxy:
 *         every request once, over reloads, errors and silence told apart, and in agreement with
 *         the statistics of the endpoints.
 * Method: the bed of test_proxy.c; requests are counted by hand. HAProxy tells a moment later, so
 *         it is asked until all have been told of, and once more.
 */
#include "tests/peers/proxy_bed_haproxy.h"

#include <inttypes.h>

enum { ASKS_MAX = 2000 };

static struct sketch latencies[2];
static struct env_proxy_tally ask;

static void
ask_done(struct env_op *op)
{
    (void)op; /* its phase tells */
}

static bool
ask_is_in(void *context)
{
    return !env_op_is_pending(context);
}

static enum status
ask_once(struct proxy_bed *bed, uint64_t measured)
{
    ask = (struct env_proxy_tally){ .op.done = ask_done,
                                    .measured = measured,
                                    .ret_latencies = latencies };
    env_proxy_tally(bed->port, &ask);
    bed_wait(bed, ask_is_in, &ask.op);
    return ask.op.status;
}

static void
ask_until(struct proxy_bed *bed, uint64_t measured, uint64_t older, uint64_t newer)
{
    for (uint32_t i = 0; i < ASKS_MAX; i++) {
        cr_assert(ask_once(bed, measured) == ST_OK, "%s", ask.op.message);
        if (ask.ret_tallies[0].requests >= older && ask.ret_tallies[1].requests >= newer) {
            break;
        }
    }
    cr_expect(ask.ret_tallies[0].requests == older, "%" PRIu64 " of %" PRIu64,
              ask.ret_tallies[0].requests, older);
    cr_expect(ask.ret_tallies[1].requests == newer, "%" PRIu64 " of %" PRIu64,
              ask.ret_tallies[1].requests, newer);
}

static void
apply_well(struct proxy_bed *bed)
{
    cr_assert(bed_apply(bed) == ST_OK, "%s", bed->message.text);
}

static void
get(struct proxy_bed *bed, const char *host, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        cr_expect(bed_get(bed, host, "/") == BED_OK);
    }
}

PROXY_TEST(tallies_count_each_version_of_what_is_measured)
{
    struct env_service *web = bed_service(bed, "web", "web.example.com", "", 0, 4);
    (void)bed_service(bed, "other", "other.example.com", "", 4, 1);
    bed->endpoints[0][3].newer = true;
    apply_well(bed);
    bed->new_connections = true; /* a kept one has one more request of HAProxy's old worker */
    get(bed, "web.example.com", 4);
    cr_expect(ask_once(bed, 9) == ST_NOT_FOUND);
    web->measured = 9;
    apply_well(bed);
    get(bed, "web.example.com", 40);
    get(bed, "other.example.com", 10);
    ask_until(bed, 9, 30, 10);
    cr_expect(latencies[0].count == 30 && latencies[1].count == 10);
    cr_expect(ask.ret_tallies[0].errors + ask.ret_tallies[0].failures == 0);

    bed->endpoints[0][2].newer = true; /* a change of servers alone */
    apply_well(bed);
    get(bed, "web.example.com", 8);
    ask_until(bed, 9, 34, 14);
    cr_expect(ask_once(bed, 8) == ST_NOT_FOUND);
    web->measured = 0;
    apply_well(bed);
    cr_expect(ask_once(bed, 9) == ST_NOT_FOUND);
}

PROXY_TEST(tallies_add_up_the_two_services_of_a_number)
{
    bed_service(bed, "web", "web.example.com", "", 0, 2)->measured = 9;
    bed_service(bed, "web.v2", "new.example.com", "", 2, 2)->measured = 9;
    bed->endpoints[1][0].newer = true;
    bed->endpoints[1][1].newer = true;
    apply_well(bed);
    get(bed, "web.example.com", 7);
    get(bed, "new.example.com", 5);
    ask_until(bed, 9, 7, 5);
}

HAPROXY_TEST(tallies_agree_with_the_statistics_over_reloads)
{
    struct env_endpoint_stats stats[BED_INSTANCES];
    struct env_proxy_stats all = { .op.done = ask_done, .ret_stats = stats,
                                   .stats_max = BED_INSTANCES };
    bed_service(bed, "web", "web.example.com", "", 0, 2)->measured = 9;
    bed->endpoints[0][1].newer = true;
    apply_well(bed);
    half->instances[1].status = 500;
    bed->new_connections = true; /* a kept one has one more request of the old worker */
    for (uint32_t round = 0; round < 3; round++) {
        for (uint32_t i = 0; i < 20; i++) {
            (void)bed_get(bed, "web.example.com", "/");
        }
        if (round < 2) {
            (void)bed_service(bed, round == 0 ? "b" : "c", "b.example.com", "", 2, 0);
            apply_well(bed);
        }
    }
    cr_expect(haproxy_reloads_count(half->haproxy) == 3);
    ask_until(bed, 9, 30, 30);
    env_proxy_stats(bed->port, &all);
    bed_wait(bed, ask_is_in, &all.op);
    for (uint32_t i = 0; i < 2; i++) {
        cr_expect(ask.ret_tallies[i].requests == stats[i].requests);
        cr_expect(ask.ret_tallies[i].errors == stats[i].errors);
        cr_expect(ask.ret_tallies[i].failures == stats[i].failures);
    }
    cr_expect(ask.ret_tallies[1].errors == 30);
}

HAPROXY_TEST(tallies_know_how_long_an_answer_took)
{
    bed_service(bed, "web", "web.example.com", "", 0, 2)->measured = 9;
    bed->endpoints[0][1].newer = true;
    apply_well(bed);
    bed->holds[1] = true;
    for (uint32_t i = 0; i < 4; i++) {
        bed_send(bed, "web.example.com", "/");
    }
    bed_wait_held(bed, 1, 2);
    const uint64_t from_ns = uv_hrtime();
    while (uv_hrtime() - from_ns < (uint64_t)MS(150)) {
        (void)ask_once(bed, 9); /* the loop turns */
    }
    const int64_t held_ns = (int64_t)(uv_hrtime() - from_ns);
    bed_release(bed, 1);
    bed_wait_ended(bed, 4);
    ask_until(bed, 9, 2, 2);
    cr_expect(sketch_quantile_ns(&latencies[1], 0) >= held_ns - MS(2), "%" PRId64 " of %" PRId64,
              sketch_quantile_ns(&latencies[1], 0), held_ns);
    cr_expect(sketch_quantile_ns(&latencies[1], PPM) < held_ns + SEC(1));
    cr_expect(sketch_quantile_ns(&latencies[0], PPM) < held_ns);
    cr_expect(haproxy_reloads_count(half->haproxy) == 1);
}

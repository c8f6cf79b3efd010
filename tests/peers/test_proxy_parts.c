/*
 * tests/peers/test_proxy_parts.c
 *
 * Goal:   what a service may have beyond routes and servers works on a real HAProxy: sessions,
 *         attempts, ejection, queues, slow starts.
 * Method: the bed of test_proxy.c; curl asks, instances count and remember what they were asked.
 */
#include "tests/peers/proxy_parts.h"

#include <string.h>

/* --- sessions --- */

/* curl with a file of cookies: which instance answered; BED_INSTANCES: none. */
static uint32_t
session_ask(struct haproxy_bed *half, const char *jar)
{
    const char *printed = haproxy_bed_curl(
        half, "-D - -o /dev/null -b %s/%s -c %s/%s --resolve web.example.com:%u:127.0.0.1 "
              "http://web.example.com:%u/",
        half->dir, jar, half->dir, jar, half->http_port, half->http_port);
    uint32_t instance = BED_INSTANCES;
    const char *at = strcasestr(printed, "x-instance: ");
    cr_expect(at != NULL && sscanf(at + 12, "%u", &instance) == 1, "%s", printed);
    return instance;
}

HAPROXY_TEST(a_session_stays_with_its_server_through_a_rollout)
{
    static const char *const jars[] = { "jar0", "jar1", "jar2", "jar3" };
    uint32_t at[COUNT_OF(jars)];
    struct env_service *web = bed_service(bed, "web", "web.example.com", "", 0, 2);
    web->sticky = true;
    apply_well(bed);
    for (uint32_t i = 0; i < COUNT_OF(jars); i++) {
        at[i] = session_ask(half, jars[i]);
        cr_expect(at[i] < 2);
    }

    /* two new ones come, the old ones leave: whoever has a session keeps it */
    bed->endpoints[0][2] = bed->instances[2];
    bed->endpoints[0][3] = bed->instances[3];
    bed->endpoints[0][0].leaving = true;
    bed->endpoints[0][1].leaving = true;
    web->endpoints_count = 4;
    apply_well(bed);
    for (uint32_t i = 0; i < 2 * COUNT_OF(jars); i++) {
        cr_expect(session_ask(half, jars[i % COUNT_OF(jars)]) == at[i % COUNT_OF(jars)]);
        cr_expect(session_ask(half, "fresh") >= 2, "a new session went to one that leaves");
    }
    cr_expect(haproxy_reloads_count(half->haproxy) == 1);

    /* a reload does not forget them */
    (void)bed_service(bed, "other", "other.example.com", "", 5, 1);
    apply_well(bed);
    cr_expect(haproxy_reloads_count(half->haproxy) == 2);
    for (uint32_t i = 0; i < COUNT_OF(jars); i++) {
        cr_expect(session_ask(half, jars[i]) == at[i]);
    }

    /* they drain: not one request more, and the sessions go on elsewhere, to stay there */
    bed->endpoints[0][0].draining = true;
    bed->endpoints[0][1].draining = true;
    apply_well(bed);
    const uint32_t hits = bed->hits[0] + bed->hits[1];
    for (uint32_t i = 0; i < COUNT_OF(jars); i++) {
        at[i] = session_ask(half, jars[i]);
        cr_expect(at[i] == 2 || at[i] == 3);
        cr_expect(session_ask(half, jars[i]) == at[i]);
    }
    cr_expect(bed->hits[0] + bed->hits[1] == hits);
    char command[256];
    (void)snprintf(command, sizeof command, "rm -f %s/jar? %s/fresh", half->dir, half->dir);
    (void)haproxy_bed_run(half, command);
}

/* --- attempts, ejection, queues --- */

HAPROXY_TEST(an_attempt_that_takes_too_long_has_failed)
{
    struct env_service *web = bed_service(bed, "web", "web.example.com", "", 0, 1);
    web->resilience.attempt_timeout_ns = MS(200);
    apply_well(bed);
    bed->holds[0] = true;
    cr_expect(status_of(half, "/", "") == 504);
    cr_expect(bed->hits[0] == 1, "it was tried again though no retry was asked for");
    bed_release(bed, 0);
}

HAPROXY_TEST(a_retry_goes_elsewhere_and_what_may_change_something_is_not_repeated)
{
    struct env_service *web = bed_service(bed, "web", "web.example.com", "", 0, 2);
    web->resilience.retries = 2;
    half->instances[0].status = 503;
    apply_well(bed);
    for (uint32_t i = 0; i < 6; i++) {
        cr_expect(status_of(half, "/", "") == 200);
    }
    cr_expect(bed->hits[0] > 0 && bed->hits[1] == 6);
    uint32_t failed = 0;
    for (uint32_t i = 0; i < 6; i++) {
        failed += status_of(half, "/", "-d x=1") == 503 ? 1 : 0;
    }
    cr_expect(failed == 3, "%u of 6 posts", failed);
}

static bool
ejected(void *context)
{
    struct proxy_bed *bed = context;
    const uint32_t before = bed->hits[0];
    for (uint32_t i = 0; i < 6; i++) {
        (void)bed_get(bed, "web.example.com", "/");
    }
    return bed->hits[0] == before;
}

static bool
back_again(void *context)
{
    return !ejected(context);
}

HAPROXY_TEST(a_server_that_fails_in_a_row_is_ejected_and_comes_back)
{
    struct env_service *web = bed_service(bed, "web", "web.example.com", "", 0, 3);
    web->resilience.eject_failures = 3;
    web->resilience.eject_ns = MS(300);
    apply_well(bed);
    half->instances[0].status = 500;
    bed_wait(bed, ejected, bed);
    cr_expect(bed->hits[0] >= 3);
    half->instances[0].status = 0;
    bed_wait(bed, back_again, bed);
}

HAPROXY_TEST(requests_wait_for_a_server_and_those_beyond_the_queue_are_refused)
{
    (void)half;
    struct env_service *web = bed_service(bed, "web", "web.example.com", "", 0, 1);
    web->resilience.server_requests_max = 2;
    web->resilience.queue_max = 3;
    apply_well(bed);
    bed->holds[0] = true;
    for (uint32_t i = 0; i < 7; i++) {
        bed_send(bed, "web.example.com", "/");
    }
    bed_wait_ended(bed, 2);
    cr_expect(bed->outcomes[BED_NO_SERVER] == 2, "two are beyond");
    bed_wait_held(bed, 0, 2);
    cr_expect(bed->hits[0] == 2, "more than two at once");
    bed_release(bed, 0);
    bed_wait_ended(bed, 7);
    cr_expect(bed->outcomes[BED_OK] == 5);
}

HAPROXY_TEST(who_waits_too_long_for_a_server_is_refused)
{
    struct env_service *web = bed_service(bed, "web", "web.example.com", "", 0, 1);
    web->resilience.server_requests_max = 1;
    web->resilience.queue_timeout_ns = MS(100);
    apply_well(bed);
    bed->holds[0] = true;
    bed_send(bed, "web.example.com", "/");
    bed_wait_held(bed, 0, 1);
    cr_expect(status_of(half, "/", "") == 503);
    bed_release(bed, 0);
    bed_wait_ended(bed, 1);
}

HAPROXY_TEST(a_server_that_comes_up_starts_slowly)
{
    struct env_service *web = bed_service(bed, "web", "web.example.com", "", 0, 1);
    web->slow_start_ns = SEC(600);
    apply_well(bed);
    bed->endpoints[0][1] = bed->instances[1];
    web->endpoints_count = 2;
    apply_well(bed);
    for (uint32_t i = 0; i < 40; i++) {
        cr_expect(bed_get(bed, "web.example.com", "/") == BED_OK);
    }
    cr_expect(bed->hits[1] <= 6, "%u of 40 in the first seconds of ten minutes", bed->hits[1]);
    cr_expect(haproxy_reloads_count(half->haproxy) == 1);
}

HAPROXY_TEST(a_static_policy_is_reloaded_for_its_servers_and_weights)
{
    static const struct env_balance_policy fixed = { .name = "static-rr", .haproxy = "static-rr" };
    struct env_service *web = bed_service(bed, "web", "web.example.com", "", 0, 1);
    web->policy = &fixed;
    apply_well(bed);
    bed_pump(bed, 4);
    bed->endpoints[0][1] = bed->instances[1];
    web->endpoints_count = 2;
    apply_well(bed);
    bed->endpoints[0][1].weight = 3;
    apply_well(bed);
    cr_expect(haproxy_reloads_count(half->haproxy) == 3);
    bed_pump(bed, 0);
    bed->hits[0] = 0;
    bed->hits[1] = 0;
    for (uint32_t i = 0; i < 40; i++) {
        cr_expect(bed_get(bed, "web.example.com", "/") == BED_OK);
    }
    cr_expect(bed->hits[0] == 10 && bed->hits[1] == 30);
    bed->endpoints[0][0].draining = true; /* that needs none */
    apply_well(bed);
    cr_expect(haproxy_reloads_count(half->haproxy) == 3);
    cr_expect(bed_get(bed, "web.example.com", "/") == BED_OK);
    cr_expect(bed->hits[0] == 10);
    cr_expect(bed->outcomes[BED_OK] == bed->ended);
}

HAPROXY_TEST(equal_servers_have_equal_shares_of_a_ring)
{
    static const struct env_balance_policy ring = { .name = "uri", .haproxy = "uri" };
    const uint32_t requests = 1600;
    struct env_service *web = bed_service(bed, "web", "web.example.com", "", 0, 4);
    web->policy = &ring;
    apply_well(bed);
    for (uint32_t i = 0; i < requests; i++) {
        char path[16];
        (void)snprintf(path, sizeof path, "/p%u", i);
        cr_expect(bed_get(bed, "web.example.com", path) == BED_OK);
    }
    for (uint32_t i = 0; i < 4; i++) { /* each weight by itself gave one of them 30 % */
        const double share = (double)bed->hits[i] / requests;
        cr_expect(share > 0.215 && share < 0.285, "%u has %.3f", i, share);
    }
    cr_expect(haproxy_reloads_count(half->haproxy) == 1);
}

HAPROXY_TEST(weights_change_at_run_time)
{
    (void)bed_service(bed, "web", "web.example.com", "", 0, 2);
    apply_well(bed);
    bed->endpoints[0][1].weight = 3;
    apply_well(bed);
    cr_expect(haproxy_reloads_count(half->haproxy) == 1);
    for (uint32_t i = 0; i < 40; i++) {
        cr_expect(bed_get(bed, "web.example.com", "/") == BED_OK);
    }
    cr_expect(bed->hits[0] == 10 && bed->hits[1] == 30, "%u to %u", bed->hits[0], bed->hits[1]);
}

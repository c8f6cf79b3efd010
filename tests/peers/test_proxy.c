/*
 * tests/peers/test_proxy.c
 *
 * Goal:   the modelled proxy and HAProxy keep the same promises, those of platform/env/proxy.h.
 * Method: one body a promise, run on both; instances count what arrives and hold answers back on
 *         demand, so that nothing depends on how long something takes.
 */
#include "tests/peers/proxy_bed.h"

#include <string.h>

PROXY_TEST(routes_by_host_and_the_longest_path)
{
    (void)bed_service(bed, "web", "web.example.com,www.example.com", "", 0, 1);
    (void)bed_service(bed, "api", "web.example.com", "/api", 1, 1);
    (void)bed_service(bed, "deep", "web.example.com", "/api/v2", 2, 1);
    (void)bed_service(bed, "shop", "shop.example.com", "", 3, 1);
    cr_assert(bed_apply(bed) == ST_OK, "%s", bed->message.text);

    cr_expect(bed_get(bed, "web.example.com", "/") == BED_OK);
    cr_expect(bed_get(bed, "WWW.example.com", "/x") == BED_OK);
    cr_expect(bed_get(bed, "web.example.com", "/api/v1") == BED_OK);
    cr_expect(bed_get(bed, "web.example.com", "/api/v2/things") == BED_OK);
    cr_expect(bed_get(bed, "shop.example.com", "/api") == BED_OK);
    cr_expect(bed->hits[0] == 2);
    cr_expect(bed->hits[1] == 1);
    cr_expect(bed->hits[2] == 1);
    cr_expect(bed->hits[3] == 1);
    cr_expect(bed_get(bed, "nobody.example.com", "/") >= BED_NO_SERVER);
}

PROXY_TEST(a_draining_endpoint_keeps_its_open_request_and_gets_no_new_one)
{
    struct env_service *web = bed_service(bed, "web", "web.example.com", "", 0, 1);
    uint32_t open = 7;
    cr_assert(bed_apply(bed) == ST_OK);
    bed->holds[0] = true;
    bed_send(bed, "web.example.com", "/");
    bed_wait_held(bed, 0, 1);
    cr_assert(bed_ask_open(bed, 0, &open) == ST_OK);
    cr_expect(open == 1);

    bed->endpoints[0][0].draining = true;
    bed->endpoints[0][1] = bed->instances[1];
    web->endpoints_count = 2;
    cr_assert(bed_apply(bed) == ST_OK);
    for (uint32_t i = 0; i < 20; i++) {
        cr_expect(bed_get(bed, "web.example.com", "/") == BED_OK);
    }
    cr_expect(bed->hits[0] == 1, "a draining endpoint got a new request");
    cr_expect(bed->hits[1] == 20);
    cr_expect(bed->held[0] == 1, "an open request was cut");
    cr_assert(bed_ask_open(bed, 0, &open) == ST_OK);
    cr_expect(open == 1);

    const uint32_t ended = bed->ended;
    bed_release(bed, 0);
    bed_wait_ended(bed, ended + 1);
    cr_expect(bed->outcomes[BED_OK] == 21);
    cr_assert(bed_ask_open(bed, 0, &open) == ST_OK);
    cr_expect(open == 0);
}

PROXY_TEST(a_draining_endpoint_takes_requests_again_when_it_is_wanted_back)
{
    struct env_service *web = bed_service(bed, "web", "web.example.com", "", 0, 2);
    (void)web;
    cr_assert(bed_apply(bed) == ST_OK);
    bed->endpoints[0][0].draining = true;
    cr_assert(bed_apply(bed) == ST_OK);
    cr_expect(bed_get(bed, "web.example.com", "/") == BED_OK);
    cr_expect(bed->hits[0] == 0);
    bed->endpoints[0][0].draining = false;
    cr_assert(bed_apply(bed) == ST_OK);
    for (uint32_t i = 0; i < 6; i++) {
        cr_expect(bed_get(bed, "web.example.com", "/") == BED_OK);
    }
    cr_expect(bed->hits[0] > 0);
}

PROXY_TEST(an_endpoint_no_longer_named_ends_its_open_request_first)
{
    struct env_service *web = bed_service(bed, "web", "web.example.com", "", 0, 2);
    cr_assert(bed_apply(bed) == ST_OK);
    bed->holds[0] = true;
    bed->holds[1] = true;
    bed_send(bed, "web.example.com", "/");
    bed_send(bed, "web.example.com", "/");
    bed_wait_held(bed, 0, 1);
    bed_wait_held(bed, 1, 1);

    bed->endpoints[0][0] = bed->instances[2];
    web->endpoints_count = 1;
    cr_assert(bed_apply(bed) == ST_OK);
    for (uint32_t i = 0; i < 4; i++) {
        cr_expect(bed_get(bed, "web.example.com", "/") == BED_OK);
    }
    cr_expect(bed->hits[2] == 4);
    const uint32_t ended = bed->ended;
    bed_release(bed, 0);
    bed_release(bed, 1);
    bed_wait_ended(bed, ended + 2);
    cr_expect(bed->outcomes[BED_OK] == 6);
}

/* Each generation has other endpoints than the one before, and the old ones drain for one round. */
static void
replace_fifty_times(struct proxy_bed *bed)
{
    struct env_service *web = bed_service(bed, "web", "web.example.com", "", 0, 2);
    cr_assert(bed_apply(bed) == ST_OK);
    bed_pump(bed, 8);
    for (uint32_t round = 1; round <= 50; round++) {
        for (uint32_t i = 0; i < 4; i++) {
            bed->endpoints[0][i] = bed->instances[(round * 2 + i) % BED_INSTANCES];
            bed->endpoints[0][i].draining = i >= 2;
        }
        web->endpoints_count = round % 3 == 0 ? 2 : 4; /* now and then without having drained */
        cr_assert(bed_apply(bed) == ST_OK, "round %u: %s", round, bed->message.text);
        bed_wait_ended(bed, bed->ended + 10);
    }
    bed_pump(bed, 0);
    cr_expect(bed->outcomes[BED_OK] == bed->sent,
              "%u requests: %u errors, %u timeouts, %u reset, %u refused, %u without server",
              bed->sent, bed->outcomes[1], bed->outcomes[2], bed->outcomes[3], bed->outcomes[4],
              bed->outcomes[5]);
    cr_expect(bed->sent >= 500);
    for (uint32_t i = 0; i < BED_INSTANCES; i++) {
        cr_expect(bed->hits[i] > 0);
    }
}

PROXY_TEST(replaces_endpoints_fifty_times_without_a_failed_request)
{
    replace_fifty_times(bed);
}

PROXY_TEST(replaces_endpoints_fifty_times_under_new_connections)
{
    bed->new_connections = true;
    replace_fifty_times(bed);
}

PROXY_TEST(a_service_that_cannot_be_done_is_named_and_the_others_are_in_force)
{
    (void)bed_service(bed, "first", "first.example.com", "", 0, 1);
    (void)bed_service(bed, "broken", "broken.example.com", "", 1, 1);
    (void)bed_service(bed, "last", "last.example.com", "", 2, 1);
    bed->endpoints[1][0].weight = 0;
    cr_expect(bed_apply(bed) == ST_INVALID);
    cr_expect(strstr(bed->message.text, "broken") != NULL, "%s", bed->message.text);
    cr_expect(bed_get(bed, "first.example.com", "/") == BED_OK);
    cr_expect(bed_get(bed, "last.example.com", "/") == BED_OK);
    cr_expect(bed_get(bed, "broken.example.com", "/") != BED_OK);
}

PROXY_TEST(an_older_generation_is_stale_and_changes_nothing)
{
    (void)bed_service(bed, "web", "web.example.com", "", 0, 1);
    bed->generation = 8;
    cr_assert(bed_apply(bed) == ST_OK);
    bed->endpoints[0][0] = bed->instances[1];
    bed->generation = 4;
    cr_expect(bed_apply(bed) == ST_STALE);
    cr_expect(bed_get(bed, "web.example.com", "/") == BED_OK);
    cr_expect(bed->hits[0] == 1);
    bed->generation = 8; /* the same one again is welcome: its answer may have been lost */
    cr_expect(bed_apply(bed) == ST_OK);
}

PROXY_TEST(an_unknown_endpoint_is_not_found)
{
    uint32_t open = 0;
    (void)bed_service(bed, "web", "web.example.com", "", 0, 1);
    cr_assert(bed_apply(bed) == ST_OK);
    cr_expect(bed_ask_open(bed, 0, &open) == ST_OK);
    cr_expect(open == 0);
    cr_expect(bed_ask_open(bed, 5, &open) == ST_NOT_FOUND);
}

PROXY_TEST(a_service_without_endpoints_has_no_server)
{
    (void)bed_service(bed, "web", "web.example.com", "", 0, 0);
    cr_assert(bed_apply(bed) == ST_OK);
    cr_expect(bed_get(bed, "web.example.com", "/") == BED_NO_SERVER);
}

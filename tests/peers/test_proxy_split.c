/*
 * tests/peers/test_proxy_split.c
 *
 * Goal:   two services share requests alike on the modelled proxy and on HAProxy: by chance within
 *         the binomial bound, wholly to one side while the other has no server, without a failed
 *         request when they are split, moved and merged; on HAProxy a share changes without a
 *         reload, and headers and sessions go first.
 * Method: the beds of test_proxy.c and test_proxy_parts.c. The bound is |share - w| <= 3.3 sqrt(w(1
 *         - w)/N), false once in a thousand honest runs; HAProxy's draws have no seed, so that one
 *         share in a thousand may be drawn a second time.
 */
#include "tests/peers/proxy_bed_haproxy.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Instances first..first+count-1 stand in the service, the next apart_count apart. */
static struct env_service *
split(struct proxy_bed *bed, uint32_t count, uint32_t apart_count, uint32_t share_ppm)
{
    bed->services_count = 0;
    struct env_service *web = bed_service(bed, "web", "web.example.com", "", 0, count);
    struct env_service *apart = bed_service(bed, "web.v2", "", "", count, apart_count);
    apart->external = false;
    web->split_to = "web.v2";
    web->split_ppm = share_ppm;
    web->split_header = "X-Canary";
    web->split_value = "for testers";
    return web;
}

static void
merge(struct proxy_bed *bed, uint32_t count)
{
    bed->services_count = 0;
    (void)bed_service(bed, "web", "web.example.com", "", 0, count);
}

static uint32_t
hits_from(const struct proxy_bed *bed, uint32_t first)
{
    uint32_t hits = 0;
    for (uint32_t i = first; i < BED_INSTANCES; i++) {
        hits += bed->hits[i];
    }
    return hits;
}

static void
pump(struct proxy_bed *bed, uint32_t requests)
{
    bed_pump(bed, 8);
    bed_wait_ended(bed, bed->ended + requests);
    bed_pump(bed, 0);
}

/* Whether the share of about n requests that went apart is within the bound. */
static bool
share_fits(struct proxy_bed *bed, double wanted, uint32_t n)
{
    const uint32_t sent_before = bed->sent;
    const uint32_t apart_before = hits_from(bed, 3);
    pump(bed, n);
    const double all = bed->sent - sent_before;
    const double share = (hits_from(bed, 3) - apart_before) / all;
    return fabs(share - wanted) <= 3.3 * sqrt(wanted * (1 - wanted) / all);
}

PROXY_TEST(shares_requests_within_the_binomial_bound)
{
    static const uint32_t shares_ppm[] = { 50000, 250000, 500000, 900000 };
    for (uint32_t i = 0; i < COUNT_OF(shares_ppm); i++) {
        (void)split(bed, 3, 3, shares_ppm[i]);
        cr_assert(bed_apply(bed) == ST_OK, "%s", bed->message.text);
        const double wanted = shares_ppm[i] / 1e6;
        cr_expect(share_fits(bed, wanted, 1500) || share_fits(bed, wanted, 1500), "%u ppm",
                  shares_ppm[i]);
    }
    cr_expect(bed->outcomes[BED_OK] == bed->sent);
}

PROXY_TEST(shares_all_or_nothing)
{
    (void)split(bed, 3, 3, 0);
    cr_assert(bed_apply(bed) == ST_OK);
    pump(bed, 200);
    cr_expect(hits_from(bed, 3) == 0);
    (void)split(bed, 3, 3, PPM);
    cr_assert(bed_apply(bed) == ST_OK);
    const uint32_t before = hits_from(bed, 0);
    pump(bed, 200);
    cr_expect(hits_from(bed, 0) - before == hits_from(bed, 3));
    cr_expect(bed->outcomes[BED_OK] == bed->sent);
}

PROXY_TEST(a_side_without_a_server_costs_no_request)
{
    (void)split(bed, 3, 0, 500000);
    cr_assert(bed_apply(bed) == ST_OK);
    pump(bed, 100);
    (void)split(bed, 3, 1, 500000);
    bed->endpoints[1][0].draining = true;
    cr_assert(bed_apply(bed) == ST_OK);
    pump(bed, 100);
    cr_expect(bed->hits[3] == 0);
    (void)split(bed, 1, 2, 10000);
    bed->endpoints[0][0].draining = true;
    cr_assert(bed_apply(bed) == ST_OK);
    const uint32_t before = bed->hits[0];
    pump(bed, 100);
    cr_expect(bed->hits[0] == before);
    cr_expect(bed->outcomes[BED_OK] == bed->sent, "%u without server",
              bed->outcomes[BED_NO_SERVER]);
}

PROXY_TEST(an_open_request_is_followed_from_one_service_to_the_other)
{
    uint32_t open = 0;
    (void)split(bed, 1, 1, PPM);
    cr_assert(bed_apply(bed) == ST_OK);
    bed->holds[1] = true;
    bed_send(bed, "web.example.com", "/");
    bed_wait_held(bed, 1, 1);

    merge(bed, 2);
    bed->endpoints[0][1].draining = true;
    cr_assert(bed_apply(bed) == ST_OK);
    cr_assert(bed_ask_open(bed, 1, &open) == ST_OK);
    cr_expect(open == 1, "the drain would not wait for it: %u", open);
    for (uint32_t i = 0; i < 10; i++) {
        cr_expect(bed_get(bed, "web.example.com", "/") == BED_OK);
    }
    cr_expect(bed->hits[1] == 1);
    bed_release(bed, 1);
    bed_wait_ended(bed, 11);
    cr_expect(bed->outcomes[BED_OK] == 11);
    cr_assert(bed_ask_open(bed, 1, &open) == ST_OK);
    cr_expect(open == 0);
}

/* A rollout from begin to end, again and again: the canary comes, grows, takes over, and the old
 * ones
 * drain; now and then it goes back instead. */
static void
roll_under_load(struct proxy_bed *bed)
{
    for (uint32_t round = 0; round < 6; round++) {
        const bool back = round % 3 == 2;
        merge(bed, 3);
        cr_assert(bed_apply(bed) == ST_OK);
        bed_pump(bed, 8);
        bed_wait_ended(bed, bed->ended + 20);
        (void)split(bed, 3, 1, 0);
        cr_assert(bed_apply(bed) == ST_OK);
        bed_wait_ended(bed, bed->ended + 10);
        for (uint32_t apart = 1; apart <= 3; apart++) {
            (void)split(bed, 3, apart, apart * 200000);
            cr_assert(bed_apply(bed) == ST_OK);
            bed_wait_ended(bed, bed->ended + 20);
        }
        (void)split(bed, 3, 3, back ? 0 : PPM);
        for (uint32_t i = 0; i < 3; i++) {
            bed->endpoints[back ? 1 : 0][i].draining = true;
        }
        cr_assert(bed_apply(bed) == ST_OK);
        bed_wait_ended(bed, bed->ended + 8); /* those that were on their way */
        const uint32_t drained = back ? hits_from(bed, 3) : hits_from(bed, 0) - hits_from(bed, 3);
        bed_wait_ended(bed, bed->ended + 20);
        merge(bed, 6); /* the drained ones are still named */
        for (uint32_t i = 0; i < 3; i++) {
            bed->endpoints[0][back ? 3 + i : i].draining = true;
        }
        cr_assert(bed_apply(bed) == ST_OK);
        bed_wait_ended(bed, bed->ended + 20);
        const uint32_t now = back ? hits_from(bed, 3) : hits_from(bed, 0) - hits_from(bed, 3);
        cr_expect(now == drained, "round %u: a drained endpoint was reached %u times", round,
                  now - drained);
    }
    bed_pump(bed, 0);
    cr_expect(bed->outcomes[BED_OK] == bed->sent, "%u requests: %u errors, %u reset, %u without",
              bed->sent, bed->outcomes[1], bed->outcomes[3], bed->outcomes[5]);
}

PROXY_TEST(splits_and_merges_under_load_without_a_failed_request)
{
    roll_under_load(bed);
}

PROXY_TEST(splits_and_merges_under_new_connections_without_a_failed_request)
{
    bed->new_connections = true;
    roll_under_load(bed);
}

HAPROXY_TEST(a_share_changes_without_a_reload_and_so_do_instances)
{
    (void)split(bed, 3, 1, 0);
    cr_assert(bed_apply(bed) == ST_OK);
    const uint32_t reloads = haproxy_reloads_count(half->haproxy);
    for (uint32_t apart = 1; apart <= 3; apart++) {
        (void)split(bed, 3, apart, apart * 300000);
        cr_assert(bed_apply(bed) == ST_OK);
    }
    (void)split(bed, 3, 3, PPM);
    cr_assert(bed_apply(bed) == ST_OK);
    const uint32_t before = hits_from(bed, 0);
    pump(bed, 100);
    cr_expect(hits_from(bed, 3) == hits_from(bed, 0) - before, "the new share is in force");
    cr_expect(haproxy_reloads_count(half->haproxy) == reloads);

    /* a reload for another reason keeps the share */
    (void)bed_service(bed, "other", "other.example.com", "", 5, 1);
    cr_assert(bed_apply(bed) == ST_OK);
    cr_expect(haproxy_reloads_count(half->haproxy) == reloads + 1);
    const uint32_t old = hits_from(bed, 0) - hits_from(bed, 3);
    pump(bed, 100);
    cr_expect(hits_from(bed, 0) - hits_from(bed, 3) == old);
}

static uint32_t
instance_of(struct haproxy_bed *half, const char *words)
{
    const char *printed = haproxy_bed_curl(
        half, "-D - -o /dev/null %s --resolve web.example.com:%u:127.0.0.1 "
              "http://web.example.com:%u/",
        words, half->http_port, half->http_port);
    uint32_t instance = BED_INSTANCES;
    const char *at = strcasestr(printed, "x-instance: ");
    cr_expect(at != NULL && sscanf(at + 12, "%u", &instance) == 1, "%s", printed);
    return instance;
}

HAPROXY_TEST(a_header_sends_requests_to_the_version_apart)
{
    (void)split(bed, 3, 3, 0);
    cr_assert(bed_apply(bed) == ST_OK);
    for (uint32_t i = 0; i < 10; i++) {
        cr_expect(instance_of(half, "-H 'x-canary: for testers'") >= 3);
        cr_expect(instance_of(half, "-H 'x-canary: for testers, too'") < 3);
        cr_expect(instance_of(half, "-H 'x-canary: testers'") < 3);
        cr_expect(instance_of(half, "") < 3);
    }
    (void)split(bed, 3, 0, 0);
    cr_assert(bed_apply(bed) == ST_OK);
    cr_expect(instance_of(half, "-H 'x-canary: for testers'") < 3, "nobody else is there");
}

HAPROXY_TEST(a_session_stays_with_its_version_while_that_gets_requests)
{
    enum { JARS = 24 };
    uint32_t at[JARS];
    char words[JARS][320];
    uint32_t apart_count = 0;
    merge(bed, 3);
    bed->services[0].sticky = true;
    cr_assert(bed_apply(bed) == ST_OK);
    for (uint32_t i = 0; i < JARS; i++) {
        (void)snprintf(words[i], sizeof words[i], "-b %s/jar%u -c %s/jar%u", half->dir, i,
                       half->dir, i);
        at[i] = i < 6 ? instance_of(half, words[i]) : 0; /* some were there before */
    }
    for (uint32_t step = 0; step < 2; step++) {
        struct env_service *web = split(bed, 3, 3, step == 0 ? 400000 : 900000);
        web->sticky = true;
        bed->services[1].sticky = true;
        cr_assert(bed_apply(bed) == ST_OK);
        for (uint32_t i = 0; i < JARS; i++) {
            const uint32_t now = instance_of(half, words[i]);
            cr_expect((step == 0 && i >= 6) || now == at[i], "session %u: %u, then %u", i, at[i],
                      now);
            at[i] = now;
            apart_count += step == 0 && now >= 3 ? 1 : 0;
        }
    }
    cr_expect(apart_count > 0 && apart_count < JARS - 6, "%u", apart_count);
    bed->services[0].split_ppm = PPM;
    cr_assert(bed_apply(bed) == ST_OK);
    for (uint32_t i = 0; i < JARS; i++) {
        const uint32_t now = instance_of(half, words[i]);
        cr_expect(now >= 3 && (at[i] < 3 || now == at[i]));
        at[i] = now;
    }
    merge(bed, 6);
    bed->services[0].sticky = true;
    cr_assert(bed_apply(bed) == ST_OK);
    for (uint32_t i = 0; i < JARS; i++) {
        cr_expect(instance_of(half, words[i]) == at[i], "one service again: they stay");
    }
    char command[256];
    (void)snprintf(command, sizeof command, "rm -f %s/jar*", half->dir);
    (void)haproxy_bed_run(half, command);
}

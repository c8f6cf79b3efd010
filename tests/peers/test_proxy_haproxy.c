/*
 * tests/peers/test_proxy_haproxy.c
 *
 * Goal:   what only a real HAProxy can show: reloads lose nothing, an offender is refused alone.
 * Method: the bed of test_proxy.c with HAProxy behind it.
 */
#include "tests/peers/proxy_bed_haproxy.h"

#include <stdio.h>
#include <string.h>

/* --- reloads --- */

static void
reload_ten_times(struct proxy_bed *bed, struct haproxy_bed *half)
{
    char path[32];
    (void)bed_service(bed, "web", "web.example.com", "", 0, 2);
    (void)bed_service(bed, "other", "other.example.com", path, 2, 1);
    (void)snprintf(path, sizeof path, "/0");
    cr_assert(bed_apply(bed) == ST_OK);
    bed_pump(bed, 8);
    const uint32_t reloads = haproxy_reloads_count(half->haproxy);
    for (uint32_t round = 1; round <= 10; round++) {
        (void)snprintf(path, sizeof path, "/%u", round); /* another shape */
        cr_assert(bed_apply(bed) == ST_OK, "%s", bed->message.text);
        bed_wait_ended(bed, bed->ended + 10);
    }
    bed_pump(bed, 0);
    cr_expect(haproxy_reloads_count(half->haproxy) == reloads + 10);
    cr_expect(bed->outcomes[BED_OK] == bed->sent, "%u of %u failed",
              bed->sent - bed->outcomes[BED_OK], bed->sent);
    cr_expect(load_client_counts(half->client)->resent == 0, "kept connections were cut");
}

HAPROXY_TEST(ten_reloads_cut_no_kept_connection)
{
    reload_ten_times(bed, half);
}

HAPROXY_TEST(ten_reloads_refuse_no_new_connection)
{
    bed->new_connections = true;
    reload_ten_times(bed, half);
}

HAPROXY_TEST(a_change_of_endpoints_needs_no_reload)
{
    struct env_service *web = bed_service(bed, "web", "web.example.com", "", 0, 1);
    cr_assert(bed_apply(bed) == ST_OK);
    const uint32_t reloads = haproxy_reloads_count(half->haproxy);
    for (uint32_t count = 2; count <= BED_INSTANCES; count++) {
        bed->endpoints[0][count - 1] = bed->instances[count - 1];
        web->endpoints_count = count;
        cr_assert(bed_apply(bed) == ST_OK);
    }
    cr_expect(haproxy_reloads_count(half->haproxy) == reloads);
    for (uint32_t i = 0; i < 4 * BED_INSTANCES; i++) {
        cr_expect(bed_get(bed, "web.example.com", "/") == BED_OK);
    }
    for (uint32_t i = 0; i < BED_INSTANCES; i++) {
        cr_expect(bed->hits[i] > 0);
    }
}

HAPROXY_TEST(an_open_request_of_before_a_reload_is_still_counted)
{
    uint32_t open = 0;
    (void)bed_service(bed, "web", "web.example.com", "", 0, 1);
    cr_assert(bed_apply(bed) == ST_OK);
    bed->holds[0] = true;
    bed_send(bed, "web.example.com", "/");
    bed_wait_held(bed, 0, 1);
    (void)bed_service(bed, "new", "new.example.com", "", 1, 1);
    cr_assert(bed_apply(bed) == ST_OK);
    cr_expect(haproxy_reloads_count(half->haproxy) == 2);
    cr_assert(bed_ask_open(bed, 0, &open) == ST_OK);
    cr_expect(open == 1, "the old worker was not asked");

    bed->services[0].endpoints_count = 0; /* gone from the new worker altogether */
    cr_assert(bed_apply(bed) == ST_OK);
    cr_assert(bed_ask_open(bed, 0, &open) == ST_OK);
    cr_expect(open == 1);
    bed_release(bed, 0);
    bed_wait_ended(bed, 1);
    cr_expect(bed->outcomes[BED_OK] == 1);
}

struct gone {
    struct proxy_bed     *bed;
    struct env_proxy_open open;
    bool                  over;
};

static void
gone_answered(struct env_op *op)
{
    struct env_proxy_open *open = container_of(op, struct env_proxy_open, op);
    struct gone *gone = container_of(open, struct gone, open);
    gone->over = op->status == ST_NOT_FOUND;
}

static bool
gone_is_over(void *context)
{
    struct gone *gone = context;
    if (!gone->over && !env_op_is_pending(&gone->open.op)) {
        env_proxy_open(gone->bed->port, &gone->open);
    }
    return gone->over && !env_op_is_pending(&gone->open.op);
}

HAPROXY_TEST(a_server_that_left_is_deleted_once_it_is_idle)
{
    struct gone gone = { .bed = bed, .open = { .op.done = gone_answered, .endpoint_id = 101 } };
    struct env_service *web = bed_service(bed, "web", "web.example.com", "", 0, 2);
    (void)half;
    cr_assert(bed_apply(bed) == ST_OK);
    web->endpoints_count = 1;
    cr_assert(bed_apply(bed) == ST_OK);
    bed_wait(bed, gone_is_over, &gone);
}

/* --- offenders --- */

HAPROXY_TEST(a_policy_that_haproxy_lacks_is_refused_by_name)
{
    static const struct env_balance_policy p2c = { .name = "p2c" };
    (void)half;
    (void)bed_service(bed, "good", "good.example.com", "", 0, 1);
    struct env_service *bad = bed_service(bed, "choosy", "choosy.example.com", "", 1, 1);
    bad->policy = &p2c;
    cr_expect(bed_apply(bed) == ST_INVALID);
    cr_expect(strstr(bed->message.text, "choosy") != NULL, "%s", bed->message.text);
    cr_expect(bed_get(bed, "good.example.com", "/") == BED_OK);
}

HAPROXY_TEST(what_only_haproxy_finds_wrong_is_traced_to_its_service)
{
    static const struct env_balance_policy odd = { .name = "odd", .haproxy = "oddness" };
    (void)half;
    (void)bed_service(bed, "good", "good.example.com", "", 0, 1);
    struct env_service *bad = bed_service(bed, "strange", "strange.example.com", "", 1, 1);
    (void)bed_service(bed, "after", "after.example.com", "", 2, 1);
    bad->policy = &odd;
    cr_expect(bed_apply(bed) == ST_INVALID);
    cr_expect(strstr(bed->message.text, "strange") != NULL, "%s", bed->message.text);
    cr_expect(bed_get(bed, "good.example.com", "/") == BED_OK);
    cr_expect(bed_get(bed, "after.example.com", "/") == BED_OK);
    cr_expect(bed_get(bed, "strange.example.com", "/") == BED_NO_SERVER);
}

HAPROXY_TEST(a_bad_host_is_refused_alone)
{
    static const char *const hosts[] = { "evil.example.com}\n    bind *:1\n#", "a'b", "x\"y", "h#x",
                                         "a\\b", "sp\tace", "$HOME" };
    (void)half;
    (void)bed_service(bed, "good", "good.example.com", "", 0, 1);
    struct env_service *bad = bed_service(bed, "bad", "", "", 1, 1);
    for (uint32_t i = 0; i < COUNT_OF(hosts); i++) {
        bad->vhosts = hosts[i];
        cr_expect(bed_apply(bed) == ST_INVALID, "%s", hosts[i]);
        cr_expect(strstr(bed->message.text, "bad") != NULL, "%s", bed->message.text);
        cr_expect(bed_get(bed, "good.example.com", "/") == BED_OK);
    }
}

HAPROXY_TEST(a_service_port_that_is_taken_is_refused_alone)
{
    (void)half;
    (void)bed_service(bed, "good", "good.example.com", "", 0, 1);
    struct env_service *bad = bed_service(bed, "late", "", "", 1, 1);
    bad->port = bed->instances[2].port; /* where an instance listens */
    cr_expect(bed_apply(bed) == ST_INVALID);
    cr_expect(strstr(bed->message.text, "late") != NULL, "%s", bed->message.text);
    cr_expect(bed_get(bed, "good.example.com", "/") == BED_OK);
}

/* --- what else is routed --- */

HAPROXY_TEST(service_ports_serve_http_and_tcp)
{
    const uint16_t http_port = haproxy_bed_free_port();
    const uint16_t tcp_port = haproxy_bed_free_port();
    struct env_service *http = bed_service(bed, "web_10000", "", "", 0, 1);
    struct env_service *tcp = bed_service(bed, "db_10001", "", "", 1, 1);
    http->port = http_port;
    tcp->port = tcp_port;
    tcp->http = false;
    cr_assert(bed_apply(bed) == ST_OK, "%s", bed->message.text);
    bed->sent += 2;
    haproxy_bed_send_to(half, http_port, "any.example.com", "/", "");
    haproxy_bed_send_to(half, tcp_port, "any.example.com", "/", "");
    bed_wait_ended(bed, 2);
    cr_expect(bed->outcomes[BED_OK] == 2);
    cr_expect(bed->hits[0] == 1);
    cr_expect(bed->hits[1] == 1);
}

HAPROXY_TEST(an_app_is_reached_by_its_id)
{
    struct env_service *web = bed_service(bed, "web_10000", "", "", 0, 1);
    web->app = "/shop/web";
    cr_assert(bed_apply(bed) == ST_OK);
    bed->sent += 1;
    haproxy_bed_send_to(half, half->http_port, "any.example.com", "/x",
                        "X-Marathon-App-Id: /shop/web\r\n");
    bed_wait_ended(bed, 1);
    cr_expect(bed->outcomes[BED_OK] == 1);
}

HAPROXY_TEST(every_balance_policy_of_haproxy_is_taken)
{
    static const struct env_balance_policy policies[] = {
        { .name = "leastconn", .haproxy = "leastconn" },
        { .name = "source", .haproxy = "source" },
        { .name = "uri", .haproxy = "uri" },
        { .name = "random", .haproxy = "random", .takes_argument = true, .argument_default = 2 },
    };
    struct env_service *web = bed_service(bed, "web", "web.example.com", "", 0, 1);
    (void)half;
    for (uint32_t i = 0; i < COUNT_OF(policies); i++) {
        web->policy = &policies[i];
        web->endpoints_count = 1;
        cr_assert(bed_apply(bed) == ST_OK, "%s", bed->message.text);
        bed->endpoints[0][1] = bed->instances[1];
        web->endpoints_count = 2; /* at run time, whatever the policy */
        const uint32_t reloads = haproxy_reloads_count(half->haproxy);
        cr_assert(bed_apply(bed) == ST_OK, "%s", bed->message.text);
        cr_expect(haproxy_reloads_count(half->haproxy) == reloads, "%s", policies[i].name);
        cr_expect(bed_get(bed, "web.example.com", "/") == BED_OK);
    }
}

static bool
checks_found_it(void *context)
{
    struct proxy_bed *bed = context;
    if (bed->sent == bed->ended) {
        bed_send(bed, "web.example.com", "/");
    }
    return bed->outcomes[BED_NO_SERVER] > 0;
}

static bool
checks_found_it_back(void *context)
{
    struct proxy_bed *bed = context;
    if (bed->sent == bed->ended) {
        bed_send(bed, "web.example.com", "/");
    }
    return bed->outcomes[BED_OK] > 0;
}

HAPROXY_TEST(its_own_checks_find_a_dead_instance_and_its_return)
{
    struct env_service *web = bed_service(bed, "web", "web.example.com", "", 0, 0);
    web->check_interval_ns = MS(50);
    web->check_fall = 2;
    cr_assert(bed_apply(bed) == ST_OK);
    haproxy_bed_instance_stop(half, 0);
    bed->endpoints[0][0] = bed->instances[0];
    web->endpoints_count = 1; /* added at run time, with checks */
    cr_assert(bed_apply(bed) == ST_OK);
    bed_wait(bed, checks_found_it, bed);
    haproxy_bed_instance_listen(half, 0);
    bed_wait(bed, checks_found_it_back, bed);
}

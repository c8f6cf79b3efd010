/*
 * tests/peers/test_proxy_admission.c
 *
 * Goal:   what a service may have beyond routes and servers works on a real HAProxy: who is
 *         let in, TLS, paths, names, zones; what HAProxy lacks is named.
 * Method: the bed of test_proxy.c; curl asks, instances count and remember what they were asked.
 */
#include "tests/peers/proxy_parts.h"

#include <string.h>

HAPROXY_TEST(a_password_is_asked_for)
{
    struct env_service *web = bed_service(bed, "web", "web.example.com", "", 0, 1);
    web->auth_realm = "The shop";
    web->auth_user = "bob";
    /* mkpasswd -m sha-256 -S saltsalt secret */
    char password[128];
    (void)snprintf(password, sizeof password, "%s",
                   haproxy_bed_run(half, "openssl passwd -5 -salt saltsalt secret"));
    password[strcspn(password, "\n")] = '\0';
    web->auth_password = password;
    apply_well(bed);
    cr_expect(status_of(half, "/", "") == 401);
    cr_expect(status_of(half, "/", "-u bob:wrong") == 401);
    cr_expect(status_of(half, "/", "-u bob:secret") == 200);
}

HAPROXY_TEST(only_allowed_networks_come_in)
{
    struct env_service *web = bed_service(bed, "web", "web.example.com", "", 0, 1);
    web->allowed = "10.0.0.0/8, 192.168.1.1";
    apply_well(bed);
    cr_expect(status_of(half, "/", "") == 403);
    web->allowed = "10.0.0.0/8, 127.0.0.0/8";
    apply_well(bed);
    cr_expect(status_of(half, "/", "") == 200);
}

static void
expect_path(struct haproxy_bed *half, const char *asked, const char *seen)
{
    char line[256];
    (void)snprintf(line, sizeof line, "GET %s HTTP/1.1\r\n", seen);
    cr_expect(status_of(half, asked, "") == 200);
    cr_expect(strncmp(half->instances[0].head, line, strlen(line)) == 0, "%s became %.40s", asked,
              half->instances[0].head);
}

HAPROXY_TEST(a_path_is_rewritten)
{
    struct env_service *web = bed_service(bed, "web", "web.example.com", "", 0, 1);
    web->rewrite_from = "/a.b";
    web->rewrite_to = "/";
    apply_well(bed);
    expect_path(half, "/a.b", "/");
    expect_path(half, "/a.b/", "/");
    expect_path(half, "/a.b/x/y?q=1", "/x/y?q=1");
    expect_path(half, "/a.bc", "/a.bc");
    expect_path(half, "/axb/c", "/axb/c");
    expect_path(half, "/a.b/a.b/c", "/a.b/c");
    web->rewrite_from = "/";
    web->rewrite_to = "/v2/50%25";
    apply_well(bed);
    expect_path(half, "/", "/v2/50%25/");
    expect_path(half, "/a/b", "/v2/50%25/a/b");
}

HAPROXY_TEST(a_higher_rank_wins_over_a_longer_path)
{
    (void)half;
    (void)bed_service(bed, "deep", "web.example.com", "/api", 0, 1);
    struct env_service *high = bed_service(bed, "high", "web.example.com", "", 1, 1);
    high->rank = 1;
    apply_well(bed);
    cr_expect(bed_get(bed, "web.example.com", "/api") == BED_OK);
    cr_expect(bed->hits[0] == 0 && bed->hits[1] == 1);
}

static void
ask_mesh(struct proxy_bed *bed, struct haproxy_bed *half, const char *host, const char *header,
         uint32_t outcome)
{
    const uint32_t before = bed->outcomes[outcome];
    bed->sent++;
    haproxy_bed_send_to(half, half->mesh_port, host, "/", header);
    bed_wait_ended(bed, bed->ended + 1);
    cr_expect(bed->outcomes[outcome] == before + 1, "%s %s", host, header);
}

HAPROXY_TEST(inside_names_and_apps_are_reached_through_the_mesh_alone)
{
    half->mesh_port = haproxy_bed_free_port();
    haproxy_bed_restart(half);
    struct env_service *web = bed_service(bed, "web_10000", "web.example.com", "", 0, 1);
    struct env_service *inner = bed_service(bed, "db", "db.example.com", "", 1, 1);
    web->app = "/shop/web";
    web->names = "web.shop.marathon.l4lb.example:80,web.shop.marathon.mesos";
    inner->external = false;
    inner->names = "db.marathon.mesos";
    apply_well(bed);
    cr_expect(bed_get(bed, "web.example.com", "/") == BED_OK);
    cr_expect(bed_get(bed, "db.example.com", "/") == BED_NO_SERVER, "it is not for outside");
    cr_expect(bed_get(bed, "db.marathon.mesos", "/") == BED_NO_SERVER);
    ask_mesh(bed, half, "db.marathon.mesos", "", BED_OK);
    ask_mesh(bed, half, "DB.marathon.mesos:8080", "", BED_OK);
    ask_mesh(bed, half, "web.shop.marathon.l4lb.example:80", "", BED_OK);
    ask_mesh(bed, half, "web.shop.marathon.l4lb.example:81", "", BED_NO_SERVER);
    ask_mesh(bed, half, "any", "X-Marathon-App-Id: /shop/web\r\n", BED_OK);
    ask_mesh(bed, half, "web.example.com", "", BED_NO_SERVER);
    cr_expect(bed->hits[0] == 3 && bed->hits[1] == 2);
}

HAPROXY_TEST(servers_of_other_zones_get_requests_only_when_ours_are_gone)
{
    (void)half;
    struct env_service *web = bed_service(bed, "web", "web.example.com", "", 0, 3);
    bed->zone = 1;
    web->zone_affinity = true;
    bed->endpoints[0][0].zone = 1;
    bed->endpoints[0][1].zone = 2;
    web->endpoints_count = 2;
    apply_well(bed);
    bed->endpoints[0][2].zone = 2; /* added at run time */
    web->endpoints_count = 3;
    apply_well(bed);
    for (uint32_t i = 0; i < 6; i++) {
        cr_expect(bed_get(bed, "web.example.com", "/") == BED_OK);
    }
    cr_expect(bed->hits[0] == 6);
    bed->endpoints[0][0].draining = true;
    apply_well(bed);
    for (uint32_t i = 0; i < 6; i++) {
        cr_expect(bed_get(bed, "web.example.com", "/") == BED_OK);
    }
    cr_expect(bed->hits[0] == 6 && bed->hits[1] == 3 && bed->hits[2] == 3);
}

/* --- parts that HAProxy lacks --- */

HAPROXY_TEST(a_part_that_haproxy_lacks_is_named_and_the_service_is_in_force_without_it)
{
    (void)half;
    struct env_service *web = bed_service(bed, "web", "web.example.com", "", 0, 1);
    web->resilience = (struct env_resilience){ .retries = 1, .budget_ppm = 200000 };
    cr_expect(bed_apply(bed) == ST_INVALID);
    cr_expect(strstr(bed->message.text, "service web") != NULL &&
                  strstr(bed->message.text, "budget") != NULL,
              "%s", bed->message.text);
    cr_expect(bed_get(bed, "web.example.com", "/") == BED_OK);
}

/*
 * tests/peers/test_proxy_clients.c
 *
 * Goal:   real clients get what they ask for through HAProxy: by virtual host, by path, under TLS.
 * Method: curl against the bed of test_proxy.c; certificates are made by openssl.
 */
#include "tests/peers/proxy_bed_haproxy.h"

#include <stdio.h>
#include <string.h>

/* A certificate for a host in HAProxy's folder: "NAME.pem" with its key. */
static void
make_certificate(struct haproxy_bed *half, const char *name, const char *host, char *ret_path,
                 size_t path_bytes)
{
    char command[1024];
    (void)snprintf(ret_path, path_bytes, "%s/%s.pem", half->dir, name);
    (void)snprintf(command, sizeof command,
                   "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=%s "
                   "-addext subjectAltName=DNS:%s -keyout %s.key -out %s.crt 2>/dev/null && "
                   "cat %s.crt %s.key > %s && rm %s.key",
                   host, host, ret_path, ret_path, ret_path, ret_path, ret_path, ret_path);
    (void)haproxy_bed_run(half, command);
}

static void
remove_certificates(struct haproxy_bed *half)
{
    char command[256];
    (void)snprintf(command, sizeof command, "rm -f %s/*.pem %s/*.pem.crt", half->dir, half->dir);
    (void)haproxy_bed_run(half, command);
}

HAPROXY_TEST(curl_reaches_two_apps_by_vhost_and_by_path)
{
    (void)bed_service(bed, "shop", "shop.example.com", "", 0, 1);
    (void)bed_service(bed, "blog", "blog.example.com", "", 1, 1);
    (void)bed_service(bed, "api", "shop.example.com", "/api", 2, 1);
    cr_assert(bed_apply(bed) == ST_OK, "%s", bed->message.text);
    static const struct {
        const char *url;
        const char *answer;
    } cases[] = {
        { "shop.example.com", "/" },
        { "blog.example.com", "/" },
        { "shop.example.com", "/api/v1" },
    };
    for (uint32_t i = 0; i < COUNT_OF(cases); i++) {
        const char *printed = haproxy_bed_curl(
            half, "--resolve %s:%u:127.0.0.1 -D - http://%s:%u%s", cases[i].url, half->http_port,
            cases[i].url, half->http_port, cases[i].answer);
        char header[32];
        (void)snprintf(header, sizeof header, "x-instance: %u\r\n", i);
        cr_expect(strstr(printed, "200 Words") != NULL && strstr(printed, header) != NULL, "%s",
                  printed);
        cr_expect(strstr(printed, "\r\n\r\nok\n") != NULL);
    }
}

HAPROXY_TEST(curl_trusts_the_certificate_of_each_vhost)
{
    char shop_pem[128];
    char blog_pem[128];
    make_certificate(half, "shop", "shop.example.com", shop_pem, sizeof shop_pem);
    make_certificate(half, "blog", "blog.example.com", blog_pem, sizeof blog_pem);
    struct env_service *shop = bed_service(bed, "shop", "shop.example.com", "", 0, 1);
    struct env_service *blog = bed_service(bed, "blog", "blog.example.com", "", 1, 1);
    shop->tls = (struct env_tls){ .certificate = shop_pem,
                                  .redirect_to_https = true,
                                  .hsts = true };
    blog->tls = (struct env_tls){ .certificate = blog_pem };
    cr_assert(bed_apply(bed) == ST_OK, "%s", bed->message.text);
    const char *const hosts[] = { "shop.example.com", "blog.example.com" };
    const char *const files[] = { shop_pem, blog_pem };
    for (uint32_t i = 0; i < 2; i++) {
        const char *printed = haproxy_bed_curl(
            half, "--cacert %s.crt --resolve %s:%u:127.0.0.1 -D - https://%s:%u/ 2>&1", files[i],
            hosts[i], half->https_port, hosts[i], half->https_port);
        cr_expect(strstr(printed, "200") != NULL && strstr(printed, "ok\n") != NULL, "%s", printed);
        cr_expect((strcasestr(printed, "strict-transport-security: max-age=15768000") != NULL) ==
                  (i == 0));
    }
    const char *printed = haproxy_bed_curl(
        half, "--resolve shop.example.com:%u:127.0.0.1 --resolve shop.example.com:%u:127.0.0.1 "
              "--cacert %s.crt -L -w '%%{url_effective} %%{num_redirects}' "
              "'http://shop.example.com:%u/a/b?c=d' 2>&1",
        half->http_port, half->https_port, shop_pem, half->http_port);
    char wanted[128];
    (void)snprintf(wanted, sizeof wanted, "ok\nhttps://shop.example.com:%u/a/b?c=d 1",
                   half->https_port);
    cr_expect(strstr(printed, wanted) != NULL, "%s", printed);
    remove_certificates(half);
}

HAPROXY_TEST(a_bad_certificate_takes_nothing_from_the_others)
{
    char good_pem[128];
    char broken_pem[128];
    char command[512];
    make_certificate(half, "good", "good.example.com", good_pem, sizeof good_pem);
    (void)snprintf(broken_pem, sizeof broken_pem, "%s/broken.pem", half->dir);
    (void)snprintf(command, sizeof command, "sed 's/^[A-Za-z0-9]/#/' %s > %s", good_pem,
                   broken_pem);
    (void)haproxy_bed_run(half, command);
    struct env_service *good = bed_service(bed, "good", "good.example.com", "", 0, 1);
    struct env_service *bad = bed_service(bed, "bad", "bad.example.com", "", 1, 1);
    good->tls.certificate = good_pem;
    const char *const paths[] = { "/nowhere/at/all.pem", broken_pem };
    for (uint32_t i = 0; i < COUNT_OF(paths); i++) {
        bad->tls.certificate = paths[i];
        cr_expect(bed_apply(bed) == ST_INVALID);
        cr_expect(strstr(bed->message.text, "service bad: its certificate") != NULL, "%s",
                  bed->message.text);
        cr_expect(bed_get(bed, "bad.example.com", "/") == BED_OK, "in force without it");
        const char *printed = haproxy_bed_curl(
            half, "--cacert %s.crt --resolve good.example.com:%u:127.0.0.1 "
                  "https://good.example.com:%u/ 2>&1",
            good_pem, half->https_port, half->https_port);
        cr_expect(strcmp(printed, "ok\n") == 0, "%s", printed);
    }
    remove_certificates(half);
}

/* --- fifty reconfigurations at a steady rate --- */

struct steady {
    uv_timer_t          timer;
    struct proxy_bed   *bed;
    uint32_t            closed;
};

enum { STEADY_EVERY_MS = 2 }; /* 500 a second */

static void
steady_due(uv_timer_t *timer)
{
    struct steady *steady = container_of(timer, struct steady, timer);
    bed_send(steady->bed, "web.example.com", "/");
}

static void
steady_closed(uv_handle_t *handle)
{
    container_of(handle, struct steady, timer)->closed = 1;
}

static bool
steady_is_closed(void *context)
{
    return ((const struct steady *)context)->closed == 1;
}

static uint32_t
haproxy_processes(struct haproxy_bed *half)
{
    char command[256];
    uint32_t count = 0;
    (void)snprintf(command, sizeof command, "pgrep -fc 'haproxy.*%s/haproxy.cfg'", half->dir);
    (void)sscanf(haproxy_bed_run(half, command), "%u", &count);
    return count;
}

static bool
old_workers_are_gone(void *context)
{
    return haproxy_processes(context) <= 3; /* master, worker, and the shell that looks */
}

/* In turns: other endpoints, other weights, and another shape, which needs a reload. */
static void
reconfigure_fifty_times(struct proxy_bed *bed, struct haproxy_bed *half)
{
    struct steady *steady = &(struct steady){ .bed = bed };
    char path[32] = "/0";
    struct env_service *web = bed_service(bed, "web", "web.example.com", "", 0, 2);
    (void)bed_service(bed, "other", "other.example.com", path, 4, 1);
    cr_assert(bed_apply(bed) == ST_OK, "%s", bed->message.text);
    (void)uv_timer_init(&half->loop, &steady->timer);
    (void)uv_timer_start(&steady->timer, steady_due, STEADY_EVERY_MS, STEADY_EVERY_MS);
    for (uint32_t round = 1; round <= 50; round++) {
        if (round % 2 == 0) {
            (void)snprintf(path, sizeof path, "/%u", round);
        } else {
            for (uint32_t i = 0; i < 4; i++) {
                bed->endpoints[0][i] = bed->instances[(round + i) % BED_INSTANCES];
                bed->endpoints[0][i].draining = i >= 2;
                bed->endpoints[0][i].weight = (uint16_t)(1 + (round + i) % 5);
            }
            web->endpoints_count = round % 3 == 0 ? 2 : 4;
        }
        cr_assert(bed_apply(bed) == ST_OK, "round %u: %s", round, bed->message.text);
        bed_wait_ended(bed, bed->ended + 20);
    }
    uv_close((uv_handle_t *)&steady->timer, steady_closed);
    bed_wait(bed, steady_is_closed, steady);
    bed_wait_ended(bed, bed->sent);
    cr_expect(haproxy_reloads_count(half->haproxy) == 1 + 25);
    cr_expect(bed->outcomes[BED_OK] == bed->sent,
              "%u requests: %u errors, %u timeouts, %u reset, %u refused, %u without server",
              bed->sent, bed->outcomes[1], bed->outcomes[2], bed->outcomes[3], bed->outcomes[4],
              bed->outcomes[5]);
    cr_expect(bed->sent >= 1000);
    cr_expect(load_client_counts(half->client)->resent == 0, "kept connections were cut");
    bed_wait(bed, old_workers_are_gone, half);
}

HAPROXY_TEST(fifty_reconfigurations_fail_no_request_over_kept_connections)
{
    reconfigure_fifty_times(bed, half);
}

HAPROXY_TEST(fifty_reconfigurations_fail_no_request_over_new_connections)
{
    bed->new_connections = true;
    reconfigure_fifty_times(bed, half);
}

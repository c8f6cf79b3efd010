/*
 * tests/peers/test_gateway.c
 *
 * Goal:   a real HAProxy answers as Kong does for every plugin that is rendered, takes every
 *         rendered text, and refuses by name what it cannot do.
 * Method: the bed of test_proxy.c with a gateway in the generation, and curl before it.
 */
#include <stdio.h>
#include <string.h>

#include "platform/balancer/policy.h"
#include "platform/gateway/gateway.h"
#include "tests/peers/proxy_bed_haproxy.h"

static const char all_of_it[] =
    "_format_version: \"3.0\"\n"
    "services:\n"
    "- {name: web, host: web}\n"
    "- {name: based, host: web, path: /base}\n"
    "- {name: nowhere, host: nowhere}\n"
    "- {name: pool, host: pool}\n"
    "routes:\n"
    "- {name: plain, service: web, hosts: [plain.test], paths: [/api, '~/users/\\d+$']}\n"
    "- {name: based, service: based, hosts: ['*.based.test'], paths: [/api], preserve_host: true}\n"
    "- {name: keyed, service: web, hosts: [keyed.test]}\n"
    "- {name: login, service: web, hosts: [login.test]}\n"
    "- {name: near, service: web, hosts: [near.test]}\n"
    "- {name: far, service: web, hosts: [far.test]}\n"
    "- {name: small, service: web, hosts: [small.test]}\n"
    "- {name: rare, service: web, hosts: [rare.test]}\n"
    "- {name: browser, service: web, hosts: [browser.test]}\n"
    "- {name: changed, service: web, hosts: [changed.test]}\n"
    "- {name: nowhere, service: nowhere, hosts: [nowhere.test]}\n"
    "- {name: pool, service: pool, hosts: [pool.test]}\n"
    "- {name: secure, service: web, hosts: [secure.test], protocols: [https]}\n"
    "upstreams:\n- {name: pool, targets: [{target: web, weight: 50},"
    " {target: other, weight: 50}]}\n"
    "consumers:\n"
    "- {username: alice, keyauth_credentials: [{key: 'k #alice'}], acls: [{group: staff}]}\n"
    "- {username: bob, keyauth_credentials: [{key: k-bob}],"
    " basicauth_credentials: [{username: bob, password: 'p:w #%x'}]}\n"
    "plugins:\n"
    "- {name: key-auth, route: keyed}\n"
    "- {name: acl, route: keyed, config: {allow: [staff]}}\n"
    "- {name: basic-auth, route: login}\n"
    "- {name: ip-restriction, route: near, config: {allow: [127.0.0.0/8]}}\n"
    "- {name: ip-restriction, route: far, config: {allow: [10.0.0.0/8]}}\n"
    "- {name: request-size-limiting, route: small,"
    " config: {allowed_payload_size: 10, size_unit: bytes}}\n"
    "- {name: rate-limiting, route: rare, config: {hour: 3, day: 100, limit_by: ip}}\n"
    "- {name: cors, route: browser, config: {origins: ['https://a.test', 'https://.*\\.b\\.test'],"
    " credentials: true, max_age: 60}}\n"
    "- {name: request-transformer, route: changed, config: {add: {headers: ['X-Added:a b']},"
    " remove: {headers: [X-Secret]}, rename: {headers: ['X-Old:X-New']},"
    " replace: {uri: /elsewhere}}}\n"
    "- {name: response-transformer, route: changed, config: {add: {headers: ['X-Back:yes']}}}\n"
    "- {name: correlation-id, route: changed, config: {echo_downstream: true}}\n"
    "- {name: prometheus}\n";

struct gateway_story {
    struct arena     arena;
    struct diag_list diags;
};

static enum status
gateway_apply(struct proxy_bed *bed, struct gateway_story *story, const char *file)
{
    arena_init(&story->arena, 0);
    diag_list_init(&story->diags, &story->arena);
    (void)bed_service(bed, "web", "web.example.com", "", 0, 1);
    (void)bed_service(bed, "other", "other.example.com", "", 1, 1);
    const char *text = gateway_read(file, strlen(file), "kong", &story->arena, &story->diags);
    cr_assert(text != NULL);
    bed->gateway =
        gateway_load(text, bed->services, bed->services_count, &story->arena);
    cr_assert(bed->gateway != NULL);
    return bed_apply(bed);
}

static void
gateway_end(struct gateway_story *story)
{
    diag_list_fini(&story->diags);
    arena_fini(&story->arena);
}

/* What curl shows of a GET: head and body. */
static void
expect_answer(struct haproxy_bed *half, const char *host, const char *path, const char *words,
              const char *wanted)
{
    const char *said = haproxy_bed_curl(half, "-s -i -H 'Host: %s' %s 'http://127.0.0.1:%u%s'",
                                        host, words, (unsigned)half->http_port, path);
    cr_expect(strstr(said, wanted) != NULL, "%s%s %s: wanted %s, got %s", host, path, words,
              wanted, said);
}

HAPROXY_TEST(answers_as_a_gateway_does)
{
    struct gateway_story story;
    /* a transformation of paths that are expressions is left out by name: nothing else is */
    const enum status status = gateway_apply(bed, &story, all_of_it);
    cr_assert(status == ST_INVALID);
    cr_assert(strstr(bed->message.text, "gateway, plain: what an expression matched") != NULL, "%s",
              bed->message.text);
    expect_answer(half, "nobody.test", "/", "",
                  "{\"message\":\"no Route matched with those values\"}");
    expect_answer(half, "nobody.test", "/", "", "HTTP/1.1 404");
    expect_answer(half, "web.example.com", "/", "", "HTTP/1.1 200");
    expect_answer(half, "plain.test", "/api/x", "", "HTTP/1.1 200");
    cr_expect(strncmp(half->instances[0].head, "GET /x ", 7) == 0, "%s", half->instances[0].head);
    cr_expect(strstr(half->instances[0].head, "web\r\n") != NULL, "%s", half->instances[0].head);
    expect_answer(half, "plain.test", "/users/12", "", "HTTP/1.1 200");
    expect_answer(half, "plain.test", "/users/x", "", "HTTP/1.1 404");
    expect_answer(half, "a.based.test:99", "/api", "", "HTTP/1.1 200");
    cr_expect(strncmp(half->instances[0].head, "GET /base/ ", 11) == 0, "%s",
              half->instances[0].head);
    cr_expect(strstr(half->instances[0].head, "a.based.test:99") != NULL);
    expect_answer(half, "nowhere.test", "/", "", "{\"message\":\"name resolution failed\"}");
    expect_answer(half, "secure.test", "/", "", "HTTP/1.1 426");
    gateway_end(&story);
}

HAPROXY_TEST(lets_in_by_key_group_password_and_network)
{
    struct gateway_story story;
    (void)gateway_apply(bed, &story, all_of_it);
    expect_answer(half, "keyed.test", "/", "", "{\"message\":\"No API key found in request\"}");
    expect_answer(half, "keyed.test", "/", "", "HTTP/1.1 401");
    expect_answer(half, "keyed.test", "/", "-H 'apikey: no'", "{\"message\":\"Unauthorized\"}");
    expect_answer(half, "keyed.test", "/", "-H 'apikey: k-bob'",
                  "{\"message\":\"You cannot consume this service\"}");
    expect_answer(half, "keyed.test", "/", "-H 'apikey: k #alice' -H 'X-Consumer-Username: root'",
                  "HTTP/1.1 200");
    cr_expect(strstr(half->instances[0].head, "alice\r\n") != NULL &&
                  strstr(half->instances[0].head, "root") == NULL,
              "%s", half->instances[0].head);
    expect_answer(half, "keyed.test", "/?apikey=k%20%23alice", "", "HTTP/1.1 200");
    expect_answer(half, "login.test", "/", "", "Basic realm=\"service\"");
    expect_answer(half, "login.test", "/", "-u 'bob:p:w #%%x'", "HTTP/1.1 401");
    expect_answer(half, "login.test", "/", "-u 'bob:p:w #%x'", "HTTP/1.1 200");
    expect_answer(half, "near.test", "/", "", "HTTP/1.1 200");
    expect_answer(half, "far.test", "/", "", "{\"message\":\"Your IP address is not allowed\"}");
    expect_answer(half, "far.test", "/", "", "HTTP/1.1 403");
    gateway_end(&story);
}

HAPROXY_TEST(limits_sizes_and_rates)
{
    struct gateway_story story;
    (void)gateway_apply(bed, &story, all_of_it);
    expect_answer(half, "small.test", "/", "-d 0123456789", "HTTP/1.1 200");
    expect_answer(half, "small.test", "/", "-d 0123456789a",
                  "{\"message\":\"Request size limit exceeded\"}");
    expect_answer(half, "small.test", "/", "-d 0123456789a", "HTTP/1.1 413");
    for (uint32_t i = 0; i < 3; i++) {
        expect_answer(half, "rare.test", "/", "", "HTTP/1.1 200");
    }
    expect_answer(half, "rare.test", "/", "", "{\"message\":\"API rate limit exceeded\"}");
    expect_answer(half, "rare.test", "/", "", "HTTP/1.1 429");
    expect_answer(half, "rare.test", "/", "", "etry-after: 3600");
    expect_answer(half, "plain.test", "/api", "", "HTTP/1.1 200");
    gateway_end(&story);
}

HAPROXY_TEST(tells_browsers_and_changes_headers)
{
    static const char asks[] = "-X OPTIONS -H 'Origin: https://x.b.test' "
                               "-H 'Access-Control-Request-Method: PUT' "
                               "-H 'Access-Control-Request-Headers: x-y'";
    struct gateway_story story;
    (void)gateway_apply(bed, &story, all_of_it);
    expect_answer(half, "browser.test", "/", asks, "HTTP/1.1 200");
    expect_answer(half, "browser.test", "/", asks, "access-control-allow-origin: https://x.b.test");
    expect_answer(half, "browser.test", "/", asks, "access-control-allow-headers: x-y");
    expect_answer(half, "browser.test", "/", asks, "access-control-max-age: 60");
    expect_answer(half, "browser.test", "/", "-H 'Origin: https://a.test'",
                  "access-control-allow-credentials: true");
    const char *said = haproxy_bed_curl(
        half, "-s -i -H 'Host: browser.test' -H 'Origin: https://evil.test' http://127.0.0.1:%u/",
        (unsigned)half->http_port);
    cr_expect(strstr(said, "allow-origin") == NULL, "%s", said);
    expect_answer(half, "changed.test", "/x", "-H 'X-Secret: s' -H 'X-Old: old'", "x-back: yes");
    const char *head = half->instances[0].head;
    cr_expect(strncmp(head, "GET /elsewhere ", 15) == 0, "%s", head);
    cr_expect(strstr(head, "X-Secret") == NULL && strstr(head, "x-secret") == NULL, "%s", head);
    cr_expect(strcasestr(head, "x-added: a b\r\n") != NULL, "%s", head);
    cr_expect(strcasestr(head, "x-new: old\r\n") != NULL, "%s", head);
    cr_expect(strcasestr(head, "x-old") == NULL, "%s", head);
    expect_answer(half, "changed.test", "/", "", "kong-request-id: ");
    gateway_end(&story);
}

HAPROXY_TEST(shares_requests_among_targets)
{
    struct gateway_story story;
    (void)gateway_apply(bed, &story, all_of_it);
    for (uint32_t i = 0; i < 40; i++) {
        expect_answer(half, "pool.test", "/", "", "HTTP/1.1 200");
    }
    cr_expect(bed->hits[0] >= 5 && bed->hits[1] >= 5, "%u and %u", bed->hits[0], bed->hits[1]);
    gateway_end(&story);
}

HAPROXY_TEST(closes_a_route_whose_limits_it_cannot_keep)
{
    struct gateway_story story;
    const enum status status = gateway_apply(
        bed, &story,
        "_format_version: \"3.0\"\nservices: [{name: web, host: web, routes:"
        " [{name: r, hosts: [a.test]}]}]\n"
        "plugins: [{name: rate-limiting, config: {second: 1, minute: 2, hour: 3, day: 4}}]\n");
    cr_expect(status == ST_INVALID);
    const char *said = bed->message.text;
    cr_expect(strstr(said, "gateway, r: HAProxy counts in three windows") != NULL, "%s", said);
    expect_answer(half, "a.test", "/", "", "HTTP/1.1 503");
    expect_answer(half, "web.example.com", "/", "", "HTTP/1.1 200");
    gateway_end(&story);
}

/* A pool of two instances, in force as an edge shapes it. */
static enum status
gateway_apply_pool(struct proxy_bed *bed, struct gateway_story *story, const char *upstream)
{
    arena_init(&story->arena, 0);
    diag_list_init(&story->diags, &story->arena);
    (void)bed_service(bed, "web", "web.example.com", "", 0, 2);
    const char *file = arena_printf(
        &story->arena,
        "_format_version: \"3.0\"\nservices: [{name: s, host: pool, retries: 2, read_timeout: 5000,"
        " routes: [{name: r, hosts: [a.test]}]}]\n"
        "upstreams: [{name: pool, targets: [{target: web}], %s}]\n", upstream);
    const char *text = gateway_read(file, strlen(file), "kong", &story->arena, &story->diags);
    cr_assert(text != NULL);
    bed->gateway = gateway_load(text, bed->services, bed->services_count, &story->arena);
    cr_assert(bed->gateway != NULL);
    const struct env_service *shaped =
        bed->gateway->ops->shape(bed->gateway, bed->services, bed->services_count,
                                 balance_policy_named, &story->arena);
    cr_assert(shaped != bed->services);
    memcpy(bed->services, shaped, sizeof *shaped * bed->services_count);
    return bed_apply(bed);
}

HAPROXY_TEST(keeps_an_address_on_the_server_that_an_upstream_hashes_it_to)
{
    struct gateway_story story;
    const enum status status = gateway_apply_pool(
        bed, &story, "algorithm: consistent-hashing, hash_on: ip,"
                     " healthchecks: {passive: {unhealthy: {timeouts: 5}}}");
    cr_assert(status == ST_INVALID);
    cr_expect(strstr(bed->message.text, "web: HAProxy does not eject for longer each time") != NULL,
              "%s", bed->message.text);
    for (uint32_t i = 0; i < 20; i++) {
        expect_answer(half, "a.test", "/", "", "HTTP/1.1 200");
    }
    cr_expect(bed->hits[0] + bed->hits[1] == 20 && (bed->hits[0] == 0 || bed->hits[1] == 0),
              "%u and %u", bed->hits[0], bed->hits[1]);
    gateway_end(&story);
}

HAPROXY_TEST(refuses_an_upstream_that_goes_by_latency)
{
    struct gateway_story story;
    cr_expect(gateway_apply_pool(bed, &story, "algorithm: latency") == ST_INVALID);
    cr_expect(strstr(bed->message.text, "peak-ewma") != NULL, "%s", bed->message.text);
    expect_answer(half, "a.test", "/", "", "HTTP/1.1 503");
    gateway_end(&story);
}

/* So many consumers, each with a rate of its own. */
static enum status
gateway_apply_rates(struct proxy_bed *bed, struct gateway_story *story, uint32_t consumers_count)
{
    struct strbuf text = { 0 };
    strbuf_printf(&text, "_format_version: \"3.0\"\nservices: [{name: web, host: web, routes:"
                         " [{name: r, hosts: [a.test]}]}]\nconsumers:\n");
    for (uint32_t c = 0; c < consumers_count; c++) {
        strbuf_printf(&text, "- {username: u%u, plugins: [{name: rate-limiting, config:"
                             " {minute: %u}}]}\n", c, c + 1);
    }
    const enum status status = gateway_apply(bed, story, strbuf_text(&text));
    strbuf_fini(&text);
    return status;
}

HAPROXY_TEST(tells_twenty_consumers_of_a_route_apart)
{
    struct gateway_story story;
    cr_expect(gateway_apply_rates(bed, &story, 20) == ST_OK, "%s", bed->message.text);
    expect_answer(half, "a.test", "/", "", "HTTP/1.1 200");
    gateway_end(&story);
}

HAPROXY_TEST(closes_a_route_with_more_consumers_than_that)
{
    struct gateway_story story;
    cr_expect(gateway_apply_rates(bed, &story, 21) == ST_INVALID);
    cr_expect(strstr(bed->message.text, "gateway, r: more than 20 consumers") != NULL, "%s",
              bed->message.text);
    expect_answer(half, "a.test", "/", "", "HTTP/1.1 503");
    expect_answer(half, "web.example.com", "/", "", "HTTP/1.1 200");
    gateway_end(&story);
}

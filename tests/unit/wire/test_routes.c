/*
 * tests/unit/wire/test_routes.c
 *
 * Goal:   a routing generation survives its encoding, and nothing else is accepted.
 * Method: one generation there and back; every prefix of its bytes, every byte changed, counts that
 *         promise more than there is, and noise.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "platform/balancer/policy.h"
#include "platform/base/rng.h"
#include "platform/wire/routes.h"

static const struct env_endpoint web_endpoints[] = {
    { .id = 7, .ipv4 = 0x0A000001, .port = 31000, .weight = 1, .zone = 2 },
    { .id = 8, .ipv4 = 0x0A000002, .port = 31001, .weight = 9, .leaving = true, .zone = 1,
      .newer = true },
    { .id = UINT64_MAX, .ipv4 = 0xFFFFFFFF, .port = 65535, .weight = 256, .draining = true },
};
static const char *const zones[] = { "a", "b" };

static struct routes
example(struct env_service *services)
{
    uint32_t argument;
    services[0] = (struct env_service){ .name = "web_10000",
                                        .app = "/web",
                                        .vhosts = "web.example.com,www.example.com",
                                        .path = "/shop",
                                        .port = 10000,
                                        .http = true,
                                        .policy = balance_policy_find("random(3)", &argument),
                                        .policy_argument = 3,
                                        .check_interval_ns = SEC(2),
                                        .check_fall = 3,
                                        .names = "web.marathon.mesos,web:80",
                                        .external = true,
                                        .rank = -3,
                                        .slow_start_ns = SEC(30),
                                        .sticky = true,
                                        .resilience = { .attempt_timeout_ns = MS(250),
                                                        .retries = 4,
                                                        .budget_ppm = 200000,
                                                        .budget_min_per_s = 10,
                                                        .eject_failures = 5,
                                                        .eject_ns = SEC(5),
                                                        .eject_max_ns = SEC(300),
                                                        .server_requests_max = 64,
                                                        .queue_max = 1000,
                                                        .queue_timeout_ns = SEC(2) },
                                        .tls = { .certificate = "/etc/ssl/web.pem",
                                                 .hsts = true },
                                        .allowed = "10.0.0.0/8,192.168.1.7",
                                        .auth_realm = "shop",
                                        .auth_user = "ann",
                                        .auth_password = "$5$salt$hash",
                                        .rewrite_from = "/shop",
                                        .rewrite_to = "/v2",
                                        .measured = UINT64_MAX - 1,
                                        .split_to = "db_10001",
                                        .split_ppm = PPM,
                                        .split_header = "x-canary",
                                        .split_value = "always",
                                        .endpoints = web_endpoints,
                                        .endpoints_count = COUNT_OF(web_endpoints) };
    services[1] = (struct env_service){ .name = "db_10001", /* and no other text at all */
                                        .app = "/db",
                                        .zone_affinity = true,
                                        .tls = { .redirect_to_https = true },
                                        .policy = balance_policy_named("leastconn") };
    return (struct routes){ .services = services,
                            .services_count = 2,
                            .zones = zones,
                            .zones_count = 2,
                            .gateway = "{\"_format_version\":\"3.0\"}" };
}

static enum status
decode(const void *bytes, size_t len, struct arena *arena, struct routes *routes)
{
    return routes_decode(bytes, len, balance_policy_named, arena, routes);
}

static void
encode_example(struct strbuf *bytes)
{
    struct env_service services[2];
    const struct routes routes = example(services);
    routes_encode(&routes, bytes);
}

static void
encode_services(const struct env_service *services, struct strbuf *bytes)
{
    routes_encode(&(struct routes){ .services = services, .services_count = 2 }, bytes);
}

/* NULL and "" are the same text. */
static void
same_text(const char *got, const char *want)
{
    cr_assert_not_null(got);
    cr_assert_str_eq(got, want != NULL ? want : "");
}

static void
same_service(const struct env_service *got, const struct env_service *want)
{
    same_text(got->name, want->name);
    same_text(got->app, want->app);
    same_text(got->vhosts, want->vhosts);
    same_text(got->path, want->path);
    same_text(got->names, want->names);
    same_text(got->tls.certificate, want->tls.certificate);
    same_text(got->allowed, want->allowed);
    same_text(got->auth_realm, want->auth_realm);
    same_text(got->auth_user, want->auth_user);
    same_text(got->auth_password, want->auth_password);
    same_text(got->rewrite_from, want->rewrite_from);
    same_text(got->rewrite_to, want->rewrite_to);
    cr_assert_eq(got->measured, want->measured);
    same_text(got->split_to, want->split_to);
    same_text(got->split_header, want->split_header);
    same_text(got->split_value, want->split_value);
    cr_assert_eq(got->split_ppm, want->split_ppm);
    cr_assert_eq(got->port, want->port);
    cr_assert_eq(got->http, want->http);
    cr_assert_eq(got->external, want->external);
    cr_assert_eq(got->rank, want->rank);
    cr_assert_eq(got->policy, want->policy);
    cr_assert_eq(got->policy_argument, want->policy_argument);
    cr_assert_eq(got->check_interval_ns, want->check_interval_ns);
    cr_assert_eq(got->check_fall, want->check_fall);
    cr_assert_eq(got->slow_start_ns, want->slow_start_ns);
    cr_assert_eq(got->sticky, want->sticky);
    cr_assert_eq(got->zone_affinity, want->zone_affinity);
    cr_assert_eq(got->tls.redirect_to_https, want->tls.redirect_to_https);
    cr_assert_eq(got->tls.hsts, want->tls.hsts);
    const struct env_resilience *has = &got->resilience;
    const struct env_resilience *had = &want->resilience;
    cr_assert_eq(has->attempt_timeout_ns, had->attempt_timeout_ns);
    cr_assert_eq(has->retries, had->retries);
    cr_assert_eq(has->budget_ppm, had->budget_ppm);
    cr_assert_eq(has->budget_min_per_s, had->budget_min_per_s);
    cr_assert_eq(has->eject_failures, had->eject_failures);
    cr_assert_eq(has->eject_ns, had->eject_ns);
    cr_assert_eq(has->eject_max_ns, had->eject_max_ns);
    cr_assert_eq(has->server_requests_max, had->server_requests_max);
    cr_assert_eq(has->queue_max, had->queue_max);
    cr_assert_eq(has->queue_timeout_ns, had->queue_timeout_ns);
}

Test(routes, survive_their_encoding)
{
    struct env_service services[2];
    struct strbuf bytes = { 0 };
    struct arena arena;
    arena_init(&arena, 0xA5);
    const struct routes routes = example(services);
    routes_encode(&routes, &bytes);

    struct routes back;
    cr_assert_eq(decode(bytes.text, bytes.len, &arena, &back), ST_OK);
    cr_assert_eq(back.services_count, 2);
    same_text(back.gateway, routes.gateway);
    cr_assert_eq(back.zones_count, 2);
    same_text(back.zones[1], "b");
    same_service(&back.services[0], &services[0]);
    same_service(&back.services[1], &services[1]);
    cr_assert_eq(back.services[0].endpoints_count, COUNT_OF(web_endpoints));
    for (uint32_t i = 0; i < COUNT_OF(web_endpoints); i++) {
        const struct env_endpoint *endpoint = &back.services[0].endpoints[i];
        cr_assert_eq(endpoint->id, web_endpoints[i].id);
        cr_assert_eq(endpoint->ipv4, web_endpoints[i].ipv4);
        cr_assert_eq(endpoint->port, web_endpoints[i].port);
        cr_assert_eq(endpoint->weight, web_endpoints[i].weight);
        cr_assert_eq(endpoint->draining, web_endpoints[i].draining);
        cr_assert_eq(endpoint->leaving, web_endpoints[i].leaving);
        cr_assert_eq(endpoint->newer, web_endpoints[i].newer);
        cr_assert_eq(endpoint->zone, web_endpoints[i].zone);
    }
    cr_assert_eq(back.services[1].endpoints_count, 0);

    struct strbuf again = { 0 };
    routes_encode(&back, &again);
    cr_assert_eq(again.len, bytes.len);
    cr_assert_eq(memcmp(again.text, bytes.text, bytes.len), 0);
    strbuf_fini(&again);
    strbuf_fini(&bytes);
    arena_fini(&arena);
}

Test(routes, tell_an_edge_the_number_of_its_zone)
{
    const struct routes routes = { .zones = zones, .zones_count = 2 };
    cr_assert_eq(routes_zone(&routes, "a"), 1);
    cr_assert_eq(routes_zone(&routes, "b"), 2);
    cr_assert_eq(routes_zone(&routes, "c"), 0);
    cr_assert_eq(routes_zone(&routes, ""), 0);
    cr_assert_eq(routes_zone(&routes, NULL), 0);
}

Test(routes, may_be_none_at_all)
{
    struct strbuf bytes = { 0 };
    struct arena arena;
    arena_init(&arena, 0);
    routes_encode(&(struct routes){ 0 }, &bytes);
    struct routes back = { .services_count = 9 };
    cr_assert_eq(decode(bytes.text, bytes.len, &arena, &back), ST_OK);
    cr_assert_eq(back.services_count, 0);
    cr_assert_eq(back.zones_count, 0);
    cr_assert_str_eq(back.gateway, "");
    cr_assert_eq(decode(NULL, 0, &arena, &back), ST_INVALID);
    strbuf_fini(&bytes);
    arena_fini(&arena);
}

Test(routes, carry_a_gateway_longer_than_a_name)
{
    enum { LONG = 200000 };
    struct strbuf bytes = { 0 };
    struct arena arena;
    arena_init(&arena, 0);
    char *gateway = malloc(LONG + 1);
    memset(gateway, 'g', LONG);
    gateway[LONG] = '\0';
    routes_encode(&(struct routes){ .gateway = gateway }, &bytes);
    struct routes back;
    cr_assert_eq(decode(bytes.text, bytes.len, &arena, &back), ST_OK);
    cr_assert_str_eq(back.gateway, gateway);
    free(gateway);
    strbuf_fini(&bytes);
    arena_fini(&arena);
}

Test(routes, are_refused_when_bytes_are_missing_or_left_over)
{
    struct strbuf bytes = { 0 };
    struct arena arena;
    struct routes back;
    arena_init(&arena, 0);
    encode_example(&bytes);
    for (size_t len = 0; len < bytes.len; len++) {
        char *exact = malloc(len + 1); /* so that the sanitizer sees a byte too far */
        memcpy(exact, bytes.text, len);
        cr_assert_eq(decode(exact, len, &arena, &back), ST_INVALID, "length %zu", len);
        free(exact);
    }
    strbuf_add_char(&bytes, 'x');
    cr_assert_eq(decode(bytes.text, bytes.len, &arena, &back), ST_INVALID);
    strbuf_fini(&bytes);
    arena_fini(&arena);
}

Test(routes, are_refused_in_the_format_of_another_release)
{
    struct strbuf bytes = { 0 };
    struct arena arena;
    struct routes back;
    arena_init(&arena, 0);
    encode_example(&bytes);
    bytes.text[0] = (char)(bytes.text[0] - 1);
    cr_assert_eq(decode(bytes.text, bytes.len, &arena, &back), ST_INVALID);
    bytes.text[0] = (char)(bytes.text[0] + 2);
    cr_assert_eq(decode(bytes.text, bytes.len, &arena, &back), ST_INVALID);
    strbuf_fini(&bytes);
    arena_fini(&arena);
}

Test(routes, are_refused_with_an_unknown_policy_or_a_name_given_twice)
{
    static const struct env_balance_policy stranger = { .name = "stranger" };
    struct env_service services[2];
    struct strbuf bytes = { 0 };
    struct arena arena;
    struct routes back;
    arena_init(&arena, 0);
    example(services);
    services[1].policy = &stranger;
    encode_services(services, &bytes);
    cr_assert_eq(decode(bytes.text, bytes.len, &arena, &back), ST_INVALID);
    strbuf_clear(&bytes);
    example(services);
    services[1].name = services[0].name;
    encode_services(services, &bytes);
    cr_assert_eq(decode(bytes.text, bytes.len, &arena, &back), ST_INVALID);
    strbuf_fini(&bytes);
    arena_fini(&arena);
}

Test(routes, are_refused_with_a_time_below_zero_or_a_zone_that_is_not_named)
{
    struct env_service services[2];
    struct strbuf bytes = { 0 };
    struct arena arena;
    struct routes back;
    arena_init(&arena, 0);
    example(services);
    services[0].resilience.eject_ns = -1;
    encode_services(services, &bytes);
    cr_assert_eq(decode(bytes.text, bytes.len, &arena, &back), ST_INVALID);
    strbuf_clear(&bytes);
    example(services); /* its endpoints stand in zones 1 and 2 */
    routes_encode(&(struct routes){ .services = services, .services_count = 2,
                                    .zones = zones, .zones_count = 1 },
                  &bytes);
    cr_assert_eq(decode(bytes.text, bytes.len, &arena, &back), ST_INVALID);
    strbuf_fini(&bytes);
    arena_fini(&arena);
}

Test(routes, are_refused_with_more_than_all_of_the_requests)
{
    struct env_service services[2];
    struct strbuf bytes = { 0 };
    struct arena arena;
    struct routes back;
    arena_init(&arena, 0);
    example(services);
    services[0].split_ppm = PPM + 1;
    encode_services(services, &bytes);
    cr_assert_eq(decode(bytes.text, bytes.len, &arena, &back), ST_INVALID);
    strbuf_fini(&bytes);
    arena_fini(&arena);
}

Test(routes, never_ask_for_memory_that_the_bytes_do_not_pay_for)
{
    static const unsigned char services[] = { 3, 0, 0, 0, 0, 0, 0, 0, 0,
                                              0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0 };
    static const unsigned char gateway[] = { 3, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0 };
    struct arena arena;
    struct routes back;
    arena_init(&arena, 0);
    cr_assert_eq(decode(services, sizeof services, &arena, &back), ST_INVALID);
    cr_assert_eq(decode(gateway, sizeof gateway, &arena, &back), ST_INVALID);
    cr_assert(arena.used_bytes < 4096);
    arena_fini(&arena);
}

/* What is accepted may go to a proxy. */
static void
fit_for_a_proxy(const struct routes *routes)
{
    for (uint32_t s = 0; s < routes->services_count; s++) {
        const struct env_service *service = &routes->services[s];
        cr_assert(service->name[0] != '\0' && service->policy != NULL);
        cr_assert(service->auth_password != NULL && service->tls.certificate != NULL);
        cr_assert(service->resilience.attempt_timeout_ns >= 0 && service->slow_start_ns >= 0);
        for (uint32_t e = 0; e < service->endpoints_count; e++) {
            cr_assert(service->endpoints[e].id > 0);
            cr_assert(service->endpoints[e].weight >= 1);
            cr_assert(service->endpoints[e].weight <= 256);
            cr_assert(service->endpoints[e].zone <= routes->zones_count);
        }
    }
}

Test(routes, accept_any_bytes_without_harm)
{
    struct strbuf bytes = { 0 };
    struct arena arena;
    struct routes back;
    struct rng rng;
    arena_init(&arena, 0);
    rng_init(&rng, 1, 0, "routes");
    encode_example(&bytes);
    for (uint32_t i = 0; i < 20000; i++) {
        char *noisy = malloc(bytes.len);
        memcpy(noisy, bytes.text, bytes.len);
        const uint32_t flips = 1 + rng_below(&rng, 4);
        for (uint32_t flip = 0; flip < flips; flip++) {
            noisy[rng_below(&rng, (uint32_t)bytes.len)] = (char)rng_below(&rng, 256);
        }
        if (decode(noisy, bytes.len, &arena, &back) == ST_OK) {
            fit_for_a_proxy(&back);
        }
        arena_reset(&arena);
        free(noisy);
    }
    strbuf_fini(&bytes);
    arena_fini(&arena);
}

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
    { .id = 7, .ipv4 = 0x0A000001, .port = 31000, .weight = 1 },
    { .id = UINT64_MAX, .ipv4 = 0xFFFFFFFF, .port = 65535, .weight = 256, .draining = true },
};

static uint32_t
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
                                        .endpoints = web_endpoints,
                                        .endpoints_count = 2 };
    services[1] = (struct env_service){ .name = "db_10001",
                                        .app = "/db",
                                        .vhosts = "",
                                        .path = "",
                                        .policy = balance_policy_named("leastconn") };
    return 2;
}

static enum status
decode(const void *bytes, size_t len, struct arena *arena, struct env_service **services,
       uint32_t *count)
{
    return routes_decode(bytes, len, balance_policy_named, arena, services, count);
}

Test(routes, survive_their_encoding)
{
    struct env_service services[2];
    struct strbuf bytes = { 0 };
    struct arena arena;
    arena_init(&arena, 0xA5);
    routes_encode(services, example(services), &bytes);

    struct env_service *back = NULL;
    uint32_t count = 0;
    cr_assert_eq(decode(bytes.text, bytes.len, &arena, &back, &count), ST_OK);
    cr_assert_eq(count, 2);
    cr_assert_str_eq(back[0].name, "web_10000");
    cr_assert_str_eq(back[0].app, "/web");
    cr_assert_str_eq(back[0].vhosts, "web.example.com,www.example.com");
    cr_assert_str_eq(back[0].path, "/shop");
    cr_assert_eq(back[0].port, 10000);
    cr_assert(back[0].http && !back[1].http);
    cr_assert_eq(back[0].policy, services[0].policy);
    cr_assert_eq(back[0].policy_argument, 3);
    cr_assert_eq(back[0].check_interval_ns, SEC(2));
    cr_assert_eq(back[0].check_fall, 3);
    cr_assert_eq(back[0].endpoints_count, 2);
    for (uint32_t i = 0; i < 2; i++) {
        cr_assert_eq(back[0].endpoints[i].id, web_endpoints[i].id);
        cr_assert_eq(back[0].endpoints[i].ipv4, web_endpoints[i].ipv4);
        cr_assert_eq(back[0].endpoints[i].port, web_endpoints[i].port);
        cr_assert_eq(back[0].endpoints[i].weight, web_endpoints[i].weight);
        cr_assert_eq(back[0].endpoints[i].draining, web_endpoints[i].draining);
    }
    cr_assert_str_eq(back[1].name, "db_10001");
    cr_assert_eq(back[1].endpoints_count, 0);

    struct strbuf again = { 0 };
    routes_encode(back, count, &again);
    cr_assert_eq(again.len, bytes.len);
    cr_assert_eq(memcmp(again.text, bytes.text, bytes.len), 0);
    strbuf_fini(&again);
    strbuf_fini(&bytes);
    arena_fini(&arena);
}

Test(routes, may_be_none_at_all)
{
    struct strbuf bytes = { 0 };
    struct arena arena;
    arena_init(&arena, 0);
    routes_encode(NULL, 0, &bytes);
    struct env_service *back = NULL;
    uint32_t count = 9;
    cr_assert_eq(decode(bytes.text, bytes.len, &arena, &back, &count), ST_OK);
    cr_assert_eq(count, 0);
    cr_assert_eq(decode(NULL, 0, &arena, &back, &count), ST_INVALID);
    strbuf_fini(&bytes);
    arena_fini(&arena);
}

Test(routes, are_refused_when_bytes_are_missing_or_left_over)
{
    struct env_service services[2];
    struct strbuf bytes = { 0 };
    struct arena arena;
    arena_init(&arena, 0);
    routes_encode(services, example(services), &bytes);
    struct env_service *back = NULL;
    uint32_t count = 0;
    for (size_t len = 0; len < bytes.len; len++) {
        char *exact = malloc(len + 1); /* so that the sanitizer sees a byte too far */
        memcpy(exact, bytes.text, len);
        cr_assert_eq(decode(exact, len, &arena, &back, &count), ST_INVALID, "length %zu", len);
        free(exact);
    }
    strbuf_add_char(&bytes, 'x');
    cr_assert_eq(decode(bytes.text, bytes.len, &arena, &back, &count), ST_INVALID);
    strbuf_fini(&bytes);
    arena_fini(&arena);
}

Test(routes, are_refused_with_an_unknown_policy_or_a_name_given_twice)
{
    static const struct env_balance_policy stranger = { .name = "stranger" };
    struct env_service services[2];
    struct strbuf bytes = { 0 };
    struct arena arena;
    struct env_service *back = NULL;
    uint32_t count = 0;
    arena_init(&arena, 0);
    example(services);
    services[1].policy = &stranger;
    routes_encode(services, 2, &bytes);
    cr_assert_eq(decode(bytes.text, bytes.len, &arena, &back, &count), ST_INVALID);
    strbuf_clear(&bytes);
    example(services);
    services[1].name = services[0].name;
    routes_encode(services, 2, &bytes);
    cr_assert_eq(decode(bytes.text, bytes.len, &arena, &back, &count), ST_INVALID);
    strbuf_fini(&bytes);
    arena_fini(&arena);
}

Test(routes, never_ask_for_memory_that_the_bytes_do_not_pay_for)
{
    static const unsigned char promises[] = { 1, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0 };
    struct arena arena;
    struct env_service *back = NULL;
    uint32_t count = 0;
    arena_init(&arena, 0);
    cr_assert_eq(decode(promises, sizeof promises, &arena, &back, &count), ST_INVALID);
    cr_assert(arena.used_bytes < 4096);
    arena_fini(&arena);
}

Test(routes, accept_any_bytes_without_harm)
{
    struct env_service services[2];
    struct strbuf bytes = { 0 };
    struct arena arena;
    struct env_service *back = NULL;
    uint32_t count = 0;
    struct rng rng;
    arena_init(&arena, 0);
    rng_init(&rng, 1, 0, "routes");
    routes_encode(services, example(services), &bytes);
    for (uint32_t i = 0; i < 20000; i++) {
        char *noisy = malloc(bytes.len);
        memcpy(noisy, bytes.text, bytes.len);
        const uint32_t flips = 1 + rng_below(&rng, 4);
        for (uint32_t flip = 0; flip < flips; flip++) {
            noisy[rng_below(&rng, (uint32_t)bytes.len)] = (char)rng_below(&rng, 256);
        }
        if (decode(noisy, bytes.len, &arena, &back, &count) == ST_OK) {
            for (uint32_t s = 0; s < count; s++) { /* what is accepted may go to a proxy */
                cr_assert(back[s].name[0] != '\0' && back[s].policy != NULL);
                for (uint32_t e = 0; e < back[s].endpoints_count; e++) {
                    cr_assert(back[s].endpoints[e].id > 0);
                    cr_assert(back[s].endpoints[e].weight >= 1);
                    cr_assert(back[s].endpoints[e].weight <= 256);
                }
            }
        }
        arena_reset(&arena);
        free(noisy);
    }
    strbuf_fini(&bytes);
    arena_fini(&arena);
}

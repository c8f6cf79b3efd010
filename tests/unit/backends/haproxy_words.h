/*
 * tests/unit/backends/haproxy_words.h - one service to change, for the tests of HAProxy's renderer.
 */
#ifndef TESTS_UNIT_BACKENDS_HAPROXY_WORDS_H
#define TESTS_UNIT_BACKENDS_HAPROXY_WORDS_H

#include <criterion/criterion.h>

#include <string.h>

#include "platform/backends/haproxy/haproxy_generation.h"

enum { WORDS_HTTP_PORT = 8080, WORDS_HTTPS_PORT = 8443, WORDS_MESH_PORT = 8081 };

static const uint16_t words_ports[HAPROXY_PORTS_TAKEN] = { WORDS_HTTP_PORT, WORDS_HTTPS_PORT,
                                                           WORDS_MESH_PORT };

static const struct env_balance_policy words_roundrobin = { .name = "roundrobin",
                                                            .haproxy = "roundrobin" };
static const struct env_balance_policy words_random = { .name = "random",
                                                        .haproxy = "random",
                                                        .takes_argument = true,
                                                        .argument_default = 2 };

static const struct env_endpoint words_endpoints[] = {
    { .id = 7, .ipv4 = 0x0A000007, .port = 31007, .weight = 1 },
    { .id = 5, .ipv4 = 0x0A000005, .port = 31005, .weight = 3 },
    { .id = 6, .ipv4 = 0x0A000006, .port = 31006, .weight = 1, .draining = true },
};

static inline struct env_service
words_service(const char *name)
{
    return (struct env_service){
        .name = name,
        .app = "/web",
        .vhosts = "web.example.com",
        .path = "",
        .http = true,
        .external = true,
        .policy = &words_roundrobin,
        .endpoints = words_endpoints,
        .endpoints_count = COUNT_OF(words_endpoints),
    };
}

/* What is left of the services; how many were refused is in it. */
static inline void
words_copy(struct haproxy_generation *generation, const struct env_service *services,
           uint32_t services_count)
{
    const struct env_proxy_apply apply = {
        .generation = 3,
        .services = services,
        .services_count = services_count,
    };
    struct error err = { "" };
    cr_assert(haproxy_generation_copy(generation, &apply, words_ports, &err) == ST_OK, "%s",
              err.text);
}

#endif

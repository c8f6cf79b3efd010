/*
 * tests/unit/gateway/gateway_bed.h - a gateway read from a text in a test, and requests to it.
 */
#ifndef TESTS_UNIT_GATEWAY_GATEWAY_BED_H
#define TESTS_UNIT_GATEWAY_GATEWAY_BED_H

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

#include "platform/gateway/gateway.h"

#define SAID_BYTES 8192

struct gateway_bed {
    struct arena              arena;
    struct diag_list          diags;
    const char               *text; /* canonical, NULL when it was refused */
    const struct env_gateway *gateway;
    struct env_gateway_state  state;
    char                      said[SAID_BYTES];
};

/* The services of the generation that gateways of tests are bound to. */
static const struct env_service bed_services[] = {
    { .name = "web_10000", .app = "/web", .vhosts = "web.example.com",
      .names = "web.marathon.mesos,web.marathon.l4lb.thisdcos.directory:80", .http = true },
    { .name = "api_10001", .app = "/shop/api", .vhosts = "",
      .names = "api-shop.marathon.mesos:8080", .http = true },
    { .name = "canary_10002", .app = "/canary", .vhosts = "", .names = "canary.marathon.mesos",
      .http = true },
    { .name = "db_5432", .app = "/db", .vhosts = "", .names = "db.marathon.mesos", .http = false },
};

static inline void
bed_read(struct gateway_bed *bed, const char *text)
{
    memset(bed, 0, sizeof *bed);
    arena_init(&bed->arena, 0xEE);
    diag_list_init(&bed->diags, &bed->arena);
    bed->text = gateway_read(text, strlen(text), "kong", &bed->arena, &bed->diags);
}

/* What was said at a level, a line each as `rehearse check` prints it. */
static inline const char *
bed_said(struct gateway_bed *bed, enum diag_level level)
{
    struct strbuf lines = { 0 };
    for (uint32_t i = 0; i < bed->diags.items.count; i++) {
        const struct diag *diag = vec_at(&bed->diags.items, i);
        if (diag->level == level) {
            diag_print(diag, &lines);
            strbuf_add_char(&lines, '\n');
        }
    }
    (void)snprintf(bed->said, sizeof bed->said, "%s", strbuf_text(&lines));
    strbuf_fini(&lines);
    return bed->said;
}

static inline void
bed_open(struct gateway_bed *bed, const char *text)
{
    bed_read(bed, text);
    cr_assert(bed->text != NULL, "refused: %s", bed_said(bed, DIAG_ERROR));
    bed->gateway = gateway_load(bed->text, bed_services, COUNT_OF(bed_services), &bed->arena);
    cr_assert(bed->gateway != NULL);
}

static inline void
bed_close(struct gateway_bed *bed)
{
    if (bed->gateway != NULL) {
        bed->gateway->ops->release(&bed->state);
    }
    diag_list_fini(&bed->diags);
    arena_fini(&bed->arena);
}

/* The name of the route that a request is of, "" when of none. */
static inline const char *
bed_route(const struct gateway_bed *bed, const struct env_request *request)
{
    const uint32_t route = bed->gateway->ops->match(bed->gateway, request);
    return route == ENV_GATEWAY_NO_ROUTE ? "" : bed->gateway->routes[route].name;
}

static inline struct env_gateway_verdict
bed_ask(struct gateway_bed *bed, const struct env_request *request, int64_t now_ns)
{
    struct env_gateway_verdict verdict = { 0 };
    const uint32_t route = bed->gateway->ops->match(bed->gateway, request);
    cr_assert(route != ENV_GATEWAY_NO_ROUTE);
    bed->gateway->ops->admit(bed->gateway, &bed->state, route, request, now_ns, &verdict);
    cr_assert(verdict.message != NULL && verdict.service != NULL);
    return verdict;
}

/* GET / of a host, with at most one header. */
static inline struct env_gateway_verdict
bed_get(struct gateway_bed *bed, const char *host, const char *path, const char *name,
        const char *value)
{
    const struct env_header header = { name, value };
    const struct env_request request = {
        .method = "GET", .host = host, .path = path, .headers = &header,
        .headers_count = name != NULL ? 1 : 0, .source_ipv4 = 0x0A000001,
    };
    return bed_ask(bed, &request, SEC(1000));
}

#endif

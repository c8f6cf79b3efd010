/*
 * platform/wire/routes.h - a routing generation as bytes: the tail of msg_routes.
 */
#ifndef PLATFORM_WIRE_ROUTES_H
#define PLATFORM_WIRE_ROUTES_H

#include "platform/base/arena.h"
#include "platform/base/strbuf.h"
#include "platform/env/proxy.h"

enum { ROUTES_ZONES_MAX = UINT8_MAX }; /* env_endpoint.zone is a byte */

/* All that an edge needs for its proxy. All-zero is an empty generation. */
struct routes {
    const struct env_service *services;
    uint32_t                  services_count;
    const char *const        *zones; /* names; endpoints of the first have zone 1. Each edge finds
                                      * its own among them */
    uint32_t                  zones_count; /* 0..ROUTES_ZONES_MAX */
    const char               *gateway;     /* the gateway's canonical text; NULL or "": none */
};

/* The policy of a name; given by whoever decodes, since policies live in balancer/. */
typedef const struct env_balance_policy *routes_policy_fn(const char *name);

void routes_encode(const struct routes *routes, struct strbuf *out);

/* ST_INVALID on bytes that are not a routing generation, or that name an unknown policy. Every text
 * of the result is there: "" when there is none. */
enum status routes_decode(const void *bytes, size_t len, routes_policy_fn *find_policy,
                          struct arena *arena, struct routes *ret_routes) MUST_USE;

/* The number of a zone in this generation; 0 when it is not named there, or is "" or NULL. */
uint8_t routes_zone(const struct routes *routes, const char *zone);

#endif

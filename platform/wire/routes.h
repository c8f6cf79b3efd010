/*
 * platform/wire/routes.h - a routing generation as bytes: the tail of msg_routes.
 */
#ifndef PLATFORM_WIRE_ROUTES_H
#define PLATFORM_WIRE_ROUTES_H

#include "platform/base/arena.h"
#include "platform/base/strbuf.h"
#include "platform/env/proxy.h"

/* The policy of a name; given by whoever decodes, since policies live in balancer/. */
typedef const struct env_balance_policy *routes_policy_fn(const char *name);

void routes_encode(const struct env_service *services, uint32_t services_count,
                   struct strbuf *out);

/* ST_INVALID on bytes that are not a routing generation, or that name an unknown policy. */
enum status routes_decode(const void *bytes, size_t len, routes_policy_fn *find_policy,
                          struct arena *arena, struct env_service **ret_services,
                          uint32_t *ret_count) MUST_USE;

#endif

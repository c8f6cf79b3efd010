/*
 * platform/balancer/route_claims.h - who gets a name, a service port or a virtual host's path that
 * two services ask for: the earlier app, within an app the lower port index.
 *
 * The other one goes on without it and is told; a configuration never has the same thing twice.
 * Two services of one virtual host and path are no clash when their ranks differ: the higher is
 * matched first, which is what a rank is for.
 */
#ifndef PLATFORM_BALANCER_ROUTE_CLAIMS_H
#define PLATFORM_BALANCER_ROUTE_CLAIMS_H

#include "platform/base/arena.h"
#include "platform/env/proxy.h"

/* One service that asks, in the order of who comes first. */
struct route_claim {
    const struct env_service *asked;
    const char               *vhosts;   /* out: what it gets of them */
    uint16_t                  port;     /* out: its service port, or 0 */
    bool                      left_out; /* out: another service has its name */
    uint32_t                  lost;     /* in and out: bits of what it was told of already */
};

/* text: "port 10000 belongs to /web already" */
typedef void route_claims_warn_fn(void *context, const struct route_claim *claim,
                                  const char *text);

/* Texts of the results live in the arena, or are the service's own. */
void route_claims_settle(struct route_claim *const *claims, uint32_t claims_count,
                         struct arena *arena, route_claims_warn_fn *warn, void *context);

#endif

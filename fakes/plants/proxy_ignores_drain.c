/*
 * fakes/plants/proxy_ignores_drain.c - a proxy that reports a drain as done and goes on sending.
 *
 * It hides the draining flag of every endpoint from the proxy behind it, and says that no request is
 * open there.
 */
#include <string.h>

#include "fakes/plants/plants.h"

struct deaf_proxy {
    struct env_proxy  port;
    struct env_proxy *behind;       /* borrowed */
    struct arena      copies;       /* of one apply: nothing outlives the call */
};

static struct deaf_proxy *
deaf_proxy_of(struct env_proxy *port)
{
    return container_of(port, struct deaf_proxy, port);
}

static void
deaf_proxy_apply(struct env_proxy *port, struct env_proxy_apply *apply)
{
    struct deaf_proxy *proxy = deaf_proxy_of(port);
    const struct env_service *asked = apply->services;
    struct env_service *services = ARENA_ARRAY(&proxy->copies, struct env_service,
                                               apply->services_count);
    for (uint32_t s = 0; s < apply->services_count; s++) {
        struct env_endpoint *endpoints = ARENA_ARRAY(&proxy->copies, struct env_endpoint,
                                                     asked[s].endpoints_count);
        for (uint32_t i = 0; i < asked[s].endpoints_count; i++) {
            endpoints[i] = asked[s].endpoints[i];
            endpoints[i].draining = false;
        }
        services[s] = asked[s];
        services[s].endpoints = endpoints;
    }
    apply->services = services;
    proxy->behind->ops->apply(proxy->behind, apply);
    apply->services = asked;
    arena_fini(&proxy->copies);
}

/* The number of open requests is thrown away: 1 + that many are never waited for. */
static void
deaf_proxy_open(struct env_proxy *port, struct env_proxy_open *open)
{
    struct deaf_proxy *proxy = deaf_proxy_of(port);
    open->endpoint_id = UINT64_MAX; /* nobody's: the proxy behind says that it knows no such one */
    proxy->behind->ops->open(proxy->behind, open);
}

static const struct env_proxy_ops deaf_proxy_ops = { .name = "proxy-ignores-drain",
                                                     .apply = deaf_proxy_apply,
                                                     .open = deaf_proxy_open };

static void
deaf_proxy_wrap(struct env *env, struct arena *arena)
{
    if (env->proxy != NULL) {
        struct deaf_proxy *proxy = ARENA_NEW(arena, struct deaf_proxy);
        proxy->port.ops = &deaf_proxy_ops;
        proxy->behind = env->proxy;
        env->proxy = &proxy->port;
    }
}

const struct plant plant_proxy_ignores_drain = {
    .name = "proxy-ignores-drain",
    .about = "the proxy reports a drain as done and goes on sending requests there",
    .wrap = deaf_proxy_wrap,
};

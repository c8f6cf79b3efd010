/*
 * fakes/plants/proxy_ignores_drain.c - a proxy that reports a drain as done and goes on sending.
 *
 * It hides the draining flag of every endpoint from the proxy behind it, keeps naming one for a
 * generation after it is gone, and says that no request is open there.
 */
#include <string.h>

#include "fakes/plants/plants.h"

struct deaf_proxy {
    struct env_proxy          port;
    struct env_proxy         *behind; /* borrowed */
    struct arena             *arena;  /* borrowed: as long as the process */
    const struct env_service *last;   /* what it was asked for before, without draining; in arena */
    uint32_t                  last_count;
};

static struct deaf_proxy *
deaf_proxy_of(struct env_proxy *port)
{
    return container_of(port, struct deaf_proxy, port);
}

static bool
deaf_proxy_names(const struct env_service *service, uint64_t endpoint)
{
    for (uint32_t i = 0; i < service->endpoints_count; i++) {
        if (service->endpoints[i].id == endpoint) {
            return true;
        }
    }
    return false;
}

static const struct env_service *
deaf_proxy_last(const struct deaf_proxy *proxy, const char *name)
{
    for (uint32_t i = 0; i < proxy->last_count; i++) {
        if (strcmp(proxy->last[i].name, name) == 0) {
            return &proxy->last[i];
        }
    }
    return NULL;
}

/* All that is asked for, none of it draining, and behind it what was asked for one time ago. */
static struct env_service
deaf_proxy_service(const struct deaf_proxy *proxy, const struct env_service *asked,
                   uint32_t *ret_asked_count)
{
    const struct env_service *last = deaf_proxy_last(proxy, asked->name);
    const uint32_t last_count = last != NULL ? last->endpoints_count : 0;
    struct env_endpoint *endpoints =
        ARENA_ARRAY(proxy->arena, struct env_endpoint, asked->endpoints_count + last_count);
    struct env_service service = *asked;
    service.name = arena_strdup(proxy->arena, asked->name);
    for (uint32_t i = 0; i < asked->endpoints_count; i++) {
        endpoints[i] = asked->endpoints[i];
        endpoints[i].draining = false;
    }
    service.endpoints = endpoints;
    for (uint32_t i = 0; i < last_count; i++) {
        if (!deaf_proxy_names(asked, last->endpoints[i].id)) {
            endpoints[service.endpoints_count++] = last->endpoints[i];
        }
    }
    *ret_asked_count = asked->endpoints_count;
    return service;
}

static void
deaf_proxy_apply(struct env_proxy *port, struct env_proxy_apply *apply)
{
    struct deaf_proxy *proxy = deaf_proxy_of(port);
    const struct env_service *asked = apply->services;
    const uint32_t count = apply->services_count;
    struct env_service *services = ARENA_ARRAY(proxy->arena, struct env_service, count);
    struct env_service *last = ARENA_ARRAY(proxy->arena, struct env_service, count);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t asked_count = 0;
        services[i] = deaf_proxy_service(proxy, &asked[i], &asked_count);
        last[i] = services[i];
        last[i].endpoints_count = asked_count;
    }
    proxy->last = last;
    proxy->last_count = count;
    apply->services = services;
    proxy->behind->ops->apply(proxy->behind, apply);
    apply->services = asked;
}

/* A question on its way to the proxy behind; its answer is thrown away. */
struct deaf_question {
    struct env_proxy_open  inner;
    struct env_proxy_open *outer; /* borrowed: the edge's own */
};

static void
deaf_proxy_answer(struct env_op *op)
{
    struct deaf_question *question = container_of(op, struct deaf_question, inner.op);
    question->outer->ret_open = 0;
    env_op_complete(&question->outer->op, ST_OK, "");
}

static void
deaf_proxy_open(struct env_proxy *port, struct env_proxy_open *open)
{
    struct deaf_proxy *proxy = deaf_proxy_of(port);
    struct deaf_question *question = ARENA_NEW(proxy->arena, struct deaf_question);
    question->outer = open;
    question->inner.endpoint_id = open->endpoint_id;
    question->inner.op.done = deaf_proxy_answer;
    env_proxy_open(proxy->behind, &question->inner);
}

static void
deaf_proxy_stats(struct env_proxy *port, struct env_proxy_stats *stats)
{
    const struct deaf_proxy *proxy = deaf_proxy_of(port);
    proxy->behind->ops->stats(proxy->behind, stats);
}

static void
deaf_proxy_tally(struct env_proxy *port, struct env_proxy_tally *tally)
{
    const struct deaf_proxy *proxy = deaf_proxy_of(port);
    proxy->behind->ops->tally(proxy->behind, tally);
}

static const struct env_proxy_ops deaf_proxy_ops = { .name = "proxy-ignores-drain",
                                                     .apply = deaf_proxy_apply,
                                                     .open = deaf_proxy_open,
                                                     .stats = deaf_proxy_stats,
                                                     .tally = deaf_proxy_tally };

static void
deaf_proxy_wrap(struct env *env, struct arena *arena)
{
    if (env->proxy != NULL) {
        struct deaf_proxy *proxy = ARENA_NEW(arena, struct deaf_proxy);
        proxy->port.ops = &deaf_proxy_ops;
        proxy->behind = env->proxy;
        proxy->arena = arena;
        env->proxy = &proxy->port;
    }
}

const struct plant plant_proxy_ignores_drain = {
    .name = "proxy-ignores-drain",
    .about = "the proxy reports a drain as done and goes on sending requests there",
    .wrap = deaf_proxy_wrap,
};

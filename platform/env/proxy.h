/*
 * platform/env/proxy.h - the proxy port: a load balancer that is given whole routing generations.
 *
 * Behind it: platform/backends/haproxy/ and fakes/proxy/; tests/peers/test_proxy.c holds both to
 *            the words below.
 * Calling:   apply replaces everything in force by the generation given and drops no connection:
 *            an endpoint that is no longer named, or is marked draining, gets no new request while
 *            its open ones go on. A generation older than the one in force is ST_STALE.
 * Errors:    ST_INVALID a service that this proxy cannot do (the sentence names it); the other
 *            services are in force all the same. ST_UNAVAILABLE, ST_TIMEOUT: worth a retry.
 */
#ifndef PLATFORM_ENV_PROXY_H
#define PLATFORM_ENV_PROXY_H

#include "platform/base/rng.h"
#include "platform/env/op.h"

/* What a policy sees of one server, and the state it may keep there. Contiguous in an array. */
struct env_balance_server {
    uint64_t id;       /* the endpoint's */
    uint32_t weight;   /* 1..256 */
    uint32_t open;     /* requests sent and not yet answered */
    int32_t  current;  /* the policy's own: smooth round robin */
    uint32_t consumed; /* the policy's own */
    bool     eligible; /* up and not draining: only these may be picked */
};

struct env_balance_state {
    struct rng rng;      /* the service's stream */
    uint32_t   argument; /* N of random(N) */
    uint32_t   cursor;   /* the policy's own */
    uint64_t   key_hash; /* of the request's source address */
    uint64_t   uri_hash; /* of the request's path */
    bool       weights_equal; /* every server has the same weight: kept by who owns the array */
};

/* The index of an eligible server; there is at least one. */
typedef uint32_t env_balance_pick_fn(struct env_balance_state *state,
                                     struct env_balance_server *servers, uint32_t servers_count,
                                     uint32_t eligible_count);

/* One policy, two users: the fake calls pick, HAProxy renders the text. */
struct env_balance_policy {
    const char          *name;    /* as in the label HAPROXY_n_BALANCE, without an argument */
    /* the balance line's words ("random" gets its argument), or NULL */
    const char          *haproxy;
    bool                 takes_argument;
    uint32_t             argument_default;
    env_balance_pick_fn *pick;
};

struct env_endpoint {
    uint64_t id;   /* the task's, > 0 */
    uint32_t ipv4; /* host byte order */
    uint16_t port;
    uint16_t weight; /* 1..256 */
    bool     draining;
};

struct env_service {
    const char                      *name;   /* "web_10000": unique in the generation */
    const char                      *app;    /* "/web", for statistics */
    const char                      *vhosts; /* comma list, "" when none */
    const char                      *path;   /* prefix, "" when none */
    uint16_t                         port;   /* service port, 0 when none */
    bool                             http;   /* else TCP */
    const struct env_balance_policy *policy;
    uint32_t                         policy_argument;
    int64_t                          check_interval_ns; /* 0: the proxy makes no checks */
    uint32_t                         check_fall;
    const struct env_endpoint       *endpoints;
    uint32_t                         endpoints_count;
};

struct env_proxy_apply {
    struct env_op             op;
    uint64_t                  generation;
    const struct env_service *services; /* everything below borrowed during the call only */
    uint32_t                  services_count;
};

/* How many requests an endpoint still has open; ST_NOT_FOUND when the proxy does not know it. */
struct env_proxy_open {
    struct env_op op;
    uint64_t      endpoint_id;
    uint32_t      ret_open;
};

struct env_proxy {
    const struct env_proxy_ops *ops;
};

typedef void env_proxy_apply_fn(struct env_proxy *proxy, struct env_proxy_apply *apply);
typedef void env_proxy_open_fn(struct env_proxy *proxy, struct env_proxy_open *open);

struct env_proxy_ops {
    const char         *name;
    env_proxy_apply_fn *apply;
    env_proxy_open_fn  *open;
};

static inline void
env_proxy_apply(struct env_proxy *proxy, struct env_proxy_apply *apply)
{
    ASSERT(apply->generation > 0);
    env_op_begin(&apply->op);
    proxy->ops->apply(proxy, apply);
    env_op_begun(&apply->op);
}

static inline void
env_proxy_open(struct env_proxy *proxy, struct env_proxy_open *open)
{
    ASSERT(open->endpoint_id > 0);
    env_op_begin(&open->op);
    proxy->ops->open(proxy, open);
    env_op_begun(&open->op);
}

#endif

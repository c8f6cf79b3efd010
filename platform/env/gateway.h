/*
 * platform/env/gateway.h - what an API gateway is to a proxy: requests are matched to a route and
 * admitted or answered.
 *
 * Shared: the platform's own code (platform/gateway/) travels to the proxy port as a const table:
 *         the fake calls match and admit; HAProxy renders the data below.
 * Calling: match once a request, or once for all requests that are alike (its answer depends on
 *          nothing else); admit for each of them, since limits count.
 */
#ifndef PLATFORM_ENV_GATEWAY_H
#define PLATFORM_ENV_GATEWAY_H

#include "platform/base/common.h"

struct env_header {
    const char *name; /* compared without case */
    const char *value;
};

/* A request as a proxy sees it. Texts are never NULL. */
struct env_request {
    const char              *method; /* "GET" */
    const char              *host;   /* a virtual host, an inside name, or an app's id "/web" */
    const char              *path;
    const struct env_header *headers;
    uint32_t                 headers_count;
    uint32_t                 source_ipv4; /* host byte order, 0: not known */
    int64_t                  body_bytes;
    bool                     https;
};

#define ENV_GATEWAY_NO_ROUTE UINT32_MAX

struct env_gateway_verdict {
    uint32_t    status;  /* 0: it goes on to the service; else the HTTP status answered */
    const char *message; /* with a status: Kong's words. Never NULL */
    const char *service; /* name of the env_service, "" with a status */
};

struct env_gateway;

/* What counting needs from one generation to the next; owned by the proxy. */
struct env_gateway_state {
    void *memory; /* the gateway's own, from base/memory; NULL at first */
};

typedef uint32_t env_gateway_match_fn(const struct env_gateway *gateway,
                                      const struct env_request *request);
typedef void     env_gateway_admit_fn(const struct env_gateway *gateway,
                                      struct env_gateway_state *state, uint32_t route,
                                      const struct env_request *request, int64_t now_ns,
                                      struct env_gateway_verdict *ret_verdict);
typedef void     env_gateway_release_fn(struct env_gateway_state *state);
/* A deep copy, for who keeps a generation. */
struct arena;
typedef const struct env_gateway *env_gateway_copy_fn(const struct env_gateway *gateway,
                                                      struct arena *arena);

struct env_gateway_ops {
    env_gateway_match_fn   *match; /* ENV_GATEWAY_NO_ROUTE: not the gateway's, try virtual hosts */
    env_gateway_admit_fn   *admit;
    env_gateway_release_fn *release;
    env_gateway_copy_fn    *copy;
};

struct env_gateway {
    const struct env_gateway_ops *ops;
};

#endif

/*
 * platform/backends/haproxy/haproxy_generation.h - a routing generation, copied and checked: what
 * is in it may be rendered as it is.
 *
 * An offender is left out alone and remembered by name; its neighbours stay.
 * Memory: everything lives in the generation's own arena.
 */
#ifndef PLATFORM_BACKENDS_HAPROXY_HAPROXY_GENERATION_H
#define PLATFORM_BACKENDS_HAPROXY_HAPROXY_GENERATION_H

#include "platform/base/arena.h"
#include "platform/base/vec.h"
#include "platform/env/proxy.h"

enum {
    HAPROXY_SERVICES_MAX = 1000,  /* of ours */
    HAPROXY_SERVERS_MAX = 10000   /* of ours, over all services */
};

struct haproxy_service {
    const char         *name;
    const char         *app;   /* "" when none */
    const char *const  *hosts; /* lower case */
    uint32_t            hosts_count;
    const char         *path; /* "" when none */
    const char         *balance; /* "random(2)" */
    uint16_t            port;    /* 0 when none */
    bool                http;
    int64_t             check_interval_ms; /* 0: no checks */
    uint32_t            check_fall;
    struct env_endpoint *servers; /* in order of id */
    uint32_t            servers_count;
};

struct haproxy_generation {
    struct arena arena;
    uint64_t     number;
    struct vec   services; /* struct haproxy_service, in the order given */
    uint32_t     servers_count;
    uint32_t     refused_count;
    struct error refused; /* the first offender's sentence */
};

void haproxy_generation_init(struct haproxy_generation *generation);
void haproxy_generation_fini(struct haproxy_generation *generation); /* a zeroed one is valid */

/*
 * Replaces what is in it by a copy of the good services. http_port is taken already. ST_OK also
 * when services were refused; ST_NO_CAPACITY when there are too many of them or of endpoints.
 */
enum status haproxy_generation_copy(struct haproxy_generation *generation,
                                    const struct env_proxy_apply *apply, uint16_t http_port,
                                    struct error *err) MUST_USE;

/* Leaves one more service out, for a reason found later. */
void haproxy_generation_refuse(struct haproxy_generation *generation, uint32_t index,
                               const char *reason);

/* Whether an endpoint could get new requests under before and cannot any more under after. */
bool haproxy_generation_loses(const struct haproxy_generation *before,
                              const struct haproxy_generation *after);

static inline struct haproxy_service *
haproxy_generation_at(const struct haproxy_generation *generation, uint32_t index)
{
    return vec_at(&generation->services, index);
}

#endif

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
#include "platform/env/gateway.h"
#include "platform/env/proxy.h"

enum {
    HAPROXY_SERVICES_MAX = 1000,  /* of ours */
    HAPROXY_SERVERS_MAX = 10000,  /* of ours, over all services */
    HAPROXY_WORDS_MAX = 100,      /* of ours, in a list of hosts, names or networks */
    HAPROXY_PORTS_TAKEN = 4       /* HTTP, HTTPS, inside, statistics */
};

struct haproxy_words {
    const char *const *words;
    uint32_t           count;
};

/* Texts are never NULL: "" when there is none. Durations of 0: none. */
struct haproxy_service {
    const char         *name;
    const char         *app;
    const char *const  *hosts; /* lower case */
    uint32_t            hosts_count;
    const char *const  *names; /* lower case, "host:port" or "host" */
    uint32_t            names_count;
    const char         *path;
    const char         *balance; /* "random(2)" */
    bool                fixed;   /* servers and weights are the algorithm's from the start on */
    uint16_t            port;    /* 0 when none */
    bool                http;
    bool                external;
    int32_t             rank;
    int64_t             check_interval_ms;
    uint32_t            check_fall;
    uint32_t            check_rise; /* 0: HAProxy's own */
    int64_t             slow_start_ms;
    bool                sticky;
    bool                answers_stand; /* errors that servers answer are not tried again */
    uint8_t             zone; /* servers of other zones are backups; 0: none is */
    int64_t             attempt_timeout_ms;
    uint32_t            retries;        /* 0: HAProxy's own, of connections alone */
    uint32_t            eject_failures; /* 0: never */
    uint32_t            server_requests_max;
    uint32_t            queue_max;
    int64_t             queue_timeout_ms;
    const char         *certificate; /* a file's path */
    bool                redirect_to_https;
    bool                hsts;
    const char *const  *allowed; /* networks */
    uint32_t            allowed_count;
    const char         *auth_realm;
    const char         *auth_user;
    const char         *auth_password;
    bool                rewrites;
    const char         *rewrite_match;  /* a regular expression */
    const char         *rewrite_format; /* what goes in its place */
    const char         *split_to;       /* the service that gets a part of its requests */
    uint32_t            split_ppm;
    const char         *split_header;   /* requests with it go there all */
    const char         *split_value;
    uint64_t            measured; /* 0: not */
    struct env_endpoint *servers; /* in order of id */
    uint32_t            servers_count;
};

/* What becomes of a route of the gateway. */
enum haproxy_gateway_way {
    HAPROXY_GATEWAY_OPEN,
    HAPROXY_GATEWAY_LEFT_OUT, /* what it matches cannot be written */
    HAPROXY_GATEWAY_CLOSED    /* what protects it cannot: it is answered 503 */
};

struct haproxy_generation {
    struct arena arena;
    uint64_t     number;
    struct vec   services; /* struct haproxy_service, in the order given */
    uint32_t     servers_count;
    uint8_t      zone;          /* the proxy's own */
    const struct env_gateway *gateway; /* in the arena; NULL: none */
    const uint8_t *gateway_ways;       /* enum haproxy_gateway_way, by route */
    uint32_t     refused_count; /* services, and parts of services */
    struct error refused;       /* the first offender's sentence */
};

void haproxy_generation_init(struct haproxy_generation *generation);
void haproxy_generation_fini(struct haproxy_generation *generation); /* a zeroed one is valid */

/*
 * Replaces what is in it by a copy of the good services. ports_taken: the proxy's own, 0 for none.
 * ST_OK also when services were refused; ST_NO_CAPACITY when there are too many of them or of
 * endpoints.
 */
enum status haproxy_generation_copy(struct haproxy_generation *generation,
                                    const struct env_proxy_apply *apply,
                                    const uint16_t ports_taken[HAPROXY_PORTS_TAKEN],
                                    struct error *err) MUST_USE;

/* private to haproxy_generation.c and haproxy_parts.c */
bool haproxy_generation_words(struct haproxy_generation *generation, const char *list,
                              bool (*valid)(const char *text, size_t len),
                              struct haproxy_words *ret);

/* Remembers what cannot be done, and whose it is. */
void haproxy_generation_note(struct haproxy_generation *generation, const char *name,
                             const char *reason);

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

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
#define ENV_GATEWAY_NONE     UINT32_MAX /* as an index: there is none */

struct env_gateway_verdict {
    uint32_t    status;  /* 0: it goes on to the service; else the HTTP status answered */
    const char *message; /* with a status: Kong's words. Never NULL */
    const char *service; /* name of the env_service, "" with a status */
    uint32_t    service_index; /* of it in env_proxy_apply.services, or ENV_GATEWAY_NONE */
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

/* The setting of a kind (enum env_gateway_kind) in force for a consumer on a route;
 * consumer ENV_GATEWAY_NONE: nobody is known. NULL: none. */
struct env_gateway_plugin;
typedef const struct env_gateway_plugin *env_gateway_plugin_fn(const struct env_gateway *gateway,
                                                               uint32_t kind, uint32_t route,
                                                               uint32_t consumer);

/*
 * The services of a generation as the gateway wants those that its own lead to: retries, timeout,
 * ejection, policy. What an app's labels say stays, of two services of the gateway the first one
 * decides. The array given when nothing changes, else a copy in the arena.
 */
struct env_service;
struct env_balance_policy;
typedef const struct env_balance_policy *env_gateway_policy_fn(const char *name);
typedef const struct env_service *env_gateway_shape_fn(const struct env_gateway *gateway,
                                                       const struct env_service *services,
                                                       uint32_t services_count,
                                                       env_gateway_policy_fn *policy_named,
                                                       struct arena *arena);

struct env_gateway_ops {
    env_gateway_match_fn   *match; /* ENV_GATEWAY_NO_ROUTE: not the gateway's, try virtual hosts */
    env_gateway_admit_fn   *admit;
    env_gateway_release_fn *release;
    env_gateway_copy_fn    *copy;
    env_gateway_plugin_fn  *plugin_of;
    env_gateway_shape_fn   *shape;
};

/* --- what a gateway is made of: for who renders it --- */

struct env_gateway_texts {
    const char *const *items;
    uint32_t           count;
};

struct env_gateway_network {
    uint32_t ipv4; /* host byte order, bits outside of the mask are 0 */
    uint32_t mask;
};

struct env_gateway_networks {
    const struct env_gateway_network *items;
    uint32_t                          count;
};

struct env_gateway_field { /* "name:value" of a transformer */
    const char *name;
    const char *value; /* "" where a name alone is meant */
};

struct env_gateway_fields {
    const struct env_gateway_field *items;
    uint32_t                        count;
};

struct env_gateway_bound { /* where a host leads to in a generation */
    const char *name;  /* of the env_service, "" when the host is not known there */
    uint32_t    index; /* of it, ENV_GATEWAY_NONE */
};

struct env_gateway_service {
    const char              *name;
    const char              *host;
    const char              *path; /* put before what the route leaves of a path, "" when none */
    uint32_t                 upstream; /* index, ENV_GATEWAY_NONE when the host is no upstream */
    uint16_t                 port;
    bool                     enabled;
    uint32_t                 retries;         /* 0: not said */
    int64_t                  read_timeout_ns; /* 0: not said */
    struct env_gateway_bound bound; /* when it is no upstream */
};

struct env_gateway_target {
    const char              *host;
    uint16_t                 port;
    uint16_t                 weight; /* 0: gets nothing */
    struct env_gateway_bound bound;
};

struct env_gateway_upstream {
    const char *name;
    uint32_t    targets_first; /* into the gateway's targets */
    uint32_t    targets_count;
    const char *policy;         /* name of an env_balance_policy, "" when not said */
    uint32_t    eject_failures; /* 0: never */
};

struct env_gateway_header {
    const char              *name; /* lower case */
    struct env_gateway_texts values; /* lower case; any of them */
};

struct env_gateway_path {
    const char           *text;    /* the prefix, or the expression without its '~' */
    const struct pattern *pattern; /* of what begins with it; NULL: a prefix */
};

/* In the order in which Kong runs them: by priority. */
enum env_gateway_kind {
    ENV_GATEWAY_CORRELATION_ID,
    ENV_GATEWAY_CORS,
    ENV_GATEWAY_KEY_AUTH,
    ENV_GATEWAY_BASIC_AUTH,
    ENV_GATEWAY_IP_RESTRICTION,
    ENV_GATEWAY_REQUEST_SIZE,
    ENV_GATEWAY_ACL,
    ENV_GATEWAY_RATE_LIMITING,
    ENV_GATEWAY_REQUEST_TRANSFORMER,
    ENV_GATEWAY_RESPONSE_TRANSFORMER,
    ENV_GATEWAY_PROMETHEUS
};
#define ENV_GATEWAY_KIND_COUNT (ENV_GATEWAY_PROMETHEUS + 1)

struct env_gateway_correlation_id {
    const char *header_name;
    const char *generator; /* "uuid", "uuid#counter", "tracker" */
    bool        echo_downstream;
};

struct env_gateway_origin {
    const char           *text;
    const struct pattern *pattern; /* NULL: text as it stands */
};

struct env_gateway_cors {
    const struct env_gateway_origin *origins;
    uint32_t                         origins_count; /* 0: any */
    struct env_gateway_texts         methods;
    struct env_gateway_texts         headers; /* none: those that the client asked for */
    struct env_gateway_texts         exposed_headers;
    int64_t                          max_age_s; /* -1: not said */
    bool                             credentials;
    bool                             preflight_continue;
};

struct env_gateway_key_auth {
    struct env_gateway_texts key_names;
    uint32_t                 anonymous; /* consumer, ENV_GATEWAY_NONE */
    bool                     key_in_header;
    bool                     key_in_query;
    bool                     hide_credentials;
    bool                     run_on_preflight;
};

struct env_gateway_basic_auth {
    const char *realm;
    uint32_t    anonymous;
    bool        hide_credentials;
};

struct env_gateway_ip_restriction {
    struct env_gateway_networks allow;
    struct env_gateway_networks deny;
    bool                        has_allow; /* a list was given, if only of what never matches */
    const char                 *message;
    uint32_t                    status;
};

struct env_gateway_request_size {
    int64_t bytes_max;
    bool    require_content_length;
};

struct env_gateway_acl {
    struct env_gateway_texts groups;
    bool                     deny; /* else: allow */
};

enum env_gateway_period {
    ENV_GATEWAY_SECOND, ENV_GATEWAY_MINUTE, ENV_GATEWAY_HOUR, ENV_GATEWAY_DAY, ENV_GATEWAY_MONTH,
    ENV_GATEWAY_YEAR
};
#define ENV_GATEWAY_PERIOD_COUNT (ENV_GATEWAY_YEAR + 1)

enum env_gateway_limit_by {
    ENV_GATEWAY_BY_CONSUMER, ENV_GATEWAY_BY_CREDENTIAL, ENV_GATEWAY_BY_IP, ENV_GATEWAY_BY_SERVICE,
    ENV_GATEWAY_BY_HEADER, ENV_GATEWAY_BY_PATH
};
#define ENV_GATEWAY_LIMIT_BY_COUNT (ENV_GATEWAY_BY_PATH + 1)

struct env_gateway_rate_limiting {
    int64_t                   limits[ENV_GATEWAY_PERIOD_COUNT]; /* 0: none */
    enum env_gateway_limit_by limit_by;
    const char               *header_name;
    const char               *path;
    const char               *message;
    uint32_t                  status;
    uint64_t                  key; /* of its scope: counters of the same scope go on */
    bool                      hide_client_headers;
};

struct env_gateway_transformer {
    const char               *http_method; /* "" when none; of a request */
    const char               *uri;         /* "" when none; of a request */
    struct env_gateway_fields remove, rename, replace, add, append; /* of headers */
    struct env_gateway_fields query_remove, query_rename, query_replace, query_add, query_append;
    bool                      body; /* asks for changes of bodies, or uses templates: not done */
};

/* One setting of a plugin; which fields count is said by kind. */
struct env_gateway_plugin {
    enum env_gateway_kind kind;
    uint32_t              service;  /* it applies there only; ENV_GATEWAY_NONE: everywhere */
    uint32_t              route;
    uint32_t              consumer;
    union {
        struct env_gateway_correlation_id correlation_id;
        struct env_gateway_cors           cors;
        struct env_gateway_key_auth       key_auth;
        struct env_gateway_basic_auth     basic_auth;
        struct env_gateway_ip_restriction ip_restriction;
        struct env_gateway_request_size   request_size;
        struct env_gateway_acl            acl;
        struct env_gateway_rate_limiting  rate_limiting;
        struct env_gateway_transformer    transformer;
    };
};

struct env_gateway_route {
    const char                      *name;
    uint32_t                         service; /* index, ENV_GATEWAY_NONE */
    struct env_gateway_texts         methods;
    struct env_gateway_texts         hosts; /* lower case, "*" first or last in some */
    const struct env_gateway_header *headers;
    uint32_t                         headers_count;
    const struct env_gateway_path   *paths;
    uint32_t                         paths_count;
    int32_t                          regex_priority;
    bool                             http;
    bool                             https;
    bool                             strip_path;
    bool                             preserve_host;
    /* the setting of each kind in force here for all, NULL: none; consumers may have others */
    const struct env_gateway_plugin *plugins[ENV_GATEWAY_KIND_COUNT];
};

/* Routes in the order in which they are tried: one entry for each path of a route. */
struct env_gateway_rule {
    uint32_t route;
    uint32_t path; /* index in the route's, ENV_GATEWAY_NONE: any */
};

struct env_gateway_consumer {
    const char              *name; /* its username, or what stands for it */
    const char              *custom_id; /* "" when none */
    struct env_gateway_texts groups;
};

struct env_gateway_credential {
    const char *name;   /* the key, or the username. A key is a secret */
    const char *secret; /* the password, "" for keys */
    uint32_t    consumer;
};

struct env_gateway {
    const struct env_gateway_ops        *ops;
    const char                          *text; /* canonical: reading it gives all of this again */
    uint64_t                             text_hash;
    const struct env_gateway_service    *services;
    uint32_t                             services_count;
    const struct env_gateway_upstream   *upstreams;
    uint32_t                             upstreams_count;
    const struct env_gateway_target     *targets;
    uint32_t                             targets_count;
    const struct env_gateway_consumer   *consumers;
    uint32_t                             consumers_count;
    const struct env_gateway_credential *keys; /* sorted by name */
    uint32_t                             keys_count;
    const struct env_gateway_credential *logins; /* sorted by name */
    uint32_t                             logins_count;
    const struct env_gateway_plugin     *plugins; /* those that are enabled and acted upon */
    uint32_t                             plugins_count;
    bool consumers_have[ENV_GATEWAY_KIND_COUNT]; /* some setting of the kind names a consumer */
    const struct env_gateway_route      *routes;
    uint32_t                             routes_count;
    const struct env_gateway_rule       *rules;
    uint32_t                             rules_count;
};

#endif

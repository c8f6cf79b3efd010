/*
 * fakes/proxy/inner.h - what the files of the modelled proxy share; nobody else includes it.
 *
 * A server is one endpoint of one service of one proxy. Its slot stays in place from the generation
 * that first names it until no generation does and its last request is done; its position in the
 * array that policies see may change with every generation.
 */
#ifndef FAKES_PROXY_INNER_H
#define FAKES_PROXY_INNER_H

#include "fakes/proxy/fake_proxy.h"
#include "platform/base/arena.h"
#include "platform/base/map.h"
#include "platform/base/pool.h"

#define PROXY_NONE UINT32_MAX

enum {
    PROXY_SERVERS_MAX = 1 << 26, /* of all edges together: a limit of ours */
    REQUEST_CHUNK_BITS = 12,
    REQUEST_CHUNK_ITEMS = 1 << REQUEST_CHUNK_BITS
};

enum request_stage { REQUEST_FREE, REQUEST_IDLE, REQUEST_CONNECTING, REQUEST_SERVED };

/* What a server has done. */
struct proxy_counts {
    uint64_t requests; /* attempts that have ended */
    uint64_t errors;
    uint64_t failures;
    uint64_t ejections;
    int64_t  latency_sum_ns; /* of those answered */
};

struct proxy_server {
    uint32_t            open;
    uint32_t            service;  /* index in the configuration, PROXY_NONE: no longer named */
    uint32_t            position; /* in that service's arrays */
    uint32_t            next_same; /* another server of the same endpoint here, 0: none */
    struct proxy_counts counts;    /* since it was first named */
    struct proxy_counts told;      /* of them: what the observer knows already */
    uint64_t            endpoint_id;
    uint32_t            ipv4;
    uint16_t            port;
    bool                draining;
    bool                up;     /* as the checks see it */
    uint32_t            health; /* HAProxy's: below rise down, up to rise + fall - 1 */
    uint32_t            name;   /* of its service, interned */
    uint32_t            app;    /* interned */
};

struct proxy_service {
    uint32_t                         name; /* interned in the datapath */
    uint32_t                         app;  /* interned */
    const char                      *vhosts;
    const char                      *path;
    const struct env_balance_policy *policy;
    struct env_balance_state         state;
    int64_t                          check_interval_ns;
    int64_t                          check_next_ns;
    world_event                      check_event;
    uint32_t                         check_fall;
    uint32_t                         count;
    uint32_t                         eligible_count;
    const struct env_endpoint       *endpoints; /* count; what was given */
    struct env_balance_server       *balance;   /* count; contiguous for the policy */
    uint32_t                        *slots;     /* count; into datapath.servers */
};

/* One generation. Made at the call, put in force later. */
struct proxy_config {
    struct proxy_config  *next; /* in the list of those not yet in force */
    struct arena          arena;
    struct fake_proxy    *proxy;
    uint64_t              generation;
    struct proxy_service *services;
    uint32_t              services_count;
};

struct proxy_route {
    uint64_t serial;  /* of the configuration it was looked up in; 0: never */
    uint32_t service; /* PROXY_NONE: there is none */
};

struct proxy_target {
    struct env_request request; /* texts in the datapath's arena */
    uint64_t           uri_hash;
};

struct proxy_client {
    fake_datapath_done_fn *done; /* NULL: removed */
    void                  *context;
    uint32_t               next_free; /* number + 1 of another that was removed, 0: none */
};

struct fake_proxy {
    struct fake_datapath *datapath;
    uint32_t              index; /* among the datapath's proxies */
    uint32_t              node;
    bool                  front; /* clients outside may reach it */
    bool                  powered;
    uint32_t              applies_count; /* to fail the n-th */
    struct rng            rng;           /* latencies and faults */
    struct proxy_config  *config;        /* in force, NULL: none, and then it does not listen */
    struct proxy_config  *pending_first;
    struct proxy_config  *pending_last;
    uint64_t              generation_newest; /* asked for */
    int64_t               applied_at_ns;     /* when the newest comes into force */
    uint64_t              serial;            /* counts changes of config, from 1 */
    struct vec            routes;            /* struct proxy_route by target */
    struct map64          by_endpoint;       /* endpoint id -> slot of its first server */
};

struct fake_datapath {
    struct world             *world;
    struct fake_proxy_options options; /* defaults filled in */
    struct vec                clients; /* struct proxy_client */
    uint32_t                  clients_free; /* number + 1, 0: none */
    fake_datapath_server_fn  *told;    /* NULL: nobody wants to know */
    void                     *told_context;
    struct arena              arena;
    struct intern             names;
    struct map64              targets_by_hash; /* of the request -> newest target of that hash */
    struct vec                targets;        /* struct proxy_target */
    struct vec                proxies;        /* struct fake_proxy *, owned */
    struct vec                by_node;        /* struct fake_proxy *, NULL: none; by node */
    struct vec                listening;      /* struct fake_proxy *, in order of index */
    struct pool               servers;        /* struct proxy_server */

    struct world_request **chunks; /* owned */
    uint32_t               chunks_count;
    uint32_t               requests_used; /* indices ever used, 0 excluded */
    uint32_t               requests_free; /* head of the free list, 0: none */
    uint32_t               requests_open;
    uint32_t               requests_max;
};

static inline struct world_request *
datapath_request(const struct fake_datapath *datapath, uint32_t index)
{
    ASSERT(index > 0 && index <= datapath->requests_used);
    return &datapath->chunks[index >> REQUEST_CHUNK_BITS][index & (REQUEST_CHUNK_ITEMS - 1)];
}

static inline const struct proxy_client *
datapath_client(const struct fake_datapath *datapath, const struct world_request *request)
{
    return vec_at(&datapath->clients, request->client);
}

/* The hop there and back: what a proxy, or a client, sees more than the instance does. */
static inline int64_t
datapath_way_ns(const struct fake_datapath *datapath)
{
    return 2 * datapath->options.hop_ns;
}

static inline struct proxy_server *
datapath_server(const struct fake_datapath *datapath, uint32_t slot)
{
    return pool_at(&datapath->servers, slot);
}

/* --- datapath.c --- */
void datapath_listening_changed(struct fake_datapath *datapath);

/* --- proxy_config.c --- */
/* A copy of what apply was given. A service that cannot be done is left out, and error names it. */
struct proxy_config *proxy_config_make(struct fake_proxy *proxy,
                                       const struct env_proxy_apply *apply, enum status *ret_status,
                                       struct error *error);
void proxy_config_free(struct proxy_config *config);
/* The service that a target means in this generation, or PROXY_NONE. */
uint32_t proxy_config_route(const struct proxy_config *config, const struct proxy_target *target);

/* --- proxy_servers.c --- */
/* Puts config in the place of the one in force; what both name keeps its requests and its state. */
void proxy_servers_replace(struct fake_proxy *proxy, struct proxy_config *config);
/* One request more, and one less: answered, failed, or given up. */
void proxy_server_opened(struct fake_proxy *proxy, struct proxy_service *service, uint32_t slot);
void proxy_server_closed(struct fake_proxy *proxy, uint32_t slot, enum request_outcome outcome,
                         int64_t latency_ns);
/* One less, and nothing is counted: the proxy itself goes. */
void proxy_server_dropped(struct fake_proxy *proxy, uint32_t slot);
/* A weight or an eligible is not what it was. */
void proxy_service_changed(struct fake_proxy *proxy, struct proxy_service *service);
void proxy_server_set_up(struct fake_proxy *proxy, struct proxy_server *server, bool up);
void proxy_servers_forget(struct fake_proxy *proxy);

/* --- proxy_stats.c --- */
void proxy_stats_tell(const struct fake_proxy *proxy, struct proxy_server *server);
void proxy_stats_list(const struct fake_proxy *proxy, struct env_proxy_stats *stats);

/* --- proxy_checks.c --- */
void proxy_checks_start(struct fake_proxy *proxy); /* of the configuration in force */
void proxy_checks_stop(struct fake_proxy *proxy);

#endif

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
#include "platform/base/retry_budget.h"

#define PROXY_NONE UINT32_MAX

enum {
    PROXY_SERVERS_MAX = 1 << 26, /* of all edges together: a limit of ours */
    REQUEST_CHUNK_BITS = 12,
    REQUEST_CHUNK_ITEMS = 1 << REQUEST_CHUNK_BITS
};

enum request_stage {
    REQUEST_FREE,
    REQUEST_IDLE,       /* only while something is done with it */
    REQUEST_CONNECTING, /* its event is the end of that */
    REQUEST_SENDING,    /* its serve() has not returned */
    REQUEST_SERVED,     /* at an instance */
    REQUEST_QUEUED,     /* in the proxy, for a server with room */
    REQUEST_WAITING     /* the client's, while its attempt is at an instance */
};

enum request_way {
    WAY_PLAIN,
    WAY_MANAGED, /* the client's; something of its service is not plain */
    WAY_ATTEMPT  /* the proxy's own, of a client's request */
};

/* Requests by the instant at which the proxy stops to wait for them; one event for all. */
struct proxy_timers {
    uint32_t    first;
    uint32_t    last;
    int64_t     armed_at_ns;
    world_event event;
};

/* Client's requests that wait in the proxy, linked by next and previous. */
struct proxy_queue {
    uint32_t first;
    uint32_t last;
};

/* What a service that asks for more than the plain way keeps from one generation to the next. */
struct proxy_life {
    struct fake_proxy  *proxy;
    uint32_t            service;  /* index in the configuration in force */
    struct proxy_timers attempts; /* WAY_ATTEMPT at instances */
    struct proxy_timers waits;    /* REQUEST_QUEUED */
    struct proxy_queue  queue;    /* for any server */
    uint32_t            queue_count; /* with those that wait for one server */
    struct retry_budget budget;
    world_event         warm_event; /* the next step of servers in slow start */
    struct rng          rng;        /* of the length of ejections */
};

/* Source: Finagle's FailureAccrualFactory. */
enum proxy_eject {
    EJECT_ALIVE,
    EJECT_DEAD,    /* gets nothing until its event */
    EJECT_PROBING, /* gets one request */
    EJECT_PROBED   /* that one is on its way */
};

/* What a server has done. */
struct proxy_counts {
    uint64_t requests; /* attempts that have ended */
    uint64_t errors;
    uint64_t failures;
    uint64_t ejections;
    int64_t  latency_sum_ns; /* of those answered */
};

/* What is counted under one number, in the order of env_proxy_tally. */
struct proxy_tally {
    uint64_t         measured;
    uint64_t         serial; /* of the configuration that named it last */
    struct env_tally tallies[2];
    struct sketch   *latencies; /* owned: two, NULL before the first answer */
};

struct proxy_server {
    uint32_t            open;
    uint32_t            service;  /* index in the configuration, PROXY_NONE: no longer named */
    uint32_t            position; /* in that service's arrays */
    uint32_t            next_same; /* another server of the same endpoint here, 0: none */
    struct world_service *found;   /* who took its last connection */
    uint64_t            found_version; /* of the world's map; holds no longer with another */
    struct proxy_counts counts;    /* since it was first named */
    struct proxy_counts told;      /* of them: what the observer knows already */
    uint64_t            endpoint_id;
    uint32_t            ipv4;
    uint16_t            port;
    uint16_t            weight; /* as given, 1..256 */
    bool                draining;
    bool                leaving;
    bool                own_zone;
    bool                newer;
    bool                up;     /* as the checks see it */
    bool                chosen; /* eligible, if there is room */
    bool                full;   /* has as many open as it may */
    bool                warming; /* in slow start, since warm_from_ns */
    uint8_t             eject;  /* enum proxy_eject */
    uint32_t            health; /* HAProxy's: below rise down, up to rise + fall - 1 */
    uint32_t            name;   /* of its service, interned */
    uint32_t            app;    /* interned */
    uint32_t            failures_row;  /* since the last success */
    uint32_t            ejections_row; /* since it was last revived */
    world_event         eject_event;
    int64_t             warm_from_ns;
    struct proxy_queue  queue; /* of sessions that want this server */
};

/* Who a service serves, and where. Texts in the configuration's arena. */
struct proxy_rules {
    const char *vhosts;
    const char *path;
    const char *names;
    const char *allowed;
    const char *auth_realm;
    const char *auth_user;
    const char *auth_password;
    uint16_t    port;
    int32_t     rank;
    bool        external;
    bool        redirect_to_https;
};

struct proxy_service {
    const struct env_balance_policy *policy;
    struct env_balance_state         state;
    struct env_balance_server       *balance; /* count; contiguous for the policy */
    uint32_t                        *slots;   /* count; into datapath.servers */
    struct proxy_life               *life;    /* NULL: nothing asks for one. Owned in force */
    uint32_t                         count;
    uint32_t                         eligible_count;
    uint32_t                         chosen_count;
    bool                             plain; /* no sessions, no resilience */
    bool                             sticky;
    bool                             zone_affinity;
    bool                             answers_stand;
    uint32_t                         name; /* interned in the datapath */
    uint32_t                         app;  /* interned */
    int64_t                          check_interval_ns;
    int64_t                          check_next_ns;
    world_event                      check_event;
    uint32_t                         check_fall;
    int64_t                          slow_start_ns;
    struct env_resilience            resilience;
    struct proxy_rules               rules;
    uint64_t                         measured;
    struct proxy_tally              *tally;       /* borrowed; NULL: not measured */
    uint8_t                          tally_whose; /* of what no server was there for */
    uint32_t                         peer;      /* the other of a split, or PROXY_NONE */
    bool                             splits;    /* to its peer; else its peer splits to it */
    uint32_t                         split_ppm;
    const char                      *split_header;
    const char                      *split_value;
    struct rng                       split_rng;
    uint32_t                         sessions; /* whose name they are kept under: both share them */
    const struct env_endpoint       *endpoints; /* count; what was given */
};

/* One generation. Made at the call, put in force later. */
struct proxy_config {
    struct proxy_config  *next; /* in the list of those not yet in force */
    struct arena          arena;
    struct fake_proxy    *proxy;
    uint64_t              generation;
    struct proxy_service *services;
    uint32_t              services_count;
    struct map64          by_name; /* interned name -> index + 1 */
    uint8_t               zone;    /* 0: not known */
    const struct env_gateway *gateway; /* NULL: none; in the arena */
};

/* What requests of one target meet, as long as the configuration stays. */
struct proxy_route {
    uint64_t serial;  /* of the configuration it was looked up in; 0: never */
    uint32_t service; /* PROXY_NONE: there is none */
    uint32_t gateway; /* its route, ENV_GATEWAY_NO_ROUTE: not the gateway's */
    uint8_t  answer;  /* REQUEST_OUTCOME_COUNT: goes on; else the proxy answers so itself */
    bool     plain;   /* goes on to a plain service */
    bool     by_header; /* goes on to the service that this one splits to */
};

struct proxy_target {
    struct env_request request; /* texts in the datapath's arena */
    uint64_t           uri_hash;
};

/* Where the sessions of one service are, at all proxies: clients bring it along as a cookie. */
struct proxy_sessions {
    uint32_t     name;       /* of the service; 0: free */
    struct map64 by_session; /* hash of client and session -> index + 1 in endpoints */
    struct map64 by_endpoint;
    struct vec   endpoints; /* uint64_t ids */
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
    struct vec            routes;            /* struct proxy_route by target: from outside */
    struct vec            routes_inside;     /* the same for calls of containers */
    struct env_gateway_state gateway_state;
    struct map64          by_endpoint;       /* endpoint id -> slot of its first server */
    struct vec            tallies;           /* struct proxy_tally *, owned */
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
    struct vec                sessions;       /* struct proxy_sessions, by service */

    struct world_request   blank;  /* a new one, to be copied: that is faster than to clear it */
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

/* world_connect() without its lookups, as long as the world's map stays as it was. */
static inline enum world_connect
proxy_server_connect(const struct fake_proxy *proxy, struct proxy_server *server,
                     struct world_service **ret_found)
{
    struct world *world = proxy->datapath->world;
    const uint64_t version = world_map_version(world);
    if (server->found_version != version) {
        const enum world_connect connect =
            world_connect(world, proxy->node, server->ipv4, server->port, &server->found);
        if (connect != WORLD_CONNECTED) {
            return connect;
        }
        server->found_version = version;
    }
    *ret_found = server->found;
    return WORLD_CONNECTED;
}

/* A container's call goes the ways inside. */
static inline bool
proxy_request_is_inside(const struct fake_proxy *proxy, const struct world_request *request)
{
    return !proxy->front || request->parent != 0;
}

#include "fakes/proxy/parts.h"

#endif

/*
 * fakes/proxy/fake_proxy.h - a request-level model of HAProxy, one on each edge node and on each
 * node whose containers call others.
 *
 * Datapath: what all edges of a world share: the requests in flight, the targets that traffic asks
 *           for, the list of edges that listen. One a world; world_datapath() finds it.
 * Proxy:    belongs to a node, not to the edge process: it goes on serving while that process is
 *           down, and forgets everything when the node dies (fake_proxy_power_off). It listens once
 *           it has a routing generation.
 * Port:     what one life of an edge process gets: fake_proxy_port_init.
 * Latency:  the hop between edge and instance is fixed, so it is added to what the client sees
 *           instead of being an event of its own: a request meets its instance at the instant it
 *           arrives.
 * All out:  when every server of a service that is up has been ejected, all of them get requests as
 *           if none had: failing fast would only make the failure longer. As Finagle does.
 * Zones:    other zones get requests only while no server of the own zone is up, in and not
 *           ejected.
 * Order:    fake_datapath_open before the world's first node, fake_datapath_client_add before the
 *           client's first request, fake_datapath_close after every instance has ended or been
 *           forgotten.
 */
#ifndef FAKES_PROXY_FAKE_PROXY_H
#define FAKES_PROXY_FAKE_PROXY_H

#include "fakes/proxy/options.h"
#include "fakes/service.h"
#include "platform/base/vec.h"
#include "platform/env/gateway.h"
#include "platform/env/proxy.h"

struct fake_datapath; /* opaque */
struct fake_proxy;    /* opaque */

enum { FAKE_DATAPATH_REQUESTS_MAX = 4000000 }; /* in flight at once; a limit of ours */

/* options may be NULL; copied. requests_max is at most FAKE_DATAPATH_REQUESTS_MAX. */
struct fake_datapath *fake_datapath_open(struct world *world,
                                         const struct fake_proxy_options *options,
                                         uint32_t requests_max);
void                  fake_datapath_close(struct fake_datapath *datapath); /* NULL: nothing */

/* Told once a request, unless client_gone says that its client was told before. */
typedef void fake_datapath_done_fn(void *context, struct world_request *request,
                                   enum request_outcome outcome, int64_t latency_ns);
/* Somebody who makes requests; world_request.client is the number returned, from 0. */
uint32_t fake_datapath_client_add(struct fake_datapath *datapath, fake_datapath_done_fn *done,
                                  void *context);
/* It is told nothing any more: all that it has outstanding says client_gone. Its number may be
 * given to another. */
void fake_datapath_client_remove(struct fake_datapath *datapath, uint32_t client);

/* What requests of one kind ask for; host may be an app's id ("/web": its first service). Copied.
 * The same request has the same number, from 1. */
uint32_t fake_datapath_target(struct fake_datapath *datapath, const struct env_request *request);

/* One of the front edges that are up and listen, uniformly; NULL when none does. */
struct fake_proxy *fake_datapath_pick_edge(struct fake_datapath *datapath, struct rng *rng);

/* The proxy that a container of this node calls through: the node's own; NULL when there is none or
 * it does not listen. */
struct fake_proxy *fake_datapath_local(struct fake_datapath *datapath, uint32_t node);

/* What a server of one service has done, told when it goes and, for those that stay, by
 * fake_datapath_servers_tell. endpoint is the task. */
struct fake_server_stats {
    const char *app;
    const char *service;
    uint64_t    endpoint_id;
    uint32_t    node; /* of the proxy */
    uint64_t    requests; /* attempts sent to it that have ended */
    uint64_t    errors;
    uint64_t    failures;
    uint64_t    ejections;
    int64_t     latency_sum_ns; /* of those answered */
};
typedef void fake_datapath_server_fn(void *context, const struct fake_server_stats *stats);
void fake_datapath_set_observer(struct fake_datapath *datapath, fake_datapath_server_fn *told,
                                void *context);
/* Tells of every server that is there, and begins to count anew. */
void fake_datapath_servers_tell(struct fake_datapath *datapath);

uint32_t fake_datapath_requests_open(const struct fake_datapath *datapath);

/* The proxy of a node, powered on and without a configuration. Lives as long as the datapath.
 * front: clients outside may reach it; else only the containers of its node. */
struct fake_proxy *fake_proxy_open(struct fake_datapath *datapath, uint32_t node, bool front);
void fake_proxy_power_on(struct fake_proxy *proxy);
/* Its open requests end REQUEST_RESET for their clients; the configuration is gone. */
void fake_proxy_power_off(struct fake_proxy *proxy);

struct fake_proxy_port {
    struct env_proxy base;

    /* private */
    struct fake_proxy    *proxy;   /* borrowed */
    struct world_process *process; /* borrowed */
    struct error          error;   /* the sentence of the last apply that was not ST_OK */
};

void fake_proxy_port_init(struct fake_proxy_port *port, struct fake_proxy *proxy,
                          struct world_process *process);

/* Takes the request from here: it ends through the client's done function, now or later. A request
 * with a parent is a container's call, which may use inside names and meets no gateway. */
void fake_proxy_request(struct fake_proxy *proxy, uint32_t target, struct world_request *request);

/* What requests of a target would meet now, for who counts them instead of making them. */
struct fake_service_view {
    enum request_outcome answer; /* REQUEST_OUTCOME_COUNT: they go on; else all get this */
    bool                 plain;  /* no sessions and no resilience */
    uint32_t             node;   /* the proxy's */
    const struct env_balance_policy *policy;
    uint32_t             argument;
    uint64_t             uri_hash;
    int64_t              way_ns; /* the hop there and back, which clients see */
};
struct fake_server_view { /* one that may be picked */
    uint64_t endpoint_id;
    uint32_t ipv4;
    uint16_t port;
    uint32_t weight; /* in force */
};
/* ret_servers: a vec of struct fake_server_view, cleared and filled. */
void fake_proxy_view(const struct fake_proxy *proxy, uint32_t target,
                     struct fake_service_view *ret, struct vec *ret_servers);
/* How many front edges listen; the first of them, or NULL. */
uint32_t fake_datapath_fronts(const struct fake_datapath *datapath, struct fake_proxy **ret_first);

/* For reports and tests: the generation in force (0: none), requests open on an endpoint. */
uint64_t fake_proxy_generation(const struct fake_proxy *proxy);
uint32_t fake_proxy_endpoint_open(const struct fake_proxy *proxy, uint64_t endpoint_id);

#endif

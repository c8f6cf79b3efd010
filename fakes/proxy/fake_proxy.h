/*
 * fakes/proxy/fake_proxy.h - a request-level model of HAProxy, one on each edge node.
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
 * Order:    fake_datapath_open before the world's first node, fake_datapath_set_client before the
 *           first request, fake_datapath_close after every instance has ended or been forgotten.
 */
#ifndef FAKES_PROXY_FAKE_PROXY_H
#define FAKES_PROXY_FAKE_PROXY_H

#include "fakes/proxy/options.h"
#include "fakes/service.h"
#include "platform/env/proxy.h"

struct fake_datapath; /* opaque */
struct fake_proxy;    /* opaque */

enum { FAKE_DATAPATH_REQUESTS_MAX = 4000000 }; /* in flight at once; a limit of ours */

/* Implemented by the world: the datapath that was opened for it. */
struct fake_datapath *world_datapath(struct world *world);

/* options may be NULL; copied. requests_max is at most FAKE_DATAPATH_REQUESTS_MAX. */
struct fake_datapath *fake_datapath_open(struct world *world,
                                         const struct fake_proxy_options *options,
                                         uint32_t requests_max);
void                  fake_datapath_close(struct fake_datapath *datapath); /* NULL: nothing */

/* Told once a request, unless client_gone says that its client was told before. */
typedef void fake_datapath_done_fn(void *context, struct world_request *request,
                                   enum request_outcome outcome, int64_t latency_ns);
void fake_datapath_set_client(struct fake_datapath *datapath, fake_datapath_done_fn *done,
                              void *context);

/* What a line of traffic asks for: a host name, or an app's id ("/web": its first service). The
 * same pair has the same number, from 1. */
uint32_t fake_datapath_target(struct fake_datapath *datapath, const char *to, const char *path);

/* One of the edges that are up and listen, uniformly; NULL when none does. */
struct fake_proxy *fake_datapath_pick_edge(struct fake_datapath *datapath, struct rng *rng);

uint32_t fake_datapath_requests_open(const struct fake_datapath *datapath);

/* The proxy of a node, powered on and without a configuration. Lives as long as the datapath. */
struct fake_proxy *fake_proxy_open(struct fake_datapath *datapath, uint32_t node);
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

/* Takes the request from here: it ends through the client's done function, now or later. */
void fake_proxy_request(struct fake_proxy *proxy, uint32_t target, struct world_request *request);

/* For reports and tests: the generation in force (0: none), requests open on an endpoint. */
uint64_t fake_proxy_generation(const struct fake_proxy *proxy);
uint32_t fake_proxy_endpoint_open(const struct fake_proxy *proxy, uint64_t endpoint_id);

#endif

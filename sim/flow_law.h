/*
 * sim/flow_law.h - how a service that is not overloaded answers in the long run: which share of its
 *                  requests how, and how long they take.
 *
 * Station: balancers, each with the policy's own code and state, before servers that have workers
 *          and a queue, as fakes/proxy and fakes/containers model them, without a world around: no
 *          nodes, no agents, one heap of ends.
 * Law:     what a number of requests met after a warm-up. The same station has the same law in
 *          every run: its chance comes from what it is made of.
 * Units:   instants are doubles in ns, so that gaps below 1 ns are what they are.
 * Limits:  policies that hash have no long run where a server gets more than it can do: there the
 *          law is that of the first requests.
 */
#ifndef SIM_FLOW_LAW_H
#define SIM_FLOW_LAW_H

#include "fakes/service.h"
#include "platform/base/sketch.h"
#include "platform/env/proxy.h"

enum {
    FLOW_BALANCERS_MAX = 16, /* more of them are alike: a limit of ours */
    FLOW_CLIENTS = 1000      /* addresses that requests come from, as sim/traffic has them */
};

struct flow_server {
    uint64_t        id;      /* the endpoint's: policies that hash look at it */
    uint32_t        weight;  /* as env_balance_server has it */
    double          slow;    /* service times are multiplied by this */
    const struct behavior *behavior; /* borrowed */
};

struct flow_station {
    const struct env_balance_policy *policy;
    uint32_t                  argument;
    uint32_t                  balancers; /* 1..FLOW_BALANCERS_MAX */
    const struct flow_server *servers;   /* borrowed */
    uint32_t                  servers_count; /* > 0 */
    uint32_t                  line;     /* of traffic: part of a client's address */
    uint64_t                  uri_hash;
    double                    rate;     /* requests a ns, all balancers together */
    bool                      constant; /* arrivals are even; else Poisson */
    int64_t                   patience_ns; /* of clients; INT64_MAX: no end */
    int64_t                   way_ns;   /* added to what a client sees */
};

struct flow_law {
    uint64_t      requests; /* measured: the sum of the outcomes */
    uint64_t      outcomes[REQUEST_OUTCOME_COUNT];
    struct sketch latency;  /* of those answered well */
};

/* Requests that all workers together can do, a ns; 0 when one never ends. */
double flow_station_capacity(const struct flow_station *station);

/* Two stations of one hash are one. rate is not part of it. */
uint64_t flow_station_hash(const struct flow_station *station);

/* requests: to be measured, after a warm-up of a part of that. */
void flow_law_sample(const struct flow_station *station, uint64_t requests, struct flow_law *ret);

#endif

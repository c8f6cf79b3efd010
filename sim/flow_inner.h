/*
 * sim/flow_inner.h - what the files of flow mode share; nobody else includes it.
 */
#ifndef SIM_FLOW_INNER_H
#define SIM_FLOW_INNER_H

#include "sim/flow.h"

struct flow {
    struct flow_options options;
    struct rng          rng;
    int64_t             start_at_ns; /* of the scenario */
    int64_t             until_at_ns;
    int64_t             step_at_ns; /* where the step that goes on began */
    world_event         event;      /* its end; 0: it does not run */
    int64_t             rate_microhertz;
    double              carry;      /* the part of a request that is not made yet */
    double              backlog;    /* requests that wait because of too high a rate */
    struct vec          found;      /* struct fake_server_view */
    struct vec          servers;    /* struct flow_server */
    struct vec          seen;       /* struct flow_seen */
    struct vec          seen_before;
    struct flow_batch   batch;
    uint64_t            requests;
    uint64_t            made_at_sum;
    uint64_t            hash;
};

/* --- flow.c --- */
/* So many of the step's requests ended so. */
void flow_answer(struct flow *flow, enum request_outcome outcome, uint64_t count);

/* --- flow_overload.c --- */
/* A step at which requests wait for those before them: at more than the capacity, or after it. */
void flow_overloaded(struct flow *flow, const struct flow_station *station, double capacity,
                     int64_t step_ns, uint64_t count);

#endif

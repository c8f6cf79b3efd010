/*
 * sim/flow.h - a line of traffic that is counted instead of made: for millions of requests a
 *              second.
 *
 * Step:    a second (and at each change of the rate, and where measuring begins) the line looks at
 *          the first front edge: which service its requests meet, which servers may be picked,
 *          which of those answer. What clients got during the step is then told as one batch.
 * Exact:   up to a load of 0.9 mean and errors are within 2 % of those of requests that are made,
 *          p99 within 5 %; tests/scenario/test_flow.c holds it to that. Beyond, and while a line
 *          of requests builds up, only the mean of it is seen.
 * Below its capacity a service answers by its law (sim/flow_laws.h), at once: how a queue settles
 *          is not seen.
 * Above it a line of requests builds up, served at the capacity and first come first served: who
 *          comes waits for those before, who finds the queues full is answered with an error, who
 *          has waited too long has left. It is worked off when the rate falls.
 * Servers: one that dies resets what it held; one that does not answer gets nothing, since a proxy
 *          tries another.
 * Left out: sessions and resilience of the proxy (the batch says so), what single servers did, what
 *          the requests of different edges have to do with one another beyond the servers.
 * Chance:  the stream "flow" of the line, and what the laws are made of.
 */
#ifndef SIM_FLOW_H
#define SIM_FLOW_H

#include "fakes/proxy/fake_proxy.h"
#include "sim/flow_laws.h"
#include "sim/results.h"
#include "sim/scenario.h"

#define FLOW_STEP_NS SEC(1)

struct flow; /* opaque: one line */

typedef void flow_done_fn(void *context, const struct flow_batch *batch);
/* In micro-hertz, at an instant; rate: what the line's was set to. */
typedef double flow_rate_fn(const struct scenario_traffic *spec, int64_t start_at_ns,
                            int64_t rate_microhertz, int64_t at_ns);

struct flow_options {
    struct world                  *world;
    struct fake_datapath          *datapath;
    const struct scenario_traffic *spec; /* borrowed */
    uint32_t                       line;
    uint32_t                       target; /* of the datapath */
    struct flow_laws              *laws;   /* borrowed: of all lines */
    flow_rate_fn                  *rate;
    flow_done_fn                  *done;
    void                          *context;
};

struct flow *flow_open(const struct flow_options *options);
void         flow_close(struct flow *flow); /* NULL: nothing */

/* It begins at from and ends at until; start: of the scenario. */
void flow_start(struct flow *flow, int64_t start_at_ns, int64_t from_at_ns, int64_t until_at_ns);
void flow_stop(struct flow *flow); /* now; what there was is told */
void flow_set_rate(struct flow *flow, int64_t rate_microhertz); /* from now on */

uint64_t flow_requests(const struct flow *flow);
uint64_t flow_made_at_sum(const struct flow *flow); /* modulo 2^64, as traffic_ledger has it */
uint64_t flow_hash(const struct flow *flow);

#endif

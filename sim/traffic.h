/*
 * sim/traffic.h - the clients of a scenario: one source of requests a line of `traffic`.
 *
 * Open:    arrivals by the line's kind (traffic_arrivals.c), from its `from` until its `until`, at
 *          a rate that may be set while it runs, whatever the answers do.
 * Closed:  so many clients (traffic_asks.c), each of which waits for its answer, thinks, and asks
 *          again. Each thinks before its first request, so that they do not come at one instant.
 * Request: one of the edges that listen, uniformly; what it asks for is its class (drawn by the
 *          shares). Each try waits for at most the line's timeout; a client that retries tries
 *          again after a back-off.
 * Streams: "arrivals", "bursts", "edge", "client", "class", "session", "think" and "backoff" of the
 *          line's number.
 * Outcome: done() once a request, when its client knows for good.
 * Flow:    a line whose requests are counted instead of made (sim/flow.c); told in batches.
 * Order:   traffic_open, traffic_start when the scenario begins, traffic_stop at its end; then the
 *          world goes on until traffic_open_count() is 0. traffic_close before
 *          fake_datapath_close.
 * Cost:    an arrival is one event; no memory is asked for once a line has reached its width.
 */
#ifndef SIM_TRAFFIC_H
#define SIM_TRAFFIC_H

#include "fakes/proxy/fake_proxy.h"
#include "sim/results.h"
#include "sim/scenario.h"

struct traffic; /* opaque */

/* end is valid during the call. */
typedef void traffic_done_fn(void *context, const struct request_end *end);

/* Becomes the client of the datapath. lines stay in place until traffic_close. */
struct traffic *traffic_open(struct world *world, struct fake_datapath *datapath,
                             const struct scenario_traffic *lines, uint32_t lines_count,
                             traffic_done_fn *done, void *context);
void            traffic_close(struct traffic *traffic); /* NULL: nothing */

/* Now is the start of the scenario: from and until count from here. */
void traffic_start(struct traffic *traffic);

/* No more arrivals. Those on their way end as they would have, retries included. */
void traffic_stop(struct traffic *traffic);

/* Where the batches of lines in flow mode go; before traffic_start, when there are such lines. */
typedef void traffic_flow_fn(void *context, const struct flow_batch *batch);
void traffic_set_flow(struct traffic *traffic, traffic_flow_fn *told);

/* Of an open line, from now on; 0 pauses it. Before its `from` it only replaces the rate to begin
 * with. A curve (bursts, a day) is scaled as a whole. */
void traffic_set_rate(struct traffic *traffic, uint32_t line, int64_t rate_microhertz);

/* Of a closed line, from now on: new clients think first, those that are too many end the request
 * that they have. */
void traffic_set_clients(struct traffic *traffic, uint32_t line, uint32_t clients);

/* Requests whose client still waits, or will try again. */
uint64_t traffic_open_count(const struct traffic *traffic);

/* Made so far, by all lines; tries again are not counted. */
uint64_t traffic_requests(const struct traffic *traffic);

/* One line's own count, for who checks it. Sums of instants are modulo 2^64: they are compared,
 * not read. */
struct traffic_ledger {
    uint64_t made;          /* requests so far */
    uint64_t made_at_sum;   /* of the instants at which they were made, as they were */
    uint64_t open;          /* of them, those that have no outcome yet: looked up one by one */
    uint64_t open_made_sum; /* of the instants that these hold */
};
void traffic_ledger(const struct traffic *traffic, uint32_t line, struct traffic_ledger *ret);

/* Over every try's outcome so far: (latency, outcome, arrival, edge and server), a line at a
 * time. */
uint64_t traffic_hash(const struct traffic *traffic);

#endif

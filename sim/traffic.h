/*
 * sim/traffic.h - the clients of a scenario: one open-loop source of requests a line of `traffic`.
 *
 * Arrivals: poisson or constant, from the line's `from` until its `until`, at a rate that may be
 *           set while it runs. Each picks one of the edges that listen, uniformly, and waits for at
 *           most the line's timeout. Streams: "arrivals", "edge" and "client" of the line's number.
 * Outcome:  done() once a request, when its client knows: answered, failed, or tired of waiting.
 * Order:    traffic_open, traffic_start when the scenario begins, traffic_stop at its end; then the
 *           world goes on until traffic_open_count() is 0. traffic_close before
 *           fake_datapath_close.
 * Cost:     an arrival is one event; no memory is asked for once a line has reached its width.
 */
#ifndef SIM_TRAFFIC_H
#define SIM_TRAFFIC_H

#include "fakes/proxy/fake_proxy.h"
#include "sim/scenario.h"

struct traffic; /* opaque */

typedef void traffic_done_fn(void *context, uint32_t line, enum request_outcome outcome,
                             int64_t latency_ns);

/* Becomes the client of the datapath. lines stay in place until traffic_close. */
struct traffic *traffic_open(struct world *world, struct fake_datapath *datapath,
                             const struct scenario_traffic *lines, uint32_t lines_count,
                             traffic_done_fn *done, void *context);
void            traffic_close(struct traffic *traffic); /* NULL: nothing */

/* Now is the start of the scenario: from and until count from here. */
void traffic_start(struct traffic *traffic);

/* No more arrivals. Those on their way end as they would have. */
void traffic_stop(struct traffic *traffic);

/* From now on; 0 pauses the line. Before its `from` it only replaces the rate to begin with. */
void traffic_set_rate(struct traffic *traffic, uint32_t line, int64_t rate_microhertz);

/* Requests whose client still waits. */
uint64_t traffic_open_count(const struct traffic *traffic);

/* Made so far, by all lines. */
uint64_t traffic_requests(const struct traffic *traffic);

/* Over every outcome so far: (latency, outcome, arrival, edge and server), a line at a time. */
uint64_t traffic_hash(const struct traffic *traffic);

#endif

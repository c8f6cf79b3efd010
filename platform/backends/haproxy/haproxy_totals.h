/*
 * platform/backends/haproxy/haproxy_totals.h - what endpoints have done over all workers, those
 * that are gone included.
 *
 * A worker counts from its own start: what it had counted when it was last asked is added to its
 * successor's numbers. What it ends after that and before it exits is not seen: it is asked right
 * before a reload, so that is what was open then, and one request on each connection that was kept.
 */
#ifndef PLATFORM_BACKENDS_HAPROXY_HAPROXY_TOTALS_H
#define PLATFORM_BACKENDS_HAPROXY_HAPROXY_TOTALS_H

#include "platform/backends/haproxy/haproxy_state.h"
#include "platform/base/map.h"

struct haproxy_totals { /* zeroed is valid and empty */
    struct map64 index; /* endpoint id -> index in items + 1 */
    struct vec   items; /* struct haproxy_total */
};

void haproxy_totals_init(struct haproxy_totals *totals);
void haproxy_totals_fini(struct haproxy_totals *totals);

/* A round of answers begins: those to come are all that workers have. */
void haproxy_totals_begin(struct haproxy_totals *totals);

/* What one worker says of its servers. */
void haproxy_totals_take(struct haproxy_totals *totals, int64_t pid, const struct vec *rows);

/* The round is over: what a worker had counted that did not answer is kept as it was. Endpoints
 * that no worker has any more are forgotten. */
void haproxy_totals_end(struct haproxy_totals *totals);

/* False when the endpoint is not known. */
bool haproxy_totals_get(const struct haproxy_totals *totals, uint64_t endpoint_id,
                        struct env_endpoint_stats *ret_stats);

#endif

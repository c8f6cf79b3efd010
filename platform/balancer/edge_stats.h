/*
 * platform/balancer/edge_stats.h - what the servers of measured services have done, told to the
 * master again and again while there are such services.
 *
 * Calling: edge_stats_set with each generation in force. Each second every number is read from the
 *          proxy, one after the other, and what it says is sent whole: a message that is lost costs
 *          nothing once the next one arrives. Nothing is sent before the first request.
 * Memory:  embedded in its owner, who frees it with the process.
 */
#ifndef PLATFORM_BALANCER_EDGE_STATS_H
#define PLATFORM_BALANCER_EDGE_STATS_H

#include "platform/base/vec.h"
#include "platform/env/env.h"

#define EDGE_STATS_NS SEC(1)

struct edge_stats {
    /* private */
    struct env            *env;
    env_address            master;
    uint32_t               node;
    uint64_t               incarnation;
    uint64_t               sequence; /* of the newest message */
    struct env_timer       timer;
    struct vec             measured; /* uint64_t, each once */
    uint32_t               next;     /* to be read in this round */
    struct env_proxy_tally tally;
    struct sketch         *latencies; /* owned: two, while something is measured */
};

void edge_stats_init(struct edge_stats *stats, struct env *env, env_address master, uint32_t node,
                     uint64_t incarnation);
void edge_stats_fini(struct edge_stats *stats);

/* What is measured from now on: numbers in any order, repetitions allowed. */
void edge_stats_set(struct edge_stats *stats, const uint64_t *measured, uint32_t count);

#endif

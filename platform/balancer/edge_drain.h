/*
 * platform/balancer/edge_drain.h - the draining endpoints of an edge, and which of them still have
 * open requests.
 *
 * Calling: edge_drain_set with each generation in force, edge_drain_poll to begin asking. Asking
 *          goes on each poll_ns until none has an open request; changed() comes after a round in
 *          which one ended.
 * Memory:  embedded in its owner, who frees it with the process; nothing is asked or told then.
 */
#ifndef PLATFORM_BALANCER_EDGE_DRAIN_H
#define PLATFORM_BALANCER_EDGE_DRAIN_H

#include "platform/base/vec.h"
#include "platform/env/env.h"

enum { EDGE_DRAIN_ASKS_MAX = 16 }; /* questions to the proxy at once */

struct edge_drain;
typedef void edge_drain_changed_fn(struct edge_drain *drain);

struct edge_drain_ask {
    struct env_proxy_open open;
    struct edge_drain    *drain;
    uint32_t              asked_in; /* sets_count at the question */
};

struct edge_drain {
    /* private */
    struct env            *env;
    int64_t                poll_ns;
    edge_drain_changed_fn *changed;
    struct env_timer       timer;
    struct vec             endpoints; /* struct edge_drain_endpoint, by id */
    struct edge_drain_ask  asks[EDGE_DRAIN_ASKS_MAX];
    uint32_t               asks_pending;
    uint32_t               sets_count;
    uint32_t               next;  /* endpoint to be asked about in this round */
    bool                   ended; /* in this round one had its last request done */
};

void edge_drain_init(struct edge_drain *drain, struct env *env, int64_t poll_ns,
                     edge_drain_changed_fn *changed);
void edge_drain_fini(struct edge_drain *drain);

/* The endpoints that drain from now on, in any order, repetitions allowed. One that was found
 * without requests before stays so. */
void edge_drain_set(struct edge_drain *drain, const uint64_t *ids, uint32_t count);
void edge_drain_poll(struct edge_drain *drain);

uint32_t edge_drain_open_count(const struct edge_drain *drain);
void     edge_drain_open_ids(const struct edge_drain *drain, uint64_t *ret_ids); /* ascending */

#endif

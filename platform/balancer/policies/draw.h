/*
 * platform/balancer/policies/draw.h - picking an eligible server by chance or by a number: what
 * several policies share.
 *
 * Cost: O(1) while most servers are eligible and their weights are equal, else one pass.
 */
#ifndef PLATFORM_BALANCER_POLICIES_DRAW_H
#define PLATFORM_BALANCER_POLICIES_DRAW_H

#include "platform/env/proxy.h"

#define DRAW_NONE UINT32_MAX

/* One eligible server but `without` (DRAW_NONE: any), all equally likely. There is at least one. */
uint32_t draw_uniform(struct rng *rng, const struct env_balance_server *servers,
                      uint32_t servers_count, uint32_t eligible_count, uint32_t without);

/* One eligible server, as likely as its weight says. */
uint32_t draw_weighted(struct env_balance_state *state, const struct env_balance_server *servers,
                       uint32_t servers_count, uint32_t eligible_count);

/* The eligible server that a hash falls on: hash modulo the sum of weights, as HAProxy's map-based
 * hashing without "hash-type consistent". */
uint32_t draw_hashed(const struct env_balance_state *state,
                     const struct env_balance_server *servers, uint32_t servers_count,
                     uint32_t eligible_count, uint64_t hash);

#endif

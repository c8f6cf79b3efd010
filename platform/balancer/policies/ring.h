/*
 * platform/balancer/policies/ring.h - consistent hashing: what source and uri share.
 *
 * Ring:   each server has as many points on a circle of 64-bit numbers as its weight in force says,
 *         placed by its id alone; a key belongs to the eligible server whose point is nearest. A
 *         server that comes or goes moves its own keys and no others.
 * Source: HAProxy 2.6, hash-type consistent (lb_chash.c): as many points, the nearest of the two
 *         neighbours. Its hash functions are others, so a single key may be with another server.
 * Cost:   O(1) on average while most servers are eligible. The ring is made anew when a server or a
 *         weight changes, not when one is out for a while.
 */
#ifndef PLATFORM_BALANCER_POLICIES_RING_H
#define PLATFORM_BALANCER_POLICIES_RING_H

#include "platform/env/proxy.h"

/* Beyond it weights are halved for the ring until they fit: a limit of ours. */
#define RING_POINTS_MAX (1U << 20)

env_balance_changed_fn ring_changed;
env_balance_release_fn ring_release;

uint32_t ring_find(const struct env_balance_state *state,
                   const struct env_balance_server *servers, uint32_t servers_count,
                   uint64_t hash);

#endif

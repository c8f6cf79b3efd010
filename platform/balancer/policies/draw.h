/*
 * platform/balancer/policies/draw.h - picking eligible servers by chance: what several policies
 * share.
 *
 * Weights: a policy that draws by weight has draw_changed and draw_release as its own; its memory
 *          is then a table of the weights (Walker 1977, Vose 1991), exact in integers. With equal
 *          weights there is none.
 * Cost:    O(1) while most of the weight is eligible, else one pass over the servers.
 */
#ifndef PLATFORM_BALANCER_POLICIES_DRAW_H
#define PLATFORM_BALANCER_POLICIES_DRAW_H

#include "platform/env/proxy.h"

#define DRAW_NONE UINT32_MAX

/* The servers of one service, as pick gets them. */
struct draw_from {
    struct env_balance_server *servers;
    uint32_t                   servers_count;
    uint32_t                   eligible_count;
};

env_balance_changed_fn draw_changed;
env_balance_release_fn draw_release;

/* One eligible server but `without` (DRAW_NONE: any), as likely as its weight says. There is at
 * least one. */
uint32_t draw_weighted(struct env_balance_state *state, const struct draw_from *from,
                       uint32_t without);

/* Two servers that differ, each drawn like this; ret_second is the first when there is no other. */
uint32_t draw_two(struct env_balance_state *state, const struct draw_from *from,
                  uint32_t *ret_second);

#endif

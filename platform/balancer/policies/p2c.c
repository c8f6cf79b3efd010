/*
 * platform/balancer/policies/p2c.c - the power of two choices: two distinct servers by chance, of
 * which the one with fewer open requests is taken, the first draw on a tie. Weights play no part.
 *
 * Source: Mitzenmacher 2001; as Finagle and Linkerd do it. HAProxy has no such policy.
 */
#include "platform/balancer/policies/draw.h"

static uint32_t
p2c_pick(struct env_balance_state *state, struct env_balance_server *servers,
         uint32_t servers_count, uint32_t eligible_count)
{
    const uint32_t first =
        draw_uniform(&state->rng, servers, servers_count, eligible_count, DRAW_NONE);
    if (eligible_count == 1) {
        return first;
    }
    const uint32_t second =
        draw_uniform(&state->rng, servers, servers_count, eligible_count, first);
    ASSERT(first != second);
    return servers[second].open < servers[first].open ? second : first;
}

extern const struct env_balance_policy balance_policy_p2c;

const struct env_balance_policy balance_policy_p2c = {
    .name = "p2c",
    .haproxy = NULL,
    .pick = p2c_pick,
};

/*
 * platform/balancer/policies/p2c.c - the power of two choices: two distinct servers drawn by
 * weight, of which the one with fewer open requests for its weight is taken, the first draw on a
 * tie.
 *
 * Source: Mitzenmacher 2001; as Finagle and linkerd do it. HAProxy has no such policy: its
 *         random(2) may draw the same server twice.
 */
#include "platform/balancer/policies/draw.h"

static uint32_t
p2c_pick(struct env_balance_state *state, struct env_balance_server *servers,
         uint32_t servers_count, uint32_t eligible_count)
{
    const struct draw_from from = { servers, servers_count, eligible_count };
    uint32_t second;
    const uint32_t first = draw_two(state, &from, &second);
    const bool better = (uint64_t)servers[second].open * servers[first].weight <
                        (uint64_t)servers[first].open * servers[second].weight;
    return better ? second : first;
}

extern const struct env_balance_policy balance_policy_p2c;

const struct env_balance_policy balance_policy_p2c = {
    .name = "p2c",
    .haproxy = NULL,
    .pick = p2c_pick,
    .changed = draw_changed,
    .release = draw_release,
};

/*
 * platform/balancer/policies/random.c - N weighted draws with replacement; the one with the fewest
 * open requests for its weight is taken, the last draw on a tie.
 *
 * Source: HAProxy 2.6, balance random(N), get_server_rnd() in backend.c; N is 2 when not given.
 *         HAProxy draws a place on its hash ring, so that its chances are as uneven as the ring: 16
 *         points for each unit of weight, which is a deviation of 18 % from the weights at weight
 *         1 and of 2 % at weight 100. Here they are the weights.
 */
#include "platform/balancer/policies/draw.h"

static uint32_t
random_pick(struct env_balance_state *state, struct env_balance_server *servers,
            uint32_t servers_count, uint32_t eligible_count)
{
    const struct draw_from from = { servers, servers_count, eligible_count };
    uint32_t best = draw_weighted(state, &from, DRAW_NONE);
    for (uint32_t draws = 1; draws < state->argument; draws++) {
        const uint32_t drawn = draw_weighted(state, &from, DRAW_NONE);
        const bool worse = (uint64_t)servers[drawn].open * servers[best].weight >
                           (uint64_t)servers[best].open * servers[drawn].weight;
        best = worse ? best : drawn;
    }
    return best;
}

extern const struct env_balance_policy balance_policy_random;

const struct env_balance_policy balance_policy_random = {
    .name = "random",
    .haproxy = "random",
    .takes_argument = true,
    .argument_default = 2,
    .pick = random_pick,
    .changed = draw_changed,
    .release = draw_release,
};

/*
 * platform/balancer/policies/random.c - N weighted draws with replacement; the one with the fewest
 * open requests for its weight is taken, the last draw on a tie.
 *
 * Source: HAProxy 2.6, balance random(N), get_server_rnd(); N is 2 when not given.
 */
#include "platform/balancer/policies/draw.h"

static uint32_t
random_pick(struct env_balance_state *state, struct env_balance_server *servers,
            uint32_t servers_count, uint32_t eligible_count)
{
    uint32_t best = draw_weighted(state, servers, servers_count, eligible_count);
    for (uint32_t draws = 1; draws < state->argument; draws++) {
        const uint32_t drawn = draw_weighted(state, servers, servers_count, eligible_count);
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
};

/*
 * platform/balancer/policies/leastconn.c - the server with the fewest open requests for its weight;
 * among equals each in turn.
 *
 * Source: HAProxy 2.6, balance leastconn. Cost: one pass; with equal weights an idle server ends
 *         it.
 */
#include "platform/env/proxy.h"

/* Equal weights: the first server of a stretch with the least open, and less than *open; place is
 * kept when there is none. */
static uint32_t
leastconn_least(const struct env_balance_server *servers, uint32_t first, uint32_t end,
                uint32_t place, uint32_t *open)
{
    uint32_t least = *open;
    for (uint32_t i = first; i < end && least > 0; i++) {
        const uint32_t mine = servers[i].eligible ? servers[i].open : UINT32_MAX;
        place = mine < least ? i : place;
        least = mine < least ? mine : least;
    }
    *open = least;
    return place;
}

static uint32_t
leastconn_weighted(const struct env_balance_server *servers, uint32_t servers_count,
                   uint32_t first)
{
    uint32_t best = servers_count;
    uint32_t index = first;
    for (uint32_t steps = 0; steps < servers_count; steps++) {
        const struct env_balance_server *server = &servers[index];
        if (server->eligible &&
            (best == servers_count || (uint64_t)server->open * servers[best].weight <
                                          (uint64_t)servers[best].open * server->weight)) {
            best = index;
        }
        index = index + 1 < servers_count ? index + 1 : 0;
    }
    return best;
}

static uint32_t
leastconn_pick(struct env_balance_state *state, struct env_balance_server *servers,
               uint32_t servers_count, uint32_t eligible_count)
{
    ASSERT(eligible_count > 0);
    const uint32_t first = state->cursor < servers_count ? state->cursor : 0;
    uint32_t best = servers_count;
    if (state->weights_equal) {
        uint32_t open = UINT32_MAX;
        best = leastconn_least(servers, first, servers_count, best, &open);
        best = leastconn_least(servers, 0, first, best, &open);
    } else {
        best = leastconn_weighted(servers, servers_count, first);
    }
    ASSERT(best < servers_count);
    state->cursor = best + 1;
    return best;
}

extern const struct env_balance_policy balance_policy_leastconn;

const struct env_balance_policy balance_policy_leastconn = {
    .name = "leastconn",
    .haproxy = "leastconn",
    .pick = leastconn_pick,
};

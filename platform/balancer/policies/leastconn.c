/*
 * platform/balancer/policies/leastconn.c - the server with the fewest open requests for its weight;
 * among equals each in turn.
 *
 * Source: HAProxy 2.6, balance leastconn. Cost: one pass, ended early by an idle server.
 */
#include "platform/env/proxy.h"

static uint32_t
leastconn_pick(struct env_balance_state *state, struct env_balance_server *servers,
               uint32_t servers_count, uint32_t eligible_count)
{
    ASSERT(eligible_count > 0);
    uint32_t best = servers_count;
    uint32_t index = state->cursor < servers_count ? state->cursor : 0;
    for (uint32_t steps = 0; steps < servers_count; steps++) {
        const struct env_balance_server *server = &servers[index];
        if (server->eligible) {
            if (best == servers_count || (uint64_t)server->open * servers[best].weight <
                                             (uint64_t)servers[best].open * server->weight) {
                best = index;
            }
            if (servers[best].open == 0) {
                break; /* nothing is less */
            }
        }
        index = index + 1 < servers_count ? index + 1 : 0;
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

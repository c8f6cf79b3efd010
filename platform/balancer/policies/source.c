/*
 * platform/balancer/policies/source.c - the same client address goes to the same server while the
 * set of eligible servers stays the same.
 *
 * Source: HAProxy 2.6, balance source with the default hash-type map-based.
 */
#include "platform/balancer/policies/draw.h"

static uint32_t
source_pick(struct env_balance_state *state, struct env_balance_server *servers,
            uint32_t servers_count, uint32_t eligible_count)
{
    return draw_hashed(state, servers, servers_count, eligible_count, state->key_hash);
}

extern const struct env_balance_policy balance_policy_source;

const struct env_balance_policy balance_policy_source = {
    .name = "source",
    .haproxy = "source",
    .pick = source_pick,
};

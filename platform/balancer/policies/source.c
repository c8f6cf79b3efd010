/*
 * platform/balancer/policies/source.c - the same client address goes to the same server, as long as
 * that is eligible.
 *
 * Source: HAProxy 2.6, balance source with hash-type consistent, which the rendered text says.
 */
#include "platform/balancer/policies/ring.h"

static uint32_t
source_pick(struct env_balance_state *state, struct env_balance_server *servers,
            uint32_t servers_count, uint32_t eligible_count)
{
    ASSERT(eligible_count > 0);
    return ring_find(state, servers, servers_count, state->key_hash);
}

extern const struct env_balance_policy balance_policy_source;

const struct env_balance_policy balance_policy_source = {
    .name = "source",
    .haproxy = "source",
    .pick = source_pick,
    .changed = ring_changed,
    .release = ring_release,
};

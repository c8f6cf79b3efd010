/*
 * platform/balancer/policies/uri.c - the same path goes to the same server, as long as that is
 * eligible.
 *
 * Source: HAProxy 2.6, balance uri with hash-type consistent, which the rendered text says.
 */
#include "platform/balancer/policies/ring.h"

static uint32_t
uri_pick(struct env_balance_state *state, struct env_balance_server *servers,
         uint32_t servers_count, uint32_t eligible_count)
{
    ASSERT(eligible_count > 0);
    return ring_find(state, servers, servers_count, state->uri_hash);
}

extern const struct env_balance_policy balance_policy_uri;

const struct env_balance_policy balance_policy_uri = {
    .name = "uri",
    .haproxy = "uri",
    .pick = uri_pick,
    .changed = ring_changed,
    .release = ring_release,
};

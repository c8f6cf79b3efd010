/*
 * platform/balancer/policies/uri.c - the same path goes to the same server while the set of
 * eligible servers stays the same.
 *
 * Source: HAProxy 2.6, balance uri with the default hash-type map-based.
 */
#include "platform/balancer/policies/draw.h"

static uint32_t
uri_pick(struct env_balance_state *state, struct env_balance_server *servers,
         uint32_t servers_count, uint32_t eligible_count)
{
    return draw_hashed(state, servers, servers_count, eligible_count, state->uri_hash);
}

extern const struct env_balance_policy balance_policy_uri;

const struct env_balance_policy balance_policy_uri = {
    .name = "uri",
    .haproxy = "uri",
    .pick = uri_pick,
};

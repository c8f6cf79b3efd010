/*
 * platform/balancer/policies/roundrobin.c - each server in turn, as often as its weight says,
 * spread evenly.
 *
 * Source: the smooth weighted round robin of nginx, whose sequence over a cycle has the weights of
 *         HAProxy's roundrobin. With equal weights it is a plain turn, and costs a step.
 * Change: a cycle begins anew when a weight changes, so that it is exact from there. A server that
 *         is out for a while keeps what it is owed, since retries leave one out all the time.
 */
#include "platform/env/proxy.h"

static void
roundrobin_changed(struct env_balance_state *state, struct env_balance_server *servers,
                   uint32_t servers_count, uint32_t eligible_count)
{
    (void)state;
    (void)eligible_count;
    bool anew = false;
    for (uint32_t i = 0; i < servers_count; i++) {
        anew = anew || servers[i].consumed != servers[i].weight;
        servers[i].consumed = servers[i].weight; /* what the sums below were made of */
    }
    for (uint32_t i = 0; anew && i < servers_count; i++) {
        servers[i].current = 0;
    }
}

static uint32_t
roundrobin_turn(struct env_balance_state *state, const struct env_balance_server *servers,
                uint32_t servers_count)
{
    uint32_t index = state->cursor < servers_count ? state->cursor : 0;
    for (uint32_t steps = 0; !servers[index].eligible; steps++) {
        ASSERT(steps < servers_count);
        index = index + 1 < servers_count ? index + 1 : 0;
    }
    state->cursor = index + 1;
    return index;
}

static uint32_t
roundrobin_pick(struct env_balance_state *state, struct env_balance_server *servers,
                uint32_t servers_count, uint32_t eligible_count)
{
    ASSERT(eligible_count > 0);
    if (state->weights_equal) {
        return roundrobin_turn(state, servers, servers_count);
    }
    uint32_t best = servers_count;
    int32_t sum = 0;
    for (uint32_t i = 0; i < servers_count; i++) {
        if (servers[i].eligible) {
            servers[i].current += (int32_t)servers[i].weight;
            sum += (int32_t)servers[i].weight;
            if (best == servers_count || servers[i].current > servers[best].current) {
                best = i;
            }
        }
    }
    ASSERT(best < servers_count);
    servers[best].current -= sum;
    return best;
}

extern const struct env_balance_policy balance_policy_roundrobin;

const struct env_balance_policy balance_policy_roundrobin = {
    .name = "roundrobin",
    .haproxy = "roundrobin",
    .pick = roundrobin_pick,
    .changed = roundrobin_changed,
};

/* platform/balancer/policies/draw.c - one eligible server by chance or by a number. */
#include "platform/balancer/policies/draw.h"

enum { DRAW_TRIES_MAX = 32 }; /* before a pass over the array is made instead */

/* The k-th eligible server, from 0, leaving one out. */
static uint32_t
draw_nth(const struct env_balance_server *servers, uint32_t servers_count, uint32_t k,
         uint32_t without)
{
    for (uint32_t i = 0; i < servers_count; i++) {
        if (servers[i].eligible && i != without) {
            if (k == 0) {
                return i;
            }
            k--;
        }
    }
    ASSERT(false); /* the caller counted wrong */
    return 0;
}

uint32_t
draw_uniform(struct rng *rng, const struct env_balance_server *servers, uint32_t servers_count,
             uint32_t eligible_count, uint32_t without)
{
    const uint32_t others = eligible_count - (without != DRAW_NONE ? 1 : 0);
    ASSERT(others > 0 && eligible_count <= servers_count);
    for (uint32_t tries = 0; tries < DRAW_TRIES_MAX; tries++) {
        const uint32_t index = rng_below(rng, servers_count);
        if (servers[index].eligible && index != without) {
            return index;
        }
    }
    return draw_nth(servers, servers_count, rng_below(rng, others), without);
}

static uint64_t
draw_weights_sum(const struct env_balance_server *servers, uint32_t servers_count)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < servers_count; i++) {
        sum += servers[i].eligible ? servers[i].weight : 0;
    }
    return sum;
}

/* The eligible server whose share of the weights holds the point. */
static uint32_t
draw_at_weight(const struct env_balance_server *servers, uint32_t servers_count, uint64_t point)
{
    for (uint32_t i = 0; i < servers_count; i++) {
        if (servers[i].eligible) {
            if (point < servers[i].weight) {
                return i;
            }
            point -= servers[i].weight;
        }
    }
    ASSERT(false); /* the point lies beyond the sum */
    return 0;
}

uint32_t
draw_weighted(struct env_balance_state *state, const struct env_balance_server *servers,
              uint32_t servers_count, uint32_t eligible_count)
{
    if (state->weights_equal) {
        return draw_uniform(&state->rng, servers, servers_count, eligible_count, DRAW_NONE);
    }
    const uint64_t sum = draw_weights_sum(servers, servers_count);
    ASSERT(sum > 0 && sum <= UINT32_MAX);
    return draw_at_weight(servers, servers_count, rng_below(&state->rng, (uint32_t)sum));
}

uint32_t
draw_hashed(const struct env_balance_state *state, const struct env_balance_server *servers,
            uint32_t servers_count, uint32_t eligible_count, uint64_t hash)
{
    ASSERT(eligible_count > 0);
    if (state->weights_equal) {
        const uint32_t k = (uint32_t)(hash % eligible_count);
        return eligible_count == servers_count ? k
                                               : draw_nth(servers, servers_count, k, DRAW_NONE);
    }
    const uint64_t sum = draw_weights_sum(servers, servers_count);
    ASSERT(sum > 0);
    return draw_at_weight(servers, servers_count, hash % sum);
}

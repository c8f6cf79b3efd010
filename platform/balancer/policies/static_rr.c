/*
 * platform/balancer/policies/static_rr.c - each server in turn, as often as its weight says, from a
 * fixed map that is made anew when a server comes, goes or changes its state.
 *
 * Source: HAProxy 2.6, balance static-rr (recalc_server_map() in lb_map.c): weights cannot be
 *         changed while it runs, so there is no slow start; the first server comes first.
 * Cost:   a pick is one step; making the map takes a step for each of its places and servers when
 *         weights differ, at the next pick.
 */
#include "platform/base/memory.h"
#include "platform/env/proxy.h"

struct static_rr {
    bool      stale;
    uint32_t  length;
    uint32_t *map; /* length, indices of eligible servers; owned */
};

static uint32_t
static_rr_divisor(uint32_t a, uint32_t b)
{
    while (b > 0) {
        const uint32_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* The weights' common divisor; ret_length: the sum of the eligible ones' divided by it. */
static uint32_t
static_rr_measure(const struct env_balance_server *servers, uint32_t servers_count,
                  uint32_t *ret_length)
{
    uint32_t divisor = 0;
    uint64_t sum = 0;
    for (uint32_t i = 0; i < servers_count; i++) {
        divisor = static_rr_divisor(servers[i].weight, divisor);
        sum += servers[i].eligible ? servers[i].weight : 0;
    }
    ASSERT(divisor > 0 && sum / divisor <= INT32_MAX / 4);
    *ret_length = (uint32_t)(sum / divisor);
    return divisor;
}

static void
static_rr_fill_equal(struct static_rr *memory, const struct env_balance_server *servers,
                     uint32_t servers_count)
{
    uint32_t at = 0;
    for (uint32_t i = 0; i < servers_count; i++) {
        if (servers[i].eligible) {
            memory->map[at++] = i;
        }
    }
    ASSERT(at == memory->length);
}

/* Each place goes to the first server of the highest score, rounded down to whole lengths. */
static void
static_rr_fill(struct static_rr *memory, struct env_balance_server *servers,
               uint32_t servers_count, uint32_t divisor)
{
    const int32_t length = (int32_t)memory->length;
    for (uint32_t i = 0; i < servers_count; i++) {
        servers[i].current = 0;
    }
    for (int32_t at = 0; at < length; at++) {
        uint32_t best = 0;
        int32_t highest = 0;
        for (uint32_t i = 0; i < servers_count; i++) {
            if (servers[i].eligible) {
                servers[i].current += (int32_t)(servers[i].weight / divisor);
                const int32_t score = (servers[i].current + length) / length;
                best = score > highest ? i : best;
                highest = score > highest ? score : highest;
            }
        }
        ASSERT(highest > 0);
        memory->map[at] = best;
        servers[best].current -= length;
    }
}

static void
static_rr_make(struct env_balance_state *state, struct static_rr *memory,
               struct env_balance_server *servers, uint32_t servers_count)
{
    const uint32_t divisor = static_rr_measure(servers, servers_count, &memory->length);
    ASSERT(memory->length > 0);
    memory->map = memory_resize(memory->map, memory->length * sizeof *memory->map);
    memory->stale = false;
    if (state->weights_equal) {
        static_rr_fill_equal(memory, servers, servers_count);
    } else {
        static_rr_fill(memory, servers, servers_count, divisor);
    }
}

static void
static_rr_changed(struct env_balance_state *state, struct env_balance_server *servers,
                  uint32_t servers_count, uint32_t eligible_count)
{
    (void)servers;
    (void)servers_count;
    (void)eligible_count;
    if (state->memory == NULL) {
        state->memory = memory_alloc_zero(1, sizeof(struct static_rr));
    }
    ((struct static_rr *)state->memory)->stale = true;
}

static uint32_t
static_rr_pick(struct env_balance_state *state, struct env_balance_server *servers,
               uint32_t servers_count, uint32_t eligible_count)
{
    struct static_rr *memory = state->memory;
    ASSERT(eligible_count > 0 && memory != NULL);
    if (memory->stale) {
        static_rr_make(state, memory, servers, servers_count);
    }
    const uint32_t at = state->cursor < memory->length ? state->cursor : 0;
    state->cursor = at + 1;
    const uint32_t index = memory->map[at];
    ASSERT(index < servers_count && servers[index].eligible);
    return index;
}

static void
static_rr_release(struct env_balance_state *state)
{
    struct static_rr *memory = state->memory;
    if (memory != NULL) {
        memory_free(memory->map);
        memory_free(memory);
        state->memory = NULL;
    }
}

extern const struct env_balance_policy balance_policy_static_rr;

const struct env_balance_policy balance_policy_static_rr = {
    .name = "static-rr",
    .haproxy = "static-rr",
    .weights_static = true,
    .pick = static_rr_pick,
    .changed = static_rr_changed,
    .release = static_rr_release,
};

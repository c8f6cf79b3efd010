/*
 * platform/balancer/policies/aperture.c - a proxy sends to a part of the servers only, a window
 * that grows and shrinks with its load; inside of it the less loaded of two distinct ones is taken.
 *
 * Window: the eligible servers lie in an order of the proxy's own (from its stream's key and their
 *         ids); the first `width` are in the window. The open requests of the whole service, as a
 *         moving average over 5 s, divided by the width are kept between 0.5 and 2: each request
 *         sent or ended may move the width by one.
 * Weight: of two servers the one with fewer requests for its weight, this one counted in.
 * Source: linkerd 1.x, balancer kind "aperture" and its defaults; Finagle's LoadBand and Ema.
 *         HAProxy has no such policy.
 */
#include "platform/balancer/policies/order.h"
#include "platform/base/dist.h"
#include "platform/base/memory.h"
#include "platform/env/proxy.h"

static const double aperture_smooth_ns = 5e9;
static const double aperture_load_low = 0.5;
static const double aperture_load_high = 2.0;

struct aperture {
    uint32_t  width; /* 1..members_count */
    uint32_t  members_count;
    uint64_t  open_count; /* of all servers */
    double    open_mean;
    int64_t   open_mean_at_ns; /* 0: there is none yet */
    uint32_t *members;         /* eligible servers in this proxy's order; owned */
};

static void
aperture_fill(struct aperture *memory, uint64_t key, const struct env_balance_server *servers,
              uint32_t servers_count)
{
    struct order_entry *entries =
        memory_alloc(2 * (size_t)memory->members_count * sizeof *entries);
    uint32_t count = 0;
    for (uint32_t i = 0; i < servers_count; i++) {
        if (servers[i].eligible) {
            ASSERT(count < memory->members_count);
            entries[count++] =
                (struct order_entry){ .key = order_spread(key ^ servers[i].id), .index = i };
        }
    }
    order_sort(entries, entries + memory->members_count, count);
    for (uint32_t i = 0; i < count; i++) {
        memory->members[i] = entries[i].index;
    }
    memory_free(entries);
}

static void
aperture_changed(struct env_balance_state *state, struct env_balance_server *servers,
                 uint32_t servers_count, uint32_t eligible_count)
{
    struct aperture *memory = state->memory;
    if (memory == NULL) {
        memory = memory_alloc_zero(1, sizeof *memory);
        memory->width = 1;
        state->memory = memory;
    }
    memory->open_count = 0;
    for (uint32_t i = 0; i < servers_count; i++) {
        memory->open_count += servers[i].open;
    }
    memory->members_count = eligible_count;
    if (eligible_count > 0) {
        memory->members =
            memory_resize(memory->members, eligible_count * sizeof *memory->members);
        aperture_fill(memory, state->rng.key, servers, servers_count);
        memory->width = memory->width < eligible_count ? memory->width : eligible_count;
    }
}

/* The average goes on to the load that there is now, and the window follows it by one. */
static void
aperture_observe(struct aperture *memory, int64_t now_ns)
{
    const double open = (double)memory->open_count;
    const int64_t dt_ns = now_ns - memory->open_mean_at_ns;
    if (memory->open_mean_at_ns == 0) {
        memory->open_mean = open;
    } else if (dt_ns > 0) {
        const double kept = fixed_exp(-(double)dt_ns / aperture_smooth_ns);
        memory->open_mean = open * (1.0 - kept) + memory->open_mean * kept;
    }
    memory->open_mean_at_ns = now_ns;
    const double load = memory->open_mean / (double)memory->width;
    if (load >= aperture_load_high && memory->width < memory->members_count) {
        memory->width++;
    } else if (load <= aperture_load_low && memory->width > 1) {
        memory->width--;
    }
}

static void
aperture_sent(struct env_balance_state *state, struct env_balance_server *servers, uint32_t index)
{
    (void)servers;
    (void)index;
    struct aperture *memory = state->memory;
    ASSERT(memory != NULL);
    memory->open_count++;
    aperture_observe(memory, state->now_ns);
}

static void
aperture_ended(struct env_balance_state *state, struct env_balance_server *servers,
               uint32_t index, int64_t latency_ns, bool ok)
{
    (void)servers;
    (void)index;
    (void)latency_ns;
    (void)ok;
    struct aperture *memory = state->memory;
    ASSERT(memory != NULL && memory->open_count > 0);
    memory->open_count--;
    aperture_observe(memory, state->now_ns);
}

static uint32_t
aperture_pick(struct env_balance_state *state, struct env_balance_server *servers,
              uint32_t servers_count, uint32_t eligible_count)
{
    const struct aperture *memory = state->memory;
    ASSERT(memory != NULL && memory->members_count == eligible_count && eligible_count > 0);
    const uint32_t one = rng_below(&state->rng, memory->width);
    const uint32_t first = memory->members[one];
    ASSERT(first < servers_count && servers[first].eligible);
    if (memory->width == 1) {
        return first;
    }
    const uint32_t other = rng_below(&state->rng, memory->width - 1);
    const uint32_t second = memory->members[other + (other >= one ? 1 : 0)];
    ASSERT(second < servers_count && servers[second].eligible);
    const uint64_t load_first = ((uint64_t)servers[first].open + 1) * servers[second].weight;
    const uint64_t load_second = ((uint64_t)servers[second].open + 1) * servers[first].weight;
    return load_second < load_first ? second : first;
}

static void
aperture_release(struct env_balance_state *state)
{
    struct aperture *memory = state->memory;
    if (memory != NULL) {
        memory_free(memory->members);
        memory_free(memory);
        state->memory = NULL;
    }
}

extern const struct env_balance_policy balance_policy_aperture;

const struct env_balance_policy balance_policy_aperture = {
    .name = "aperture",
    .haproxy = NULL,
    .pick = aperture_pick,
    .changed = aperture_changed,
    .sent = aperture_sent,
    .ended = aperture_ended,
    .release = aperture_release,
};

/*
 * platform/balancer/policies/leastconn.c - the server with the lowest load, which is its open
 * requests for its weight; among equals the one that has had this load for longest.
 *
 * Source: HAProxy 2.6, balance leastconn (lb_fwlc.c): the key of an idle server is 0, of another
 *         (open + 1) x 4096 / weight rounded down, and a server whose key changes goes behind its
 *         equals.
 * Inside: a tournament over the servers. A change of one is played again up to the root: O(log n).
 *         The order among equals lives in the servers, so that it outlasts a new array.
 */
#include "platform/base/memory.h"
#include "platform/env/proxy.h"

struct leastconn_rank {
    uint64_t load;  /* LEASTCONN_OUT: may not be picked */
    int64_t  since; /* a count of changes: the server's cost_at_ns */
};
#define LEASTCONN_OUT UINT64_MAX

struct leastconn {
    int64_t                since_last;
    uint32_t               count;
    uint32_t               leaves; /* a power of two, >= count */
    struct leastconn_rank *ranks;  /* leaves; owned */
    /* winners[1] is the root; node k plays its children 2k and 2k + 1; winners[leaves + i] is i */
    uint32_t *winners; /* 2 x leaves; owned */
};

static uint64_t
leastconn_load(const struct env_balance_server *server)
{
    if (!server->eligible) {
        return LEASTCONN_OUT;
    }
    return server->open == 0
               ? 0
               : ((uint64_t)server->open + 1) * ENV_BALANCE_WEIGHT_MAX / server->weight;
}

static void
leastconn_play(struct leastconn *memory, uint32_t node)
{
    const uint32_t left = memory->winners[2 * node];
    const uint32_t right = memory->winners[2 * node + 1];
    const struct leastconn_rank *a = &memory->ranks[left];
    const struct leastconn_rank *b = &memory->ranks[right];
    const bool right_wins = b->load < a->load || (b->load == a->load && b->since < a->since);
    memory->winners[node] = right_wins ? right : left;
}

static struct leastconn *
leastconn_sized(struct leastconn *memory, uint32_t count)
{
    if (memory == NULL) {
        memory = memory_alloc_zero(1, sizeof *memory);
    }
    uint32_t leaves = 1;
    while (leaves < count) {
        leaves *= 2;
    }
    if (leaves != memory->leaves) {
        memory->leaves = leaves;
        memory->ranks = memory_resize(memory->ranks, leaves * sizeof *memory->ranks);
        memory->winners = memory_resize(memory->winners, 2 * leaves * sizeof *memory->winners);
    }
    memory->count = count;
    return memory;
}

static void
leastconn_changed(struct env_balance_state *state, struct env_balance_server *servers,
                  uint32_t servers_count, uint32_t eligible_count)
{
    (void)eligible_count;
    struct leastconn *memory = leastconn_sized(state->memory, servers_count);
    for (uint32_t i = 0; i < servers_count; i++) {
        memory->since_last = int64_max(memory->since_last, servers[i].cost_at_ns);
    }
    for (uint32_t i = 0; i < memory->leaves; i++) {
        memory->ranks[i] = (struct leastconn_rank){ .load = LEASTCONN_OUT, .since = INT64_MAX };
        memory->winners[memory->leaves + i] = i;
        if (i < servers_count) {
            /* a new server stands behind the others */
            if (servers[i].cost_at_ns == 0) {
                servers[i].cost_at_ns = ++memory->since_last;
            }
            memory->ranks[i].load = leastconn_load(&servers[i]);
            memory->ranks[i].since = servers[i].cost_at_ns;
        }
    }
    for (uint32_t node = memory->leaves - 1; node > 0; node--) {
        leastconn_play(memory, node);
    }
    state->memory = memory;
}

static void
leastconn_moved(struct env_balance_state *state, struct env_balance_server *servers,
                uint32_t index)
{
    struct leastconn *memory = state->memory;
    ASSERT(memory != NULL && index < memory->count);
    servers[index].cost_at_ns = ++memory->since_last;
    memory->ranks[index].since = servers[index].cost_at_ns;
    memory->ranks[index].load = leastconn_load(&servers[index]);
    for (uint32_t node = (memory->leaves + index) / 2; node > 0; node /= 2) {
        leastconn_play(memory, node);
    }
}

static void
leastconn_ended(struct env_balance_state *state, struct env_balance_server *servers,
                uint32_t index, int64_t latency_ns, bool ok)
{
    (void)latency_ns;
    (void)ok;
    leastconn_moved(state, servers, index);
}

static uint32_t
leastconn_pick(struct env_balance_state *state, struct env_balance_server *servers,
               uint32_t servers_count, uint32_t eligible_count)
{
    const struct leastconn *memory = state->memory;
    ASSERT(eligible_count > 0);
    ASSERT(memory != NULL && memory->count == servers_count);
    const uint32_t best = memory->winners[1];
    ASSERT(best < servers_count && servers[best].eligible);
    return best;
}

static void
leastconn_release(struct env_balance_state *state)
{
    struct leastconn *memory = state->memory;
    if (memory != NULL) {
        memory_free(memory->ranks);
        memory_free(memory->winners);
        memory_free(memory);
        state->memory = NULL;
    }
}

extern const struct env_balance_policy balance_policy_leastconn;

const struct env_balance_policy balance_policy_leastconn = {
    .name = "leastconn",
    .haproxy = "leastconn",
    .pick = leastconn_pick,
    .changed = leastconn_changed,
    .sent = leastconn_moved,
    .ended = leastconn_ended,
    .release = leastconn_release,
};

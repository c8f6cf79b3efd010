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
    uint32_t index; /* of the server */
};
#define LEASTCONN_OUT UINT64_MAX

struct leastconn {
    int64_t  since_last;
    uint32_t count;
    uint32_t leaves; /* a power of two, >= count */
    /* 2 x leaves, owned: ranks[1] is the winner, ranks[k] the better of 2k and 2k + 1, and server i
     * stands at leaves + i */
    struct leastconn_rank *ranks;
};

/* With equal weights the open requests are in the same order as the keys, without a division. */
static uint64_t
leastconn_load(const struct env_balance_server *server, bool weights_equal)
{
    if (!server->eligible) {
        return LEASTCONN_OUT;
    }
    return server->open == 0 || weights_equal
               ? server->open
               : ((uint64_t)server->open + 1) * ENV_BALANCE_WEIGHT_MAX / server->weight;
}

/* Nobody can foretell who wins, so there is no branch: compilers make one of ?: here, and it costs
 * more than all the rest. */
static struct leastconn_rank
leastconn_better(const struct leastconn_rank *a, const struct leastconn_rank *b)
{
    const bool b_wins = (b->load < a->load) | ((b->load == a->load) & (b->since < a->since));
    const uint64_t mask = 0 - (uint64_t)b_wins;
    return (struct leastconn_rank){ .load = a->load ^ ((a->load ^ b->load) & mask),
                                    .since = a->since ^ ((a->since ^ b->since) & (int64_t)mask),
                                    .index = a->index ^ ((a->index ^ b->index) & (uint32_t)mask) };
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
        memory->ranks =
            memory_resize(memory->ranks, 2 * (size_t)leaves * sizeof *memory->ranks);
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
        struct leastconn_rank *rank = &memory->ranks[memory->leaves + i];
        *rank = (struct leastconn_rank){ .load = LEASTCONN_OUT, .since = INT64_MAX, .index = i };
        if (i < servers_count) {
            /* a new server stands behind the others */
            if (servers[i].cost_at_ns == 0) {
                servers[i].cost_at_ns = ++memory->since_last;
            }
            rank->load = leastconn_load(&servers[i], state->weights_equal);
            rank->since = servers[i].cost_at_ns;
        }
    }
    for (uint32_t k = memory->leaves - 1; k > 0; k--) {
        memory->ranks[k] =
            leastconn_better(&memory->ranks[2 * k], &memory->ranks[2 * k + 1]);
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
    struct leastconn_rank best = { .load = leastconn_load(&servers[index], state->weights_equal),
                                   .since = servers[index].cost_at_ns,
                                   .index = index };
    for (uint32_t k = memory->leaves + index; k > 1; k /= 2) {
        memory->ranks[k] = best;
        best = leastconn_better(&best, &memory->ranks[k ^ 1]);
    }
    memory->ranks[1] = best;
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
    const uint32_t best = memory->ranks[1].index;
    ASSERT(best < servers_count && servers[best].eligible);
    return best;
}

static void
leastconn_release(struct env_balance_state *state)
{
    struct leastconn *memory = state->memory;
    if (memory != NULL) {
        memory_free(memory->ranks);
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

/*
 * platform/balancer/policies/jsq.c - join the shortest queue: the server with the fewest open
 * requests for its weight, ties broken by chance each time. leastconn differs in its ties alone,
 * which it breaks by age.
 *
 * Source: the model of queueing theory (Winston 1977). HAProxy has no such policy.
 * Inside: with equal weights the eligible servers lie sorted by open requests, in groups of the
 *         same number; a change moves a server to the border of its group and the border by one:
 *         O(1). While weights differ every pick is a pass.
 */
#include "platform/balancer/policies/order.h"
#include "platform/base/memory.h"
#include "platform/env/proxy.h"

#define JSQ_NONE UINT32_MAX

struct jsq_group {
    uint32_t open;
    uint32_t first; /* in order */
    uint32_t count; /* 0: free */
};

struct jsq_place {
    uint32_t at;    /* in order; JSQ_NONE: not eligible */
    uint32_t group; /* its number */
};

struct jsq {
    uint32_t          room;         /* servers that the arrays below have room for */
    uint32_t          sorted_count; /* in order; 0: weights differ */
    uint32_t          groups_count; /* ever used */
    uint32_t          groups_free;  /* how many of them are free: their numbers */
    uint32_t         *order;        /* servers by open ascending; owned */
    struct jsq_place *places;       /* by server; owned */
    struct jsq_group *groups;       /* owned */
    uint32_t         *free;         /* owned */
};

static uint32_t
jsq_group_new(struct jsq *memory, uint32_t open, uint32_t first)
{
    const uint32_t group = memory->groups_free > 0 ? memory->free[--memory->groups_free]
                                                   : memory->groups_count++;
    ASSERT(group <= memory->room);
    memory->groups[group] = (struct jsq_group){ .open = open, .first = first, .count = 1 };
    return group;
}

/* --- the sorted servers, made new --- */

static struct jsq *
jsq_sized(struct jsq *memory, uint32_t count)
{
    if (memory == NULL) {
        memory = memory_alloc_zero(1, sizeof *memory);
    }
    if (memory->room < count) {
        memory->room = count;
        memory->order = memory_resize(memory->order, count * sizeof *memory->order);
        memory->places = memory_resize(memory->places, count * sizeof *memory->places);
        /* one more: a server may found a group before the one it leaves is found empty */
        memory->groups = memory_resize(memory->groups, (count + 1) * sizeof *memory->groups);
        memory->free = memory_resize(memory->free, (count + 1) * sizeof *memory->free);
    }
    return memory;
}

static void
jsq_group_all(struct jsq *memory, const struct order_entry *entries, uint32_t count)
{
    uint32_t group = JSQ_NONE;
    for (uint32_t at = 0; at < count; at++) {
        if (group == JSQ_NONE || memory->groups[group].open != entries[at].key) {
            group = jsq_group_new(memory, (uint32_t)entries[at].key, at);
        } else {
            memory->groups[group].count++;
        }
        memory->order[at] = entries[at].index;
        memory->places[entries[at].index] = (struct jsq_place){ .at = at, .group = group };
    }
    memory->sorted_count = count;
}

static void
jsq_changed(struct env_balance_state *state, struct env_balance_server *servers,
            uint32_t servers_count, uint32_t eligible_count)
{
    struct jsq *memory = jsq_sized(state->memory, servers_count);
    state->memory = memory;
    memory->sorted_count = 0;
    memory->groups_count = 0;
    memory->groups_free = 0;
    if (!state->weights_equal || eligible_count == 0) {
        return;
    }
    struct order_entry *entries = memory_alloc(2 * (size_t)eligible_count * sizeof *entries);
    uint32_t count = 0;
    for (uint32_t i = 0; i < servers_count; i++) {
        memory->places[i] = (struct jsq_place){ .at = JSQ_NONE };
        if (servers[i].eligible) {
            ASSERT(count < eligible_count);
            entries[count++] = (struct order_entry){ .key = servers[i].open, .index = i };
        }
    }
    order_sort(entries, entries + eligible_count, count);
    jsq_group_all(memory, entries, count);
    memory_free(entries);
}

/* --- one server moves --- */

/* Into the neighbouring group, or a new one in between. at: where the server lies, at the border
 * already; neighbour: the place beyond the border. */
static void
jsq_join(struct jsq *memory, uint32_t at, uint32_t neighbour, uint32_t open)
{
    const uint32_t server = memory->order[at];
    uint32_t group = JSQ_NONE;
    if (neighbour < memory->sorted_count) {
        group = memory->places[memory->order[neighbour]].group;
        if (memory->groups[group].open != open) {
            group = JSQ_NONE;
        }
    }
    if (group == JSQ_NONE) {
        group = jsq_group_new(memory, open, at);
    } else {
        memory->groups[group].count++;
        memory->groups[group].first = at < neighbour ? at : memory->groups[group].first;
    }
    memory->places[server] = (struct jsq_place){ .at = at, .group = group };
}

static void
jsq_moved(struct env_balance_state *state, const struct env_balance_server *servers,
          uint32_t index, bool more)
{
    struct jsq *memory = state->memory;
    ASSERT(memory != NULL);
    if (memory->sorted_count == 0 || memory->places[index].at == JSQ_NONE) {
        return;
    }
    const struct jsq_place place = memory->places[index];
    struct jsq_group *group = &memory->groups[place.group];
    ASSERT(servers[index].open == group->open + (more ? 1U : UINT32_MAX)); /* by one, this way */
    const uint32_t border = more ? group->first + group->count - 1 : group->first;
    const uint32_t other = memory->order[border];
    memory->order[place.at] = other;
    memory->places[other].at = place.at;
    memory->order[border] = index;
    group->count--;
    group->first += more ? 0 : 1;
    if (group->count == 0) {
        memory->free[memory->groups_free++] = place.group;
    }
    jsq_join(memory, border, more ? border + 1 : border - 1, servers[index].open);
}

static void
jsq_sent(struct env_balance_state *state, struct env_balance_server *servers, uint32_t index)
{
    jsq_moved(state, servers, index, true);
}

static void
jsq_ended(struct env_balance_state *state, struct env_balance_server *servers, uint32_t index,
          int64_t latency_ns, bool ok)
{
    (void)latency_ns;
    (void)ok;
    jsq_moved(state, servers, index, false);
}

/* --- pick --- */

/* By a pass: each of the least loaded takes the place of the ones before it with the chance that
 * makes them equal in the end. */
static uint32_t
jsq_pick_weighted(struct env_balance_state *state, const struct env_balance_server *servers,
                  uint32_t servers_count)
{
    uint32_t best = JSQ_NONE;
    uint32_t ties = 0;
    for (uint32_t i = 0; i < servers_count; i++) {
        if (!servers[i].eligible) {
            continue;
        }
        const uint64_t mine =
            best == JSQ_NONE ? 0 : (uint64_t)servers[i].open * servers[best].weight;
        const uint64_t least =
            best == JSQ_NONE ? 1 : (uint64_t)servers[best].open * servers[i].weight;
        ties = mine < least ? 1 : mine == least ? ties + 1 : ties;
        if (mine < least || (mine == least && rng_below(&state->rng, ties) == 0)) {
            best = i;
        }
    }
    ASSERT(best != JSQ_NONE);
    return best;
}

static uint32_t
jsq_pick(struct env_balance_state *state, struct env_balance_server *servers,
         uint32_t servers_count, uint32_t eligible_count)
{
    const struct jsq *memory = state->memory;
    if (!state->weights_equal) {
        return jsq_pick_weighted(state, servers, servers_count);
    }
    ASSERT(memory != NULL && memory->sorted_count == eligible_count);
    const struct jsq_group *least = &memory->groups[memory->places[memory->order[0]].group];
    const uint32_t best = memory->order[rng_below(&state->rng, least->count)];
    ASSERT(best < servers_count && servers[best].eligible);
    return best;
}

static void
jsq_release(struct env_balance_state *state)
{
    struct jsq *memory = state->memory;
    if (memory != NULL) {
        memory_free(memory->free);
        memory_free(memory->groups);
        memory_free(memory->places);
        memory_free(memory->order);
        memory_free(memory);
        state->memory = NULL;
    }
}

extern const struct env_balance_policy balance_policy_jsq;

const struct env_balance_policy balance_policy_jsq = {
    .name = "jsq",
    .haproxy = NULL,
    .pick = jsq_pick,
    .changed = jsq_changed,
    .sent = jsq_sent,
    .ended = jsq_ended,
    .release = jsq_release,
};

/* platform/balancer/policies/draw.c - one or two eligible servers by chance. */
#include "platform/balancer/policies/draw.h"

#include "platform/base/memory.h"

enum {
    DRAW_TRIES_MAX = 32, /* before a pass over the array is made instead */
    DRAW_SERVERS_MAX = UINT32_MAX / ENV_BALANCE_WEIGHT_MAX /* so that a sum of weights fits */
};

/* A column of the table is as wide as the sum of all weights: its own server's part ends at own,
 * the rest belongs to another. */
struct draw_column {
    uint32_t weight; /* that the table was made of */
    uint32_t own;
    uint32_t other;
};

struct draw_table {
    uint32_t           count;
    uint32_t           sum;
    struct draw_column columns[];
};

/* --- the table --- */

static bool
draw_table_fits(const struct draw_table *table, const struct env_balance_server *servers,
                uint32_t servers_count)
{
    if (table == NULL || table->count != servers_count) {
        return false;
    }
    for (uint32_t i = 0; i < servers_count; i++) {
        if (table->columns[i].weight != servers[i].weight) {
            return false;
        }
    }
    return true;
}

/* Server i has weight x count to place, a column holds the sum: who has too little gets his column
 * filled by one who has too much. todo: the poor from the left, the rich from the right. */
static void
draw_table_fill(struct draw_table *table, uint64_t *left, uint32_t *todo)
{
    uint32_t poor = 0;
    uint32_t rich = table->count;
    for (uint32_t i = 0; i < table->count; i++) {
        left[i] = (uint64_t)table->columns[i].weight * table->count;
        if (left[i] < table->sum) {
            todo[poor++] = i;
        } else {
            todo[--rich] = i;
        }
    }
    while (poor > 0) {
        ASSERT(rich < table->count); /* the poor lack what the rich have too much, exactly */
        const uint32_t taker = todo[--poor];
        const uint32_t giver = todo[rich];
        table->columns[taker].own = (uint32_t)left[taker];
        table->columns[taker].other = giver;
        left[giver] -= table->sum - left[taker];
        if (left[giver] < table->sum) {
            rich++;
            todo[poor++] = giver;
        }
    }
    for (; rich < table->count; rich++) {
        table->columns[todo[rich]].own = table->sum;
        table->columns[todo[rich]].other = todo[rich];
    }
}

void
draw_changed(struct env_balance_state *state, struct env_balance_server *servers,
             uint32_t servers_count, uint32_t eligible_count)
{
    (void)eligible_count; /* who is not eligible is drawn again */
    ASSERT(servers_count <= DRAW_SERVERS_MAX);
    if (state->weights_equal || draw_table_fits(state->memory, servers, servers_count)) {
        return;
    }
    struct draw_table *table = memory_resize(
        state->memory, sizeof *table + servers_count * sizeof table->columns[0]);
    *table = (struct draw_table){ .count = servers_count };
    for (uint32_t i = 0; i < servers_count; i++) {
        ASSERT(servers[i].weight > 0 && servers[i].weight <= ENV_BALANCE_WEIGHT_MAX);
        table->columns[i].weight = servers[i].weight;
        table->sum += servers[i].weight;
    }
    uint64_t *left = memory_alloc(servers_count * sizeof *left);
    uint32_t *todo = memory_alloc(servers_count * sizeof *todo);
    draw_table_fill(table, left, todo);
    memory_free(todo);
    memory_free(left);
    state->memory = table;
}

void
draw_release(struct env_balance_state *state)
{
    memory_free(state->memory);
    state->memory = NULL;
}

static uint32_t
draw_from_table(struct rng *rng, const struct draw_table *table)
{
    const uint32_t index = rng_below(rng, table->count);
    const struct draw_column *column = &table->columns[index];
    return rng_below(rng, table->sum) < column->own ? index : column->other;
}

/* --- drawing --- */

/* The same by a pass: for when hardly anybody is eligible. */
static uint32_t
draw_by_pass(struct rng *rng, const struct draw_from *from, uint32_t without)
{
    uint32_t sum = 0;
    for (uint32_t i = 0; i < from->servers_count; i++) {
        sum += from->servers[i].eligible && i != without ? from->servers[i].weight : 0;
    }
    uint32_t point = rng_below(rng, sum);
    for (uint32_t i = 0; i < from->servers_count; i++) {
        if (from->servers[i].eligible && i != without) {
            if (point < from->servers[i].weight) {
                return i;
            }
            point -= from->servers[i].weight;
        }
    }
    ASSERT(false); /* the point lies beyond the sum */
    return 0;
}

uint32_t
draw_weighted(struct env_balance_state *state, const struct draw_from *from, uint32_t without)
{
    ASSERT(from->eligible_count > (without != DRAW_NONE ? 1U : 0U));
    const struct draw_table *table = state->weights_equal ? NULL : state->memory;
    ASSERT(state->weights_equal || (table != NULL && table->count == from->servers_count));
    for (uint32_t tries = 0; tries < DRAW_TRIES_MAX; tries++) {
        const uint32_t index = table == NULL ? rng_below(&state->rng, from->servers_count)
                                             : draw_from_table(&state->rng, table);
        if (from->servers[index].eligible && index != without) {
            return index;
        }
    }
    return draw_by_pass(&state->rng, from, without);
}

uint32_t
draw_two(struct env_balance_state *state, const struct draw_from *from, uint32_t *ret_second)
{
    const uint32_t first = draw_weighted(state, from, DRAW_NONE);
    *ret_second = from->eligible_count > 1 ? draw_weighted(state, from, first) : first;
    return first;
}

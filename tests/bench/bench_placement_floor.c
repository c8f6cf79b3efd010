/* tests/bench/bench_placement_floor.c - a loop over machines, and a grid of lists of machines. */
#include "tests/bench/bench_placement_floor.h"

#include "platform/base/memory.h"

enum { FLOOR_WORDS = (PLACEMENT_MEM_STEPS + 64) / 64 };

/* Shares of a machine in 2^-32, a step each. */
static const uint64_t cpu_step_share = (UINT64_C(1) << 32) / PLACEMENT_CPU_STEPS;
static const uint64_t mem_step_share = (UINT64_C(1) << 32) / PLACEMENT_MEM_STEPS;

struct placement_node {
    uint16_t cpu_free;
    uint16_t mem_free;
    uint32_t next; /* in its cell: index + 1, 0: none */
    uint32_t before;
};

struct placement_floor {
    struct placement_node *nodes;
    uint32_t               nodes_count;
    /* a row a step of free cpu: which steps of free memory have a machine, and the first of them */
    uint64_t used[PLACEMENT_CPU_STEPS + 1][FLOOR_WORDS];
    uint32_t first[PLACEMENT_CPU_STEPS + 1][PLACEMENT_MEM_STEPS + 1];
};

static void
placement_cell_add(struct placement_floor *floor, uint32_t index)
{
    struct placement_node *node = &floor->nodes[index];
    uint32_t *first = &floor->first[node->cpu_free][node->mem_free];
    node->before = 0;
    node->next = *first;
    if (*first != 0) {
        floor->nodes[*first - 1].before = index + 1;
    }
    *first = index + 1;
    floor->used[node->cpu_free][node->mem_free / 64] |= UINT64_C(1) << (node->mem_free % 64);
}

static void
placement_cell_remove(struct placement_floor *floor, uint32_t index)
{
    const struct placement_node *node = &floor->nodes[index];
    uint32_t *first = &floor->first[node->cpu_free][node->mem_free];
    if (node->before != 0) {
        floor->nodes[node->before - 1].next = node->next;
    } else {
        *first = node->next;
    }
    if (node->next != 0) {
        floor->nodes[node->next - 1].before = node->before;
    }
    if (*first == 0) {
        floor->used[node->cpu_free][node->mem_free / 64] &=
            ~(UINT64_C(1) << (node->mem_free % 64));
    }
}

struct placement_floor *
placement_floor_open(uint32_t nodes_count)
{
    ASSERT(nodes_count <= PLACEMENT_NODES_MAX);
    struct placement_floor *floor = memory_alloc_zero(1, sizeof *floor);
    floor->nodes = memory_alloc_zero(nodes_count, sizeof *floor->nodes);
    floor->nodes_count = nodes_count;
    for (uint32_t i = nodes_count; i > 0; i--) {
        floor->nodes[i - 1].cpu_free = PLACEMENT_CPU_STEPS;
        floor->nodes[i - 1].mem_free = PLACEMENT_MEM_STEPS;
        placement_cell_add(floor, i - 1);
    }
    return floor;
}

void
placement_floor_close(struct placement_floor *floor)
{
    memory_free(floor->nodes);
    memory_free(floor);
}

static void
placement_floor_change(struct placement_floor *floor, uint32_t index, int cpu_steps, int mem_steps)
{
    placement_cell_remove(floor, index);
    floor->nodes[index].cpu_free = (uint16_t)(floor->nodes[index].cpu_free + cpu_steps);
    floor->nodes[index].mem_free = (uint16_t)(floor->nodes[index].mem_free + mem_steps);
    placement_cell_add(floor, index);
}

void
placement_floor_add(struct placement_floor *floor, uint32_t node, struct placement_request request)
{
    placement_floor_change(floor, node, -request.cpu_steps, -request.mem_steps);
}

void
placement_floor_remove(struct placement_floor *floor, uint32_t node,
                       struct placement_request request)
{
    placement_floor_change(floor, node, request.cpu_steps, request.mem_steps);
}

static uint64_t
placement_score(uint32_t cpu_left, uint32_t mem_left)
{
    return cpu_left * cpu_step_share + mem_left * mem_step_share;
}

uint32_t
placement_floor_scan(const struct placement_floor *floor, struct placement_request request,
                     uint64_t *ret_score)
{
    uint32_t best = UINT32_MAX;
    uint64_t best_score = UINT64_MAX;
    for (uint32_t i = 0; i < floor->nodes_count; i++) {
        const struct placement_node *node = &floor->nodes[i];
        if (node->cpu_free < request.cpu_steps || node->mem_free < request.mem_steps) {
            continue;
        }
        const uint64_t score = placement_score((uint32_t)(node->cpu_free - request.cpu_steps),
                                               (uint32_t)(node->mem_free - request.mem_steps));
        if (score < best_score) {
            best_score = score;
            best = i;
        }
    }
    *ret_score = best_score;
    return best;
}

/* The least step of free memory from at on that a machine of this row has, or UINT32_MAX. */
static uint32_t
placement_row_find(const uint64_t used[FLOOR_WORDS], uint32_t at)
{
    uint64_t word = used[at / 64] & (UINT64_MAX << (at % 64));
    for (uint32_t i = at / 64;; word = used[i]) {
        if (word != 0) {
            return i * 64 + (uint32_t)__builtin_ctzll(word);
        }
        i++;
        if (i == FLOOR_WORDS) {
            return UINT32_MAX;
        }
    }
}

uint32_t
placement_floor_index(const struct placement_floor *floor, struct placement_request request,
                      uint64_t *ret_score)
{
    uint32_t best = UINT32_MAX;
    uint64_t best_score = UINT64_MAX;
    for (uint32_t cpu = request.cpu_steps; cpu <= PLACEMENT_CPU_STEPS; cpu++) {
        const uint32_t cpu_left = cpu - request.cpu_steps;
        if (placement_score(cpu_left, 0) >= best_score) {
            break; /* more free cpu can only be worse */
        }
        const uint32_t mem = placement_row_find(floor->used[cpu], request.mem_steps);
        if (mem == UINT32_MAX) {
            continue;
        }
        const uint64_t score = placement_score(cpu_left, mem - request.mem_steps);
        if (score < best_score) {
            best_score = score;
            best = floor->first[cpu][mem] - 1;
        }
    }
    *ret_score = best_score;
    return best;
}

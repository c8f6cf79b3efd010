/*
 * tests/bench/bench_placement_floor.h - the floors of placement: exact best-fit over equal
 * machines, once by looking at each, once by an index.
 *
 * Units: cpu in steps of 250 milli, memory in steps of 512 MiB, so that a machine's free room is
 *        one cell of a grid. Score: the sum of the shares that stay free, as the scheduler's
 *        best-fit.
 */
#ifndef TESTS_BENCH_BENCH_PLACEMENT_FLOOR_H
#define TESTS_BENCH_BENCH_PLACEMENT_FLOOR_H

#include "platform/base/common.h"

enum {
    PLACEMENT_CPU_STEPS = 128, /* 32 cores */
    PLACEMENT_MEM_STEPS = 255, /* 127.5 GiB */
    PLACEMENT_NODES_MAX = 100000
};

struct placement_request {
    uint16_t cpu_steps;
    uint16_t mem_steps;
};

struct placement_floor; /* opaque */

struct placement_floor *placement_floor_open(uint32_t nodes_count);
void                    placement_floor_close(struct placement_floor *floor);

/* The best node, or UINT32_MAX; its score goes to ret_score. Equal scores: any of them. */
typedef uint32_t placement_find_fn(const struct placement_floor *floor,
                                   struct placement_request request, uint64_t *ret_score);
placement_find_fn placement_floor_scan;
placement_find_fn placement_floor_index;

void placement_floor_add(struct placement_floor *floor, uint32_t node,
                         struct placement_request request);
void placement_floor_remove(struct placement_floor *floor, uint32_t node,
                             struct placement_request request);

#endif

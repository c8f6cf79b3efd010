/*
 * tests/bench/bench_openb_floor.h - best-fit over the files of an imported GPU trace, and nothing
 * else: what the placements of such a run cost a program that is made for them.
 */
#ifndef TESTS_BENCH_BENCH_OPENB_FLOOR_H
#define TESTS_BENCH_BENCH_OPENB_FLOOR_H

#include "platform/base/common.h"

struct openb_floor {
    const char *folder;         /* nodes.csv and tasks.csv lie there */
    uint32_t    placed_count;   /* answers */
    int64_t     gpu_milli_given;
    int64_t     gpu_milli;
};

/* One run: reads both files and places every task where the least is left, or nowhere. The context
 * is a struct openb_floor. Returns 1. */
uint64_t openb_floor_play(void *context);

#endif

/*
 * tests/bench/bench_openb_floor.h - a policy over the files of an imported GPU trace, and nothing
 * else: what the placements of such a run cost a program that is made for them.
 */
#ifndef TESTS_BENCH_BENCH_OPENB_FLOOR_H
#define TESTS_BENCH_BENCH_OPENB_FLOOR_H

#include "platform/base/common.h"

struct openb_floor {
    const char *folder;         /* nodes.csv, tasks.csv and scenario.json lie there */
    uint32_t    placed_count;   /* answers */
    int64_t     gpu_milli_given;
    int64_t     gpu_milli;
};

/* One run: reads the files and places every task, or not, where best-fit or the fragmentation
 * gradient says. The context is a struct openb_floor. Returns 1. */
uint64_t openb_floor_play(void *context);
uint64_t openb_floor_fgd_play(void *context);

#endif

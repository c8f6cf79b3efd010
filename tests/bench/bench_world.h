/*
 * tests/bench/bench_world.h - a scenario read from a file or a text, for benches that play worlds.
 */
#ifndef TESTS_BENCH_BENCH_WORLD_H
#define TESTS_BENCH_BENCH_WORLD_H

#include "sim/world.h"

struct bench_world {
    struct sim_io          io;
    struct arena           arena;
    const char            *text; /* NULL: file is read */
    const struct scenario *scenario;
};

/* Ends the program with what is wrong when the scenario cannot be read. */
void bench_world_read(struct bench_world *bench, const char *file, const char *text);
void bench_world_fini(struct bench_world *bench);

/* A new world of it, not begun; the caller closes it. */
struct world *bench_world_open(struct bench_world *bench, uint64_t seed);

#endif

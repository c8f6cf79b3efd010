/*
 * tests/bench/bench_whole.h - plays one large scenario, whole platform, invariants and trace hash
 * on, as `rehearse run --report none` does, and prints what it cost.
 *
 * Floor: as many events, each at an exponential distance, in the queue of bench_event_floor.h with
 *        one pending for each task; what happens in them is left out.
 * Trust: processor time is printed beside the clock's, since the machine has other guests; memory
 *        is counted as what the allocator has given out when the run ends, and as the process'
 *        peak, which a bench that ran before in the same process may have made.
 */
#ifndef TESTS_BENCH_BENCH_WHOLE_H
#define TESTS_BENCH_BENCH_WHOLE_H

#include "sim/world.h"

struct bench_whole {
    const char *name;
    const char *text;           /* the scenario */
    uint64_t    running_wanted; /* tasks that must run when it ends; 0: not looked at */
    bool        restless; /* tasks end all the time, so it never settles: invariants alone judge */
};

struct bench_whole_result {
    double   cpu_s;
    double   wall_s;
    uint64_t events;  /* of the queue */
    uint64_t lines;   /* of the trace */
    uint64_t submitted;
    uint64_t running;
    int64_t  held_bytes; /* given out by the allocator at the end, less what was before */
    int64_t  peak_bytes; /* of the process */
};

/* Ends the program when the scenario cannot be read, does not pass, or not as many run. */
struct bench_whole_result bench_whole_play(const struct bench_whole *whole);

/* The same, printed in two lines. */
struct bench_whole_result bench_whole(const struct bench_whole *whole);

/* What the allocator has given out now. */
int64_t bench_whole_held_bytes(void);

#endif

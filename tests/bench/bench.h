/*
 * tests/bench/bench.h - times a piece of work beside a floor: what the same machine needs, in the
 * same minute, for the least that could do the job.
 *
 * Calling: a bench is one file with one `const struct bench` and one line in bench_main.c; its
 *          run() prepares, and calls bench_pair once for each line of output.
 * Trust:   a number without its floor says more about the neighbours on the machine than about us,
 *          so floor and work are timed in turns, and the ratio printed is the median of the turns'
 *          own.
 */
#ifndef TESTS_BENCH_BENCH_H
#define TESTS_BENCH_BENCH_H

#include "platform/base/common.h"

enum { BENCH_TURNS = 11 }; /* at least nine, odd so that there is a middle one */

struct bench {
    const char *name; /* "event_queue": what `make bench` may be asked for */
    const char *about;
    void (*run)(void);
};

/* Does a bounded piece of the work again, and answers how many operations that was. */
typedef uint64_t bench_work_fn(void *context);

struct bench_pair {
    const char    *name;
    bench_work_fn *floor; /* NULL: there is none, the time alone is printed */
    void          *floor_context;
    bench_work_fn *work;
    void          *work_context;
    double         ns_wanted; /* the aim on the machine of reference, 0: none. Never judged */
};

struct bench_result {
    double floor_ns; /* an operation; medians */
    double work_ns;
    double ratio;
};

/* Prints "name  floor ns  work ns  operations per second  ratio". */
struct bench_result bench_pair(const struct bench_pair *pair);

int64_t bench_now_ns(void);

/* Sorts them; of an even number the upper one of the two in the middle. */
double bench_median(double *values, uint32_t count);

/* A number after the bench's name, as in `bench.run day:10:60`: which one, from 0; 0 when there is
 * none. */
uint32_t bench_size(uint32_t which);

/* Keeps the compiler from dropping work whose result nobody reads. */
void bench_keep(uint64_t value);

#endif

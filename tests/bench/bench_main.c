/*
 * tests/bench/bench_main.c - runs the benches that are asked for, or all: bench.run [NAME…]
 */
#include <stdio.h>
#include <string.h>

#include "tests/bench/bench.h"

/* One line a bench, in the order of output. */
#define BENCH_LIST(X)                                                                              \
    X(bench_event_queue)                                                                           \
    X(bench_placement)                                                                             \
    X(bench_scheduler)                                                                             \
    X(bench_requests)                                                                              \
    X(bench_numbers)                                                                               \
    X(bench_cold_start)

#define X(which) extern const struct bench which;
BENCH_LIST(X)
#undef X

static const struct bench *const benches[] = {
#define X(which) &which,
    BENCH_LIST(X)
#undef X
};

static bool
bench_main_wanted(const struct bench *bench, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], bench->name) == 0) {
            return true;
        }
    }
    return argc == 1;
}

int
main(int argc, char **argv)
{
    uint32_t run_count = 0;
    for (uint32_t i = 0; i < COUNT_OF(benches); i++) {
        if (!bench_main_wanted(benches[i], argc, argv)) {
            continue;
        }
        printf("%s: %s\n", benches[i]->name, benches[i]->about);
        printf("  %-46s %12s %12s %14s %8s\n", "", "floor ns", "ours ns", "ours /s", "ratio");
        benches[i]->run();
        printf("\n");
        run_count++;
    }
    if (run_count == 0) {
        fprintf(stderr, "no such bench; there are:");
        for (uint32_t i = 0; i < COUNT_OF(benches); i++) {
            fprintf(stderr, " %s", benches[i]->name);
        }
        fprintf(stderr, "\n");
        return 2;
    }
    return 0;
}

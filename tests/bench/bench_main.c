/*
 * tests/bench/bench_main.c - runs the benches that are asked for, or all: bench.run [NAME[:SIZE]…]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/bench.h"

/* One line a bench, in the order of output. */
#define BENCH_LIST(X)                                                                              \
    X(bench_event_queue)                                                                           \
    X(bench_placement)                                                                             \
    X(bench_constraints)                                                                           \
    X(bench_scheduler)                                                                             \
    X(bench_requests)                                                                              \
    X(bench_c2m)                                                                                   \
    X(bench_day)                                                                                   \
    X(bench_memory)                                                                                \
    X(bench_openb)                                                                                 \
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

static const char *main_sizes = ""; /* of the bench that runs, each behind a colon */

uint32_t
bench_size(uint32_t which)
{
    const char *at = main_sizes;
    for (; *at == ':'; which--) {
        char *end = NULL;
        const unsigned long size = strtoul(at + 1, &end, 10);
        if (which == 0) {
            return (uint32_t)size;
        }
        at = end;
    }
    return 0;
}

static bool
bench_main_wanted(const struct bench *bench, int argc, char **argv)
{
    const size_t len = strlen(bench->name);
    main_sizes = "";
    for (int i = 1; i < argc; i++) {
        if (strncmp(argv[i], bench->name, len) != 0) {
            continue;
        }
        if (argv[i][len] == ':' || argv[i][len] == '\0') {
            main_sizes = argv[i] + len;
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

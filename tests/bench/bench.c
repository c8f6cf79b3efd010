/* tests/bench/bench.c - takes turns, sorts, prints medians. */
#include "tests/bench/bench.h"

#include <stdio.h>
#include <time.h>

int64_t
bench_now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return SEC(now.tv_sec) + now.tv_nsec;
}

void
bench_keep(uint64_t value)
{
    __asm__ volatile("" : : "r"(value) : "memory");
}

static double
bench_time(bench_work_fn *work, void *context)
{
    const int64_t from_ns = bench_now_ns();
    const uint64_t count = work(context);
    const int64_t ns = bench_now_ns() - from_ns;
    ASSERT(count > 0);
    return (double)ns / (double)count;
}

double
bench_median(double *values, uint32_t count)
{
    for (uint32_t i = 1; i < count; i++) {
        const double value = values[i];
        uint32_t hole = i;
        while (hole > 0 && values[hole - 1] > value) {
            values[hole] = values[hole - 1];
            hole--;
        }
        values[hole] = value;
    }
    return values[count / 2];
}

static void
bench_print(const struct bench_pair *pair, const struct bench_result *result)
{
    char floor[32] = "-";
    char ratio[32] = "-";
    char wanted[32] = "";
    if (pair->floor != NULL) {
        snprintf(floor, sizeof floor, "%.1f", result->floor_ns);
        snprintf(ratio, sizeof ratio, "%.2f", result->ratio);
    }
    if (pair->ns_wanted > 0) {
        snprintf(wanted, sizeof wanted, "  (aim %.0f ns)", pair->ns_wanted);
    }
    printf("  %-46s %12s %12.1f %14.0f %8s%s\n", pair->name, floor, result->work_ns,
           1e9 / result->work_ns, ratio, wanted);
    fflush(stdout);
}

struct bench_result
bench_pair(const struct bench_pair *pair)
{
    double floors[BENCH_TURNS] = { 0 };
    double works[BENCH_TURNS];
    double ratios[BENCH_TURNS] = { 0 };
    if (pair->floor != NULL) {
        (void)pair->floor(pair->floor_context); /* warm */
    }
    (void)pair->work(pair->work_context);
    for (uint32_t i = 0; i < BENCH_TURNS; i++) {
        if (pair->floor != NULL) {
            floors[i] = bench_time(pair->floor, pair->floor_context);
        }
        works[i] = bench_time(pair->work, pair->work_context);
        ratios[i] = floors[i] > 0 ? works[i] / floors[i] : 0;
    }
    const struct bench_result result = {
        .floor_ns = bench_median(floors, BENCH_TURNS),
        .work_ns = bench_median(works, BENCH_TURNS),
        .ratio = bench_median(ratios, BENCH_TURNS),
    };
    bench_print(pair, &result);
    return result;
}

/*
 * tests/bench/bench_numbers.c
 *
 * Goal:   what every event and request pays for chance, statistics and the trace.
 * Method: a million calls each, beside the bare mixing function of a random stream.
 */
#include "platform/base/dist.h"
#include "platform/base/sketch.h"
#include "sim/trace.h"
#include "tests/bench/bench.h"

enum { CALLS = 1000000 };

struct numbers {
    struct rng     rng;
    struct dist    dist;
    struct sketch  sketch;
    struct trace  *trace;
    int64_t        at_ns;
};

static uint64_t
numbers_floor(void *context)
{
    uint64_t *state = context;
    uint64_t sum = 0;
    for (uint32_t i = 0; i < CALLS; i++) {
        *state += UINT64_C(0x9E3779B97F4A7C15);
        uint64_t value = (*state ^ (*state >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
        value = (value ^ (value >> 27)) * UINT64_C(0x94D049BB133111EB);
        sum += value ^ (value >> 31);
    }
    bench_keep(sum);
    return CALLS;
}

static uint64_t
numbers_random(void *context)
{
    struct numbers *numbers = context;
    uint64_t sum = 0;
    for (uint32_t i = 0; i < CALLS; i++) {
        sum += rng_below(&numbers->rng, 1000);
    }
    bench_keep(sum);
    return CALLS;
}

static uint64_t
numbers_draw(void *context)
{
    struct numbers *numbers = context;
    uint64_t sum = 0;
    for (uint32_t i = 0; i < CALLS; i++) {
        sum += (uint64_t)dist_draw_ns(&numbers->dist, &numbers->rng);
    }
    bench_keep(sum);
    return CALLS;
}

static uint64_t
numbers_sketch(void *context)
{
    struct numbers *numbers = context;
    for (uint32_t i = 0; i < CALLS; i++) {
        sketch_add(&numbers->sketch, (int64_t)(i * UINT64_C(2654435761) % UINT64_C(1000000000)));
    }
    bench_keep(numbers->sketch.count);
    return CALLS;
}

static uint64_t
numbers_trace(void *context)
{
    struct numbers *numbers = context;
    for (uint32_t i = 0; i < CALLS; i++) {
        numbers->at_ns += 1000;
        trace_line(numbers->trace, numbers->at_ns, i & 63, "net.send", i, 7, 0, NULL);
    }
    return CALLS;
}

static void
bench_numbers_run(void)
{
    static const struct {
        const char    *name;
        bench_work_fn *work;
        struct dist    dist;
    } lines[] = {
        { "rng_below", numbers_random, { 0 } },
        { "dist_draw_ns, exponential", numbers_draw, { DIST_EXPONENTIAL, .a_ns = MS(10) } },
        { "dist_draw_ns, lognormal", numbers_draw,
          { DIST_LOGNORMAL, .a_ns = MS(10), .shape = 0.5 } },
        { "dist_draw_ns, pareto", numbers_draw, { DIST_PARETO, .a_ns = MS(10), .shape = 1.5 } },
        { "sketch_add", numbers_sketch, { 0 } },
        { "trace_line, hash only", numbers_trace, { 0 } },
    };
    static const struct trace_header header = { .file = "" };
    for (uint32_t i = 0; i < COUNT_OF(lines); i++) {
        uint64_t floor = 1;
        struct numbers numbers = { .dist = lines[i].dist, .trace = trace_open(NULL, &header) };
        rng_init(&numbers.rng, 1, 0, "bench");
        bench_pair(&(struct bench_pair){ .name = lines[i].name,
                                         .floor = numbers_floor,
                                         .floor_context = &floor,
                                         .work = lines[i].work,
                                         .work_context = &numbers });
        trace_close(numbers.trace);
    }
}

const struct bench bench_numbers = {
    .name = "numbers",
    .about = "chance, statistics and the trace; the floor is one 64-bit mixing function",
    .run = bench_numbers_run,
};

/* tests/bench/bench_whole.c - one large scenario from its beginning to its verdict. */
#include "tests/bench/bench_whole.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#include "platform/base/dist.h"
#include "tests/bench/bench.h"
#include "tests/bench/bench_event_floor.h"
#include "tests/bench/bench_world.h"

enum { WHOLE_FLOOR_EVENTS = 2000000, WHOLE_FLOOR_PENDING = 1000 };

static int64_t
whole_cpu_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return SEC(now.tv_sec) + now.tv_nsec;
}

int64_t
bench_whole_held_bytes(void)
{
    const struct mallinfo2 info = mallinfo2();
    return (int64_t)(info.uordblks + info.hblkhd);
}

static int64_t
whole_peak_bytes(void)
{
    struct rusage usage;
    (void)getrusage(RUSAGE_SELF, &usage);
    return (int64_t)usage.ru_maxrss * 1024;
}

/* Why a run that is to be timed is none. */
static void
whole_judge(const struct bench_whole *whole, const struct results *results)
{
    const uint64_t running = results->tasks_by_state[TASK_RUNNING];
    for (uint32_t i = 0; i < results->invariants.count; i++) {
        const struct result_invariant *invariant = vec_at(&results->invariants, i);
        if (invariant->outcome != OUTCOME_PASSED) {
            fprintf(stderr, "%s: %s: %s\n", whole->name, invariant->id, invariant->detail);
            exit(1);
        }
    }
    if (results->outcome != OUTCOME_PASSED &&
        !(whole->restless && results->outcome == OUTCOME_FAILED)) {
        fprintf(stderr, "%s: the run did not pass: %s\n", whole->name,
                results->error != NULL ? results->error : "an invariant or expectation");
        exit(1);
    }
    if (whole->running_wanted > 0 && running != whole->running_wanted) {
        fprintf(stderr, "%s: %llu tasks run, not %llu\n", whole->name,
                (unsigned long long)running, (unsigned long long)whole->running_wanted);
        exit(1);
    }
}

struct bench_whole_result
bench_whole_play(const struct bench_whole *whole)
{
    struct bench_world file;
    bench_world_read(&file, whole->name, whole->text);
    const int64_t held_bytes = bench_whole_held_bytes();
    const int64_t from_ns = bench_now_ns();
    const int64_t cpu_from_ns = whole_cpu_ns();
    struct world *world = bench_world_open(&file, 1);
    world_play(world);
    const struct results *results = &world->run.results;
    const struct bench_whole_result result = {
        .cpu_s = (double)(whole_cpu_ns() - cpu_from_ns) / 1e9,
        .wall_s = (double)(bench_now_ns() - from_ns) / 1e9,
        .events = world->fired,
        .lines = results->trace_events,
        .submitted = results->tasks_submitted,
        .running = results->tasks_by_state[TASK_RUNNING],
        .held_bytes = bench_whole_held_bytes() - held_bytes,
        .peak_bytes = whole_peak_bytes(),
    };
    whole_judge(whole, results);
    world_close(world);
    bench_world_fini(&file);
    return result;
}

static double
whole_floor_ns(uint64_t tasks)
{
    const struct dist   exponential = { .kind = DIST_EXPONENTIAL, .a_ns = SEC(1) };
    const uint64_t      pending = tasks > WHOLE_FLOOR_PENDING ? tasks : WHOLE_FLOOR_PENDING;
    struct event_floor *floor = event_floor_open(pending);
    struct rng          rng;
    rng_init(&rng, 1, 0, "floor");
    for (uint64_t i = 0; i < pending; i++) {
        event_floor_push(floor, (struct event_floor_entry){ .at_ns = dist_draw_ns(&exponential,
                                                                                  &rng),
                                                            .id = i });
    }
    const int64_t from_ns = whole_cpu_ns();
    for (uint32_t i = 0; i < WHOLE_FLOOR_EVENTS; i++) {
        struct event_floor_entry entry = event_floor_pop(floor);
        entry.at_ns += dist_draw_ns(&exponential, &rng);
        event_floor_push(floor, entry);
    }
    const int64_t ns = whole_cpu_ns() - from_ns;
    event_floor_close(floor);
    return (double)ns / WHOLE_FLOOR_EVENTS;
}

struct bench_whole_result
bench_whole(const struct bench_whole *whole)
{
    const struct bench_whole_result result = bench_whole_play(whole);
    const double work_ns = result.cpu_s * 1e9 / (double)result.events;
    const double floor_ns = whole_floor_ns(result.running);
    printf("  %-46s %12.1f %12.1f %14.0f %8.2f\n", whole->name, floor_ns, work_ns, 1e9 / work_ns,
           work_ns / floor_ns);
    printf("    %llu events, %llu lines hashed, %llu tasks submitted, %llu running; %.2f s of the "
           "processor, %.2f s wall; %.1f MB held, peak %.1f MB\n",
           (unsigned long long)result.events, (unsigned long long)result.lines,
           (unsigned long long)result.submitted, (unsigned long long)result.running, result.cpu_s,
           result.wall_s, (double)result.held_bytes / 1e6, (double)result.peak_bytes / 1e6);
    fflush(stdout);
    return result;
}

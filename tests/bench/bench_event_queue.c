/*
 * tests/bench/bench_event_queue.c
 *
 * Goal:   the cost of one event in the queue, from a thousand to a million pending.
 * Method: the hold model: pop the earliest, push one later. Mixes: exponential delays; equal
 *         instants (20 delays in all); cancels (each operation also restarts a timeout far in the
 *         future, so that entries go stale and are compacted when they are over half).
 * Floor:  bench_event_floor.c over exponential delays, whatever the mix.
 */
#include <stdio.h>

#include "platform/base/dist.h"
#include "platform/base/event_queue.h"
#include "platform/base/memory.h"
#include "tests/bench/bench.h"
#include "tests/bench/bench_event_floor.h"

enum { DELAYS = 1 << 18, OPERATIONS = 400000, TIE_DELAYS = 20 };

struct hold {
    const int64_t      *delays_ns; /* DELAYS of them */
    uint64_t            sequence;
    uint64_t            pending;
    struct event_queue *queue;
    struct event_heap   heap;
    struct event_floor *floor;
    uint32_t           *generations; /* of the timeouts */
    uint64_t            stale_count;
    struct rng          rng;
};

static int64_t
hold_delay_ns(const struct hold *hold)
{
    return hold->delays_ns[hold->sequence % DELAYS];
}

static uint64_t
hold_floor(void *context)
{
    struct hold *hold = context;
    for (uint32_t i = 0; i < OPERATIONS; i++) {
        struct event_floor_entry entry = event_floor_pop(hold->floor);
        entry.at_ns += hold_delay_ns(hold);
        hold->sequence++;
        event_floor_push(hold->floor, entry);
    }
    return OPERATIONS;
}

static uint64_t
hold_ladder(void *context)
{
    struct hold *hold = context;
    for (uint32_t i = 0; i < OPERATIONS; i++) {
        struct event_entry entry = { 0 };
        bench_keep(event_queue_pop(hold->queue, &entry));
        entry.at_ns += hold_delay_ns(hold);
        hold->sequence++;
        entry.order = hold->sequence;
        event_queue_push(hold->queue, entry);
    }
    return OPERATIONS;
}

static uint64_t
hold_heap(void *context)
{
    struct hold *hold = context;
    for (uint32_t i = 0; i < OPERATIONS; i++) {
        struct event_entry entry = { 0 };
        bench_keep(event_heap_pop(&hold->heap, &entry));
        entry.at_ns += hold_delay_ns(hold);
        hold->sequence++;
        entry.order = hold->sequence;
        event_heap_push(&hold->heap, entry);
    }
    return OPERATIONS;
}

/* --- cancels --- */

static bool
hold_is_stale(const struct event_entry *entry, void *context)
{
    const struct hold *hold = context;
    return hold->generations[entry->slot] != entry->generation;
}

static void
hold_push_timer(struct hold *hold, int64_t at_ns, uint32_t slot)
{
    hold->sequence++;
    event_queue_push(hold->queue, (struct event_entry){ .at_ns = at_ns,
                                                        .order = hold->sequence,
                                                        .slot = slot,
                                                        .generation = hold->generations[slot] });
}

/* One operation: a timer fires and starts again, another is restarted before it fired. */
static uint64_t
hold_cancels(void *context)
{
    struct hold *hold = context;
    for (uint32_t i = 0; i < OPERATIONS; i++) {
        struct event_entry entry = { 0 };
        do {
            bench_keep(event_queue_pop(hold->queue, &entry));
            hold->stale_count -= hold_is_stale(&entry, hold) ? 1 : 0;
        } while (hold_is_stale(&entry, hold));
        hold_push_timer(hold, entry.at_ns + hold_delay_ns(hold), entry.slot);

        const uint32_t other = rng_below(&hold->rng, (uint32_t)hold->pending);
        hold->generations[other]++;
        hold->stale_count++;
        hold_push_timer(hold, entry.at_ns + SEC(1) + hold_delay_ns(hold), other);
        if (hold->stale_count > event_queue_count(hold->queue) / 2) {
            event_queue_compact(hold->queue, hold_is_stale, hold);
            hold->stale_count = 0;
        }
    }
    return OPERATIONS;
}

/* --- the table --- */

static void
hold_init(struct hold *hold, const int64_t *delays_ns, uint64_t pending)
{
    *hold = (struct hold){ .delays_ns = delays_ns, .pending = pending };
    rng_init(&hold->rng, 1, 0, "hold");
    hold->generations = memory_alloc_zero(pending, sizeof *hold->generations);
    hold->queue = event_queue_open();
    hold->floor = event_floor_open(pending);
    for (uint64_t i = 0; i < pending; i++) {
        const int64_t at_ns = hold_delay_ns(hold);
        hold->sequence++;
        const struct event_entry entry = { .at_ns = at_ns,
                                           .order = hold->sequence,
                                           .slot = (uint32_t)i };
        event_queue_push(hold->queue, entry);
        event_heap_push(&hold->heap, entry);
        event_floor_push(hold->floor, (struct event_floor_entry){ .at_ns = at_ns, .id = i });
    }
}

static void
hold_fini(struct hold *hold)
{
    event_queue_close(hold->queue);
    event_heap_fini(&hold->heap);
    event_floor_close(hold->floor);
    memory_free(hold->generations);
}

static int64_t *
hold_draw_delays(bool ties)
{
    struct rng rng;
    const struct dist exponential = { .kind = DIST_EXPONENTIAL, .a_ns = SEC(1) };
    int64_t *delays_ns = memory_alloc(DELAYS * sizeof *delays_ns);
    rng_init(&rng, 1, 0, "delays");
    for (uint32_t i = 0; i < DELAYS; i++) {
        delays_ns[i] =
            ties ? MS(100) * rng_below(&rng, TIE_DELAYS) : dist_draw_ns(&exponential, &rng);
    }
    return delays_ns;
}

struct hold_line {
    const char    *mix;
    bench_work_fn *work;
    bool           ties;
};

static void
bench_event_queue_size(uint64_t pending, double ns_wanted, const int64_t *exponential,
                       const int64_t *ties)
{
    static const struct hold_line lines[] = {
        { "ladder, exponential", hold_ladder, false },
        { "ladder, equal instants", hold_ladder, true },
        { "ladder, one cancel each", hold_cancels, false },
        { "binary heap, exponential", hold_heap, false },
    };
    for (uint32_t i = 0; i < COUNT_OF(lines); i++) {
        struct hold hold;
        struct hold floor;
        char name[64];
        snprintf(name, sizeof name, "%llu pending: %s", (unsigned long long)pending, lines[i].mix);
        hold_init(&hold, lines[i].ties ? ties : exponential, pending);
        hold_init(&floor, exponential, pending);
        bench_pair(&(struct bench_pair){ .name = name,
                                         .floor = hold_floor,
                                         .floor_context = &floor,
                                         .work = lines[i].work,
                                         .work_context = &hold,
                                         .ns_wanted = i == 0 ? ns_wanted : 0 });
        hold_fini(&floor);
        hold_fini(&hold);
    }
}

static void
bench_event_queue_run(void)
{
    int64_t *exponential = hold_draw_delays(false);
    int64_t *ties = hold_draw_delays(true);
    bench_event_queue_size(1000, 0, exponential, ties);
    bench_event_queue_size(100000, 38, exponential, ties);
    bench_event_queue_size(1000000, 60, exponential, ties);
    memory_free(exponential);
    memory_free(ties);
}

const struct bench bench_event_queue = {
    .name = "event_queue",
    .about = "hold model, one operation = pop the earliest and push one",
    .run = bench_event_queue_run,
};

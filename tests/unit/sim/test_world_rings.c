/*
 * tests/unit/sim/test_world_rings.c
 *
 * Goal:   rings beside a queue give every entry in the one order that a plain heap gives.
 * Method: entries at a few distances and at random ones, made and taken in random turns, in rings
 *         with a queue, and in the heap alone; more distances than there are rings.
 */
#include <criterion/criterion.h>

#include "platform/base/rng.h"
#include "sim/world_rings.h"

enum { DELAYS = WORLD_RINGS_MAX + 3, STEPS = 200000 };

struct rings_bed {
    struct world_rings  rings;
    struct event_queue *queue;
    struct event_heap   heap;
    int64_t             now_ns;
    uint64_t            sequence;
    uint32_t            in_rings;
};

static void
bed_push(struct rings_bed *bed, int64_t delay_ns, bool regular)
{
    const struct event_entry entry = { .at_ns = bed->now_ns + delay_ns,
                                       .order = bed->sequence,
                                       .slot = (uint32_t)bed->sequence };
    bed->sequence++;
    event_heap_push(&bed->heap, entry);
    if (regular && world_rings_push(&bed->rings, delay_ns, entry)) {
        bed->in_rings++;
    } else {
        event_queue_push(bed->queue, entry);
    }
}

static void
bed_pop(struct rings_bed *bed)
{
    struct event_entry expected;
    struct event_entry entry;
    const struct event_entry *ring = world_rings_first(&bed->rings);
    cr_assert(event_heap_pop(&bed->heap, &expected));
    if (!event_queue_pop_before(bed->queue, ring, &entry)) {
        cr_assert_not_null(ring);
        entry = *ring;
        world_rings_pop(&bed->rings);
    }
    cr_assert_eq(entry.at_ns, expected.at_ns);
    cr_assert_eq(entry.order, expected.order);
    cr_assert_eq(entry.slot, expected.slot);
    bed->now_ns = entry.at_ns;
}

Test(world_rings, keep_the_order_of_a_plain_heap, .timeout = 60)
{
    struct rings_bed bed = { .queue = event_queue_open() };
    struct rng rng;
    rng_init(&rng, 1, 0, "rings");
    for (uint32_t i = 0; i < STEPS; i++) {
        const bool fills = i / 5000 % 2 == 0;
        if (bed.heap.count == 0 || rng_below(&rng, 100) < (fills ? 60u : 45u)) {
            const bool regular = rng_below(&rng, 3) > 0;
            /* equal instants too: delays are small and the clock stands often */
            bed_push(&bed, regular ? (int64_t)rng_below(&rng, DELAYS) * 50
                                   : (int64_t)rng_below(&rng, 1000), regular);
        } else {
            bed_pop(&bed);
        }
    }
    while (bed.heap.count > 0) {
        bed_pop(&bed);
    }
    cr_assert_null(world_rings_first(&bed.rings));
    cr_assert_eq(event_queue_count(bed.queue), 0);
    cr_assert_gt(bed.in_rings, STEPS / 10);
    cr_assert_eq(bed.rings.count, WORLD_RINGS_MAX);
    world_rings_fini(&bed.rings);
    event_queue_close(bed.queue);
    event_heap_fini(&bed.heap);
}

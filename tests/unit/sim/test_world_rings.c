/*
 * tests/unit/sim/test_world_rings.c
 *
 * Goal:   rings beside a queue give every entry in the one order that a plain heap gives.
 * Method: entries at a few distances and at random ones, made and taken in random turns, in rings
 *         with a queue, and in the heap alone; more distances than there are rings. Entries that
 *         are cancelled, some of them after they were taken and their marks are others'.
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
    struct world_ring_entry *ring =
        regular ? world_rings_push(&bed->rings, delay_ns, entry.at_ns, entry.order) : NULL;
    if (ring != NULL) {
        ring->due.argument = entry.slot;
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
    const struct world_ring_entry *ring = world_rings_first(&bed->rings);
    cr_assert(event_heap_pop(&bed->heap, &expected));
    if (!event_queue_pop_before(bed->queue, ring != NULL ? &ring->entry : NULL, &entry)) {
        cr_assert_not_null(ring);
        entry = ring->entry;
        entry.slot = (uint32_t)ring->due.argument;
        cr_assert(world_rings_pop(&bed->rings));
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
    world_rings_init(&bed.rings);
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

Test(world_rings, forget_what_was_cancelled_and_nothing_else)
{
    struct world_rings rings;
    struct event_entry made[8];
    world_rings_init(&rings);
    for (uint32_t i = 0; i < 8; i++) {
        struct world_ring_entry *entry = world_rings_push(&rings, 10, 10 + i, i);
        cr_assert_not_null(entry);
        entry->due.argument = i;
        made[i] = entry->entry;
    }
    world_rings_cancel(&rings, made[1].slot, made[1].generation);
    world_rings_cancel(&rings, made[4].slot, made[4].generation);
    world_rings_cancel(&rings, made[4].slot, made[4].generation); /* once is enough */
    cr_assert(world_rings_pop(&rings));
    world_rings_cancel(&rings, made[0].slot, made[0].generation); /* it is past */

    /* these have the marks of those three */
    for (uint32_t i = 8; i < 11; i++) {
        cr_assert_not_null(world_rings_push(&rings, 10, 10 + i, i));
    }
    cr_assert_eq(rings.marks.count, 8);
    world_rings_cancel(&rings, made[1].slot, made[1].generation);
    for (uint32_t i = 1; i < 11; i++) {
        const struct world_ring_entry *first = world_rings_first(&rings);
        cr_assert_not_null(first);
        cr_assert_eq(first->entry.order, i);
        cr_expect_eq(world_rings_pop(&rings), i != 1 && i != 4, "%u", (unsigned)i);
    }
    cr_assert_null(world_rings_first(&rings));
    world_rings_fini(&rings);
}

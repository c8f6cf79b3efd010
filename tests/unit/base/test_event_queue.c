/*
 * tests/unit/base/test_event_queue.c
 *
 * Goal:   the ladder queue hands out exactly what a binary heap hands out, in the same order.
 * Method: both get the same pushes and pops, drawn from seeds, over patterns that reach every part:
 *         few and many, equal instants, two scales, the far future, pushes at the current instant,
 *         peeks between, and compaction. What is said to be ahead is looked for among the pending.
 */
#include <criterion/criterion.h>

#include "platform/base/event_bucket.h"
#include "platform/base/event_queue.h"
#include "platform/base/rng.h"

enum pattern {
    PATTERN_EXPONENTIAL,
    PATTERN_TIES,       /* few instants, many classes */
    PATTERN_BIMODAL,    /* ns and hours */
    PATTERN_FAR_FUTURE, /* mostly near, some beyond any other */
    PATTERN_MONOTONE,   /* each later than all before */
    PATTERN_NOW,        /* bursts at the current instant */
    PATTERN_EXTREMES    /* the ends of int64_t */
};
#define PATTERN_COUNT (PATTERN_EXTREMES + 1)

struct story {
    struct event_queue *queue;
    struct event_heap   heap;
    struct rng          rng;
    enum pattern        pattern;
    uint64_t            seed;
    int64_t             now_ns;
    int64_t             latest_ns;
    uint64_t            sequence;
};

static int64_t
draw_delay_ns(struct story *story)
{
    struct rng *rng = &story->rng;
    switch (story->pattern) {
    case PATTERN_EXPONENTIAL:
        return rng_between(rng, 0, INT64_C(1) << rng_below(rng, 34));
    case PATTERN_TIES:
        return SEC(rng_below(rng, 3));
    case PATTERN_BIMODAL:
        return rng_chance(rng, PPM / 2) ? rng_below(rng, 1000) : HOUR(1) + rng_below(rng, 1000000);
    case PATTERN_FAR_FUTURE:
        return rng_chance(rng, PPM / 100) ? rng_between(rng, 0, HOUR(24 * 365 * 10))
                                          : rng_below(rng, 1000000);
    case PATTERN_MONOTONE:
        story->latest_ns += rng_below(rng, 1000);
        return int64_max(story->latest_ns - story->now_ns, 0);
    case PATTERN_NOW:
        return rng_chance(rng, PPM * 9 / 10) ? 0 : rng_below(rng, 100000);
    case PATTERN_EXTREMES:
        return rng_chance(rng, PPM / 2)
                   ? int64_min(rng_below(rng, 2), INT64_MAX - story->now_ns)
                   : int64_max(INT64_MAX - story->now_ns - rng_below(rng, 3), 0);
    }
    return 0;
}

static void
push_at(struct story *story, int64_t at_ns)
{
    story->sequence++;
    const struct event_entry entry = {
        .at_ns = at_ns,
        .order = (uint64_t)rng_below(&story->rng, 5) << 56 | story->sequence,
        .slot = (uint32_t)story->sequence,
        .generation = (uint32_t)rng_below(&story->rng, 4),
    };
    event_queue_push(story->queue, entry);
    event_heap_push(&story->heap, entry);
}

static void
push_one(struct story *story)
{
    push_at(story, story->now_ns + draw_delay_ns(story));
}

static void
assert_equal(const struct story *story, const struct event_entry *a, const struct event_entry *b)
{
    cr_assert(a->at_ns == b->at_ns && a->order == b->order && a->slot == b->slot &&
                  a->generation == b->generation,
              "pattern %d seed %llu: ladder has %lld/%llx, heap has %lld/%llx", story->pattern,
              (unsigned long long)story->seed, (long long)a->at_ns, (unsigned long long)a->order,
              (long long)b->at_ns, (unsigned long long)b->order);
}

static bool
pop_one(struct story *story)
{
    struct event_entry from_queue = { 0 };
    struct event_entry from_heap = { 0 };
    struct event_entry peeked = { 0 };
    const bool peek = rng_chance(&story->rng, PPM / 4);
    if (peek) {
        cr_assert_eq(event_queue_peek(story->queue, &peeked), story->heap.count > 0);
        if (rng_chance(&story->rng, PPM / 4)) { /* a peek must not forbid what is due before it */
            push_one(story);
            cr_assert(event_queue_peek(story->queue, &peeked));
        }
    }
    const bool any = event_heap_pop(&story->heap, &from_heap);
    cr_assert_eq(event_queue_pop(story->queue, &from_queue), any);
    if (any) {
        assert_equal(story, &from_queue, &from_heap);
        if (peek) {
            assert_equal(story, &peeked, &from_heap);
        }
        story->now_ns = from_heap.at_ns;
    }
    cr_assert_eq(event_queue_count(story->queue), story->heap.count);
    return any;
}

static bool
is_stale(const struct event_entry *entry, void *context)
{
    const uint32_t *generation = context;
    return entry->generation == *generation;
}

static void
compact_both(struct story *story)
{
    uint32_t generation = rng_below(&story->rng, 4);
    event_queue_compact(story->queue, is_stale, &generation);
    struct event_heap kept = { 0 };
    for (uint64_t i = 0; i < story->heap.count; i++) {
        if (!is_stale(&story->heap.entries[i], &generation)) {
            event_heap_push(&kept, story->heap.entries[i]);
        }
    }
    event_heap_fini(&story->heap);
    story->heap = kept;
    cr_assert_eq(event_queue_count(story->queue), story->heap.count);
}

/* Grows to about so many, holds, shrinks to nothing, and starts over. */
static void
tell(enum pattern pattern, uint64_t seed, uint32_t pending_max)
{
    struct story story = { .queue = event_queue_open(), .pattern = pattern, .seed = seed };
    rng_init(&story.rng, seed, (uint32_t)pattern, "event_queue");
    for (uint32_t round = 0; round < 3; round++) {
        while (story.heap.count < pending_max) {
            push_one(&story);
            if (rng_chance(&story.rng, PPM / 5)) {
                pop_one(&story);
            }
        }
        for (uint32_t i = 0; i < pending_max * 2; i++) {
            push_one(&story);
            pop_one(&story);
            if (rng_below(&story.rng, pending_max) == 0) {
                compact_both(&story);
            }
        }
        while (pop_one(&story)) {
        }
        story.latest_ns = story.now_ns;
        if (story.now_ns > INT64_MAX - HOUR(24 * 365 * 20)) {
            break; /* the end of time was reached */
        }
    }
    event_heap_fini(&story.heap);
    event_queue_close(story.queue);
}

Test(event_queue, orders_few_as_a_heap_does, .timeout = 60)
{
    for (uint32_t pattern = 0; pattern < PATTERN_COUNT; pattern++) {
        for (uint64_t seed = 1; seed <= 20; seed++) {
            tell((enum pattern)pattern, seed, 50);
        }
    }
}

Test(event_queue, orders_many_as_a_heap_does, .timeout = 120)
{
    for (uint32_t pattern = 0; pattern < PATTERN_COUNT; pattern++) {
        for (uint64_t seed = 1; seed <= 3; seed++) {
            tell((enum pattern)pattern, seed, 20000);
        }
    }
}

Test(event_queue, changes_between_few_and_many, .timeout = 60)
{
    for (uint64_t seed = 1; seed <= 10; seed++) {
        for (uint32_t pending_max = 200; pending_max <= 1200; pending_max += 100) {
            tell(PATTERN_EXPONENTIAL, seed, pending_max);
            tell(PATTERN_NOW, seed, pending_max);
            tell(PATTERN_TIES, seed, pending_max);
        }
    }
}

Test(event_queue, runs_classes_before_sequence_at_one_instant)
{
    struct event_queue *queue = event_queue_open();
    const uint64_t orders[] = { UINT64_C(2) << 56 | 1, UINT64_C(1) << 56 | 3, UINT64_C(1) << 56 | 2,
                                UINT64_C(0) << 56 | 4 };
    const uint64_t wanted[] = { orders[3], orders[2], orders[1], orders[0] };
    for (uint32_t i = 0; i < COUNT_OF(orders); i++) {
        event_queue_push(queue, (struct event_entry){ .at_ns = 7, .order = orders[i] });
    }
    for (uint32_t i = 0; i < COUNT_OF(wanted); i++) {
        struct event_entry entry = { 0 };
        cr_assert(event_queue_pop(queue, &entry));
        cr_assert_eq(entry.order, wanted[i]);
    }
    event_queue_close(queue);
}

/*
 * A bucket is partly handed out when hundreds more come into its span, before and among the rest.
 */
Test(event_queue, cuts_a_bottom_that_is_half_consumed, .timeout = 60)
{
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct story story = { .queue = event_queue_open(), .pattern = PATTERN_NOW, .seed = seed };
        rng_init(&story.rng, seed, 0, "burst");
        for (uint32_t i = 0; i < 3000; i++) {
            push_at(&story, SEC(i / 3));
        }
        for (uint32_t i = 0; i < 100; i++) {
            const uint32_t pops = rng_below(&story.rng, 30);
            for (uint32_t k = 0; k < pops; k++) {
                pop_one(&story);
            }
            const int64_t span_ns = INT64_C(1) << rng_below(&story.rng, 36);
            for (uint32_t k = 0; k < 400; k++) {
                push_at(&story, story.now_ns + rng_between(&story.rng, 0, span_ns));
            }
        }
        while (pop_one(&story)) {
        }
        event_heap_fini(&story.heap);
        event_queue_close(story.queue);
    }
}

Test(event_queue, survives_pushes_behind_a_peek_into_deeper_and_deeper_spans, .timeout = 60)
{
    /* Each peek lets the ladder lay out the late end of a span; the burst then comes before it. */
    struct story story = { .queue = event_queue_open(), .pattern = PATTERN_NOW };
    rng_init(&story.rng, 1, 0, "deep");
    int64_t far_ns = INT64_C(1) << 60;
    for (uint32_t round = 0; round < 40; round++) {
        for (uint32_t i = 0; i < 1500; i++) {
            story.sequence++;
            const int64_t delay_ns = i % 2 == 0 ? (int64_t)i : far_ns - (int64_t)i;
            const struct event_entry entry = { .at_ns = story.now_ns + delay_ns,
                                               .order = story.sequence };
            event_queue_push(story.queue, entry);
            event_heap_push(&story.heap, entry);
        }
        for (uint32_t i = 0; i < 760; i++) {
            pop_one(&story);
        }
        struct event_entry peeked = { 0 };
        cr_assert(event_queue_peek(story.queue, &peeked));
        far_ns = (peeked.at_ns - story.now_ns) / 2;
        if (far_ns < 4000) {
            break;
        }
    }
    while (pop_one(&story)) {
    }
    event_heap_fini(&story.heap);
    event_queue_close(story.queue);
}

Test(event_queue, says_that_it_is_empty)
{
    struct event_queue *queue = event_queue_open();
    struct event_entry entry = { 0 };
    cr_assert_not(event_queue_peek(queue, &entry));
    cr_assert_not(event_queue_pop(queue, &entry));
    cr_assert_eq(event_queue_count(queue), 0);
    event_queue_close(queue);
    event_queue_close(NULL);
}

Test(event_queue, gives_back_what_only_a_rush_needed)
{
    enum { BUCKETS = 500, EACH = 1000 };
    struct event_store store = { 0 };
    struct event_bucket buckets[BUCKETS] = { 0 };
    struct event_entry entries[EACH];
    for (uint32_t round = 0; round < 3; round++) {
        for (uint32_t i = 0; i < BUCKETS * EACH; i++) {
            event_bucket_push(&store, &buckets[i % BUCKETS], (struct event_entry){ .at_ns = i });
        }
        cr_assert_geq(store.slabs_count, 150);
        for (uint32_t b = 0; b < BUCKETS; b++) {
            event_bucket_take(&store, &buckets[b], entries);
            for (uint32_t i = 0; i < EACH; i++) {
                cr_assert_eq(entries[i].at_ns, i * BUCKETS + b);
            }
        }
        cr_assert_leq(store.slabs_count, EVENT_STORE_WARM + 1, "%u slabs", store.slabs_count);
    }
    event_store_fini(&store);
}

/* What is said to be ahead waits still, whatever has come, gone or been cut since; entries of a
 * slot that was popped do not. */
static void
expect_waits(const struct event_entry *ahead, const bool *waits, uint32_t *found)
{
    if (ahead != NULL) {
        cr_assert(waits[ahead->slot], "slot %u", ahead->slot);
        (*found)++;
    }
}

Test(event_queue, names_those_ahead_that_still_wait, .timeout = 60)
{
    enum { AHEAD_MANY = 20000 };
    static bool         waits[2 * AHEAD_MANY];
    struct event_queue *queue = event_queue_open();
    struct event_entry  entry = { 0 };
    struct rng          rng;
    uint32_t            slots = 0, found = 0, popped = 0;
    rng_init(&rng, 7, 0, "ahead");
    for (; slots < AHEAD_MANY; slots++) {
        event_queue_put(queue, rng_between(&rng, 0, MS(20)), slots, slots, 0);
        waits[slots] = true;
    }
    while (event_queue_pop(queue, &entry)) {
        waits[entry.slot] = false;
        popped++;
        if (popped % 2 == 0 && slots < 2 * AHEAD_MANY) {
            event_queue_put(queue, entry.at_ns + rng_between(&rng, 0, MS(20)), slots, slots, 0);
            waits[slots++] = true;
        }
        const struct event_ahead ahead = event_queue_ahead(queue, 4, 8);
        expect_waits(ahead.near, waits, &found);
        expect_waits(ahead.far, waits, &found);
    }
    cr_expect_gt(found, popped, "mostly it is known");
    event_queue_close(queue);
}

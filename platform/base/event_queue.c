/*
 * platform/base/event_queue.c - the ladder queue.
 *
 * From soon to late:  bottom | rungs, the deepest first | top
 *   bottom  everything up to bottom_last_ns: a sorted run that was laid out once, and a heap for
 *           what was pushed into that span afterwards.
 *   rung    a span cut into at most 512 buckets of 2^shift ns; a bucket that is too full to be
 *           sorted at once becomes the next, deeper rung.
 *   top     what lies beyond the first rung, unsorted.
 * While few are pending there are no rungs, the bottom has no end, and its heap is all there is.
 */
#include "platform/base/event_queue.h"

#include "platform/base/event_rung.h"
#include "platform/base/event_sort.h"
#include "platform/base/memory.h"

/* Found by measuring (tests/bench/bench_event_queue.c). */
enum {
    BUCKETS_BITS_MIN = 6,    /* so that a deeper rung is at least 64 times finer */
    BUCKET_ENTRIES_AIM = 8,  /* a rung gets as many buckets as make them this full */
    SORT_MAX = 64,           /* a bucket of at most so many is sorted at once */
    HEAP_MAX = 256,          /* a bottom with more late entries is cut into buckets */
    RUNGS_MAX = 12           /* 64 bits of span, mostly 6 or more a rung; past it, only slower */
};
#define NO_END INT64_MAX

struct event_queue {
    uint64_t            count;
    int64_t             popped_ns;      /* of the last entry popped */
    int64_t             bottom_last_ns; /* what lies later is in the rungs or the top */
    struct event_heap   late;           /* in the bottom, pushed after the run was made */
    struct event_entry *run;            /* owned: sorted, taken from run_next on */
    struct event_entry *scratch;        /* owned: as large as run */
    uint64_t            run_next;
    uint64_t            run_count;
    uint64_t            run_capacity;
    uint32_t            rungs_count;
    struct event_rung   rungs[RUNGS_MAX]; /* the deepest, soonest one last */
    const struct event_bucket *behind; /* the run, in the deepest rung; NULL: not known */
    struct event_bucket top;
    int64_t             top_first_ns;
    int64_t             top_last_ns;
    struct event_store  store;
};

struct event_queue *
event_queue_open(void)
{
    struct event_queue *queue = memory_alloc_zero(1, sizeof *queue);
    queue->popped_ns = INT64_MIN;
    queue->bottom_last_ns = NO_END;
    return queue;
}

void
event_queue_close(struct event_queue *queue)
{
    if (queue == NULL) {
        return;
    }
    event_heap_fini(&queue->late);
    event_store_fini(&queue->store);
    memory_free(queue->run);
    memory_free(queue->scratch);
    memory_free(queue);
}

uint64_t
event_queue_count(const struct event_queue *queue)
{
    return queue->count;
}

/* --- rungs and top --- */

/* A new deepest rung over a span, with buckets for so many entries; all are empty already. */
static struct event_rung *
event_queue_add_rung(struct event_queue *queue, int64_t first_ns, int64_t last_ns, uint64_t count)
{
    ASSERT(queue->rungs_count < RUNGS_MAX);
    ASSERT(first_ns <= last_ns);
    ASSERT(first_ns > INT64_MIN);
    uint32_t buckets_bits = BUCKETS_BITS_MIN;
    while (buckets_bits < EVENT_RUNG_BITS && (count >> buckets_bits) > BUCKET_ENTRIES_AIM) {
        buckets_bits++;
    }
    const uint64_t span = (uint64_t)last_ns - (uint64_t)first_ns;
    const uint32_t span_bits = span == 0 ? 0 : 64 - (uint32_t)__builtin_clzll(span);
    struct event_rung *rung = &queue->rungs[queue->rungs_count];
    queue->rungs_count++;
    queue->behind = NULL;
    rung->first_ns = first_ns;
    rung->last_ns = last_ns;
    rung->shift = span_bits > buckets_bits ? span_bits - buckets_bits : 0;
    rung->next = 0;
    queue->bottom_last_ns = first_ns - 1;
    return rung;
}

static void
event_queue_spread(struct event_queue *queue, struct event_bucket *from, struct event_rung *rung)
{
    struct event_chunk *chunk = NULL;
    uint32_t count = 0;
    while ((chunk = event_bucket_next_chunk(from, &count)) != NULL) {
        for (uint32_t i = 0; i < count; i++) {
            event_rung_push(rung, &queue->store, chunk->entries[i]);
        }
        event_store_give(&queue->store, chunk);
    }
}

static void
event_queue_push_top(struct event_queue *queue, struct event_entry entry)
{
    if (queue->top.count == 0) {
        queue->top_first_ns = entry.at_ns;
        queue->top_last_ns = entry.at_ns;
    }
    queue->top_first_ns = int64_min(queue->top_first_ns, entry.at_ns);
    queue->top_last_ns = int64_max(queue->top_last_ns, entry.at_ns);
    event_bucket_push(&queue->store, &queue->top, entry);
}

/* --- the bottom --- */

static uint64_t
event_queue_run_left(const struct event_queue *queue)
{
    return queue->run_count - queue->run_next;
}

static void
event_queue_fill_run(struct event_queue *queue, struct event_bucket *bucket)
{
    ASSERT(event_queue_run_left(queue) == 0);
    const uint64_t count = bucket->count;
    if (count > queue->run_capacity) {
        queue->run_capacity = count < 2 * SORT_MAX ? 2 * SORT_MAX : count + count / 2;
        const size_t bytes = queue->run_capacity * sizeof *queue->run;
        memory_free(queue->run);
        memory_free(queue->scratch);
        queue->run = memory_alloc(bytes);
        queue->scratch = memory_alloc(bytes);
    }
    event_bucket_take(&queue->store, bucket, queue->run);
    event_sort(&queue->run, &queue->scratch, count);
    queue->run_next = 0;
    queue->run_count = count;
}

/* Takes the next bucket of the deepest rung into the bottom, or makes a deeper rung of it. */
static void
event_queue_descend(struct event_queue *queue)
{
    struct event_rung *rung = &queue->rungs[queue->rungs_count - 1];
    const uint32_t next = event_rung_find(rung);
    if (next == EVENT_RUNG_BUCKETS) {
        queue->rungs_count--;
        return;
    }
    struct event_bucket *bucket = &rung->buckets[next];
    const int64_t last_ns = event_rung_bucket_last_ns(rung, next);
    rung->next = next + 1;
    rung->used[next / 64] &= ~(UINT64_C(1) << (next % 64));
    if (bucket->count > SORT_MAX && rung->shift > 0 && queue->rungs_count < RUNGS_MAX) {
        const int64_t first_ns = event_rung_bucket_first_ns(rung, next);
        event_queue_spread(queue, bucket,
                           event_queue_add_rung(queue, first_ns, last_ns, bucket->count));
        return;
    }
    event_queue_fill_run(queue, bucket);
    queue->bottom_last_ns = last_ns;
    const uint32_t behind = event_rung_find(rung);
    queue->behind = behind < EVENT_RUNG_BUCKETS ? &rung->buckets[behind] : NULL;
    if (queue->behind != NULL) {
        event_bucket_fetch(queue->behind);
    }
}

static bool
event_queue_has_bottom(const struct event_queue *queue)
{
    return event_queue_run_left(queue) > 0 || queue->late.count > 0;
}

/* Makes the bottom hold the earliest entry. False when the queue is empty. */
static bool
event_queue_refill(struct event_queue *queue)
{
    while (!event_queue_has_bottom(queue)) {
        if (queue->rungs_count > 0) {
            event_queue_descend(queue);
        } else if (queue->top.count > HEAP_MAX / 2) {
            event_queue_spread(queue, &queue->top,
                               event_queue_add_rung(queue, queue->top_first_ns, queue->top_last_ns,
                                                    queue->top.count));
        } else {
            queue->bottom_last_ns = NO_END;
            event_queue_fill_run(queue, &queue->top);
            return queue->run_count > 0;
        }
    }
    return true;
}

/* Cuts a bottom that became too large into a deeper rung. */
static void
event_queue_split_bottom(struct event_queue *queue)
{
    int64_t first_ns = queue->late.entries[0].at_ns;
    int64_t last_ns = queue->bottom_last_ns;
    if (event_queue_run_left(queue) > 0) {
        first_ns = int64_min(first_ns, queue->run[queue->run_next].at_ns);
    }
    if (last_ns == NO_END) { /* no rungs yet: an end is needed */
        last_ns = event_queue_run_left(queue) > 0 ? queue->run[queue->run_count - 1].at_ns : 0;
        last_ns = int64_max(last_ns, first_ns);
        for (uint64_t i = 0; i < queue->late.count; i++) {
            last_ns = int64_max(last_ns, queue->late.entries[i].at_ns);
        }
    }
    if (first_ns == last_ns) {
        return; /* all at one instant: nothing to cut */
    }
    const uint64_t count = event_queue_run_left(queue) + queue->late.count;
    struct event_rung *rung = event_queue_add_rung(queue, first_ns, last_ns, count);
    for (uint64_t i = queue->run_next; i < queue->run_count; i++) {
        event_rung_push(rung, &queue->store, queue->run[i]);
    }
    for (uint64_t i = 0; i < queue->late.count; i++) {
        event_rung_push(rung, &queue->store, queue->late.entries[i]);
    }
    queue->run_next = queue->run_count;
    queue->late.count = 0;
}

static void
event_queue_push_bottom(struct event_queue *queue, struct event_entry entry)
{
    event_heap_push(&queue->late, entry);
    const bool too_large = queue->late.count > HEAP_MAX;
    if (too_large && queue->late.count >= event_queue_run_left(queue) &&
        queue->rungs_count < RUNGS_MAX) {
        event_queue_split_bottom(queue);
    }
}

/* --- public --- */

void
event_queue_put(struct event_queue *queue, int64_t at_ns, uint64_t order, uint32_t slot,
                uint32_t generation)
{
    const struct event_entry entry = {
        .at_ns = at_ns, .order = order, .slot = slot, .generation = generation
    };
    ASSERT(entry.at_ns >= queue->popped_ns);
    queue->count++;
    if (entry.at_ns <= queue->bottom_last_ns) {
        event_queue_push_bottom(queue, entry);
        return;
    }
    if (queue->rungs_count == 0 || entry.at_ns > queue->rungs[0].last_ns) {
        event_queue_push_top(queue, entry);
        return;
    }
    uint32_t rung = 0; /* the deepest that reaches so far */
    while (rung + 1 < queue->rungs_count && entry.at_ns <= queue->rungs[rung + 1].last_ns) {
        rung++;
    }
    event_rung_push(&queue->rungs[rung], &queue->store, entry);
}

bool
event_queue_peek(struct event_queue *queue, struct event_entry *ret_entry)
{
    if (!event_queue_has_bottom(queue) && !event_queue_refill(queue)) {
        return false;
    }
    const bool in_run = event_queue_run_left(queue) > 0;
    const struct event_entry *run = in_run ? &queue->run[queue->run_next] : NULL;
    const struct event_entry *late = queue->late.count > 0 ? queue->late.entries : NULL;
    const bool take_run = late == NULL || (in_run && event_entry_before(run, late));
    *ret_entry = take_run ? *run : *late;
    return true;
}

bool
event_queue_pop(struct event_queue *queue, struct event_entry *ret_entry)
{
    return event_queue_pop_before(queue, NULL, ret_entry);
}

bool
event_queue_pop_before(struct event_queue *queue, const struct event_entry *limit,
                       struct event_entry *ret_entry)
{
    if (!event_queue_has_bottom(queue) && !event_queue_refill(queue)) {
        return false;
    }
    const bool in_run = event_queue_run_left(queue) > 0;
    const bool from_run = in_run && (queue->late.count == 0 ||
                                     event_entry_before(&queue->run[queue->run_next],
                                                        queue->late.entries));
    const struct event_entry *first = from_run ? &queue->run[queue->run_next]
                                               : queue->late.entries;
    if (limit != NULL && !event_entry_before(first, limit)) {
        return false;
    }
    if (from_run) {
        *ret_entry = queue->run[queue->run_next];
        queue->run_next++;
    } else {
        const bool popped = event_heap_pop(&queue->late, ret_entry);
        ASSERT(popped);
    }
    queue->count--;
    queue->popped_ns = ret_entry->at_ns;
    return true;
}

/* What the run does not reach is looked for in the bucket behind it, where it lies in no order. */
static const struct event_entry *
event_queue_one_ahead(const struct event_queue *queue, uint64_t distance)
{
    const uint64_t left = event_queue_run_left(queue);
    if (distance < left) {
        return &queue->run[queue->run_next + distance];
    }
    const struct event_bucket *bucket = queue->behind;
    return bucket != NULL && distance - left < event_bucket_oldest_count(bucket)
               ? &bucket->oldest->entries[distance - left]
               : NULL;
}

struct event_ahead
event_queue_ahead(const struct event_queue *queue, uint32_t near, uint32_t far)
{
    return (struct event_ahead){ .near = event_queue_one_ahead(queue, near),
                                 .far = event_queue_one_ahead(queue, far) };
}

static uint64_t
event_queue_compact_run(struct event_entry *entries, uint64_t count, event_stale_fn *stale,
                        void *context)
{
    uint64_t kept = 0;
    for (uint64_t i = 0; i < count; i++) {
        if (!stale(&entries[i], context)) {
            entries[kept] = entries[i];
            kept++;
        }
    }
    return kept;
}

void
event_queue_compact(struct event_queue *queue, event_stale_fn *stale, void *context)
{
    const uint64_t run_left = event_queue_run_left(queue);
    struct event_entry *run = queue->run_count > 0 ? &queue->run[queue->run_next] : NULL;
    queue->run_count =
        queue->run_next + event_queue_compact_run(run, run_left, stale, context);

    /* what is kept is pushed again, into the same array */
    const uint64_t late_count =
        event_queue_compact_run(queue->late.entries, queue->late.count, stale, context);
    queue->late.count = 0;
    for (uint64_t i = 0; i < late_count; i++) {
        event_heap_push(&queue->late, queue->late.entries[i]);
    }

    queue->count = event_queue_run_left(queue) + queue->late.count;
    for (uint32_t r = 0; r < queue->rungs_count; r++) {
        struct event_rung *rung = &queue->rungs[r];
        for (uint32_t b = rung->next; b < EVENT_RUNG_BUCKETS; b++) {
            event_bucket_compact(&queue->store, &rung->buckets[b], stale, context);
            queue->count += rung->buckets[b].count;
        }
    }
    event_bucket_compact(&queue->store, &queue->top, stale, context);
    queue->count += queue->top.count;
}

/* tests/bench/bench_event_floor.c - two levels of at most 512 buckets over a sorted bottom. */
#include "tests/bench/bench_event_floor.h"

#include "platform/base/memory.h"

enum { FLOOR_BUCKETS_BITS = 9, FLOOR_BUCKETS = 1 << FLOOR_BUCKETS_BITS };

struct event_floor_bucket {
    struct event_floor_entry *entries;
    uint32_t                  count;
    uint32_t                  capacity;
};

struct event_floor_level {
    int64_t                   first_ns;
    int64_t                   last_ns;
    uint32_t                  shift;
    uint32_t                  next;
    struct event_floor_bucket buckets[FLOOR_BUCKETS];
};

struct event_floor {
    struct event_floor_level  outer;
    struct event_floor_level  inner;
    struct event_floor_bucket top;
    struct event_floor_bucket bottom; /* sorted, the earliest last */
    int64_t                   bottom_last_ns;
    uint32_t                  inner_bits; /* buckets of the inner level, as a power of two */
};

struct event_floor *
event_floor_open(uint64_t pending)
{
    struct event_floor *queue = memory_alloc_zero(1, sizeof *queue);
    queue->outer.next = FLOOR_BUCKETS;
    queue->inner.next = FLOOR_BUCKETS;
    queue->outer.last_ns = -1;
    queue->inner.last_ns = -1;
    queue->bottom_last_ns = -1;
    for (uint64_t left = pending / FLOOR_BUCKETS; left > 4; left /= 2) {
        queue->inner_bits += queue->inner_bits < FLOOR_BUCKETS_BITS ? 1 : 0;
    }
    return queue;
}

void
event_floor_close(struct event_floor *queue)
{
    for (uint32_t i = 0; i < FLOOR_BUCKETS; i++) {
        memory_free(queue->outer.buckets[i].entries);
        memory_free(queue->inner.buckets[i].entries);
    }
    memory_free(queue->top.entries);
    memory_free(queue->bottom.entries);
    memory_free(queue);
}

static inline void
event_floor_add(struct event_floor_bucket *bucket, struct event_floor_entry entry)
{
    if (bucket->count == bucket->capacity) {
        bucket->capacity = bucket->capacity < 16 ? 16 : bucket->capacity * 2;
        bucket->entries =
            memory_resize(bucket->entries, bucket->capacity * sizeof *bucket->entries);
    }
    bucket->entries[bucket->count] = entry;
    bucket->count++;
}

static void
event_floor_insert(struct event_floor_bucket *bottom, struct event_floor_entry entry)
{
    event_floor_add(bottom, entry);
    uint32_t hole = bottom->count - 1;
    while (hole > 0 && bottom->entries[hole - 1].at_ns < entry.at_ns) {
        bottom->entries[hole] = bottom->entries[hole - 1];
        hole--;
    }
    bottom->entries[hole] = entry;
}

static inline void
event_floor_level_push(struct event_floor_level *level, struct event_floor_entry entry)
{
    event_floor_add(&level->buckets[(uint64_t)(entry.at_ns - level->first_ns) >> level->shift],
                    entry);
}

void
event_floor_push(struct event_floor *queue, struct event_floor_entry entry)
{
    if (entry.at_ns > queue->outer.last_ns) {
        event_floor_add(&queue->top, entry);
    } else if (entry.at_ns > queue->inner.last_ns) {
        event_floor_level_push(&queue->outer, entry);
    } else if (entry.at_ns > queue->bottom_last_ns) {
        event_floor_level_push(&queue->inner, entry);
    } else {
        event_floor_insert(&queue->bottom, entry);
    }
}

/* Lays a level over a span with 2^bits buckets, and deals the bucket out into it. */
static void
event_floor_spread(struct event_floor_level *level, struct event_floor_bucket *from,
                   int64_t first_ns, int64_t last_ns, uint32_t bits)
{
    const uint64_t span = (uint64_t)(last_ns - first_ns) | 1;
    const uint32_t span_bits = 64 - (uint32_t)__builtin_clzll(span);
    level->first_ns = first_ns;
    level->last_ns = last_ns;
    level->shift = span_bits > bits ? span_bits - bits : 0;
    level->next = 0;
    for (uint32_t i = 0; i < from->count; i++) {
        event_floor_level_push(level, from->entries[i]);
    }
    from->count = 0;
}

static void
event_floor_spread_top(struct event_floor *queue)
{
    int64_t first_ns = INT64_MAX;
    int64_t last_ns = 0;
    for (uint32_t i = 0; i < queue->top.count; i++) {
        first_ns = int64_min(first_ns, queue->top.entries[i].at_ns);
        last_ns = int64_max(last_ns, queue->top.entries[i].at_ns);
    }
    ASSERT(queue->top.count > 0);
    event_floor_spread(&queue->outer, &queue->top, first_ns, last_ns, FLOOR_BUCKETS_BITS);
}

static int64_t
event_floor_bucket_last_ns(const struct event_floor_level *level, uint32_t bucket)
{
    return int64_min(level->last_ns,
                     level->first_ns + (((int64_t)bucket + 1) << level->shift) - 1);
}

static void
event_floor_refill(struct event_floor *queue)
{
    while (queue->bottom.count == 0) {
        if (queue->inner.next < (1U << queue->inner_bits)) {
            struct event_floor_bucket *bucket = &queue->inner.buckets[queue->inner.next];
            queue->bottom_last_ns = event_floor_bucket_last_ns(&queue->inner, queue->inner.next);
            queue->inner.next++;
            for (uint32_t i = 0; i < bucket->count; i++) {
                event_floor_insert(&queue->bottom, bucket->entries[i]);
            }
            bucket->count = 0;
        } else if (queue->outer.next < FLOOR_BUCKETS) {
            const uint32_t next = queue->outer.next;
            queue->outer.next++;
            event_floor_spread(&queue->inner, &queue->outer.buckets[next],
                               queue->outer.first_ns + ((int64_t)next << queue->outer.shift),
                               event_floor_bucket_last_ns(&queue->outer, next), queue->inner_bits);
            queue->bottom_last_ns = queue->inner.first_ns - 1;
        } else {
            event_floor_spread_top(queue);
        }
    }
}

struct event_floor_entry
event_floor_pop(struct event_floor *queue)
{
    event_floor_refill(queue);
    queue->bottom.count--;
    return queue->bottom.entries[queue->bottom.count];
}

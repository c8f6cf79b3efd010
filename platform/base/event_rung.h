/*
 * platform/base/event_rung.h - a rung of the ladder queue (event_queue.c): a span cut into buckets.
 * Private to the queue, whose inner loop wants it inlined.
 */
#ifndef PLATFORM_BASE_EVENT_RUNG_H
#define PLATFORM_BASE_EVENT_RUNG_H

#include "platform/base/event_bucket.h"

enum {
    EVENT_RUNG_BITS = 9, /* 512 buckets: their open chunks fit the second-level cache */
    EVENT_RUNG_BUCKETS = 1 << EVENT_RUNG_BITS
};

struct event_rung {
    int64_t             first_ns;
    int64_t             last_ns;
    uint32_t            shift;               /* a bucket is 2^shift ns wide */
    uint32_t            next;                /* the first bucket that was not taken yet */
    uint64_t            used[EVENT_RUNG_BUCKETS / 64]; /* a bit a bucket that is not empty */
    struct event_bucket buckets[EVENT_RUNG_BUCKETS];
};

static inline void
event_rung_push(struct event_rung *rung, struct event_store *store, struct event_entry entry)
{
    const uint64_t bucket = ((uint64_t)entry.at_ns - (uint64_t)rung->first_ns) >> rung->shift;
    rung->used[bucket / 64] |= UINT64_C(1) << (bucket % 64);
    event_bucket_push(store, &rung->buckets[bucket], entry);
}

/* The first bucket from next on that is not empty, or EVENT_RUNG_BUCKETS. */
static inline uint32_t
event_rung_find(const struct event_rung *rung)
{
    uint32_t word = rung->next / 64;
    if (rung->next >= EVENT_RUNG_BUCKETS) {
        return EVENT_RUNG_BUCKETS;
    }
    uint64_t used = rung->used[word] & (UINT64_MAX << (rung->next % 64));
    while (used == 0) {
        word++;
        if (word == EVENT_RUNG_BUCKETS / 64) {
            return EVENT_RUNG_BUCKETS;
        }
        used = rung->used[word];
    }
    return word * 64 + (uint32_t)__builtin_ctzll(used);
}

static inline int64_t
event_rung_bucket_first_ns(const struct event_rung *rung, uint32_t bucket)
{
    return (int64_t)((uint64_t)rung->first_ns + ((uint64_t)bucket << rung->shift));
}

static inline int64_t
event_rung_bucket_last_ns(const struct event_rung *rung, uint32_t bucket)
{
    const int64_t first_ns = event_rung_bucket_first_ns(rung, bucket);
    const uint64_t left = (uint64_t)rung->last_ns - (uint64_t)first_ns;
    const uint64_t width = UINT64_C(1) << rung->shift;
    return left < width ? rung->last_ns : (int64_t)((uint64_t)first_ns + width - 1);
}

#endif

/*
 * platform/gateway/counters.c - counts by key and window, bounded: buckets of a few places, the
 * whole doubled while it is full of windows that have not ended, up to a limit.
 */
#include <string.h>

#include "platform/base/memory.h"
#include "platform/base/record.h"
#include "platform/gateway/admit.h"

enum { COUNTERS_FIRST = 64, COUNTERS_BUCKET = 8 };

struct counter {
    uint64_t key;    /* 0: free */
    int64_t  end_ns; /* of its window */
    int64_t  count;
};

struct gateway_counters {
    struct counter *items;
    uint32_t        capacity; /* a power of two, at least one bucket */
};

struct gateway_counters *
counters_open(void)
{
    struct gateway_counters *counters = memory_alloc_zero(1, sizeof *counters);
    counters->items = memory_alloc_zero(COUNTERS_FIRST, sizeof *counters->items);
    counters->capacity = COUNTERS_FIRST;
    return counters;
}

void
counters_close(struct gateway_counters *counters)
{
    if (counters != NULL) {
        memory_free(counters->items);
        memory_free(counters);
    }
}

static struct counter *
counters_bucket(struct counter *items, uint32_t capacity, uint64_t key)
{
    const uint64_t mixed = hash_step(key, 0);
    return &items[mixed % (capacity / COUNTERS_BUCKET) * COUNTERS_BUCKET];
}

/* A place for a new key: free, of a window that has ended, or NULL. */
static struct counter *
counters_place(struct counter *bucket, int64_t now_ns)
{
    for (uint32_t i = 0; i < COUNTERS_BUCKET; i++) {
        if (bucket[i].key == 0 || bucket[i].end_ns <= now_ns) {
            return &bucket[i];
        }
    }
    return NULL;
}

static struct counter *
counters_oldest(struct counter *bucket)
{
    struct counter *oldest = bucket;
    for (uint32_t i = 1; i < COUNTERS_BUCKET; i++) {
        oldest = bucket[i].end_ns < oldest->end_ns ? &bucket[i] : oldest;
    }
    return oldest;
}

static void
counters_grow(struct gateway_counters *counters, int64_t now_ns)
{
    const uint32_t  capacity = 2 * counters->capacity;
    struct counter *items = memory_alloc_zero(capacity, sizeof *items);
    for (uint32_t i = 0; i < counters->capacity; i++) {
        const struct counter *from = &counters->items[i];
        if (from->key != 0 && from->end_ns > now_ns) {
            struct counter *bucket = counters_bucket(items, capacity, from->key);
            struct counter *place = counters_place(bucket, now_ns);
            *(place != NULL ? place : counters_oldest(bucket)) = *from;
        }
    }
    memory_free(counters->items);
    counters->items = items;
    counters->capacity = capacity;
}

int64_t *
counters_at(struct gateway_counters *counters, uint64_t key, int64_t end_ns, int64_t now_ns)
{
    key += key == 0;
    struct counter *bucket = counters_bucket(counters->items, counters->capacity, key);
    for (uint32_t i = 0; i < COUNTERS_BUCKET; i++) {
        if (bucket[i].key == key && bucket[i].end_ns == end_ns) {
            return &bucket[i].count;
        }
    }
    struct counter *place = counters_place(bucket, now_ns);
    while (place == NULL && counters->capacity < GATEWAY_COUNTERS_MAX) {
        counters_grow(counters, now_ns);
        bucket = counters_bucket(counters->items, counters->capacity, key);
        place = counters_place(bucket, now_ns);
    }
    place = place != NULL ? place : counters_oldest(bucket);
    *place = (struct counter){ .key = key, .end_ns = end_ns };
    return &place->count;
}

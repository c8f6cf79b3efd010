/*
 * platform/base/event_bucket.h - unsorted piles of events: what the ladder queue is made of.
 *
 * Inside: a bucket is a chain of chunks, the oldest first, and only the newest may have room.
 *         Chunks come from one store and go back to it, so memory is reused and an open chunk of
 *         each of 512 buckets stays in the second-level cache. What a rush needed is freed.
 * Calling: for platform/base/event_queue.c alone.
 */
#ifndef PLATFORM_BASE_EVENT_BUCKET_H
#define PLATFORM_BASE_EVENT_BUCKET_H

#include "platform/base/event_queue.h"
#include "platform/base/fetch.h"

enum { EVENT_CHUNK_ENTRIES = 21 }; /* 520 bytes with the links */

struct event_chunk {
    struct event_chunk *next; /* owned by the store */
    struct event_slab  *slab; /* what it was cut from */
    struct event_entry  entries[EVENT_CHUNK_ENTRIES];
};

enum { EVENT_STORE_WARM = 32 }; /* a power of two */
enum { EVENT_BUCKET_FETCH_LINES = 4 }; /* the first nine entries or so */

struct event_store { /* a zeroed store is valid and empty */
    struct event_chunk *warm[EVENT_STORE_WARM]; /* given back last, still in a cache; in turns */
    uint32_t            warm_at;                /* where the next one goes */
    uint32_t            slabs_count;
    struct event_slab  *room; /* owned: slabs with chunks to give out */
    struct event_slab  *full; /* owned: those without */
};

struct event_bucket { /* a zeroed bucket is valid and empty */
    struct event_chunk *oldest;
    struct event_chunk *newest;
    uint32_t            newest_count; /* entries in the newest chunk */
    uint32_t            count;        /* in all chunks */
};

void event_store_fini(struct event_store *store); /* every bucket must be forgotten */
void event_store_cool(struct event_store *store, struct event_chunk *chunk); /* to its slab */
void event_bucket_grow(struct event_store *store, struct event_bucket *bucket); /* one more chunk */

/* Copies all entries to an array that has room for them, oldest first, and empties the bucket. */
void event_bucket_take(struct event_store *store, struct event_bucket *bucket,
                       struct event_entry *entries);

void event_bucket_compact(struct event_store *store, struct event_bucket *bucket,
                          event_stale_fn *stale, void *context);

static inline void
event_store_give(struct event_store *store, struct event_chunk *chunk)
{
    struct event_chunk **warm = &store->warm[store->warm_at];
    if (*warm != NULL) {
        event_store_cool(store, *warm);
    }
    *warm = chunk;
    store->warm_at = (store->warm_at + 1) % EVENT_STORE_WARM;
}

static inline void
event_bucket_push(struct event_store *store, struct event_bucket *bucket, struct event_entry entry)
{
    if (bucket->newest == NULL || bucket->newest_count == EVENT_CHUNK_ENTRIES) {
        event_bucket_grow(store, bucket);
    }
    struct event_entry *to = &bucket->newest->entries[bucket->newest_count];
    to->at_ns = entry.at_ns; /* field by field: from registers */
    to->order = entry.order;
    to->slot = entry.slot;
    to->generation = entry.generation;
    bucket->newest_count++;
    bucket->count++;
}

/* How many are in the oldest chunk. */
static inline uint32_t
event_bucket_oldest_count(const struct event_bucket *bucket)
{
    return bucket->oldest == bucket->newest ? bucket->newest_count : EVENT_CHUNK_ENTRIES;
}

/* What is read first of a bucket that comes next. */
static inline void
event_bucket_fetch(const struct event_bucket *bucket)
{
    for (uint32_t i = 0; i < EVENT_BUCKET_FETCH_LINES; i++) {
        fetch_line((const char *)bucket->oldest + (size_t)i * FETCH_LINE_BYTES);
    }
}

/*
 * To empty a bucket chunk by chunk: the oldest chunk, or NULL when none is left. What it holds is
 * valid until it is given back.
 */
static inline struct event_chunk *
event_bucket_next_chunk(struct event_bucket *bucket, uint32_t *ret_count)
{
    struct event_chunk *chunk = bucket->oldest;
    if (chunk != NULL) {
        *ret_count = event_bucket_oldest_count(bucket);
        bucket->oldest = chunk->next;
        if (chunk == bucket->newest) {
            *bucket = (struct event_bucket){ 0 };
        }
    }
    return chunk;
}

#endif

/* platform/base/event_bucket.c - chunks of events, cut from slabs and used again. */
#include "platform/base/event_bucket.h"

#include <string.h>

#include "platform/base/memory.h"

enum { SLAB_CHUNKS = 127 }; /* a slab is just under 64 KiB */

struct event_slab {
    struct event_slab *next; /* owned */
    struct event_chunk chunks[SLAB_CHUNKS];
};

void
event_store_fini(struct event_store *store)
{
    struct event_slab *slab = store->slabs;
    while (slab != NULL) {
        struct event_slab *next = slab->next;
        memory_free(slab);
        slab = next;
    }
    *store = (struct event_store){ 0 };
}

static void
event_store_grow(struct event_store *store)
{
    struct event_slab *slab = memory_alloc(sizeof *slab);
    slab->next = store->slabs;
    store->slabs = slab;
    for (uint32_t i = SLAB_CHUNKS; i > 0; i--) { /* the first chunk is handed out first */
        event_store_give(store, &slab->chunks[i - 1]);
    }
}

void
event_bucket_grow(struct event_store *store, struct event_bucket *bucket)
{
    if (store->free_first == NULL) {
        event_store_grow(store);
    }
    struct event_chunk *chunk = store->free_first;
    store->free_first = chunk->next;
    chunk->next = NULL;
    if (bucket->newest == NULL) {
        bucket->oldest = chunk;
    } else {
        bucket->newest->next = chunk;
    }
    bucket->newest = chunk;
    bucket->newest_count = 0;
}

void
event_bucket_take(struct event_store *store, struct event_bucket *bucket,
                  struct event_entry *entries)
{
    struct event_chunk *chunk = NULL;
    uint32_t count = 0;
    while ((chunk = event_bucket_next_chunk(bucket, &count)) != NULL) {
        memcpy(entries, chunk->entries, count * sizeof *entries);
        entries += count;
        event_store_give(store, chunk);
    }
}

void
event_bucket_compact(struct event_store *store, struct event_bucket *bucket, event_stale_fn *stale,
                     void *context)
{
    struct event_bucket kept = { 0 };
    struct event_chunk *chunk = NULL;
    uint32_t count = 0;
    while ((chunk = event_bucket_next_chunk(bucket, &count)) != NULL) {
        for (uint32_t i = 0; i < count; i++) {
            if (!stale(&chunk->entries[i], context)) {
                event_bucket_push(store, &kept, chunk->entries[i]);
            }
        }
        event_store_give(store, chunk);
    }
    *bucket = kept;
}

/* platform/base/event_bucket.c - chunks of events, cut from slabs and used again. */
#include "platform/base/event_bucket.h"

#include <string.h>

#include "platform/base/memory.h"

enum { SLAB_CHUNKS = 125 }; /* a slab is just under 64 KiB */

struct event_slab {
    struct event_slab  *next; /* owned: of those with room, or of the full ones */
    struct event_slab  *previous;
    struct event_chunk *free_first;
    uint32_t            used; /* chunks that are out */
    struct event_chunk  chunks[SLAB_CHUNKS];
};

static void
event_slab_link(struct event_slab **list, struct event_slab *slab)
{
    slab->previous = NULL;
    slab->next = *list;
    if (slab->next != NULL) {
        slab->next->previous = slab;
    }
    *list = slab;
}

static void
event_slab_unlink(struct event_slab **list, struct event_slab *slab)
{
    if (slab->next != NULL) {
        slab->next->previous = slab->previous;
    }
    if (slab->previous != NULL) {
        slab->previous->next = slab->next;
    } else {
        *list = slab->next;
    }
}

static void
event_slabs_free(struct event_slab *slab)
{
    while (slab != NULL) {
        struct event_slab *next = slab->next;
        memory_free(slab);
        slab = next;
    }
}

void
event_store_fini(struct event_store *store)
{
    event_slabs_free(store->room);
    event_slabs_free(store->full);
    *store = (struct event_store){ 0 };
}

static void
event_store_grow(struct event_store *store)
{
    struct event_slab *slab = memory_alloc(sizeof *slab);
    slab->free_first = NULL;
    slab->used = 0;
    for (uint32_t i = SLAB_CHUNKS; i > 0; i--) { /* the first chunk is handed out first */
        slab->chunks[i - 1].slab = slab;
        slab->chunks[i - 1].next = slab->free_first;
        slab->free_first = &slab->chunks[i - 1];
    }
    store->slabs_count++;
    event_slab_link(&store->room, slab);
}

static struct event_chunk *
event_store_take(struct event_store *store)
{
    const uint32_t last = (store->warm_at + EVENT_STORE_WARM - 1) % EVENT_STORE_WARM;
    struct event_chunk *warm = store->warm[last];
    if (warm != NULL) {
        store->warm[last] = NULL;
        store->warm_at = last;
        return warm;
    }
    if (store->room == NULL) {
        event_store_grow(store);
    }
    struct event_slab *slab = store->room;
    struct event_chunk *chunk = slab->free_first;
    slab->free_first = chunk->next;
    slab->used++;
    if (slab->used == SLAB_CHUNKS) {
        event_slab_unlink(&store->room, slab);
        event_slab_link(&store->full, slab);
    }
    return chunk;
}

void
event_store_cool(struct event_store *store, struct event_chunk *chunk)
{
    struct event_slab *slab = chunk->slab;
    chunk->next = slab->free_first;
    slab->free_first = chunk;
    if (slab->used == SLAB_CHUNKS) {
        event_slab_unlink(&store->full, slab);
        event_slab_link(&store->room, slab);
    }
    slab->used--;
    /* the last one with room stays, so that none comes and goes with each chunk */
    if (slab->used == 0 && (store->room != slab || slab->next != NULL)) {
        event_slab_unlink(&store->room, slab);
        memory_free(slab);
        store->slabs_count--;
    }
}

void
event_bucket_grow(struct event_store *store, struct event_bucket *bucket)
{
    struct event_chunk *chunk = event_store_take(store);
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

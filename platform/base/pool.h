/*
 * platform/base/pool.h - objects of one size with stable addresses and small index handles.
 *
 * Index 0 is never handed out, so that 0 can mean "none". A free slot is filled with the poison
 * byte.
 * Limit: count_max given at init; a full pool returns 0 from pool_take, an ordinary answer.
 */
#ifndef PLATFORM_BASE_POOL_H
#define PLATFORM_BASE_POOL_H

#include "platform/base/common.h"

struct pool {
    char   **chunks; /* private, owned */
    uint32_t chunks_count;
    uint32_t item_bytes;
    uint32_t count;       /* in use */
    uint32_t count_max;
    uint32_t next_unused; /* private: first index never used */
    uint32_t free_first;  /* private: head of the free list, 0 when empty */
    uint8_t  poison;
};

enum { POOL_CHUNK_ITEMS = 256 };

void     pool_init(struct pool *pool, size_t item_bytes, uint32_t count_max, uint8_t poison);
void     pool_fini(struct pool *pool);
uint32_t pool_take(struct pool *pool); /* a zeroed item, or 0 when full */
void     pool_give(struct pool *pool, uint32_t index);

static inline void *
pool_at(const struct pool *pool, uint32_t index)
{
    ASSERT(index > 0 && index < pool->next_unused);
    return pool->chunks[index / POOL_CHUNK_ITEMS] +
           (size_t)(index % POOL_CHUNK_ITEMS) * pool->item_bytes;
}

#endif

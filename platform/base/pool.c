/* platform/base/pool.c - chunks of equal items with a free list through the free ones. */
#include "platform/base/pool.h"

#include <string.h>

#include "platform/base/memory.h"

void
pool_init(struct pool *pool, size_t item_bytes, uint32_t count_max, uint8_t poison)
{
    ASSERT(item_bytes > 0);
    ASSERT(count_max < UINT32_MAX - POOL_CHUNK_ITEMS);
    const size_t rounded = (item_bytes + 7) / 8 * 8;
    *pool = (struct pool){ .item_bytes = (uint32_t)rounded,
                           .count_max = count_max,
                           .next_unused = 1,
                           .poison = poison };
}

void
pool_fini(struct pool *pool)
{
    for (uint32_t i = 0; i < pool->chunks_count; i++) {
        memory_free(pool->chunks[i]);
    }
    memory_free(pool->chunks);
    *pool = (struct pool){ 0 };
}

static void
pool_grow(struct pool *pool)
{
    const uint32_t count = pool->chunks_count;
    if ((count & (count - 1)) == 0) { /* the table doubles at powers of two */
        pool->chunks = memory_resize(pool->chunks, (count == 0 ? 1 : count * 2) * sizeof(char *));
    }
    const size_t bytes = (size_t)POOL_CHUNK_ITEMS * pool->item_bytes;
    pool->chunks[count] = memory_alloc(bytes);
    memset(pool->chunks[count], pool->poison, bytes);
    pool->chunks_count++;
}

uint32_t
pool_take(struct pool *pool)
{
    if (pool->count >= pool->count_max) {
        return 0;
    }
    uint32_t index = pool->free_first;
    if (index != 0) {
        memcpy(&pool->free_first, pool_at(pool, index), sizeof pool->free_first);
    } else {
        index = pool->next_unused++;
        if (index / POOL_CHUNK_ITEMS == pool->chunks_count) {
            pool_grow(pool);
        }
    }
    pool->count++;
    memset(pool_at(pool, index), 0, pool->item_bytes);
    return index;
}

void
pool_give(struct pool *pool, uint32_t index)
{
    ASSERT(pool->count > 0);
    char *item = pool_at(pool, index);
    memset(item, pool->poison, pool->item_bytes);
    memcpy(item, &pool->free_first, sizeof pool->free_first);
    pool->free_first = index;
    pool->count--;
}

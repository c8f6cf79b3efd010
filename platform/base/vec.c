/* platform/base/vec.c - a growing array. */
#include "platform/base/vec.h"

#include <string.h>

#include "platform/base/memory.h"

enum { VEC_LARGE = 1 << 16, VEC_KEPT_BYTES = 1 << 16 };

void
vec_init(struct vec *vec, size_t item_bytes)
{
    ASSERT(item_bytes > 0 && item_bytes < UINT32_MAX);
    *vec = (struct vec){ .item_bytes = (uint32_t)item_bytes };
}

void
vec_fini(struct vec *vec)
{
    memory_free(vec->items);
    vec->items = NULL;
    vec->count = 0;
    vec->capacity = 0;
}

void
vec_reserve(struct vec *vec, uint32_t capacity)
{
    ASSERT(vec->item_bytes > 0);
    if (capacity > vec->capacity) {
        vec->items = memory_resize(vec->items, (size_t)capacity * vec->item_bytes);
        vec->capacity = capacity;
    }
}

/* Large ones grow by less: moving them costs the kernel a few pages, and room nobody uses is
 * counted. */
static uint32_t
vec_grown(uint32_t capacity)
{
    return capacity < 8                   ? 8
           : capacity < VEC_LARGE         ? capacity * 2
           : capacity < UINT32_MAX / 5 * 4 ? capacity + capacity / 4
                                          : UINT32_MAX;
}

void *
vec_push(struct vec *vec)
{
    if (vec->count == vec->capacity) {
        vec_reserve(vec, vec_grown(vec->capacity));
    }
    vec->count++;
    void *item = vec_at(vec, vec->count - 1);
    memset(item, 0, vec->item_bytes);
    return item;
}

void
vec_clear(struct vec *vec)
{
    vec->count = 0;
}

void
vec_rest(struct vec *vec)
{
    if ((size_t)vec->capacity * vec->item_bytes > VEC_KEPT_BYTES) {
        vec_fini(vec);
    }
    vec->count = 0;
}

void
vec_remove_at(struct vec *vec, uint32_t index)
{
    ASSERT(index < vec->count);
    char *item = vec_at(vec, index);
    memmove(item, item + vec->item_bytes, (size_t)(vec->count - index - 1) * vec->item_bytes);
    vec->count--;
}

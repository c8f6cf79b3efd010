/*
 * platform/base/vec.h - a growing array of one element size. Pointers into it live until it grows.
 *
 * Use:  struct vec v; vec_init(&v, sizeof(struct x)); struct x *x = vec_push(&v);
 *       for (uint32_t i = 0; i < v.count; i++) { struct x *x = vec_at(&v, i); ... }
 */
#ifndef PLATFORM_BASE_VEC_H
#define PLATFORM_BASE_VEC_H

#include "platform/base/common.h"

struct vec {
    void    *items; /* owned */
    uint32_t count;
    uint32_t capacity;
    uint32_t item_bytes;
};

void  vec_init(struct vec *vec, size_t item_bytes);
void  vec_fini(struct vec *vec);
void *vec_push(struct vec *vec); /* a new zeroed last item */
void  vec_reserve(struct vec *vec, uint32_t capacity);
void  vec_clear(struct vec *vec);
void  vec_rest(struct vec *vec); /* the same, and the room that a rush took is given back */
void  vec_remove_at(struct vec *vec, uint32_t index); /* keeps the order */

static inline void *
vec_at(const struct vec *vec, uint32_t index)
{
    ASSERT(index < vec->count);
    return (char *)vec->items + (size_t)index * vec->item_bytes;
}

#endif

/*
 * fakes/store/heap.h - small blocks of bytes behind 32-bit handles, and large ones from malloc.
 * Private to this folder.
 *
 * Inside: for each size in steps of eight bytes slabs of blocks. A slab goes when its last block
 *         does: records that change their size leave nothing behind.
 */
#ifndef FAKES_STORE_HEAP_H
#define FAKES_STORE_HEAP_H

#include "platform/base/vec.h"

enum { HEAP_STEP_BYTES = 8, HEAP_SMALL_BYTES_MAX = 120 };
enum { HEAP_SIZES = HEAP_SMALL_BYTES_MAX / HEAP_STEP_BYTES };

struct heap_size { /* all blocks of one size */
    struct vec slabs;      /* struct heap_slab *, owned; NULL: a free place */
    struct vec slabs_free; /* uint32_t: places that are free */
    uint32_t   roomy;      /* place + 1 of the first slab with room, 0: none */
};

struct heap {
    struct heap_size sizes[HEAP_SIZES]; /* from the smallest */
    struct vec       large;             /* void *, owned; NULL: a free place */
    struct vec       large_free;        /* uint32_t: places that are free */
};

void heap_init(struct heap *heap);
void heap_fini(struct heap *heap); /* with all blocks in it */

/* A handle, never 0. The block's bytes are not set. */
uint32_t heap_take(struct heap *heap, size_t bytes);
void     heap_give(struct heap *heap, uint32_t block);
void    *heap_at(const struct heap *heap, uint32_t block); /* stays in place until it is given */

#endif

/* fakes/store/heap.c - small blocks of bytes behind 32-bit handles. */
#include "fakes/store/heap.h"

#include <string.h>

#include "platform/base/memory.h"

/* A handle: the number of the size + 1 above, 0 for a large block; below, of a small one the place
 * of its slab and its own, of a large one its place + 1. */
enum { HEAP_PLACE_BITS = 28, HEAP_SLAB_BLOCKS = 256 };
#define HEAP_PLACE_MASK ((UINT32_C(1) << HEAP_PLACE_BITS) - 1)
#define HEAP_SLABS_MAX  (HEAP_PLACE_MASK / HEAP_SLAB_BLOCKS) /* of a size; a limit of ours */

_Static_assert(HEAP_SIZES < 1 << (32 - HEAP_PLACE_BITS), "the number of a size has four bits");

struct heap_slab {
    uint32_t next, prev; /* place + 1 of other slabs with room, 0: none */
    uint16_t used;
    uint16_t begun; /* blocks that were used ever */
    uint16_t free_first; /* block + 1; in each free block the next one */
    _Alignas(HEAP_STEP_BYTES) uint8_t blocks[];
};

void
heap_init(struct heap *heap)
{
    *heap = (struct heap){ 0 };
    for (uint32_t i = 0; i < HEAP_SIZES; i++) {
        vec_init(&heap->sizes[i].slabs, sizeof(struct heap_slab *));
        vec_init(&heap->sizes[i].slabs_free, sizeof(uint32_t));
    }
    vec_init(&heap->large, sizeof(void *));
    vec_init(&heap->large_free, sizeof(uint32_t));
}

static void
heap_free_all(struct vec *blocks, struct vec *places_free)
{
    for (uint32_t i = 0; i < blocks->count; i++) {
        memory_free(*(void **)vec_at(blocks, i));
    }
    vec_fini(blocks);
    vec_fini(places_free);
}

void
heap_fini(struct heap *heap)
{
    for (uint32_t i = 0; i < HEAP_SIZES; i++) {
        heap_free_all(&heap->sizes[i].slabs, &heap->sizes[i].slabs_free);
    }
    heap_free_all(&heap->large, &heap->large_free);
}

/* A place for one more pointer. */
static uint32_t
heap_place(struct vec *blocks, struct vec *places_free)
{
    if (places_free->count > 0) {
        places_free->count--;
        return ((const uint32_t *)places_free->items)[places_free->count];
    }
    (void)vec_push(blocks);
    return blocks->count - 1;
}

static void
heap_place_free(struct vec *blocks, struct vec *places_free, uint32_t place)
{
    void **block = vec_at(blocks, place);
    memory_free(*block);
    *block = NULL;
    *(uint32_t *)vec_push(places_free) = place;
}

/* --- slabs --- */

static struct heap_slab *
heap_slab_at(const struct heap_size *size, uint32_t place)
{
    return *(struct heap_slab **)vec_at(&size->slabs, place);
}

static void
heap_slab_link(struct heap_size *size, struct heap_slab *slab, uint32_t place)
{
    slab->prev = 0;
    slab->next = size->roomy;
    if (size->roomy > 0) {
        heap_slab_at(size, size->roomy - 1)->prev = place + 1;
    }
    size->roomy = place + 1;
}

static void
heap_slab_unlink(struct heap_size *size, const struct heap_slab *slab)
{
    if (slab->prev > 0) {
        heap_slab_at(size, slab->prev - 1)->next = slab->next;
    } else {
        size->roomy = slab->next;
    }
    if (slab->next > 0) {
        heap_slab_at(size, slab->next - 1)->prev = slab->prev;
    }
}

static uint32_t
heap_slab_new(struct heap_size *size, size_t block_bytes)
{
    const uint32_t place = heap_place(&size->slabs, &size->slabs_free);
    ASSERT(place < HEAP_SLABS_MAX);
    struct heap_slab *slab = memory_alloc(sizeof *slab + HEAP_SLAB_BLOCKS * block_bytes);
    *slab = (struct heap_slab){ .used = 0 };
    *(struct heap_slab **)vec_at(&size->slabs, place) = slab;
    heap_slab_link(size, slab, place);
    return place;
}

static uint32_t
heap_slab_take(struct heap_size *size, struct heap_slab *slab, size_t block_bytes)
{
    uint32_t block = slab->begun;
    if (slab->free_first > 0) {
        block = slab->free_first - 1U;
        memcpy(&slab->free_first, slab->blocks + block * block_bytes, sizeof slab->free_first);
    } else {
        slab->begun++;
    }
    slab->used++;
    if (slab->used == HEAP_SLAB_BLOCKS) {
        heap_slab_unlink(size, slab);
    }
    return block;
}

static void
heap_slab_give(struct heap_size *size, uint32_t place, uint32_t block, size_t block_bytes)
{
    struct heap_slab *slab = heap_slab_at(size, place);
    ASSERT(slab->used > 0);
    memcpy(slab->blocks + block * block_bytes, &slab->free_first, sizeof slab->free_first);
    slab->free_first = (uint16_t)(block + 1);
    slab->used--;
    if (slab->used == HEAP_SLAB_BLOCKS - 1) {
        heap_slab_link(size, slab, place);
    }
    if (slab->used == 0 && (slab->next > 0 || slab->prev > 0)) { /* one with room stays */
        heap_slab_unlink(size, slab);
        heap_place_free(&size->slabs, &size->slabs_free, place);
    }
}

/* --- blocks --- */

uint32_t
heap_take(struct heap *heap, size_t bytes)
{
    ASSERT(bytes > 0);
    if (bytes > HEAP_SMALL_BYTES_MAX) {
        const uint32_t place = heap_place(&heap->large, &heap->large_free);
        ASSERT(place < HEAP_PLACE_MASK);
        *(void **)vec_at(&heap->large, place) = memory_alloc(bytes);
        return place + 1;
    }
    const uint32_t    number = (uint32_t)((bytes - 1) / HEAP_STEP_BYTES);
    const size_t      block_bytes = (size_t)(number + 1) * HEAP_STEP_BYTES;
    struct heap_size *size = &heap->sizes[number];
    const uint32_t    place = size->roomy > 0 ? size->roomy - 1 : heap_slab_new(size, block_bytes);
    const uint32_t    block = heap_slab_take(size, heap_slab_at(size, place), block_bytes);
    return (number + 1) << HEAP_PLACE_BITS | (place * HEAP_SLAB_BLOCKS + block);
}

void
heap_give(struct heap *heap, uint32_t block)
{
    const uint32_t number = block >> HEAP_PLACE_BITS;
    const uint32_t place = block & HEAP_PLACE_MASK;
    if (number == 0) {
        heap_place_free(&heap->large, &heap->large_free, place - 1);
    } else {
        heap_slab_give(&heap->sizes[number - 1], place / HEAP_SLAB_BLOCKS,
                       place % HEAP_SLAB_BLOCKS, (size_t)number * HEAP_STEP_BYTES);
    }
}

void *
heap_at(const struct heap *heap, uint32_t block)
{
    const uint32_t number = block >> HEAP_PLACE_BITS;
    const uint32_t place = block & HEAP_PLACE_MASK;
    if (number == 0) {
        return *(void **)vec_at(&heap->large, place - 1);
    }
    struct heap_slab *slab = heap_slab_at(&heap->sizes[number - 1], place / HEAP_SLAB_BLOCKS);
    return slab->blocks + (size_t)(place % HEAP_SLAB_BLOCKS) * number * HEAP_STEP_BYTES;
}

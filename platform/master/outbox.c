/* platform/master/outbox.c - blocks of records, filled at the end and freed at the front. */
#include "platform/master/outbox.h"

#include <string.h>

#include "platform/base/memory.h"

enum { OUTBOX_BLOCK_BYTES = 16 * 1024, OUTBOX_ALIGN = 16 };

struct outbox_block {
    struct outbox_block *next;
    size_t               capacity;
    size_t               used;
    uint64_t             records; /* in it that have not left */
    _Alignas(OUTBOX_ALIGN) uint8_t bytes[];
};

static struct outbox_block *
outbox_grow(struct outbox *outbox, size_t bytes)
{
    const size_t capacity = bytes > OUTBOX_BLOCK_BYTES ? bytes : OUTBOX_BLOCK_BYTES;
    struct outbox_block *block = memory_alloc(sizeof *block + capacity);
    *block = (struct outbox_block){ .capacity = capacity };
    if (outbox->last != NULL) {
        outbox->last->next = block;
    } else {
        outbox->first = block;
    }
    outbox->last = block;
    return block;
}

void *
outbox_put(struct outbox *outbox, const struct record_type *type, const void *record)
{
    const size_t bytes = record_size(type, record);
    const size_t rounded = (bytes + OUTBOX_ALIGN - 1) / OUTBOX_ALIGN * OUTBOX_ALIGN;
    struct outbox_block *block = outbox->last;
    if (block == NULL || block->capacity - block->used < rounded) {
        block = outbox_grow(outbox, rounded);
    }
    void *copy = block->bytes + block->used;
    block->used += rounded;
    block->records++;
    memcpy(copy, record, bytes);
    return copy;
}

void
outbox_left(struct outbox *outbox)
{
    struct outbox_block *block = outbox->first;
    while (block->records == 0) { /* emptied before it was full */
        outbox->first = block->next;
        memory_free(block);
        block = outbox->first;
    }
    block->records--;
    if (block->records > 0) {
        return;
    }
    if (block == outbox->last) { /* it is filled again from its beginning */
        block->used = 0;
        return;
    }
    outbox->first = block->next;
    memory_free(block);
}

void
outbox_clear(struct outbox *outbox)
{
    while (outbox->first != NULL) {
        struct outbox_block *next = outbox->first->next;
        memory_free(outbox->first);
        outbox->first = next;
    }
    outbox->last = NULL;
}

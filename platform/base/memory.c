/* platform/base/memory.c - malloc, and what happens when there is none. */
#include "platform/base/memory.h"

#include <stdlib.h>
#include <string.h>

#include "platform/base/common.h"

/* Up to here malloc has blocks at hand that calloc of many C libraries does not look at; above it
 * calloc knows of pages that are zero already. */
enum { MEMORY_SMALL_BYTES = 1024 };

void *
memory_alloc(size_t bytes)
{
    void *block = malloc(bytes > 0 ? bytes : 1);
    ASSERT(block != NULL);
    return block;
}

void *
memory_alloc_zero(size_t count, size_t bytes)
{
    if (count <= MEMORY_SMALL_BYTES && bytes <= MEMORY_SMALL_BYTES &&
        count * bytes <= MEMORY_SMALL_BYTES) {
        return memset(memory_alloc(count * bytes), 0, count * bytes);
    }
    void *block = calloc(count, bytes);
    ASSERT(block != NULL);
    return block;
}

void *
memory_resize(void *block, size_t bytes)
{
    void *resized = realloc(block, bytes > 0 ? bytes : 1);
    ASSERT(resized != NULL);
    return resized;
}

void
memory_free(void *block)
{
    free(block);
}

/* platform/base/memory.c - malloc, and what happens when there is none. */
#include "platform/base/memory.h"

#include <stdlib.h>

#include "platform/base/common.h"

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
    void *block = calloc(count > 0 ? count : 1, bytes > 0 ? bytes : 1);
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

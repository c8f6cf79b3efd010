/*
 * platform/base/memory.h - the one place that asks the system for memory.
 *
 * Running out of memory is not an answer the program can act upon: memory_* never return NULL but
 * trip an ASSERT. Limits that a user can reach are checked before, and answer ST_NO_CAPACITY.
 */
#ifndef PLATFORM_BASE_MEMORY_H
#define PLATFORM_BASE_MEMORY_H

#include <stddef.h>

void *memory_alloc(size_t bytes);                 /* not cleared */
void *memory_alloc_zero(size_t count, size_t bytes);
void *memory_resize(void *block, size_t bytes);   /* block may be NULL */
void  memory_free(void *block);                   /* block may be NULL */

#endif

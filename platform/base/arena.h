/*
 * platform/base/arena.h - memory that goes away together: a run, a process, an app version.
 *
 * Calling: arena_init, any number of allocations, arena_fini. A zeroed arena is valid and empty.
 * Memory:  blocks live until arena_reset or arena_fini; there is no single free.
 * Poison:  arena_alloc returns memory filled with the arena's poison byte, so that a read of what
 *          was never written changes the trace hash between two poisons instead of hiding.
 */
#ifndef PLATFORM_BASE_ARENA_H
#define PLATFORM_BASE_ARENA_H

#include "platform/base/common.h"

struct arena {
    struct arena_chunk *chunks; /* private: newest first, owned */
    uint8_t             poison; /* private */
    int64_t             used_bytes;
};

void arena_init(struct arena *arena, uint8_t poison);
void arena_fini(struct arena *arena);
void arena_reset(struct arena *arena); /* keeps one chunk for reuse */

void *arena_alloc(struct arena *arena, size_t bytes); /* poisoned, aligned to 16 */
void *arena_alloc_zero(struct arena *arena, size_t bytes);
char *arena_strdup(struct arena *arena, const char *text);
char *arena_strndup(struct arena *arena, const char *text, size_t len);
char *arena_decimal(struct arena *arena, uint64_t value); /* what "%llu" prints */
char *arena_printf(struct arena *arena, const char *format, ...) PRINTF_LIKE(2, 3);

#define ARENA_NEW(arena, type) ((type *)arena_alloc_zero((arena), sizeof(type)))
#define ARENA_ARRAY(arena, type, count)                                                            \
    ((type *)arena_alloc_zero((arena), sizeof(type) * (size_t)(count)))

#endif

/* platform/base/arena.c - chunks in a list, filled from the newest. */
#include "platform/base/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "platform/base/text.h"
#include "platform/base/memory.h"

enum { ARENA_CHUNK_BYTES = 224, /* an idle process needs no more */
       ARENA_CHUNK_BYTES_MAX = 64 * 1024, ARENA_ALIGN = 16, ARENA_PRINT_BYTES = 128 };

struct arena_chunk {
    struct arena_chunk *next;
    size_t              capacity;
    size_t              used;
    size_t              unused_pad;
    _Alignas(ARENA_ALIGN) uint8_t bytes[];
};

static void
arena_grow(struct arena *arena, size_t bytes)
{
    size_t capacity = ARENA_CHUNK_BYTES;
    if (arena->chunks != NULL) {
        capacity = arena->chunks->capacity * 2;
        if (capacity > ARENA_CHUNK_BYTES_MAX) {
            capacity = ARENA_CHUNK_BYTES_MAX;
        }
    }
    if (capacity < bytes) {
        capacity = bytes;
    }
    struct arena_chunk *chunk = memory_alloc(sizeof *chunk + capacity);
    *chunk = (struct arena_chunk){ .next = arena->chunks, .capacity = capacity };
    arena->chunks = chunk;
}

void
arena_init(struct arena *arena, uint8_t poison)
{
    *arena = (struct arena){ .poison = poison };
}

void
arena_fini(struct arena *arena)
{
    while (arena->chunks != NULL) {
        struct arena_chunk *next = arena->chunks->next;
        memory_free(arena->chunks);
        arena->chunks = next;
    }
    arena->used_bytes = 0;
}

void
arena_reset(struct arena *arena)
{
    if (arena->chunks == NULL) {
        return;
    }
    struct arena_chunk *kept = arena->chunks; /* the newest is the largest of the ordinary ones */
    arena->chunks = kept->next;
    arena_fini(arena);
    kept->next = NULL;
    kept->used = 0;
    arena->chunks = kept;
}

void *
arena_alloc(struct arena *arena, size_t bytes)
{
    const size_t rounded = (bytes + ARENA_ALIGN - 1) / ARENA_ALIGN * ARENA_ALIGN;
    if (arena->chunks == NULL || arena->chunks->capacity - arena->chunks->used < rounded) {
        arena_grow(arena, rounded);
    }
    struct arena_chunk *chunk = arena->chunks;
    void *block = chunk->bytes + chunk->used;
    chunk->used += rounded;
    arena->used_bytes += (int64_t)rounded;
    memset(block, arena->poison, rounded);
    return block;
}

void *
arena_alloc_zero(struct arena *arena, size_t bytes)
{
    void *block = arena_alloc(arena, bytes);
    memset(block, 0, bytes);
    return block;
}

char *
arena_strndup(struct arena *arena, const char *text, size_t len)
{
    char *copy = arena_alloc(arena, len + 1);
    memcpy(copy, text, len);
    copy[len] = '\0';
    return copy;
}

char *
arena_strdup(struct arena *arena, const char *text)
{
    return arena_strndup(arena, text, strlen(text));
}

char *
arena_printf(struct arena *arena, const char *format, ...)
{
    char small[ARENA_PRINT_BYTES]; /* nearly every text fits: it is formatted once */
    va_list args;
    va_list again;
    va_start(args, format);
    va_copy(again, args);
    const int len = vsnprintf(small, sizeof small, format, args);
    va_end(args);
    ASSERT(len >= 0);
    char *text = arena_alloc(arena, (size_t)len + 1);
    if ((size_t)len < sizeof small) {
        memcpy(text, small, (size_t)len + 1);
    } else {
        (void)vsnprintf(text, (size_t)len + 1, format, again);
    }
    va_end(again);
    return text;
}

char *
arena_decimal(struct arena *arena, uint64_t value)
{
    char        digits[TEXT_DECIMAL_BYTES];
    const char *end = text_decimal(digits, value);
    return arena_strndup(arena, digits, (size_t)(end - digits));
}

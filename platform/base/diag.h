/*
 * platform/base/diag.h - the mistakes of an input, all of them, each with its place.
 *
 * A printed line reads:  file:line:column: pointer: what is wrong, what was expected
 * Memory: texts live in the arena given at init.
 */
#ifndef PLATFORM_BASE_DIAG_H
#define PLATFORM_BASE_DIAG_H

#include "platform/base/arena.h"
#include "platform/base/strbuf.h"
#include "platform/base/vec.h"

enum diag_level { DIAG_ERROR, DIAG_WARNING, DIAG_NOTE };

struct diag {
    enum diag_level level;
    const char     *file; /* as the user named it */
    uint32_t        line; /* 0: no place is known */
    uint32_t        column;
    const char     *pointer; /* RFC 6901, "" for the whole file */
    const char     *text;
};

/* A JSON text being read: what a pointer is resolved against. Borrowed by the list. */
struct diag_source {
    const char *file;
    const char *text; /* comments blanked; NULL: no places */
    size_t      text_len;
};

enum { DIAG_MAX = 100 }; /* more are counted, not kept */

struct diag_list {
    struct arena *arena; /* borrowed */
    struct vec    items; /* struct diag */
    uint32_t      errors_count;
    uint32_t      dropped_count;
};

void diag_list_init(struct diag_list *list, struct arena *arena);
void diag_list_fini(struct diag_list *list);

void diag_add(struct diag_list *list, const struct diag_source *source, enum diag_level level,
              const char *pointer, const char *format, ...) PRINTF_LIKE(5, 6);

/* The same, at a line and column that are known already (a JSON syntax error). */
void diag_add_at(struct diag_list *list, const char *file, uint32_t line, uint32_t column,
                 const char *format, ...) PRINTF_LIKE(5, 6);

/* Appends one line of text for an entry, without a line end. */
void diag_print(const struct diag *diag, struct strbuf *out);

/* The candidate nearest to word by edit distance when near enough to be a slip, else NULL. */
const char *diag_nearest(const char *word, const char *const *candidates, uint32_t count);

#endif

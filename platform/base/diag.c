/* platform/base/diag.c - a list of mistakes with their places. */
#include "platform/base/diag.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "platform/base/json_place.h"

enum { DIAG_TEXT_BYTES = 1024, DIAG_WORD_BYTES = 48 };

void
diag_list_init(struct diag_list *list, struct arena *arena)
{
    *list = (struct diag_list){ .arena = arena };
    vec_init(&list->items, sizeof(struct diag));
}

void
diag_list_fini(struct diag_list *list)
{
    vec_fini(&list->items);
    list->errors_count = 0;
    list->dropped_count = 0;
}

/* A place for one more, or NULL when there are enough. An error takes the place of a note or
 * warning when the list is full, so that errors are never hidden by talk. */
static struct diag *
diag_take(struct diag_list *list, enum diag_level level)
{
    list->errors_count += level == DIAG_ERROR;
    if (list->items.count < DIAG_MAX) {
        return vec_push(&list->items);
    }
    list->dropped_count++;
    if (level != DIAG_ERROR) {
        return NULL;
    }
    for (uint32_t i = list->items.count; i > 0; i--) {
        const struct diag *item = vec_at(&list->items, i - 1);
        if (item->level != DIAG_ERROR) {
            vec_remove_at(&list->items, i - 1);
            return vec_push(&list->items);
        }
    }
    return NULL;
}

/* What a person typed may hold anything: a line of output stays one line of text. */
static const char *
diag_clean(struct diag_list *list, const char *text)
{
    char *copy = arena_strdup(list->arena, text);
    for (char *c = copy; *c != '\0'; c++) {
        if ((unsigned char)*c < ' ' || *c == 0x7F) {
            *c = '?';
        }
    }
    return copy;
}

static const char *
diag_format(struct diag_list *list, const char *format, va_list args)
{
    char text[DIAG_TEXT_BYTES];
    (void)vsnprintf(text, sizeof text, format, args);
    return diag_clean(list, text);
}

void
diag_add(struct diag_list *list, const struct diag_source *source, enum diag_level level,
         const char *pointer, const char *format, ...)
{
    struct diag *diag = diag_take(list, level);
    if (diag == NULL) {
        return;
    }
    *diag = (struct diag){
        .level = level,
        .file = source != NULL ? diag_clean(list, source->file) : "",
        .pointer = diag_clean(list, pointer),
    };
    va_list args;
    va_start(args, format);
    diag->text = diag_format(list, format, args);
    va_end(args);
    if (source != NULL && source->text != NULL) {
        const struct json_place place = json_place_find(source->text, source->text_len, pointer);
        diag->line = place.line;
        diag->column = place.column;
    }
}

void
diag_add_at(struct diag_list *list, const char *file, uint32_t line, uint32_t column,
            const char *format, ...)
{
    struct diag *diag = diag_take(list, DIAG_ERROR);
    if (diag == NULL) {
        return;
    }
    *diag = (struct diag){
        .level = DIAG_ERROR,
        .file = diag_clean(list, file),
        .line = line,
        .column = column,
        .pointer = "",
    };
    va_list args;
    va_start(args, format);
    diag->text = diag_format(list, format, args);
    va_end(args);
}

void
diag_print(const struct diag *diag, struct strbuf *out)
{
    static const char *const words[] = {
        [DIAG_ERROR] = "", [DIAG_WARNING] = "warning: ", [DIAG_NOTE] = "note: "
    };
    strbuf_add(out, diag->file);
    if (diag->line > 0) {
        strbuf_printf(out, ":%u:%u", (unsigned)diag->line, (unsigned)diag->column);
    }
    strbuf_add(out, diag->file[0] != '\0' ? ": " : "");
    strbuf_add(out, words[diag->level]);
    if (diag->pointer[0] != '\0') {
        strbuf_add(out, diag->pointer);
        strbuf_add(out, ": ");
    }
    strbuf_add(out, diag->text);
}

static uint32_t
uint32_min(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* Changes of one letter (swapped neighbours count as one) from a to b. */
static uint32_t
edit_distance(const char *a, uint32_t a_len, const char *b, uint32_t b_len)
{
    uint32_t rows[3][DIAG_WORD_BYTES + 1];
    for (uint32_t j = 0; j <= b_len; j++) {
        rows[0][j] = j;
    }
    for (uint32_t i = 1; i <= a_len; i++) {
        uint32_t       *now = rows[i % 3];
        const uint32_t *last = rows[(i + 2) % 3];
        const uint32_t *before = rows[(i + 1) % 3];
        now[0] = i;
        for (uint32_t j = 1; j <= b_len; j++) {
            const uint32_t replaced = last[j - 1] + (a[i - 1] != b[j - 1]);
            now[j] = uint32_min(replaced, uint32_min(last[j], now[j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                now[j] = uint32_min(now[j], before[j - 2] + 1);
            }
        }
    }
    return rows[a_len % 3][b_len];
}

const char *
diag_nearest(const char *word, const char *const *candidates, uint32_t count)
{
    const size_t word_len = strlen(word);
    const char  *best = NULL;
    uint32_t     best_distance = UINT32_MAX;
    if (word_len == 0 || word_len > DIAG_WORD_BYTES) {
        return NULL;
    }
    for (uint32_t i = 0; i < count; i++) {
        const size_t len = strlen(candidates[i]);
        if (len == 0 || len > DIAG_WORD_BYTES) {
            continue;
        }
        const size_t   longer = len > word_len ? len : word_len;
        const size_t   shorter = len > word_len ? word_len : len;
        const uint32_t near = (uint32_t)(longer + 2) / 3; /* a third of the letters: a guess */
        if (longer - shorter > near) { /* as many must be added */
            continue;
        }
        const uint32_t distance =
            edit_distance(word, (uint32_t)word_len, candidates[i], (uint32_t)len);
        if (distance <= near && distance < longer && distance < best_distance) {
            best = candidates[i];
            best_distance = distance;
        }
    }
    return best;
}

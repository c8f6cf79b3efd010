/* platform/model/app_say.c - where a mistake stands and what is said about it. */
#include "platform/model/app_shape.h"

#include <stdarg.h>
#include <stdio.h>

const char *
app_say_pointer(const struct app_place *place, struct arena *arena)
{
    const struct app_place *chain[APP_PLACE_DEPTH_MAX];
    uint32_t                depth = 0;
    struct strbuf           buf = { 0 };

    for (; place != NULL && place->parent != NULL; place = place->parent) {
        ASSERT(depth < APP_PLACE_DEPTH_MAX); /* the tables nest far less deep */
        chain[depth++] = place;
    }
    while (depth > 0) {
        const struct app_place *step = chain[--depth];
        strbuf_add_char(&buf, '/');
        if (step->key == NULL) {
            strbuf_printf(&buf, "%zu", step->index);
            continue;
        }
        for (const char *c = step->key; *c != '\0'; c++) {
            if (*c == '~' || *c == '/') {
                strbuf_add(&buf, *c == '~' ? "~0" : "~1");
            } else {
                strbuf_add_char(&buf, *c);
            }
        }
    }
    const char *pointer = arena_strdup(arena, strbuf_text(&buf));
    strbuf_fini(&buf);
    return pointer;
}

static void
app_say_add(struct app_reader *reader, enum diag_level level, const char *pointer,
              const char *sentence)
{
    if (level == DIAG_ERROR) {
        reader->errors_count++;
    } else if (reader->errors_only) {
        return;
    }
    diag_add(reader->diags, reader->source, level,
             arena_printf(reader->scratch, "%s%s", reader->prefix, pointer), "%s", sentence);
}

void
app_say(struct app_reader *reader, enum diag_level level, const char *pointer, const char *format,
        ...)
{
    char    sentence[APP_SENTENCE_BYTES];
    va_list args;

    va_start(args, format);
    vsnprintf(sentence, sizeof sentence, format, args);
    va_end(args);
    app_say_add(reader, level, pointer, sentence);
}

void
app_say_at(struct app_reader *reader, enum diag_level level, const struct app_place *place,
              const char *format, ...)
{
    char    sentence[APP_SENTENCE_BYTES];
    va_list args;

    va_start(args, format);
    vsnprintf(sentence, sizeof sentence, format, args);
    va_end(args);
    app_say_add(reader, level, app_say_pointer(place, reader->scratch), sentence);
}

/* A text in quotes, control characters escaped, cut short; or a number. */
static const char *
app_say_quoted(const json_t *json, struct arena *arena)
{
    enum { SHOWN_BYTES = 40, DUMPED_BYTES_MAX = 4096 };
    const size_t flags = JSON_ENCODE_ANY | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(15);
    const size_t len = json_dumpb(json, NULL, 0, flags);

    if (len == 0 || len > DUMPED_BYTES_MAX) {
        return arena_printf(arena, "a text of %zu bytes", json_string_length(json));
    }
    char *dumped = arena_alloc_zero(arena, len + 1);
    json_dumpb(json, dumped, len, flags);
    return len <= SHOWN_BYTES ? dumped : arena_printf(arena, "%.*s...\"", SHOWN_BYTES, dumped);
}

const char *
app_say_found(const json_t *json, struct arena *arena)
{
    switch (json_typeof(json)) {
    case JSON_OBJECT:
        return "an object";
    case JSON_ARRAY:
        return "a list";
    case JSON_STRING:
    case JSON_INTEGER:
    case JSON_REAL:
        return app_say_quoted(json, arena);
    case JSON_TRUE:
        return "true";
    case JSON_FALSE:
        return "false";
    case JSON_NULL:
        return "null";
    }
    return "nothing";
}

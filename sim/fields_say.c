/* sim/fields_say.c - the sentences about fields: what was found, what was expected. */
#include "sim/fields_inner.h"

#include <string.h>

#include <jansson.h>

#include "platform/base/text.h"
#include "platform/base/units.h"

enum { SHOWN_BYTES = 60 };

const char *
fields_pointer(struct arena *arena, const char *pointer, const char *key)
{
    const size_t len = strlen(pointer);
    char *result = arena_alloc(arena, len + 2 * strlen(key) + sizeof "/"); /* at most: escaped */
    char *at = result + len;
    memcpy(result, pointer, len);
    *at++ = '/';
    for (; *key != '\0'; key++) {
        const bool is_escaped = *key == '~' || *key == '/';
        *at++ = is_escaped ? '~' : *key;
        if (is_escaped) {
            *at++ = *key == '~' ? '0' : '1';
        }
    }
    *at = '\0';
    return result;
}

const char *
fields_pointer_at(struct arena *arena, const char *pointer, uint32_t index)
{
    const size_t len = strlen(pointer);
    char *result = arena_alloc(arena, len + TEXT_DECIMAL_BYTES + sizeof "/");
    memcpy(result, pointer, len);
    result[len] = '/';
    *text_decimal(result + len + 1, index) = '\0';
    return result;
}

struct shown {
    char   text[SHOWN_BYTES + sizeof "..."];
    size_t len;
    bool   cut;
};

static int
show_bytes(const char *bytes, size_t len, void *context)
{
    struct shown *shown = context;
    const size_t  room = SHOWN_BYTES - shown->len;
    shown->cut = len > room;
    memcpy(shown->text + shown->len, bytes, shown->cut ? room : len);
    shown->len += shown->cut ? room : len;
    return shown->cut ? -1 : 0; /* -1: the library need not go on */
}

const char *
fields_show(struct arena *arena, const struct json_t *json)
{
    struct shown shown = { 0 };
    (void)json_dump_callback(json, show_bytes, &shown,
                             JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(15));
    if (shown.cut) {
        while (shown.len > 0 && ((unsigned char)shown.text[shown.len - 1] & 0xC0) == 0x80) {
            shown.len--; /* never inside a character of several bytes */
        }
        shown.len -= shown.len > 0 && (unsigned char)shown.text[shown.len - 1] >= 0xC0;
        memcpy(shown.text + shown.len, "...", sizeof "...");
    }
    return arena_strdup(arena, shown.text);
}

const char *
fields_did_you_mean(struct arena *arena, const char *word, const char *const *words,
                    uint32_t words_count)
{
    const char *nearest = diag_nearest(word, words, words_count);
    return nearest != NULL ? arena_printf(arena, " (did you mean \"%s\"?)", nearest) : "";
}

const char *
fields_list_words(struct arena *arena, const char *const *words, uint32_t words_count)
{
    struct strbuf buf = { 0 };
    for (uint32_t i = 0; i < words_count; i++) {
        strbuf_printf(&buf, "%s\"%s\"", i == 0 ? "" : i + 1 == words_count ? " or " : ", ",
                      words[i]);
    }
    const char *result = arena_strdup(arena, strbuf_text(&buf));
    strbuf_fini(&buf);
    return result;
}

uint32_t
fields_count_words(const char *const *words)
{
    uint32_t count = 0;
    while (words[count] != NULL) {
        count++;
    }
    return count;
}

/* What a kind wants and how much of it, when a table says no more. */
static const struct {
    const char *expected;
    int64_t     max; /* 0: unbounded, or not a quantity */
} kinds[FIELD_KIND_COUNT] = {
    [FIELD_TEXT] = { "a text", 0 },
    [FIELD_BOOL] = { "true or false", 0 },
    [FIELD_COUNT] = { "a whole number, 0 or more, without quotes", UINT32_MAX },
    [FIELD_U64] = { "a whole number, 0 or more, without quotes", 0 },
    [FIELD_NUMBER] = { "a number without quotes", 0 },
    [FIELD_DURATION] = { "a duration with a unit, such as \"250ms\", \"5m\" or \"1h30m\"",
                         FIELD_DURATION_MAX_NS },
    [FIELD_BYTES] = { "a size with a unit, such as \"140MB\" or \"4GiB\"", FIELD_BYTES_MAX },
    [FIELD_RATE] = { "a rate with a unit, such as \"400/s\" or \"30/m\"",
                     FIELD_RATE_MAX_MICROHERTZ },
    [FIELD_PERCENT] = { "a percentage, such as \"30%\" or \"0.5%\"", UINT32_MAX },
    [FIELD_INSTANT] = { "an instant in UTC, such as \"2026-01-01T00:00:00Z\"", 0 },
    [FIELD_WORD] = { "a word", 0 },
    [FIELD_DIST] = { "a duration such as \"250ms\", or a distribution such as "
                     "{\"dist\": \"exponential\", \"mean\": \"12ms\"}", 0 },
    [FIELD_TEXTS] = { "an array of texts", 0 },
    [FIELD_JSON] = { "a value", 0 },
};

int64_t
fields_max(const struct field *field)
{
    if (field->max != 0) {
        return field->max;
    }
    return kinds[field->kind].max != 0 ? kinds[field->kind].max : INT64_MAX;
}

/* A bound in the unit that a file gives it in. */
static const char *
print_bound(struct arena *arena, enum field_kind kind, int64_t value)
{
    char text[UNITS_TEXT_BYTES];
    if (kind == FIELD_DURATION) {
        return arena_strdup(arena, units_print_duration(value, text));
    }
    if (kind == FIELD_BYTES) {
        return arena_strdup(arena, units_print_bytes(value, text));
    }
    if (kind == FIELD_RATE) {
        return arena_printf(arena, "%lld/s", (long long)(value / PPM));
    }
    if (kind == FIELD_PERCENT) {
        return arena_printf(arena, "%lld%%", (long long)(value / (PPM / 100)));
    }
    return arena_printf(arena, "%lld", (long long)value);
}

const char *
fields_expected(struct arena *arena, const struct field *field)
{
    if (field->kind == FIELD_WORD) {
        return fields_list_words(arena, field->words, fields_count_words(field->words));
    }
    if (field->kind == FIELD_COUNT && field->max != 0) {
        return arena_printf(arena, "a whole number from %lld to %lld", (long long)field->min,
                            (long long)field->max);
    }
    if (field->kind == FIELD_PERCENT && (field->flags & FIELD_RATIO) != 0) {
        return "a percentage such as \"30%\", or a number from 0 to 1";
    }
    return kinds[field->kind].expected;
}

void
fields_wrong(const struct fields_read *read, const struct json_t *json, const char *pointer,
             const struct field *field)
{
    const char *nearest = "";
    if (field->kind == FIELD_WORD && json_is_string(json)) {
        nearest = fields_did_you_mean(read->arena, json_string_value(json), field->words,
                                      fields_count_words(field->words));
    }
    diag_add(read->diags, read->source, DIAG_ERROR, pointer, "found %s, expected %s%s",
             fields_show(read->arena, json), fields_expected(read->arena, field), nearest);
}

bool
fields_in_bounds(const struct fields_read *read, const struct json_t *json, const char *pointer,
                 const struct field *field, int64_t value)
{
    const int64_t min = field->min;
    const int64_t max = fields_max(field);
    if ((field->flags & FIELD_POSITIVE) != 0 && value <= 0) {
        diag_add(read->diags, read->source, DIAG_ERROR, pointer, "found %s, expected more than %s",
                 fields_show(read->arena, json), print_bound(read->arena, field->kind, 0));
        return false;
    }
    if (value >= min && value <= max) {
        return true;
    }
    diag_add(read->diags, read->source, DIAG_ERROR, pointer, "found %s, expected at %s %s",
             fields_show(read->arena, json), value < min ? "least" : "most",
             print_bound(read->arena, field->kind, value < min ? min : max));
    return false;
}

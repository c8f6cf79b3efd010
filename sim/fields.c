/* sim/fields.c - reads the members of a JSON object by a table of its fields. */
#include <string.h>

#include <jansson.h>

#include "platform/base/units.h"
#include "sim/fields_inner.h"

typedef bool fields_unit_fn(const char *text, int64_t *ret);

/* Text with a unit: the value is kept as int64_t, a percentage as uint32_t. */
static bool
parse_unit(const struct fields_read *read, const struct json_t *json, const char *pointer,
           const struct field *field, fields_unit_fn *parse, int64_t *ret)
{
    const char *text = json_string_value(json);
    int64_t     value;
    if (text != NULL && text[0] == '-' && parse(text + 1, &value)) {
        diag_add(read->diags, read->source, DIAG_ERROR, pointer,
                 "found \"%s\", which is negative, expected 0 or more", text);
        return false;
    }
    if (text == NULL || !parse(text, &value)) {
        fields_wrong(read, json, pointer, field);
        return false;
    }
    if (!fields_in_bounds(read, json, pointer, field, value)) {
        return false;
    }
    *ret = value;
    return true;
}

static bool
parse_percent(const struct fields_read *read, const struct json_t *json, const char *pointer,
              const struct field *field, int64_t *ret)
{
    if ((field->flags & FIELD_RATIO) != 0 && json_is_number(json)) {
        const double value = json_number_value(json);
        if (!(value >= 0 && value <= 1)) {
            fields_wrong(read, json, pointer, field);
            return false;
        }
        *ret = (int64_t)(value * PPM + 0.5);
        return fields_in_bounds(read, json, pointer, field, *ret);
    }
    return parse_unit(read, json, pointer, field, units_parse_percent, ret);
}

/* One text of an array; NULL when it is none, or none of the words. */
static const char *
parse_texts_item(const struct fields_read *read, const struct json_t *json, const char *pointer,
                 const struct field *field)
{
    const struct field one = {
        .kind = field->words != NULL ? FIELD_WORD : FIELD_TEXT, .words = field->words
    };
    const char *text = json_string_value(json);
    for (uint32_t i = 0; text != NULL && field->words != NULL; i++) {
        if (field->words[i] == NULL) {
            text = NULL;
        } else if (strcmp(field->words[i], text) == 0) {
            return field->words[i];
        }
    }
    if (text == NULL) {
        fields_wrong(read, json, pointer, &one);
        return NULL;
    }
    return arena_strdup(read->arena, text);
}

static void
parse_texts(const struct fields_read *read, const struct json_t *json, const char *pointer,
            const struct field *field, void *object)
{
    const uint32_t count = (uint32_t)json_array_size(json);
    if (!json_is_array(json) || count > FIELD_TEXTS_MAX) {
        fields_wrong(read, json, pointer, field);
        return;
    }
    const char **texts = ARENA_ARRAY(read->arena, const char *, count + 1);
    uint32_t     texts_count = 0;
    for (uint32_t i = 0; i < count; i++) {
        const char *text = parse_texts_item(read, json_array_get(json, i),
                                            fields_pointer_at(read->arena, pointer, i), field);
        if (text != NULL) {
            texts[texts_count++] = text;
        }
    }
    *(const char *const **)(void *)((char *)object + field->offset) = texts;
    *(uint32_t *)(void *)((char *)object + field->count_offset) = texts_count;
}

static bool
parse_integer(const struct fields_read *read, const struct json_t *json, const char *pointer,
              const struct field *field, int64_t *ret)
{
    if (!json_is_integer(json) ||
        (field->kind == FIELD_U64 && json_integer_value(json) < 0)) {
        fields_wrong(read, json, pointer, field);
        return false;
    }
    *ret = json_integer_value(json);
    return fields_in_bounds(read, json, pointer, field, *ret);
}

static bool
parse_text(const struct fields_read *read, const struct json_t *json, const char *pointer,
           const struct field *field, const char **ret)
{
    const char *text = json_string_value(json);
    if (text == NULL) {
        fields_wrong(read, json, pointer, field);
        return false;
    }
    if (text[0] == '\0' && (field->flags & FIELD_REQUIRED) != 0) {
        diag_add(read->diags, read->source, DIAG_ERROR, pointer,
                 "found an empty text, expected at least one letter");
        return false;
    }
    if (strlen(text) > FIELD_TEXT_BYTES_MAX) {
        diag_add(read->diags, read->source, DIAG_ERROR, pointer,
                 "found a text of %u bytes, expected at most %u", (unsigned)strlen(text),
                 (unsigned)FIELD_TEXT_BYTES_MAX);
        return false;
    }
    *ret = arena_strdup(read->arena, text);
    return true;
}

static bool
parse_word(const struct fields_read *read, const struct json_t *json, const char *pointer,
           const struct field *field, int *ret)
{
    const char *text = json_string_value(json);
    for (int i = 0; text != NULL && field->words[i] != NULL; i++) {
        if (strcmp(field->words[i], text) == 0) {
            *ret = i;
            return true;
        }
    }
    fields_wrong(read, json, pointer, field);
    return false;
}

/* Numbers, and texts that stand for one. */
static bool
parse_quantity(const struct fields_read *read, const struct json_t *json, const char *pointer,
               const struct field *field, int64_t *ret)
{
    switch (field->kind) {
    case FIELD_COUNT:
    case FIELD_U64:
        return parse_integer(read, json, pointer, field, ret);
    case FIELD_DURATION:
        return parse_unit(read, json, pointer, field, units_parse_duration, ret);
    case FIELD_BYTES:
        return parse_unit(read, json, pointer, field, units_parse_bytes, ret);
    case FIELD_RATE:
        return parse_unit(read, json, pointer, field, units_parse_rate, ret);
    case FIELD_INSTANT:
        return parse_unit(read, json, pointer, field, units_parse_instant, ret);
    case FIELD_PERCENT:
        return parse_percent(read, json, pointer, field, ret);
    case FIELD_TEXT:
    case FIELD_BOOL:
    case FIELD_NUMBER:
    case FIELD_WORD:
    case FIELD_DIST:
    case FIELD_TEXTS:
    case FIELD_JSON:
        break;
    }
    ASSERT(false);
    return false;
}

/* One member; what is wrong is said and leaves the object as it was. */
static void
parse_member(const struct fields_read *read, const struct json_t *json, const char *pointer,
             const struct field *field, void *object)
{
    void   *at = (char *)object + field->offset;
    int64_t value;
    switch (field->kind) {
    case FIELD_TEXT:
        (void)parse_text(read, json, pointer, field, at);
        break;
    case FIELD_BOOL:
        if (json_is_boolean(json)) {
            *(bool *)at = json_is_true(json);
        } else {
            fields_wrong(read, json, pointer, field);
        }
        break;
    case FIELD_COUNT:
    case FIELD_PERCENT:
        if (parse_quantity(read, json, pointer, field, &value)) {
            *(uint32_t *)at = (uint32_t)value;
        }
        break;
    case FIELD_U64:
    case FIELD_DURATION:
    case FIELD_BYTES:
    case FIELD_RATE:
    case FIELD_INSTANT:
        if (parse_quantity(read, json, pointer, field, &value)) {
            *(int64_t *)at = value;
        }
        break;
    case FIELD_NUMBER:
        fields_parse_number(read, json, pointer, field, at);
        break;
    case FIELD_WORD:
        (void)parse_word(read, json, pointer, field, at);
        break;
    case FIELD_DIST:
        fields_parse_dist(read, json, pointer, at);
        break;
    case FIELD_TEXTS:
        parse_texts(read, json, pointer, field, object);
        break;
    case FIELD_JSON:
        *(const struct json_t **)at = json;
        break;
    }
}

bool
fields_is_object(const struct fields_read *read, const struct json_t *json, const char *pointer)
{
    if (json != NULL && !json_is_object(json)) {
        diag_add(read->diags, read->source, DIAG_ERROR, pointer, "found %s, expected an object",
                 fields_show(read->arena, json));
    }
    return json_is_object(json);
}

bool
fields_is_array(const struct fields_read *read, const struct json_t *json, const char *pointer)
{
    if (json != NULL && !json_is_array(json)) {
        diag_add(read->diags, read->source, DIAG_ERROR, pointer, "found %s, expected an array",
                 fields_show(read->arena, json));
    }
    return json_is_array(json);
}

void
fields_fill(const struct fields_read *read, const struct json_t *json, const char *pointer,
            const struct field *fields, uint32_t fields_count, void *object)
{
    ASSERT(json_is_object(json));
    for (uint32_t i = 0; i < fields_count; i++) {
        const struct field  *field = &fields[i];
        const struct json_t *value = json_object_get(json, field->name);
        if (value != NULL) {
            parse_member(read, value, fields_pointer(read->arena, pointer, field->name), field,
                         object);
        } else if ((field->flags & FIELD_REQUIRED) != 0) {
            diag_add(read->diags, read->source, DIAG_ERROR, pointer,
                     "\"%s\" is missing, expected %s", field->name,
                     fields_expected(read->arena, field));
        }
    }
}

void
fields_check_keys(const struct fields_read *read, const struct json_t *json, const char *pointer,
                  const char *const *known, uint32_t known_count)
{
    const char   *key;
    struct json_t *value;
    json_object_foreach ((struct json_t *)(uintptr_t)json, key, value) {
        uint32_t at = 0;
        while (at < known_count && strcmp(known[at], key) != 0) {
            at++;
        }
        if (at < known_count) {
            continue;
        }
        const char *nearest = diag_nearest(key, known, known_count);
        const char *where = fields_pointer(read->arena, pointer, key);
        if (nearest != NULL) {
            diag_add(read->diags, read->source, DIAG_ERROR, where,
                     "unknown key \"%s\" (did you mean \"%s\"?)", key, nearest);
        } else {
            diag_add(read->diags, read->source, DIAG_ERROR, where,
                     "unknown key \"%s\", expected %s", key,
                     fields_list_words(read->arena, known, known_count));
        }
    }
}

void
fields_parse(const struct fields_read *read, const struct json_t *json, const char *pointer,
             const struct field *fields, uint32_t fields_count, const char *const *also,
             void *object)
{
    if (!fields_is_object(read, json, pointer)) {
        return;
    }
    const uint32_t also_count = also != NULL ? fields_count_words(also) : 0;
    const char   **known = ARENA_ARRAY(read->arena, const char *, fields_count + also_count + 1);
    for (uint32_t i = 0; i < fields_count; i++) {
        known[i] = fields[i].name;
    }
    for (uint32_t i = 0; i < also_count; i++) {
        known[fields_count + i] = also[i];
    }
    fields_check_keys(read, json, pointer, known, fields_count + also_count);
    fields_fill(read, json, pointer, fields, fields_count, object);
}

/* platform/model/app_shape.c - holds values to the tables and copies them into canonical form. */
#include "platform/model/app_steps.h"

#include <string.h>

/* The largest whole number that a double tells from its neighbours. */
#define WHOLE_MAX 9007199254740992.0

char
app_shape_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool
app_shape_same_word(const char *a, const char *b)
{
    while (*a != '\0' && app_shape_lower(*a) == app_shape_lower(*b)) {
        a++;
        b++;
    }
    return *a == *b;
}

int32_t
app_shape_word(const char *const *words, const char *word)
{
    for (int32_t i = 0; words[i] != NULL; i++) {
        if (app_shape_same_word(words[i], word)) {
            return i;
        }
    }
    return -1;
}

const struct app_field *
app_shape_find(const struct app_shape *shape, const char *key)
{
    for (uint32_t i = 0; i < shape->fields_count; i++) {
        const char *name = shape->fields[i].name;
        if (name[0] == key[0] && strcmp(name, key) == 0) {
            return &shape->fields[i];
        }
    }
    return NULL;
}

/* One pass of a bottom-up merge sort: runs of width become runs of twice the width. */
static void
app_shape_merge(const char *const *from, const char **to, uint32_t count, uint32_t width)
{
    for (uint32_t start = 0; start < count; start += 2 * width) {
        uint32_t       left = start;
        const uint32_t left_end = start + width < count ? start + width : count;
        uint32_t       right = left_end;
        const uint32_t right_end = left_end + width < count ? left_end + width : count;

        for (uint32_t i = start; i < right_end; i++) {
            const bool take_left =
                left < left_end && (right == right_end || strcmp(from[left], from[right]) <= 0);
            to[i] = take_left ? from[left++] : from[right++];
        }
    }
}

const char **
app_shape_keys(json_t *object, struct arena *arena, uint32_t *ret_count)
{
    const uint32_t count = (uint32_t)json_object_size(object);
    const char   **keys = ARENA_ARRAY(arena, const char *, count + 1);
    const char   **other = ARENA_ARRAY(arena, const char *, count + 1);
    const char    *key;
    json_t        *value;
    uint32_t       i = 0;

    json_object_foreach(object, key, value) {
        keys[i++] = key;
    }
    ASSERT(i == count);
    for (uint32_t width = 1; width < count; width *= 2) {
        app_shape_merge(keys, other, count, width);
        const char **swap = keys;
        keys = other;
        other = swap;
    }
    *ret_count = count;
    return keys;
}

static json_t *
app_shape_wrong(struct app_reader *reader, const struct app_place *place, const json_t *in,
                   const char *expected)
{
    app_say_at(reader, DIAG_ERROR, place, "found %s, expected %s",
                  app_say_found(in, reader->scratch), expected);
    return NULL;
}

static json_t *
app_shape_text(struct app_reader *reader, const struct app_place *place,
               const struct app_field *field, const json_t *in)
{
    if (!json_is_string(in)) {
        return app_shape_wrong(reader, place, in, "a text in quotes");
    }
    const double len = (double)json_string_length(in);
    if (len < field->min && field->min == 1) {
        app_say_at(reader, DIAG_ERROR, place, "the text is empty, expected at least one character");
    } else if (len < field->min) {
        app_say_at(reader, DIAG_ERROR, place, "found %s, expected at least %.0f characters",
                      app_say_found(in, reader->scratch), field->min);
    } else if (field->max > 0 && len > field->max) {
        app_say_at(reader, DIAG_ERROR, place,
                      "the text is %.0f bytes long, expected at most %.0f", len, field->max);
    }
    return json_string(json_string_value(in));
}

/* "a", "b" or "c", in the arena. */
static const char *
app_shape_words(const char *const *words, struct arena *arena)
{
    struct strbuf buf = { 0 };

    for (uint32_t i = 0; words[i] != NULL; i++) {
        const char *between = i == 0 ? "" : words[i + 1] == NULL ? " or " : ", ";
        strbuf_printf(&buf, "%s\"%s\"", between, words[i]);
    }
    const char *text = arena_strdup(arena, strbuf_text(&buf));
    strbuf_fini(&buf);
    return text;
}

static json_t *
app_shape_one_word(struct app_reader *reader, const struct app_place *place,
                   const struct app_field *field, const json_t *in)
{
    const int32_t index =
        json_is_string(in) ? app_shape_word(field->words, json_string_value(in)) : -1;

    if (index < 0) {
        return app_shape_wrong(reader, place, in,
                                  app_shape_words(field->words, reader->scratch));
    }
    return json_string(field->words[index]);
}

static json_t *
app_shape_number(struct app_reader *reader, const struct app_place *place,
                 const struct app_field *field, const json_t *in)
{
    const char *noun = field->kind == APP_INTEGER ? "a whole number" : "a number";

    if (json_is_string(in) && (field->flags & APP_MIB) != 0) {
        return app_shape_wrong(reader, place, in,
                               field->kind == APP_INTEGER
                                   ? "a whole number of MiB without quotes, such as 256"
                                   : "a number of MiB without quotes, such as 256");
    }
    if (!json_is_number(in)) {
        return app_shape_wrong(reader, place, in, noun);
    }
    const double value = json_number_value(in);
    const bool   is_whole =
        json_is_integer(in) || (value > -WHOLE_MAX && value < WHOLE_MAX &&
                                (double)(json_int_t)value == value);
    if (field->kind == APP_INTEGER && !is_whole) {
        return app_shape_wrong(reader, place, in, noun);
    }
    if (value < field->min) {
        app_say_at(reader, DIAG_ERROR, place, "%s is too small, expected %s of at least %.15g",
                      app_say_found(in, reader->scratch), noun, field->min);
    } else if (value > field->max) {
        app_say_at(reader, DIAG_ERROR, place, "%s is too large, expected %s of at most %.15g",
                      app_say_found(in, reader->scratch), noun, field->max);
    }
    if (json_is_integer(in)) {
        return json_integer(json_integer_value(in));
    }
    return is_whole ? json_integer((json_int_t)value) : app_print_real(value);
}

static json_t *
app_shape_list(struct app_reader *reader, const struct app_place *place,
               const struct app_field *field, json_t *in)
{
    if (!json_is_array(in)) {
        return app_shape_wrong(reader, place, in, "a list");
    }
    if ((double)json_array_size(in) < field->min) {
        app_say_at(reader, DIAG_ERROR, place, "the list is empty, expected at least one entry");
    }
    json_t *list = json_array();
    for (size_t i = 0; i < json_array_size(in); i++) {
        const struct app_place at = { place, NULL, i };
        json_t *item = app_shape_value(reader, &at, field->item, json_array_get(in, i));
        json_array_append_new(list, item != NULL ? item : json_null());
    }
    return list;
}

static json_t *
app_shape_texts(struct app_reader *reader, const struct app_place *place, json_t *in)
{
    static const struct app_field text = { .kind = APP_TEXT };

    if (!json_is_object(in)) {
        return app_shape_wrong(reader, place, in, "an object whose values are texts");
    }
    json_t      *texts = json_object();
    uint32_t     count;
    const char **keys = app_shape_keys(in, reader->scratch, &count);
    for (uint32_t i = 0; i < count; i++) {
        const struct app_place at = { place, keys[i], 0 };
        json_t *value = app_shape_text(reader, &at, &text, json_object_get(in, keys[i]));
        if (value != NULL) {
            json_object_set_new_nocheck(texts, keys[i], value);
        }
    }
    return texts;
}

json_t *
app_shape_value(struct app_reader *reader, const struct app_place *place,
                const struct app_field *field, json_t *in)
{
    switch (field->kind) {
    case APP_TEXT:
        return app_shape_text(reader, place, field, in);
    case APP_WORD:
        return app_shape_one_word(reader, place, field, in);
    case APP_BOOL:
        return json_is_boolean(in) ? json_boolean(json_is_true(in))
                                   : app_shape_wrong(reader, place, in, "true or false");
    case APP_INTEGER:
    case APP_NUMBER:
        return app_shape_number(reader, place, field, in);
    case APP_OBJECT:
        return json_is_object(in) ? app_object_read(reader, place, field->shape, in)
                                  : app_shape_wrong(reader, place, in, "an object");
    case APP_LIST:
        return app_shape_list(reader, place, field, in);
    case APP_TEXTS:
        return app_shape_texts(reader, place, in);
    case APP_ANY:
        return json_deep_copy(in);
    case APP_SPECIAL:
        return field->special(reader, place, in);
    }
    return NULL;
}

/* platform/model/strategy_fields.c - an object of a strategy against its table. */
#include "platform/model/strategy_fields.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "platform/base/units.h"

enum { STRATEGY_FIELDS_MAX = 32 };

void
strategy_say(struct strategy_reader *reader, const char *pointer, const char *format, ...)
{
    char    text[400];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    reader->errors_count++;
    diag_add(reader->diags, reader->source, DIAG_ERROR, pointer, "%s", text);
}

const char *
strategy_pointer(struct strategy_reader *reader, const char *parent, const char *key)
{
    return arena_printf(reader->arena, "%s/%s", parent, key);
}

const char *
strategy_pointer_at(struct strategy_reader *reader, const char *parent, size_t index)
{
    return arena_printf(reader->arena, "%s/%u", parent, (unsigned)index);
}

/* What was found, for a sentence. */
static const char *
strategy_found(struct strategy_reader *reader, const json_t *json)
{
    switch (json_typeof(json)) {
    case JSON_STRING:
        return arena_printf(reader->arena, "\"%.60s\"", json_string_value(json));
    case JSON_INTEGER:
        return arena_printf(reader->arena, "%lld", (long long)json_integer_value(json));
    case JSON_REAL:
        return arena_printf(reader->arena, "%.6g", json_number_value(json));
    case JSON_OBJECT:
        return "an object";
    case JSON_ARRAY:
        return "a list";
    case JSON_TRUE:
        return "true";
    case JSON_FALSE:
        return "false";
    case JSON_NULL:
        break;
    }
    return "null";
}

bool
strategy_share(const json_t *json, int64_t *ret_ppm)
{
    if (json_is_number(json)) {
        const double percent = json_number_value(json);
        if (!(percent >= 0 && percent <= 1e9)) {
            return false;
        }
        *ret_ppm = (int64_t)(percent * (PPM / 100) + 0.5);
        return true;
    }
    return json_is_string(json) && units_parse_percent(json_string_value(json), ret_ppm);
}

static bool
strategy_whole(const json_t *json, int64_t *ret)
{
    if (json_is_integer(json)) {
        *ret = json_integer_value(json);
        return true;
    }
    return false;
}

static const char *
strategy_expected(enum strategy_field_kind kind)
{
    switch (kind) {
    case SF_COUNT:
        return "a whole number";
    case SF_SHARE:
        return "a percentage such as 5 or \"5%\"";
    case SF_DURATION:
        return "a duration such as \"30s\"";
    case SF_BOOL:
        return "true or false";
    case SF_TEXT:
        return "a text";
    case SF_AMOUNT:
        return "a whole number or a percentage such as \"25%\"";
    case SF_QUANTILE:
        return "a number above 0 and below 1, such as 0.99";
    case SF_JSON:
        break;
    }
    return "a value";
}

/* The number of a value of one of the kinds that have one; false when it has another type. */
static bool
strategy_number(const struct strategy_field *field, const json_t *json, int64_t *ret)
{
    switch (field->kind) {
    case SF_COUNT:
        return strategy_whole(json, ret);
    case SF_SHARE:
        return strategy_share(json, ret);
    case SF_DURATION:
        return json_is_string(json) && units_parse_duration(json_string_value(json), ret);
    case SF_QUANTILE:
        if (json_is_real(json) && json_number_value(json) > 0 && json_number_value(json) < 1) {
            *ret = (int64_t)(json_number_value(json) * PPM + 0.5);
            return *ret > 0 && *ret < PPM;
        }
        return false;
    case SF_BOOL:
    case SF_TEXT:
    case SF_AMOUNT:
    case SF_JSON:
        break;
    }
    return false;
}

static void
strategy_limits(struct strategy_reader *reader, const struct strategy_field *field,
                const json_t *json, const char *pointer)
{
    char low[UNITS_TEXT_BYTES];
    char high[UNITS_TEXT_BYTES];
    const int64_t max = field->max != 0 ? field->max : UINT32_MAX;
    if (field->kind == SF_DURATION) {
        (void)units_print_duration(field->min, low);
        (void)units_print_duration(field->max, high);
    } else if (field->kind == SF_SHARE) {
        (void)snprintf(low, sizeof low, "%lld%%", (long long)(field->min / (PPM / 100)));
        (void)snprintf(high, sizeof high, "%lld%%", (long long)(max / (PPM / 100)));
    } else {
        (void)snprintf(low, sizeof low, "%lld", (long long)field->min);
        (void)snprintf(high, sizeof high, "%lld", (long long)max);
    }
    strategy_say(reader, pointer, "found %s, expected %s to %s", strategy_found(reader, json), low,
                 high);
}

static void
strategy_put_number(const struct strategy_field *field, int64_t number, char *to)
{
    if (field->kind == SF_DURATION) {
        memcpy(to, &number, sizeof number);
    } else {
        const uint32_t small = (uint32_t)number;
        memcpy(to, &small, sizeof small);
    }
}

static bool
strategy_put_amount(const json_t *json, char *to)
{
    struct strategy_amount amount = { 0 };
    int64_t number = 0;
    if (strategy_whole(json, &number) && number >= 0 && number <= UINT32_MAX) {
        amount.value = (uint32_t)number;
    } else if (json_is_string(json) && units_parse_percent(json_string_value(json), &number) &&
               number <= 10 * PPM) {
        amount = (struct strategy_amount){ .is_share = true, .value = (uint32_t)number };
    } else {
        return false;
    }
    memcpy(to, &amount, sizeof amount);
    return true;
}

/* False when the value has a wrong type. */
static bool
strategy_put(struct strategy_reader *reader, const struct strategy_field *field,
             const json_t *json, const char *pointer, char *to)
{
    int64_t number = 0;
    switch (field->kind) {
    case SF_JSON:
        memcpy(to, &json, sizeof json);
        return true;
    case SF_BOOL: {
        const bool value = json_is_true(json);
        memcpy(to, &value, sizeof value);
        return json_is_boolean(json);
    }
    case SF_TEXT: {
        const char *text = json_is_string(json)
                               ? arena_strdup(reader->arena, json_string_value(json))
                               : NULL;
        if (text != NULL) {
            memcpy(to, &text, sizeof text);
        }
        return text != NULL;
    }
    case SF_AMOUNT:
        return strategy_put_amount(json, to);
    case SF_COUNT:
    case SF_SHARE:
    case SF_DURATION:
    case SF_QUANTILE:
        break;
    }
    if (!strategy_number(field, json, &number)) {
        return false;
    }
    const int64_t max = field->max != 0             ? field->max
                        : field->kind == SF_DURATION ? INT64_MAX
                                                     : UINT32_MAX;
    if (number < field->min || number > max) {
        strategy_limits(reader, field, json, pointer);
    } else {
        strategy_put_number(field, number, to);
    }
    return true;
}

static void
strategy_unknown(struct strategy_reader *reader, const struct strategy_shape *shape,
                 const char *pointer, const char *key)
{
    const char *names[STRATEGY_FIELDS_MAX];
    ASSERT(shape->count <= STRATEGY_FIELDS_MAX);
    for (uint32_t i = 0; i < shape->count; i++) {
        names[i] = shape->fields[i].name;
    }
    const char *nearest = diag_nearest(key, names, shape->count);
    const char *at = strategy_pointer(reader, pointer, key);
    if (nearest != NULL) {
        strategy_say(reader, at, "unknown key, the nearest valid one is \"%s\"", nearest);
        return;
    }
    struct strbuf list = { 0 };
    for (uint32_t i = 0; i < shape->count; i++) {
        strbuf_printf(&list, "%s%s", i > 0 ? ", " : "", names[i]);
    }
    strategy_say(reader, at, "unknown key, expected one of: %s",
                 list.text != NULL ? list.text : "");
    strbuf_fini(&list);
}

void
strategy_walk(struct strategy_reader *reader, const json_t *object, const char *pointer,
              const struct strategy_shape *shape, void *ret)
{
    const char *key;
    json_t     *value;
    if (!json_is_object(object)) {
        strategy_say(reader, pointer, "found %s, expected an object",
                     strategy_found(reader, object));
        return;
    }
    json_object_foreach ((json_t *)(uintptr_t)object, key, value) {
        const struct strategy_field *field = NULL;
        for (uint32_t i = 0; i < shape->count && field == NULL; i++) {
            field = strcmp(shape->fields[i].name, key) == 0 ? &shape->fields[i] : NULL;
        }
        if (field == NULL) {
            strategy_unknown(reader, shape, pointer, key);
            continue;
        }
        const char *at = strategy_pointer(reader, pointer, key);
        if (!strategy_put(reader, field, value, at, (char *)ret + field->offset)) {
            strategy_say(reader, at, "found %s, expected %s", strategy_found(reader, value),
                         strategy_expected(field->kind));
        }
    }
}

/* sim/fields_schema.c - the JSON Schema (2020-12) of an object that a table of fields describes. */
#include <jansson.h>

#include "sim/fields_inner.h"

/* Where a kind is described once, under "$defs"; NULL: beside the field itself. */
static const char *const kind_refs[FIELD_KIND_COUNT] = {
    [FIELD_DURATION] = "#/$defs/duration", [FIELD_BYTES] = "#/$defs/bytes",
    [FIELD_RATE] = "#/$defs/rate",         [FIELD_PERCENT] = "#/$defs/percent",
    [FIELD_INSTANT] = "#/$defs/instant",   [FIELD_DIST] = "#/$defs/dist",
};

/* A text of this shape, or a variable that stands for one. */
static struct json_t *
pattern_def(const char *about, const char *pattern)
{
    return json_pack("{s:s, s:[{s:s, s:s}, {s:s}]}", "description", about, "anyOf", "type",
                     "string", "pattern", pattern, "$ref", "#/$defs/variable");
}

static struct json_t *
dist_def(void)
{
    struct json_t *forms = json_array();
    (void)json_array_append_new(forms, json_pack("{s:s}", "$ref", "#/$defs/duration"));
    for (uint32_t i = 0; i < DIST_KIND_COUNT; i++) {
        const struct fields_dist *dist = &fields_dists[i];
        struct json_t            *form = fields_schema(dist->fields, dist->fields_count);
        (void)json_object_set_new(json_object_get(form, "properties"), "dist",
                                  json_pack("{s:s}", "const", dist->word));
        (void)json_array_append_new(json_object_get(form, "required"), json_string("dist"));
        (void)json_array_append_new(forms, form);
    }
    return json_pack("{s:s, s:o}", "description",
                     "A distribution of durations; a plain duration is always that long.", "anyOf",
                     forms);
}

void
fields_schema_defs(struct json_t *defs)
{
    static const char number[] = "[0-9]+(\\.[0-9]{1,9})?";
    const struct {
        const char *name;
        const char *about;
        const char *before;
        const char *after;
    } units[] = {
        { "duration", "A duration with units, such as \"250ms\", \"5m\" or \"1h30m\".", "^(",
          "(ns|us|ms|s|m|h|d))+$" },
        { "bytes", "A size with a unit, such as \"140MB\" or \"4GiB\".", "^",
          "([KMGT]i?B|B)$" },
        { "rate", "A rate, such as \"400/s\" or \"30/m\".", "^", "/[smh]$" },
        { "percent", "A percentage, such as \"30%\" or \"0.5%\".", "^", "%$" },
    };
    (void)json_object_set_new(defs, "variable",
                              json_pack("{s:s, s:s, s:s}", "description",
                                        "A variable of \"vars\" in place of the value.", "type",
                                        "string", "pattern", "^\\$\\{[A-Za-z0-9_-]+\\}$"));
    for (uint32_t i = 0; i < COUNT_OF(units); i++) {
        struct strbuf text = { 0 };
        strbuf_printf(&text, "%s%s%s", units[i].before, number, units[i].after);
        (void)json_object_set_new(defs, units[i].name,
                                  pattern_def(units[i].about, strbuf_text(&text)));
        strbuf_fini(&text);
    }
    (void)json_object_set_new(
        defs, "instant",
        pattern_def("An instant in UTC, such as \"2026-01-01T00:00:00Z\".",
                    "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{1,9})?Z$"));
    (void)json_object_set_new(defs, "dist", dist_def());
}

static struct json_t *
words_schema(const char *const *words)
{
    struct json_t *values = json_array();
    for (uint32_t i = 0; words[i] != NULL; i++) {
        (void)json_array_append_new(values, json_string(words[i]));
    }
    return json_pack("{s:o}", "enum", values);
}

/* A number, with the bounds that the table names. */
static struct json_t *
number_schema(const struct field *field)
{
    struct json_t *schema =
        json_pack("{s:s}", "type", field->kind == FIELD_NUMBER ? "number" : "integer");
    if (field->kind != FIELD_NUMBER) {
        const int64_t min = (field->flags & FIELD_POSITIVE) != 0 && field->min < 1 ? 1 : field->min;
        (void)json_object_set_new(schema, "minimum", json_integer(min));
    }
    if (field->max != 0) {
        (void)json_object_set_new(schema, "maximum", json_integer(field->max));
    }
    return schema;
}

static struct json_t *
value_schema(const struct field *field)
{
    switch (field->kind) {
    case FIELD_TEXT:
        return (field->flags & FIELD_REQUIRED) != 0
                   ? json_pack("{s:s, s:i}", "type", "string", "minLength", 1)
                   : json_pack("{s:s}", "type", "string");
    case FIELD_BOOL:
        return json_pack("{s:s}", "type", "boolean");
    case FIELD_COUNT:
    case FIELD_U64:
    case FIELD_NUMBER:
        return number_schema(field);
    case FIELD_WORD:
        return words_schema(field->words);
    case FIELD_TEXTS:
        return json_pack("{s:s, s:i, s:o}", "type", "array", "maxItems", (int)FIELD_TEXTS_MAX,
                         "items", field->words != NULL ? words_schema(field->words)
                                                       : json_pack("{s:s}", "type", "string"));
    case FIELD_DURATION:
    case FIELD_BYTES:
    case FIELD_RATE:
    case FIELD_PERCENT:
    case FIELD_INSTANT:
    case FIELD_DIST:
        return json_pack("{s:s}", "$ref", kind_refs[field->kind]);
    case FIELD_JSON:
        return json_object();
    }
    return json_object();
}

static struct json_t *
field_schema(const struct field *field)
{
    struct json_t *schema = value_schema(field);
    const bool     takes_variable = kind_refs[field->kind] == NULL && field->kind != FIELD_TEXT &&
                                field->kind != FIELD_JSON;
    if (field->kind == FIELD_PERCENT && (field->flags & FIELD_RATIO) != 0) {
        schema = json_pack("{s:[o, {s:s, s:i, s:i}]}", "anyOf", schema, "type", "number", "minimum",
                           0, "maximum", 1);
    } else if (takes_variable) {
        schema = json_pack("{s:[o, {s:s}]}", "anyOf", schema, "$ref", "#/$defs/variable");
    }
    if (field->about != NULL) {
        (void)json_object_set_new(schema, "description", json_string(field->about));
    }
    return schema;
}

struct json_t *
fields_schema(const struct field *fields, uint32_t fields_count)
{
    struct json_t *properties = json_object();
    struct json_t *required = json_array();
    for (uint32_t i = 0; i < fields_count; i++) {
        (void)json_object_set_new(properties, fields[i].name, field_schema(&fields[i]));
        if ((fields[i].flags & FIELD_REQUIRED) != 0) {
            (void)json_array_append_new(required, json_string(fields[i].name));
        }
    }
    return json_pack("{s:s, s:o, s:o, s:b}", "type", "object", "properties", properties, "required",
                     required, "additionalProperties", 0);
}

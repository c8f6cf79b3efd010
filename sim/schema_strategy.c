/* sim/schema_strategy.c - the schema of a strategy, from the tables that read one. */
#include <jansson.h>

#include "platform/model/strategy_fields.h"
#include "sim/schema_parts.h"

static struct json_t *
text_or_number(double min)
{
    return json_pack("{s:[{s:s, s:f}, {s:s}]}", "anyOf", "type", "number", "minimum", min, "$ref",
                     "#/$defs/percent");
}

static struct json_t *
value_schema(const struct strategy_field *field)
{
    struct json_t *count = NULL;
    switch (field->kind) {
    case SF_COUNT:
        count = json_pack("{s:s, s:I}", "type", "integer", "minimum", (json_int_t)field->min);
        if (field->max > 0) {
            (void)json_object_set_new(count, "maximum", json_integer(field->max));
        }
        return count;
    case SF_SHARE:
        return text_or_number(0);
    case SF_DURATION:
        return json_pack("{s:s}", "$ref", "#/$defs/duration");
    case SF_BOOL:
        return json_pack("{s:s}", "type", "boolean");
    case SF_TEXT:
        return json_pack("{s:s}", "type", "string");
    case SF_AMOUNT:
        return json_pack("{s:[{s:s, s:i}, {s:s}]}", "anyOf", "type", "integer", "minimum", 0,
                         "$ref", "#/$defs/percent");
    case SF_QUANTILE:
        return json_pack("{s:s, s:i, s:i}", "type", "number", "exclusiveMinimum", 0,
                         "exclusiveMaximum", 1);
    case SF_JSON:
        break;
    }
    return json_object();
}

static struct json_t *
shape_schema(const struct strategy_shape *shape)
{
    struct json_t *properties = json_object();
    for (uint32_t i = 0; i < shape->count; i++) {
        (void)json_object_set_new(properties, shape->fields[i].name,
                                  value_schema(&shape->fields[i]));
    }
    return json_pack("{s:s, s:b, s:o}", "type", "object", "additionalProperties", 0, "properties",
                     properties);
}

/* A member that the tables leave to the reader. */
static void
set_member(struct json_t *schema, const char *name, struct json_t *member)
{
    struct json_t *properties = json_object_get(schema, "properties");
    if (json_object_get(properties, name) != NULL) {
        (void)json_object_set(properties, name, member);
    }
    json_decref(member);
}

static struct json_t *
list_of(struct json_t *items, int count_min, int count_max)
{
    return json_pack("{s:s, s:o, s:i, s:i}", "type", "array", "items", items, "minItems", count_min,
                     "maxItems", count_max);
}

static struct json_t *
analysis_schema(void)
{
    static const char *const directions[] = { "increase", "decrease", "either" };
    struct json_t           *schema = shape_schema(&strategy_shape_analysis);
    struct json_t           *metrics = json_array();
    struct json_t           *words = json_array();
    for (uint32_t i = 0; i < STRATEGY_METRIC_COUNT; i++) {
        (void)json_array_append_new(metrics,
                                    json_string(strategy_metric_name((enum strategy_metric)i)));
    }
    for (uint32_t i = 0; i < COUNT_OF(directions); i++) {
        (void)json_array_append_new(words, json_string(directions[i]));
    }
    set_member(schema, "metric", json_pack("{s:o}", "enum", metrics));
    set_member(schema, "direction", json_pack("{s:o}", "enum", words));
    set_member(schema, "at_most", json_pack("{s:[s, s]}", "type", "string", "integer"));
    set_member(schema, "at_least", json_pack("{s:[s, s]}", "type", "string", "integer"));
    set_member(schema, "relative", text_or_number(0));
    (void)json_object_set_new(schema, "required", json_pack("[s]", "metric"));
    return schema;
}

static struct json_t *
kind_schema(enum strategy_kind kind)
{
    struct json_t *schema = shape_schema(strategy_shape_of(kind));
    struct json_t *step = shape_schema(&strategy_shape_step);
    set_member(step, "instances", json_pack("{s:s, s:i}", "type", "integer", "minimum", 0));
    set_member(schema, "steps", list_of(step, 1, STRATEGY_STEPS_MAX));
    set_member(schema, "analysis", list_of(analysis_schema(), 0, STRATEGY_ANALYSES_MAX));
    set_member(schema, "revert", json_pack("{s:s}", "type", "boolean"));
    if (kind == STRATEGY_CANARY) {
        (void)json_object_set_new(schema, "required", json_pack("[s]", "steps"));
    } else if (kind == STRATEGY_AB) {
        (void)json_object_set_new(schema, "required", json_pack("[s, s]", "header", "value"));
    }
    return schema;
}

struct json_t *
schema_strategy(void)
{
    struct json_t *names = json_array();
    struct json_t *forms = json_array();
    for (uint32_t i = 0; i < STRATEGY_KIND_COUNT; i++) {
        const enum strategy_kind kind = (enum strategy_kind)i;
        const char              *name = strategy_kind_name(kind);
        if (kind != STRATEGY_CANARY && kind != STRATEGY_AB) { /* these need to be told more */
            (void)json_array_append_new(names, json_string(name));
        }
        (void)json_array_append_new(
            forms, json_pack("{s:s, s:b, s:{s:o}, s:[s]}", "type", "object", "additionalProperties",
                             0, "properties", name, kind_schema(kind), "required", name));
    }
    (void)json_array_append_new(forms, json_pack("{s:o}", "enum", names));
    return json_pack("{s:o}", "anyOf", forms);
}

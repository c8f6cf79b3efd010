/* sim/scenario_attributes.c - what machines say of themselves, for constraints to ask for. */
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "fakes/cloud/instance_types.h"
#include "platform/model/node.h"
#include "sim/scenario_parts.h"

/* One "name:value", or part of it, may hold neither ':' in its name nor ';', nor blanks. */
static bool
is_attribute_text(const char *text, size_t len, const char *without)
{
    for (size_t i = 0; i < len; i++) {
        if (text[i] <= ' ' || text[i] == 0x7f || strchr(without, text[i]) != NULL) {
            return false;
        }
    }
    return len > 0;
}

static void
attribute_add(const struct fields_read *read, struct strbuf *out, const char *name,
              size_t name_len, const char *value, size_t value_len, const char *pointer)
{
    size_t there_len = 0;
    const struct node_spec spec = { .attributes = strbuf_text(out) };
    char terminated[NODE_ATTRIBUTES_BYTES];
    if (!is_attribute_text(name, name_len, ":;") || !is_attribute_text(value, value_len, ";")) {
        diag_add(read->diags, read->source, DIAG_ERROR, pointer,
                 "found \"%.*s:%.*s\", expected a name and a value without blanks, \";\" or, in "
                 "the name, \":\"", (int)(name_len < 40 ? name_len : 40), name,
                 (int)(value_len < 40 ? value_len : 40), value);
        return;
    }
    if (out->len + 1 + name_len + 1 + value_len >= NODE_ATTRIBUTES_BYTES) {
        diag_add(read->diags, read->source, DIAG_ERROR, pointer,
                 "are too long, expected at most %d bytes in all", NODE_ATTRIBUTES_BYTES - 1);
        return;
    }
    memcpy(terminated, name, name_len);
    terminated[name_len] = '\0';
    if (node_attribute(&spec, terminated, &there_len) != NULL) {
        diag_add(read->diags, read->source, DIAG_ERROR, pointer,
                 "\"%s\" stands there twice, expected it once", terminated);
        return;
    }
    strbuf_printf(out, "%s%.*s:%.*s", out->len > 0 ? ";" : "", (int)name_len, name,
                  (int)value_len, value);
}

static void
attributes_of_text(const struct fields_read *read, struct strbuf *out, const char *text,
                   const char *pointer)
{
    for (const char *at = text; *at != '\0';) {
        const size_t len = strcspn(at, ";");
        const char  *colon = memchr(at, ':', len);
        const size_t name_len = colon != NULL ? (size_t)(colon - at) : len;
        attribute_add(read, out, at, name_len, at + name_len + (colon != NULL ? 1 : 0),
                      len - name_len - (colon != NULL ? 1 : 0), pointer);
        at += at[len] == ';' ? len + 1 : len;
    }
}

const char *
scenario_attributes(const struct fields_read *read, const struct json_t *json, const char *pointer)
{
    struct strbuf out = { 0 };
    const char    *name;
    struct json_t *value;
    if (json_is_string(json)) {
        attributes_of_text(read, &out, json_string_value(json), pointer);
    } else if (fields_is_object(read, json, pointer)) {
        json_object_foreach ((struct json_t *)(uintptr_t)json, name, value) {
            if (!json_is_string(value)) {
                diag_add(read->diags, read->source, DIAG_ERROR,
                         fields_pointer(read->arena, pointer, name), "found %s, expected a text",
                         fields_show(read->arena, value));
                continue;
            }
            attribute_add(read, &out, name, strlen(name), json_string_value(value),
                          json_string_length(value), pointer);
        }
    }
    const char *text = arena_strdup(read->arena, strbuf_text(&out));
    strbuf_fini(&out);
    return text;
}

const char *
scenario_attributes_of(const struct fields_read *read, const char *attributes,
                       const struct instance_type *machine)
{
    const struct node_spec spec = { .attributes = attributes };
    size_t len = 0;
    if (machine == NULL || machine->gpu_model == NULL ||
        node_attribute(&spec, "gpu_model", &len) != NULL) {
        return attributes;
    }
    const char *more = arena_printf(read->arena, "%s%sgpu_model:%s", attributes,
                                    attributes[0] != '\0' ? ";" : "", machine->gpu_model);
    return strlen(more) < NODE_ATTRIBUTES_BYTES ? more : attributes;
}

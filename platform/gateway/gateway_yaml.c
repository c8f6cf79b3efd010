/*
 * platform/gateway/gateway_yaml.c - a YAML document as JSON, and where each value stood.
 *
 * Reads what libyaml reads, one document: its scalars by the rules of YAML 1.1 as Kong's own reader
 * has them (yes, no, on and off are truth values), anchors, aliases and "<<". What an alias repeats
 * is counted again: a small file cannot become a large document.
 */
#include "platform/gateway/gateway_parts.h"

#include <string.h>
#include <yaml.h>

enum { YAML_DEPTH_MAX = 24, YAML_VALUES_MAX = 500000 }; /* limits of ours */

struct yaml_reader {
    yaml_document_t  *document;
    const char       *file;
    struct arena     *arena;
    struct diag_list *diags;
    struct vec       *places;
    uint32_t          values_count;
    bool              is_wrong;
};

static void
yaml_wrong(struct yaml_reader *reader, const yaml_mark_t *mark, const char *sentence)
{
    if (!reader->is_wrong) {
        diag_add_at(reader->diags, reader->file, (uint32_t)mark->line + 1,
                    (uint32_t)mark->column + 1, "%s", sentence);
    }
    reader->is_wrong = true;
}

static bool
yaml_is_one_of(const char *text, const char *const *words)
{
    uint32_t i = 0;
    while (words[i] != NULL && strcmp(words[i], text) != 0) {
        i++;
    }
    return words[i] != NULL;
}

/* As JSON writes numbers; others are texts. */
static bool
yaml_is_number(const char *text)
{
    const char *c = text + (*text == '-');
    const size_t whole = strspn(c, "0123456789");
    if (whole == 0 || whole > 17 || (c[0] == '0' && whole > 1)) {
        return false;
    }
    c += whole;
    if (*c == '.') {
        const size_t digits = strspn(c + 1, "0123456789");
        if (digits == 0 || digits > 17) {
            return false;
        }
        c += 1 + digits;
    }
    return *c == '\0';
}

/* A scalar without quotes. */
static json_t *
yaml_plain(const char *text)
{
    static const char *const none[] = { "", "~", "null", "Null", "NULL", NULL };
    static const char *const yes[] = {
        "true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON", NULL,
    };
    static const char *const no[] = {
        "false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF", NULL,
    };
    if (yaml_is_one_of(text, none)) {
        return json_null();
    }
    if (yaml_is_one_of(text, yes) || yaml_is_one_of(text, no)) {
        return json_boolean(yaml_is_one_of(text, yes));
    }
    json_t *number = yaml_is_number(text) ? json_loads(text, JSON_DECODE_ANY, NULL) : NULL;
    return number != NULL ? number : json_string(text);
}

static json_t *
yaml_scalar(struct yaml_reader *reader, const yaml_node_t *node)
{
    const char *text = (const char *)node->data.scalar.value;
    json_t     *json = NULL;
    if (strlen(text) == node->data.scalar.length) {
        json = node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE ? yaml_plain(text)
                                                                 : json_string(text);
    }
    if (json == NULL) {
        yaml_wrong(reader, &node->start_mark, "this text has a zero byte, or is not UTF-8");
    }
    return json;
}

/* pointer + "/" + key, escaped. */
static const char *
yaml_pointer(struct yaml_reader *reader, const char *pointer, const char *key)
{
    const struct app_place root = { 0 };
    const struct app_place place = { &root, key, 0 };
    return arena_printf(reader->arena, "%s%s", pointer, app_say_pointer(&place, reader->arena));
}

static json_t *yaml_value(struct yaml_reader *reader, int index, const yaml_mark_t *from,
                          const char *pointer, uint32_t depth);

static json_t *
yaml_list(struct yaml_reader *reader, const yaml_node_t *node, const char *pointer, uint32_t depth)
{
    json_t  *list = json_array();
    uint32_t at = 0;
    for (const yaml_node_item_t *item = node->data.sequence.items.start;
         item < node->data.sequence.items.top && !reader->is_wrong; item++) {
        const char *place = arena_printf(reader->arena, "%s/%u", pointer, at++);
        json_t     *value = yaml_value(reader, *item, NULL, place, depth + 1);
        if (value != NULL) {
            (void)json_array_append_new(list, value);
        }
    }
    return list;
}

/* What "<<" names is put under what the object says itself. */
static void
yaml_merge(struct yaml_reader *reader, const yaml_node_t *key, json_t *object, json_t *merged)
{
    if (json_is_object(merged)) {
        (void)json_object_update_missing(object, merged);
    } else if (!reader->is_wrong) {
        yaml_wrong(reader, &key->start_mark, "expected an object (or an alias of one) after <<");
    }
    json_decref(merged);
}

static json_t *
yaml_object(struct yaml_reader *reader, const yaml_node_t *node, const char *pointer,
            uint32_t depth)
{
    json_t            *object = json_object();
    json_t            *merged = NULL;
    const yaml_node_t *merge_key = NULL;
    for (const yaml_node_pair_t *pair = node->data.mapping.pairs.start;
         pair < node->data.mapping.pairs.top && !reader->is_wrong; pair++) {
        const yaml_node_t *key = yaml_document_get_node(reader->document, pair->key);
        if (key == NULL || key->type != YAML_SCALAR_NODE ||
            strlen((const char *)key->data.scalar.value) != key->data.scalar.length) {
            yaml_wrong(reader, &node->start_mark, "a key of this object is no text");
            break;
        }
        const char *name = (const char *)key->data.scalar.value;
        const bool  is_merge =
            strcmp(name, "<<") == 0 && key->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
        if (json_object_get(object, name) != NULL || (is_merge && merged != NULL)) {
            yaml_wrong(reader, &key->start_mark, "an object has this key twice");
            break;
        }
        json_t *value = yaml_value(reader, pair->value, &key->start_mark,
                                   is_merge ? pointer : yaml_pointer(reader, pointer, name),
                                   depth + 1);
        if (value != NULL && is_merge) {
            merged = value;
            merge_key = key;
        } else if (value != NULL && json_object_set_new(object, name, value) != 0) {
            yaml_wrong(reader, &key->start_mark, "this key is not UTF-8");
        }
    }
    if (merged != NULL) {
        yaml_merge(reader, merge_key, object, merged);
    }
    return object;
}

/* Bounded by YAML_DEPTH_MAX. from: where its key stands, NULL: where it begins. */
static json_t *
yaml_value(struct yaml_reader *reader, int index, const yaml_mark_t *from, const char *pointer,
           uint32_t depth)
{
    const yaml_node_t *node = yaml_document_get_node(reader->document, index);
    ASSERT(node != NULL);
    if (depth > YAML_DEPTH_MAX || ++reader->values_count > YAML_VALUES_MAX) {
        yaml_wrong(reader, &node->start_mark,
                   depth > YAML_DEPTH_MAX ? "values are nested too deep" : "too many values");
        return NULL;
    }
    const yaml_mark_t *mark = from != NULL ? from : &node->start_mark;
    struct gateway_place *place = vec_push(reader->places);
    *place = (struct gateway_place){ pointer, (uint32_t)mark->line + 1,
                                     (uint32_t)mark->column + 1 };
    switch (node->type) {
    case YAML_SEQUENCE_NODE:
        return yaml_list(reader, node, pointer, depth);
    case YAML_MAPPING_NODE:
        return yaml_object(reader, node, pointer, depth);
    case YAML_SCALAR_NODE:
    case YAML_NO_NODE:
        break;
    }
    return yaml_scalar(reader, node);
}

/* The parser's own sentence shows nothing of the file. */
static void
yaml_say_syntax(struct yaml_reader *reader, const yaml_parser_t *parser)
{
    diag_add_at(reader->diags, reader->file, (uint32_t)parser->problem_mark.line + 1,
                (uint32_t)parser->problem_mark.column + 1, "not YAML: %s",
                parser->problem != NULL ? parser->problem : "it cannot be read");
}

static bool
yaml_is_the_last(yaml_parser_t *parser)
{
    yaml_document_t next;
    const bool      loaded = yaml_parser_load(parser, &next) == 1;
    const bool      is_last = loaded && yaml_document_get_root_node(&next) == NULL;
    if (loaded) {
        yaml_document_delete(&next);
    }
    return is_last;
}

json_t *
gateway_yaml_read(const char *text, size_t len, const char *file, struct arena *arena,
                  struct diag_list *diags, struct vec *places)
{
    yaml_parser_t      parser;
    yaml_document_t    document;
    struct yaml_reader reader = {
        .document = &document, .file = file, .arena = arena, .diags = diags, .places = places
    };
    json_t *json = NULL;
    if (yaml_parser_initialize(&parser) != 1) {
        diag_add_at(diags, file, 0, 0, "no memory to read it");
        return NULL;
    }
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, len);
    if (yaml_parser_load(&parser, &document) != 1) {
        yaml_say_syntax(&reader, &parser);
        yaml_parser_delete(&parser);
        return NULL;
    }
    const yaml_node_t *root = yaml_document_get_root_node(&document);
    if (root == NULL) {
        diag_add_at(diags, file, 1, 1, "the file holds nothing, expected a gateway");
    } else {
        json = yaml_value(&reader, 1, NULL, "", 0);
        if (!yaml_is_the_last(&parser)) {
            yaml_wrong(&reader, &root->end_mark, "expected one document, and nothing after it");
        }
    }
    yaml_document_delete(&document);
    yaml_parser_delete(&parser);
    if (reader.is_wrong) {
        json_decref(json);
        json = NULL;
    }
    return json;
}

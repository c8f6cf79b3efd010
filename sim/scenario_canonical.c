/*
 * sim/scenario_canonical.c - a scenario printed back: merged, variables put in, apps in place of
 * the files that held them, members in the order of the tables. It reads as the same scenario.
 */
#include <string.h>

#include <jansson.h>

#include "sim/scenario_parts.h"

/* Moves the members that a table names to the end of out, in its order. */
static void
take_members(struct json_t *out, const struct json_t *json, const struct field *fields,
             uint32_t fields_count)
{
    for (uint32_t i = 0; i < fields_count; i++) {
        struct json_t *value = json_object_get(json, fields[i].name);
        if (value != NULL && json_object_get(out, fields[i].name) == NULL) {
            (void)json_object_set(out, fields[i].name, value);
        }
    }
}

static struct json_t *
ordered(const struct json_t *json, const struct scenario_table *table)
{
    struct json_t *out = json_object();
    take_members(out, json, table->fields, table->count);
    return out;
}

/* An object of objects, or an array of objects, each in the order of one table. */
static struct json_t *
ordered_each(const struct json_t *json, const struct scenario_table *table)
{
    const char    *key;
    struct json_t *value;
    size_t         index;
    struct json_t *out = json_is_array(json) ? json_array() : json_object();
    json_object_foreach ((struct json_t *)(uintptr_t)json, key, value) {
        (void)json_object_set_new(out, key, ordered(value, table));
    }
    json_array_foreach ((struct json_t *)(uintptr_t)json, index, value) {
        (void)json_array_append_new(out, ordered(value, table));
    }
    return out;
}

static struct json_t *
canonical_cluster(const struct json_t *json)
{
    struct json_t *out = ordered(json, &scenario_cluster_table);
    struct json_t *groups = json_object_get(out, "groups");
    if (groups != NULL) {
        (void)json_object_set_new(out, "groups", ordered_each(groups, &scenario_group_table));
    }
    struct json_t *nodes = json_object_get(out, "nodes");
    if (nodes != NULL) {
        struct json_t *listed = json_is_array(nodes)
                                    ? ordered_each(nodes, &scenario_node_table)
                                    : ordered(nodes, &scenario_nodes_file_table);
        (void)json_object_set_new(out, "nodes", listed);
    }
    struct json_t *images = json_object_get(out, "images");
    if (images != NULL) {
        (void)json_object_set_new(out, "images", ordered_each(images, &scenario_machine_table));
    }
    return out;
}

static struct json_t *
canonical_apps(const struct scenario *scenario)
{
    struct json_t *out = json_array();
    for (uint32_t i = 0; i < scenario->tasks_app_first; i++) {
        (void)json_array_append_new(out, json_loads(scenario->apps[i]->json, 0, NULL));
    }
    return out;
}

static struct json_t *
canonical_timeline(const struct json_t *json)
{
    struct json_t *out = json_array();
    struct json_t *entry;
    size_t         index;
    json_array_foreach ((struct json_t *)(uintptr_t)json, index, entry) {
        const struct action *action = action_find(json_string_value(json_object_get(entry, "do")));
        struct json_t       *step = ordered(entry, &scenario_entry_table);
        ASSERT(action != NULL); /* the scenario was checked */
        take_members(step, entry, action->fields, action->fields_count);
        take_members(step, entry, scenario_targets_table.fields, scenario_targets_table.count);
        take_members(step, entry, scenario_for_table.fields, scenario_for_table.count);
        (void)json_array_append_new(out, step);
    }
    return out;
}

static struct json_t *
canonical_expect(const struct json_t *json)
{
    struct json_t *out = json_array();
    struct json_t *entry;
    size_t         index;
    json_array_foreach ((struct json_t *)(uintptr_t)json, index, entry) {
        struct json_t *promise = ordered(entry, &scenario_promise_table);
        take_members(promise, entry, scenario_violates_table.fields, scenario_violates_table.count);
        for (uint32_t i = 0; expectation_kinds[i] != NULL; i++) {
            const struct expectation_kind *kind = expectation_kinds[i];
            if (json_object_get(entry, kind->key) != NULL) {
                take_members(promise, entry, kind->fields, kind->fields_count);
            }
        }
        (void)json_array_append_new(out, promise);
    }
    return out;
}

static struct json_t *
escaped_text(const char *text)
{
    struct strbuf out = { 0 };
    for (; *text != '\0'; text++) {
        if (text[0] == '$' && text[1] == '{') {
            strbuf_add_char(&out, '$');
        }
        strbuf_add_char(&out, *text);
    }
    struct json_t *json = json_string(strbuf_text(&out));
    strbuf_fini(&out);
    return json;
}

/* A copy in which "${" is written so that it reads back as itself. Bounded as scenario_merge is. */
static struct json_t *
escaped(const struct json_t *json, int depth)
{
    const char    *key;
    struct json_t *value;
    size_t         index;
    ASSERT(depth <= 2 * SCENARIO_DEPTH_MAX + 8); /* our own levels around an app are few */
    if (json_is_string(json)) {
        return escaped_text(json_string_value(json));
    }
    if (!json_is_object(json) && !json_is_array(json)) {
        return json_deep_copy(json);
    }
    struct json_t *out = json_is_array(json) ? json_array() : json_object();
    json_object_foreach ((struct json_t *)(uintptr_t)json, key, value) {
        (void)json_object_set_new(out, key, escaped(value, depth + 1));
    }
    json_array_foreach ((struct json_t *)(uintptr_t)json, index, value) {
        (void)json_array_append_new(out, escaped(value, depth + 1));
    }
    return out;
}

static int
add_bytes(const char *bytes, size_t len, void *context)
{
    strbuf_add_bytes(context, bytes, len);
    return 0;
}

const char *
scenario_canonical(const struct scenario_reader *reader)
{
    const struct scenario_top *top = &reader->top;
    struct json_t             *out = ordered(reader->document.merged, &scenario_top_table);
    struct strbuf              text = { 0 };
    const struct {
        const char           *name;
        const struct json_t  *json;
        struct scenario_table table;
    } parts[] = { { "record", top->record, scenario_record_table },
                  { "scheduler", top->scheduler, scenario_scheduler_table },
                  { "faults", top->faults, scenario_faults_table } };
    for (uint32_t i = 0; i < COUNT_OF(parts); i++) {
        if (parts[i].json != NULL) {
            (void)json_object_set_new(out, parts[i].name,
                                      ordered(parts[i].json, &parts[i].table));
        }
    }
    (void)json_object_set_new(out, "cluster", canonical_cluster(top->cluster));
    if (top->images != NULL) {
        (void)json_object_set_new(out, "images", ordered_each(top->images, &scenario_image_table));
    }
    if (top->apps != NULL) {
        (void)json_object_set_new(out, "apps", canonical_apps(reader->scenario));
    }
    if (top->traffic != NULL) {
        (void)json_object_set_new(out, "traffic",
                                  ordered_each(top->traffic, &scenario_traffic_table));
    }
    if (top->timeline != NULL) {
        (void)json_object_set_new(out, "timeline", canonical_timeline(top->timeline));
    }
    if (top->expect != NULL) {
        (void)json_object_set_new(out, "expect", canonical_expect(top->expect));
    }
    struct json_t *state = json_incref(json_object_get(out, "state"));
    (void)json_object_del(out, "state"); /* no variables are put into it */
    struct json_t *printed = escaped(out, 0);
    if (state != NULL) {
        (void)json_object_set_new(printed, "state", state);
    }
    (void)json_dump_callback(printed, add_bytes, &text, JSON_INDENT(2) | JSON_REAL_PRECISION(15));
    strbuf_add_char(&text, '\n');
    const char *canonical = arena_strdup(reader->read.arena, strbuf_text(&text));
    strbuf_fini(&text);
    json_decref(printed);
    json_decref(out);
    return canonical;
}

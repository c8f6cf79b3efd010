/* sim/schema.c - scenarios/schema.json: the shape of a scenario, from the tables that parse it. */
#include <string.h>

#include <jansson.h>

#include "sim/scenario_parts.h"
#include "sim/snapshot_read.h"
#include "sim/schema_parts.h"

static struct json_t *
table_schema(const struct scenario_table *table)
{
    return fields_schema(table->fields, table->count);
}

/* Adds the members of another table to an object's schema. */
static void
add_members(struct json_t *schema, const struct field *fields, uint32_t fields_count)
{
    struct json_t *more = fields_schema(fields, fields_count);
    (void)json_object_update_missing(json_object_get(schema, "properties"),
                                     json_object_get(more, "properties"));
    (void)json_array_extend(json_object_get(schema, "required"), json_object_get(more, "required"));
    json_decref(more);
}

/* Puts the schema of a part in the place of "any value"; its description stays. */
static void
set_part(struct json_t *schema, const char *name, struct json_t *part)
{
    struct json_t *properties = json_object_get(schema, "properties");
    struct json_t *old = json_object_get(properties, name);
    ASSERT(old != NULL);
    (void)json_object_update_missing(part, old);
    (void)json_object_set_new(properties, name, part);
}

static struct json_t *
list_of(struct json_t *items, int count_max)
{
    return json_pack("{s:s, s:o, s:i}", "type", "array", "items", items, "maxItems", count_max);
}

static struct json_t *
map_of(struct json_t *values, int count_max)
{
    return json_pack("{s:s, s:o, s:i}", "type", "object", "additionalProperties", values,
                     "maxProperties", count_max);
}

static struct json_t *
image_schema(void)
{
    struct json_t *schema = table_schema(&scenario_image_table);
    struct json_t *call = table_schema(&scenario_call_table);
    struct json_t *stage = table_schema(&scenario_stage_table);
    set_part(stage, "all", list_of(json_incref(call), SCENARIO_STAGES_MAX));
    set_part(schema, "calls", list_of(json_pack("{s:[o, o]}", "anyOf", call, stage),
                                      SCENARIO_STAGES_MAX));
    return schema;
}

/* What a machine says of itself: texts by name, or all in one text as Mesos takes them. */
static struct json_t *
attributes_schema(void)
{
    return json_pack("{s:[o, {s:s}]}", "anyOf", map_of(json_pack("{s:s}", "type", "string"), 1000),
                     "type", "string");
}

static struct json_t *
nodes_schema(void)
{
    struct json_t *node = table_schema(&scenario_node_table);
    set_part(node, "attributes", attributes_schema());
    return list_of(node, NODE_COUNT_MAX);
}

static struct json_t *
cluster_schema(void)
{
    struct json_t *schema = table_schema(&scenario_cluster_table);
    struct json_t *group = table_schema(&scenario_group_table);
    /* A file that extends another may change one member of a group: the rest is there already. */
    (void)json_object_del(schema, "required");
    (void)json_object_del(group, "required");
    set_part(group, "attributes", attributes_schema());
    set_part(schema, "groups", map_of(group, SCENARIO_GROUPS_MAX));
    set_part(schema, "nodes", json_pack("{s:[o, o]}", "anyOf", nodes_schema(),
                                        table_schema(&scenario_nodes_file_table)));
    set_part(schema, "images",
             map_of(table_schema(&scenario_machine_table), SCENARIO_IMAGES_MAX));
    return schema;
}

static struct json_t *
apps_schema(void)
{
    struct json_t *from_file = table_schema(&scenario_app_file_table);
    set_part(from_file, "set", json_pack("{s:s}", "type", "object"));
    return list_of(json_pack("{s:[o, {s:s, s:s, s:[s], s:{s:b}}]}", "anyOf", from_file,
                             "description", "A Marathon app definition.", "type", "object",
                             "required", "id", "properties", "file", 0),
                   SCENARIO_APPS_MAX);
}

/* {"dist": WORD, and what the table says}. */
static struct json_t *
curve_schema(const char *word, const struct scenario_table *table)
{
    struct json_t *schema = table_schema(table);
    (void)json_object_set_new(json_object_get(schema, "properties"), "dist",
                              json_pack("{s:s}", "const", word));
    (void)json_array_append_new(json_object_get(schema, "required"), json_string("dist"));
    return schema;
}

/* sim/snapshot.h: "state" */
static struct json_t *
state_schema(void)
{
    struct json_t *schema = table_schema(&snapshot_block_table);
    struct json_t *app = table_schema(&snapshot_app_table);
    struct json_t *task = table_schema(&snapshot_task_table);
    set_part(app, "versions", map_of(json_pack("{s:s}", "type", "object"), SNAPSHOT_VERSIONS_MAX));
    set_part(task, "ports", list_of(json_pack("{s:s, s:i, s:i}", "type", "integer", "minimum", 0,
                                              "maximum", 65535), TASK_PORTS_MAX));
    set_part(task, "gpus", list_of(json_pack("{s:s, s:i, s:i}", "type", "integer", "minimum", 0,
                                             "maximum", NODE_GPUS_MAX - 1), NODE_GPUS_MAX));
    set_part(schema, "nodes", nodes_schema());
    set_part(schema, "apps", list_of(app, SNAPSHOT_APPS_MAX));
    set_part(schema, "tasks", list_of(task, SNAPSHOT_TASKS_MAX));
    return schema;
}

static struct json_t *
arrivals_schema(void)
{
    struct json_t *words = json_array();
    struct json_t *mmpp = curve_schema(scenario_curve_words[0], &scenario_mmpp_table);
    for (uint32_t i = 0; scenario_arrivals_words[i] != NULL; i++) {
        (void)json_array_append_new(words, json_string(scenario_arrivals_words[i]));
    }
    set_part(mmpp, "states", list_of(table_schema(&scenario_burst_table), SCENARIO_BURSTS_MAX));
    return json_pack("{s:[{s:o}, o, o, o]}", "anyOf", "enum", words, mmpp,
                     curve_schema(scenario_curve_words[1], &scenario_diurnal_table),
                     table_schema(&scenario_arrivals_file_table));
}

static struct json_t *
traffic_schema(void)
{
    struct json_t *schema = table_schema(&scenario_traffic_table);
    struct json_t *class = table_schema(&scenario_class_table);
    set_part(class, "headers", map_of(json_pack("{s:s}", "type", "string"), SCENARIO_HEADERS_MAX));
    set_part(schema, "arrivals", arrivals_schema());
    set_part(schema, "requests", list_of(class, SCENARIO_CLASSES_MAX));
    set_part(schema, "retries", table_schema(&scenario_retries_table));
    return list_of(schema, SCENARIO_TRAFFIC_MAX);
}

static struct json_t *
target_schema(void)
{
    return json_pack("{s:[{s:[s, s, s, s]}, {s:s, s:i}, {s:s}]}", "anyOf", "enum", "one",
                     "minority", "majority", "all", "type", "integer", "minimum", 1, "$ref",
                     "#/$defs/percent");
}

static struct json_t *
step_schema(const struct action *action)
{
    struct json_t *schema = table_schema(&scenario_entry_table);
    add_members(schema, action->fields, action->fields_count);
    if (strcmp(action->verb, "deploy") == 0) {
        add_members(schema, scenario_deploy_file_table.fields, scenario_deploy_file_table.count);
        set_part(schema, "strategy", schema_strategy());
    } else if (strcmp(action->verb, "roll-back") == 0) {
        set_part(schema, "to", json_pack("{s:[{s:s, s:i}, {s:s}]}", "anyOf", "type", "integer",
                                         "minimum", 1, "const", "previous"));
    }
    if (action->takes_selector) {
        add_members(schema, scenario_targets_table.fields, scenario_targets_table.count);
        set_part(schema, "target", target_schema());
    }
    if (action->takes_for) {
        add_members(schema, scenario_for_table.fields, scenario_for_table.count);
    }
    (void)json_object_set_new(json_object_get(schema, "properties"), "do",
                              json_pack("{s:s}", "const", action->verb));
    (void)json_object_set_new(schema, "description", json_string(action->about));
    return schema;
}

static struct json_t *
timeline_schema(void)
{
    struct json_t *forms = json_array();
    for (uint32_t i = 0; actions[i] != NULL; i++) {
        (void)json_array_append_new(forms, step_schema(actions[i]));
    }
    return list_of(json_pack("{s:o}", "anyOf", forms), SCENARIO_STEPS_MAX);
}

static struct json_t *
expect_schema(void)
{
    struct json_t *forms = json_array();
    for (uint32_t i = 0; expectation_kinds[i] != NULL; i++) {
        const struct expectation_kind *kind = expectation_kinds[i];
        struct json_t *form = fields_schema(kind->fields, kind->fields_count);
        add_members(form, scenario_promise_table.fields, scenario_promise_table.count);
        (void)json_object_set_new(form, "description", json_string(kind->about));
        (void)json_array_append_new(forms, form);
    }
    struct json_t *violates = table_schema(&scenario_violates_table);
    add_members(violates, scenario_promise_table.fields, scenario_promise_table.count);
    (void)json_array_append_new(forms, violates);
    return list_of(json_pack("{s:o}", "anyOf", forms), SCENARIO_EXPECTS_MAX);
}

static int
add_bytes(const char *bytes, size_t len, void *context)
{
    strbuf_add_bytes(context, bytes, len);
    return 0;
}

static struct json_t *
scheduler_schema(void)
{
    struct json_t *schema = table_schema(&scenario_scheduler_table);
    set_part(schema, "typical",
             list_of(table_schema(&scenario_shape_table), SCHEDULER_SHAPES_MAX));
    set_part(schema, "decision_time", table_schema(&scenario_decision_table));
    struct json_t *role = table_schema(&scenario_role_table);
    set_part(role, "guarantee", table_schema(&scenario_amounts_table));
    set_part(role, "limit", table_schema(&scenario_amounts_table));
    set_part(schema, "roles", map_of(role, SCENARIO_ROLES_MAX));
    return schema;
}

static struct json_t *
scenario_schema(void)
{
    struct json_t *schema = json_pack(
        "{s:s, s:s, s:s}", "$schema", "https://json-schema.org/draft/2020-12/schema", "title",
        "A scenario of Rehearsal", "description",
        "A cluster, what runs on it, what happens to it and what must have held. // comments are "
        "allowed in the file. A file that extends another may leave out what that one says.");
    struct json_t *top = table_schema(&scenario_top_table);
    struct json_t *defs = json_object();
    (void)json_object_update_missing(schema, top);
    json_decref(top);
    /* What a file must say may come from the file that it extends. */
    struct json_t *required = json_incref(json_object_get(schema, "required"));
    (void)json_object_del(schema, "required");
    (void)json_object_set_new(schema, "anyOf",
                              json_pack("[{s:[s]}, {s:o}]", "required", "extends", "required",
                                        required));
    set_part(schema, "extends", json_pack("{s:s}", "type", "string"));
    set_part(schema, "vars", json_pack("{s:s}", "type", "object"));
    set_part(schema, "record", table_schema(&scenario_record_table));
    set_part(schema, "cluster", cluster_schema());
    set_part(schema, "state", state_schema());
    set_part(schema, "scheduler", scheduler_schema());
    set_part(schema, "images", map_of(image_schema(), SCENARIO_IMAGES_MAX));
    set_part(schema, "apps", apps_schema());
    set_part(schema, "tasks", table_schema(&scenario_tasks_table));
    set_part(schema, "traffic", traffic_schema());
    set_part(schema, "timeline", timeline_schema());
    set_part(schema, "gateway", json_pack("{s:s}", "type", "object"));
    set_part(schema, "faults", table_schema(&scenario_faults_table));
    set_part(schema, "expect", expect_schema());
    set_part(schema, "jobs", json_pack("{s:s, s:i}", "type", "array", "maxItems", 0));
    set_part(schema, "packages", json_pack("{s:s, s:i}", "type", "array", "maxItems", 0));
    fields_schema_defs(defs);
    (void)json_object_set_new(schema, "$defs", defs);
    return schema;
}

static void
print_schema(struct json_t *schema, struct strbuf *out)
{
    (void)json_dump_callback(schema, add_bytes, out, JSON_INDENT(2));
    strbuf_add_char(out, '\n');
    json_decref(schema);
}

void
scenario_print_schema(struct strbuf *out)
{
    print_schema(scenario_schema(), out);
}

void
snapshot_print_schema(struct strbuf *out)
{
    static const char *const parts[] = { "name",      "about",  "vars",    "cluster", "state",
                                         "scheduler", "images", "gateway", "traffic", "expect" };
    struct json_t           *schema = scenario_schema();
    struct json_t           *all = json_incref(json_object_get(schema, "properties"));
    struct json_t           *properties = json_object();
    for (uint32_t i = 0; i < COUNT_OF(parts); i++) {
        (void)json_object_set(properties, parts[i], json_object_get(all, parts[i]));
    }
    json_decref(all);
    (void)json_object_del(schema, "anyOf");
    (void)json_object_set_new(schema, "title", json_string("A snapshot for Rehearsal"));
    (void)json_object_set_new(
        schema, "description",
        json_string("The state in which a cluster was found, how its images behave and what its "
                    "clients ask for. // comments are allowed in the file."));
    (void)json_object_set_new(schema, "properties", properties);
    (void)json_object_set_new(schema, "required", json_pack("[s]", "state"));
    print_schema(schema, out);
}

/*
 * sim/scenario_nodes.c - machines that are given one by one: a snapshot's, a list of the cluster's,
 * or a file with a line for each. They become groups and zones of their scenario.
 */
#include <string.h>

#include <jansson.h>

#include "fakes/cloud/instance_types.h"
#include "platform/base/map.h"
#include "sim/scenario_parts.h"

#define NODE_DISK_BYTES (INT64_C(100) * 1000 * 1000 * 1000)
#define NODE_BOOT_NS    SEC(75) /* of one that comes later: as that of a group */
#define NODE_CPUS_MAX   10000.0

/* What it offers: of a known type, or as it says itself. */
static void
node_machine(struct scenario_reader *reader, struct scenario_node *node, const struct json_t *json,
             const char *pointer)
{
    struct arena *arena = reader->read.arena;
    const bool    has_size = json_object_get(json, "cpus") != NULL ||
                          json_object_get(json, "mem") != NULL ||
                          json_object_get(json, "gpus") != NULL ||
                          json_object_get(json, "disk") != NULL;
    if (node->type != NULL && has_size) {
        scenario_error(reader, fields_pointer(arena, pointer, "type"),
                       "stands beside a size, expected \"type\", or \"cpus\" and \"mem\"");
        return;
    }
    if (node->type != NULL) {
        scenario_check_type(reader, node->type, pointer);
        node->machine = instance_type_find(node->type);
        return;
    }
    if (!(node->cpus >= 0.001 && node->cpus <= NODE_CPUS_MAX) || node->mem_bytes <= 0) {
        scenario_error(reader, pointer,
                       "says no size, expected \"type\", or \"cpus\" (0.001 to 10000) and \"mem\"");
        return;
    }
    struct instance_type *machine = ARENA_NEW(arena, struct instance_type);
    *machine = (struct instance_type){ .name = "",
                                       .cpu_milli = (int32_t)(node->cpus * 1000 + 0.5),
                                       .gpus = (int32_t)node->gpus,
                                       .mem_bytes = node->mem_bytes,
                                       .disk_bytes = node->disk_bytes };
    node->machine = machine;
}

static bool
node_is_alike(const struct scenario_node *node, const struct scenario_group *group)
{
    const struct instance_type *a = node->machine;
    const struct instance_type *b = group->machine;
    return strcmp(node->role, group->role) == 0 && strcmp(a->name, b->name) == 0 &&
           a->cpu_milli == b->cpu_milli && a->mem_bytes == b->mem_bytes && a->gpus == b->gpus &&
           a->disk_bytes == b->disk_bytes;
}

static uint32_t
group_named(const struct scenario *scenario, const char *name)
{
    uint32_t index = 0;
    while (index < scenario->groups_count &&
           strcmp(scenario->groups[index].name, name) != 0) {
        index++;
    }
    return index;
}

/* The group of a machine that names none: machines alike share one, "nodes", "nodes-2"... */
static uint32_t
group_found(struct scenario_reader *reader, struct scenario_node *node)
{
    const struct scenario *scenario = reader->scenario;
    const char *base = strcmp(node->role, "slave_public") == 0 ? "public" : "nodes";
    const size_t base_len = strlen(base);
    uint32_t kinds = 0;
    for (uint32_t i = scenario->groups_count; i > 0; i--) { /* the last one is the likeliest */
        const struct scenario_group *group = &scenario->groups[i - 1];
        if (strncmp(group->name, base, base_len) == 0 &&
            (group->name[base_len] == '\0' || group->name[base_len] == '-')) {
            if (group->is_given && node_is_alike(node, group)) {
                return i - 1;
            }
            kinds++;
        }
    }
    node->group = kinds == 0 ? base
                             : arena_printf(reader->read.arena, "%s-%u", base, kinds + 1);
    return group_named(scenario, node->group);
}

/* Its group, made by the first machine of it. */
static void
node_join(struct scenario_reader *reader, struct scenario_node *node, const char *pointer)
{
    struct scenario *scenario = reader->scenario;
    const uint32_t   index =
        node->group != NULL ? group_named(scenario, node->group) : group_found(reader, node);
    if (index == SCENARIO_GROUPS_MAX) {
        scenario_error(reader, fields_pointer(reader->read.arena, pointer, "group"),
                       "is one group more than %d, expected fewer", (int)SCENARIO_GROUPS_MAX);
        return;
    }
    struct scenario_group *group = &scenario->groups[index];
    if (index == scenario->groups_count) {
        *group = (struct scenario_group){
            .name = node->group,
            .role = node->role,
            .type = node->type,
            .machine = node->machine,
            .attributes = node->attributes,
            .is_given = true,
            .boot = { .kind = DIST_CONSTANT, .a_ns = NODE_BOOT_NS },
        };
        scenario->groups_count++;
    } else if (!group->is_given) {
        scenario_error(reader, fields_pointer(reader->read.arena, pointer, "group"),
                       "\"%s\" is one of \"groups\", expected a name of its own", group->name);
    } else if (!node_is_alike(node, group)) {
        scenario_error(reader, pointer,
                       "machine %s differs from the first one of its group \"%s\", expected the "
                       "same role and size, or another \"group\"", node->name, group->name);
    }
    node->group = group->name;
    group->min++;
    group->max++;
    node->group_index = index;
}

static void
node_zone(struct scenario_reader *reader, struct scenario_node *node, const char *pointer)
{
    struct scenario *scenario = reader->scenario;
    const char     **zones = (const char **)(uintptr_t)scenario->zones;
    uint32_t         index = 0;
    while (index < scenario->zones_count && strcmp(zones[index], node->zone) != 0) {
        index++;
    }
    if (index == SCENARIO_ZONES_MAX) {
        scenario_error(reader, fields_pointer(reader->read.arena, pointer, "zone"),
                       "is one zone more than %d, expected fewer", (int)SCENARIO_ZONES_MAX);
        return;
    }
    if (index == scenario->zones_count) {
        zones[scenario->zones_count++] = node->zone;
    }
    node->zone_index = index;
}

static void
read_node(struct scenario_reader *reader, const struct json_t *json, const char *pointer,
          struct scenario_node *node)
{
    struct arena  *arena = reader->read.arena;
    const uint32_t errors_count = reader->read.diags->errors_count;
    *node = (struct scenario_node){ .zone = "a", .role = "*", .disk_bytes = NODE_DISK_BYTES };
    fields_parse(&reader->read, json, pointer, scenario_node_table.fields,
                 scenario_node_table.count, NULL, node);
    if (reader->read.diags->errors_count > errors_count) {
        return;
    }
    scenario_check_name(reader, node->name, fields_pointer(arena, pointer, "name"));
    if (node->group != NULL) {
        scenario_check_name(reader, node->group, fields_pointer(arena, pointer, "group"));
    }
    scenario_check_name(reader, node->zone, fields_pointer(arena, pointer, "zone"));
    if (strcmp(node->role, "*") != 0) {
        scenario_check_name(reader, node->role, fields_pointer(arena, pointer, "role"));
    }
    node_machine(reader, node, json, pointer);
    node->attributes = scenario_attributes(&reader->read, node->attributes_json,
                                           fields_pointer(arena, pointer, "attributes"));
    node->attributes = scenario_attributes_of(&reader->read, node->attributes, node->machine);
}

/* --- many of them --- */

struct nodes_reader {
    struct scenario_reader *reader;
    struct intern           names;
    uint32_t                nodes_max; /* how many there is room for */
};

static void
nodes_take(struct nodes_reader *nodes, const struct json_t *json, const char *pointer)
{
    struct scenario_reader *reader = nodes->reader;
    struct scenario        *scenario = reader->scenario;
    struct scenario_node   *node = &scenario->nodes[scenario->nodes_count];
    const uint32_t          errors_count = reader->read.diags->errors_count;
    ASSERT(scenario->nodes_count < nodes->nodes_max);
    read_node(reader, json, pointer, node);
    if (reader->read.diags->errors_count > errors_count) {
        return; /* what was misread is not judged any further */
    }
    if (strcmp(node->name, "master-1") == 0 || intern_find(&nodes->names, node->name) != 0) {
        scenario_error(reader, fields_pointer(reader->read.arena, pointer, "name"),
                       "\"%s\" is the name of another machine, expected one of its own",
                       node->name);
    }
    (void)intern_id(&nodes->names, node->name);
    node_join(reader, node, pointer);
    node_zone(reader, node, pointer);
    scenario->nodes_count++;
}

void
scenario_read_nodes(struct scenario_reader *reader, const struct json_t *list, const char *where)
{
    const size_t        count = json_array_size(list);
    struct nodes_reader nodes = { .reader = reader, .nodes_max = (uint32_t)count };
    if (!fields_is_array(&reader->read, list, where)) {
        return;
    }
    if (count > NODE_COUNT_MAX) {
        scenario_error(reader, where, "found %u machines, expected at most %d", (unsigned)count,
                       (int)NODE_COUNT_MAX);
        return;
    }
    intern_init(&nodes.names);
    reader->scenario->nodes = ARENA_ARRAY(reader->read.arena, struct scenario_node, count + 1);
    for (uint32_t i = 0; i < count; i++) {
        nodes_take(&nodes, json_array_get(list, i),
                   fields_pointer_at(reader->read.arena, where, i));
    }
    intern_fini(&nodes.names);
}

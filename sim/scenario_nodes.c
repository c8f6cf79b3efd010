/* sim/snapshot_nodes.c - the machines of a snapshot, as groups and zones of its scenario. */
#include <string.h>

#include <jansson.h>

#include "platform/base/map.h"
#include "sim/snapshot_read.h"

#define NODE_DISK_BYTES (INT64_C(100) * 1000 * 1000 * 1000)
#define NODE_BOOT_NS    SEC(75) /* of one that comes later: as that of a group */
#define NODE_CPUS_MAX   10000.0

/* What it offers: of a known type, or as it says itself. */
static void
node_machine(struct scenario_reader *reader, struct snapshot_node *node, const struct json_t *json,
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

static void
node_attributes(struct scenario_reader *reader, const struct snapshot_node *node,
                const char *pointer)
{
    const char    *name;
    struct json_t *value;
    pointer = fields_pointer(reader->read.arena, pointer, "attributes");
    if (!fields_is_object(&reader->read, node->attributes, pointer)) {
        return;
    }
    json_object_foreach ((struct json_t *)(uintptr_t)node->attributes, name, value) {
        if (!json_is_string(value)) {
            scenario_error(reader, fields_pointer(reader->read.arena, pointer, name),
                           "found %s, expected a text", fields_show(reader->read.arena, value));
        }
    }
}

static bool
node_is_alike(const struct snapshot_node *node, const struct scenario_group *group)
{
    const struct instance_type *a = node->machine;
    const struct instance_type *b = group->machine;
    return strcmp(node->role, group->role) == 0 && strcmp(a->name, b->name) == 0 &&
           a->cpu_milli == b->cpu_milli && a->mem_bytes == b->mem_bytes && a->gpus == b->gpus &&
           a->disk_bytes == b->disk_bytes;
}

/* Its group, made by the first machine of it. */
static void
node_join(struct scenario_reader *reader, struct snapshot_node *node, const char *pointer)
{
    struct scenario *scenario = reader->scenario;
    uint32_t         index = 0;
    while (index < scenario->groups_count &&
           strcmp(scenario->groups[index].name, node->group) != 0) {
        index++;
    }
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
            .boot = { .kind = DIST_CONSTANT, .a_ns = NODE_BOOT_NS },
        };
        scenario->groups_count++;
    } else if (!node_is_alike(node, group)) {
        scenario_error(reader, pointer,
                       "machine %s differs from the first one of its group \"%s\", expected the "
                       "same role and size, or another \"group\"", node->name, node->group);
    }
    group->min++;
    group->max++;
    node->group_index = index;
}

static void
node_zone(struct scenario_reader *reader, struct snapshot_node *node, const char **zones,
          const char *pointer)
{
    struct scenario *scenario = reader->scenario;
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
          struct snapshot_node *node)
{
    struct arena  *arena = reader->read.arena;
    const uint32_t errors_count = reader->read.diags->errors_count;
    *node = (struct snapshot_node){ .zone = "a", .role = "*", .disk_bytes = NODE_DISK_BYTES };
    fields_parse(&reader->read, json, pointer, snapshot_node_table.fields,
                 snapshot_node_table.count, NULL, node);
    if (node->group == NULL) {
        node->group = strcmp(node->role, "slave_public") == 0 ? "public" : "nodes";
    }
    if (reader->read.diags->errors_count > errors_count) {
        return;
    }
    scenario_check_name(reader, node->name, fields_pointer(arena, pointer, "name"));
    scenario_check_name(reader, node->group, fields_pointer(arena, pointer, "group"));
    scenario_check_name(reader, node->zone, fields_pointer(arena, pointer, "zone"));
    if (strcmp(node->role, "*") != 0) {
        scenario_check_name(reader, node->role, fields_pointer(arena, pointer, "role"));
    }
    node_machine(reader, node, json, pointer);
    node_attributes(reader, node, pointer);
}

static void
read_nodes(struct scenario_reader *reader, struct snapshot *snapshot, const struct json_t *nodes)
{
    struct arena *arena = reader->read.arena;
    const char   *where = "/state/nodes";
    const size_t  count = json_array_size(nodes);
    if (!fields_is_array(&reader->read, nodes, where)) {
        return;
    }
    if (count == 0 || count > SNAPSHOT_NODES_MAX) {
        scenario_error(reader, where, "found %u machines, expected 1 to %d", (unsigned)count,
                       (int)SNAPSHOT_NODES_MAX);
        return;
    }
    const char  **zones = ARENA_ARRAY(arena, const char *, SCENARIO_ZONES_MAX);
    struct intern names;
    intern_init(&names);
    snapshot->nodes = ARENA_ARRAY(arena, struct snapshot_node, count);
    reader->scenario->groups = ARENA_ARRAY(arena, struct scenario_group, SCENARIO_GROUPS_MAX);
    reader->scenario->zones = zones;
    reader->scenario->zones_count = 0;
    for (uint32_t i = 0; i < count; i++) {
        struct snapshot_node *node = &snapshot->nodes[snapshot->nodes_count];
        const char           *pointer = fields_pointer_at(arena, where, i);
        const uint32_t        errors_count = reader->read.diags->errors_count;
        read_node(reader, json_array_get(nodes, i), pointer, node);
        if (reader->read.diags->errors_count > errors_count) {
            continue; /* what was misread is not judged any further */
        }
        if (strcmp(node->name, "master-1") == 0 || intern_find(&names, node->name) != 0) {
            scenario_error(reader, fields_pointer(arena, pointer, "name"),
                           "\"%s\" is the name of another machine, expected one of its own",
                           node->name);
        }
        (void)intern_id(&names, node->name);
        node_join(reader, node, pointer);
        node_zone(reader, node, zones, pointer);
        snapshot->nodes_count++;
    }
    intern_fini(&names);
}

void
snapshot_read_nodes(struct scenario_reader *reader)
{
    struct scenario      *scenario = reader->scenario;
    struct snapshot      *snapshot = ARENA_NEW(reader->read.arena, struct snapshot);
    struct snapshot_block block = { .warm_up_ns = SNAPSHOT_WARM_UP_NS };
    scenario->snapshot = snapshot;
    reader->snapshot = snapshot;
    if (!fields_is_object(&reader->read, reader->top.state, "/state")) {
        return;
    }
    fields_parse(&reader->read, reader->top.state, "/state", snapshot_block_table.fields,
                 snapshot_block_table.count, NULL, &block);
    snapshot->taken_at_ns = block.taken_at_ns;
    snapshot->warm_up_ns = block.warm_up_ns;
    if (json_object_get(reader->document.merged, "start") == NULL) {
        scenario->start_at_ns = block.taken_at_ns;
    } else {
        scenario_error(reader, "/start", "stands beside \"state\", which says when it begins, "
                                         "expected one of the two");
    }
    if (scenario->duration_ns > 0 && block.warm_up_ns > scenario->duration_ns) {
        scenario_error(reader, "/duration", "is shorter than the \"warm_up\" of the state, "
                                            "expected more");
    }
    read_nodes(reader, snapshot, block.nodes);
}

/* sim/scenario_cluster.c - the machines, and how images behave. */
#include <string.h>

#include <jansson.h>

#include "fakes/cloud/instance_types.h"
#include "fakes/containers/behavior.h"
#include "fakes/proxy/options.h"
#include "sim/scenario_parts.h"
#include "sim/snapshot_read.h"

#define GROUP_BOOT_NS SEC(75) /* a guess: an EC2 instance of a plain image until its agent runs */

static bool
is_name(const char *text)
{
    const size_t len =
        strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.");
    return len > 0 && len < SCENARIO_NAME_BYTES && text[len] == '\0';
}

void
scenario_check_name(struct scenario_reader *reader, const char *name, const char *pointer)
{
    if (!is_name(name)) {
        scenario_error(reader, pointer,
                       "found the name \"%s\", expected 1 to %d letters, digits, \"-\", \"_\" or "
                       "\".\"", name, SCENARIO_NAME_BYTES - 1);
    }
}

static void
read_zones(struct scenario_reader *reader, const struct scenario_cluster *cluster)
{
    struct arena *arena = reader->read.arena;
    if (cluster->zones_count == 0 || cluster->zones_count > SCENARIO_ZONES_MAX) {
        scenario_error(reader, "/cluster/zones", "found %u zones, expected 1 to %d",
                       cluster->zones_count, (int)SCENARIO_ZONES_MAX);
        return;
    }
    for (uint32_t i = 0; i < cluster->zones_count; i++) {
        const char *pointer = fields_pointer_at(arena, "/cluster/zones", i);
        scenario_check_name(reader, cluster->zones[i], pointer);
        for (uint32_t j = 0; j < i; j++) {
            if (strcmp(cluster->zones[i], cluster->zones[j]) == 0) {
                scenario_error(reader, pointer, "zone \"%s\" stands here twice, expected it once",
                               cluster->zones[i]);
            }
        }
    }
}

void
scenario_check_type(struct scenario_reader *reader, const char *type, const char *pointer)
{
    struct arena *arena = reader->read.arena;
    if (type == NULL || instance_type_find(type) != NULL) {
        return;
    }
    const char **names = ARENA_ARRAY(arena, const char *, instance_types_count);
    for (uint32_t i = 0; i < instance_types_count; i++) {
        names[i] = instance_types[i].name;
    }
    const char *nearest = fields_did_you_mean(arena, type, names, instance_types_count);
    scenario_error(reader, fields_pointer(arena, pointer, "type"),
                   "unknown instance type \"%s\"%s%s", type, nearest,
                   nearest[0] != '\0' ? "" : ", expected such as \"m5.xlarge\" or \"c5.large\"");
}

static void
read_group(struct scenario_reader *reader, const char *name, const struct json_t *json,
           struct scenario_group *group)
{
    struct arena *arena = reader->read.arena;
    const char   *pointer = fields_pointer(arena, "/cluster/groups", name);
    struct scenario_group_entry entry = { .attributes = NULL };
    entry.group = (struct scenario_group){
        .name = arena_strdup(arena, name),
        .role = "*",
        .max = UINT32_MAX,
        .boot = { .kind = DIST_CONSTANT, .a_ns = GROUP_BOOT_NS },
    };
    scenario_check_name(reader, name, pointer);
    fields_parse(&reader->read, json, pointer, scenario_group_table.fields,
                 scenario_group_table.count, NULL, &entry);
    *group = entry.group;
    group->attributes = scenario_attributes(&reader->read, entry.attributes,
                                            fields_pointer(arena, pointer, "attributes"));
    scenario_check_type(reader, group->type, pointer);
    if (group->type != NULL) {
        group->attributes = scenario_attributes_of(&reader->read, group->attributes,
                                                   instance_type_find(group->type));
    }
    if (group->image != NULL) {
        scenario_check_name(reader, group->image, fields_pointer(arena, pointer, "image"));
    }
    if (!is_name(group->role) && strcmp(group->role, "*") != 0) {
        scenario_check_name(reader, group->role, fields_pointer(arena, pointer, "role"));
    }
    if (group->max == UINT32_MAX) {
        group->max = group->min;
    }
    if (group->max < group->min) {
        scenario_error(reader, fields_pointer(arena, pointer, "max"),
                       "found %u, which is less than \"min\", expected at least %u", group->max,
                       group->min);
    }
}

static void
read_groups(struct scenario_reader *reader, const struct json_t *groups)
{
    struct scenario *scenario = reader->scenario;
    const char      *name;
    struct json_t   *json;
    uint64_t         nodes_count = 0;
    if (!fields_is_object(&reader->read, groups, "/cluster/groups")) {
        return;
    }
    const size_t count = json_object_size(groups);
    if (count == 0 || count > SCENARIO_GROUPS_MAX) {
        scenario_error(reader, "/cluster/groups", "found %u groups, expected 1 to %d",
                       (unsigned)count, (int)SCENARIO_GROUPS_MAX);
        return;
    }
    json_object_foreach ((struct json_t *)(uintptr_t)groups, name, json) {
        struct scenario_group *group = &scenario->groups[scenario->groups_count++];
        read_group(reader, name, json, group);
        nodes_count += group->max;
    }
    if (nodes_count > NODE_COUNT_MAX) {
        scenario_error(reader, "/cluster/groups",
                       "the groups may have %llu machines in all, expected at most %d",
                       (unsigned long long)nodes_count, (int)NODE_COUNT_MAX);
    }
}

/* Groups that boot, and machines that are there: both may add to groups, the latter to zones. */
static void
read_machines(struct scenario_reader *reader, const struct scenario_cluster *cluster,
              bool zones_are_used)
{
    struct scenario *scenario = reader->scenario;
    const char     **zones = ARENA_ARRAY(reader->read.arena, const char *, SCENARIO_ZONES_MAX);
    scenario->zones = zones;
    if (zones_are_used && cluster->zones_count <= SCENARIO_ZONES_MAX) {
        memcpy(zones, cluster->zones, cluster->zones_count * sizeof *zones);
        scenario->zones_count = cluster->zones_count;
    }
    scenario->groups = ARENA_ARRAY(reader->read.arena, struct scenario_group, SCENARIO_GROUPS_MAX);
    if (cluster->groups != NULL) {
        read_groups(reader, cluster->groups);
    }
    if (cluster->nodes != NULL) {
        scenario_read_cluster_nodes(reader, cluster->nodes);
    }
}

void
scenario_read_cluster(struct scenario_reader *reader)
{
    static const char *const zones_default[] = { "a" };
    struct scenario_cluster  cluster = {
         .region = "us-east-1", .zones = zones_default, .zones_count = 1, .masters = 1,
         .hop_ns = FAKE_PROXY_HOP_NS,
         .heartbeat_ns = SEC(HEARTBEAT_SECONDS)
    };
    const struct json_t *json = reader->top.cluster;
    if (!fields_is_object(&reader->read, json, "/cluster")) {
        return;
    }
    fields_parse(&reader->read, json, "/cluster", scenario_cluster_table.fields,
                 scenario_cluster_table.count, NULL, &cluster);
    const bool has_zones = json_object_get(json, "zones") != NULL;
    if (reader->top.state != NULL &&
        (cluster.groups != NULL || cluster.nodes != NULL || has_zones)) {
        scenario_error(reader,
                       cluster.groups != NULL  ? "/cluster/groups"
                       : cluster.nodes != NULL ? "/cluster/nodes"
                                               : "/cluster/zones",
                       "stands beside \"state\", whose machines say it, expected one of the two");
    } else if (reader->top.state == NULL && cluster.groups == NULL && cluster.nodes == NULL) {
        scenario_error(reader, "/cluster",
                       "has no machines, expected \"groups\", an object, or \"nodes\"");
    }
    if (cluster.masters != 1) {
        scenario_error(reader, "/cluster/masters",
                       "found %u, but several masters come later, expected 1", cluster.masters);
    }
    scenario_check_name(reader, cluster.region, "/cluster/region");
    read_zones(reader, &cluster);
    reader->scenario->region = cluster.region;
    reader->scenario->masters = cluster.masters;
    reader->scenario->hop_ns = cluster.hop_ns;
    reader->scenario->heartbeat_ns = cluster.heartbeat_ns;
    reader->scenario->master.mesh = cluster.mesh;
    reader->scenario->master.strict_labels = cluster.strict_labels;
    if (reader->top.state != NULL) {
        snapshot_read_nodes(reader);
    } else {
        read_machines(reader, &cluster, has_zones || cluster.groups != NULL);
    }
    scenario_read_machines(reader, cluster.images);
}

static void
apply_image(const struct fields_read *read, const struct json_t *json, const char *pointer,
            struct scenario_image *image)
{
    fields_parse(read, json, pointer, scenario_image_table.fields, scenario_image_table.count, NULL,
                 image);
    if (json_object_get(json, "crash_after") != NULL) {
        image->behavior.crashes = true;
    }
}

enum { IMAGE_LIKE_MAX = 8 };

/* The image that another is like; NULL at the end of the chain. */
static const struct json_t *
image_like(const struct json_t *images, const struct json_t *json)
{
    const char *like = json_string_value(json_object_get(json, "like"));
    return like != NULL ? json_object_get(images, like) : NULL;
}

static void
read_image(struct scenario_reader *reader, const struct json_t *images, const char *name,
           const struct json_t *json, struct behavior *behavior)
{
    const struct json_t *chain[IMAGE_LIKE_MAX + 1] = { json };
    uint32_t             chain_count = 1;
    struct arena        *arena = reader->read.arena;
    const char          *pointer = fields_pointer(arena, "/images", name);
    struct scenario_image image = { .behavior = behavior_default };
    behavior->image = arena_strdup(arena, name); /* also of one that is wrong: others name it */
    for (const struct json_t *next = image_like(images, json); next != NULL;
         next = image_like(images, next)) {
        if (chain_count == COUNT_OF(chain)) {
            scenario_error(reader, fields_pointer(arena, pointer, "like"),
                           "too long a chain, or one that comes back to itself, expected at most "
                           "%d steps", (int)IMAGE_LIKE_MAX);
            return;
        }
        chain[chain_count++] = next;
    }
    /* From the far end to this image; what is wrong with the others is said where they stand. */
    const struct fields_read muted = {
        .arena = arena, .diags = &reader->muted, .source = reader->read.source
    };
    for (uint32_t i = chain_count; i > 1; i--) {
        apply_image(&muted, chain[i - 1], "", &image);
    }
    image.like = NULL;
    apply_image(&reader->read, json, pointer, &image);
    if (image.like != NULL && json_object_get(images, image.like) == NULL) {
        scenario_error(reader, fields_pointer(arena, pointer, "like"),
                       "no image \"%s\" in \"images\", expected one that stands there", image.like);
    }
    *behavior = image.behavior;
    behavior->image = arena_strdup(arena, name);
    const bool is_own = json_object_get(json, "calls") != NULL;
    scenario_read_calls(is_own ? &reader->read : &muted, image.calls,
                        fields_pointer(arena, pointer, "calls"), behavior);
}

/* A mesh that nobody speaks of is there when an image makes calls. */
static void
decide_mesh(struct scenario_reader *reader)
{
    struct scenario *scenario = reader->scenario;
    const char      *caller = NULL;
    for (uint32_t i = 0; i < scenario->behaviors_count && caller == NULL; i++) {
        caller = scenario->behaviors[i].stages_count > 0 ? scenario->behaviors[i].image : NULL;
    }
    if (json_object_get(reader->top.cluster, "mesh") == NULL) {
        scenario->master.mesh = caller != NULL;
    } else if (!scenario->master.mesh && caller != NULL) {
        scenario_error(reader, "/cluster/mesh",
                       "is false, and \"%s\" could call nobody, expected true", caller);
    }
}

void
scenario_read_images(struct scenario_reader *reader)
{
    struct scenario     *scenario = reader->scenario;
    const struct json_t *images = reader->top.images;
    const char          *name;
    struct json_t       *json;
    if (!fields_is_object(&reader->read, images, "/images")) {
        return;
    }
    const size_t count = json_object_size(images);
    if (count > SCENARIO_IMAGES_MAX) {
        scenario_error(reader, "/images", "found %u images, expected at most %d", (unsigned)count,
                       (int)SCENARIO_IMAGES_MAX);
        return;
    }
    scenario->behaviors = ARENA_ARRAY(reader->read.arena, struct behavior, count + 1);
    json_object_foreach ((struct json_t *)(uintptr_t)images, name, json) {
        read_image(reader, images, name, json, &scenario->behaviors[scenario->behaviors_count++]);
    }
    decide_mesh(reader);
}

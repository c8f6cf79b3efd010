/* fakes/cloud/cloud.c - node groups of a simulated cloud, and the instances that they boot. */
#include "fakes/cloud/cloud_inner.h"

#include <string.h>

#include "platform/base/memory.h"

struct cloud_instance *
cloud_instance_at(const struct fake_cloud *cloud, uint64_t id)
{
    ASSERT(id > 0 && id <= cloud->instances.count);
    return vec_at(&cloud->instances, (uint32_t)(id - 1));
}

struct instance_info
cloud_info(const struct fake_cloud *cloud, const struct cloud_instance *instance)
{
    const struct fake_cloud_group *group = &cloud->options.groups[instance->group];
    return (struct instance_info){
        .id = instance->id,
        .state = instance->state,
        .group = group->name,
        .type = group->type->name,
        .zone = cloud->options.zones_count > 0 ? cloud->options.zones[instance->zone] : "",
        .ipv4 = instance->ipv4,
        .image = instance->image,
        .launched_at_ns = instance->launched_at_ns,
    };
}

static void
cloud_tell(struct fake_cloud *cloud, const struct cloud_instance *instance)
{
    world_tell(cloud->world, &(struct world_fact){ .kind = WORLD_INSTANCE,
                                                   .node = NODE_NONE,
                                                   .token = instance->id,
                                                   .value = instance->state });
}

/* What is known of an image, or NULL: one that a group began with, and nothing special. */
const struct fake_cloud_image *
cloud_image(const struct fake_cloud *cloud, const char *name)
{
    for (uint32_t i = 0; i < cloud->options.images_count; i++) {
        if (strcmp(cloud->options.images[i].name, name) == 0) {
            return &cloud->options.images[i];
        }
    }
    return NULL;
}

static void
cloud_booted(struct world *world, void *context, uint64_t argument)
{
    (void)world;
    struct fake_cloud *cloud = context;
    struct cloud_instance *instance = cloud_instance_at(cloud, argument);
    instance->boot = 0;
    instance->state = INSTANCE_RUNNING;
    cloud_tell(cloud, instance);
    const struct fake_cloud_image *image = cloud_image(cloud, instance->image);
    if (image == NULL || !image->broken) {
        const struct instance_info info = cloud_info(cloud, instance);
        cloud->options.booted(cloud->options.context, &info);
    }
}

static bool
cloud_counts(const struct cloud_instance *instance, uint32_t group)
{
    return instance->group == group && instance->state != INSTANCE_TERMINATED;
}

/* The zone with the fewest instances of the group, the first of them on a tie. */
static uint32_t
cloud_zone(const struct fake_cloud *cloud, uint32_t group)
{
    uint32_t best = 0;
    uint32_t best_count = UINT32_MAX;
    for (uint32_t zone = 0; zone < cloud->options.zones_count; zone++) {
        uint32_t count = 0;
        for (uint32_t i = 0; i < cloud->instances.count; i++) {
            const struct cloud_instance *instance = vec_at(&cloud->instances, i);
            count += cloud_counts(instance, group) && instance->zone == zone ? 1U : 0U;
        }
        if (count < best_count) {
            best = zone;
            best_count = count;
        }
    }
    return best;
}

static void
cloud_launch(struct fake_cloud *cloud, uint32_t group)
{
    const uint32_t zone = cloud_zone(cloud, group);
    struct cloud_instance *instance = vec_push(&cloud->instances);
    *instance = (struct cloud_instance){ .id = cloud->instances.count,
                                         .group = group,
                                         .zone = zone,
                                         .state = INSTANCE_PENDING,
                                         .image = cloud->images[group],
                                         .launched_at_ns = world_now(cloud->world) };
    cloud_tell(cloud, instance);
    const struct fake_cloud_image *image = cloud_image(cloud, instance->image);
    const struct dist *boot = image != NULL && image->has_boot ? &image->boot
                                                               : &cloud->options.groups[group].boot;
    const int64_t boot_ns = dist_draw_ns(boot, &cloud->rng);
    instance->boot = world_at(cloud->world, world_now(cloud->world) + boot_ns, WORLD_CLASS_FAULT,
                              NULL, cloud_booted, cloud, instance->id);
}

void
cloud_terminate(struct fake_cloud *cloud, struct cloud_instance *instance)
{
    const bool was_there = instance->state != INSTANCE_PENDING;
    world_cancel(cloud->world, instance->boot);
    instance->boot = 0;
    instance->state = INSTANCE_TERMINATED;
    cloud_tell(cloud, instance);
    if (was_there) {
        const struct instance_info info = cloud_info(cloud, instance);
        cloud->options.ended(cloud->options.context, &info);
    }
}

/* Launches what is missing, or ends the youngest that are too many. */
void
cloud_reach(struct fake_cloud *cloud, uint32_t group)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < cloud->instances.count; i++) {
        count += cloud_counts(vec_at(&cloud->instances, i), group) ? 1U : 0U;
    }
    for (; count < cloud->desired[group]; count++) {
        cloud_launch(cloud, group);
    }
    for (uint32_t i = cloud->instances.count; i > 0 && count > cloud->desired[group]; i--) {
        struct cloud_instance *instance = vec_at(&cloud->instances, i - 1);
        if (cloud_counts(instance, group)) {
            cloud_terminate(cloud, instance);
            count--;
        }
    }
}

struct fake_cloud *
fake_cloud_open(struct world *world, const struct fake_cloud_options *options)
{
    struct fake_cloud *cloud = memory_alloc_zero(1, sizeof *cloud);
    cloud->world = world;
    cloud->options = *options;
    if (cloud->options.call_ns == 0) {
        cloud->options.call_ns = FAKE_CLOUD_CALL_NS;
    }
    vec_init(&cloud->instances, sizeof(struct cloud_instance));
    cloud->desired = memory_alloc_zero(options->groups_count, sizeof *cloud->desired);
    cloud->images = memory_alloc_zero(options->groups_count, sizeof *cloud->images);
    world_stream(world, 0, "cloud", &cloud->rng);
    for (uint32_t group = 0; group < options->groups_count; group++) {
        const char *image = options->groups[group].image;
        cloud->images[group] = image != NULL ? image : FAKE_CLOUD_IMAGE;
        cloud->desired[group] = options->groups[group].desired;
        cloud_reach(cloud, group);
    }
    return cloud;
}

void
fake_cloud_close(struct fake_cloud *cloud)
{
    if (cloud != NULL) {
        vec_fini(&cloud->instances);
        memory_free(cloud->desired);
        memory_free(cloud->images);
        memory_free(cloud);
    }
}

uint64_t
fake_cloud_adopt(struct fake_cloud *cloud, uint32_t group, uint32_t zone)
{
    ASSERT(group < cloud->options.groups_count);
    ASSERT(zone < cloud->options.zones_count);
    struct cloud_instance *instance = vec_push(&cloud->instances);
    *instance = (struct cloud_instance){ .id = cloud->instances.count,
                                         .group = group,
                                         .zone = zone,
                                         .state = INSTANCE_RUNNING,
                                         .image = cloud->images[group],
                                         .launched_at_ns = world_now(cloud->world) };
    cloud->desired[group]++;
    cloud_tell(cloud, instance);
    return instance->id;
}

void
fake_cloud_address(struct fake_cloud *cloud, uint64_t instance, uint32_t ipv4)
{
    cloud_instance_at(cloud, instance)->ipv4 = ipv4;
}

/* One that has ended stays so. */
static void
cloud_set(struct fake_cloud *cloud, uint64_t id, enum instance_state state)
{
    struct cloud_instance *instance = cloud_instance_at(cloud, id);
    if (instance->state != INSTANCE_TERMINATED) {
        instance->state = state;
        cloud_tell(cloud, instance);
    }
}

void
fake_cloud_fail(struct fake_cloud *cloud, uint64_t instance)
{
    cloud_set(cloud, instance, INSTANCE_FAILED);
}

void
fake_cloud_recover(struct fake_cloud *cloud, uint64_t instance)
{
    cloud_set(cloud, instance, INSTANCE_RUNNING);
}

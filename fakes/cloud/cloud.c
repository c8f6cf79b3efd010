/* fakes/cloud/cloud.c - the cloud port of a simulated process: node groups that boot instances. */
#include "fakes/cloud/cloud.h"

#include <string.h>

#include "platform/base/memory.h"
#include "platform/base/vec.h"

struct cloud_instance {
    uint64_t            id;
    uint32_t            group;
    uint32_t            zone;
    enum instance_state state;
    world_event         boot;
};

struct fake_cloud {
    struct world             *world; /* borrowed */
    struct fake_cloud_options options;
    struct vec                instances; /* struct cloud_instance, by id - 1 */
    uint32_t                 *desired;   /* by group, owned */
    struct rng                rng;
};

static struct cloud_instance *
cloud_instance_at(const struct fake_cloud *cloud, uint64_t id)
{
    ASSERT(id > 0 && id <= cloud->instances.count);
    return vec_at(&cloud->instances, (uint32_t)(id - 1));
}

static struct instance_info
cloud_info(const struct fake_cloud *cloud, const struct cloud_instance *instance)
{
    const struct fake_cloud_group *group = &cloud->options.groups[instance->group];
    return (struct instance_info){
        .id = instance->id,
        .state = instance->state,
        .group = group->name,
        .type = group->type->name,
        .zone = cloud->options.zones_count > 0 ? cloud->options.zones[instance->zone] : "",
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

static void
cloud_booted(struct world *world, void *context, uint64_t argument)
{
    (void)world;
    struct fake_cloud *cloud = context;
    struct cloud_instance *instance = cloud_instance_at(cloud, argument);
    instance->boot = 0;
    instance->state = INSTANCE_RUNNING;
    cloud_tell(cloud, instance);
    const struct instance_info info = cloud_info(cloud, instance);
    cloud->options.booted(cloud->options.context, &info);
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
                                         .state = INSTANCE_PENDING };
    cloud_tell(cloud, instance);
    const int64_t boot_ns = dist_draw_ns(&cloud->options.groups[group].boot, &cloud->rng);
    instance->boot = world_at(cloud->world, world_now(cloud->world) + boot_ns, WORLD_CLASS_FAULT,
                              NULL, cloud_booted, cloud, instance->id);
}

static void
cloud_terminate(struct fake_cloud *cloud, struct cloud_instance *instance)
{
    const bool was_there = instance->state == INSTANCE_RUNNING;
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
static void
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
    world_stream(world, 0, "cloud", &cloud->rng);
    for (uint32_t group = 0; group < options->groups_count; group++) {
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
                                         .state = INSTANCE_RUNNING };
    cloud->desired[group]++;
    cloud_tell(cloud, instance);
    return instance->id;
}

void
fake_cloud_fail(struct fake_cloud *cloud, uint64_t instance)
{
    cloud_instance_at(cloud, instance)->state = INSTANCE_FAILED;
    cloud_tell(cloud, cloud_instance_at(cloud, instance));
}

void
fake_cloud_recover(struct fake_cloud *cloud, uint64_t instance)
{
    cloud_instance_at(cloud, instance)->state = INSTANCE_RUNNING;
    cloud_tell(cloud, cloud_instance_at(cloud, instance));
}

static uint32_t
cloud_group(const struct fake_cloud *cloud, const char *name)
{
    uint32_t group = 0;
    while (group < cloud->options.groups_count &&
           strcmp(cloud->options.groups[group].name, name) != 0) {
        group++;
    }
    return group;
}

static void
cloud_resized(struct world *world, void *context, uint64_t argument)
{
    struct env_cloud_resize *resize = context;
    const struct fake_cloud_port *port = (const struct fake_cloud_port *)(uintptr_t)argument;
    struct fake_cloud *cloud = port->cloud;
    const uint32_t group = cloud_group(cloud, resize->group);
    enum status status = ST_OK;
    const char *message = "";
    if (group == cloud->options.groups_count) {
        status = ST_NOT_FOUND;
        message = "no node group of that name";
    } else if (resize->count < cloud->options.groups[group].min ||
               resize->count > cloud->options.groups[group].max) {
        status = ST_INVALID;
        message = "outside the group's minimum and maximum";
    } else {
        cloud->desired[group] = resize->count;
        cloud_reach(cloud, group);
    }
    world_trace_answer(world, port->process, "cloud.resize", resize->count, status);
    env_op_complete(&resize->op, status, message);
}

static void
fake_cloud_resize(struct env_cloud *port, struct env_cloud_resize *resize)
{
    struct fake_cloud_port *self = container_of(port, struct fake_cloud_port, port);
    struct world *world = self->cloud->world;
    world_trace_call(world, self->process, "cloud.resize", resize->count, 0);
    (void)world_at(world, world_now(world) + self->cloud->options.call_ns, WORLD_CLASS_ANSWER,
                   self->process, cloud_resized, resize, (uint64_t)(uintptr_t)self);
}

static void
cloud_listed(struct world *world, void *context, uint64_t argument)
{
    struct env_cloud_instances *instances = context;
    const struct fake_cloud_port *port = (const struct fake_cloud_port *)(uintptr_t)argument;
    const struct fake_cloud *cloud = port->cloud;
    enum status status = ST_OK;
    uint32_t wanted = UINT32_MAX;
    if (instances->group != NULL) {
        wanted = cloud_group(cloud, instances->group);
        status = wanted == cloud->options.groups_count ? ST_NOT_FOUND : ST_OK;
    }
    for (uint32_t i = 0; status == ST_OK && i < cloud->instances.count; i++) {
        const struct cloud_instance *instance = vec_at(&cloud->instances, i);
        if (wanted == UINT32_MAX || instance->group == wanted) {
            const struct instance_info info = cloud_info(cloud, instance);
            instances->row(instances, &info);
        }
    }
    world_trace_answer(world, port->process, "cloud.instances", cloud->instances.count, status);
    env_op_complete(&instances->op, status, status == ST_OK ? "" : "no node group of that name");
}

static void
fake_cloud_instances(struct env_cloud *port, struct env_cloud_instances *instances)
{
    struct fake_cloud_port *self = container_of(port, struct fake_cloud_port, port);
    struct world *world = self->cloud->world;
    world_trace_call(world, self->process, "cloud.instances", 0, 0);
    (void)world_at(world, world_now(world) + self->cloud->options.call_ns, WORLD_CLASS_ANSWER,
                   self->process, cloud_listed, instances, (uint64_t)(uintptr_t)self);
}

static const struct env_cloud_ops fake_cloud_ops = { .name = "fake",
                                                     .resize = fake_cloud_resize,
                                                     .instances = fake_cloud_instances };

void
fake_cloud_port_init(struct fake_cloud_port *port, struct fake_cloud *cloud,
                     struct world_process *process)
{
    *port = (struct fake_cloud_port){ .port.ops = &fake_cloud_ops,
                                      .cloud = cloud,
                                      .process = process };
}

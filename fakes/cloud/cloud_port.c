/* fakes/cloud/cloud_port.c - what a simulated process may ask of the cloud, and its answers. */
#include "fakes/cloud/cloud_inner.h"

#include <string.h>

/* Whether this call reaches the cloud at all; counts it. */
static bool
cloud_is_reached(struct fake_cloud *cloud)
{
    cloud->calls_count++;
    return cloud->calls_count != cloud->options.unavailable_nth;
}

/* The answer of the call that was counted last. */
static void
cloud_answer(const struct fake_cloud_port *port, struct env_op *op, const char *name, uint64_t what,
             enum status status, const char *message)
{
    const struct fake_cloud *cloud = port->cloud;
    if (cloud->calls_count == cloud->options.unavailable_nth) {
        status = ST_UNAVAILABLE;
        message = "the cloud does not answer";
    } else if (cloud->calls_count == cloud->options.unanswered_nth) {
        status = ST_TIMEOUT;
        message = "the answer of the cloud was lost";
    }
    world_trace_answer(cloud->world, port->process, name, what, status);
    env_op_complete(op, status, message);
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

/* Why nothing can be said about a group at all; ST_OK when something can. */
static enum status
cloud_refuses(struct fake_cloud *cloud, uint32_t group, const char **ret_message)
{
    *ret_message = "";
    if (!cloud_is_reached(cloud)) {
        return ST_UNAVAILABLE;
    }
    if (group == cloud->options.groups_count) {
        *ret_message = "no node group of that name";
        return ST_NOT_FOUND;
    }
    return ST_OK;
}

static void
cloud_resized(struct world *world, void *context, uint64_t argument)
{
    (void)world;
    struct env_cloud_resize *resize = context;
    const struct fake_cloud_port *port = (const struct fake_cloud_port *)(uintptr_t)argument;
    struct fake_cloud *cloud = port->cloud;
    const uint32_t group = cloud_group(cloud, resize->group);
    const char *message = "";
    enum status status = cloud_refuses(cloud, group, &message);
    if (status == ST_OK && (resize->count < cloud->options.groups[group].min ||
                            resize->count > cloud->options.groups[group].max)) {
        status = ST_INVALID;
        message = "outside the group's minimum and maximum";
    }
    if (status == ST_OK) {
        cloud->desired[group] = resize->count;
        cloud_reach(cloud, group);
    }
    cloud_answer(port, &resize->op, "cloud.resize", resize->count, status, message);
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
    (void)world;
    struct env_cloud_instances *instances = context;
    const struct fake_cloud_port *port = (const struct fake_cloud_port *)(uintptr_t)argument;
    struct fake_cloud *cloud = port->cloud;
    enum status status = cloud_is_reached(cloud) ? ST_OK : ST_UNAVAILABLE;
    uint32_t wanted = UINT32_MAX;
    if (status == ST_OK && instances->group != NULL) {
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
    cloud_answer(port, &instances->op, "cloud.instances", cloud->instances.count, status,
                 status == ST_OK ? "" : "no node group of that name");
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

static void
cloud_described(struct world *world, void *context, uint64_t argument)
{
    (void)world;
    struct env_cloud_group *op = context;
    const struct fake_cloud_port *port = (const struct fake_cloud_port *)(uintptr_t)argument;
    struct fake_cloud *cloud = port->cloud;
    const uint32_t group = cloud_group(cloud, op->group);
    const bool there = group < cloud->options.groups_count;
    if (cloud_is_reached(cloud) && there) {
        op->found(op, &(struct group_info){ .min = cloud->options.groups[group].min,
                                            .max = cloud->options.groups[group].max,
                                            .desired = cloud->desired[group],
                                            .image = cloud->images[group] });
    }
    cloud_answer(port, &op->op, "cloud.group", group, there ? ST_OK : ST_NOT_FOUND,
                 there ? "" : "no node group of that name");
}

static void
fake_cloud_group(struct env_cloud *port, struct env_cloud_group *group)
{
    struct fake_cloud_port *self = container_of(port, struct fake_cloud_port, port);
    struct world *world = self->cloud->world;
    world_trace_call(world, self->process, "cloud.group", 0, 0);
    (void)world_at(world, world_now(world) + self->cloud->options.call_ns, WORLD_CLASS_ANSWER,
                   self->process, cloud_described, group, (uint64_t)(uintptr_t)self);
}

/* The cloud's own copy of an image's name, or NULL: there is no such image. */
static const char *
cloud_image_name(const struct fake_cloud *cloud, const char *name)
{
    const struct fake_cloud_image *image = cloud_image(cloud, name);
    if (image != NULL) {
        return image->name;
    }
    for (uint32_t i = 0; i < cloud->options.groups_count; i++) {
        const char *first = cloud->options.groups[i].image;
        first = first != NULL ? first : FAKE_CLOUD_IMAGE;
        if (strcmp(first, name) == 0) {
            return first;
        }
    }
    return NULL;
}

static void
cloud_configured(struct world *world, void *context, uint64_t argument)
{
    (void)world;
    struct env_cloud_configure *configure = context;
    const struct fake_cloud_port *port = (const struct fake_cloud_port *)(uintptr_t)argument;
    struct fake_cloud *cloud = port->cloud;
    const uint32_t group = cloud_group(cloud, configure->group);
    const char *image = cloud_image_name(cloud, configure->image);
    const char *message = "";
    enum status status = cloud_refuses(cloud, group, &message);
    if (status == ST_OK && image == NULL) {
        status = ST_NOT_FOUND;
        message = "no machine image of that name";
    }
    if (status == ST_OK) {
        cloud->images[group] = image;
    }
    cloud_answer(port, &configure->op, "cloud.configure", group, status, message);
}

static void
fake_cloud_configure(struct env_cloud *port, struct env_cloud_configure *configure)
{
    struct fake_cloud_port *self = container_of(port, struct fake_cloud_port, port);
    struct world *world = self->cloud->world;
    world_trace_call(world, self->process, "cloud.configure",
                     hash_bytes(0, configure->image, strlen(configure->image)), 0);
    (void)world_at(world, world_now(world) + self->cloud->options.call_ns, WORLD_CLASS_ANSWER,
                   self->process, cloud_configured, configure, (uint64_t)(uintptr_t)self);
}

static void
cloud_terminated(struct world *world, void *context, uint64_t argument)
{
    (void)world;
    struct env_cloud_terminate *terminate = context;
    const struct fake_cloud_port *port = (const struct fake_cloud_port *)(uintptr_t)argument;
    struct fake_cloud *cloud = port->cloud;
    enum status status = ST_OK;
    const char *message = "";
    if (!cloud_is_reached(cloud)) {
        status = ST_UNAVAILABLE;
    } else if (terminate->instance == 0 || terminate->instance > cloud->instances.count) {
        status = ST_NOT_FOUND;
        message = "no instance of that number";
    } else {
        struct cloud_instance *instance = cloud_instance_at(cloud, terminate->instance);
        const uint32_t group = instance->group;
        if (instance->state == INSTANCE_TERMINATED) {
            message = "it has ended already";
        } else if (terminate->shrinks &&
                   cloud->desired[group] <= cloud->options.groups[group].min) {
            status = ST_INVALID;
            message = "the group would be smaller than its minimum";
        } else {
            cloud->desired[group] -= terminate->shrinks ? 1 : 0;
            cloud_terminate(cloud, instance);
            cloud_reach(cloud, group);
        }
    }
    cloud_answer(port, &terminate->op, "cloud.terminate", terminate->instance, status, message);
}

static void
fake_cloud_terminate(struct env_cloud *port, struct env_cloud_terminate *terminate)
{
    struct fake_cloud_port *self = container_of(port, struct fake_cloud_port, port);
    struct world *world = self->cloud->world;
    world_trace_call(world, self->process, "cloud.terminate", terminate->instance,
                     terminate->shrinks);
    (void)world_at(world, world_now(world) + self->cloud->options.call_ns, WORLD_CLASS_ANSWER,
                   self->process, cloud_terminated, terminate, (uint64_t)(uintptr_t)self);
}

static const struct env_cloud_ops fake_cloud_ops = { .name = "fake",
                                                     .resize = fake_cloud_resize,
                                                     .instances = fake_cloud_instances,
                                                     .group = fake_cloud_group,
                                                     .configure = fake_cloud_configure,
                                                     .terminate = fake_cloud_terminate };

void
fake_cloud_port_init(struct fake_cloud_port *port, struct fake_cloud *cloud,
                     struct world_process *process)
{
    *port = (struct fake_cloud_port){ .port.ops = &fake_cloud_ops,
                                      .cloud = cloud,
                                      .process = process };
}

/* sim/world_nodes.c - machines of the simulated world: made by the cloud, switched off and on. */
#include <stdio.h>
#include <string.h>

#include "fakes/cloud/instance_types.h"
#include "platform/gateway/gateway.h"
#include "sim/node_ports.h"
#include "sim/world.h"

#define WORLD_STATUS_RESEND_NS     SEC(10) /* Mesos agent: 10 s doubling to 10 min */
#define WORLD_STATUS_RESEND_NS_MAX MIN(10)
#define WORLD_EDGE_REPORT_NS       SEC(5)
#define WORLD_EDGE_POLL_NS         MS(100)

struct world_node *
world_node_at(const struct world *world, uint32_t index)
{
    return *(struct world_node **)vec_at(&world->nodes, index);
}

struct world_node *
world_node_add(struct world *world, const char *name)
{
    struct world_node *node = ARENA_NEW(&world->arena, struct world_node);
    node->index = world->nodes.count;
    node->name = name;
    node->zone = "";
    node->role = "";
    node->group = "";
    node->attributes = "";
    *(struct world_node **)vec_push(&world->nodes) = node;
    struct world_place *place = vec_push(&world->places);
    place->ipv4 = UINT32_C(0x0A000001) + node->index; /* 10.0.0.1 and on */
    place->listeners_version = 1;
    world_own_ipv4(world, place->ipv4, node->index);
    return node;
}

static struct node_spec
world_node_spec(const struct world *world, const struct world_node *node,
                const struct instance_type *type)
{
    struct node_spec spec = { .index = node->index,
                              .hostname = node->name,
                              .region = world->scenario->region,
                              .zone = node->zone,
                              .role = node->role,
                              .attributes = node->attributes,
                              .ipv4 = world_node_ipv4(world, node->index),
                              .cpu_milli = type->cpu_milli,
                              .gpus = type->gpus,
                              .mem_bytes = type->mem_bytes,
                              .disk_bytes = type->disk_bytes };
    const struct node_port_range *ports = node_ports(node->role, &spec.port_ranges_count);
    memcpy(spec.ports, ports, spec.port_ranges_count * sizeof spec.ports[0]);
    return spec;
}

static void
world_node_processes(struct world *world, struct world_node *node,
                     const struct instance_type *type)
{
    struct agent_config *agent = ARENA_NEW(&world->arena, struct agent_config);
    *agent = (struct agent_config){
        .node = world_node_spec(world, node, type),
        .master = env_address_of(ENV_PROCESS_MASTER, 0),
        .heartbeat_ns = world->scenario->heartbeat_ns,
        .status_resend_ns = WORLD_STATUS_RESEND_NS,
        .status_resend_max_ns = WORLD_STATUS_RESEND_NS_MAX,
        .definitions = world->definitions,
        .run_id = "simulated",
    };
    node->agent = world_process_add(world, &agent_process,
                                    env_address_of(ENV_PROCESS_AGENT, node->index), node->index,
                                    agent);
    if (node->proxy != NULL) {
        struct edge_config *edge = ARENA_NEW(&world->arena, struct edge_config);
        *edge = (struct edge_config){ .node = node->index,
                                      .zone = agent->node.zone,
                                      .master = env_address_of(ENV_PROCESS_MASTER, 0),
                                      .report_ns = WORLD_EDGE_REPORT_NS,
                                      .poll_ns = WORLD_EDGE_POLL_NS,
                                      .gateway = &gateway_format };
        node->edge = world_process_add(world, &edge_process,
                                       env_address_of(ENV_PROCESS_EDGE, node->index),
                                       node->index, edge);
    }
}

void
world_node_power_on(struct world_node *node)
{
    struct world *world = node->agent->world;
    struct world_place *place = world_node_place(world, node);
    if (place->up || node->ended) {
        return;
    }
    place->up = true;
    world->map_changes++;
    world->nodes_changes++;
    world_tell(world, &(struct world_fact){ .kind = WORLD_NODE_UP, .node = node->index });
    fake_engine_power_on(node->engine);
    world_process_start(node->agent);
    if (node->edge != NULL) {
        fake_proxy_power_on(node->proxy);
        world_process_start(node->edge);
    }
}

void
world_node_power_off(struct world_node *node)
{
    struct world *world = node->agent->world;
    if (!world_node_up(world, node->index)) {
        return;
    }
    world_process_kill(node->agent);
    if (node->edge != NULL) {
        world_process_kill(node->edge);
    }
    fake_engine_power_off(node->engine);
    if (node->proxy != NULL) {
        fake_proxy_power_off(node->proxy);
    }
    world_node_place(world, node)->up = false;
    world->map_changes++;
    world->nodes_changes++;
    world_tell(world, &(struct world_fact){ .kind = WORLD_NODE_DOWN, .node = node->index });
}

const struct instance_type *
world_group_machine(const struct scenario_group *group)
{
    return group->machine != NULL ? group->machine : instance_type_find(group->type);
}

static const struct scenario_group *
world_group(const struct world *world, const char *name)
{
    const struct scenario_group *group = world->scenario->groups;
    while (strcmp(group->name, name) != 0) { /* it is there: the cloud was given it */
        group++;
        ASSERT(group < world->scenario->groups + world->scenario->groups_count);
    }
    return group;
}

struct world_node *
world_node_make(struct world *world, const char *name, const char *attributes,
                const struct instance_info *info)
{
    const struct scenario_group *group = world_group(world, info->group);
    const struct instance_type *machine = world_group_machine(group);
    ASSERT(machine != NULL); /* the scenario was checked */
    struct world_node *node = world_node_add(world, name);
    node->instance = info->id;
    map64_put(&world->by_instance, info->id, node->index + 1);
    world->groups_nodes[group - world->scenario->groups]++;
    node->zone = info->zone; /* the scenario's */
    node->group = group->name;
    node->role = group->role;
    node->attributes = attributes != NULL ? attributes : group->attributes;
    node->machine = machine;
    node->engine = fake_engine_open(world, node->index, &world->options.containers);
    const bool is_front = strcmp(node->role, "slave_public") == 0;
    if (is_front || world->scenario->master.mesh) {
        node->proxy = fake_proxy_open(world->datapath, node->index, is_front);
    }
    world_node_processes(world, node, machine);
    fake_cloud_address(world->cloud, info->id, world_node_ipv4(world, node->index));
    world->nodes_changes++;
    return node;
}

/* The node that an instance has become, or NULL. */
static struct world_node *
world_node_of_instance(const struct world *world, uint64_t instance)
{
    const uint32_t index = map64_get(&world->by_instance, instance);
    return index == 0 ? NULL : world_node_at(world, index - 1);
}

static bool
world_has_node(const struct world *world, const char *name)
{
    for (uint32_t i = 0; i < world->nodes.count; i++) {
        if (strcmp(world_node_at(world, i)->name, name) == 0) {
            return true;
        }
    }
    return false;
}

/* An instance has booted: the first time it becomes a node, later it is the same node again. */
static void
world_instance_up(void *context, const struct instance_info *info)
{
    struct world *world = context;
    struct world_node *known = world_node_of_instance(world, info->id);
    if (known != NULL) {
        world_node_power_on(known);
        return;
    }
    const struct scenario_group *group = world_group(world, info->group);
    uint32_t number = world->groups_nodes[group - world->scenario->groups] + 1;
    const char *name = arena_printf(&world->arena, "%s-%u", info->group, number);
    while (world->scenario->nodes_count > 0 && world_has_node(world, name)) {
        number++; /* given machines are called as they like */
        name = arena_printf(&world->arena, "%s-%u", info->group, number);
    }
    world_node_power_on(world_node_make(world, name, NULL, info));
}

static void
world_instance_down(void *context, const struct instance_info *info)
{
    struct world *world = context;
    struct world_node *node = world_node_of_instance(world, info->id);
    if (node != NULL) {
        node->ended = true;
        world->nodes_changes++;
        world_node_power_off(node);
    }
}

void
world_master_open(struct world *world)
{
    const struct scenario *scenario = world->scenario;
    struct world_node *node = world_node_add(world, "master-1");
    world_node_place(world, node)->up = true;
    node->role = "master";
    node->zone = scenario->zones_count > 0 ? scenario->zones[0] : "";
    struct master_config *master = ARENA_NEW(&world->arena, struct master_config);
    *master = scenario->master;
    master->definitions = world->definitions;
    world->master = world_process_add(world, &master_process,
                                      env_address_of(ENV_PROCESS_MASTER, 0), node->index,
                                      master);
    world->client = world_process_add(world, NULL, env_address_of(ENV_PROCESS_CLIENT, 0),
                                      NODE_NONE, NULL);
}

void
world_cloud_open(struct world *world)
{
    const struct scenario *scenario = world->scenario;
    struct fake_cloud_group *groups =
        ARENA_ARRAY(&world->arena, struct fake_cloud_group, scenario->groups_count);
    for (uint32_t i = 0; i < scenario->groups_count; i++) {
        const struct scenario_group *group = &scenario->groups[i];
        groups[i] = (struct fake_cloud_group){ .name = group->name,
                                               .type = world_group_machine(group),
                                               .min = group->min,
                                               .max = group->max,
                                               /* given ones are adopted one by one */
                                               .desired = group->is_given ? 0 : group->min,
                                               .boot = group->boot,
                                               .image = group->image };
    }
    struct fake_cloud_image *images =
        ARENA_ARRAY(&world->arena, struct fake_cloud_image, scenario->machines_count + 1);
    for (uint32_t i = 0; i < scenario->machines_count; i++) {
        const struct scenario_machine *machine = &scenario->machines[i];
        images[i] = (struct fake_cloud_image){ .name = machine->name,
                                               .boot = machine->boot,
                                               .has_boot = machine->has_boot,
                                               .broken = machine->broken };
    }
    world->cloud = fake_cloud_open(
        world, &(struct fake_cloud_options){ .groups = groups,
                                             .groups_count = scenario->groups_count,
                                             .images = images,
                                             .images_count = scenario->machines_count,
                                             .zones = scenario->zones,
                                             .zones_count = scenario->zones_count,
                                             .unavailable_nth =
                                                 world->options.cloud_unavailable_nth,
                                             .unanswered_nth =
                                                 world->options.cloud_unanswered_nth,
                                             .booted = world_instance_up,
                                             .ended = world_instance_down,
                                             .context = world });
}

void
world_nodes_close(struct world *world)
{
    for (uint32_t i = 0; i < world->nodes.count; i++) {
        struct world_node *node = world_node_at(world, i);
        if (node->engine != NULL) {
            fake_engine_close(node->engine);
        }
    }
}

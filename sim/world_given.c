/* sim/world_given.c - machines that are there from the start, in the order in which they stand. */
#include "sim/world.h"

static struct world_node *
given_make(struct world *world, const struct scenario_node *given)
{
    const struct instance_info info = {
        .id = fake_cloud_adopt(world->cloud, given->group_index, given->zone_index),
        .state = INSTANCE_RUNNING,
        .group = given->group,
        .type = given->machine->name,
        .zone = given->zone,
    };
    return world_node_make(world, given->name, given->attributes, &info);
}

void
world_given_make(struct world *world)
{
    const struct scenario *scenario = world->scenario;
    for (uint32_t i = 0; i < scenario->nodes_count; i++) {
        const struct world_node *node = given_make(world, &scenario->nodes[i]);
        ASSERT(node->index == i + 1); /* the master's is the first */
    }
}

void
world_given_power_on(struct world *world)
{
    for (uint32_t i = 0; i < world->scenario->nodes_count; i++) {
        world_node_power_on(world_node_at(world, i + 1));
    }
}

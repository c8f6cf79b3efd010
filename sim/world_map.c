/* sim/world_map.c - who has which address, who listens where, who reaches whom. */
#include "sim/world.h"

uint32_t
world_node_ipv4(const struct world *world, uint32_t node)
{
    return world_place_at(world, node)->ipv4;
}

void
world_own_ipv4(struct world *world, uint32_t ipv4, uint32_t node)
{
    map64_put(&world->by_ipv4, ipv4, node + 1);
    world->map_changes++;
}

uint32_t
world_node_of_ipv4(const struct world *world, uint32_t ipv4)
{
    const uint32_t node = map64_get(&world->by_ipv4, ipv4);
    return node == 0 ? NODE_NONE : node - 1;
}

bool
world_node_up(const struct world *world, uint32_t node)
{
    return node == NODE_NONE || world_place_at(world, node)->up;
}

bool
world_reaches(const struct world *world, uint32_t from, uint32_t to)
{
    if (from == to) {
        return world_node_up(world, from);
    }
    if (!world_node_up(world, from) || !world_node_up(world, to)) {
        return false;
    }
    if (from == NODE_NONE || to == NODE_NONE) {
        return true;
    }
    return world_place_at(world, from)->island == world_place_at(world, to)->island;
}

static uint64_t
world_listen_key(uint32_t ipv4, uint16_t port)
{
    return (uint64_t)ipv4 << 16 | port;
}

void
world_listen(struct world *world, uint32_t ipv4, uint16_t port, struct world_service *service)
{
    uint32_t index = world->services.count;
    if (world->services_free.count > 0) {
        index = *(uint32_t *)vec_at(&world->services_free, world->services_free.count - 1);
        world->services_free.count--;
    } else {
        (void)vec_push(&world->services);
    }
    *(struct world_service **)vec_at(&world->services, index) = service;
    map64_put(&world->listeners, world_listen_key(ipv4, port), index + 1);
    world->map_changes++;
}

void
world_unlisten(struct world *world, uint32_t ipv4, uint16_t port)
{
    const uint64_t key = world_listen_key(ipv4, port);
    const uint32_t index = map64_get(&world->listeners, key);
    if (index != 0) {
        *(uint32_t *)vec_push(&world->services_free) = index - 1;
        map64_remove(&world->listeners, key);
        world->map_changes++;
    }
}

enum world_connect
world_connect(struct world *world, uint32_t from_node, uint32_t ipv4, uint16_t port,
              struct world_service **ret_service)
{
    const bool own = from_node != NODE_NONE && world_place_at(world, from_node)->ipv4 == ipv4;
    const uint32_t node = own ? from_node : world_node_of_ipv4(world, ipv4);
    if (node == NODE_NONE || !world_reaches(world, from_node, node)) {
        return WORLD_UNREACHABLE;
    }
    uint32_t index = map64_get(&world->listeners, world_listen_key(ipv4, port));
    if (index == 0) {
        index = map64_get(&world->listeners, world_listen_key(ipv4, WORLD_ANY_PORT));
    }
    if (index == 0) {
        return WORLD_REFUSED;
    }
    *ret_service = *(struct world_service **)vec_at(&world->services, index - 1);
    return WORLD_CONNECTED;
}

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

static struct world_listener *
world_listener_at(const struct world *world, uint32_t index)
{
    return (struct world_listener *)world->services.items + index;
}

/* Where a new one is noted. */
static uint32_t
world_listener_take(struct world *world)
{
    if (world->services_free.count > 0) {
        world->services_free.count--;
        return ((const uint32_t *)world->services_free.items)[world->services_free.count];
    }
    (void)vec_push(&world->services);
    return world->services.count - 1;
}

/* Somebody listens at an address, or does no more. */
static void
world_listeners_changed(struct world *world, uint32_t ipv4)
{
    const uint32_t node = world_node_of_ipv4(world, ipv4);
    if (node != NODE_NONE) {
        world_place_at(world, node)->listeners_version++;
    }
    world->map_changes++;
}

void
world_listen(struct world *world, uint32_t ipv4, uint16_t port, struct world_service *service)
{
    const uint64_t key = world_listen_key(ipv4, port);
    uint32_t place = map64_get(&world->listeners, key);
    if (place == 0) {
        place = world_listener_take(world) + 1;
        map64_put(&world->listeners, key, place);
    }
    *world_listener_at(world, place - 1) = (struct world_listener){ key, service };
    world_listeners_changed(world, ipv4);
}

void
world_unlisten(struct world *world, uint32_t ipv4, uint16_t port)
{
    const uint64_t key = world_listen_key(ipv4, port);
    const uint32_t place = map64_get(&world->listeners, key);
    if (place != 0) {
        *world_listener_at(world, place - 1) = (struct world_listener){ 0 };
        *(uint32_t *)vec_push(&world->services_free) = place - 1;
        map64_remove(&world->listeners, key);
        world_listeners_changed(world, ipv4);
    }
}

/* Who listens there, or NULL. A place that says so itself need not be looked for. */
static struct world_service *
world_listener(const struct world *world, uint32_t ipv4, uint16_t port, uint32_t *place)
{
    const uint64_t key = world_listen_key(ipv4, port);
    if (*place - 1 < world->services.count) {
        const struct world_listener *known = world_listener_at(world, *place - 1);
        if (known->service != NULL && known->key == key) {
            return known->service;
        }
    }
    *place = map64_get(&world->listeners, key);
    if (*place == 0) {
        *place = map64_get(&world->listeners, world_listen_key(ipv4, WORLD_ANY_PORT));
    }
    return *place == 0 ? NULL : world_listener_at(world, *place - 1)->service;
}

enum world_connect
world_connect_again(struct world *world, uint32_t from_node, uint32_t ipv4, uint16_t port,
                    struct world_known *known)
{
    const struct world_place *from =
        from_node != NODE_NONE ? world_place_at(world, from_node) : NULL;
    const bool own = from != NULL && from->ipv4 == ipv4;
    if (own && known->version == from->listeners_version && from->up) {
        return WORLD_CONNECTED; /* nobody came or went there since, so nothing is looked up */
    }
    known->version = 0;
    const uint32_t node = own ? from_node : world_node_of_ipv4(world, ipv4);
    if (node == NODE_NONE || !world_reaches(world, from_node, node)) {
        return WORLD_UNREACHABLE;
    }
    struct world_service *service = world_listener(world, ipv4, port, &known->place);
    if (service == NULL) {
        return WORLD_REFUSED;
    }
    known->service = service;
    known->version = own ? from->listeners_version : 0;
    return WORLD_CONNECTED;
}

enum world_connect
world_connect(struct world *world, uint32_t from_node, uint32_t ipv4, uint16_t port,
              struct world_service **ret_service)
{
    struct world_known known = { 0 };
    const enum world_connect found = world_connect_again(world, from_node, ipv4, port, &known);
    if (found == WORLD_CONNECTED) {
        *ret_service = known.service;
    }
    return found;
}

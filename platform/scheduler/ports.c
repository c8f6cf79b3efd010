/* platform/scheduler/ports.c - host ports of a node: which are free, which a task gets. */
#include "platform/scheduler/ports.h"

static bool
ports_offered(const struct node_spec *spec, uint16_t port)
{
    for (uint32_t i = 0; i < spec->port_ranges_count; i++) {
        if (port >= spec->ports[i].first && port <= spec->ports[i].last) {
            return true;
        }
    }
    return false;
}

static bool
ports_in_use(const struct cluster_node *node, uint16_t port)
{
    const uint16_t *used = node->ports_used.items; /* sorted */
    uint32_t low = 0;
    uint32_t high = node->ports_used.count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (used[middle] < port) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < node->ports_used.count && used[low] == port;
}

bool
ports_fixed_free(const struct cluster_node *node, const struct app_spec *spec)
{
    for (uint32_t i = 0; i < spec->ports_count; i++) {
        const uint16_t port = spec->ports[i].host_port;
        if (port > 0 && (!ports_offered(&node->spec, port) || ports_in_use(node, port))) {
            return false;
        }
    }
    return true;
}

/* The offered port that follows in the ring of the node's ranges, in the order they are offered. */
static uint16_t
ports_next(const struct node_spec *spec, uint16_t port)
{
    for (uint32_t i = 0; i < spec->port_ranges_count; i++) {
        if (port < spec->ports[i].first || port > spec->ports[i].last) {
            continue;
        }
        return port < spec->ports[i].last
                   ? (uint16_t)(port + 1)
                   : spec->ports[(i + 1) % spec->port_ranges_count].first;
    }
    return spec->ports[0].first;
}

static bool
ports_taken_now(const uint16_t *ports, uint32_t count, uint16_t port)
{
    for (uint32_t i = 0; i < count; i++) {
        if (ports[i] == port) {
            return true;
        }
    }
    return false;
}

static uint16_t
ports_free_one(struct cluster_node *node, const uint16_t *chosen, uint32_t chosen_count)
{
    for (uint32_t tries = 0; tries <= UINT16_MAX; tries++) {
        node->port_cursor = ports_next(&node->spec, node->port_cursor);
        if (!ports_in_use(node, node->port_cursor) &&
            !ports_taken_now(chosen, chosen_count, node->port_cursor)) {
            return node->port_cursor;
        }
    }
    return 0;
}

bool
ports_choose(struct cluster_node *node, const struct app_spec *spec,
             uint16_t ports[TASK_PORTS_MAX], uint8_t *ret_count)
{
    ASSERT(spec->ports_count <= TASK_PORTS_MAX);
    for (uint32_t i = 0; i < spec->ports_count; i++) { /* those asked for by number first */
        ports[i] = spec->ports[i].host_port;
    }
    for (uint32_t i = 0; i < spec->ports_count; i++) {
        if (ports[i] != 0 || !spec->ports[i].needs_host_port) {
            continue;
        }
        if (node->spec.port_ranges_count == 0) {
            return false;
        }
        ports[i] = ports_free_one(node, ports, spec->ports_count);
        if (ports[i] == 0) {
            return false;
        }
    }
    *ret_count = (uint8_t)spec->ports_count;
    return true;
}

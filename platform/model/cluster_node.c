/*
 * platform/model/cluster_node.c - nodes in the master's memory, and the line the scheduler scans.
 */
#include <string.h>

#include "platform/model/cluster_pulse.h"
#include "platform/model/cluster_reservation.h"

struct cluster_node *
cluster_node_find(struct cluster *cluster, uint32_t index)
{
    return index < cluster->nodes.count
               ? *(struct cluster_node **)vec_at(&cluster->nodes, index)
               : NULL;
}

struct cluster_node *
cluster_node_named(struct cluster *cluster, const char *hostname)
{
    for (uint32_t i = 0; i < cluster->nodes.count; i++) {
        struct cluster_node *node = *(struct cluster_node **)vec_at(&cluster->nodes, i);
        if (node != NULL && strcmp(node->spec.hostname, hostname) == 0) {
            return node;
        }
    }
    return NULL;
}

const char *
cluster_node_text(struct cluster *cluster, const char *text)
{
    return intern_text(&cluster->node_texts, intern_id(&cluster->node_texts, text));
}

struct cluster_node *
cluster_node_get(struct cluster *cluster, uint32_t index)
{
    ASSERT(index < NODE_COUNT_MAX);
    while (cluster->nodes.count <= index) {
        *(struct cluster_node **)vec_push(&cluster->nodes) = NULL;
        (void)vec_push(&cluster->pulses);
        struct cluster_free *line = vec_push(&cluster->free);
        line->mem_bytes = -1;
    }
    struct cluster_node **slot = vec_at(&cluster->nodes, index);
    if (*slot == NULL) {
        struct cluster_node *node = ARENA_NEW(&cluster->arena, struct cluster_node);
        node->index = index;
        node->cluster = cluster;
        node->state = NODE_AWAITED;
        node->spec = (struct node_spec){
            .index = index, .hostname = "", .region = "", .zone = "", .role = "", .attributes = ""
        };
        vec_init(&node->ports_used, sizeof(uint16_t));
        vec_init(&node->strays, sizeof(uint64_t));
        vec_init(&node->unheard, sizeof(uint64_t));
        *slot = node;
    }
    return *slot;
}

void
cluster_node_state(struct cluster_node *node, enum node_state state, const char *cause)
{
    const enum node_state old = node->state;
    node->state = state;
    cluster_node_pulse(node)->incarnation = state == NODE_READY ? node->incarnation : 0;
    node->cluster->nodes_generation++;
    cluster_journal(node->cluster, &(struct env_event){ .kind = ENV_EVENT_NODE,
                                                        .old_state = (int32_t)old,
                                                        .new_state = (int32_t)state,
                                                        .node = node->index + 1,
                                                        .text = cause });
    cluster_node_refresh(node);
    cluster_reservation_node_changed(node);
}

static uint32_t
cluster_node_ports(const struct cluster_node *node)
{
    uint32_t ports = 0;
    for (uint32_t i = 0; i < node->spec.port_ranges_count; i++) {
        ports += (uint32_t)node->spec.ports[i].last - node->spec.ports[i].first + 1;
    }
    return ports;
}

struct cluster_free
cluster_node_room(const struct cluster_node *node)
{
    const struct node_spec *spec = &node->spec;
    const uint32_t ports = cluster_node_ports(node);
    const uint32_t used = node->ports_used.count;
    struct cluster_free room = {
        .mem_bytes = spec->mem_bytes - node->mem_bytes_used,
        .cpu_milli = spec->cpu_milli - node->cpu_milli_used,
        .disk_bytes = spec->disk_bytes - node->disk_bytes_used,
        .role_bit = node->role,
        .ports_free = ports > used ? ports - used : 0,
        .cpu_inverse = (UINT64_C(1) << 32) / (uint64_t)(spec->cpu_milli > 0 ? spec->cpu_milli : 1),
        .mem_inverse = (UINT64_C(1) << 62) / (uint64_t)(spec->mem_bytes > 0 ? spec->mem_bytes : 1),
    };
    if (spec->gpus > 0) {
        room.gpu_milli = spec->gpus * NODE_GPU_MILLI - node->gpu_milli_used;
        room.gpu_inverse = (UINT64_C(1) << 32) / ((uint64_t)spec->gpus * NODE_GPU_MILLI);
    }
    for (int32_t i = 0; i < spec->gpus; i++) {
        const int16_t free_milli = (int16_t)(NODE_GPU_MILLI - node->gpu_used_milli[i]);
        room.gpus = (int16_t)(room.gpus + (free_milli == NODE_GPU_MILLI ? 1 : 0));
        if (free_milli > room.gpu_milli_most) {
            room.gpu_milli_most = free_milli;
        }
    }
    return room;
}

static void
cluster_node_measure(const struct cluster_node *node)
{
    struct cluster_largest *largest = &node->cluster->largest;
    const struct node_spec *spec = &node->spec;
    if (spec->cpu_milli <= largest->cpu_milli && spec->mem_bytes <= largest->mem_bytes &&
        spec->gpus <= largest->gpus) {
        return;
    }
    largest->cpu_milli =
        spec->cpu_milli > largest->cpu_milli ? spec->cpu_milli : largest->cpu_milli;
    largest->mem_bytes =
        spec->mem_bytes > largest->mem_bytes ? spec->mem_bytes : largest->mem_bytes;
    largest->gpus = spec->gpus > largest->gpus ? spec->gpus : largest->gpus;
    largest->changes++;
}

static void
cluster_node_count(struct cluster_node *node, int64_t sign)
{
    const struct amounts amounts = { .of = { [AMOUNT_CPU] = node->spec.cpu_milli,
                                             [AMOUNT_MEMORY] = node->spec.mem_bytes,
                                             [AMOUNT_DISK] = node->spec.disk_bytes,
                                             [AMOUNT_GPU] =
                                                 (int64_t)node->spec.gpus * NODE_GPU_MILLI } };
    amounts_add(&node->cluster->capacity, &amounts, sign);
    node->counted = sign > 0;
}

void
cluster_node_uncount(struct cluster_node *node)
{
    if (node->counted) {
        cluster_node_count(node, -1);
    }
}

void
cluster_node_refresh(struct cluster_node *node)
{
    cluster_node_measure(node);
    if (node->counted != (node->state == NODE_READY)) {
        cluster_node_count(node, node->counted ? -1 : 1);
    }
    struct cluster_free *line = vec_at(&node->cluster->free, node->index);
    const bool takes = node->state == NODE_READY && node->strays.count == 0 &&
                       !node->draining && node->nominated_first == NULL &&
                       node->tasks_count < NODE_TASKS_MAX;
    *line = takes ? cluster_node_room(node) : (struct cluster_free){ .mem_bytes = -1 };
    node->cluster->free_generation++;
    if (!node->changed) { /* once, however often it changes until somebody looks */
        node->changed = true;
        *(uint32_t *)vec_push(&node->cluster->nodes_changed) = node->index;
    }
}

struct cluster_edge *
cluster_edge_get(struct cluster *cluster, uint32_t node)
{
    for (uint32_t i = 0; i < cluster->edges.count; i++) {
        struct cluster_edge *edge = vec_at(&cluster->edges, i);
        if (edge->node == node) {
            return edge;
        }
    }
    struct cluster_edge *edge = vec_push(&cluster->edges);
    edge->node = node;
    vec_init(&edge->busy, sizeof(uint64_t));
    return edge;
}

bool
cluster_edge_is_there(const struct cluster *cluster, const struct cluster_edge *edge)
{
    return cluster_now(cluster) - edge->seen_at_ns < cluster->config->edge_timeout_ns;
}

int64_t
cluster_edge_missed_at(const struct cluster *cluster, const struct cluster_edge *edge)
{
    const int64_t patience_ns = cluster->config->edge_timeout_ns;
    const struct cluster_node *node =
        edge->node < cluster->nodes.count
            ? *(struct cluster_node *const *)vec_at(&cluster->nodes, edge->node)
            : NULL;
    const bool is_up = node != NULL && cluster_node_seen_at_ns(node) > edge->seen_at_ns;
    return edge->seen_at_ns + (is_up ? 2 * patience_ns : patience_ns);
}

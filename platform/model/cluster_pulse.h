/*
 * platform/model/cluster_pulse.h - when a node was heard last: all that a heartbeat touches.
 *
 * It is kept apart from the rest of a node, so that those of thousands stay in a cache.
 */
#ifndef PLATFORM_MODEL_CLUSTER_PULSE_H
#define PLATFORM_MODEL_CLUSTER_PULSE_H

#include "platform/model/cluster.h"

struct cluster_pulse {
    int64_t  seen_at_ns;
    uint64_t incarnation; /* of the agent while the node is ready; else 0 */
};

static inline struct cluster_pulse *
cluster_node_pulse(const struct cluster_node *node)
{
    return vec_at(&node->cluster->pulses, node->index);
}

static inline int64_t
cluster_node_seen_at_ns(const struct cluster_node *node)
{
    return cluster_node_pulse(node)->seen_at_ns;
}

/* For so long that its agent counts as gone. */
static inline bool
cluster_node_is_silent(const struct cluster_node *node)
{
    return cluster_now(node->cluster) - cluster_node_seen_at_ns(node) >=
           node->cluster->config->agent_timeout_ns;
}

#endif

/*
 * platform/model/cluster_drain.h - what only a node that is drained has.
 *
 * It is kept apart from the node: few of thousands are drained at a time.
 */
#ifndef PLATFORM_MODEL_CLUSTER_DRAIN_H
#define PLATFORM_MODEL_CLUSTER_DRAIN_H

#include "platform/model/cluster.h"

struct cluster_drain {
    struct node_record   record; /* as stored */
    struct env_timer     timer;  /* its deadline */
    struct cluster_node *node;   /* borrowed */
    char                *waits_for; /* owned: the last sentence journaled; NULL: none */
};

/* Of a node that is drained. */
static inline struct cluster_drain *
cluster_drain_get(const struct cluster_node *node)
{
    ASSERT(node->drain != NULL);
    return node->drain;
}

/* The deadline of its drain has passed. */
static inline bool
cluster_node_is_forced(const struct cluster_node *node)
{
    return node->drain != NULL && node->drain->record.forced;
}

/* Its drain is forgotten, if there is one. */
void cluster_drain_fini(struct cluster_node *node);

#endif

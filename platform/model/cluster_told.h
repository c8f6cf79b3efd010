/*
 * platform/model/cluster_told.h - what a node's agent was told and has not been heard of yet, and
 * tasks that it runs and that are none of ours.
 *
 * Both are kept by id in the node, so that nothing walks all tasks of a node to find the few whose
 * launch or kill goes out again.
 */
#ifndef PLATFORM_MODEL_CLUSTER_TOLD_H
#define PLATFORM_MODEL_CLUSTER_TOLD_H

#include "platform/model/cluster.h"

/* Its agent was told to launch or to kill this task: it is told again until it is heard of. */
void cluster_node_told(struct cluster_node *node, uint64_t task);
/* What waits to be sent again goes out after resend_ns, if no earlier time is set. */
void cluster_node_resend_later(struct cluster_node *node);

void cluster_node_stray(struct cluster_node *node, uint64_t task); /* it runs one */
/* A task that was replaced has ended there. */
void cluster_node_stray_ended(struct cluster_node *node, uint64_t task);

#endif

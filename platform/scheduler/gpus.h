/*
 * platform/scheduler/gpus.h - which GPUs of a node a task gets.
 *
 * Whole ones are the first that nobody uses. Which GPU a share of one goes to is the policy's: a
 * scores_gpu_fn, of which the plain ones are here.
 */
#ifndef PLATFORM_SCHEDULER_GPUS_H
#define PLATFORM_SCHEDULER_GPUS_H

#include "platform/scheduler/place.h"

/* A mask of GPUs; 0 when there are not enough, or none is asked for. */
uint16_t gpus_choose(const struct cluster_node *node, const struct place_request *request,
                     const struct scores_policy *policy, struct rng *rng);

/* Thousandths that are free of one. */
static inline int32_t
gpus_free_milli(const struct cluster_node *node, int32_t gpu)
{
    return NODE_GPU_MILLI - node->gpu_used_milli[gpu];
}

/* Of those with room; of equal ones the first. */
scores_gpu_fn gpus_fullest;
scores_gpu_fn gpus_emptiest;
scores_gpu_fn gpus_first;
scores_gpu_fn gpus_drawn;

#endif

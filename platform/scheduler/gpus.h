/*
 * platform/scheduler/gpus.h - which GPUs of a node a task gets.
 */
#ifndef PLATFORM_SCHEDULER_GPUS_H
#define PLATFORM_SCHEDULER_GPUS_H

#include "platform/model/cluster.h"

/*
 * A mask of GPUs that nobody uses, the first ones; for a share, the one GPU that is fullest and
 * still has room, the first of equal ones. 0 when there are not enough, or none is asked for.
 */
uint16_t gpus_choose(const struct cluster_node *node, const struct app_spec *spec);

#endif

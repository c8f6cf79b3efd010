/*
 * platform/scheduler/ports.h - host ports of a node: which are free, which a task gets.
 */
#ifndef PLATFORM_SCHEDULER_PORTS_H
#define PLATFORM_SCHEDULER_PORTS_H

#include "platform/model/cluster.h"

/* Whether every port that the app asks for by number is offered by the node and not in use. */
bool ports_fixed_free(const struct cluster_node *node, const struct app_spec *spec);

/*
 * One host port for each of the app's ports: the number asked for, else the next free one of the
 * node's ranges after the last one given out, so that a port just left is not reused at once; 0
 * where none is mapped. False when the node has too few.
 */
bool ports_choose(struct cluster_node *node, const struct app_spec *spec,
                  uint16_t ports[TASK_PORTS_MAX], uint8_t *ret_count);

#endif

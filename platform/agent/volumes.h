/*
 * platform/agent/volumes.h - the persistent volumes of an agent's node, and which task mounts each.
 *
 * An agent makes a volume when it starts the first container that mounts it, and removes it when
 * the master asks for that. What no task mounts is told with each heartbeat, so that the master
 * finds those that it knows nothing of.
 * Memory: nothing while there are none.
 */
#ifndef PLATFORM_AGENT_VOLUMES_H
#define PLATFORM_AGENT_VOLUMES_H

#include "platform/agent/agent.h"

/* Asks the engine which there are: once in the agent's life, beside its other work. */
void volumes_begin(struct process *agent);

/* The task mounts it from now on, in place of an earlier one. */
void volumes_take(struct process *agent, uint64_t volume, uint64_t task);

/* The volume of a task, 0: it has none. */
uint64_t volumes_of(const struct process *agent, uint64_t task);

/* Nothing is left of the task. */
void volumes_give(struct process *agent, uint64_t task);

/* With the heartbeat. */
void volumes_beat(struct process *agent);

/* The master asks for it, and asks again until it is told. A volume that a task mounts stays. */
void volumes_unwanted(struct process *agent, uint64_t volume);

void volumes_drop(struct process *agent); /* the process closes */

#endif

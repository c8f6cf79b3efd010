/*
 * platform/model/cluster_waiting.h - which apps have tasks that wait for a node: one bit an app, so
 * that a thousand content apps cost nothing when room was made for the one that waits.
 */
#ifndef PLATFORM_MODEL_CLUSTER_WAITING_H
#define PLATFORM_MODEL_CLUSTER_WAITING_H

#include "platform/model/cluster.h"

void cluster_waiting_add(struct cluster *cluster); /* cluster.apps has one more place */
void cluster_waiting_set(struct cluster_app *app, bool waits);
/* The first place in cluster.apps from this one on whose app waits, or UINT32_MAX. */
uint32_t cluster_waiting_next(const struct cluster *cluster, uint32_t from);

#endif

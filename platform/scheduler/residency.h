/*
 * platform/scheduler/residency.h - where the tasks of an app with persistent volumes may go.
 *
 * The first placement of an instance reserves its place on a node (cluster_reservation.c). From
 * then on an app has at most as many reservations as instances: a task goes where one waits for it,
 * and makes a new one only while the app has too few. Neither its constraints nor the policy nor
 * roles are asked where a volume waits; GPUs and host ports are, for they are not reserved.
 */
#ifndef PLATFORM_SCHEDULER_RESIDENCY_H
#define PLATFORM_SCHEDULER_RESIDENCY_H

#include "platform/model/cluster_reservation.h"
#include "platform/scheduler/place.h"

/* The oldest waiting reservation of its app that takes the task now, or NULL. */
struct cluster_reservation *residency_find(const struct cluster_task *task,
                                           const struct place_request *request);

/* Whether one more may be made. */
bool residency_may_make(const struct cluster_app *app);

/* It can neither get nor make one: its app says so, and why, when that is news. */
void residency_explain(struct cluster_task *task, const struct place_request *request);

#endif

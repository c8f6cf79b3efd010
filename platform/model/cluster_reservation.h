/*
 * platform/model/cluster_reservation.h - what apps with persistent volumes hold on nodes.
 *
 * A reservation is made with the first placement of an instance and outlives it: the next one goes
 * where it waits. Released, it goes as soon as its volume has been removed.
 */
#ifndef PLATFORM_MODEL_CLUSTER_RESERVATION_H
#define PLATFORM_MODEL_CLUSTER_RESERVATION_H

#include "platform/model/cluster.h"

struct cluster_reservation {
    struct reservation_record   record;
    struct cluster_app         *app;  /* borrowed; NULL once released */
    struct cluster_node        *node; /* borrowed */
    struct cluster_task        *task; /* that has it; NULL: it waits, and holds its resources */
    struct cluster_reservation *app_next;  /* the app's next newer one */
    struct cluster_reservation *node_next; /* of the node, in no order */
};

/* The task's, which it has or had; NULL: none. */
struct cluster_reservation *cluster_reservation_of(const struct cluster_task *task);
/* Of this node, by its id; NULL: none. */
struct cluster_reservation *cluster_reservation_find(const struct cluster_node *node, uint64_t id);
/* How many the app has, whether a task has them or not. */
uint32_t cluster_reservation_count(const struct cluster_app *app);
/* The node's room is held, and the task's successors are bound to it. The task is to be booked. */
void cluster_reservation_make(struct cluster_task *task, struct cluster_node *node);
/* A waiting one becomes the task's, which is to be booked on its node. */
void cluster_reservation_give(struct cluster_reservation *reservation, struct cluster_task *task);
/* Nobody has it and nobody gets it: its resources are free, its volume is to be removed. */
void cluster_reservation_release(struct cluster_reservation *reservation, const char *why);
/* Its volume is no more: it is forgotten. */
void cluster_reservation_removed(struct cluster_reservation *reservation, const char *why);
void cluster_reservation_load(struct cluster *cluster, const struct reservation_record *record);
/* A stored task has one that the store does not know: it is made again. Before it is booked. */
void cluster_reservation_restore(struct cluster_task *task, struct cluster_node *node);
/* Apps of which one waits on the node are looked at again: why it waits has changed. */
void cluster_reservation_node_changed(const struct cluster_node *node);
/* Journals it. new_state: see ENV_EVENT_RESERVATION. */
void cluster_reservation_say(const struct cluster_reservation *reservation, int32_t new_state,
                             const char *why);
/* Its task is booked on its node, or is not any more: called by cluster_task_book and _unbook. */
void cluster_reservation_booked(struct cluster_task *task, bool is_booked);
void cluster_reservation_fini(struct cluster_node *node);

#endif

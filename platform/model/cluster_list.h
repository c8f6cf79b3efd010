/*
 * platform/model/cluster_list.h - the lists that tasks are in, backwards too: a link back is the
 * task's place in the pool, half as large as a pointer.
 */
#ifndef PLATFORM_MODEL_CLUSTER_LIST_H
#define PLATFORM_MODEL_CLUSTER_LIST_H

#include "platform/model/cluster.h"

/* What a link back names, or NULL. */
static inline struct cluster_task *
cluster_list_at(const struct cluster_task *task, uint32_t index)
{
    return index == 0 ? NULL : pool_at(&task->app->cluster->tasks, index);
}

/* The app's next older one, or NULL. */
static inline struct cluster_task *
cluster_task_older(const struct cluster_task *task)
{
    return cluster_list_at(task, task->app_prev);
}

/* Into the list of a node: those booked there, or nominated. */
static inline void
cluster_list_push(struct cluster_task **first, struct cluster_task *task)
{
    task->node_prev = 0;
    task->node_next = *first;
    if (*first != NULL) {
        (*first)->node_prev = task->index;
    }
    *first = task;
}

static inline void
cluster_list_remove(struct cluster_task **first, struct cluster_task *task)
{
    struct cluster_task *before = cluster_list_at(task, task->node_prev);
    if (before != NULL) {
        before->node_next = task->node_next;
    } else {
        ASSERT(*first == task);
        *first = task->node_next;
    }
    if (task->node_next != NULL) {
        task->node_next->node_prev = task->node_prev;
    }
    task->node_next = NULL;
    task->node_prev = 0;
}

#endif

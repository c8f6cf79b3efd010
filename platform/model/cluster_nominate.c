/*
 * platform/model/cluster_nominate.c - which node a pending task is promised, while others there are
 * stopped for it.
 */
#include "platform/model/cluster.h"

/* A pending task is in no list of booked ones: it lends its links. */
void
cluster_task_nominate_load(struct cluster_task *task, struct cluster_node *node)
{
    task->node_prev = NULL;
    task->node_next = node->nominated_first;
    if (node->nominated_first != NULL) {
        node->nominated_first->node_prev = task;
    }
    node->nominated_first = task;
    task->version->nominated_count++;
    task->record.nominated = node->index + 1;
}

static void
cluster_task_nominated_no_more(struct cluster_task *task)
{
    struct cluster *cluster = task->app->cluster;
    struct cluster_node *node = cluster_node_find(cluster, task->record.nominated - 1);
    if (task->node_prev != NULL) {
        task->node_prev->node_next = task->node_next;
    } else {
        ASSERT(node->nominated_first == task);
        node->nominated_first = task->node_next;
    }
    if (task->node_next != NULL) {
        task->node_next->node_prev = task->node_prev;
    }
    task->node_next = NULL;
    task->node_prev = NULL;
    task->version->nominated_count--;
    task->record.nominated = 0;
    cluster->capacity_generation++; /* others may have what is left there */
    cluster_node_refresh(node);
}

void
cluster_task_nominate(struct cluster_task *task, struct cluster_node *node)
{
    if (task->record.nominated == (node != NULL ? node->index + 1 : 0)) {
        return;
    }
    if (task->record.nominated > 0) {
        cluster_task_nominated_no_more(task);
    }
    if (node != NULL) {
        ASSERT(task->record.node == 0);
        cluster_task_nominate_load(task, node);
        cluster_node_refresh(node);
    }
    cluster_task_changed(task);
}

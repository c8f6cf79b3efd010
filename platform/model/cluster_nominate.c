/*
 * platform/model/cluster_nominate.c - which node a pending task is promised, while others there are
 * stopped for it.
 */
#include "platform/model/cluster_list.h"

/* A pending task is in no list of booked ones: it lends its links. */
void
cluster_task_nominate_load(struct cluster_task *task, struct cluster_node *node)
{
    cluster_list_push(&node->nominated_first, task);
    task->version->nominated_count++;
    task->record.nominated = node->index + 1;
}

static void
cluster_task_nominated_no_more(struct cluster_task *task)
{
    struct cluster *cluster = task->app->cluster;
    struct cluster_node *node = cluster_node_find(cluster, task->record.nominated - 1);
    cluster_list_remove(&node->nominated_first, task);
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

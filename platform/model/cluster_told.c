/* platform/model/cluster_told.c - launches and kills on their way, and strays. */
#include "platform/model/cluster_told.h"

void
cluster_node_stray(struct cluster_node *node, uint64_t task)
{
    for (uint32_t i = 0; i < node->strays.count; i++) {
        if (*(uint64_t *)vec_at(&node->strays, i) == task) {
            return;
        }
    }
    *(uint64_t *)vec_push(&node->strays) = task;
    cluster_node_refresh(node);
}

void
cluster_node_resend_later(struct cluster_node *node)
{
    struct cluster *cluster = node->cluster;
    if (!node->resend_timer.armed) {
        env_timer_start(cluster->env->clock, &node->resend_timer, cluster->config->resend_ns);
    }
}

void
cluster_node_told(struct cluster_node *node, uint64_t task)
{
    *(uint64_t *)vec_push(&node->unheard) = task;
    cluster_node_resend_later(node);
}

void
cluster_node_stray_ended(struct cluster_node *node, uint64_t task)
{
    struct cluster *cluster = node->cluster;
    for (uint32_t i = 0; i < node->strays.count; i++) {
        if (*(uint64_t *)vec_at(&node->strays, i) == task) {
            vec_remove_at(&node->strays, i);
            cluster_node_refresh(node);
            cluster->capacity_generation++;
            cluster->nodes_generation++;
            cluster->wake(cluster);
            return;
        }
    }
}

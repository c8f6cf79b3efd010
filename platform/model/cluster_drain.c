/*
 * platform/model/cluster_drain.c - nodes that are drained: what was asked of them, in memory and in
 * the store.
 */
#include <string.h>

#include "platform/base/memory.h"
#include "platform/model/backoff.h"
#include "platform/model/cluster_drain.h"
#include "platform/model/cluster_reservation.h"

bool
cluster_node_is_empty(const struct cluster_node *node)
{
    return node->tasks_count == 0 && node->strays.count == 0 &&
           (node->reservations == NULL || cluster_node_is_forced(node));
}

void
cluster_node_drain_say(const struct cluster_node *node, int32_t new_state, const char *text)
{
    const int64_t deadline_at_ns = cluster_drain_get(node)->record.deadline_at_ns;
    cluster_journal(node->cluster, &(struct env_event){ .kind = ENV_EVENT_NODE_DRAIN,
                                                        .old_state = -1,
                                                        .new_state = new_state,
                                                        .node = node->index + 1,
                                                        .value = deadline_at_ns,
                                                        .text = text });
}

void
cluster_node_drain_changed(struct cluster_node *node)
{
    cluster_unwrite(node->cluster, node); /* at most one write of it a step */
    cluster_write(node->cluster, WRITE_NODE, (uint64_t)node->index + 1, node);
}

/* Its tasks count otherwise now, and their apps have something to decide. */
static void
cluster_node_recount(struct cluster_node *node)
{
    node->cluster->nodes_generation++;
    for (struct cluster_task *task = node->tasks_first; task != NULL; task = task->node_next) {
        cluster_task_recount(task);
        cluster_app_dirty(task->app);
    }
    cluster_reservation_node_changed(node);
    cluster_node_refresh(node);
}

/* The list is in order of index: what is decided must not depend on who was drained first. */
static void
cluster_node_drain_list(struct cluster_node *node)
{
    struct vec *drains = &node->cluster->drains;
    (void)vec_push(drains);
    struct cluster_node **items = drains->items;
    uint32_t at = drains->count - 1;
    for (; at > 0 && items[at - 1]->index > node->index; at--) {
        items[at] = items[at - 1];
    }
    items[at] = node;
}

static void
cluster_node_drain_begin(struct cluster_node *node, const struct node_record *record)
{
    ASSERT(node->drain == NULL);
    node->drain = memory_alloc_zero(1, sizeof(struct cluster_drain));
    node->drain->record = *record;
    node->drain->node = node;
    node->draining = true;
    cluster_node_drain_list(node);
}

void
cluster_drain_fini(struct cluster_node *node)
{
    struct cluster_drain *drain = node->drain;
    if (drain != NULL) {
        env_timer_cancel(node->cluster->env->clock, &drain->timer);
        memory_free(drain->waits_for);
        memory_free(drain);
        node->drain = NULL;
    }
}

/* What is to come in place of its tasks must not wait out a launch back-off: they wait for that. */
static void
cluster_node_hurry(struct cluster_node *node)
{
    for (struct cluster_task *task = node->tasks_first; task != NULL; task = task->node_next) {
        backoff_drained(task->app);
    }
}

void
cluster_node_drain(struct cluster_node *node, const struct node_record *asked)
{
    const bool again = node->draining;
    struct node_record record = *asked;
    record.node = node->index;
    if (again) {
        record.started_at_ns = cluster_drain_get(node)->record.started_at_ns;
        record.empty = cluster_drain_get(node)->record.empty;
        env_timer_cancel(node->cluster->env->clock, &node->drain->timer);
        (void)cluster_sentence(&node->drain->waits_for, NULL);
        node->drain->record = record;
    } else {
        cluster_node_drain_begin(node, &record);
        cluster_node_hurry(node);
    }
    cluster_node_recount(node);
    cluster_node_drain_changed(node);
    cluster_node_drain_say(node, 1, again ? "asked again" : "");
}

void
cluster_node_undrain(struct cluster_node *node, const char *why)
{
    struct cluster *cluster = node->cluster;
    struct vec *drains = &cluster->drains;
    ASSERT(node->draining);
    cluster_node_drain_say(node, 5, why);
    node->draining = false;
    for (uint32_t i = 0; i < drains->count; i++) {
        if (*(struct cluster_node **)vec_at(drains, i) == node) {
            vec_remove_at(drains, i);
            break;
        }
    }
    cluster_unwrite(cluster, node);
    cluster_drain_fini(node);
    cluster_write(cluster, WRITE_NODE_DELETE, (uint64_t)node->index + 1, NULL);
    cluster->capacity_generation++; /* it has room again */
    cluster_node_recount(node);
}

void
cluster_node_drain_load(struct cluster *cluster, const struct node_record *record)
{
    struct cluster_node *node = cluster_node_get(cluster, record->node);
    ASSERT(!node->draining); /* one record a node */
    cluster_node_drain_begin(node, record);
}

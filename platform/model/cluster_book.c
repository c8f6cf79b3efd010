/*
 * platform/model/cluster_book.c - what tasks take of their nodes: resources, host ports and GPUs.
 */
#include "platform/model/cluster_list.h"
#include "platform/model/cluster_reservation.h"

void
cluster_node_say_booked(struct cluster_node *node)
{
    cluster_journal(node->cluster, &(struct env_event){
                                       .kind = ENV_EVENT_ALLOCATION,
                                       .old_state = -1,
                                       .new_state = node->gpu_milli_used,
                                       .node = node->index + 1,
                                       .task = (uint64_t)node->mem_bytes_used,
                                       .value = node->cpu_milli_used,
                                       .app = "",
                                       .text = "",
                                   });
}

static void
cluster_port_use(struct vec *ports, uint16_t port)
{
    uint32_t at = ports->count;
    (void)vec_push(ports);
    uint16_t *items = ports->items;
    while (at > 0 && items[at - 1] > port) {
        items[at] = items[at - 1];
        at--;
    }
    items[at] = port;
}

static void
cluster_port_release(struct vec *ports, uint16_t port)
{
    for (uint32_t i = 0; i < ports->count; i++) {
        if (*(uint16_t *)vec_at(ports, i) == port) {
            vec_remove_at(ports, i);
            return;
        }
    }
}

/* sign: 1 takes the GPUs of the task's mask, or its share of one; -1 gives them back. */
static void
cluster_gpus_use(struct cluster_node *node, const struct task_record *record,
                 const struct app_spec *spec, int32_t sign)
{
    const int32_t each_milli = sign * (spec->gpus > 0 ? NODE_GPU_MILLI : spec->gpu_milli);
    for (uint32_t i = 0; record->gpu_mask >> i != 0; i++) {
        if ((record->gpu_mask >> i & 1U) != 0) {
            node->gpu_used_milli[i] = (int16_t)(node->gpu_used_milli[i] + each_milli);
            node->gpu_milli_used += each_milli;
        }
    }
}

void
cluster_task_book(struct cluster_task *task, struct cluster_node *node)
{
    const struct app_spec *spec = task->version->spec;
    ASSERT(task->record.node == 0);
    if (task->record.nominated > 0) {
        cluster_task_nominate(task, NULL);
    }
    task->record.node = node->index + 1;
    cluster_list_push(&node->tasks_first, task);
    node->tasks_count++;
    task->version->booked_count++;
    node->cpu_milli_used += spec->cpu_milli;
    node->mem_bytes_used += spec->mem_bytes;
    node->disk_bytes_used += spec->disk_bytes;
    cluster_gpus_use(node, &task->record, spec, 1);
    for (uint32_t i = 0; i < task->record.ports_count; i++) {
        if (task->record.ports[i] != 0) {
            cluster_port_use(&node->ports_used, task->record.ports[i]);
        }
    }
    if (task->record.reservation > 0) {
        cluster_reservation_booked(task, true);
    }
    cluster_node_refresh(node);
    cluster_node_say_booked(node);
}

void
cluster_task_unbook(struct cluster_task *task)
{
    if (task->record.node == 0) {
        return;
    }
    const struct app_spec *spec = task->version->spec;
    struct cluster_node *node = cluster_node_find(task->app->cluster, task->record.node - 1);
    ASSERT(node != NULL && node->tasks_count > 0);
    cluster_list_remove(&node->tasks_first, task);
    node->tasks_count--;
    task->version->booked_count--;
    node->cpu_milli_used -= spec->cpu_milli;
    node->mem_bytes_used -= spec->mem_bytes;
    node->disk_bytes_used -= spec->disk_bytes;
    cluster_gpus_use(node, &task->record, spec, -1);
    for (uint32_t i = 0; i < task->record.ports_count; i++) {
        if (task->record.ports[i] != 0) {
            cluster_port_release(&node->ports_used, task->record.ports[i]);
        }
    }
    if (task->record.reservation > 0) {
        cluster_reservation_booked(task, false);
    }
    task->record.node = 0;
    task->record.gpu_mask = 0;
    task->app->cluster->capacity_generation++;
    cluster_node_refresh(node);
    cluster_node_say_booked(node);
}

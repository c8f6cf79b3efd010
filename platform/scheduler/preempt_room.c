/* platform/scheduler/preempt_room.c - what room there is on a node when some have gone. */
#include "platform/scheduler/preempt_room.h"

#include "platform/scheduler/gpus.h"

static bool
preempt_is_among(const struct cluster_task *task, struct cluster_task *const *victims,
                 uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (victims[i] == task) {
            return true;
        }
    }
    return false;
}

/* In a copy of the node, which books no ports. */
static void
preempt_use(struct cluster_node *copy, const struct app_spec *spec, uint16_t gpu_mask,
            int32_t sign)
{
    const int32_t each_milli = sign * (spec->gpus > 0 ? NODE_GPU_MILLI : spec->gpu_milli);
    copy->cpu_milli_used += sign * spec->cpu_milli;
    copy->mem_bytes_used += sign * spec->mem_bytes;
    copy->disk_bytes_used += sign * (spec->disk_bytes + spec->volumes_bytes);
    for (uint32_t i = 0; gpu_mask >> i != 0; i++) {
        if (((uint32_t)gpu_mask >> i & 1U) != 0) {
            copy->gpu_used_milli[i] = (int16_t)(copy->gpu_used_milli[i] + each_milli);
            copy->gpu_milli_used += each_milli;
        }
    }
}

static bool
preempt_asks_port(const struct app_spec *spec, uint16_t port)
{
    for (uint32_t i = 0; i < spec->ports_count; i++) {
        if (spec->ports[i].host_port == port) {
            return true;
        }
    }
    return false;
}

/* Whether a port that the app asks for by number is one of the task's. */
static bool
preempt_clashes(const struct cluster_task *task, const struct app_spec *spec)
{
    for (uint32_t i = 0; i < spec->ports_count; i++) {
        for (uint32_t j = 0; spec->ports[i].host_port > 0 && j < task->record.ports_count; j++) {
            if (task->record.ports[j] == spec->ports[i].host_port) {
                return true;
            }
        }
    }
    return false;
}

/* Whether a task that is promised the node gets a port there that the app asks for by number. */
static bool
preempt_promised_clash(const struct preempt_look *look)
{
    const struct app_spec *spec = look->request->spec;
    for (const struct cluster_task *other = look->node->nominated_first; other != NULL;
         other = other->node_next) {
        for (uint32_t i = 0; other != look->task && i < spec->ports_count; i++) {
            if (spec->ports[i].host_port > 0 &&
                preempt_asks_port(other->version->spec, spec->ports[i].host_port)) {
                return true;
            }
        }
    }
    return false;
}

static bool
preempt_offers(const struct node_spec *node, const struct app_spec *spec)
{
    for (uint32_t i = 0; i < spec->ports_count; i++) {
        const uint16_t port = spec->ports[i].host_port;
        bool offered = port == 0;
        for (uint32_t j = 0; j < node->port_ranges_count && !offered; j++) {
            offered = port >= node->ports[j].first && port <= node->ports[j].last;
        }
        if (!offered) {
            return false;
        }
    }
    return true;
}

/* Those that are promised the node too take theirs first. */
static void
preempt_promise(struct cluster_node *copy, const struct preempt_look *look, uint32_t *ports)
{
    const struct scores_policy *policy = scores_policy(SCHEDULER_BEST_FIT);
    for (const struct cluster_task *other = look->node->nominated_first; other != NULL;
         other = other->node_next) {
        if (other != look->task) {
            const struct place_request request = place_request_of(other->version);
            preempt_use(copy, other->version->spec, gpus_choose(copy, &request, policy, NULL), 1);
            *ports += request.ports_count;
        }
    }
}

bool
preempt_fits(const struct preempt_look *look, struct cluster_task *const *victims, uint32_t count,
             bool leaving)
{
    struct cluster_node copy = *look->node;
    uint32_t ports_gone = 0;
    uint32_t ports_promised = 0;
    if (look->request->has_fixed_ports && preempt_promised_clash(look)) {
        return false;
    }
    for (const struct cluster_task *task = look->node->tasks_first; task != NULL;
         task = task->node_next) {
        if ((leaving && preempt_is_leaving(task)) || preempt_is_among(task, victims, count)) {
            preempt_use(&copy, task->version->spec, task->record.gpu_mask, -1);
            for (uint32_t i = 0; i < task->record.ports_count; i++) {
                ports_gone += task->record.ports[i] != 0 ? 1U : 0U;
            }
        } else if (look->request->has_fixed_ports &&
                   preempt_clashes(task, look->request->spec)) {
            return false;
        }
    }
    preempt_promise(&copy, look, &ports_promised);
    struct cluster_free room = cluster_node_room(&copy);
    room.ports_free += ports_gone;
    room.ports_free -= ports_promised < room.ports_free ? ports_promised : room.ports_free;
    return place_fits(&room, look->request);
}

bool
preempt_takes(const struct cluster_node *node, const struct place_request *request)
{
    return node != NULL && node->state == NODE_READY && node->strays.count == 0 &&
           !node->draining && node->tasks_count < NODE_TASKS_MAX &&
           (node->role & request->role_mask) != 0 &&
           (!request->has_fixed_ports || preempt_offers(&node->spec, request->spec)) &&
           (request->filters == NULL || filters_allow(request->filters, node));
}

enum preempt_room
preempt_room(const struct cluster_node *node, const struct cluster_task *task,
             const struct place_request *request)
{
    const struct preempt_look look = { .node = node, .task = task, .request = request };
    if (!preempt_takes(node, request)) {
        return PREEMPT_NO_ROOM;
    }
    if (preempt_fits(&look, NULL, 0, false)) {
        return PREEMPT_ROOM_NOW;
    }
    return preempt_fits(&look, NULL, 0, true) ? PREEMPT_ROOM_SOON : PREEMPT_NO_ROOM;
}

/* platform/scheduler/preempt.c - tasks of lower priority make room for one of higher priority. */
#include "platform/scheduler/preempt.h"

#include <stdio.h>

#include "platform/scheduler/explain.h"
#include "platform/scheduler/gpus.h"

enum { PREEMPT_SENTENCE_BYTES = 160 };

/* A node whose tasks are looked at: who may go, ordered so that the last one is kept first. */
struct preempt_look {
    const struct cluster_node  *node;
    const struct cluster_task  *task; /* that needs room */
    const struct place_request *request;
    struct cluster_task        *victims[PREEMPT_VICTIMS_MAX];
    uint32_t                    count;
};

/* --- room --- */

static bool
preempt_is_leaving(const struct cluster_task *task)
{
    return task->record.stop != STOP_NONE;
}

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

/* Whether it fits once these have gone, and with them all that leave when leaving counts. */
static bool
preempt_fits(const struct preempt_look *look, struct cluster_task *const *victims, uint32_t count,
             bool leaving)
{
    struct cluster_node copy = *look->node;
    uint32_t ports_gone = 0;
    uint32_t ports_promised = 0;
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

static bool
preempt_takes(const struct cluster_node *node, const struct place_request *request)
{
    return node != NULL && node->state == NODE_READY && node->strays.count == 0 &&
           !node->draining && (node->role & request->role_mask) != 0 &&
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

/* --- who may go --- */

static int32_t
preempt_priority(const struct cluster_task *task)
{
    return task->version->spec->priority;
}

/* The largest share that it has of its node, in ppm. */
static int64_t
preempt_size_ppm(const struct cluster_task *task, const struct node_spec *node)
{
    const struct app_spec *spec = task->version->spec;
    const int64_t mib = spec->mem_bytes / MIB(1) * PPM;
    const int64_t gpu_milli = (int64_t)spec->gpus * NODE_GPU_MILLI + spec->gpu_milli;
    int64_t size_ppm = (int64_t)spec->cpu_milli * PPM / int64_max(node->cpu_milli, 1);
    size_ppm = int64_max(size_ppm, mib / int64_max(node->mem_bytes / MIB(1), 1));
    return int64_max(size_ppm,
                     gpu_milli * PPM / int64_max((int64_t)node->gpus * NODE_GPU_MILLI, 1));
}

/* Whether a goes before b. */
static bool
preempt_goes_before(const struct cluster_task *a, const struct cluster_task *b,
                    const struct node_spec *node)
{
    if (preempt_priority(a) != preempt_priority(b)) {
        return preempt_priority(a) < preempt_priority(b);
    }
    const int64_t a_ppm = preempt_size_ppm(a, node);
    const int64_t b_ppm = preempt_size_ppm(b, node);
    return a_ppm != b_ppm ? a_ppm > b_ppm : a->record.id > b->record.id;
}

/* Whether its app stays at or above its minimum health when these go and it does too. */
static bool
preempt_app_is_well(const struct cluster_task *task, struct cluster_task *const *victims,
                    uint32_t count)
{
    const struct cluster_app *app = task->app;
    const uint64_t least =
        ((uint64_t)app->record.instances * app->version->spec->minimum_health_ppm + PPM - 1) / PPM;
    uint32_t healthy_gone = cluster_task_is_healthy(task) ? 1 : 0;
    for (uint32_t i = 0; i < count; i++) {
        healthy_gone += victims[i]->app == app && cluster_task_is_healthy(victims[i]) ? 1U : 0U;
    }
    return app->counts.healthy >= least + healthy_gone;
}

/* Whether its role keeps its guarantee when these go and it does too. */
static bool
preempt_role_is_well(struct queue *queue, const struct cluster_node *node,
                     const struct cluster_task *task, struct cluster_task *const *victims,
                     uint32_t count)
{
    struct amounts gone = queue_amounts(task->version->spec);
    const uint32_t role = queue_role_of(queue, task->version);
    for (uint32_t i = 0; i < count; i++) {
        if (queue_role_of(queue, victims[i]->version) == role) {
            const struct amounts amounts = queue_amounts(victims[i]->version->spec);
            amounts_add(&gone, &amounts, 1);
        }
    }
    for (const struct cluster_task *other = node->tasks_first; other != NULL;
         other = other->node_next) {
        if (preempt_is_leaving(other) && queue_role_of(queue, other->version) == role) {
            const struct amounts amounts = queue_amounts(other->version->spec);
            amounts_add(&gone, &amounts, 1);
        }
    }
    return queue_may_lose(queue, task->version, &gone);
}

static bool
preempt_may_go(const struct cluster_task *victim, const struct cluster_task *task)
{
    return !preempt_is_leaving(victim) && preempt_priority(victim) < preempt_priority(task) &&
           victim->record.state != TASK_UNREACHABLE && !victim->app->record.deleted &&
           !victim->version->spec->is_resident;
}

/* In the order in which they go; of too many the last to go are not looked at. */
static void
preempt_insert(struct preempt_look *look, struct cluster_task *task)
{
    const struct node_spec *node = &look->node->spec;
    uint32_t at = look->count < PREEMPT_VICTIMS_MAX ? look->count++ : PREEMPT_VICTIMS_MAX - 1;
    if (at == PREEMPT_VICTIMS_MAX - 1 && look->victims[at] != NULL &&
        !preempt_goes_before(task, look->victims[at], node)) {
        return;
    }
    for (; at > 0 && preempt_goes_before(task, look->victims[at - 1], node); at--) {
        look->victims[at] = look->victims[at - 1];
    }
    look->victims[at] = task;
}

/* All of them but those that must stay. */
static void
preempt_collect(struct preempt_look *look, struct queue *queue)
{
    const uint32_t role = queue_role_of(queue, look->task->version);
    for (struct cluster_task *task = look->node->tasks_first; task != NULL;
         task = task->node_next) {
        if (preempt_may_go(task, look->task)) {
            preempt_insert(look, task);
        }
    }
    const uint32_t candidates = look->count;
    look->count = 0;
    for (uint32_t i = 0; i < candidates; i++) {
        struct cluster_task *task = look->victims[i];
        const bool is_same = queue_role_of(queue, task->version) == role;
        if (preempt_app_is_well(task, look->victims, look->count) &&
            (is_same ||
             preempt_role_is_well(queue, look->node, task, look->victims, look->count))) {
            look->victims[look->count++] = task;
        }
    }
}

/* Who need not go after all stays, the last first. */
static void
preempt_reprieve(struct preempt_look *look)
{
    for (uint32_t i = look->count; i > 0; i--) {
        struct cluster_task *kept = look->victims[i - 1];
        for (uint32_t j = i; j < look->count; j++) {
            look->victims[j - 1] = look->victims[j];
        }
        look->victims[look->count - 1] = NULL;
        if (preempt_fits(look, look->victims, look->count - 1, true)) {
            look->count--;
            continue;
        }
        for (uint32_t j = look->count - 1; j >= i; j--) {
            look->victims[j] = look->victims[j - 1];
        }
        look->victims[i - 1] = kept;
    }
}

/* --- the cheapest --- */

static bool
preempt_is_cheaper(const struct preempt_choice *a, const struct preempt_choice *b)
{
    if (a->victims_count == 0 || b->victims_count == 0) {
        return a->victims_count < b->victims_count;
    }
    if (a->priority_max != b->priority_max) {
        return a->priority_max < b->priority_max;
    }
    return a->victims_count != b->victims_count ? a->victims_count < b->victims_count
                                                : a->oldest > b->oldest;
}

static void
preempt_consider(struct preempt_choice *best, const struct preempt_look *look,
                 struct cluster_node *node)
{
    struct preempt_choice choice = { .node = node,
                                     .victims_count = look->count,
                                     .priority_max = INT32_MIN,
                                     .oldest = UINT64_MAX };
    for (uint32_t i = 0; i < look->count; i++) {
        const struct cluster_task *victim = look->victims[i];
        choice.victims[i] = look->victims[i];
        choice.oldest = victim->record.id < choice.oldest ? victim->record.id : choice.oldest;
        choice.priority_max = preempt_priority(victim) > choice.priority_max
                                  ? preempt_priority(victim)
                                  : choice.priority_max;
    }
    if (best->node == NULL || preempt_is_cheaper(&choice, best)) {
        *best = choice;
    }
}

void
preempt_find(struct cluster *cluster, struct queue *queue, struct cluster_task *task,
             const struct place_request *request, struct preempt_choice *ret)
{
    ret->node = NULL;
    ret->victims_count = 0;
    for (uint32_t i = 0; i < cluster->nodes.count; i++) {
        struct cluster_node *node = cluster_node_find(cluster, i);
        struct preempt_look  look = { .node = node, .task = task, .request = request };
        if (!preempt_takes(node, request)) {
            continue;
        }
        if (!preempt_fits(&look, NULL, 0, true)) {
            preempt_collect(&look, queue);
            if (look.count == 0 || !preempt_fits(&look, look.victims, look.count, true)) {
                continue;
            }
            preempt_reprieve(&look);
        }
        preempt_consider(ret, &look, node);
    }
}

/* Whether who takes b takes a. */
static bool
preempt_asks_less(const struct place_request *a, const struct place_request *b)
{
    return a->cpu_milli <= b->cpu_milli && a->mem_bytes <= b->mem_bytes &&
           a->disk_bytes <= b->disk_bytes && a->gpus <= b->gpus && a->gpu_milli <= b->gpu_milli &&
           a->ports_count <= b->ports_count && (b->role_mask & ~a->role_mask) == 0;
}

bool
preempt_is_vain(const struct preempt_failed *failed, const struct cluster_task *task,
                const struct place_request *request)
{
    for (uint32_t i = 0; i < failed->count && i < PREEMPT_FAILED_MAX; i++) {
        if (failed->items[i].priority >= preempt_priority(task) &&
            failed->items[i].role == task->version->share_role &&
            preempt_asks_less(&failed->items[i].request, request)) {
            return true;
        }
    }
    return false;
}

void
preempt_was_vain(struct preempt_failed *failed, const struct cluster_task *task,
                 const struct place_request *request)
{
    if (request->filters == NULL && !request->has_fixed_ports) {
        const uint32_t at = failed->count++ % PREEMPT_FAILED_MAX;
        failed->items[at].request = *request;
        failed->items[at].priority = preempt_priority(task);
        failed->items[at].role = task->version->share_role;
    }
}

void
preempt_begin(struct cluster_task *task, const struct preempt_choice *choice)
{
    cluster_task_nominate(task, choice->node);
    cluster_decide(task, "preempt", choice->victims_count);
    for (uint32_t i = 0; i < choice->victims_count; i++) {
        choice->victims[i]->app->preempted_by = task->app->id;
        cluster_task_stop(choice->victims[i], STOP_PREEMPTED);
    }
}

void
preempt_say(struct cluster_task *task, const struct cluster_node *node)
{
    char     text[PREEMPT_SENTENCE_BYTES];
    uint32_t leaving = 0;
    for (const struct cluster_task *other = node->tasks_first; other != NULL;
         other = other->node_next) {
        leaving += other->record.stop != STOP_NONE ? 1U : 0U;
    }
    if (node->state == NODE_AWAITED) {
        (void)snprintf(text, sizeof text, "its place is kept on a node that is awaited");
    } else {
        (void)snprintf(text, sizeof text, "waits for %u task%s that %s stopped for it on %s",
                       leaving, leaving == 1 ? "" : "s", leaving == 1 ? "is" : "are",
                       node->spec.hostname);
    }
    explain_held(task, text);
}

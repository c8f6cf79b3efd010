/* platform/scheduler/preempt.c - tasks of lower priority make room for one of higher priority. */
#include "platform/scheduler/preempt.h"

#include <stdio.h>

#include "platform/scheduler/explain.h"
#include "platform/scheduler/preempt_room.h"

enum { PREEMPT_SENTENCE_BYTES = 160 };

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

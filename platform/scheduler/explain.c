/* platform/scheduler/explain.c - why a task fits nowhere: who refuses it, and who is nearest. */
#include "platform/scheduler/explain_inner.h"

#include <string.h>

#include "platform/scheduler/ports.h"

/* A node that is asked. */
struct explain_node {
    const struct cluster_node *node; /* NULL where its line says all that matters */
    const struct cluster_free *room;
    bool                       drained;
    bool                       promised; /* to a task of higher priority */
    bool                       no_fixed_port;
    bool                       full; /* it has as many tasks as its agent holds */
};

/* --- one node --- */

static uint32_t
explain_first(uint32_t refusals)
{
    uint32_t first = 0;
    while ((refusals >> first & 1U) == 0) {
        first++;
    }
    return first;
}

/* The constraints are blamed only when the role was right: they come second. */
static uint32_t
explain_rules(const struct explain_node *asked, const struct place_request *request)
{
    uint32_t broken =
        (asked->room->role_bit & request->role_mask) == 0 ? BIT(ENV_REFUSAL_ROLE) : 0;
    if (request->filters != NULL) {
        const bool allowed = broken == 0 ? filters_blame(request->filters, asked->node)
                                         : filters_allow(request->filters, asked->node);
        broken |= allowed ? 0 : BIT(ENV_REFUSAL_CONSTRAINT);
    }
    broken |= asked->full ? BIT(ENV_REFUSAL_SCARCE) : 0;
    broken |= asked->promised ? BIT(ENV_REFUSAL_RESERVATION) : 0;
    return broken | (asked->drained ? BIT(ENV_REFUSAL_MAINTENANCE) : 0);
}

static uint32_t
explain_short(const struct explain_node *asked, const struct place_request *request)
{
    const struct cluster_free *room = asked->room;
    const bool no_gpus =
        room->gpus < request->gpus || room->gpu_milli_most < request->gpu_milli;
    const bool no_ports = room->ports_free < request->ports_count || asked->no_fixed_port;
    return (room->cpu_milli < request->cpu_milli ? BIT(ENV_REFUSAL_CPUS) : 0) |
           (room->mem_bytes < request->mem_bytes ? BIT(ENV_REFUSAL_MEMORY) : 0) |
           (room->disk_bytes < request->disk_bytes ? BIT(ENV_REFUSAL_DISK) : 0) |
           (no_gpus ? BIT(ENV_REFUSAL_GPUS) : 0) | (no_ports ? BIT(ENV_REFUSAL_PORTS) : 0);
}

static int64_t
explain_over(int64_t asked, int64_t there)
{
    return asked > there ? asked - there : 0;
}

static struct explain_lack
explain_lack(const struct explain_node *asked, const struct place_request *request)
{
    const struct cluster_free *room = asked->room;
    struct explain_lack        lack = { 0 };
    lack.of[ENV_REFUSAL_CPUS] = explain_over(request->cpu_milli, room->cpu_milli);
    lack.of[ENV_REFUSAL_MEMORY] = explain_over(request->mem_bytes, room->mem_bytes);
    lack.of[ENV_REFUSAL_DISK] = explain_over(request->disk_bytes, room->disk_bytes);
    lack.of[ENV_REFUSAL_GPUS] = request->gpus > 0
                                    ? explain_over(request->gpus, room->gpus)
                                    : explain_over(request->gpu_milli, room->gpu_milli_most);
    lack.of[ENV_REFUSAL_PORTS] = explain_over(request->ports_count, room->ports_free);
    if (lack.of[ENV_REFUSAL_PORTS] == 0 && asked->no_fixed_port) {
        lack.of[ENV_REFUSAL_PORTS] = 1;
        lack.fixed_port = true;
    }
    return lack;
}

/* Bytes are counted in MiB once they are so many that the product would overflow. */
static int64_t
explain_share_ppm(int64_t lack, int64_t asked)
{
    const int shift = asked > INT64_MAX / PPM ? 20 : 0;
    return lack == 0 ? 0 : (lack >> shift) * PPM / (asked >> shift);
}

/* Of what explain_lack says, in one number; most nodes are asked for no more than that. */
static int64_t
explain_lack_ppm(const struct explain_node *asked, const struct place_request *request)
{
    const struct cluster_free *room = asked->room;
    const int64_t no_port = explain_over(request->ports_count, room->ports_free);
    const int64_t ports_ppm = no_port > 0 ? explain_share_ppm(no_port, request->ports_count)
                              : asked->no_fixed_port ? PPM : 0;
    const int64_t gpus_ppm =
        request->gpus > 0
            ? explain_share_ppm(explain_over(request->gpus, room->gpus), request->gpus)
            : explain_share_ppm(explain_over(request->gpu_milli, room->gpu_milli_most),
                                request->gpu_milli);
    return explain_share_ppm(explain_over(request->cpu_milli, room->cpu_milli),
                             request->cpu_milli) +
           explain_share_ppm(explain_over(request->mem_bytes, room->mem_bytes),
                             request->mem_bytes) +
           explain_share_ppm(explain_over(request->disk_bytes, room->disk_bytes),
                             request->disk_bytes) +
           gpus_ppm + ports_ppm;
}

/* --- all nodes --- */

void
explain_fini(struct explain *explain)
{
    strbuf_fini(&explain->shortfall);
}

static uint32_t
explain_count(uint32_t bits)
{
    uint32_t count = 0;
    for (; bits != 0; bits &= bits - 1) {
        count++;
    }
    return count;
}

static void
explain_compare(struct explain_nearest *best, uint32_t index, const struct explain_node *asked,
                uint32_t broken, const struct place_request *request)
{
    const uint32_t broken_count = explain_count(broken);
    if (best->index > 0 && broken_count > best->broken_count) {
        return;
    }
    const int64_t lack_ppm = explain_lack_ppm(asked, request);
    if (best->index == 0 || broken_count < best->broken_count || lack_ppm < best->lack_ppm) {
        *best = (struct explain_nearest){ .index = index + 1,
                                          .broken = broken,
                                          .broken_count = broken_count,
                                          .lack_ppm = lack_ppm,
                                          .lack = explain_lack(asked, request) };
    }
}

/*
 * False when the node is not asked: it is not ready, or what still runs there and should not is
 * gone soon. The node itself is looked at only where its line does not say enough: the lines lie
 * side by side.
 */
static bool
explain_is_asked(const struct cluster *cluster, uint32_t index,
                 const struct place_request *request, struct cluster_free *drained_room,
                 struct explain_node *ret)
{
    const struct cluster_free *line = vec_at(&cluster->free, index);
    *ret = (struct explain_node){ .room = line };
    if (line->mem_bytes >= 0 && request->filters == NULL && !request->has_fixed_ports) {
        return true;
    }
    const struct cluster_node *node = *(struct cluster_node **)vec_at(&cluster->nodes, index);
    if (node == NULL || node->state != NODE_READY || node->strays.count > 0) {
        return false;
    }
    if (node->draining || node->nominated_first != NULL || node->tasks_count >= NODE_TASKS_MAX) {
        *drained_room = cluster_node_room(node);
        ret->room = drained_room;
    }
    ret->node = node;
    ret->drained = node->draining;
    ret->promised = node->nominated_first != NULL;
    ret->full = node->tasks_count >= NODE_TASKS_MAX;
    ret->no_fixed_port = request->has_fixed_ports && !ports_fixed_free(node, request->spec);
    return true;
}

static void
explain_name(const struct cluster *cluster, const struct explain_nearest *best,
             const struct place_request *request, struct explain *ret)
{
    const struct cluster_node *node =
        *(struct cluster_node **)vec_at(&cluster->nodes, best->index - 1);
    explain_shortfall(best, request, &ret->shortfall);
    ret->pending.nearest = best->index;
    ret->pending.hostname = node->spec.hostname;
    ret->pending.shortfall = strbuf_text(&ret->shortfall);
}

void
explain_nodes(const struct cluster *cluster, const struct place_request *request,
              struct explain *ret)
{
    struct explain_nearest best = { 0 };
    struct explain_node    asked;
    struct cluster_free    drained_room;
    ret->pending = (struct env_pending){ .hostname = "", .shortfall = "" };
    ret->constraints[0] = '\0';
    strbuf_clear(&ret->shortfall);
    if (request->filters != NULL) {
        filters_blame_clear(request->filters);
    }
    for (uint32_t i = 0; i < cluster->free.count; i++) {
        if (!explain_is_asked(cluster, i, request, &drained_room, &asked)) {
            continue;
        }
        const uint32_t broken = explain_rules(&asked, request);
        const uint32_t refusals = broken | explain_short(&asked, request);
        ret->pending.nodes++;
        if (refusals != 0) {
            ret->pending.refused[explain_first(refusals)]++;
            explain_compare(&best, i, &asked, broken, request);
        }
    }
    if (request->filters != NULL) {
        filters_print(request->filters, ret->constraints, sizeof ret->constraints);
    }
    if (best.index > 0) {
        explain_name(cluster, &best, request, ret);
    }
}

/* --- what an app says --- */

static void
explain_journal(struct cluster_task *task, const char *text, const struct env_pending *pending)
{
    struct cluster_app *app = task->app;
    if (!cluster_sentence(&app->why_pending, text)) {
        return;
    }
    cluster_journal(app->cluster, &(struct env_event){ .kind = ENV_EVENT_PENDING,
                                                       .old_state = -1,
                                                       .new_state = -1,
                                                       .task = task->record.id,
                                                       .version = task->record.version,
                                                       .value = app->pending_count,
                                                       .app = app->id,
                                                       .text = text,
                                                       .pending = pending });
    cluster_app_dirty(app); /* its deployment has something new to say */
}

static int64_t
explain_interval_ns(const struct cluster_app *app)
{
    const int64_t waited_ns = app->explained_at_ns - app->explain_since_ns;
    return int64_min(int64_max(waited_ns / EXPLAIN_AGAIN_PART, SEC(EXPLAIN_AGAIN_SECONDS)),
                     SEC(EXPLAIN_AGAIN_SECONDS_MAX));
}

/* Others may take what is left, without anything that lets the scheduler look at this one again. */
static void
explain_again_later(struct cluster_app *app)
{
    struct env_clock           *clock = app->cluster->env->clock;
    const struct master_config *config = app->cluster->config;
    if (config->decision_app_ns == 0 && config->decision_task_ns == 0) { /* or it costs a thought */
        env_timer_cancel(clock, &app->explain_timer);
        env_timer_start(clock, &app->explain_timer, explain_interval_ns(app));
    }
}

/* Whether every node would say the same again; what constraints say may depend on more. */
static bool
explain_is_the_same(const struct cluster_task *task)
{
    return task->app->explained_free == task->app->cluster->free_generation &&
           task->version->spec->constraints_count == 0;
}

/* Otherwise the timer sees to it that it is asked again. */
static bool
explain_is_due(struct cluster_task *task)
{
    struct cluster_app *app = task->app;
    const int64_t       now_ns = cluster_now(app->cluster);
    const bool is_new =
        app->why_pending == NULL || app->explained_version != task->record.version;
    app->explain_since_ns = is_new ? now_ns : app->explain_since_ns;
    const int64_t due_at_ns = app->explained_at_ns + explain_interval_ns(app);
    if (!is_new && now_ns < due_at_ns) {
        if (!app->explain_timer.armed) {
            env_timer_start(app->cluster->env->clock, &app->explain_timer, due_at_ns - now_ns);
        }
        return false;
    }
    const bool is_asked = is_new || !explain_is_the_same(task);
    app->explained_at_ns = now_ns;
    app->explained_version = task->record.version;
    app->explained_free = app->cluster->free_generation;
    if (!is_asked) {
        explain_again_later(app);
    }
    return is_asked;
}

void
explain_refused(struct cluster_task *task, const struct place_request *request)
{
    if (!explain_is_due(task)) {
        return;
    }
    struct explain explain = { 0 };
    struct strbuf  text = { 0 };
    explain_nodes(task->app->cluster, request, &explain);
    if (explain.pending.nodes > 0) { /* the first one that comes lets everybody be looked at */
        explain_again_later(task->app);
    }
    explain_print(&explain, &text);
    explain_print_nearest(&explain, &text);
    if (task->app->preempted_by != NULL) {
        strbuf_printf(&text, "; preempted by %s", task->app->preempted_by);
    }
    explain_journal(task, strbuf_text(&text), &explain.pending);
    strbuf_fini(&text);
    explain_fini(&explain);
}

/* Whatever a node says next is news. */
void
explain_held(struct cluster_task *task, const char *why)
{
    task->app->explained_version = 0;
    explain_journal(task, why, NULL);
}

void
explain_turn(struct cluster_task *task)
{
    if (task->app->why_pending == NULL) {
        explain_held(task, "the scheduler is busy");
    }
}

void
explain_bound(struct cluster_task *task, const struct cluster_node *node,
              const struct cluster_free *room, const struct place_request *request,
              const char *why)
{
    const struct cluster *cluster = task->app->cluster;
    struct env_pending    pending = { .hostname = "", .shortfall = "" };
    if (task->app->why_pending != NULL && strcmp(task->app->why_pending, why) == 0) {
        return; /* no news, and nobody to be asked */
    }
    for (uint32_t i = 0; i < cluster->nodes.count; i++) {
        const struct cluster_node *other = *(struct cluster_node **)vec_at(&cluster->nodes, i);
        if (other == NULL || other->state != NODE_READY || other->strays.count > 0) {
            continue;
        }
        pending.nodes++;
        if (other != node) {
            pending.refused[ENV_REFUSAL_RESERVATION]++;
            continue;
        }
        const struct explain_node asked = {
            .room = room,
            .no_fixed_port = request->has_fixed_ports && !ports_fixed_free(node, request->spec),
        };
        const uint32_t refusals = explain_short(&asked, request) |
                                  (node->draining ? BIT(ENV_REFUSAL_MAINTENANCE) : 0);
        if (refusals != 0) {
            pending.refused[explain_first(refusals)]++;
        }
    }
    if (node != NULL) {
        pending.nearest = node->index + 1;
        pending.hostname = node->spec.hostname;
        pending.shortfall = why;
    }
    task->app->explained_version = 0;
    explain_journal(task, why, &pending);
}

/* platform/scheduler/explain.c - why a task fits nowhere: who refuses it, and who is nearest. */
#include "platform/scheduler/explain.h"

#include <inttypes.h>
#include <stdio.h>

#include "platform/scheduler/ports.h"

#define BIT(refusal) (1U << (refusal))

static const char *const refusal_names[ENV_REFUSAL_COUNT] = {
#define X(refusal, name) [refusal] = name,
    ENV_REFUSAL_LIST(X)
#undef X
};

/* What is not there, in the unit it is asked for in. */
struct explain_lack {
    int64_t of[ENV_REFUSAL_COUNT];
    bool    fixed_port; /* of the ports, one that is asked for by its number */
};

struct explain_nearest {
    const struct cluster_node *node; /* NULL: none yet */
    struct cluster_free        room;
    uint32_t                   broken; /* rules */
    uint32_t                   broken_count;
    int64_t                    lack_ppm;
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
explain_rules(const struct cluster_node *node, const struct place_request *request)
{
    uint32_t broken = (node->role & request->role_mask) == 0 ? BIT(ENV_REFUSAL_ROLE) : 0;
    if (request->filters != NULL) {
        const bool allowed = broken == 0 ? filters_blame(request->filters, node)
                                         : filters_allow(request->filters, node);
        broken |= allowed ? 0 : BIT(ENV_REFUSAL_CONSTRAINT);
    }
    return broken | (node->draining ? BIT(ENV_REFUSAL_MAINTENANCE) : 0);
}

static uint32_t
explain_short(const struct cluster_free *room, const struct cluster_node *node,
              const struct place_request *request)
{
    const bool no_gpus =
        room->gpus < request->gpus || room->gpu_milli_most < request->gpu_milli;
    const bool no_ports = room->ports_free < request->ports_count ||
                          !ports_fixed_free(node, request->spec);
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
explain_lack(const struct cluster_free *room, const struct cluster_node *node,
             const struct place_request *request)
{
    struct explain_lack lack = { 0 };
    lack.of[ENV_REFUSAL_CPUS] = explain_over(request->cpu_milli, room->cpu_milli);
    lack.of[ENV_REFUSAL_MEMORY] = explain_over(request->mem_bytes, room->mem_bytes);
    lack.of[ENV_REFUSAL_DISK] = explain_over(request->disk_bytes, room->disk_bytes);
    lack.of[ENV_REFUSAL_GPUS] = request->gpus > 0
                                    ? explain_over(request->gpus, room->gpus)
                                    : explain_over(request->gpu_milli, room->gpu_milli_most);
    lack.of[ENV_REFUSAL_PORTS] = explain_over(request->ports_count, room->ports_free);
    if (lack.of[ENV_REFUSAL_PORTS] == 0 && !ports_fixed_free(node, request->spec)) {
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

static int64_t
explain_lack_ppm(const struct explain_lack *lack, const struct place_request *request)
{
    return explain_share_ppm(lack->of[ENV_REFUSAL_CPUS], request->cpu_milli) +
           explain_share_ppm(lack->of[ENV_REFUSAL_MEMORY], request->mem_bytes) +
           explain_share_ppm(lack->of[ENV_REFUSAL_DISK], request->disk_bytes) +
           explain_share_ppm(lack->of[ENV_REFUSAL_GPUS],
                             request->gpus > 0 ? request->gpus : request->gpu_milli) +
           explain_share_ppm(lack->of[ENV_REFUSAL_PORTS],
                             lack->fixed_port ? 1 : (int64_t)request->ports_count);
}

/* --- what the nearest one lacks --- */

/* "", then "a", "a and b", "a, b and c": each is told how many follow it. */
static void
explain_list(struct strbuf *text, const char *item, uint32_t *index, uint32_t count)
{
    strbuf_add(text, *index == 0 ? "" : *index + 1 == count ? " and " : ", ");
    strbuf_add(text, item);
    *index += 1;
}

static void
explain_milli(char *text, size_t bytes, int64_t milli)
{
    int len = snprintf(text, bytes, "%" PRId64 ".%03" PRId64, milli / 1000, milli % 1000);
    while (len > 0 && text[len - 1] == '0') {
        text[--len] = '\0';
    }
    if (len > 0 && text[len - 1] == '.') {
        text[len - 1] = '\0';
    }
}

static int64_t
explain_mib(int64_t bytes)
{
    return (bytes + MIB(1) - 1) / MIB(1); /* with one less it would still not fit */
}

static void
explain_lack_print(const struct explain_lack *lack, uint32_t refusal,
                   const struct place_request *request, char *text, size_t bytes)
{
    const int64_t amount = lack->of[refusal];
    char          milli[32];
    explain_milli(milli, sizeof milli, amount);
    switch ((enum env_refusal)refusal) {
    case ENV_REFUSAL_CPUS:
        (void)snprintf(text, bytes, "%s cpu%s", milli, amount == 1000 ? "" : "s");
        return;
    case ENV_REFUSAL_MEMORY:
    case ENV_REFUSAL_DISK:
        (void)snprintf(text, bytes, "%" PRId64 " MiB%s", explain_mib(amount),
                       refusal == ENV_REFUSAL_DISK ? " of disk" : "");
        return;
    case ENV_REFUSAL_GPUS:
        if (request->gpus > 0) {
            (void)snprintf(text, bytes, "%" PRId64 " GPU%s", amount, amount == 1 ? "" : "s");
        } else {
            (void)snprintf(text, bytes, "%s of a GPU", milli);
        }
        return;
    case ENV_REFUSAL_PORTS:
        (void)snprintf(text, bytes, "%" PRId64 " port%s%s", amount, amount == 1 ? "" : "s",
                       lack->fixed_port ? " of those asked for by number" : "");
        return;
    case ENV_REFUSAL_ROLE:
    case ENV_REFUSAL_CONSTRAINT:
    case ENV_REFUSAL_RESERVATION:
    case ENV_REFUSAL_MAINTENANCE:
    case ENV_REFUSAL_SCARCE:
        break; /* no amounts */
    }
    text[0] = '\0';
}

/* "refused by role and constraint", and then what is short. */
static void
explain_shortfall(const struct explain_nearest *nearest, const struct place_request *request,
                  struct strbuf *text)
{
    static const char *const words[ENV_REFUSAL_COUNT] = {
        [ENV_REFUSAL_ROLE] = "role",
        [ENV_REFUSAL_CONSTRAINT] = "constraint",
        [ENV_REFUSAL_RESERVATION] = "reservation",
        [ENV_REFUSAL_MAINTENANCE] = "maintenance",
    };
    const struct explain_lack lack = explain_lack(&nearest->room, nearest->node, request);
    char     item[80];
    uint32_t index = 0;
    uint32_t lacks = 0;
    for (uint32_t i = 0; i < ENV_REFUSAL_COUNT; i++) {
        if ((nearest->broken & BIT(i)) != 0) {
            strbuf_add(text, index == 0 ? "refused by " : "");
            explain_list(text, words[i], &index, nearest->broken_count);
        }
        lacks += lack.of[i] > 0 ? 1U : 0U;
    }
    strbuf_add(text, index > 0 && lacks > 0 ? ", " : "");
    index = 0;
    for (uint32_t i = 0; i < ENV_REFUSAL_COUNT; i++) {
        if (lack.of[i] > 0) {
            explain_lack_print(&lack, i, request, item, sizeof item);
            explain_list(text, item, &index, lacks);
        }
    }
    strbuf_add(text, lacks > 0 ? " short" : "");
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
explain_compare(struct explain_nearest *best, const struct cluster_node *node,
                const struct cluster_free *room, uint32_t broken,
                const struct place_request *request)
{
    const uint32_t broken_count = explain_count(broken);
    if (best->node != NULL && broken_count > best->broken_count) {
        return;
    }
    const struct explain_lack lack = explain_lack(room, node, request);
    const int64_t             lack_ppm = explain_lack_ppm(&lack, request);
    if (best->node == NULL || broken_count < best->broken_count || lack_ppm < best->lack_ppm) {
        *best = (struct explain_nearest){ .node = node,
                                          .room = *room,
                                          .broken = broken,
                                          .broken_count = broken_count,
                                          .lack_ppm = lack_ppm };
    }
}

/* What still runs there and should not is gone soon: such a node was not asked. */
static bool
explain_is_asked(const struct cluster_node *node)
{
    return node != NULL && node->state == NODE_READY && node->strays.count == 0;
}

void
explain_nodes(const struct cluster *cluster, const struct place_request *request,
              struct explain *ret)
{
    struct explain_nearest best = { 0 };
    ret->pending = (struct env_pending){ .hostname = "", .shortfall = "" };
    ret->constraints[0] = '\0';
    strbuf_clear(&ret->shortfall);
    if (request->filters != NULL) {
        filters_blame_clear(request->filters);
    }
    for (uint32_t i = 0; i < cluster->nodes.count; i++) {
        const struct cluster_node *node = *(struct cluster_node **)vec_at(&cluster->nodes, i);
        if (!explain_is_asked(node)) {
            continue;
        }
        const struct cluster_free *line = vec_at(&cluster->free, i);
        const struct cluster_free  room = node->draining ? cluster_node_room(node) : *line;
        const uint32_t broken = explain_rules(node, request);
        const uint32_t refusals = broken | explain_short(&room, node, request);
        ret->pending.nodes++;
        if (refusals != 0) {
            ret->pending.refused[explain_first(refusals)]++;
            explain_compare(&best, node, &room, broken, request);
        }
    }
    if (request->filters != NULL) {
        filters_print(request->filters, ret->constraints, sizeof ret->constraints);
    }
    if (best.node != NULL) {
        explain_shortfall(&best, request, &ret->shortfall);
        ret->pending.nearest = best.node->index + 1;
        ret->pending.hostname = best.node->spec.hostname;
        ret->pending.shortfall = strbuf_text(&ret->shortfall);
    }
}

/* --- in words --- */

void
explain_print(const struct explain *explain, struct strbuf *text)
{
    const struct env_pending *pending = &explain->pending;
    const char *separator = ": ";
    if (pending->nodes == 0) {
        strbuf_add(text, "no node is ready");
        return;
    }
    strbuf_printf(text, "%u node%s", pending->nodes, pending->nodes == 1 ? "" : "s");
    for (uint32_t i = 0; i < ENV_REFUSAL_COUNT; i++) {
        if (pending->refused[i] > 0) {
            strbuf_printf(text, "%s%u %s%s", separator, pending->refused[i], refusal_names[i],
                          i == ENV_REFUSAL_CONSTRAINT ? explain->constraints : "");
            separator = ", ";
        }
    }
}

void
explain_print_nearest(const struct explain *explain, struct strbuf *text)
{
    if (explain->pending.nearest > 0) {
        strbuf_printf(text, "; nearest: %s, %s", explain->pending.hostname,
                      explain->pending.shortfall);
    }
}

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

/* Otherwise the timer sees to it that it is asked again. */
static bool
explain_is_due(struct cluster_task *task)
{
    struct cluster_app *app = task->app;
    struct env_clock   *clock = app->cluster->env->clock;
    const int64_t       now_ns = cluster_now(app->cluster);
    const int64_t       due_at_ns = app->explained_at_ns + SEC(EXPLAIN_AGAIN_SECONDS);
    if (app->why_pending != NULL && app->explained_version == task->record.version &&
        now_ns < due_at_ns) {
        if (!app->explain_timer.armed) {
            env_timer_start(clock, &app->explain_timer, due_at_ns - now_ns);
        }
        return false;
    }
    app->explained_at_ns = now_ns;
    app->explained_version = task->record.version;
    return true;
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
    explain_print(&explain, &text);
    explain_print_nearest(&explain, &text);
    explain_journal(task, strbuf_text(&text), &explain.pending);
    strbuf_fini(&text);
    explain_fini(&explain);
}

void
explain_held(struct cluster_task *task, const char *why)
{
    explain_journal(task, why, NULL);
}

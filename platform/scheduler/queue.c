/* platform/scheduler/queue.c - which app's task is considered next. */
#include "platform/scheduler/queue.h"

#include "platform/model/backoff.h"
#include "platform/model/cluster_reservation.h"
#include "platform/scheduler/busy.h"

void
queue_init(struct queue *queue)
{
    *queue = (struct queue){ 0 };
    sorter_init(&queue->sorter);
    vec_init(&queue->apps, sizeof(struct cluster_app *));
    vec_init(&queue->roles, sizeof(struct queue_role));
    vec_init(&queue->entries, sizeof(struct queue_entry));
    vec_init(&queue->spare, sizeof(struct queue_entry));
}

void
queue_fini(struct queue *queue)
{
    sorter_fini(&queue->sorter);
    vec_fini(&queue->apps);
    vec_fini(&queue->roles);
    vec_fini(&queue->entries);
    vec_fini(&queue->spare);
}

void
queue_add(struct queue *queue, struct cluster_app *app)
{
    queue->touched = true;
    if (!app->queued) {
        app->queued = true;
        *(struct cluster_app **)vec_push(&queue->apps) = app;
    }
}

static struct queue_role *
queue_role_at(struct queue *queue, uint32_t role)
{
    return vec_at(&queue->roles, role);
}

/* --- what roles have --- */

static uint32_t
queue_role(struct queue *queue, const struct master_config *config, const char *name)
{
    const uint32_t number = sorter_add(&queue->sorter, name);
    if (number == queue->roles.count) {
        const struct scheduler_role *quota =
            quota_find(config->roles, config->roles_count, name);
        struct queue_role *role = vec_push(&queue->roles);
        *role = (struct queue_role){ .quota = quota };
        if (quota != NULL) {
            struct sorter_role *sorted = sorter_at(&queue->sorter, number);
            sorted->name = quota->name;
            sorted->weight_milli = quota->weight_milli;
        }
    }
    return number;
}

/* Roles that come from apps are known by the cluster's own text of their name. */
static uint32_t
queue_version_role(struct queue *queue, struct cluster *cluster, struct cluster_version *version)
{
    if (version->share_role == 0) {
        struct intern *names = &cluster->share_roles;
        const char *name = intern_text(names, intern_id(names, version->spec->role));
        version->share_role = queue_role(queue, cluster->config, name) + 1;
        queue_tell_role(cluster, version);
    }
    return version->share_role - 1;
}

uint32_t
queue_role_of(struct queue *queue, struct cluster_version *version)
{
    (void)queue;
    ASSERT(version->share_role > 0);
    return version->share_role - 1;
}

static void
queue_count_reservations(struct queue *queue, const struct cluster_app *app)
{
    for (const struct cluster_reservation *held = app->reservations; held != NULL;
         held = held->app_next) {
        if (held->task == NULL) {
            const struct amounts amounts = {
                .of = { [AMOUNT_CPU] = held->record.cpu_milli,
                        [AMOUNT_MEMORY] = held->record.mem_bytes,
                        [AMOUNT_DISK] = held->record.disk_bytes + held->record.volume_bytes }
            };
            const uint32_t role = queue_role_of(queue, app->version);
            amounts_add(&sorter_at(&queue->sorter, role)->allocated, &amounts, 1);
        }
    }
}

static void
queue_count_roles(struct queue *queue, struct cluster *cluster)
{
    for (uint32_t i = 0; i < queue->roles.count; i++) {
        sorter_at(&queue->sorter, i)->allocated = (struct amounts){ 0 };
    }
    for (uint32_t i = 0; i < cluster->versions.count; i++) {
        struct cluster_version *version =
            *(struct cluster_version **)vec_at(&cluster->versions, i);
        if (version == NULL) {
            continue;
        }
        const uint32_t role = queue_version_role(queue, cluster, version);
        const uint32_t count = version->booked_count + version->nominated_count;
        if (count > 0) {
            const struct amounts amounts = queue_amounts(version->spec);
            amounts_add(&sorter_at(&queue->sorter, role)->allocated, &amounts, count);
        }
    }
    for (uint32_t i = 0; i < cluster->apps.count; i++) {
        const struct cluster_app *app = *(struct cluster_app **)vec_at(&cluster->apps, i);
        if (app != NULL && app->version != NULL && app->reservations != NULL) {
            queue_count_reservations(queue, app);
        }
    }
}

static void
queue_count_free(struct queue *queue, const struct cluster *cluster)
{
    queue->free = (struct amounts){ 0 };
    for (uint32_t i = 0; i < cluster->free.count; i++) {
        const struct cluster_free *line = vec_at(&cluster->free, i);
        if (line->mem_bytes >= 0) {
            const struct amounts amounts = { .of = { [AMOUNT_CPU] = line->cpu_milli,
                                                     [AMOUNT_MEMORY] = line->mem_bytes,
                                                     [AMOUNT_DISK] = line->disk_bytes,
                                                     [AMOUNT_GPU] = line->gpu_milli } };
            amounts_add(&queue->free, &amounts, 1);
        }
    }
}

/* All that are configured, also those that have nothing: what they are guaranteed is kept free. */
static void
queue_count(struct queue *queue, struct cluster *cluster)
{
    const struct master_config *config = cluster->config;
    queue->guarantees = false;
    for (uint32_t i = 0; i < config->roles_count; i++) {
        const struct amounts none = { 0 };
        (void)queue_role(queue, config, config->roles[i].name);
        queue->guarantees |= quota_is_below(&config->roles[i], &none);
    }
    queue->sorter.total = cluster->capacity;
    queue_count_roles(queue, cluster);
    if (queue->guarantees) {
        queue_count_free(queue, cluster);
    }
}

/* --- the order --- */

static bool
queue_is_before(const struct queue_entry *a, const struct queue_entry *b)
{
    if (a->role != b->role) {
        return a->role < b->role;
    }
    return a->priority != b->priority ? a->priority > b->priority : a->turn < b->turn;
}

/* Two ordered runs of entries become one. */
static void
queue_merge(const struct queue_entry *from, struct queue_entry *to, uint32_t first,
            uint32_t middle, uint32_t end)
{
    uint32_t left = first;
    uint32_t right = middle;
    for (uint32_t at = first; at < end; at++) {
        const bool is_left = left < middle &&
                             (right >= end || !queue_is_before(&from[right], &from[left]));
        to[at] = from[is_left ? left++ : right++];
    }
}

static void
queue_order(struct queue *queue)
{
    const uint32_t count = queue->entries.count;
    vec_clear(&queue->spare);
    for (uint32_t i = 0; i < count; i++) {
        (void)vec_push(&queue->spare);
    }
    for (uint32_t run = 1; run < count; run *= 2) {
        for (uint32_t first = 0; first < count; first += 2 * run) {
            const uint32_t middle = first + run < count ? first + run : count;
            const uint32_t end = middle + run < count ? middle + run : count;
            queue_merge(queue->entries.items, queue->spare.items, first, middle, end);
        }
        const struct vec swap = queue->entries;
        queue->entries = queue->spare;
        queue->spare = swap;
    }
    for (uint32_t i = 0; i < queue->roles.count; i++) {
        queue_role_at(queue, i)->first = 0;
        queue_role_at(queue, i)->end = 0;
    }
    for (uint32_t i = count; i > 0; i--) {
        struct queue_role *role =
            queue_role_at(queue, ((struct queue_entry *)vec_at(&queue->entries, i - 1))->role);
        role->first = i - 1;
        role->end = role->end == 0 ? i : role->end;
    }
}

/*
 * Nothing has changed since it found no room. What its constraints refuse may depend on itself, so
 * it is asked in every pass; not so where a look takes time that others wait for: then only when it
 * is dirty itself (scheduler_turn).
 */
static bool
queue_is_refused(const struct cluster_app *app)
{
    const struct app_spec *spec = app->version->spec;
    const bool asks_itself = spec->constraints_count > 0 || spec->is_resident;
    return app->refused_generation == app->cluster->capacity_generation &&
           app->refused_version == app->version->id &&
           (!asks_itself || busy_takes_time(app->cluster));
}

static void
queue_collect(struct queue *queue, struct cluster *cluster)
{
    for (uint32_t i = 0; !queue->collected && i < cluster->apps.count; i++) {
        struct cluster_app *app = *(struct cluster_app **)vec_at(&cluster->apps, i);
        if (app != NULL && app->pending_count > 0) {
            queue_add(queue, app);
        }
    }
    queue->collected = true;
    queue->touched = false;
}

/* While it may not be launched, nobody is kept away for it. */
static void
queue_release(struct cluster_app *app)
{
    uint32_t left = app->version->nominated_count;
    for (struct cluster_task *task = app->tasks_first; task != NULL && left > 0;
         task = task->app_next) {
        if (task->record.nominated > 0 && task->version == app->version) {
            cluster_task_nominate(task, NULL);
            left--;
        }
    }
}

void
queue_begin(struct queue *queue, struct cluster *cluster)
{
    uint32_t kept = 0;
    queue_collect(queue, cluster);
    queue_count(queue, cluster);
    vec_clear(&queue->entries);
    for (uint32_t i = 0; i < queue->apps.count; i++) {
        struct cluster_app **at = vec_at(&queue->apps, i);
        struct cluster_app *app = *at;
        if (app->removed || app->version == NULL || app->pending_count == 0) {
            app->queued = false;
            continue;
        }
        *(struct cluster_app **)vec_at(&queue->apps, kept++) = app;
        if (backoff_holds(app)) {
            queue_release(app);
        } else if (!queue_is_refused(app)) {
            struct queue_entry *entry = vec_push(&queue->entries);
            *entry = (struct queue_entry){ .app = app,
                                           .role = queue_role_of(queue, app->version),
                                           .turn = i,
                                           .priority = app->version->spec->priority };
        }
    }
    while (queue->apps.count > kept) {
        vec_remove_at(&queue->apps, queue->apps.count - 1);
    }
    queue_order(queue);
}

/* One that lacks what it is guaranteed goes first. */
static bool
queue_role_is_before(struct queue *queue, uint32_t a, uint32_t b)
{
    const bool a_lacks = quota_is_below(queue_role_at(queue, a)->quota,
                                        &sorter_at(&queue->sorter, a)->allocated);
    const bool b_lacks = quota_is_below(queue_role_at(queue, b)->quota,
                                        &sorter_at(&queue->sorter, b)->allocated);
    return a_lacks != b_lacks ? a_lacks : sorter_is_before(&queue->sorter, a, b);
}

struct queue_entry *
queue_next(struct queue *queue)
{
    uint32_t best = UINT32_MAX;
    for (uint32_t i = 0; i < queue->roles.count; i++) {
        const struct queue_role *role = queue_role_at(queue, i);
        if (role->first < role->end &&
            (best == UINT32_MAX || queue_role_is_before(queue, i, best))) {
            best = i;
        }
    }
    return best == UINT32_MAX
               ? NULL
               : vec_at(&queue->entries, queue_role_at(queue, best)->first);
}

void
queue_placed(struct queue *queue, const struct queue_entry *entry, const struct amounts *amounts)
{
    sorter_allocated(&queue->sorter, entry->role, amounts);
    amounts_add(&queue->free, amounts, -1);
}

void
queue_skip(struct queue *queue, const struct queue_entry *entry)
{
    queue_role_at(queue, entry->role)->first++;
}

/* --- quota --- */

bool
queue_holds(struct queue *queue, const struct queue_entry *entry, const struct amounts *wanted,
            char *text, size_t bytes)
{
    const struct scheduler_role *quota = queue_role_at(queue, entry->role)->quota;
    const struct amounts *allocated = &sorter_at(&queue->sorter, entry->role)->allocated;
    int32_t kind = quota_limit(quota, allocated, wanted);
    if (kind >= 0) {
        quota_print_limit(quota, allocated, kind, text, bytes);
        return true;
    }
    if (!queue->guarantees) {
        return false;
    }
    const struct amounts own = quota_unmet(quota, allocated);
    struct amounts unmet = { 0 };
    for (uint32_t i = 0; i < queue->roles.count; i++) {
        const struct amounts lacks = quota_unmet(queue_role_at(queue, i)->quota,
                                                 &sorter_at(&queue->sorter, i)->allocated);
        amounts_add(&unmet, &lacks, 1);
    }
    kind = quota_headroom(&queue->free, &unmet, &own, wanted);
    if (kind >= 0) {
        quota_print_headroom(&unmet, &own, kind, text, bytes);
    }
    return kind >= 0;
}

bool
queue_would_hold(struct queue *queue, struct cluster *cluster, struct cluster_version *version,
                 char *text, size_t bytes)
{
    const struct amounts wanted = queue_amounts(version->spec);
    queue_count(queue, cluster);
    const struct queue_entry entry = { .role = queue_role_of(queue, version) };
    return queue_holds(queue, &entry, &wanted, text, bytes);
}

bool
queue_may_lose(struct queue *queue, struct cluster_version *version,
               const struct amounts *amounts)
{
    const uint32_t role = queue_role_of(queue, version);
    struct amounts left = sorter_at(&queue->sorter, role)->allocated;
    amounts_add(&left, amounts, -1);
    return !quota_is_below(queue_role_at(queue, role)->quota, &left);
}

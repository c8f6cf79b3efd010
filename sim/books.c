/* sim/books.c - apps, nodes and deployments as the journals tell of them; tasks: books_task.c. */
#include "sim/books.h"

#include <string.h>

#include "sim/books_roles.h"
#include "sim/books_task.h"

/* A limit of ours: tasks known at one time. */
#define BOOKS_TASKS_MAX UINT32_C(20000000)

void
books_init(struct books *books, struct arena *arena)
{
    *books = (struct books){ .arena = arena };
    intern_init(&books->names);
    vec_init(&books->apps, sizeof(struct book_app));
    vec_init(&books->refreshes, sizeof(struct book_refresh));
    vec_init(&books->deployments, sizeof(struct book_deployment));
    vec_init(&books->ended, sizeof(struct book_ended));
    vec_init(&books->nodes, sizeof(struct book_node));
    vec_init(&books->versions, sizeof(struct book_version));
    pool_init(&books->tasks, sizeof(struct book_task), BOOKS_TASKS_MAX, 0);
}

void
books_fini(struct books *books)
{
    pool_fini(&books->tasks);
    map64_fini(&books->versions_by_id);
    vec_fini(&books->versions);
    vec_fini(&books->nodes);
    vec_fini(&books->ended);
    vec_fini(&books->refreshes);
    vec_fini(&books->deployments);
    vec_fini(&books->apps);
    map64_fini(&books->deployments_by_id);
    idmap_fini(&books->tasks_by_id);
    map64_fini(&books->apps_by_name);
    intern_fini(&books->names);
}

struct book_app *
books_app_find(struct books *books, const char *id)
{
    const uint32_t name = intern_find(&books->names, id);
    const uint32_t index = name == 0 ? 0 : map64_get(&books->apps_by_name, name);
    return index == 0 ? NULL : vec_at(&books->apps, index - 1);
}

struct book_app *
books_app_get(struct books *books, const char *id)
{
    const uint32_t name = intern_id(&books->names, id);
    const uint32_t index = map64_get(&books->apps_by_name, name);
    if (index > 0) {
        return vec_at(&books->apps, index - 1);
    }
    struct book_app *app = vec_push(&books->apps);
    app->id = intern_text(&books->names, name);
    map64_put(&books->apps_by_name, name, books->apps.count);
    return app;
}

/* --- apps --- */

static void
books_deployment_end(struct books *books, struct book_deployment *deployment,
                     enum deployment_state state, int64_t at_ns)
{
    struct book_app *app = vec_at(&books->apps, deployment->app);
    ASSERT(app->deployments_running > 0);
    app->deployments_running--;
    deployment->state = state;
    deployment->to_at_ns = at_ns;
}

/* A master has loaded: a deployment of the app that it does not name was never durable, and the end
 * of the one that it names was not. */
static void
books_app_strike_deployments(struct books *books, const struct book_app *app, int64_t at_ns,
                             uint64_t kept)
{
    const uint32_t index = (uint32_t)(app - (struct book_app *)books->apps.items);
    for (uint32_t i = 0; i < books->deployments.count; i++) {
        struct book_deployment *deployment = vec_at(&books->deployments, i);
        if (deployment->app == index && deployment->state == DEPLOYMENT_RUNNING &&
            deployment->id != kept) {
            books_deployment_end(books, deployment, DEPLOYMENT_CANCELLED, at_ns);
        } else if (deployment->app == index && deployment->id == kept &&
                   deployment->state != DEPLOYMENT_RUNNING) {
            ((struct book_app *)vec_at(&books->apps, index))->deployments_running++;
            deployment->state = DEPLOYMENT_RUNNING;
            deployment->to_at_ns = 0;
        } else if (deployment->app == index && kept != 0 && deployment->reverts == kept) {
            deployment->state = DEPLOYMENT_CANCELLED; /* its way back was none either */
        }
    }
}

/* A master leads: what it has not named never was. */
static void
books_led(struct books *books, int64_t at_ns)
{
    for (uint32_t i = 0; i < books->apps.count; i++) {
        struct book_app *app = vec_at(&books->apps, i);
        if (app->load != books->loads) {
            books_app_strike_deployments(books, app, at_ns, 0);
            app->wanted = 0;
        }
    }
    books_tasks_led(books);
}

static void
books_app_event(struct books *books, int64_t at_ns, const struct env_event *event)
{
    struct book_app *app = books_app_get(books, event->app);
    app->wanted_known = true;
    app->wanted = (uint32_t)event->value;
    if (strcmp(event->text, "deleted") == 0) {
        app->wanted = 0;
        return;
    }
    if (strcmp(event->text, "accepted") == 0 || app->version != event->version) {
        app->version_old = app->version; /* the same one when only the size changes */
        app->version = event->version;
    }
    app->minimum_health_ppm = (uint32_t)event->new_state;
    if (strcmp(event->text, "loaded") == 0) {
        app->load = books->loads;
        books_app_strike_deployments(books, app, at_ns, event->deployment);
    }
}

static void
books_pending_event(struct books *books, int64_t at_ns, const struct env_event *event)
{
    struct book_app *app = books_app_get(books, event->app);
    if (event->text[0] == '\0') {
        app->why_pending = NULL;
        return;
    }
    if (app->why_pending == NULL) {
        app->why_pending_at_ns = at_ns;
    }
    app->why_pending = intern_text(&books->names, intern_id(&books->names, event->text));
}

/* --- deployments --- */

/* Whether the way back of a failed one has been gone: it may have taken no time at all. */
static bool
books_deployment_is_back(const struct books *books, uint64_t failed)
{
    for (uint32_t i = 0; i < books->deployments.count; i++) {
        const struct book_deployment *other = vec_at(&books->deployments, i);
        if (other->reverts == failed && other->state == DEPLOYMENT_DONE) {
            return true;
        }
    }
    return false;
}

/* The deployment of the app that has just failed, and goes back by the one that begins now: none of
 * the app's has ended since. */
static uint64_t
books_deployment_reverted(const struct books *books, uint32_t app, const struct env_event *event)
{
    const struct book_deployment *ended = NULL;
    if (strcmp(event->text, "roll-back") != 0) {
        return 0;
    }
    for (uint32_t i = 0; i < books->deployments.count; i++) {
        const struct book_deployment *other = vec_at(&books->deployments, i);
        if (other->app != app || other->state == DEPLOYMENT_RUNNING) {
            continue;
        }
        if (ended == NULL || other->to_at_ns > ended->to_at_ns ||
            (other->to_at_ns == ended->to_at_ns && other->state == DEPLOYMENT_ROLLED_BACK)) {
            ended = other;
        }
    }
    return ended != NULL && ended->state == DEPLOYMENT_ROLLED_BACK &&
                   !books_deployment_is_back(books, ended->id)
               ? ended->id
               : 0;
}

static void
books_deployment_event(struct books *books, int64_t at_ns, const struct env_event *event)
{
    uint32_t index = map64_get(&books->deployments_by_id, event->deployment);
    if (index == 0) {
        struct book_app *app = books_app_get(books, event->app);
        const uint32_t   app_index = (uint32_t)(app - (struct book_app *)books->apps.items);
        const uint64_t   reverts = books_deployment_reverted(books, app_index, event);
        struct book_deployment *fresh = vec_push(&books->deployments);
        *fresh = (struct book_deployment){
            .id = event->deployment,
            .app = app_index,
            .reverts = reverts,
            .version = event->version,
            .version_old = event->version == app->version ? app->version_old : app->version,
            .state = DEPLOYMENT_RUNNING,
            .from_at_ns = at_ns,
            .strategy = intern_text(&books->names, intern_id(&books->names, event->text)),
            .waits_for = "",
        };
        app->deployments_running++;
        index = books->deployments.count;
        map64_put(&books->deployments_by_id, event->deployment, index);
    }
    struct book_deployment *deployment = vec_at(&books->deployments, index - 1);
    deployment->waits_for = intern_text(&books->names, intern_id(&books->names, event->text));
    const bool ends = event->new_state >= 0 && event->new_state != DEPLOYMENT_RUNNING;
    if (ends && deployment->state == DEPLOYMENT_RUNNING) {
        books_deployment_end(books, deployment, (enum deployment_state)event->new_state, at_ns);
    }
}

/* One of these that is not known never was durable: a dying master's. */
static struct book_deployment *
books_deployment_find(struct books *books, uint64_t id)
{
    const uint32_t index = map64_get(&books->deployments_by_id, id);
    return index == 0 ? NULL : vec_at(&books->deployments, index - 1);
}

static void
books_rollout_event(struct books *books, const struct env_event *event)
{
    struct book_deployment *deployment = books_deployment_find(books, event->deployment);
    if (deployment != NULL && event->new_state >= 0 && event->new_state < DEPLOYMENT_PHASE_COUNT) {
        deployment->phase = (enum deployment_phase)event->new_state;
        deployment->step = (uint32_t)event->task;
        deployment->weight_ppm = (uint32_t)event->value;
    }
}

static void
books_analysis_event(struct books *books, const struct env_event *event)
{
    struct book_deployment *deployment = books_deployment_find(books, event->deployment);
    if (deployment != NULL && event->old_state != 1) { /* a dry run counts for nothing */
        deployment->judged++;
        deployment->bad += event->new_state == 0 ? 1 : 0;
        deployment->unsure += event->new_state == 2 ? 1 : 0;
    }
}

/* --- nodes --- */

static struct book_node *
books_node_get(struct books *books, uint32_t node)
{
    while (books->nodes.count < node) {
        (void)vec_push(&books->nodes);
    }
    return vec_at(&books->nodes, node - 1);
}

static void
books_node_event(struct books *books, const struct env_event *event)
{
    if (event->node == 0 || event->new_state < 0) {
        return;
    }
    struct book_node *node = books_node_get(books, event->node);
    if (node->known && node->state == NODE_READY) {
        books->nodes_ready--;
    }
    node->known = true;
    node->state = (enum node_state)event->new_state;
    if (node->state == NODE_READY) {
        books->nodes_ready++;
    }
}

static void
books_allocation_event(struct books *books, const struct env_event *event)
{
    if (event->node == 0) {
        return;
    }
    struct book_node *node = books_node_get(books, event->node);
    const int64_t     mem_bytes = (int64_t)event->task;
    const int64_t     gpus = event->new_state > 0 ? event->new_state : 0;
    books->cpu_milli_used += event->value - node->cpu_milli_used;
    books->mem_bytes_used += mem_bytes - node->mem_bytes_used;
    books->gpu_milli_used += gpus - node->gpu_milli_used;
    node->cpu_milli_used = event->value;
    node->mem_bytes_used = mem_bytes;
    node->gpu_milli_used = gpus;
}

/* A master that loads knows nothing: what it has booked and which machines are ready comes anew. */
static void
books_master_event(struct books *books, int64_t at_ns, const struct env_event *event)
{
    books->leading = event->new_state == 1;
    if (books->leading) {
        books->term = (uint64_t)event->value;
        books_led(books, at_ns);
        return;
    }
    books->loads++;
    for (uint32_t i = 0; i < books->nodes.count; i++) {
        *(struct book_node *)vec_at(&books->nodes, i) = (struct book_node){ .known = false };
    }
    books->nodes_ready = 0;
    books->cpu_milli_used = 0;
    books->mem_bytes_used = 0;
    books->gpu_milli_used = 0;
}

void
books_event(struct books *books, int64_t at_ns, env_address process, const struct env_event *event)
{
    books_forget_ended(books, at_ns);
    if (env_address_kind(process) != ENV_PROCESS_MASTER) {
        return; /* what counts is how the master sees it */
    }
    switch (event->kind) {
    case ENV_EVENT_MASTER:
        books_master_event(books, at_ns, event);
        break;
    case ENV_EVENT_NODE:
        books_node_event(books, event);
        break;
    case ENV_EVENT_APP:
        books_app_event(books, at_ns, event);
        break;
    case ENV_EVENT_TASK:
        books_task_event(books, at_ns, event);
        break;
    case ENV_EVENT_LOADED:
        books_task_loaded(books, at_ns, event);
        break;
    case ENV_EVENT_HEALTH:
    case ENV_EVENT_READY:
        books_task_judged(books, event);
        break;
    case ENV_EVENT_DRAIN:
    case ENV_EVENT_DECISION:
        books_task_decided(books, event);
        break;
    case ENV_EVENT_PENDING:
        books_pending_event(books, at_ns, event);
        break;
    case ENV_EVENT_DEPLOYMENT:
        books_deployment_event(books, at_ns, event);
        break;
    case ENV_EVENT_ALLOCATION:
        books_allocation_event(books, event);
        break;
    case ENV_EVENT_ROLLOUT:
        books_rollout_event(books, event);
        break;
    case ENV_EVENT_ANALYSIS:
        books_analysis_event(books, event);
        break;
    case ENV_EVENT_REFRESH:
        books_refresh_event(books, at_ns, event);
        break;
    case ENV_EVENT_ROLE:
        books_role_event(books, event);
        break;
    case ENV_EVENT_AGENT_TASK:
    case ENV_EVENT_BACKOFF:
    case ENV_EVENT_ROUTES:
    case ENV_EVENT_NODE_DRAIN:
    case ENV_EVENT_RESERVATION:
    case ENV_EVENT_REBALANCE:
    case ENV_EVENT_WARNING:
        break;
    }
}

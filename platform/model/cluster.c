/*
 * platform/model/cluster.c - the master's memory: apps, what is dirty, what is to be written.
 */
#include "platform/model/cluster.h"

#include <string.h>

#include "platform/base/memory.h"
#include "platform/model/cluster_drain.h"
#include "platform/model/cluster_pulse.h"
#include "platform/model/cluster_refresh.h"
#include "platform/model/cluster_reservation.h"
#include "platform/model/cluster_waiting.h"

enum { CLUSTER_TASKS_MAX = 16 * 1000 * 1000 }; /* a limit of ours */

static void
cluster_offer(struct env_timer *timer)
{
    struct cluster *cluster = container_of(timer, struct cluster, offer_timer);
    cluster->capacity_generation++;
    cluster->wake(cluster);
}

void
cluster_init(struct cluster *cluster, struct env *env, const struct master_config *config)
{
    *cluster = (struct cluster){ .env = env, .config = config, .capacity_generation = 1 };
    cluster->shares = config->roles_count > 0 || config->preempts;
    arena_init(&cluster->arena, env->memory_poison);
    vec_init(&cluster->apps, sizeof(struct cluster_app *));
    vec_init(&cluster->apps_waiting, sizeof(uint64_t));
    vec_init(&cluster->versions, sizeof(struct cluster_version *));
    vec_init(&cluster->nodes, sizeof(struct cluster_node *));
    vec_init(&cluster->pulses, sizeof(struct cluster_pulse));
    vec_init(&cluster->free, sizeof(struct cluster_free));
    vec_init(&cluster->nodes_changed, sizeof(uint32_t));
    vec_init(&cluster->edges, sizeof(struct cluster_edge));
    vec_init(&cluster->stops, sizeof(uint64_t));
    vec_init(&cluster->drains, sizeof(struct cluster_node *));
    vec_init(&cluster->refreshes, sizeof(struct cluster_refresh *));
    vec_init(&cluster->dirty, sizeof(struct cluster_app *));
    vec_init(&cluster->writes, sizeof(struct cluster_write));
    intern_init(&cluster->app_names);
    intern_init(&cluster->roles);
    intern_init(&cluster->node_texts);
    intern_init(&cluster->share_roles);
    (void)intern_id(&cluster->roles, "*");
    env_timer_init(&cluster->offer_timer, cluster_offer);
    pool_init(&cluster->tasks, sizeof(struct cluster_task), CLUSTER_TASKS_MAX, env->memory_poison);
}

void
cluster_fini(struct cluster *cluster)
{
    cluster_version_fini(cluster);
    cluster_refresh_fini(cluster);
    env_timer_cancel(cluster->env->clock, &cluster->offer_timer);
    for (uint32_t i = 0; i < cluster->apps.count; i++) {
        struct cluster_app *app = *(struct cluster_app **)vec_at(&cluster->apps, i);
        if (app != NULL) {
            memory_free(app->why_pending);
            cluster_deployment_fini(app);
            env_timer_cancel(cluster->env->clock, &app->backoff_timer);
            env_timer_cancel(cluster->env->clock, &app->explain_timer);
        }
    }
    for (uint32_t i = 0; i < cluster->nodes.count; i++) {
        struct cluster_node *node = *(struct cluster_node **)vec_at(&cluster->nodes, i);
        if (node != NULL) {
            env_timer_cancel(cluster->env->clock, &node->timeout_timer);
            env_timer_cancel(cluster->env->clock, &node->resend_timer);
            cluster_drain_fini(node);
            vec_fini(&node->ports_used);
            vec_fini(&node->strays);
            vec_fini(&node->unheard);
            cluster_reservation_fini(node);
        }
    }
    for (uint32_t i = 0; i < cluster->edges.count; i++) {
        struct cluster_edge *edge = vec_at(&cluster->edges, i);
        vec_fini(&edge->busy);
    }
    memory_free(cluster->gateway);
    vec_fini(&cluster->apps);
    vec_fini(&cluster->apps_waiting);
    vec_fini(&cluster->nodes);
    vec_fini(&cluster->pulses);
    vec_fini(&cluster->free);
    vec_fini(&cluster->nodes_changed);
    vec_fini(&cluster->edges);
    vec_fini(&cluster->stops);
    vec_fini(&cluster->drains);
    vec_fini(&cluster->refreshes);
    vec_fini(&cluster->dirty);
    vec_fini(&cluster->writes);
    map64_fini(&cluster->apps_by_id);
    map64_fini(&cluster->apps_by_name);
    idmap_fini(&cluster->tasks_by_id);
    intern_fini(&cluster->app_names);
    intern_fini(&cluster->roles);
    intern_fini(&cluster->node_texts);
    intern_fini(&cluster->share_roles);
    pool_fini(&cluster->tasks);
    arena_fini(&cluster->arena);
}

int64_t
cluster_now(const struct cluster *cluster)
{
    return env_clock_now(cluster->env->clock);
}

void
cluster_write(struct cluster *cluster, enum cluster_write_kind kind, uint64_t id,
              const void *object)
{
    struct cluster_write *write = vec_push(&cluster->writes);
    *write = (struct cluster_write){ .kind = kind, .id = id, .object = object };
    cluster->wake(cluster);
}

void
cluster_unwrite(struct cluster *cluster, const void *object)
{
    for (uint32_t i = 0; i < cluster->writes.count; i++) { /* the others keep their places */
        struct cluster_write *write = vec_at(&cluster->writes, i);
        if (write->object == object) {
            *write = (struct cluster_write){ .kind = WRITE_VOID };
        }
    }
}

struct cluster_app *
cluster_app_get(struct cluster *cluster, uint64_t id)
{
    const uint32_t index = map64_get(&cluster->apps_by_id, id);
    return index == 0 ? NULL : *(struct cluster_app **)vec_at(&cluster->apps, index - 1);
}

struct cluster_app *
cluster_app_find(struct cluster *cluster, const char *path)
{
    const uint32_t name = intern_find(&cluster->app_names, path);
    const uint32_t index = name == 0 ? 0 : map64_get(&cluster->apps_by_name, name);
    return index == 0 ? NULL : *(struct cluster_app **)vec_at(&cluster->apps, index - 1);
}

static void
cluster_app_backoff_over(struct env_timer *timer)
{
    struct cluster_app *app = container_of(timer, struct cluster_app, backoff_timer);
    cluster_app_dirty(app);
}

/* Why it waits may be another reason by now: the scheduler looks at it again. */
static void
cluster_app_explain(struct env_timer *timer)
{
    struct cluster_app *app = container_of(timer, struct cluster_app, explain_timer);
    if (app->pending_count > 0) {
        app->refused_generation = 0;
        cluster_app_dirty(app);
    }
}

struct cluster_app *
cluster_app_add(struct cluster *cluster, const char *path, uint64_t id)
{
    ASSERT(cluster_app_find(cluster, path) == NULL);
    struct cluster_app *app = ARENA_NEW(&cluster->arena, struct cluster_app);
    const uint32_t name = intern_id(&cluster->app_names, path);
    app->record.id = id;
    app->id = intern_text(&cluster->app_names, name);
    app->cluster = cluster;
    env_timer_init(&app->backoff_timer, cluster_app_backoff_over);
    env_timer_init(&app->explain_timer, cluster_app_explain);
    *(struct cluster_app **)vec_push(&cluster->apps) = app;
    app->index = cluster->apps.count;
    cluster_waiting_add(cluster);
    map64_put(&cluster->apps_by_id, id, app->index);
    map64_put(&cluster->apps_by_name, name, app->index);
    return app;
}

void
cluster_app_name(struct cluster_app *app, const char *path)
{
    struct cluster *cluster = app->cluster;
    map64_remove(&cluster->apps_by_name, intern_find(&cluster->app_names, app->id));
    const uint32_t name = intern_id(&cluster->app_names, path);
    app->id = intern_text(&cluster->app_names, name);
    map64_put(&cluster->apps_by_name, name, app->index);
}

/* What is promised of it while the platform has its way: its upgradeStrategy, but one less than
 * all for instances that are bound to volumes, of which there are never more than wanted. */
static int32_t
cluster_app_promised_ppm(const struct cluster_app *app)
{
    const struct app_spec *spec = app->version->spec;
    const uint64_t instances = app->record.instances;
    const uint64_t minimum = (instances * spec->minimum_health_ppm + PPM - 1) / PPM;
    const bool is_less = spec->is_resident && instances > 0 && minimum >= instances;
    return (int32_t)(is_less ? (instances - 1) * PPM / instances : spec->minimum_health_ppm);
}

void
cluster_app_announce(const struct cluster_app *app, const char *why)
{
    cluster_journal(app->cluster,
                    &(struct env_event){
                        .kind = ENV_EVENT_APP,
                        .task = (uint64_t)app->tasks_count + 1,
                        .old_state = -1,
                        .new_state = cluster_app_promised_ppm(app),
                        .version = app->version->id,
                        .deployment = app->record.deployment,
                        .value = app->record.instances,
                        .app = app->id,
                        .text = why,
                    });
}

void
cluster_app_want(struct cluster_app *app, struct cluster_version *version)
{
    app->version = version;
    for (struct cluster_task *task = app->tasks_first; task != NULL; task = task->app_next) {
        cluster_task_recount(task);
    }
}

void
cluster_app_dirty(struct cluster_app *app)
{
    if (!app->dirty) {
        app->dirty = true;
        *(struct cluster_app **)vec_push(&app->cluster->dirty) = app;
        app->cluster->wake(app->cluster);
    }
}

void
cluster_app_changed(struct cluster_app *app)
{
    if (!app->written) {
        app->written = true;
        cluster_write(app->cluster, WRITE_APP, app->record.id, app);
    }
    cluster_app_dirty(app);
}

void
cluster_app_remove(struct cluster *cluster, struct cluster_app *app)
{
    ASSERT(app->tasks_count == 0 && !app->removed);
    app->removed = true;
    while (app->reservations != NULL) {
        cluster_reservation_release(app->reservations, "its app is deleted");
    }
    (void)cluster_sentence(&app->why_pending, NULL);
    env_timer_cancel(cluster->env->clock, &app->backoff_timer);
    env_timer_cancel(cluster->env->clock, &app->explain_timer);
    const uint32_t name = intern_find(&cluster->app_names, app->id);
    map64_remove(&cluster->apps_by_name, name);
    map64_remove(&cluster->apps_by_id, app->record.id);
    *(struct cluster_app **)vec_at(&cluster->apps, app->index - 1) = NULL;
    cluster_deployment_trim(app);
    cluster_version_trim(app);
    app->version = NULL;
    cluster_unwrite(cluster, app);
    cluster_write(cluster, WRITE_APP_DELETE, app->record.id, NULL);
    cluster->routes_dirty = true;
}

bool
cluster_sentence(char **sentence, const char *text)
{
    if (*sentence != NULL && text != NULL && strcmp(*sentence, text) == 0) {
        return false;
    }
    memory_free(*sentence);
    *sentence = NULL;
    if (text != NULL) {
        const size_t bytes = strlen(text) + 1;
        *sentence = memory_alloc(bytes);
        memcpy(*sentence, text, bytes);
    }
    return true;
}

uint32_t
cluster_role_bit(struct cluster *cluster, const char *role)
{
    const uint32_t number = intern_id(&cluster->roles, role) - 1;
    return number < 32 ? 1U << number : 0; /* more than 32 roles: matches nothing */
}

void
cluster_send(struct cluster *cluster, env_address to, const struct record_type *type,
             const void *record)
{
    cluster->send(cluster, to, type, record);
}

void
cluster_cloud(struct cluster *cluster, const struct cluster_cloud_ask *ask,
              cluster_cloud_fn *done, void *context)
{
    cluster->cloud(cluster, ask, done, context);
}

void
cluster_journal(struct cluster *cluster, const struct env_event *event)
{
    struct env_event copy;
    if (event->app == NULL || event->text == NULL) {
        copy = *event;
        copy.app = copy.app != NULL ? copy.app : "";
        copy.text = copy.text != NULL ? copy.text : "";
        event = &copy;
    }
    env_journal_write(cluster->env->journal, event);
    if (cluster->heard != NULL) {
        cluster->heard(cluster, cluster->heard_context, event);
    }
}

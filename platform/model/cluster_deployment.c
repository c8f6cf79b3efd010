/* platform/model/cluster_deployment.c - the changes of apps in the master's memory. */
#include <jansson.h>
#include <string.h>

#include "platform/base/memory.h"
#include "platform/model/backoff.h"
#include "platform/model/cluster_move.h"

struct cluster_deployment *
cluster_deployment_add(struct cluster_app *app, const struct deployment_record *record)
{
    ASSERT(record->app == app->record.id);
    struct cluster_deployment *deployment = memory_alloc_zero(1, sizeof *deployment);
    deployment->record = *record;
    arena_init(&deployment->arena, app->cluster->env->memory_poison);
    deployment->strategy = strategy_read(NULL, NULL, "", &deployment->arena, NULL);
    deployment->app_next = app->deployments_newest;
    app->deployments_newest = deployment;
    return deployment;
}

bool
cluster_deployment_plan(struct cluster_deployment *deployment, const char *json, size_t json_len)
{
    struct diag_list diags;
    json_error_t error;
    json_t *parsed = json_loadb(json, json_len, JSON_DECODE_ANY, &error);
    if (parsed == NULL) {
        return false;
    }
    diag_list_init(&diags, &deployment->arena);
    const struct strategy_spec *strategy =
        strategy_read(parsed, NULL, "", &deployment->arena, &diags);
    diag_list_fini(&diags);
    json_decref(parsed);
    deployment->strategy = strategy != NULL ? strategy : deployment->strategy;
    return strategy != NULL;
}

struct cluster_deployment *
cluster_deployment_get(const struct cluster_app *app, uint64_t id)
{
    struct cluster_deployment *deployment = app->deployments_newest;
    while (deployment != NULL && deployment->record.id != id) {
        deployment = deployment->app_next;
    }
    return deployment;
}

void
cluster_deployment_begin(struct cluster_app *app, const struct deployment_record *record,
                         const char *name, const struct strategy_spec *strategy)
{
    struct cluster *cluster = app->cluster;
    struct deployment_record begun = *record;
    ASSERT(app->deployment == NULL);
    if (app->mover != NULL) {
        cluster_rebalance_say(app, app->mover, 3, "a deployment begins");
        cluster_task_stay(app->mover);
    }
    begun.id = cluster->meta.next_deployment++;
    begun.app = app->record.id;
    begun.version_new = app->record.version;
    begun.instances_new = app->record.instances;
    begun.started_at_ns = cluster_now(cluster);
    begun.state = DEPLOYMENT_RUNNING;
    app->deployment = cluster_deployment_add(app, &begun);
    app->record.deployment = begun.id;
    app->record.request = begun.request != 0 ? begun.request : app->record.request;
    cluster_deployment_changed(cluster, app->deployment);
    if (strategy != NULL && strategy->json[0] != '\0' &&
        cluster_deployment_plan(app->deployment, strategy->json, strlen(strategy->json))) {
        cluster_write(cluster, WRITE_STRATEGY, begun.id, app->deployment);
    }
    if (begun.restarts || begun.version_old == 0) { /* a change of size alone mends nothing */
        backoff_reset(app);
    }
    cluster_app_announce(app, app->record.deleted   ? "deleted"
                              : begun.reverts != 0 ? "reverted"
                                                   : "accepted");
    cluster_deployment_say(app, DEPLOYMENT_RUNNING, name);
    cluster_app_changed(app);
}

void
cluster_deployment_changed(struct cluster *cluster, struct cluster_deployment *deployment)
{
    cluster_write(cluster, WRITE_DEPLOYMENT, deployment->record.id, deployment);
}

void
cluster_deployment_say(struct cluster_app *app, enum deployment_state state, const char *text)
{
    cluster_journal(app->cluster, &(struct env_event){
                                      .kind = ENV_EVENT_DEPLOYMENT,
                                      .old_state = DEPLOYMENT_RUNNING,
                                      .new_state = (int32_t)state,
                                      .version = app->deployment->record.version_new,
                                      .deployment = app->deployment->record.id,
                                      .app = app->id,
                                      .text = text,
                                  });
}

static void
cluster_deployment_free(struct cluster_deployment *deployment)
{
    memory_free(deployment->waits_for);
    arena_fini(&deployment->arena);
    memory_free(deployment);
}

void
cluster_deployment_trim(struct cluster_app *app)
{
    struct cluster *cluster = app->cluster;
    uint32_t count = 0;
    for (struct cluster_deployment **link = &app->deployments_newest; *link != NULL;) {
        struct cluster_deployment *deployment = *link;
        count++;
        if (!app->removed && (count <= CLUSTER_HISTORY_MAX || deployment == app->deployment)) {
            link = &deployment->app_next;
            continue;
        }
        *link = deployment->app_next;
        cluster_unwrite(cluster, deployment);
        cluster_write(cluster, WRITE_DEPLOYMENT_DELETE, deployment->record.id, NULL);
        if (deployment->strategy->json[0] != '\0') {
            cluster_write(cluster, WRITE_STRATEGY_DELETE, deployment->record.id, NULL);
        }
        cluster_deployment_free(deployment);
    }
}

/* Others of its plan may wait for it. */
static void
cluster_deployment_wake_plan(struct cluster *cluster, uint64_t plan)
{
    for (uint32_t i = 0; plan != 0 && i < cluster->apps.count; i++) {
        struct cluster_app *app = *(struct cluster_app **)vec_at(&cluster->apps, i);
        if (app != NULL && app->deployment != NULL && app->deployment->record.plan == plan) {
            cluster_app_dirty(app);
        }
    }
}

void
cluster_deployment_end(struct cluster_app *app, enum deployment_state state, const char *text)
{
    struct cluster_deployment *deployment = app->deployment;
    ASSERT(deployment != NULL && deployment->record.state == DEPLOYMENT_RUNNING);
    deployment->record.state = (uint8_t)state;
    deployment->record.ended_at_ns = cluster_now(app->cluster);
    cluster_deployment_say(app, state, text);
    cluster_deployment_changed(app->cluster, deployment);
    (void)cluster_sentence(&deployment->waits_for, NULL);
    app->deployment = NULL;
    app->record.deployment = 0;
    cluster_app_changed(app);
    cluster_deployment_wake_plan(app->cluster, deployment->record.plan);
    cluster_deployment_trim(app);
    cluster_version_trim(app);
}

void
cluster_deployment_fini(struct cluster_app *app)
{
    while (app->deployments_newest != NULL) {
        struct cluster_deployment *next = app->deployments_newest->app_next;
        cluster_deployment_free(app->deployments_newest);
        app->deployments_newest = next;
    }
}

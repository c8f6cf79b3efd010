/* platform/api/change.c - puts a definition into force. */
#include "platform/api/change.h"

#include <string.h>

bool
change_unlock(struct cluster_app *app, bool force)
{
    if (app->deployment == NULL) {
        return true;
    }
    if (!force) {
        return false;
    }
    cluster_deployment_end(app, DEPLOYMENT_CANCELLED, "a forced newer one takes its place");
    return true;
}

/* Whether instances of an older version are there: what a cancelled deployment leaves. */
static bool
change_is_mixed(const struct cluster_app *app)
{
    return app->counts.old_live > 0;
}

bool
change_is_none(const struct cluster_app *app, const struct app_spec *spec)
{
    return app != NULL && !app_differs(app->version->spec, spec) &&
           spec->instances == app->record.instances && !change_is_mixed(app);
}

const char *
change_residency_refusal(const struct cluster_app *app, const struct app_spec *spec,
                         const struct strategy_spec *strategy)
{
    const struct app_spec *before = app != NULL ? app->version->spec : NULL;
    if (before != NULL && before->is_resident && !app_volumes_are_same(before, spec)) {
        return "the persistent volumes of an app cannot be changed: delete it, or give the new "
               "ones to another app";
    }
    if (before != NULL && spec->is_resident && strategy != NULL &&
        strategy->kind != STRATEGY_ROLLING && strategy->kind != STRATEGY_RECREATE) {
        return "an app with a persistent volume has no more instances than volumes: only the "
               "strategies rolling and recreate replace them";
    }
    return NULL;
}

void
change_deploy(struct cluster_app *app, uint64_t version_old, uint32_t instances_old,
              bool restarts, const struct change *change)
{
    const bool mixed = !app->record.deleted && change_is_mixed(app);
    const struct deployment_record record = {
        .version_old = version_old,
        .request = change->request,
        .instances_old = instances_old,
        .restarts = restarts || mixed,
        .plan = change->plan,
        .layer = change->layer,
    };
    const struct strategy_spec *strategy = record.restarts ? change->strategy : NULL;
    cluster_deployment_begin(app, &record,
                             strategy != NULL  ? strategy_kind_name(strategy->kind)
                             : record.restarts ? "rolling"
                                               : "scale",
                             strategy);
}

static void
change_want(struct cluster_app *app, const struct app_spec *spec)
{
    struct cluster *cluster = app->cluster;
    struct cluster_version *version =
        cluster_version_add(app, cluster->meta.next_version++, spec->json, spec->json_len);
    ASSERT(version != NULL); /* it was printed by app_read */
    cluster_app_want(app, version);
    app->record.version = app->version->id;
    cluster_version_changed(cluster, app->version);
}

/* The running tasks become tasks of the new version as they are. */
static void
change_in_place(struct cluster_app *app, const struct app_spec *spec)
{
    const struct cluster_version *before = app->version;
    change_want(app, spec);
    for (struct cluster_task *task = app->tasks_first; task != NULL; task = task->app_next) {
        if (task->version == before) {
            cluster_task_rename(task, app->version);
        }
    }
}

struct cluster_app *
change_take(struct cluster *cluster, const struct change *change)
{
    const struct app_spec *spec = change->spec;
    struct cluster_app *app = cluster_app_find(cluster, spec->id);
    bool restarts = false;
    uint64_t version_old = 0;
    uint32_t instances_old = 0;
    if (app == NULL) {
        app = cluster_app_add(cluster, spec->id, cluster->meta.next_app++);
        change_want(app, spec);
    } else {
        version_old = app->record.version;
        instances_old = app->record.instances;
        restarts = app_differs(app->version->spec, spec);
        if (restarts && app_changes_in_place(app->version->spec, spec)) {
            change_in_place(app, spec);
            restarts = false;
        } else if (restarts) {
            change_want(app, spec);
        }
    }
    app->record.instances = spec->instances;
    change_deploy(app, version_old, instances_old, restarts, change);
    return app;
}

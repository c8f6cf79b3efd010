/* platform/deploy/revert.c - a deployment that has failed, and the way back. */
#include "platform/deploy/inner.h"

#include <stdio.h>

/* The newest version that a deployment to it ended well, other than `without`; else the one that
 * was there before; NULL when neither is known any more. */
static struct cluster_version *
revert_last_good(struct cluster_app *app, uint64_t without, uint64_t version_old)
{
    for (const struct cluster_deployment *deployment = app->deployments_newest;
         deployment != NULL; deployment = deployment->app_next) {
        const struct deployment_record *record = &deployment->record;
        if (record->state == DEPLOYMENT_DONE && record->version_new != without) {
            struct cluster_version *version =
                cluster_version_get(app->cluster, record->version_new);
            if (version != NULL) {
                return version;
            }
        }
    }
    return version_old != 0 && version_old != without
               ? cluster_version_get(app->cluster, version_old)
               : NULL;
}

static void
revert_begin(struct cluster_app *app, struct cluster_version *version, uint32_t instances,
             uint32_t weight_ppm, uint64_t request, uint64_t reverts)
{
    const uint64_t version_old = app->record.version;
    const uint32_t instances_old = app->record.instances;
    cluster_app_want(app, version);
    app->record.version = version->id;
    app->record.instances = instances;
    const struct deployment_record record = {
        .version_old = version_old,
        .instances_old = instances_old,
        .request = request,
        .restarts = true,
        .phase = PHASE_PROMOTING,
        .weight_ppm = weight_ppm,
        .reverts = reverts,
    };
    cluster_deployment_begin(app, &record, "roll-back", NULL);
}

void
revert_failed(struct cluster_app *app, const char *why)
{
    const struct deployment_record record = app->deployment->record;
    struct cluster_version *good =
        app->deployment->strategy->revert
            ? revert_last_good(app, record.version_new, record.version_old)
            : NULL;
    char text[DEPLOY_SENTENCE_BYTES];
    (void)snprintf(text, sizeof text, "%.150s", why);
    cluster_deployment_end(app, good != NULL ? DEPLOYMENT_ROLLED_BACK : DEPLOYMENT_FAILED, text);
    app->cluster->routes_dirty = true;
    if (good != NULL) {
        const uint32_t instances =
            record.instances_old > 0 ? record.instances_old : app->record.instances;
        revert_begin(app, good, instances, PPM - record.weight_ppm, 0, record.id);
    }
}

bool
revert_to(struct cluster_app *app, uint64_t version, uint64_t request, uint64_t reverts,
          char *text, size_t text_bytes)
{
    const uint64_t version_old = app->deployment != NULL ? app->deployment->record.version_old : 0;
    struct cluster_version *good = version != 0
                                       ? cluster_version_get(app->cluster, version)
                                       : revert_last_good(app, app->record.version, version_old);
    if (good == NULL || good->app != app->record.id) {
        (void)snprintf(text, text_bytes, "%.80s has no earlier version that could come back",
                       app->id);
        return false;
    }
    if (good == app->version) {
        (void)snprintf(text, text_bytes, "%.80s wants that version already", app->id);
        return false;
    }
    uint32_t weight_ppm = 0;
    if (app->deployment != NULL) {
        weight_ppm = good->id == version_old ? PPM - app->deployment->record.weight_ppm : 0;
        cluster_deployment_end(app, DEPLOYMENT_CANCELLED, "a roll-back takes its place");
    }
    revert_begin(app, good, app->record.instances, weight_ppm, request,
                 reverts != 0 ? reverts : UINT64_MAX);
    return true;
}

/* platform/model/cluster_split.c - how an app's requests are split between two versions. */
#include "platform/model/cluster_split.h"

/* Canaries, A/B tests, and every way back; blue-green goes by the number of instances, as zdd
 * does. */
bool
cluster_deployment_splits(const struct cluster_deployment *deployment)
{
    const struct deployment_record *record = &deployment->record;
    const enum strategy_kind kind = deployment->strategy->kind;
    return (kind == STRATEGY_CANARY || kind == STRATEGY_AB || record->reverts != 0) &&
           record->restarts && record->version_old != 0 &&
           record->version_old != record->version_new;
}

/* The deployment that this one goes back from; NULL: it goes forward, or was not cut short. */
static const struct cluster_deployment *
cluster_split_before(const struct cluster_deployment *deployment)
{
    const struct cluster_deployment *before = deployment->app_next;
    return deployment->record.reverts != 0 && before != NULL &&
                   before->record.state != DEPLOYMENT_DONE
               ? before
               : NULL;
}

/* Whether the version that it leaves stands apart, since it did so before. */
static bool
cluster_split_is_turned(const struct cluster_deployment *deployment)
{
    bool turned = false;
    const struct cluster_deployment *before = cluster_split_before(deployment);
    while (before != NULL && before->record.version_old == deployment->record.version_new) {
        turned = !turned;
        deployment = before;
        before = cluster_split_before(deployment);
    }
    return turned;
}

static const struct cluster_deployment *
cluster_split_deployment(const struct cluster_app *app)
{
    if (app->deployment != NULL) {
        return app->deployment;
    }
    const struct cluster_deployment *newest = app->deployments_newest;
    return newest != NULL && newest->record.state == DEPLOYMENT_FAILED &&
                   app->counts.old_live > 0
               ? newest
               : NULL;
}

static const struct strategy_step *
cluster_split_step(const struct cluster_deployment *deployment)
{
    const struct strategy_spec *strategy = deployment->strategy;
    return deployment->record.reverts == 0 && deployment->record.phase <= PHASE_PAUSED &&
                   deployment->record.step < strategy->steps_count
               ? &strategy->steps[deployment->record.step]
               : NULL;
}

struct cluster_split
cluster_split_of(const struct cluster_app *app)
{
    const struct cluster_deployment *deployment = cluster_split_deployment(app);
    struct cluster_split split = { .header = "", .value = "" };
    if (app->record.deleted || deployment == NULL || !cluster_deployment_splits(deployment)) {
        return split;
    }
    const struct deployment_record *record = &deployment->record;
    const struct strategy_step *step = cluster_split_step(deployment);
    const bool turned = cluster_split_is_turned(deployment);
    ASSERT(record->weight_ppm <= PPM);
    split.version = turned ? record->version_old : record->version_new;
    split.labels = turned ? record->version_new : record->version_old;
    split.apart_ppm = turned ? PPM - record->weight_ppm : record->weight_ppm;
    if (cluster_version_get(app->cluster, split.labels) == NULL) {
        return (struct cluster_split){ .header = "", .value = "" }; /* long forgotten */
    }
    if (step != NULL && step->header != NULL) {
        split.header = step->header;
        split.value = step->value;
    }
    return split;
}

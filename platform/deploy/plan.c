/*
 * platform/deploy/plan.c - whose turn it is among deployments that were handed in together.
 *
 * A deployment acts when all of its plan that lie in lower layers are done. When one of those has
 * failed or was cancelled, it is cancelled too: what depends on a thing that is not there is not
 * tried.
 */
#include <stdio.h>

#include "platform/deploy/inner.h"

static const struct cluster_deployment *
plan_member(const struct cluster_app *app, uint64_t plan)
{
    const struct cluster_deployment *deployment = app->deployments_newest;
    while (deployment != NULL && deployment->record.plan != plan) {
        deployment = deployment->app_next;
    }
    return deployment;
}

enum plan_turn
plan_turn(struct cluster_app *app, char *text, size_t text_bytes)
{
    const struct deployment_record *record = &app->deployment->record;
    struct cluster *cluster = app->cluster;
    enum plan_turn turn = PLAN_ACTS;
    if (record->plan == 0 || record->layer == 0) {
        return PLAN_ACTS;
    }
    for (uint32_t i = 0; i < cluster->apps.count; i++) {
        const struct cluster_app *other = *(struct cluster_app **)vec_at(&cluster->apps, i);
        const struct cluster_deployment *below =
            other != NULL && other != app ? plan_member(other, record->plan) : NULL;
        if (below == NULL || below->record.layer >= record->layer ||
            below->record.state == DEPLOYMENT_DONE) {
            continue;
        }
        const bool failed = below->record.state != DEPLOYMENT_RUNNING;
        (void)snprintf(text, text_bytes, failed ? "%.80s, on which it depends, was not deployed"
                                                : "waits for %.80s, on which it depends",
                       other->id);
        if (failed) {
            return PLAN_FAILED;
        }
        turn = PLAN_WAITS;
    }
    return turn;
}

/* Nothing of it was begun, so nothing has to be undone but the wish; an app that was to be new is
 * forgotten. */
void
plan_give_up(struct cluster_app *app, const char *why)
{
    const struct deployment_record record = app->deployment->record;
    struct cluster_version *before = cluster_version_get(app->cluster, record.version_old);
    cluster_deployment_end(app, DEPLOYMENT_CANCELLED, why);
    if (before == NULL) {
        app->record.deleted = 1;
        app->record.instances = 0;
        cluster_app_announce(app, "deleted");
    } else {
        cluster_app_want(app, before);
        app->record.version = before->id;
        app->record.instances = record.instances_old;
        cluster_app_announce(app, "reverted");
    }
    cluster_app_changed(app);
}

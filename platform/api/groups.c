/*
 * platform/api/groups.c - many apps handed in as one: their deployments share a plan, in layers.
 *
 * Source: Marathon 1.11 DeploymentPlan: an app's layer is the longest path of dependencies below
 *         it, among the apps that change together; layers go one after the other, apps of one layer
 *         side by side. Locks are per app: an app that is not in the list is never waited for. All
 *         or none is taken, in one transaction.
 */
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "platform/api/change.h"

enum { GROUPS_APPS_MAX = 200 }; /* a limit of ours */

struct group {
    const struct app_spec *specs[GROUPS_APPS_MAX];
    uint32_t               layers[GROUPS_APPS_MAX];
    uint32_t               count;
};

static uint32_t
group_find(const struct group *group, const char *id)
{
    uint32_t i = 0;
    while (i < group->count && strcmp(group->specs[i]->id, id) != 0) {
        i++;
    }
    return i;
}

/* A dependency on a group means every app below it. */
static bool
group_names(const char *dependency, const char *id)
{
    const size_t len = strlen(dependency);
    return strncmp(id, dependency, len) == 0 && (id[len] == '\0' || id[len] == '/');
}

/* Raises layers until none has to; false when they depend on each other in a circle. */
static bool
group_layer(struct group *group)
{
    bool raised = true;
    for (uint32_t turn = 0; raised && turn <= group->count; turn++) {
        raised = false;
        for (uint32_t i = 0; i < group->count; i++) {
            const struct app_spec *spec = group->specs[i];
            for (uint32_t d = 0; d < spec->dependencies_count; d++) {
                for (uint32_t j = 0; j < group->count; j++) {
                    if (j != i && group_names(spec->dependencies[d], group->specs[j]->id) &&
                        group->layers[i] <= group->layers[j]) {
                        group->layers[i] = group->layers[j] + 1;
                        raised = true;
                    }
                }
            }
        }
    }
    return !raised;
}

static bool
group_read(struct group *group, const json_t *list, struct arena *scratch,
           struct diag_list *diags)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        char prefix[32];
        (void)snprintf(prefix, sizeof prefix, "/%u", (unsigned)i);
        const struct app_spec *spec =
            app_read(json_array_get(list, i), NULL, prefix, scratch, diags);
        if (spec == NULL) {
            continue;
        }
        if (group_find(group, spec->id) < group->count) {
            diag_add(diags, NULL, DIAG_ERROR, prefix, "app %s is given twice", spec->id);
            continue;
        }
        group->specs[group->count++] = spec;
    }
    if (diags->errors_count == 0 && !group_layer(group)) {
        diag_add(diags, NULL, DIAG_ERROR, "", "the dependencies of these apps form a circle");
    }
    return diags->errors_count == 0;
}

/* Why none of them may change now, or NULL. */
static const char *
group_refusal(struct cluster *cluster, const struct group *group, bool force,
              const struct strategy_spec *strategy, struct arena *scratch)
{
    for (uint32_t i = 0; i < group->count; i++) {
        const struct cluster_app *app = cluster_app_find(cluster, group->specs[i]->id);
        if (app != NULL && app->record.deleted) {
            return arena_printf(scratch, "%s is being deleted; ask again when it is gone",
                                app->id);
        }
        if (app != NULL && app->deployment != NULL && !force) {
            return arena_printf(scratch, "%s: %s", app->id, CHANGE_LOCKED);
        }
        const char *refusal = change_residency_refusal(app, group->specs[i], strategy);
        if (refusal != NULL) {
            return arena_printf(scratch, "%s: %s", group->specs[i]->id, refusal);
        }
    }
    return NULL;
}

static void
group_take(struct cluster *cluster, env_address from, const struct msg_api_request *request,
           const struct group *group, const struct strategy_spec *strategy)
{
    const uint64_t plan = cluster->meta.next_deployment; /* the id of its first deployment */
    const struct cluster_app *first = NULL;
    for (uint32_t i = 0; i < group->count; i++) {
        struct cluster_app *app = cluster_app_find(cluster, group->specs[i]->id);
        if (app != NULL) {
            (void)change_unlock(app, request->force);
        }
        if (change_is_none(app, group->specs[i])) {
            app->record.request = request->request;
            cluster_app_changed(app);
        } else {
            app = change_take(cluster, &(struct change){ .spec = group->specs[i],
                                                         .strategy = strategy,
                                                         .request = request->request,
                                                         .plan = plan,
                                                         .layer = group->layers[i] });
        }
        first = first != NULL ? first : app;
    }
    apps_answer(cluster, from, request, first, ST_OK, "");
}

void
groups_put(struct cluster *cluster, env_address from, const struct msg_api_request *request)
{
    struct arena scratch;
    struct diag_list diags;
    json_error_t error;
    if (request->strategy_len > request->tail_len) {
        apps_answer(cluster, from, request, NULL, ST_INVALID, "the strategy is cut off");
        return;
    }
    arena_init(&scratch, cluster->env->memory_poison);
    diag_list_init(&diags, &scratch);
    struct group *group = ARENA_NEW(&scratch, struct group);
    json_t *list = json_loadb(request->tail, request->tail_len - request->strategy_len, 0, &error);
    const struct strategy_spec *strategy = apps_strategy(request, &scratch, &diags);
    const char *refusal = NULL;
    if (!json_is_array(list) || json_array_size(list) == 0 ||
        json_array_size(list) > GROUPS_APPS_MAX) {
        apps_answer(cluster, from, request, NULL, ST_INVALID,
                    "expected a list of 1 to 200 app definitions");
    } else if (!group_read(group, list, &scratch, &diags)) {
        apps_answer(cluster, from, request, NULL, ST_INVALID, apps_first_error(&diags, &scratch));
    } else {
        struct cluster_app *first = cluster_app_find(cluster, group->specs[0]->id);
        refusal = group_refusal(cluster, group, request->force, strategy, &scratch);
        if (first != NULL && apps_answered_again(cluster, from, request, first)) {
            refusal = NULL;
        } else if (refusal != NULL) {
            apps_answer(cluster, from, request, first, ST_CONFLICT, refusal);
        } else {
            group_take(cluster, from, request, group, strategy);
        }
    }
    json_decref(list);
    diag_list_fini(&diags);
    arena_fini(&scratch);
}

/*
 * platform/api/apps.c - the front door for apps: definitions and sizes that people want.
 *
 * A request is answered when what it asks for is durable. The same request asked again (its answer
 * was lost) is not done again. Messages to people follow Marathon's wording.
 */
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "platform/api/change.h"
#include "platform/base/text.h"
#include "platform/model/app_cache.h"

void
apps_answer(struct cluster *cluster, env_address to, const struct msg_api_request *request,
            const struct cluster_app *app, enum status status, const char *text)
{
    struct msg_api_answer answer = { .request = request->request, .status = (uint8_t)status };
    if (app != NULL) {
        answer.deployment = app->record.deployment;
        answer.version = app->record.version;
    }
    text_copy(answer.text, sizeof answer.text, text);
    cluster_send(cluster, to, &msg_api_answer_type, &answer);
}

/* The deployment that an earlier copy of the request began, or NULL. */
static const struct cluster_deployment *
apps_begun(const struct cluster_app *app, uint64_t request)
{
    const struct cluster_deployment *deployment = app->deployments_newest;
    while (deployment != NULL && deployment->record.request != request) {
        deployment = deployment->app_next;
    }
    return deployment;
}

/* True when the request was done before and its answer was lost: it is answered again, also when
 * its deployment has ended or newer requests were done meanwhile. */
bool
apps_answered_again(struct cluster *cluster, env_address to, const struct msg_api_request *request,
                    const struct cluster_app *app)
{
    const struct cluster_deployment *begun = apps_begun(app, request->request);
    if (begun == NULL && app->record.request != request->request) {
        return false;
    }
    const struct msg_api_answer answer = {
        .request = request->request,
        .status = ST_OK,
        .deployment = begun != NULL ? begun->record.id : 0,
        .version = begun != NULL ? begun->record.version_new : app->record.version,
    };
    cluster_send(cluster, to, &msg_api_answer_type, &answer);
    return true;
}

/* An app that is being deleted takes nothing but its deletion. */
static bool
apps_is_going(struct cluster *cluster, env_address to, const struct msg_api_request *request,
              const struct cluster_app *app)
{
    if (app->record.deleted) {
        apps_answer(cluster, to, request, app, ST_CONFLICT,
                    "the app is being deleted; ask again when it is gone");
    }
    return app->record.deleted;
}

/* A new app, a restart, a change of size, or nothing to do. */
static void
apps_put_spec(struct cluster *cluster, env_address from, const struct msg_api_request *request,
              const struct app_spec *spec, const struct strategy_spec *strategy)
{
    struct cluster_app *app = cluster_app_find(cluster, spec->id);
    if (app != NULL && (apps_is_going(cluster, from, request, app) ||
                        apps_answered_again(cluster, from, request, app))) {
        return;
    }
    const char *refusal = change_residency_refusal(app, spec, strategy);
    if (refusal != NULL) {
        apps_answer(cluster, from, request, app, ST_INVALID, refusal);
        return;
    }
    if (app != NULL && !change_unlock(app, request->force)) {
        apps_answer(cluster, from, request, app, ST_CONFLICT, CHANGE_LOCKED);
        return;
    }
    if (change_is_none(app, spec)) {
        app->record.request = request->request;
        cluster_app_changed(app);
        apps_answer(cluster, from, request, app, ST_OK, "nothing to change");
        return;
    }
    app = change_take(cluster, &(struct change){ .spec = spec,
                                                 .strategy = strategy,
                                                 .request = request->request });
    apps_answer(cluster, from, request, app, ST_OK, "");
}

/* The first mistake, as Marathon's answers tell them. */
const char *
apps_first_error(const struct diag_list *diags, struct arena *scratch)
{
    for (uint32_t i = 0; i < diags->items.count; i++) {
        const struct diag *diag = vec_at(&diags->items, i);
        if (diag->level == DIAG_ERROR) {
            return diag->pointer[0] == '\0' ? diag->text
                                            : arena_printf(scratch, "%s: %s", diag->pointer,
                                                           diag->text);
        }
    }
    return "Object is not valid";
}

/* NULL: none was given, or it is wrong and diags says how. */
const struct strategy_spec *
apps_strategy(const struct msg_api_request *request, struct arena *scratch,
              struct diag_list *diags)
{
    json_error_t error;
    if (request->strategy_len == 0) {
        return NULL;
    }
    const char *text = request->tail + (request->tail_len - request->strategy_len);
    json_t *json = json_loadb(text, request->strategy_len, JSON_DECODE_ANY, &error);
    if (json == NULL) {
        diag_add(diags, NULL, DIAG_ERROR, "/strategy", "Invalid JSON");
        return NULL;
    }
    const struct strategy_spec *strategy = strategy_read(json, NULL, "/strategy", scratch, diags);
    json_decref(json);
    return strategy;
}

/* What the request's definition says. NULL: it is wrong, and diags says how, or no JSON at all. */
static const struct app_spec *
apps_spec(const struct cluster *cluster, const struct msg_api_request *request,
          struct arena *scratch, struct diag_list *diags)
{
    const size_t len = request->tail_len - request->strategy_len;
    const struct app_cache *known = cluster->config->definitions;
    const struct app_spec  *spec = known != NULL ? app_cache_find(known, request->tail, len) : NULL;
    if (spec == NULL) {
        json_t *json = json_loadb(request->tail, len, 0, NULL);
        if (json == NULL) {
            diag_add(diags, NULL, DIAG_ERROR, "", "Invalid JSON");
        } else {
            spec = app_read(json, NULL, "", scratch, diags);
        }
        json_decref(json);
    }
    return spec;
}

static void
apps_put(struct cluster *cluster, env_address from, const struct msg_api_request *request)
{
    struct arena scratch;
    struct diag_list diags;
    if (request->strategy_len > request->tail_len) {
        apps_answer(cluster, from, request, NULL, ST_INVALID, "the strategy is cut off");
        return;
    }
    arena_init(&scratch, cluster->env->memory_poison);
    diag_list_init(&diags, &scratch);
    const struct app_spec *spec = apps_spec(cluster, request, &scratch, &diags);
    const struct strategy_spec *strategy =
        spec != NULL ? apps_strategy(request, &scratch, &diags) : NULL;
    if (spec == NULL || diags.errors_count > 0) {
        apps_answer(cluster, from, request, NULL, ST_INVALID, apps_first_error(&diags, &scratch));
    } else {
        apps_put_spec(cluster, from, request, spec, strategy);
    }
    diag_list_fini(&diags);
    arena_fini(&scratch);
}

static void
apps_resize(struct cluster *cluster, env_address from, const struct msg_api_request *request,
            bool deletes)
{
    struct cluster_app *app = cluster_app_find(cluster, request->app);
    if (app == NULL) {
        char text[200];
        (void)snprintf(text, sizeof text, "App '%.120s' does not exist", request->app);
        apps_answer(cluster, from, request, NULL, deletes ? ST_OK : ST_NOT_FOUND, text);
        return;
    }
    if (apps_answered_again(cluster, from, request, app) ||
        (!deletes && apps_is_going(cluster, from, request, app))) {
        return;
    }
    if (!change_unlock(app, request->force || deletes)) {
        apps_answer(cluster, from, request, app, ST_CONFLICT, CHANGE_LOCKED);
        return;
    }
    const uint32_t instances_old = app->record.instances;
    app->record.instances = deletes ? 0 : request->instances;
    app->record.deleted = app->record.deleted || deletes;
    change_deploy(app, app->record.version, instances_old, false,
                  &(struct change){ .request = request->request });
    apps_answer(cluster, from, request, app, ST_OK, "");
}

static bool
api_message(struct cluster *cluster, void *state, env_address from,
            const struct record_type *type, const void *record)
{
    (void)state;
    if (type != &msg_api_request_type) {
        return false;
    }
    const struct msg_api_request *request = record;
    switch ((enum api_call)request->call) {
    case API_PUT_APP:
        apps_put(cluster, from, request);
        return true;
    case API_SCALE_APP:
        apps_resize(cluster, from, request, false);
        return true;
    case API_DELETE_APP:
        apps_resize(cluster, from, request, true);
        return true;
    case API_CONTROL:     /* what is said to deployments is the deploy controller's */
    case API_PUT_GATEWAY: /* gateway.c has it */
    case API_NODE:        /* nodes.c */
        return false;
    case API_RUN:
        runs_take(cluster, from, request);
        return true;
    case API_PUT_GROUP:
        groups_put(cluster, from, request);
        return true;
    }
    apps_answer(cluster, from, request, NULL, ST_UNSUPPORTED, "no such call");
    return true;
}

const struct controller api_controller = { .name = "api", .message = api_message };

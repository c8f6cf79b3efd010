/*
 * platform/deploy/control.c - what people say to a running deployment: the one place where pause,
 * promote, abort and their like are carried out. A request asked again is answered, not done,
 * again.
 */
#include <stdio.h>
#include <string.h>

#include "platform/deploy/inner.h"

static const char *const control_names[API_CONTROL_COUNT] = {
    [CONTROL_PAUSE] = "paused",       [CONTROL_RESUME] = "resumed",
    [CONTROL_PROMOTE] = "promoted",   [CONTROL_PROMOTE_FULL] = "promoted",
    [CONTROL_SKIP] = "skipped ahead", [CONTROL_ABORT] = "aborted",
    [CONTROL_ROLL_BACK] = "rolled back", [CONTROL_RESTART] = "restarted",
};

static void
control_answer(struct cluster *cluster, env_address to, const struct msg_api_request *request,
               const struct cluster_app *app, enum status status, const char *text)
{
    struct msg_api_answer answer = { .request = request->request, .status = (uint8_t)status };
    if (app != NULL) {
        answer.deployment = app->record.deployment;
        answer.version = app->record.version;
    }
    (void)snprintf(answer.text, sizeof answer.text, "%s", text);
    cluster_send(cluster, to, &msg_api_answer_type, &answer);
}

static void
control_hold(struct cluster_app *app, bool held)
{
    struct deployment_record *record = &app->deployment->record;
    record->held = held;
    if (!held && record->phase == PHASE_PAUSED) { /* too much was inconclusive: it counts anew */
        memset(record->inconclusive, 0, sizeof record->inconclusive);
        record->step_at_ns = cluster_now(app->cluster);
    }
    const bool step_pauses =
        record->step < app->deployment->strategy->steps_count &&
        app->deployment->strategy->steps[record->step].pause;
    const bool ends_pause = !held && record->phase == PHASE_PAUSED && !step_pauses;
    rollout_move(app, ends_pause ? PHASE_HOLDING : (enum deployment_phase)record->phase,
                 record->weight_ppm, held ? "held by hand" : "resumed by hand");
}

/* The step's instances stand and wait: growth or a step goes on. */
static const char *
control_promote(struct cluster_app *app, bool skips)
{
    struct cluster_deployment *deployment = app->deployment;
    struct deployment_record *record = &deployment->record;
    const enum strategy_kind kind = deployment->strategy->kind;
    const bool waits = record->phase == PHASE_HOLDING || record->phase == PHASE_PAUSED;
    if (kind == STRATEGY_BLUE_GREEN && record->phase == PHASE_PAUSED) {
        record->held = false;
        record->step_at_ns = 1; /* long over */
        rollout_move(app, PHASE_HOLDING, record->weight_ppm, "promoted by hand");
        return NULL;
    }
    if (kind != STRATEGY_CANARY && kind != STRATEGY_AB) {
        return "has no step that waits";
    }
    if (record->phase > PHASE_PAUSED || (!waits && !skips)) {
        return record->phase > PHASE_PAUSED ? "is promoted already"
                                            : "is still starting its step's instances";
    }
    record->held = false;
    memset(record->failed, 0, skips ? sizeof record->failed : 0);
    memset(record->inconclusive, 0, sizeof record->inconclusive);
    rollout_next_step(app, skips ? "skipped by hand" : "promoted by hand");
    return NULL;
}

static const char *
control_promote_full(struct cluster_app *app)
{
    struct deployment_record *record = &app->deployment->record;
    const struct strategy_spec *strategy = app->deployment->strategy;
    if (strategy->kind == STRATEGY_BLUE_GREEN) {
        record->held = false;
        record->step = record->instances_new;
        record->step_at_ns = 0;
        rollout_move(app, PHASE_STARTING, 0, "promoted in full by hand");
        return NULL;
    }
    if (strategy->kind != STRATEGY_CANARY && strategy->kind != STRATEGY_AB) {
        return "has no step that waits";
    }
    if (record->phase > PHASE_PAUSED) {
        return "is promoted already";
    }
    record->held = false;
    record->step = strategy->steps_count;
    rollout_move(app, PHASE_PROMOTING, record->weight_ppm, "promoted in full by hand");
    return NULL;
}

/* What the verb cannot be said to, or NULL when it was done. */
static const char *
control_running(struct cluster_app *app, enum api_control control)
{
    struct deployment_record *record = &app->deployment->record;
    switch (control) {
    case CONTROL_PAUSE:
        if (record->held) {
            return "is paused already";
        }
        control_hold(app, true);
        return NULL;
    case CONTROL_RESUME:
        if (!record->held && record->phase != PHASE_PAUSED) {
            return "is not paused";
        }
        control_hold(app, false);
        return NULL;
    case CONTROL_PROMOTE:
        return control_promote(app, false);
    case CONTROL_SKIP:
        return control_promote(app, true);
    case CONTROL_PROMOTE_FULL:
        return control_promote_full(app);
    case CONTROL_ABORT:
        revert_failed(app, "aborted by hand");
        return NULL;
    case CONTROL_ROLL_BACK:
    case CONTROL_RESTART:
        break;
    }
    return "cannot be told that";
}

static bool
control_restart(struct cluster_app *app, const struct msg_api_request *request, char *text,
                size_t text_bytes)
{
    struct cluster *cluster = app->cluster;
    if (app->deployment != NULL && !request->force) {
        (void)snprintf(text, text_bytes, "App is locked by one or more deployments. Override with "
                                         "the option '?force=true'.");
        return false;
    }
    if (app->deployment != NULL) {
        cluster_deployment_end(app, DEPLOYMENT_CANCELLED, "a restart takes its place");
    }
    const uint64_t version_old = app->record.version;
    struct cluster_version *version =
        cluster_version_add(app, cluster->meta.next_version++, app->version->spec->json,
                            app->version->spec->json_len);
    ASSERT(version != NULL); /* it was printed by app_read */
    cluster_app_want(app, version);
    app->record.version = version->id;
    cluster_version_changed(cluster, version);
    const struct deployment_record record = { .version_old = version_old,
                                              .instances_old = app->record.instances,
                                              .request = request->request,
                                              .restarts = true };
    cluster_deployment_begin(app, &record, "restart", NULL);
    return true;
}

bool
control_message(struct cluster *cluster, env_address from, const struct msg_api_request *request)
{
    struct cluster_app *app = cluster_app_find(cluster, request->app);
    char text[200] = "";
    enum status status = ST_OK;
    if (app == NULL || app->record.deleted || app->version == NULL) {
        (void)snprintf(text, sizeof text, "App '%.120s' does not exist", request->app);
        control_answer(cluster, from, request, NULL, ST_NOT_FOUND, text);
        return true;
    }
    if (app->record.request == request->request) {
        control_answer(cluster, from, request, app, ST_OK, "");
        return true;
    }
    const enum api_control control = (enum api_control)request->control;
    if (request->control >= API_CONTROL_COUNT) {
        status = ST_UNSUPPORTED;
        (void)snprintf(text, sizeof text, "no such control");
    } else if (control == CONTROL_ROLL_BACK) {
        status = revert_to(app, request->version, request->request, 0, text, sizeof text)
                     ? ST_OK
                     : ST_CONFLICT;
    } else if (control == CONTROL_RESTART) {
        status = control_restart(app, request, text, sizeof text) ? ST_OK : ST_CONFLICT;
    } else if (app->deployment == NULL) {
        status = ST_CONFLICT;
        (void)snprintf(text, sizeof text, "%.100s has no running deployment that could be %s",
                       app->id, control_names[control]);
    } else {
        const char *refused = control_running(app, control);
        status = refused == NULL ? ST_OK : ST_CONFLICT;
        if (refused != NULL) {
            (void)snprintf(text, sizeof text, "the deployment of %.100s %s", app->id, refused);
        }
    }
    if (status == ST_OK) {
        app->record.request = request->request;
        cluster_app_changed(app);
    }
    control_answer(cluster, from, request, app, status, text);
    return true;
}

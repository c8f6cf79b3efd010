/*
 * sim/invariants/acknowledged_survives.c - what the front door has acknowledged is still wanted
 * after every crash.
 */
#include <string.h>

#include "sim/invariant.h"

struct acknowledged_app {
    uint32_t name;
    uint64_t version; /* the newest acknowledged one */
    bool     scaled;  /* the number below was acknowledged, and nothing was accepted since */
    int64_t  instances;
    uint64_t accepted_version; /* as last announced, durable or not */
    int64_t  accepted_instances;
    bool     announced; /* since the master last began to load */
    bool     deleted;
};

struct acknowledged_state {
    struct intern names;
    struct vec    apps; /* struct acknowledged_app, by name - 1 */
};

static void
acknowledged_start(struct run *run, void *state)
{
    (void)run;
    struct acknowledged_state *acknowledged = state;
    intern_init(&acknowledged->names);
    vec_init(&acknowledged->apps, sizeof(struct acknowledged_app));
}

static struct acknowledged_app *
acknowledged_app(struct acknowledged_state *acknowledged, const char *id)
{
    const uint32_t name = intern_id(&acknowledged->names, id);
    if (name > acknowledged->apps.count) {
        struct acknowledged_app *fresh = vec_push(&acknowledged->apps);
        fresh->name = name;
    }
    return vec_at(&acknowledged->apps, name - 1);
}

/* The app that owns a version, as announced: a definition is not read here. */
static struct acknowledged_app *
acknowledged_owner(struct acknowledged_state *acknowledged, uint64_t version)
{
    for (uint32_t i = 0; i < acknowledged->apps.count; i++) {
        struct acknowledged_app *app = vec_at(&acknowledged->apps, i);
        if (app->accepted_version == version) {
            return app;
        }
    }
    return NULL;
}

static void
acknowledged_answer(struct run *run, void *state, const struct msg_api_request *request,
                    const struct msg_api_answer *answer)
{
    (void)run;
    struct acknowledged_state *acknowledged = state;
    const bool changes = request->call == API_PUT_APP || request->call == API_SCALE_APP;
    if (!changes || answer->status != ST_OK) {
        return;
    }
    struct acknowledged_app *app = acknowledged_owner(acknowledged, answer->version);
    if (app == NULL) {
        return; /* a newer version has been accepted since */
    }
    app->version = answer->version > app->version ? answer->version : app->version;
    if (request->call == API_PUT_APP || app->accepted_instances == request->instances) {
        app->scaled = true;
        app->instances = app->accepted_instances;
    }
}

/* A master announces every app that it has loaded before it leads. */
static void
acknowledged_master(struct run *run, struct acknowledged_state *acknowledged, bool leads)
{
    for (uint32_t i = 0; i < acknowledged->apps.count; i++) {
        struct acknowledged_app *app = vec_at(&acknowledged->apps, i);
        if (leads && !app->announced && !app->deleted && app->version > 0) {
            invariant_violated(run, acknowledged,
                               "app %s was acknowledged in version %llu and is gone after a load",
                               intern_text(&acknowledged->names, app->name),
                               (unsigned long long)app->version);
        }
        app->announced = app->announced && leads;
    }
}

static void
acknowledged_event(struct run *run, void *state, env_address process, const struct env_event *event)
{
    (void)process;
    if (event->kind == ENV_EVENT_MASTER) {
        acknowledged_master(run, state, event->new_state == 1);
        return;
    }
    if (event->kind != ENV_EVENT_APP) {
        return;
    }
    struct acknowledged_app *app = acknowledged_app(state, event->app);
    app->announced = true;
    app->deleted = strcmp(event->text, "deleted") == 0;
    if (app->deleted) {
        return;
    }
    invariant_checked(run, state);
    if (strcmp(event->text, "reverted") == 0) {
        app->version = event->version; /* a way back is taken openly, not by loss */
    } else if (event->version < app->version) {
        invariant_violated(run, state,
                           "app %s is wanted in version %llu (%s), though version %llu was "
                           "acknowledged",
                           event->app, (unsigned long long)event->version, event->text,
                           (unsigned long long)app->version);
    }
    const bool loaded = strcmp(event->text, "loaded") == 0;
    if (loaded && app->scaled && event->version == app->version &&
        event->value != app->instances) {
        invariant_violated(run, state,
                           "app %s has %lld instances after a load, though %lld were acknowledged",
                           event->app, (long long)event->value, (long long)app->instances);
    }
    if (!loaded) {
        app->scaled = false; /* until that one is acknowledged, either number may come back */
    }
    app->accepted_version = event->version;
    app->accepted_instances = event->value;
}

static void
acknowledged_fini(struct run *run, void *state)
{
    (void)run;
    struct acknowledged_state *acknowledged = state;
    vec_fini(&acknowledged->apps);
    intern_fini(&acknowledged->names);
}

const struct invariant invariant_acknowledged_survives = {
    .id = "acknowledged-survives",
    .about = "What the front door has acknowledged is still wanted after every crash.",
    .events = INVARIANT_KIND(ENV_EVENT_MASTER) | INVARIANT_KIND(ENV_EVENT_APP),
    .state_bytes = sizeof(struct acknowledged_state),
    .start = acknowledged_start,
    .event = acknowledged_event,
    .answer = acknowledged_answer,
    .fini = acknowledged_fini,
};

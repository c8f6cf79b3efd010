/* sim/actions/deploy.c - somebody hands in a changed definition of an app, or a new app. */
#include <string.h>

#include <jansson.h>

#include "sim/actions/data.h"
#include "sim/actions/requests.h"
#include "sim/run.h"

static const struct field fields[] = {
    { .name = "app", .kind = FIELD_TEXT, .offset = offsetof(struct deploy_data, app),
      .flags = FIELD_REQUIRED,
      .about = "The app to change; a new one says its id in \"set\" too." },
    { .name = "set", .kind = FIELD_JSON, .offset = offsetof(struct deploy_data, set),
      .about = "Merged into the app's definition as it then is (RFC 7396)." },
    { .name = "force", .kind = FIELD_BOOL, .offset = offsetof(struct deploy_data, force),
      .about = "Take the place of a deployment that is running." },
};

static void
deploy_check(const struct scenario *scenario, const void *data, const struct fields_read *read,
             const char *pointer)
{
    const struct deploy_data *deploy = data;
    action_check_app(scenario, deploy->app, read, pointer);
    if (deploy->set == NULL) {
        return;
    }
    if (!json_is_object(deploy->set)) {
        diag_add(read->diags, read->source, DIAG_ERROR,
                 arena_printf(read->arena, "%s/set", pointer),
                 "expected an object that is merged into the app's definition");
        return;
    }
    const char *id = json_string_value(json_object_get(deploy->set, "id"));
    if (id != NULL && deploy->app != NULL && strcmp(id, deploy->app) != 0) {
        diag_add(read->diags, read->source, DIAG_ERROR,
                 arena_printf(read->arena, "%s/set/id", pointer),
                 "\"%s\" differs from the app of this step, \"%s\": an id cannot be changed", id,
                 deploy->app);
    }
}

static enum status
deploy_act(struct run *run, const struct scenario_step *step, struct action_scope *scope,
           struct error *err)
{
    const struct deploy_data *data = step->data;
    const char               *json = NULL;
    const enum status status = definitions_merge(run, data->app, data->set, &json, err);
    if (status != ST_OK) {
        return status;
    }
    scope->target = data->app;
    requests_put_app(run, json, data->force, requests_answered, requests_name(run, step, scope));
    return ST_OK;
}

const struct action action_deploy = {
    .verb = "deploy",
    .about = "A changed definition of an app, or a new app, is handed in.",
    .fields = fields,
    .fields_count = COUNT_OF(fields),
    .data_bytes = sizeof(struct deploy_data),
    .real = true,
    .check = deploy_check,
    .act = deploy_act,
};

/* sim/actions/deploy.c - somebody hands in a changed definition of an app, or a new app. */
#include <string.h>

#include <jansson.h>

#include "platform/model/strategy.h"
#include "sim/actions/data.h"
#include "sim/actions/requests.h"
#include "sim/run.h"

static const struct field fields[] = {
    { .name = "app", .kind = FIELD_TEXT, .offset = offsetof(struct deploy_data, app),
      .flags = FIELD_REQUIRED,
      .about = "The app to change; a new one says its id in \"set\" too." },
    { .name = "set", .kind = FIELD_JSON, .offset = offsetof(struct deploy_data, set),
      .about = "Merged into the app's definition as it then is (RFC 7396)." },
    { .name = "strategy", .kind = FIELD_JSON, .offset = offsetof(struct deploy_data, strategy),
      .about = "How it goes from the old version to the new one; when not given, by the rolling "
               "restart that the definition's upgradeStrategy asks for." },
    { .name = "force", .kind = FIELD_BOOL, .offset = offsetof(struct deploy_data, force),
      .about = "Take the place of a deployment that is running." },
    { .name = "may_fail", .kind = FIELD_BOOL, .offset = offsetof(struct deploy_data, may_fail),
      .about = "A refusal is then no mistake: it is noted as a warning." },
};

/* Whether this step is the one that brings the app in: nothing of it runs before. */
static bool
deploy_is_first(const struct scenario *scenario, const struct deploy_data *deploy)
{
    for (uint32_t i = 0; i < scenario->apps_count; i++) {
        if (strcmp(scenario->apps[i]->id, deploy->app) == 0) {
            return false;
        }
    }
    for (uint32_t i = 0; i < scenario->steps_count; i++) {
        const struct deploy_data *other = scenario->steps[i].data;
        if (other == deploy) {
            return true;
        }
        if (scenario->steps[i].action == &action_deploy && other->app != NULL &&
            strcmp(other->app, deploy->app) == 0) {
            return false;
        }
    }
    return false;
}

static void
deploy_check_strategy(const struct scenario *scenario, const struct deploy_data *deploy,
                      const struct fields_read *read, const char *pointer)
{
    const char *place = fields_pointer(read->arena, pointer, "strategy");
    if (deploy->strategy == NULL ||
        strategy_read(deploy->strategy, read->source, place, read->arena, read->diags) == NULL) {
        return; /* every mistake has been said */
    }
    if (deploy->app != NULL && !scenario->apps_refused &&
        scenario_has_app(scenario, deploy->app) && deploy_is_first(scenario, deploy)) {
        diag_add(read->diags, read->source, DIAG_WARNING, place,
                 "has no effect: %s does not exist before this step, so there is no version to "
                 "come from", deploy->app);
    }
}

static void
deploy_check(const struct scenario *scenario, const void *data, const struct fields_read *read,
             const char *pointer)
{
    const struct deploy_data *deploy = data;
    action_check_app(scenario, deploy->app, read, pointer);
    deploy_check_strategy(scenario, deploy, read, pointer);
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
    const struct requests_app request = {
        .app = data->app,
        .json = json,
        .strategy = data->strategy != NULL ? requests_json(run, data->strategy) : "",
        .force = data->force,
    };
    requests_put_app(run, &request, data->may_fail ? requests_may_fail : requests_answered,
                     requests_name(run, step, scope));
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

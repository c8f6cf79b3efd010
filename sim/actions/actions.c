/* sim/actions/actions.c - every verb of a timeline, and what their checks share. */
#include <string.h>

#include <jansson.h>

#include "sim/actions/data.h"

const struct action *const actions[] = {
#define ACTION(name) &action_##name,
#include "sim/actions/actions.def"
#undef ACTION
    NULL
};

const struct action *
action_find(const char *verb)
{
    for (uint32_t i = 0; actions[i] != NULL; i++) {
        if (strcmp(actions[i]->verb, verb) == 0) {
            return actions[i];
        }
    }
    return NULL;
}

static bool
actions_set_is(const struct json_t *set, const char *app)
{
    const char *id = json_string_value(json_object_get(set, "id"));
    return id != NULL && strcmp(id, app) == 0;
}

/* Whether the step brings the app into the scenario, with an id of its own in "set". */
static bool
actions_brings(const struct scenario_step *step, const char *app)
{
    if (step->action == &action_deploy && step->data != NULL) {
        return actions_set_is(((const struct deploy_data *)step->data)->set, app);
    }
    if (step->action == &action_deploy_group && step->data != NULL) {
        const struct json_t *apps = ((const struct deploy_group_data *)step->data)->apps;
        for (size_t i = 0; i < json_array_size(apps); i++) {
            if (actions_set_is(json_object_get(json_array_get(apps, i), "set"), app)) {
                return true;
            }
        }
    }
    return false;
}

bool
scenario_has_app(const struct scenario *scenario, const char *app)
{
    for (uint32_t i = 0; i < scenario->apps_count; i++) {
        if (strcmp(scenario->apps[i]->id, app) == 0) {
            return true;
        }
    }
    for (uint32_t i = 0; i < scenario->steps_count; i++) {
        if (actions_brings(&scenario->steps[i], app)) {
            return true;
        }
    }
    return false;
}

void
action_check_app_at(const struct scenario *scenario, const char *app,
                    const struct fields_read *read, const char *pointer)
{
    if (app == NULL || scenario->apps_refused || scenario_has_app(scenario, app)) {
        return;
    }
    const char **ids = ARENA_ARRAY(read->arena, const char *, scenario->apps_count + 1);
    for (uint32_t i = 0; i < scenario->apps_count; i++) {
        ids[i] = scenario->apps[i]->id;
    }
    const char *nearest = diag_nearest(app, ids, scenario->apps_count);
    diag_add(read->diags, read->source, DIAG_ERROR, pointer,
             "no app \"%s\" in this scenario, expected the id of one of its apps%s%s%s", app,
             nearest != NULL ? " (did you mean \"" : "", nearest != NULL ? nearest : "",
             nearest != NULL ? "\"?)" : "");
}

void
action_check_app(const struct scenario *scenario, const char *app, const struct fields_read *read,
                 const char *pointer)
{
    action_check_app_at(scenario, app, read, arena_printf(read->arena, "%s/app", pointer));
}

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

/* The id that a deploy step brings into the scenario, or NULL. */
static const char *
actions_new_app(const struct scenario_step *step)
{
    if (step->action != &action_deploy || step->data == NULL) {
        return NULL;
    }
    const struct deploy_data *data = step->data;
    return json_string_value(json_object_get(data->set, "id"));
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
        const char *id = actions_new_app(&scenario->steps[i]);
        if (id != NULL && strcmp(id, app) == 0) {
            return true;
        }
    }
    return false;
}

void
action_check_app(const struct scenario *scenario, const char *app, const struct fields_read *read,
                 const char *pointer)
{
    if (app == NULL || scenario_has_app(scenario, app)) {
        return;
    }
    const char **ids = ARENA_ARRAY(read->arena, const char *, scenario->apps_count + 1);
    for (uint32_t i = 0; i < scenario->apps_count; i++) {
        ids[i] = scenario->apps[i]->id;
    }
    const char *nearest = diag_nearest(app, ids, scenario->apps_count);
    diag_add(read->diags, read->source, DIAG_ERROR, arena_printf(read->arena, "%s/app", pointer),
             "no app \"%s\" in this scenario, expected the id of one of its apps%s%s%s", app,
             nearest != NULL ? " (did you mean \"" : "", nearest != NULL ? nearest : "",
             nearest != NULL ? "\"?)" : "");
}

/*
 * sim/scenario_deploys.c - plays the deploy steps of a timeline on paper: each must leave a
 * definition that the platform would accept, so that a slip in "set" is found before anything runs.
 */
#include <string.h>

#include <jansson.h>

#include "sim/scenario_parts.h"

struct definition { /* an app as the steps so far have left it */
    const char    *app;
    struct json_t *json; /* owned */
};

static struct definition *
find_definition(struct vec *definitions, const char *app)
{
    for (uint32_t i = 0; i < definitions->count; i++) {
        struct definition *definition = vec_at(definitions, i);
        if (strcmp(definition->app, app) == 0) {
            return definition;
        }
    }
    return NULL;
}

/* The definition of an app, made from the scenario's own when no step has touched it yet. */
static struct definition *
get_definition(struct scenario_reader *reader, struct vec *definitions, const char *app)
{
    struct definition *definition = find_definition(definitions, app);
    if (definition != NULL) {
        return definition;
    }
    definition = vec_push(definitions);
    definition->app = app;
    for (uint32_t i = 0; i < reader->scenario->apps_count; i++) {
        if (strcmp(reader->scenario->apps[i]->id, app) == 0) {
            definition->json = json_loads(reader->scenario->apps[i]->json, 0, NULL);
        }
    }
    return definition;
}

static void
play_deploy(struct scenario_reader *reader, struct definition *definition, const struct json_t *set,
            const char *pointer)
{
    struct arena *arena = reader->read.arena;
    const char   *set_pointer = fields_pointer(arena, pointer, "set");
    const bool is_refused = definition->json == NULL && reader->scenario->apps_refused;
    if (set == NULL || !json_is_object(set) || is_refused) {
        return; /* nothing changes, or it has been said */
    }
    struct diag_list said;
    diag_list_init(&said, arena);
    struct json_t         *merged = scenario_merge(definition->json, set);
    const struct app_spec *spec =
        app_read(merged, reader->read.source, set_pointer, arena, &said);
    for (uint32_t i = 0; i < said.items.count; i++) {
        const struct diag *diag = vec_at(&said.items, i);
        if (diag->level == DIAG_ERROR) { /* the rest was said of the app itself */
            diag_add(reader->read.diags, reader->read.source, DIAG_ERROR, diag->pointer, "%s",
                     diag->text);
        }
    }
    if (spec != NULL) {
        scenario_check_fit(reader, spec, set_pointer);
        json_decref(definition->json);
        definition->json = merged;
    } else {
        json_decref(merged);
    }
    diag_list_fini(&said);
}

void
scenario_check_deploys(struct scenario_reader *reader)
{
    struct vec definitions;
    vec_init(&definitions, sizeof(struct definition));
    for (uint32_t i = 0; i < reader->steps.count; i++) {
        const struct scenario_parsed_step *parsed = vec_at(&reader->steps, i);
        const char *app = json_string_value(json_object_get(parsed->json, "app"));
        if (!parsed->is_wrong && app != NULL && strcmp(parsed->step.action->verb, "deploy") == 0) {
            play_deploy(reader, get_definition(reader, &definitions, app),
                        json_object_get(parsed->json, "set"), parsed->step.pointer);
        }
    }
    for (uint32_t i = 0; i < definitions.count; i++) {
        json_decref(((struct definition *)vec_at(&definitions, i))->json);
    }
    vec_fini(&definitions);
}

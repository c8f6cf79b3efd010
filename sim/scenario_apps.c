/* sim/scenario_apps.c - the apps of a scenario, inline or from files, and whether they fit. */
#include <string.h>

#include <jansson.h>

#include "fakes/cloud/instance_types.h"
#include "platform/base/map.h"
#include "platform/base/units.h"
#include "sim/scenario_parts.h"

const char *
scenario_app_place(const struct scenario_reader *reader, uint32_t index)
{
    return index < reader->app_places.count ? *(const char **)vec_at(&reader->app_places, index)
                                            : "";
}

bool
scenario_read_named(struct scenario_reader *reader, const char *path, const char *pointer,
                    struct scenario_file *ret_file)
{
    const struct scenario_file *owner = scenario_document_owner(&reader->document, pointer);
    return scenario_file_read(reader->io,
                              scenario_file_beside(reader->read.arena, owner->source.file, path),
                              reader->read.source, pointer, reader->read.arena,
                              reader->read.diags, ret_file);
}

bool
scenario_read_text(struct scenario_reader *reader, const char *path, const char *pointer,
                   const char **ret_file, const char **ret_text, size_t *ret_len)
{
    const struct scenario_file *owner = scenario_document_owner(&reader->document, pointer);
    struct arena *arena = reader->read.arena;
    struct error  err = { .text = "" };
    char         *text = NULL;
    *ret_file = scenario_file_beside(arena, owner->source.file, path);
    const enum status status =
        reader->io->read(reader->io, *ret_file, arena, &text, ret_len, &err);
    *ret_text = text;
    if (status != ST_OK) {
        scenario_error(reader, pointer, "%s: %s", *ret_file,
                       status == ST_NOT_FOUND ? "no such file" : err.text);
    }
    return status == ST_OK;
}

/* Whether a document holds one app, so that it is known what "set" changes. */
static bool
is_one_app(const struct json_t *json)
{
    return json_is_object(json) && json_object_get(json, "apps") == NULL &&
           json_object_get(json, "groups") == NULL;
}

static void
read_app_file(struct scenario_reader *reader, const struct json_t *json, const char *pointer,
              struct vec *specs)
{
    struct arena            *arena = reader->read.arena;
    struct scenario_app_file entry = { .file = NULL };
    struct scenario_file     file;
    fields_parse(&reader->read, json, pointer, scenario_app_file_table.fields,
                 scenario_app_file_table.count, NULL, &entry);
    if (entry.file == NULL ||
        !scenario_read_named(reader, entry.file, fields_pointer(arena, pointer, "file"), &file)) {
        return;
    }
    const char *set_pointer = fields_pointer(arena, pointer, "set");
    if (entry.set == NULL) {
        app_read_document(file.json, &file.source, "", arena, reader->read.diags, specs);
    } else if (fields_is_object(&reader->read, entry.set, set_pointer)) {
        if (is_one_app(file.json)) {
            struct json_t *merged = scenario_merge(file.json, entry.set);
            app_read_document(merged, &file.source, "", arena, reader->read.diags, specs);
            json_decref(merged);
        } else {
            scenario_error(reader, set_pointer,
                           "%s holds more than one app, expected \"set\" beside a file with one",
                           entry.file);
        }
    }
    json_decref(file.json);
}

void
scenario_read_apps(struct scenario_reader *reader)
{
    const struct json_t *apps = reader->top.apps;
    struct arena        *arena = reader->read.arena;
    struct vec           specs;
    vec_init(&specs, sizeof(struct app_spec *));
    for (uint32_t i = 0; fields_is_array(&reader->read, apps, "/apps") && i < json_array_size(apps);
         i++) {
        const struct json_t *json = json_array_get(apps, i);
        const char          *pointer = fields_pointer_at(arena, "/apps", i);
        if (!fields_is_object(&reader->read, json, pointer)) {
            continue;
        }
        if (json_object_get(json, "file") != NULL) {
            read_app_file(reader, json, pointer, &specs);
        } else {
            app_read_document(json, reader->read.source, pointer, arena, reader->read.diags,
                              &specs);
        }
        while (reader->app_places.count < specs.count) {
            *(const char **)vec_push(&reader->app_places) = pointer;
        }
    }
    if (specs.count > SCENARIO_APPS_MAX) {
        scenario_error(reader, "/apps", "found %u apps, expected at most %d", specs.count,
                       (int)SCENARIO_APPS_MAX);
    }
    struct scenario *scenario = reader->scenario;
    scenario->apps_count = specs.count;
    scenario->apps = ARENA_ARRAY(arena, const struct app_spec *, specs.count + 1);
    if (specs.count > 0) {
        memcpy(scenario->apps, specs.items, specs.count * sizeof(struct app_spec *));
    }
    vec_fini(&specs);
}

static void
check_ids(struct scenario_reader *reader)
{
    const struct scenario *scenario = reader->scenario;
    struct intern          ids;
    intern_init(&ids);
    struct vec firsts; /* uint32_t: index of the app that had an id first, by id - 1 */
    vec_init(&firsts, sizeof(uint32_t));
    for (uint32_t i = 0; i < scenario->apps_count; i++) {
        const uint32_t id = intern_id(&ids, scenario->apps[i]->id);
        if (id > firsts.count) {
            *(uint32_t *)vec_push(&firsts) = i;
            continue;
        }
        const uint32_t first = *(uint32_t *)vec_at(&firsts, id - 1);
        scenario_error(reader, scenario_app_place(reader, i),
                       "the app id \"%s\" is used twice, first at %s, expected different ids",
                       scenario->apps[i]->id, scenario_app_place(reader, first));
    }
    vec_fini(&firsts);
    intern_fini(&ids);
}

static bool
takes_role(const struct app_spec *app, const char *role)
{
    for (uint32_t i = 0; i < app->roles_count; i++) {
        if (strcmp(app->roles[i], role) == 0) {
            return true;
        }
    }
    return app->roles_count == 0 && strcmp(role, "*") == 0;
}

/* Whether one instance fits on an empty machine of some group. */
static bool
fits_somewhere(const struct scenario *scenario, const struct app_spec *app, bool *ret_role)
{
    *ret_role = false;
    for (uint32_t i = 0; i < scenario->groups_count; i++) {
        const struct scenario_group *group = &scenario->groups[i];
        const struct instance_type  *type =
            group->machine != NULL ? group->machine
            : group->type != NULL  ? instance_type_find(group->type)
                                   : NULL;
        if (!takes_role(app, group->role)) {
            continue;
        }
        *ret_role = true;
        if (type == NULL ||
            (app->cpu_milli <= type->cpu_milli && app->mem_bytes <= type->mem_bytes &&
             app->gpus + (app->gpu_milli > 0 ? 1 : 0) <= type->gpus &&
             app->disk_bytes <= type->disk_bytes)) {
            return true; /* a type that is missing or unknown has been said */
        }
    }
    return false;
}

void
scenario_check_fit(struct scenario_reader *reader, const struct app_spec *app, const char *pointer)
{
    char mem[UNITS_TEXT_BYTES];
    bool has_role;
    if (reader->scenario->groups_count == 0) {
        return;
    }
    if (fits_somewhere(reader->scenario, app, &has_role)) {
        if (scenario_check_constraints(reader, app, pointer)) {
            scenario_check_together(reader, app, pointer);
        }
        return;
    }
    if (has_role) {
        diag_add(reader->read.diags, reader->read.source, DIAG_WARNING, pointer,
                 "%s fits on no node of the cluster and will wait: it wants %d.%03d cpus, %s of "
                 "memory and %d%s gpus", app->id, app->cpu_milli / 1000, app->cpu_milli % 1000,
                 units_print_bytes(app->mem_bytes, mem), app->gpus,
                 app->gpu_milli > 0 ? arena_printf(reader->read.arena, ".%03d", app->gpu_milli)
                                    : "");
    } else {
        diag_add(reader->read.diags, reader->read.source, DIAG_WARNING, pointer,
                 "%s fits on no node of the cluster and will wait: no group has the role \"%s\"",
                 app->id, app->roles_count > 0 ? app->roles[0] : "*");
    }
}

void
scenario_check_apps(struct scenario_reader *reader)
{
    const struct scenario *scenario = reader->scenario;
    check_ids(reader);
    for (uint32_t i = 0; i < scenario->apps_count; i++) {
        scenario_check_fit(reader, scenario->apps[i], scenario_app_place(reader, i));
    }
}

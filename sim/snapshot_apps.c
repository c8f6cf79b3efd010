/* sim/snapshot_apps.c - the apps of a snapshot: their versions, and which of them is in force. */
#include <string.h>

#include <jansson.h>

#include "sim/snapshot_read.h"

/* A definition that stands there or in a file of its own. */
static const struct app_spec *
read_definition(struct scenario_reader *reader, const struct json_t *json, const char *pointer)
{
    struct arena        *arena = reader->read.arena;
    const struct json_t *file_json = json_object_get(json, "file");
    struct scenario_file file;
    if (file_json == NULL) {
        return fields_is_object(&reader->read, json, pointer)
                   ? app_read(json, reader->read.source, pointer, arena, reader->read.diags)
                   : NULL;
    }
    struct scenario_app_file entry = { .file = NULL };
    fields_parse(&reader->read, json, pointer, scenario_deploy_file_table.fields,
                 scenario_deploy_file_table.count, NULL, &entry);
    if (entry.file == NULL ||
        !scenario_read_named(reader, entry.file, fields_pointer(arena, pointer, "file"), &file)) {
        return NULL;
    }
    const struct app_spec *spec = NULL;
    if (json_is_object(file.json)) {
        spec = app_read(file.json, &file.source, "", arena, reader->read.diags);
    } else {
        scenario_error(reader, fields_pointer(arena, pointer, "file"),
                       "%s does not hold one app, expected a file that does", entry.file);
    }
    json_decref(file.json);
    return spec;
}

/* The index of a version that a member names, or the given one. */
static uint32_t
find_version(struct scenario_reader *reader, const struct snapshot_app *app, const char *name,
             const char *pointer, uint32_t otherwise)
{
    const char *names[SNAPSHOT_VERSIONS_MAX];
    if (name == NULL) {
        return otherwise;
    }
    for (uint32_t i = 0; i < app->versions_count; i++) {
        names[i] = app->versions[i].name;
        if (strcmp(names[i], name) == 0) {
            return i;
        }
    }
    scenario_error(reader, pointer, "no version \"%s\"%s, expected the name of one in \"versions\"",
                   name,
                   fields_did_you_mean(reader->read.arena, name, names, app->versions_count));
    return otherwise;
}

static void
read_versions(struct scenario_reader *reader, const struct json_t *versions, const char *pointer,
              struct snapshot_app *app, uint64_t *next_id)
{
    struct arena  *arena = reader->read.arena;
    const char    *name;
    struct json_t *json;
    const size_t   count = json_object_size(versions);
    if (!fields_is_object(&reader->read, versions, pointer)) {
        return;
    }
    if (count == 0 || count > SNAPSHOT_VERSIONS_MAX) {
        scenario_error(reader, pointer, "found %u versions, expected 1 to %d", (unsigned)count,
                       (int)SNAPSHOT_VERSIONS_MAX);
        return;
    }
    struct snapshot_version *list = ARENA_ARRAY(arena, struct snapshot_version, count);
    json_object_foreach ((struct json_t *)(uintptr_t)versions, name, json) {
        const char            *where = fields_pointer(arena, pointer, name);
        const struct app_spec *spec = read_definition(reader, json, where);
        if (spec == NULL) {
            continue; /* every mistake has been said */
        }
        if (app->versions_count > 0 && strcmp(spec->id, list[0].spec->id) != 0) {
            scenario_error(reader, where,
                           "is of %s, but the version \"%s\" of %s, expected one app", spec->id,
                           list[0].name, list[0].spec->id);
        }
        list[app->versions_count++] = (struct snapshot_version){
            .name = arena_strdup(arena, name), .spec = spec, .id = (*next_id)++
        };
    }
    app->versions = list;
}

static void
read_app(struct scenario_reader *reader, const struct json_t *json, const char *pointer,
         struct snapshot_app *app, uint64_t *next_id)
{
    struct arena             *arena = reader->read.arena;
    struct snapshot_app_entry entry = { .wanted = NULL };
    fields_parse(&reader->read, json, pointer, snapshot_app_table.fields, snapshot_app_table.count,
                 NULL, &entry);
    if (entry.versions == NULL) {
        return;
    }
    const uint32_t errors_count = reader->read.diags->errors_count;
    read_versions(reader, entry.versions, fields_pointer(arena, pointer, "versions"), app, next_id);
    if (reader->read.diags->errors_count > errors_count) {
        app->versions_count = 0;
        return;
    }
    app->wanted = find_version(reader, app, entry.wanted,
                               fields_pointer(arena, pointer, "wanted"), app->versions_count - 1);
    app->good = find_version(reader, app, entry.good, fields_pointer(arena, pointer, "good"),
                             app->wanted);
}

void
snapshot_read_apps(struct scenario_reader *reader)
{
    struct scenario     *scenario = reader->scenario;
    struct snapshot     *snapshot = reader->snapshot;
    struct arena        *arena = reader->read.arena;
    const struct json_t *apps = json_object_get(reader->top.state, "apps");
    const size_t         count = json_array_size(apps);
    uint64_t             next_id = 1;
    if (reader->top.apps != NULL) {
        scenario_error(reader, "/apps", "stands beside \"state\", which has its own, expected one "
                                        "of the two");
    }
    if (!fields_is_array(&reader->read, apps, "/state/apps")) {
        return;
    }
    if (count > SNAPSHOT_APPS_MAX) {
        scenario_error(reader, "/state/apps", "found %u apps, expected at most %d",
                       (unsigned)count, (int)SNAPSHOT_APPS_MAX);
        return;
    }
    snapshot->apps = ARENA_ARRAY(arena, struct snapshot_app, count + 1);
    scenario->apps = ARENA_ARRAY(arena, const struct app_spec *, count + 1);
    for (uint32_t i = 0; i < count; i++) {
        struct snapshot_app *app = &snapshot->apps[snapshot->apps_count];
        const char          *pointer = fields_pointer_at(arena, "/state/apps", i);
        read_app(reader, json_array_get(apps, i), pointer, app, &next_id);
        if (app->versions_count > 0) {
            scenario->apps[snapshot->apps_count++] = app->versions[app->wanted].spec;
            *(const char **)vec_push(&reader->app_places) = pointer;
        }
    }
    scenario->apps_count = snapshot->apps_count;
}

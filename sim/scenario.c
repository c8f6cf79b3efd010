/* sim/scenario.c - reads a scenario file part by part; every mistake is said before it gives up. */
#include "sim/scenario.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "fakes/plants/plants.h"
#include "platform/gateway/gateway.h"
#include "sim/scenario_parts.h"
#include "sim/snapshot_read.h"

#define SCENARIO_SEED         1
#define SCENARIO_SETTLE_NS    MIN(10)
#define SCENARIO_START_AT_NS  SEC(INT64_C(1767225600)) /* 2026-01-01T00:00:00Z */
#define SCENARIO_RECORD_TASKS 100000

enum { ERROR_TEXT_BYTES = 1024, PLANTS_MAX = 64 };

void
scenario_error(struct scenario_reader *reader, const char *pointer, const char *format, ...)
{
    char    text[ERROR_TEXT_BYTES];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    diag_add(reader->read.diags, reader->read.source, DIAG_ERROR, pointer, "%s", text);
}

static void
read_plant(struct scenario_reader *reader)
{
    const char *plant = reader->top.plant;
    const char *names[PLANTS_MAX];
    uint32_t    names_count = 0;
    if (plant == NULL) {
        return;
    }
    if (plant_find(plant) != NULL) {
        reader->scenario->plant = plant;
        return;
    }
    for (uint32_t i = 0; plants[i] != NULL && names_count < COUNT_OF(names); i++) {
        names[names_count++] = plants[i]->name;
    }
    scenario_error(reader, "/plant", "unknown bug \"%s\"%s, expected one of fakes/plants/", plant,
                   fields_did_you_mean(reader->read.arena, plant, names, names_count));
}

static void
read_top(struct scenario_reader *reader)
{
    struct scenario     *scenario = reader->scenario;
    struct scenario_top *top = &reader->top;
    if (json_object_get(reader->document.merged, "state") != NULL &&
        json_object_get(reader->document.merged, "cluster") == NULL) {
        (void)json_object_set_new(reader->document.merged, "cluster", json_object());
    }
    *top = (struct scenario_top){
        .seed = SCENARIO_SEED, .settle_ns = SCENARIO_SETTLE_NS, .start_at_ns = SCENARIO_START_AT_NS
    };
    fields_parse(&reader->read, reader->document.merged, "", scenario_top_table.fields,
                 scenario_top_table.count, NULL, top);
    scenario->file = reader->read.source->file;
    scenario->name = top->name != NULL ? top->name : "";
    scenario->about = top->about != NULL ? top->about : "";
    scenario->seed = reader->options != NULL && reader->options->has_seed ? reader->options->seed
                                                                          : top->seed;
    scenario->duration_ns = top->duration_ns;
    scenario->settle_ns = top->settle_ns;
    scenario->quiet_ns = top->quiet_ns;
    scenario->start_at_ns = top->start_at_ns;
    scenario->wire_encoded = top->wire == 1;
    scenario->master = MASTER_CONFIG_DEFAULTS;
    scenario->master.gateway = &gateway_format;
    scenario->record_tasks_max = SCENARIO_RECORD_TASKS;
    if (top->record != NULL) {
        fields_parse(&reader->read, top->record, "/record", scenario_record_table.fields,
                     scenario_record_table.count, NULL, scenario);
    }
    if (top->jobs != NULL && json_array_size(top->jobs) > 0) {
        scenario_error(reader, "/jobs", "jobs come later, expected none");
    }
    if (top->packages != NULL && json_array_size(top->packages) > 0) {
        scenario_error(reader, "/packages", "packages come later, expected none");
    }
    read_plant(reader);
}

/* An app's definition in place of a scenario: one line in place of one for each of its keys. */
static bool
is_app(struct scenario_reader *reader)
{
    const struct json_t *json = reader->document.merged;
    const bool           looks_so =
        json_object_get(json, "id") != NULL && json_object_get(json, "cluster") == NULL &&
        (json_object_get(json, "cmd") != NULL || json_object_get(json, "args") != NULL ||
         json_object_get(json, "container") != NULL || json_object_get(json, "apps") != NULL);
    if (looks_so) {
        scenario_error(reader, "",
                       "this looks like an app's definition, expected a scenario that names it in "
                       "\"apps\" (check --app reads definitions)");
    }
    return looks_so;
}

static void
read_parts(struct scenario_reader *reader)
{
    read_top(reader);
    scenario_read_cluster(reader);
    scenario_read_scheduler(reader);
    scenario_read_images(reader);
    const uint32_t errors_count = reader->read.diags->errors_count;
    if (reader->top.state != NULL) {
        snapshot_read_apps(reader);
        snapshot_read_tasks(reader);
    } else {
        scenario_read_apps(reader);
    }
    reader->scenario->apps_refused = reader->read.diags->errors_count > errors_count;
    scenario_read_tasks(reader);
    scenario_read_gateway(reader);
    scenario_read_traffic(reader);
    scenario_read_faults(reader);
    scenario_read_timeline(reader);
    scenario_read_expect(reader);
    scenario_check_roles(reader);
    scenario_check_apps(reader);
    scenario_check_traffic(reader);
    scenario_check_flow(reader);
    scenario_check_calls(reader);
    scenario_check_deploys(reader);
    scenario_check_timeline(reader);
    scenario_check_expect(reader);
    scenario_check_slips(reader);
}

static uint32_t
file_rank(const struct scenario_document *document, const char *file)
{
    uint32_t rank = 0;
    while (rank < document->files_count && strcmp(document->files[rank].source.file, file) != 0) {
        rank++;
    }
    return rank;
}

static bool
stands_before(const struct scenario_document *document, const struct diag *a, const struct diag *b)
{
    const uint32_t a_rank = file_rank(document, a->file);
    const uint32_t b_rank = file_rank(document, b->file);
    const int      order = strcmp(a->file, b->file);
    if (a_rank != b_rank || order != 0) {
        return a_rank != b_rank ? a_rank < b_rank : order < 0;
    }
    return a->line != b->line ? a->line < b->line : a->column < b->column;
}

/* As a person reads the files: by line, the scenario itself first. At most DIAG_MAX entries. */
static void
sort_diags(const struct scenario_document *document, struct diag_list *diags, uint32_t first)
{
    for (uint32_t i = first + 1; i < diags->items.count; i++) {
        const struct diag diag = *(struct diag *)vec_at(&diags->items, i);
        uint32_t          at = i;
        for (; at > first && stands_before(document, &diag, vec_at(&diags->items, at - 1)); at--) {
            *(struct diag *)vec_at(&diags->items, at) =
                *(struct diag *)vec_at(&diags->items, at - 1);
        }
        *(struct diag *)vec_at(&diags->items, at) = diag;
    }
}

const struct scenario *
scenario_read(struct sim_io *io, const char *file, const struct scenario_options *options,
              struct arena *arena, struct diag_list *diags)
{
    const uint32_t         errors_count = diags->errors_count;
    const uint32_t         first = diags->items.count;
    struct scenario       *scenario = ARENA_NEW(arena, struct scenario);
    struct scenario_reader reader = { .io = io, .options = options, .scenario = scenario };
    if (!scenario_document_read(io, file, options, arena, diags, &reader.document)) {
        return NULL;
    }
    reader.read = (struct fields_read){
        .arena = arena, .diags = diags, .source = &reader.document.files[0].source
    };
    diag_list_init(&reader.muted, arena);
    vec_init(&reader.app_places, sizeof(const char *));
    vec_init(&reader.steps, sizeof(struct scenario_parsed_step));
    vec_init(&reader.expects_wrong, sizeof(bool));

    if (!is_app(&reader)) {
        read_parts(&reader);
    }
    scenario_document_place(&reader.document, diags, first);
    sort_diags(&reader.document, diags, first);

    const bool is_right = diags->errors_count == errors_count;
    if (is_right) {
        scenario->canonical = scenario_canonical(&reader);
        scenario->document = json_incref(reader.document.merged); /* steps point into it */
    }
    vec_fini(&reader.expects_wrong);
    vec_fini(&reader.steps);
    vec_fini(&reader.app_places);
    diag_list_fini(&reader.muted);
    scenario_document_fini(&reader.document);
    return is_right ? scenario : NULL;
}

void
scenario_close(const struct scenario *scenario)
{
    if (scenario != NULL) {
        json_decref(scenario->document);
    }
}

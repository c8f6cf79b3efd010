/* sim/scenario_tasks_app.c - the apps that tasks of a file become: one for each distinct shape. */
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "fakes/containers/behavior.h"
#include "platform/base/text.h"
#include "sim/csv.h"
#include "sim/scenario_tasks.h"

enum { SHAPE_KEY_BYTES = 1024, SHAPE_NAME_BYTES = 32 };

struct shape_app {
    const struct app_spec *spec;  /* NULL: it was wrong, and that was said */
    const char            *image;
    struct vec             runs_ns; /* int64_t */
};

void
scenario_task_shapes_init(struct scenario_task_shapes *shapes, struct scenario_reader *reader)
{
    shapes->reader = reader;
    intern_init(&shapes->keys);
    vec_init(&shapes->apps, sizeof(struct shape_app));
}

void
scenario_task_shapes_fini(struct scenario_task_shapes *shapes)
{
    for (uint32_t i = 0; i < shapes->apps.count; i++) {
        vec_fini(&((struct shape_app *)vec_at(&shapes->apps, i))->runs_ns);
    }
    vec_fini(&shapes->apps);
    intern_fini(&shapes->keys);
}

/* Decimals without floating point: thousandths, such as 1500 for 1.5, as JSON. */
static struct json_t *
shape_thousandths(int64_t milli)
{
    return milli % 1000 == 0 ? json_integer(milli / 1000) : json_real((double)milli / 1000.0);
}

static void
shape_label(struct json_t *labels, const char *key, int64_t value)
{
    char text[SHAPE_NAME_BYTES];
    if (value != 0) {
        (void)snprintf(text, sizeof text, "%lld", (long long)value);
        (void)json_object_set_new(labels, key, json_string(text));
    }
}

/* "field:OP:value;field:OP" as Marathon's lists. */
static struct json_t *
shape_constraints(const struct scenario_task_shape *shape)
{
    struct json_t *out = json_array();
    const char    *at = shape->constraint;
    if (shape->gpu_model[0] != '\0') {
        (void)json_array_append_new(out, json_pack("[s, s, s]", "gpu_model", "LIKE",
                                                   shape->gpu_model));
    }
    while (*at != '\0') {
        const char    *end = at + strcspn(at, ";");
        struct json_t *one = json_array();
        for (uint32_t part = 0; part < 3 && at < end; part++) {
            const char  *colon = part < 2 ? memchr(at, ':', (size_t)(end - at)) : NULL;
            const size_t len = (size_t)((colon != NULL ? colon : end) - at);
            (void)json_array_append_new(one, json_stringn(at, len));
            at += len + (colon != NULL ? 1 : 0);
        }
        (void)json_array_append_new(out, one);
        at = *end == ';' ? end + 1 : end;
    }
    return out;
}

static struct json_t *
shape_definition(const struct scenario_task_shape *shape, const char *id, const char *image)
{
    struct json_t *labels = json_pack("{s:s}", "REHEARSAL_RUN_ONCE", "true");
    shape_label(labels, "REHEARSAL_GPU_MILLI", shape->gpu_milli);
    shape_label(labels, "REHEARSAL_PRIORITY", shape->priority);
    struct json_t *app = json_pack(
        "{s:s, s:i, s:o, s:I, s:I, s:I, s:o, s:o, s:[], s:{s:i, s:i}, s:{s:s, s:{s:s}}}", "id", id,
        "instances", 0, "cpus", shape_thousandths(shape->cpu_milli), "mem",
        (json_int_t)shape->mem_mib, "disk", (json_int_t)shape->disk_mib, "gpus",
        (json_int_t)shape->gpus, "labels", labels, "constraints", shape_constraints(shape),
        "portDefinitions", "upgradeStrategy", "minimumHealthCapacity", 0, "maximumOverCapacity", 0,
        "container", "type", "MESOS", "docker", "image", image);
    if (app != NULL && shape->role[0] != '\0') {
        (void)json_object_set_new(app, "role", json_string(shape->role));
        (void)json_object_set_new(app, "acceptedResourceRoles", json_pack("[s]", "*"));
    }
    return app;
}

/* What is wrong with it is said at the line that asks for it first. */
static const struct app_spec *
shape_read(struct scenario_task_shapes *shapes, const struct json_t *json,
           const struct scenario_task_place *place)
{
    struct arena    *arena = shapes->reader->read.arena;
    struct diag_list diags;
    diag_list_init(&diags, arena);
    const struct app_spec *spec = json != NULL ? app_read(json, NULL, "", arena, &diags) : NULL;
    if (spec == NULL) {
        const struct diag *first = diags.items.count > 0 ? vec_at(&diags.items, 0) : NULL;
        diag_add_at(shapes->reader->read.diags, place->file, place->line, 1,
                    "found a task that no app can be: %.60s: %.200s",
                    first != NULL ? first->pointer : "", first != NULL ? first->text : "not UTF-8");
    }
    diag_list_fini(&diags);
    return spec;
}

static struct shape_app *
shape_add(struct scenario_task_shapes *shapes, const struct scenario_task_shape *shape,
          const struct scenario_task_place *place)
{
    struct arena *arena = shapes->reader->read.arena;
    struct shape_app *app = vec_push(&shapes->apps);
    const char *id = arena_printf(arena, "/tasks/%u", shapes->apps.count);
    app->image = arena_printf(arena, "tasks/%u", shapes->apps.count);
    vec_init(&app->runs_ns, sizeof(int64_t));
    struct json_t *json = shape_definition(shape, id, app->image);
    app->spec = shape_read(shapes, json, place);
    json_decref(json);
    return app;
}

/* "-12 "; the key of each line of a long file has six, which snprintf would take its time for. */
static char *
shape_key_number(char *at, int64_t value)
{
    *at = '-';
    at = text_decimal(at + (value < 0 ? 1 : 0), value < 0 ? (uint64_t)-value : (uint64_t)value);
    *at++ = ' ';
    return at;
}

static char *
shape_key_text(char *at, const char *text)
{
    const size_t len = strlen(text);
    memcpy(at, text, len);
    at[len] = ',';
    return at + len + 1;
}

/* Two lines that ask for the same have the same; cells hold no comma. */
static void
shape_key(const struct scenario_task_shape *shape, char key[SHAPE_KEY_BYTES])
{
    _Static_assert(6 * SHAPE_NAME_BYTES + 3 * (CSV_CELL_BYTES + 1) < SHAPE_KEY_BYTES,
                   "numbers and cells have room");
    const int64_t numbers[] = { shape->cpu_milli, shape->mem_mib,   shape->disk_mib,
                                shape->gpus,      shape->gpu_milli, shape->priority };
    char *at = key;
    for (uint32_t i = 0; i < COUNT_OF(numbers); i++) {
        at = shape_key_number(at, numbers[i]);
    }
    at = shape_key_text(at, shape->gpu_model);
    at = shape_key_text(at, shape->constraint);
    at = shape_key_text(at, shape->role);
    *at = '\0';
}

uint32_t
scenario_task_app(struct scenario_task_shapes *shapes, const struct scenario_task_shape *shape,
                  const struct scenario_task_place *place, int64_t lasts_ns, uint32_t *ret_run)
{
    char key[SHAPE_KEY_BYTES];
    shape_key(shape, key);
    const uint32_t    number = intern_id(&shapes->keys, key);
    struct shape_app *app = number > shapes->apps.count ? shape_add(shapes, shape, place)
                                                        : vec_at(&shapes->apps, number - 1);
    *(int64_t *)vec_push(&app->runs_ns) = lasts_ns;
    *ret_run = app->runs_ns.count;
    return shapes->reader->scenario->apps_count + number - 1;
}

/* It begins at once: what is modelled of it is how long it lasts. */
static struct behavior
shape_behavior(const struct shape_app *app, struct arena *arena)
{
    struct behavior behavior = behavior_default;
    int64_t        *runs_ns = ARENA_ARRAY(arena, int64_t, app->runs_ns.count + 1);
    if (app->runs_ns.count > 0) {
        memcpy(runs_ns, app->runs_ns.items, app->runs_ns.count * sizeof *runs_ns);
    }
    behavior.image = app->image;
    behavior.size_bytes = 0;
    behavior.start = (struct dist){ .kind = DIST_CONSTANT, .a_ns = 0 };
    behavior.runs_ns = runs_ns;
    behavior.runs_count = app->runs_ns.count;
    return behavior;
}

void
scenario_task_shapes_keep(struct scenario_task_shapes *shapes)
{
    struct scenario *scenario = shapes->reader->scenario;
    struct arena    *arena = shapes->reader->read.arena;
    const uint32_t   count = shapes->apps.count;
    const uint32_t   apps_count = scenario->apps_count + count;
    if (apps_count > SCENARIO_APPS_MAX) {
        scenario_error(shapes->reader, "/tasks/file",
                       "found tasks of %u shapes, expected %d apps in all at most", count,
                       (int)SCENARIO_APPS_MAX);
        return;
    }
    const struct app_spec **apps = ARENA_ARRAY(arena, const struct app_spec *, apps_count + 1);
    struct behavior *behaviors =
        ARENA_ARRAY(arena, struct behavior, scenario->behaviors_count + count + 1);
    memcpy(apps, scenario->apps, scenario->apps_count * sizeof *apps);
    if (scenario->behaviors_count > 0) {
        memcpy(behaviors, scenario->behaviors, scenario->behaviors_count * sizeof *behaviors);
    }
    uint32_t kept = scenario->apps_count;
    for (uint32_t i = 0; i < count; i++) {
        const struct shape_app *app = vec_at(&shapes->apps, i);
        behaviors[scenario->behaviors_count++] = shape_behavior(app, arena);
        if (app->spec != NULL) { /* else the scenario is refused */
            apps[kept++] = app->spec;
            *(const char **)vec_push(&shapes->reader->app_places) = "/tasks/file";
        }
    }
    scenario->apps = apps;
    scenario->apps_count = kept;
    scenario->behaviors = behaviors;
}

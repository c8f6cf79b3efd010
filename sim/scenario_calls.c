/* sim/scenario_calls.c - the calls that images make: read, and checked once the apps are known. */
#include <string.h>

#include <jansson.h>

#include "platform/base/map.h"
#include "platform/base/memory.h"
#include "platform/model/names.h"
#include "sim/scenario_parts.h"

static void
read_error(const struct fields_read *read, const char *pointer, const char *text)
{
    diag_add(read->diags, read->source, DIAG_ERROR, pointer, "%s", text);
}

static void
read_call(const struct fields_read *read, const struct json_t *json, const char *pointer,
          struct behavior_call *ret_call)
{
    struct scenario_call entry = { .call = { .path = "/", .probability_ppm = PPM } };
    fields_parse(read, json, pointer, scenario_call_table.fields, scenario_call_table.count, NULL,
                 &entry);
    if (entry.call.path[0] != '/') {
        read_error(read, fields_pointer(read->arena, pointer, "path"),
                   "does not begin with /, expected a path that does");
    }
    if (entry.min_retries_microhertz % PPM != 0) {
        read_error(read, fields_pointer(read->arena, pointer, "min_retries"),
                   "is no whole number a second, expected such as \"10/s\"");
    } else if (entry.min_retries_microhertz > (int64_t)UINT32_MAX * PPM) {
        read_error(read, fields_pointer(read->arena, pointer, "min_retries"),
                   "is beyond any limit, expected such as \"10/s\"");
    } else if (entry.min_retries_microhertz > 0 && entry.call.budget_ppm == 0) {
        read_error(read, fields_pointer(read->arena, pointer, "min_retries"),
                   "means nothing without \"budget\", expected both");
    } else {
        entry.call.budget_min_per_s = (uint32_t)(entry.min_retries_microhertz / PPM);
    }
    if (entry.call.retries == 0 && entry.call.budget_ppm > 0) {
        read_error(read, fields_pointer(read->arena, pointer, "budget"),
                   "means nothing without \"retries\", expected both");
    }
    *ret_call = entry.call;
}

/* Whether a list has a length that makes sense. */
static bool
is_list(const struct fields_read *read, const struct json_t *json, const char *pointer)
{
    if (!fields_is_array(read, json, pointer)) {
        return false;
    }
    const size_t count = json_array_size(json);
    if (count > SCENARIO_STAGES_MAX) {
        diag_add(read->diags, read->source, DIAG_ERROR, pointer,
                 "found %u entries, expected at most %d", (unsigned)count,
                 (int)SCENARIO_STAGES_MAX);
        return false;
    }
    return true;
}

static void
read_stage(const struct fields_read *read, const struct json_t *json, const char *pointer,
           struct behavior_stage *ret_stage)
{
    const struct json_t *all = json_object_get(json, "all");
    struct behavior_call *calls = NULL;
    uint32_t              count = 1;
    if (all == NULL) {
        calls = ARENA_NEW(read->arena, struct behavior_call);
        read_call(read, json, pointer, &calls[0]);
    } else {
        struct scenario_stage entry = { .all = NULL };
        const char           *list = fields_pointer(read->arena, pointer, "all");
        fields_parse(read, json, pointer, scenario_stage_table.fields, scenario_stage_table.count,
                     NULL, &entry);
        count = is_list(read, all, list) ? (uint32_t)json_array_size(all) : 0;
        if (json_is_array(all) && json_array_size(all) == 0) {
            read_error(read, list, "is empty, expected at least one call");
        }
        calls = ARENA_ARRAY(read->arena, struct behavior_call, count + 1);
        for (uint32_t i = 0; i < count; i++) {
            read_call(read, json_array_get(all, i), fields_pointer_at(read->arena, list, i),
                      &calls[i]);
        }
    }
    *ret_stage = (struct behavior_stage){ .calls = calls, .calls_count = count };
}

void
scenario_read_calls(const struct fields_read *read, const struct json_t *json, const char *pointer,
                    struct behavior *behavior)
{
    if (json == NULL || !is_list(read, json, pointer)) {
        return;
    }
    const uint32_t         count = (uint32_t)json_array_size(json);
    struct behavior_stage *stages = ARENA_ARRAY(read->arena, struct behavior_stage, count + 1);
    for (uint32_t i = 0; i < count; i++) {
        const struct json_t *stage = json_array_get(json, i);
        const char          *stage_pointer = fields_pointer_at(read->arena, pointer, i);
        if (fields_is_object(read, stage, stage_pointer)) {
            read_stage(read, stage, stage_pointer, &stages[behavior->stages_count++]);
        }
    }
    behavior->stages = stages;
}

/* --- who is called --- */

/* By its id, a virtual host, or one of the names that apps have inside. */
static bool
app_is_called(const struct app_spec *app, const char *to)
{
    bool called = scenario_app_serves(app, to);
    for (uint32_t i = 0; !called && i < app->ports_count; i++) {
        struct strbuf names = { 0 };
        names_service(app, i, &names);
        called = scenario_has_host(strbuf_text(&names), to);
        strbuf_fini(&names);
    }
    return called;
}

/* The app of the scenario that answers; NULL: none, though the timeline may bring one. */
static const struct app_spec *
called_app(const struct scenario *scenario, const char *to)
{
    for (uint32_t i = 0; i < scenario->apps_count; i++) {
        if (app_is_called(scenario->apps[i], to)) {
            return scenario->apps[i];
        }
    }
    return NULL;
}

static void
check_call(struct scenario_reader *reader, const struct json_t *call, const char *pointer)
{
    const char *to = json_string_value(json_object_get(call, "to"));
    if (to != NULL && called_app(reader->scenario, to) == NULL &&
        !scenario_is_served(reader, to)) {
        scenario_error(reader, fields_pointer(reader->read.arena, pointer, "to"),
                       "no app serves \"%s\", expected the id of an app, such as \"/web\", its "
                       "name inside, such as \"web.marathon.mesos\", or its virtual host%s", to,
                       scenario_serves_nearest(reader, to));
    }
}

static void
check_targets(struct scenario_reader *reader, const struct json_t *calls, const char *pointer)
{
    struct arena *arena = reader->read.arena;
    for (uint32_t i = 0; i < json_array_size(calls); i++) {
        const struct json_t *stage = json_array_get(calls, i);
        const struct json_t *all = json_object_get(stage, "all");
        const char          *stage_pointer = fields_pointer_at(arena, pointer, i);
        const char          *list = fields_pointer(arena, stage_pointer, "all");
        check_call(reader, stage, stage_pointer);
        for (uint32_t j = 0; j < json_array_size(all); j++) {
            check_call(reader, json_array_get(all, j), fields_pointer_at(arena, list, j));
        }
    }
}

/* --- circles: apps that always call each other would never answer --- */

enum circle_color { CIRCLE_NEW, CIRCLE_OPEN, CIRCLE_DONE };

/* A place on the path from image to image. */
struct circle_step {
    uint32_t image;
    uint32_t stage; /* the call that is looked at next */
    uint32_t call;
};

struct circles {
    const struct scenario *scenario;
    struct intern          images; /* id - 1 is the index in scenario->behaviors */
    uint8_t               *colors; /* enum circle_color, by image */
    struct vec             path;   /* struct circle_step */
};

/* The image that a call always ends at; UINT32_MAX: it does not. */
static uint32_t
circle_target(const struct circles *circles, const struct behavior_call *call)
{
    if (call->probability_ppm < PPM || call->to == NULL) {
        return UINT32_MAX;
    }
    const struct app_spec *app = called_app(circles->scenario, call->to);
    return app != NULL ? intern_find(&circles->images, app->image) - 1 : UINT32_MAX;
}

static bool
circle_next_call(const struct behavior *behavior, struct circle_step *step,
                 const struct behavior_call **ret_call)
{
    while (step->stage < behavior->stages_count) {
        const struct behavior_stage *stage = &behavior->stages[step->stage];
        if (step->call < stage->calls_count) {
            *ret_call = &stage->calls[step->call++];
            return true;
        }
        step->stage++;
        step->call = 0;
    }
    return false;
}

static void
circle_enter(struct circles *circles, uint32_t image)
{
    circles->colors[image] = CIRCLE_OPEN;
    *(struct circle_step *)vec_push(&circles->path) = (struct circle_step){ .image = image };
}

/* Follows the calls of an image in depth; the image that closes a circle, or UINT32_MAX. */
static uint32_t
circle_find(struct circles *circles, uint32_t image)
{
    circle_enter(circles, image);
    while (circles->path.count > 0) {
        struct circle_step         *step = vec_at(&circles->path, circles->path.count - 1);
        const struct behavior_call *call = NULL;
        if (!circle_next_call(&circles->scenario->behaviors[step->image], step, &call)) {
            circles->colors[step->image] = CIRCLE_DONE;
            circles->path.count--;
            continue;
        }
        const uint32_t target = circle_target(circles, call);
        if (target == UINT32_MAX || circles->colors[target] == CIRCLE_DONE) {
            continue;
        }
        if (circles->colors[target] == CIRCLE_OPEN) {
            return target;
        }
        circle_enter(circles, target);
    }
    return UINT32_MAX;
}

static void
check_circles(struct scenario_reader *reader)
{
    const struct scenario *scenario = reader->scenario;
    struct circles         circles = { .scenario = scenario };
    intern_init(&circles.images);
    vec_init(&circles.path, sizeof(struct circle_step));
    circles.colors = memory_alloc_zero(scenario->behaviors_count + 1, sizeof *circles.colors);
    for (uint32_t i = 0; i < scenario->behaviors_count; i++) {
        (void)intern_id(&circles.images, scenario->behaviors[i].image);
    }
    for (uint32_t i = 0; i < scenario->behaviors_count; i++) {
        const uint32_t closing =
            circles.colors[i] == CIRCLE_NEW ? circle_find(&circles, i) : UINT32_MAX;
        if (closing != UINT32_MAX) {
            const char *image = scenario->behaviors[closing].image;
            scenario_error(reader,
                           fields_pointer(reader->read.arena,
                                          fields_pointer(reader->read.arena, "/images", image),
                                          "calls"),
                           "the calls of \"%s\" always come back to it, so that no request would "
                           "ever be answered, expected a \"probability\" below 100%% on the way",
                           image);
            break; /* the colors of its path are of no use to others */
        }
    }
    memory_free(circles.colors);
    vec_fini(&circles.path);
    intern_fini(&circles.images);
}

void
scenario_check_calls(struct scenario_reader *reader)
{
    const uint32_t errors_count = reader->read.diags->errors_count;
    const char    *name;
    struct json_t *json;
    json_object_foreach ((struct json_t *)(uintptr_t)reader->top.images, name, json) {
        const char *pointer = fields_pointer(reader->read.arena, "/images", name);
        check_targets(reader, json_object_get(json, "calls"),
                      fields_pointer(reader->read.arena, pointer, "calls"));
    }
    if (reader->read.diags->errors_count == errors_count && reader->scenario->behaviors_count > 0) {
        check_circles(reader);
    }
}

/* platform/model/strategy.c - reads a strategy, and says what does not go together. */
#include "platform/model/strategy.h"

#include <string.h>

#include "platform/base/units.h"
#include "platform/model/strategy_fields.h"

/* Source: Argo Rollouts (surge, unavailable, linger), marathon-lb's zdd.py (initial, step). */
#define SURGE_DEFAULT ((struct strategy_amount){ .is_share = true, .value = 250000 })
#define LINGER_NS     SEC(30)
#define BLUE_GREEN_NS SEC(5)

static const char *const kind_names[STRATEGY_KIND_COUNT] = {
    [STRATEGY_ROLLING] = "rolling",       [STRATEGY_RECREATE] = "recreate",
    [STRATEGY_CANARY] = "canary",         [STRATEGY_BLUE_GREEN] = "blue-green",
    [STRATEGY_AB] = "ab",
};

const char *
strategy_kind_name(enum strategy_kind kind)
{
    ASSERT(kind < STRATEGY_KIND_COUNT);
    return kind_names[kind];
}

uint32_t
strategy_amount_of(struct strategy_amount amount, uint32_t all, bool round_up)
{
    if (!amount.is_share) {
        return amount.value;
    }
    const uint64_t parts = (uint64_t)all * amount.value;
    return (uint32_t)((parts + (round_up ? PPM - 1 : 0)) / PPM);
}

/* The index of a word, or count after a report with the nearest one. */
uint32_t
strategy_word(struct strategy_reader *reader, const char *pointer, const char *word,
              const char *const *words, uint32_t count, const char *what)
{
    for (uint32_t i = 0; i < count; i++) {
        if (strcmp(words[i], word) == 0) {
            return i;
        }
    }
    const char *nearest = diag_nearest(word, words, count);
    struct strbuf list = { 0 };
    for (uint32_t i = 0; i < count; i++) {
        strbuf_printf(&list, "%s%s", i > 0 ? ", " : "", words[i]);
    }
    strategy_say(reader, pointer, "found \"%.60s\", expected %s: %s%s%s", word, what, list.text,
                 nearest != NULL ? "; the nearest is " : "", nearest != NULL ? nearest : "");
    strbuf_fini(&list);
    return count;
}

/* --- steps --- */

static void
strategy_step_rules(struct strategy_reader *reader, const char *pointer,
                    const struct strategy_spec *spec, const struct strategy_step *step)
{
    const struct strategy_step *before =
        spec->steps_count > 0 ? &spec->steps[spec->steps_count - 1] : NULL;
    if (before != NULL && step->weight_ppm < before->weight_ppm) {
        strategy_say(reader, strategy_pointer(reader, pointer, "weight"),
                     "is lower than the step's before, expected weights in rising order");
    }
    if (step->pause && step->hold_ns > 0) {
        strategy_say(reader, strategy_pointer(reader, pointer, "hold"),
                     "stands beside pause, expected one of them");
    }
    if ((step->header == NULL) != (step->value == NULL)) {
        strategy_say(reader, pointer, "has one of header and value, expected both or none");
    }
    if (spec->progress_deadline_ns > 0 && step->hold_ns >= spec->progress_deadline_ns) {
        strategy_say(reader, strategy_pointer(reader, pointer, "hold"),
                     "lasts past progress_deadline: the deployment would fail while it waits");
    }
    if (spec->progress_deadline_ns > 0 && step->pause_timeout_ns >= spec->progress_deadline_ns) {
        strategy_say(reader, strategy_pointer(reader, pointer, "pause_timeout"),
                     "lasts past progress_deadline: the deployment would fail while it waits");
    }
}

static void
strategy_read_step(struct strategy_reader *reader, const char *pointer, const json_t *json,
                   struct strategy_spec *spec)
{
    struct strategy_stage stage = { 0 };
    const uint32_t errors_count = reader->errors_count;
    strategy_walk(reader, json, pointer, &strategy_shape_step, &stage);
    if (json_object_get(json, "weight") == NULL && stage.step.header == NULL &&
        json_is_object(json) && spec->steps_count > 0) {
        stage.step.weight_ppm = spec->steps[spec->steps_count - 1].weight_ppm; /* as it was */
    }
    if (stage.instances != NULL) {
        stage.step.has_instances = json_is_integer(stage.instances) &&
                                   json_integer_value(stage.instances) >= 0 &&
                                   json_integer_value(stage.instances) <= 1000000;
        stage.step.instances = (uint32_t)json_integer_value(stage.instances);
        if (!stage.step.has_instances) {
            strategy_say(reader, strategy_pointer(reader, pointer, "instances"),
                         "expected a whole number");
        }
    }
    if (reader->errors_count == errors_count) {
        strategy_step_rules(reader, pointer, spec, &stage.step);
    }
    stage.step.header = stage.step.header != NULL ? stage.step.header : "";
    stage.step.value = stage.step.value != NULL ? stage.step.value : "";
    spec->steps[spec->steps_count++] = stage.step;
}

static void
strategy_read_steps(struct strategy_reader *reader, const char *pointer, const json_t *json,
                    struct strategy_spec *spec)
{
    if (!json_is_array(json) || json_array_size(json) == 0 ||
        json_array_size(json) > STRATEGY_STEPS_MAX) {
        strategy_say(reader, pointer, "expected a list of 1 to %d steps", STRATEGY_STEPS_MAX);
        return;
    }
    spec->steps = ARENA_ARRAY(reader->arena, struct strategy_step, json_array_size(json));
    for (size_t i = 0; i < json_array_size(json); i++) {
        strategy_read_step(reader, strategy_pointer_at(reader, pointer, i),
                           json_array_get(json, i), spec);
    }
}

/* --- the whole --- */

static void
strategy_read_ab(struct strategy_reader *reader, const char *pointer,
                 const struct strategy_body *body, struct strategy_spec *spec)
{
    if (body->header == NULL || body->value == NULL || body->header[0] == '\0') {
        strategy_say(reader, pointer, "expected \"header\" and \"value\": which requests go to the "
                                      "new version");
        return;
    }
    spec->steps = ARENA_ARRAY(reader->arena, struct strategy_step, 1);
    spec->steps[0] = (struct strategy_step){
        .hold_ns = body->hold_ns,
        .pause = body->hold_ns == 0,
        .pause_timeout_ns = body->pause_timeout_ns,
        .header = body->header,
        .value = body->value,
    };
    spec->steps_count = 1;
    strategy_step_rules(reader, pointer, &(struct strategy_spec){ 0 }, &spec->steps[0]);
}

static void
strategy_read_body(struct strategy_reader *reader, const char *pointer, const json_t *json,
                   struct strategy_spec *spec)
{
    struct strategy_body body = { .spec = *spec };
    strategy_walk(reader, json, pointer, strategy_shape_of(spec->kind), &body);
    *spec = body.spec;
    if (body.revert != NULL) {
        spec->revert = json_is_true(body.revert);
        if (!json_is_boolean(body.revert)) {
            strategy_say(reader, strategy_pointer(reader, pointer, "revert"),
                         "expected true or false");
        }
    }
    if (spec->kind == STRATEGY_CANARY) {
        strategy_read_steps(reader, strategy_pointer(reader, pointer, "steps"), body.steps, spec);
    } else if (spec->kind == STRATEGY_AB) {
        strategy_read_ab(reader, pointer, &body, spec);
    }
    strategy_read_analyses(reader, strategy_pointer(reader, pointer, "analysis"), body.analysis,
                           spec);
    const int64_t deadline_ns = spec->progress_deadline_ns;
    if (deadline_ns > 0 && spec->healthy_min_ns >= deadline_ns) {
        strategy_say(reader, strategy_pointer(reader, pointer, "healthy_for"),
                     "lasts past progress_deadline: nothing could ever count as progress");
    }
    if (spec->healthy_deadline_ns > 0 && spec->healthy_min_ns >= spec->healthy_deadline_ns) {
        strategy_say(reader, strategy_pointer(reader, pointer, "healthy_for"),
                     "lasts past healthy_deadline: no instance could ever pass");
    }
}

static const char *
strategy_print(struct strategy_reader *reader, const json_t *json)
{
    const size_t flags = JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY;
    const size_t len = json_dumpb(json, NULL, 0, flags);
    char *text = arena_alloc_zero(reader->arena, len + 1);
    (void)json_dumpb(json, text, len, flags);
    return text;
}

const struct strategy_spec *
strategy_read(const json_t *json, const struct diag_source *source, const char *pointer,
              struct arena *arena, struct diag_list *diags)
{
    struct strategy_reader reader = { .source = source, .arena = arena, .diags = diags };
    struct strategy_spec *spec = ARENA_NEW(arena, struct strategy_spec);
    *spec = (struct strategy_spec){ .kind = STRATEGY_ROLLING, .json = "" };
    if (json == NULL) {
        return spec;
    }
    const json_t *body = NULL;
    const char *name = json_string_value(json);
    if (json_is_object(json) && json_object_size(json) == 1) {
        void *entry = json_object_iter((json_t *)(uintptr_t)json);
        name = json_object_iter_key(entry);
        body = json_object_iter_value(entry);
    }
    if (name == NULL) {
        strategy_say(&reader, pointer, "expected the name of a strategy, or an object with one key "
                                       "that is its name");
        return NULL;
    }
    const uint32_t kind = strategy_word(&reader, pointer, name, kind_names, STRATEGY_KIND_COUNT,
                                        "a strategy");
    if (kind == STRATEGY_KIND_COUNT) {
        return NULL;
    }
    spec->kind = (enum strategy_kind)kind;
    spec->surge = SURGE_DEFAULT;
    spec->initial = 1;
    spec->step_ns = BLUE_GREEN_NS;
    spec->linger_ns = kind == STRATEGY_CANARY || kind == STRATEGY_AB ? LINGER_NS : 0;
    spec->revert = kind != STRATEGY_ROLLING && kind != STRATEGY_RECREATE;
    if (body != NULL) {
        strategy_read_body(&reader, arena_printf(arena, "%s/%s", pointer, name), body, spec);
    } else if (kind == STRATEGY_CANARY || kind == STRATEGY_AB) {
        strategy_say(&reader, pointer, "%s needs an object: {\"%s\": {...}}", name, name);
    }
    spec->json = strategy_print(&reader, json);
    return reader.errors_count == 0 ? spec : NULL;
}

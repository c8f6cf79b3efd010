/* sim/scenario_steps.c - the timeline: each entry read by the tables of its verb. */
#include <string.h>

#include <jansson.h>

#include "platform/base/units.h"
#include "sim/scenario_parts.h"

enum { STEP_KEYS_MAX = 64 };

/* Names gathered from several tables: what an entry may hold. */
struct keys {
    const char *names[STEP_KEYS_MAX];
    uint32_t    count;
};

static void
keys_add(struct keys *keys, const struct field *fields, uint32_t fields_count)
{
    for (uint32_t i = 0; i < fields_count; i++) {
        ASSERT(keys->count < COUNT_OF(keys->names));
        keys->names[keys->count++] = fields[i].name;
    }
}

static const struct action *
find_verb(struct scenario_reader *reader, const char *verb, const char *pointer)
{
    const struct action *action = action_find(verb);
    struct keys          verbs = { .count = 0 };
    if (action != NULL) {
        return action;
    }
    for (uint32_t i = 0; actions[i] != NULL && i < COUNT_OF(verbs.names); i++) {
        verbs.names[verbs.count++] = actions[i]->verb;
    }
    const struct field field = { .kind = FIELD_WORD, .words = verbs.names };
    ASSERT(verbs.count < COUNT_OF(verbs.names)); /* the list stays NULL-terminated */
    scenario_error(reader, fields_pointer(reader->read.arena, pointer, "do"),
                   "unknown verb \"%s\", expected %s%s", verb,
                   fields_expected(reader->read.arena, &field),
                   fields_did_you_mean(reader->read.arena, verb, verbs.names, verbs.count));
    return NULL;
}

static bool
is_deploy(const struct action *action)
{
    return strcmp(action->verb, "deploy") == 0;
}

static void
check_keys(struct scenario_reader *reader, const struct json_t *json, const char *pointer,
           const struct action *action)
{
    struct keys keys = { .count = 0 };
    keys_add(&keys, scenario_entry_table.fields, scenario_entry_table.count);
    keys_add(&keys, action->fields, action->fields_count);
    if (is_deploy(action)) {
        keys_add(&keys, scenario_deploy_file_table.fields, scenario_deploy_file_table.count);
    }
    if (action->takes_selector) {
        keys_add(&keys, scenario_targets_table.fields, scenario_targets_table.count);
    }
    if (action->takes_for) {
        keys_add(&keys, scenario_for_table.fields, scenario_for_table.count);
    }
    fields_check_keys(&reader->read, json, pointer, keys.names, keys.count);
}

static void
read_target(struct scenario_reader *reader, const struct json_t *json, const char *pointer,
            struct selector *selector)
{
    static const struct {
        const char        *word;
        enum selector_kind kind;
    } words[] = { { "one", SELECT_ONE },
                  { "minority", SELECT_MINORITY },
                  { "majority", SELECT_MAJORITY },
                  { "all", SELECT_ALL } };
    const char *text = json_string_value(json);
    int64_t     ppm;
    for (uint32_t i = 0; text != NULL && i < COUNT_OF(words); i++) {
        if (strcmp(text, words[i].word) == 0) {
            selector->kind = words[i].kind;
            return;
        }
    }
    if (text != NULL && units_parse_percent(text, &ppm) && ppm > 0 && ppm <= PPM) {
        selector->kind = SELECT_PERCENT;
        selector->value = (uint32_t)ppm;
    } else if (json_is_integer(json) && json_integer_value(json) > 0 &&
               json_integer_value(json) <= NODE_COUNT_MAX) {
        selector->kind = SELECT_COUNT;
        selector->value = (uint32_t)json_integer_value(json);
    } else {
        scenario_error(reader, fields_pointer(reader->read.arena, pointer, "target"),
                       "found %s, expected \"one\", \"minority\", \"majority\", \"all\", a number "
                       "of 1 or more, or a percentage such as \"30%%\"",
                       fields_show(reader->read.arena, json));
    }
}

static void
read_selector(struct scenario_reader *reader, const struct json_t *json, const char *pointer,
              struct selector *selector)
{
    struct scenario_targets targets = { .node = NULL };
    fields_fill(&reader->read, json, pointer, scenario_targets_table.fields,
                scenario_targets_table.count, &targets);
    *selector = (struct selector){
        .hosting = targets.hosting, .zone = targets.zone, .may_be_empty = targets.may_be_empty
    };
    const bool has_node = json_object_get(json, "node") != NULL;
    if (has_node == (targets.target != NULL)) {
        scenario_error(reader, pointer, "%s, expected either \"node\" or \"target\"",
                       has_node ? "both \"node\" and \"target\" are given" : "nothing is picked");
    } else if (has_node) {
        selector->kind = SELECT_NAME;
        selector->name = targets.node;
    } else {
        read_target(reader, targets.target, pointer, selector);
    }
}

/* Whether a node of this name can exist: a given one, or NAME-1 to NAME-max of a group. */
static bool
node_exists(const struct scenario *scenario, const char *name)
{
    for (uint32_t i = 0; i < scenario->nodes_count; i++) {
        if (scenario->nodes[i].name != NULL && strcmp(scenario->nodes[i].name, name) == 0) {
            return true;
        }
    }
    for (uint32_t i = 0; i < scenario->groups_count; i++) {
        const struct scenario_group *group = &scenario->groups[i];
        const size_t                 len = strlen(group->name);
        if (strncmp(name, group->name, len) != 0 || name[len] != '-') {
            continue;
        }
        const char *digits = name + len + 1;
        uint32_t    number = 0;
        while (*digits >= '0' && *digits <= '9' && number <= NODE_COUNT_MAX) {
            number = number * 10 + (uint32_t)(*digits - '0');
            digits++;
        }
        if (*digits == '\0' && name[len + 1] != '0' && number >= 1 && number <= group->max) {
            return true;
        }
    }
    return false;
}

static void
check_selector(struct scenario_reader *reader, const struct selector *selector, const char *pointer)
{
    const struct scenario *scenario = reader->scenario;
    struct arena          *arena = reader->read.arena;
    bool                   has_zone = selector->zone == NULL;
    for (uint32_t i = 0; !has_zone && i < scenario->zones_count; i++) {
        has_zone = strcmp(scenario->zones[i], selector->zone) == 0;
    }
    if (!has_zone) {
        scenario_error(reader, fields_pointer(arena, pointer, "zone"),
                       "no zone \"%s\", expected one of cluster.zones%s", selector->zone,
                       fields_did_you_mean(arena, selector->zone, scenario->zones,
                                           scenario->zones_count));
    }
    if (selector->name != NULL && !node_exists(scenario, selector->name)) {
        scenario_error(reader, fields_pointer(arena, pointer, "node"),
                       "no node \"%s\", expected the name of a group and a number, such as "
                       "\"%s-1\"%s", selector->name,
                       scenario->groups_count > 0 ? scenario->groups[0].name : "private",
                       scenario->nodes_count > 0 ? ", or of a machine of \"nodes\"" : "");
    }
    action_check_app_at(scenario, selector->hosting, &reader->read,
                        fields_pointer(arena, pointer, "hosting"));
}

static void
check_times(struct scenario_reader *reader, const struct scenario_step *step, bool has_for)
{
    const int64_t end_at_ns = reader->scenario->duration_ns;
    struct arena *arena = reader->read.arena;
    if (end_at_ns <= 0) {
        return; /* said already */
    }
    if (step->at_ns >= end_at_ns) {
        scenario_error(reader, fields_pointer(arena, step->pointer, "at"),
                       "lies at or after the end of the scenario, expected an instant before it");
    } else if (has_for && step->for_ns > end_at_ns - step->at_ns) {
        scenario_error(reader, fields_pointer(arena, step->pointer, "for"),
                       "lasts beyond the end of the scenario, expected to be over by then");
    }
}

/* "file" of a deploy step becomes its "set". */
static void
read_deploy_file(struct scenario_reader *reader, struct json_t *json, const char *pointer)
{
    struct scenario_app_file entry = { .file = NULL };
    struct scenario_file     file;
    fields_fill(&reader->read, json, pointer, scenario_deploy_file_table.fields,
                scenario_deploy_file_table.count, &entry);
    const char *file_pointer = fields_pointer(reader->read.arena, pointer, "file");
    if (entry.file == NULL) {
        return;
    }
    if (json_object_get(json, "set") != NULL) {
        scenario_error(reader, file_pointer, "stands beside \"set\", expected one of the two");
        return;
    }
    if (!scenario_read_named(reader, entry.file, file_pointer, &file)) {
        return;
    }
    if (json_is_object(file.json) && json_object_get(file.json, "apps") == NULL &&
        json_object_get(file.json, "groups") == NULL) {
        (void)json_object_set(json, "set", file.json);
        (void)json_object_del(json, "file");
    } else {
        scenario_error(reader, file_pointer, "%s does not hold one app, expected a file that does",
                       entry.file);
    }
    json_decref(file.json);
}

static void
read_step(struct scenario_reader *reader, struct json_t *json, const char *pointer)
{
    const uint32_t        errors_count = reader->read.diags->errors_count;
    struct scenario_entry entry = { .at_ns = 0 };
    if (!fields_is_object(&reader->read, json, pointer)) {
        return;
    }
    fields_fill(&reader->read, json, pointer, scenario_entry_table.fields,
                scenario_entry_table.count, &entry);
    const struct action *action =
        entry.verb != NULL ? find_verb(reader, entry.verb, pointer) : NULL;
    if (action == NULL) {
        return;
    }
    check_keys(reader, json, pointer, action);
    if (is_deploy(action)) {
        read_deploy_file(reader, json, pointer);
    } else if (strcmp(action->verb, "set-gateway") == 0) {
        (void)scenario_gateway_inline(reader, json, pointer);
    }
    const size_t bytes = action->data_bytes > 0 ? action->data_bytes : 1;
    void        *data = arena_alloc_zero(reader->read.arena, bytes);
    if (action->defaults != NULL) {
        memcpy(data, action->defaults, action->data_bytes);
    }
    if (action->takes_selector) {
        ASSERT(action->data_bytes >= sizeof(struct selector));
        read_selector(reader, json, pointer, data);
    }
    fields_fill(&reader->read, json, pointer, action->fields, action->fields_count, data);

    struct scenario_step step = {
        .at_ns = entry.at_ns, .action = action, .data = data, .pointer = pointer
    };
    if (action->takes_for) {
        step.for_ns = action->for_default_ns;
        fields_fill(&reader->read, json, pointer, scenario_for_table.fields,
                    scenario_for_table.count, &step);
        check_times(reader, &step, json_object_get(json, "for") != NULL);
    } else {
        check_times(reader, &step, false);
    }
    *(struct scenario_parsed_step *)vec_push(&reader->steps) = (struct scenario_parsed_step){
        .step = step,
        .json = json,
        .is_wrong = reader->read.diags->errors_count > errors_count,
    };
}

/* By time; equal instants keep the order of the file. Files are nearly sorted, so few moves. */
static void
sort_steps(struct vec *steps)
{
    for (uint32_t i = 1; i < steps->count; i++) {
        const struct scenario_parsed_step step = *(struct scenario_parsed_step *)vec_at(steps, i);
        uint32_t                          at = i;
        for (; at > 0; at--) {
            const struct scenario_parsed_step *before = vec_at(steps, at - 1);
            if (before->step.at_ns <= step.step.at_ns) {
                break;
            }
            *(struct scenario_parsed_step *)vec_at(steps, at) = *before;
        }
        *(struct scenario_parsed_step *)vec_at(steps, at) = step;
    }
}

static void
warn_order(struct scenario_reader *reader)
{
    for (uint32_t i = 1; i < reader->steps.count; i++) {
        const struct scenario_parsed_step *before = vec_at(&reader->steps, i - 1);
        const struct scenario_parsed_step *step = vec_at(&reader->steps, i);
        if (step->step.at_ns < before->step.at_ns) {
            diag_add(reader->read.diags, reader->read.source, DIAG_WARNING,
                     fields_pointer(reader->read.arena, step->step.pointer, "at"),
                     "stands after a later step; steps are taken in the order of time");
        }
    }
}

void
scenario_read_timeline(struct scenario_reader *reader)
{
    struct scenario     *scenario = reader->scenario;
    const struct json_t *timeline = reader->top.timeline;
    if (!fields_is_array(&reader->read, timeline, "/timeline")) {
        return;
    }
    const size_t count = json_array_size(timeline);
    if (count > SCENARIO_STEPS_MAX) {
        scenario_error(reader, "/timeline", "found %u steps, expected at most %d", (unsigned)count,
                       (int)SCENARIO_STEPS_MAX);
        return;
    }
    for (uint32_t i = 0; i < count; i++) {
        read_step(reader, json_array_get(timeline, i),
                  fields_pointer_at(reader->read.arena, "/timeline", i));
    }
    warn_order(reader);
    sort_steps(&reader->steps);
    scenario->steps = ARENA_ARRAY(reader->read.arena, struct scenario_step, count + 1);
    scenario->steps_count = reader->steps.count;
    for (uint32_t i = 0; i < reader->steps.count; i++) {
        scenario->steps[i] = ((const struct scenario_parsed_step *)vec_at(&reader->steps, i))->step;
    }
}

void
scenario_check_timeline(struct scenario_reader *reader)
{
    for (uint32_t i = 0; i < reader->steps.count; i++) {
        const struct scenario_parsed_step *parsed = vec_at(&reader->steps, i);
        const struct scenario_step        *step = &parsed->step;
        if (parsed->is_wrong) {
            continue;
        }
        if (step->action->takes_selector) {
            check_selector(reader, step->data, step->pointer);
        }
        if (step->action->check != NULL) {
            step->action->check(reader->scenario, step->data, &reader->read, step->pointer);
        }
    }
}

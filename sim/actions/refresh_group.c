/*
 * sim/actions/refresh_group.c - a group of machines goes to another machine image; and what people
 * say to that while it lasts.
 */
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "platform/base/memory.h"
#include "platform/base/units.h"
#include "platform/model/refresh.h"
#include "sim/actions/data.h"
#include "sim/actions/requests.h"
#include "sim/run.h"
#include "sim/scenario_parts.h"

#define AT(member) .offset = offsetof(struct refresh_data, member)

#define GROUP_FIELD                                                                                \
    { .name = "group", .kind = FIELD_TEXT, AT(group), .flags = FIELD_REQUIRED,                     \
      .about = "The group of machines." }
#define MAY_FAIL_FIELD                                                                             \
    { .name = "may_fail", .kind = FIELD_BOOL, AT(may_fail),                                        \
      .about = "A refusal is then no mistake: it is noted as a warning." }

static const struct field refresh_fields[] = {
    GROUP_FIELD,
    { .name = "image", .kind = FIELD_TEXT, AT(image), .flags = FIELD_REQUIRED,
      .about = "The machine image that all its machines shall have." },
    { .name = "min_healthy", .kind = FIELD_PERCENT, AT(min_healthy_ppm), .flags = FIELD_RATIO,
      .max = PPM, .about = "So much of the group stays in use; 90% when not given." },
    { .name = "max_healthy", .kind = FIELD_PERCENT, AT(max_healthy_ppm), .min = PPM,
      .max = 2 * PPM,
      .about = "So many machines there are at most, the group's max permitting; 100% when not "
               "given, up to 200%." },
    { .name = "checkpoints", .kind = FIELD_TEXTS, AT(checkpoints),
      .count_offset = offsetof(struct refresh_data, checkpoints_count),
      .about = "Shares of the group, such as \"25%\": when so much is replaced it waits." },
    { .name = "checkpoint_delay", .kind = FIELD_DURATION, AT(checkpoint_delay_ns), .max = HOUR(48),
      .about = "How long it waits at a checkpoint; 1h when not given." },
    { .name = "warmup", .kind = FIELD_DURATION, AT(warmup_ns), .max = HOUR(6),
      .about = "A new machine counts so long after its agent has started." },
    { .name = "boot_deadline", .kind = FIELD_DURATION, AT(boot_deadline_ns),
      .flags = FIELD_POSITIVE, .max = HOUR(6),
      .about = "A new machine that does not count by then fails the refresh; 10m when not given." },
    { .name = "drain_deadline", .kind = FIELD_DURATION, AT(drain_deadline_ns),
      .flags = FIELD_POSITIVE, .max = HOUR(48),
      .about = "What is left on an old machine then is stopped all the same; 15m when not given." },
    { .name = "skip_matching", .kind = FIELD_BOOL, AT(skip_matching),
      .about = "Machines that have the image already stay." },
    { .name = "rollback", .kind = FIELD_BOOL, AT(rollback),
      .about = "A refresh that fails goes back to the image before; true when not given." },
    { .name = "apps", .kind = FIELD_TEXTS, AT(apps),
      .count_offset = offsetof(struct refresh_data, apps_count),
      .about = "It fails when one of these is below its minimum health for \"sick_for\"." },
    { .name = "sick_for", .kind = FIELD_DURATION, AT(sick_ns), .max = HOUR(6),
      .about = "1m when not given." },
    MAY_FAIL_FIELD,
};

static const struct field control_fields[] = { GROUP_FIELD, MAY_FAIL_FIELD };

/* So that what is not given is left to the platform's own defaults. */
#define NOT_GIVEN_NS INT64_C(-1)

static const struct refresh_data refresh_defaults = {
    .min_healthy_ppm = UINT32_MAX,
    .max_healthy_ppm = UINT32_MAX,
    .checkpoint_delay_ns = NOT_GIVEN_NS,
    .warmup_ns = NOT_GIVEN_NS,
    .boot_deadline_ns = NOT_GIVEN_NS,
    .drain_deadline_ns = NOT_GIVEN_NS,
    .rollback = true,
    .sick_ns = NOT_GIVEN_NS,
};

static void
refresh_put_share(json_t *json, const char *key, uint32_t ppm)
{
    char text[32];
    if (ppm != UINT32_MAX) {
        (void)snprintf(text, sizeof text, "%u.%04u%%", ppm / 10000, ppm % 10000);
        (void)json_object_set_new(json, key, json_string(text));
    }
}

static void
refresh_put_duration(json_t *json, const char *key, int64_t duration_ns)
{
    char text[UNITS_TEXT_BYTES];
    if (duration_ns != NOT_GIVEN_NS) {
        (void)json_object_set_new(json, key,
                                  json_string(units_print_duration(duration_ns, text)));
    }
}

static void
refresh_put_texts(json_t *json, const char *key, const char *const *texts, uint32_t count)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < count; i++) {
        (void)json_array_append_new(list, json_string(texts[i]));
    }
    (void)json_object_set_new(json, key, list);
}

/* As the front door takes it; a new reference. */
static json_t *
refresh_json(const struct refresh_data *data)
{
    json_t *json = json_pack("{s:s, s:s, s:b, s:b}", "group", data->group, "image", data->image,
                             "skip_matching", (int)data->skip_matching, "rollback",
                             (int)data->rollback);
    refresh_put_share(json, "min_healthy", data->min_healthy_ppm);
    refresh_put_share(json, "max_healthy", data->max_healthy_ppm);
    refresh_put_duration(json, "checkpoint_delay", data->checkpoint_delay_ns);
    refresh_put_duration(json, "warmup", data->warmup_ns);
    refresh_put_duration(json, "boot_deadline", data->boot_deadline_ns);
    refresh_put_duration(json, "drain_deadline", data->drain_deadline_ns);
    refresh_put_duration(json, "sick_for", data->sick_ns);
    if (data->checkpoints_count > 0) {
        refresh_put_texts(json, "checkpoints", data->checkpoints, data->checkpoints_count);
    }
    if (data->apps_count > 0) {
        refresh_put_texts(json, "apps", data->apps, data->apps_count);
    }
    return json;
}

bool
refresh_has_group(const struct scenario *scenario, const char *name)
{
    for (uint32_t i = 0; i < scenario->groups_count; i++) {
        if (strcmp(scenario->groups[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

static void
refresh_check_group(const struct scenario *scenario, const void *data_any,
                    const struct fields_read *read, const char *pointer)
{
    const struct refresh_data *data = data_any;
    if (data->group == NULL || refresh_has_group(scenario, data->group)) {
        return;
    }
    const char **names = ARENA_ARRAY(read->arena, const char *, scenario->groups_count + 1);
    for (uint32_t i = 0; i < scenario->groups_count; i++) {
        names[i] = scenario->groups[i].name;
    }
    diag_add(read->diags, read->source, DIAG_ERROR, fields_pointer(read->arena, pointer, "group"),
             "no group \"%s\" in the cluster%s", data->group,
             fields_did_you_mean(read->arena, data->group, names, scenario->groups_count));
}

static void
refresh_check(const struct scenario *scenario, const void *data_any,
              const struct fields_read *read, const char *pointer)
{
    const struct refresh_data *data = data_any;
    refresh_check_group(scenario, data, read, pointer);
    if (data->group == NULL || data->image == NULL) {
        return; /* said already */
    }
    if (!data->may_fail && !scenario_has_machine(scenario, data->image)) {
        diag_add(read->diags, read->source, DIAG_ERROR,
                 fields_pointer(read->arena, pointer, "image"),
                 "no machine image \"%s\", expected one of the cluster's \"images\"", data->image);
    }
    for (uint32_t i = 0; i < data->apps_count; i++) {
        action_check_app_at(scenario, data->apps[i], read,
                            fields_pointer_at(read->arena,
                                              fields_pointer(read->arena, pointer, "apps"), i));
    }
    json_t *json = refresh_json(data);
    (void)refresh_read(json, read->source, pointer, read->arena, read->diags);
    json_decref(json);
}

static enum status
refresh_act(struct run *run, const struct scenario_step *step, struct action_scope *scope,
            struct error *err)
{
    const struct refresh_data *data = step->data;
    (void)err;
    json_t *json = refresh_json(data);
    const size_t len = json_dumpb(json, NULL, 0, JSON_COMPACT);
    struct msg_api_request *request = memory_alloc_zero(1, sizeof *request + len);
    request->call = API_NODE;
    request->control = GROUP_REFRESH;
    request->tail_len = (uint32_t)len;
    (void)snprintf(request->app, sizeof request->app, "%s", data->group);
    (void)json_dumpb(json, request->tail, len, JSON_COMPACT);
    json_decref(json);
    scope->target = arena_printf(run->arena, "%s to %s", data->group, data->image);
    run_call(run, request, data->may_fail ? requests_may_fail : requests_answered,
             requests_name(run, step, scope));
    memory_free(request);
    return ST_OK;
}

static enum status
refresh_say(struct run *run, const struct scenario_step *step, struct action_scope *scope,
            enum api_node what)
{
    const struct refresh_data *data = step->data;
    struct msg_api_request request = { .call = API_NODE, .control = (uint8_t)what };
    scope->target = data->group;
    (void)snprintf(request.app, sizeof request.app, "%s", data->group);
    run_call(run, &request, data->may_fail ? requests_may_fail : requests_answered,
             requests_name(run, step, scope));
    return ST_OK;
}

/* One verb that is only said. */
#define CONTROL(name_, verb_, what_, about_)                                                       \
    static enum status name_##_act(struct run *run, const struct scenario_step *step,              \
                                   struct action_scope *scope, struct error *err)                  \
    {                                                                                              \
        (void)err;                                                                                 \
        return refresh_say(run, step, scope, what_);                                               \
    }                                                                                              \
    const struct action action_##name_ = {                                                         \
        .verb = verb_,                                                                             \
        .about = about_,                                                                           \
        .fields = control_fields,                                                                  \
        .fields_count = COUNT_OF(control_fields),                                                  \
        .data_bytes = sizeof(struct refresh_data),                                                 \
        .check = refresh_check_group,                                                              \
        .act = name_##_act,                                                                        \
    }

CONTROL(pause_refresh, "pause-refresh", GROUP_PAUSE,
        "The refresh of a group is held: what is drained ends, nothing new begins.");
CONTROL(resume_refresh, "resume-refresh", GROUP_RESUME, "A refresh that is held goes on.");
CONTROL(cancel_refresh, "cancel-refresh", GROUP_CANCEL,
        "The refresh of a group ends where it is; machines that are too many leave.");
CONTROL(roll_back_refresh, "roll-back-refresh", GROUP_ROLL_BACK,
        "A group goes back to the image that it had before its refresh.");

const struct action action_refresh_group = {
    .verb = "refresh-group",
    .about = "The machines of a group are replaced by ones of another image, each drained "
             "before it ends.",
    .fields = refresh_fields,
    .fields_count = COUNT_OF(refresh_fields),
    .data_bytes = sizeof(struct refresh_data),
    .defaults = &refresh_defaults,
    .real = true, /* the front door says that there is no cloud */
    .check = refresh_check,
    .act = refresh_act,
};

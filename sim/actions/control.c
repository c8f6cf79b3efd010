/*
 * sim/actions/control.c - what people say to a deployment, or to an app: one table of verbs, one
 * way to the front door.
 */
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "sim/actions/data.h"
#include "sim/actions/requests.h"
#include "sim/run.h"

#define APP_FIELD                                                                                  \
    { .name = "app", .kind = FIELD_TEXT, .offset = offsetof(struct control_data, app),             \
      .flags = FIELD_REQUIRED, .about = "The app." }
#define MAY_FAIL_FIELD                                                                             \
    { .name = "may_fail", .kind = FIELD_BOOL, .offset = offsetof(struct control_data, may_fail),   \
      .about = "A refusal is then no mistake: it is noted as a warning." }

static const struct field plain_fields[] = { APP_FIELD, MAY_FAIL_FIELD };

static const struct field promote_fields[] = {
    APP_FIELD,
    { .name = "full", .kind = FIELD_BOOL, .offset = offsetof(struct control_data, full),
      .about = "All steps that are left are skipped; else only the one that waits ends." },
    MAY_FAIL_FIELD,
};

static const struct field roll_back_fields[] = {
    APP_FIELD,
    { .name = "to", .kind = FIELD_JSON, .offset = offsetof(struct control_data, to),
      .about = "The version by its number, from 1 in the order in which they were handed in; or "
               "\"previous\", as when not given: the last one that was good before." },
    MAY_FAIL_FIELD,
};

static const struct field restart_fields[] = {
    APP_FIELD,
    { .name = "force", .kind = FIELD_BOOL, .offset = offsetof(struct control_data, force),
      .about = "Take the place of a deployment that is running." },
    MAY_FAIL_FIELD,
};

static void
control_check(const struct scenario *scenario, const void *data, const struct fields_read *read,
              const char *pointer)
{
    const struct control_data *control = data;
    action_check_app(scenario, control->app, read, pointer);
    const bool previous = control->to == NULL ||
                          (json_is_string(control->to) &&
                           strcmp(json_string_value(control->to), "previous") == 0);
    if (!previous && (!json_is_integer(control->to) || json_integer_value(control->to) < 1)) {
        diag_add(read->diags, read->source, DIAG_ERROR, fields_pointer(read->arena, pointer, "to"),
                 "found %s, expected the number of a version, 1 or more, or \"previous\"",
                 fields_show(read->arena, control->to));
    }
}

static enum status
control_say(struct run *run, const struct scenario_step *step, struct action_scope *scope,
            enum api_control control, struct error *err)
{
    const struct control_data *data = step->data;
    struct msg_api_request request = {
        .call = API_CONTROL, .control = (uint8_t)control, .force = data->force
    };
    scope->target = data->app;
    if (json_is_integer(data->to)) {
        const json_int_t number = json_integer_value(data->to);
        request.version = requests_version(run, data->app, (uint64_t)number);
        if (request.version == 0 && !data->may_fail) {
            return error_set(err, ST_NOT_FOUND, "no version %lld of %s has been handed in yet",
                             (long long)number, data->app);
        }
        if (request.version == 0) {
            requests_warn(run, "no version %lld of %s has been handed in yet", (long long)number,
                          data->app);
            return ST_OK;
        }
        scope->target = arena_printf(run->arena, "%s to version %lld", data->app,
                                     (long long)number);
    }
    (void)snprintf(request.app, sizeof request.app, "%s", data->app);
    run_call(run, &request, data->may_fail ? requests_may_fail : requests_answered,
             requests_name(run, step, scope));
    return ST_OK;
}

/* One verb that is only said. */
#define CONTROL(name_, verb_, control_, fields_, about_)                                           \
    static enum status name_##_act(struct run *run, const struct scenario_step *step,              \
                                   struct action_scope *scope, struct error *err)                  \
    {                                                                                              \
        return control_say(run, step, scope, control_, err);                                       \
    }                                                                                              \
    const struct action action_##name_ = {                                                         \
        .verb = verb_,                                                                             \
        .about = about_,                                                                           \
        .fields = fields_,                                                                         \
        .fields_count = COUNT_OF(fields_),                                                         \
        .data_bytes = sizeof(struct control_data),                                                 \
        .real = true,                                                                              \
        .check = control_check,                                                                    \
        .act = name_##_act,                                                                        \
    }

CONTROL(pause, "pause", CONTROL_PAUSE, plain_fields,
        "The running deployment of an app is held where it is.");
CONTROL(resume, "resume", CONTROL_RESUME, plain_fields,
        "A deployment that is held, or waits because too little was conclusive, goes on.");
CONTROL(skip, "skip", CONTROL_SKIP, plain_fields,
        "A deployment goes to its next step at once, whatever its analyses say.");
CONTROL(abort, "abort", CONTROL_ABORT, plain_fields,
        "A deployment ends as failed, and goes back if its strategy does.");
CONTROL(roll_back, "roll-back", CONTROL_ROLL_BACK, roll_back_fields,
        "An app goes back to an earlier version, the shortest way.");
CONTROL(restart, "restart", CONTROL_RESTART, restart_fields,
        "The tasks of an app are replaced by new ones of the same definition.");

static enum status
promote_act(struct run *run, const struct scenario_step *step, struct action_scope *scope,
            struct error *err)
{
    const struct control_data *data = step->data;
    return control_say(run, step, scope, data->full ? CONTROL_PROMOTE_FULL : CONTROL_PROMOTE, err);
}

const struct action action_promote = {
    .verb = "promote",
    .about = "A step that holds or is paused ends well, and the deployment goes on.",
    .fields = promote_fields,
    .fields_count = COUNT_OF(promote_fields),
    .data_bytes = sizeof(struct control_data),
    .real = true,
    .check = control_check,
    .act = promote_act,
};

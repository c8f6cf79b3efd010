/* sim/actions/scale.c - somebody asks for another number of instances. */
#include <stdio.h>

#include "platform/model/app.h"
#include "sim/actions/data.h"
#include "sim/actions/requests.h"
#include "sim/run.h"

static const struct field fields[] = {
    { .name = "app", .kind = FIELD_TEXT, .offset = offsetof(struct scale_data, app),
      .flags = FIELD_REQUIRED, .about = "The app to scale." },
    { .name = "instances", .kind = FIELD_COUNT, .offset = offsetof(struct scale_data, instances),
      .flags = FIELD_REQUIRED, .about = "How many instances it shall have." },
    { .name = "force", .kind = FIELD_BOOL, .offset = offsetof(struct scale_data, force),
      .about = "Take the place of a deployment that is running." },
    { .name = "may_fail", .kind = FIELD_BOOL, .offset = offsetof(struct scale_data, may_fail),
      .about = "A refusal is then no mistake: it is noted as a warning." },
};

static void
scale_check(const struct scenario *scenario, const void *data, const struct fields_read *read,
            const char *pointer)
{
    action_check_app(scenario, ((const struct scale_data *)data)->app, read, pointer);
}

static enum status
scale_act(struct run *run, const struct scenario_step *step, struct action_scope *scope,
          struct error *err)
{
    (void)err;
    const struct scale_data *data = step->data;
    struct msg_api_request   request = {
          .call = API_SCALE_APP, .force = data->force, .instances = data->instances
    };
    (void)snprintf(request.app, sizeof(request.app), "%s", data->app);
    scope->target = arena_printf(run->arena, "%s to %u", data->app, data->instances);
    definitions_scaled(run, data->app, data->instances);
    run_call(run, &request, data->may_fail ? requests_may_fail : requests_answered,
             requests_name(run, step, scope));
    return ST_OK;
}

const struct action action_scale = {
    .verb = "scale",
    .about = "An app is asked to have another number of instances.",
    .fields = fields,
    .fields_count = COUNT_OF(fields),
    .data_bytes = sizeof(struct scale_data),
    .real = true,
    .check = scale_check,
    .act = scale_act,
};

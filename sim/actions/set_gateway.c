/* sim/actions/set_gateway.c - another gateway takes the place of the one in force. */
#include <jansson.h>

#include "sim/actions/data.h"
#include "sim/actions/requests.h"
#include "sim/run.h"

static const struct field fields[] = {
    { .name = "gateway", .kind = FIELD_JSON, .offset = offsetof(struct set_gateway_data, gateway),
      .flags = FIELD_REQUIRED,
      .about = "The whole gateway in Kong's declarative format, or {\"file\": ...} with it." },
};

static enum status
set_gateway_act(struct run *run, const struct scenario_step *step, struct action_scope *scope,
                struct error *err)
{
    const struct set_gateway_data *data = step->data;
    const size_t len = json_dumpb(data->gateway, NULL, 0, JSON_COMPACT | JSON_REAL_PRECISION(15));
    char        *text = arena_alloc_zero(run->arena, len + 1);
    (void)err;
    (void)json_dumpb(data->gateway, text, len, JSON_COMPACT | JSON_REAL_PRECISION(15));
    scope->target = "gateway";
    requests_put_gateway(run, text, requests_answered, requests_name(run, step, scope));
    return ST_OK;
}

const struct action action_set_gateway = {
    .verb = "set-gateway",
    .about = "A gateway is handed in and replaces the one in force as a whole.",
    .fields = fields,
    .fields_count = COUNT_OF(fields),
    .data_bytes = sizeof(struct set_gateway_data),
    .real = true,
    .act = set_gateway_act,
};

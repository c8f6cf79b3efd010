/* sim/actions/set_traffic.c - the rate of traffic changes, a spike or a lull. */
#include <string.h>

#include "sim/actions/data.h"
#include "sim/run.h"

static const struct field fields[] = {
    { .name = "to", .kind = FIELD_TEXT, .offset = offsetof(struct set_traffic_data, to),
      .flags = FIELD_REQUIRED, .about = "Which traffic: the \"to\" of a line of it." },
    { .name = "rate", .kind = FIELD_RATE,
      .offset = offsetof(struct set_traffic_data, rate_microhertz), .flags = FIELD_REQUIRED,
      .about = "The new rate of each line of traffic that goes there." },
};

static void
set_traffic_check(const struct scenario *scenario, const void *data, const struct fields_read *read,
                  const char *pointer)
{
    const char *to = ((const struct set_traffic_data *)data)->to;
    for (uint32_t i = 0; to != NULL && i < scenario->traffic_count; i++) {
        if (strcmp(scenario->traffic[i].to, to) == 0) {
            return;
        }
    }
    if (to != NULL) {
        diag_add(read->diags, read->source, DIAG_ERROR, arena_printf(read->arena, "%s/to", pointer),
                 "no traffic goes to \"%s\", expected the \"to\" of a line of traffic", to);
    }
}

static enum status
set_traffic_act(struct run *run, const struct scenario_step *step, struct action_scope *scope,
                struct error *err)
{
    const struct set_traffic_data *data = step->data;
    scope->target = arena_printf(run->arena, "%s at %lld.%03lld/s", data->to,
                                 (long long)(data->rate_microhertz / PPM),
                                 (long long)(data->rate_microhertz % PPM / 1000));
    for (uint32_t i = 0; i < run->scenario->traffic_count; i++) {
        if (strcmp(run->scenario->traffic[i].to, data->to) == 0) {
            const enum status status =
                run->ops->set_traffic(run->world, i, data->rate_microhertz, err);
            if (status != ST_OK) {
                return status;
            }
        }
    }
    return ST_OK;
}

const struct action action_set_traffic = {
    .verb = "set-traffic",
    .about = "The rate of a line of traffic changes.",
    .fields = fields,
    .fields_count = COUNT_OF(fields),
    .data_bytes = sizeof(struct set_traffic_data),
    .real = true,
    .check = set_traffic_check,
    .act = set_traffic_act,
};

/* sim/actions/set_traffic.c - the rate of traffic changes, a spike or a lull. */
#include <string.h>

#include "sim/actions/data.h"
#include "sim/run.h"

#define CLIENTS_NONE UINT32_MAX

static const struct set_traffic_data defaults = { .rate_microhertz = -1, .clients = CLIENTS_NONE };

static const struct field fields[] = {
    { .name = "to", .kind = FIELD_TEXT, .offset = offsetof(struct set_traffic_data, to),
      .flags = FIELD_REQUIRED, .about = "Which traffic: the \"to\" of a line of it." },
    { .name = "rate", .kind = FIELD_RATE,
      .offset = offsetof(struct set_traffic_data, rate_microhertz),
      .about = "The new rate of each line of traffic that goes there; a curve is scaled as a "
               "whole." },
    { .name = "clients", .kind = FIELD_COUNT,
      .offset = offsetof(struct set_traffic_data, clients), .max = 1000000,
      .about = "In place of rate: how many clients each line that goes there has from now on." },
};

static void
set_traffic_check_line(const struct scenario_traffic *traffic, const struct set_traffic_data *data,
                       const struct fields_read *read, const char *pointer)
{
    if (data->rate_microhertz >= 0 && (traffic->closed || traffic->arrivals == ARRIVALS_FILE)) {
        diag_add(read->diags, read->source, DIAG_ERROR,
                 arena_printf(read->arena, "%s/rate", pointer),
                 traffic->closed ? "that traffic has clients and no rate, expected \"clients\""
                                 : "that traffic comes from a file and has no rate to be set");
    }
    if (data->clients != CLIENTS_NONE && !traffic->closed) {
        diag_add(read->diags, read->source, DIAG_ERROR,
                 arena_printf(read->arena, "%s/clients", pointer),
                 "that traffic has no clients that wait for each other, expected \"rate\"");
    }
}

static void
set_traffic_check(const struct scenario *scenario, const void *data, const struct fields_read *read,
                  const char *pointer)
{
    const struct set_traffic_data *set = data;
    bool                           known = set->to == NULL;
    for (uint32_t i = 0; set->to != NULL && i < scenario->traffic_count; i++) {
        if (strcmp(scenario->traffic[i].to, set->to) == 0) {
            known = true;
            set_traffic_check_line(&scenario->traffic[i], set, read, pointer);
        }
    }
    if (!known) {
        diag_add(read->diags, read->source, DIAG_ERROR, arena_printf(read->arena, "%s/to", pointer),
                 "no traffic goes to \"%s\", expected the \"to\" of a line of traffic", set->to);
    }
    if ((set->rate_microhertz >= 0) == (set->clients != CLIENTS_NONE)) {
        diag_add(read->diags, read->source, DIAG_ERROR, pointer,
                 "%s, expected either a rate, such as \"400/s\", or \"clients\"",
                 set->rate_microhertz >= 0 ? "both \"rate\" and \"clients\" are given"
                                           : "\"rate\" is missing");
    }
}

static enum status
set_traffic_line(struct run *run, uint32_t line, const struct set_traffic_data *data,
                 struct error *err)
{
    if (data->rate_microhertz >= 0) {
        return run->ops->set_traffic(run->world, line, data->rate_microhertz, err);
    }
    if (run->ops->set_clients == NULL) {
        return error_set(err, ST_INVALID, "this world has no traffic of clients");
    }
    return run->ops->set_clients(run->world, line, data->clients, err);
}

static enum status
set_traffic_act(struct run *run, const struct scenario_step *step, struct action_scope *scope,
                struct error *err)
{
    const struct set_traffic_data *data = step->data;
    enum status                    status = ST_OK;
    scope->target = data->rate_microhertz >= 0
                        ? arena_printf(run->arena, "%s at %lld.%03lld/s", data->to,
                                       (long long)(data->rate_microhertz / PPM),
                                       (long long)(data->rate_microhertz % PPM / 1000))
                        : arena_printf(run->arena, "%s with %u clients", data->to, data->clients);
    for (uint32_t i = 0; status == ST_OK && i < run->scenario->traffic_count; i++) {
        if (strcmp(run->scenario->traffic[i].to, data->to) == 0) {
            status = set_traffic_line(run, i, data, err);
        }
    }
    return status;
}

const struct action action_set_traffic = {
    .verb = "set-traffic",
    .about = "The rate of a line of traffic changes, or the number of its clients.",
    .fields = fields,
    .fields_count = COUNT_OF(fields),
    .data_bytes = sizeof(struct set_traffic_data),
    .real = true,
    .defaults = &defaults,
    .check = set_traffic_check,
    .act = set_traffic_act,
};

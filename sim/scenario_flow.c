/* sim/scenario_flow.c - lines of traffic in flow mode: what can be counted without being made. */
#include <string.h>

#include <jansson.h>

#include "sim/scenario_parts.h"

void
scenario_check_flow_line(struct scenario_reader *reader, const struct json_t *json,
                         const char *pointer, const struct scenario_traffic *traffic)
{
    static const char *const alone[] = { "clients", "requests", "sessions", "retries" };
    struct arena            *arena = reader->read.arena;
    if (traffic->mode != MODE_FLOW) {
        return;
    }
    for (uint32_t i = 0; i < COUNT_OF(alone); i++) {
        if (json_object_get(json, alone[i]) != NULL) {
            scenario_error(reader, fields_pointer(arena, pointer, alone[i]),
                           "stands in a line in flow mode, whose requests are counted and not "
                           "made, expected \"mode\": \"request\"");
        }
    }
    if (traffic->arrivals == ARRIVALS_MMPP || traffic->arrivals == ARRIVALS_FILE) {
        scenario_error(reader, fields_pointer(arena, pointer, "arrivals"),
                       "cannot be counted, expected poisson, constant or diurnal in flow mode");
    }
}

/* Lines that share an app share its servers, and a line that is counted knows of itself alone. */
static bool
flow_has_company(const struct scenario *scenario, uint32_t index)
{
    for (uint32_t i = 0; i < scenario->traffic_count; i++) {
        const char *to = scenario->traffic[i].to;
        bool        shares = i != index && strcmp(to, scenario->traffic[index].to) == 0;
        for (uint32_t a = 0; i != index && !shares && a < scenario->apps_count; a++) {
            shares = scenario_app_serves(scenario->apps[a], to) &&
                     scenario_app_serves(scenario->apps[a], scenario->traffic[index].to);
        }
        if (shares) {
            return true;
        }
    }
    return false;
}

static bool
flow_has_calls(const struct scenario *scenario)
{
    bool has = false;
    for (uint32_t i = 0; i < scenario->behaviors_count; i++) {
        has = has || scenario->behaviors[i].stages_count > 0;
    }
    return has;
}

void
scenario_check_flow(struct scenario_reader *reader)
{
    const struct scenario *scenario = reader->scenario;
    for (uint32_t i = 0; i < scenario->traffic_count; i++) {
        const char *pointer = fields_pointer(
            reader->read.arena, fields_pointer_at(reader->read.arena, "/traffic", i), "mode");
        if (scenario->traffic[i].mode != MODE_FLOW) {
            continue;
        }
        if (flow_has_company(scenario, i)) {
            scenario_error(reader, pointer,
                           "counts requests to an app that another line asks too, expected one "
                           "line to an app in flow mode");
        }
        if (flow_has_calls(scenario)) {
            scenario_error(reader, pointer,
                           "counts requests where an image makes calls, expected \"request\"");
        }
        if (scenario_gateway_serves(reader, scenario->traffic[i].to)) {
            scenario_error(reader, pointer,
                           "counts requests that meet the gateway, expected \"request\"");
        }
    }
}

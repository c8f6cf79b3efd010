/* sim/actions/fail_zone.c - every machine of a zone loses its power at once. */
#include <string.h>

#include "sim/actions/data.h"
#include "sim/actions/nodes.h"

static const struct field fields[] = {
    { .name = "zone", .kind = FIELD_TEXT, .offset = offsetof(struct fail_zone_data, zone),
      .flags = FIELD_REQUIRED, .about = "The zone, one of cluster.zones." },
    { .name = "may_be_empty", .kind = FIELD_BOOL,
      .offset = offsetof(struct fail_zone_data, may_be_empty),
      .about = "That nothing matches is then no mistake." },
};

static void
fail_zone_check(const struct scenario *scenario, const void *data, const struct fields_read *read,
                const char *pointer)
{
    const char *zone = ((const struct fail_zone_data *)data)->zone;
    for (uint32_t i = 0; zone != NULL && i < scenario->zones_count; i++) {
        if (strcmp(scenario->zones[i], zone) == 0) {
            return;
        }
    }
    if (zone == NULL) {
        return; /* the reader has said that it is missing */
    }
    const char *nearest = diag_nearest(zone, scenario->zones, scenario->zones_count);
    diag_add(read->diags, read->source, DIAG_ERROR, arena_printf(read->arena, "%s/zone", pointer),
             "no zone \"%s\", expected one of cluster.zones%s%s%s", zone,
             nearest != NULL ? " (did you mean \"" : "", nearest != NULL ? nearest : "",
             nearest != NULL ? "\"?)" : "");
}

static enum status
fail_zone_act(struct run *run, const struct scenario_step *step, struct action_scope *scope,
              struct error *err)
{
    const struct fail_zone_data *data = step->data;
    const struct selector all = { .kind = SELECT_ALL, .zone = data->zone,
                                  .may_be_empty = data->may_be_empty };
    const enum status status = run_select_nodes(run, &all, &scope->nodes, err);
    if (status != ST_OK) {
        return status;
    }
    scope->target = data->zone;
    return nodes_kill(run, scope, err);
}

static enum status
fail_zone_undo(struct run *run, const struct scenario_step *step, struct action_scope *scope,
               struct error *err)
{
    (void)step;
    return nodes_start(run, scope, err);
}

const struct action action_fail_zone = {
    .verb = "fail-zone",
    .about = "Every machine of a zone loses its power; after \"for\" they boot again.",
    .fields = fields,
    .fields_count = COUNT_OF(fields),
    .data_bytes = sizeof(struct fail_zone_data),
    .takes_for = true,
    .is_fault = true,
    .check = fail_zone_check,
    .act = fail_zone_act,
    .undo = fail_zone_undo,
};

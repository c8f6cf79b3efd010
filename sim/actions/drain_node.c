/* sim/actions/drain_node.c - the front door is told that machines are to be empty, or no more. */
#include <stdio.h>

#include "sim/actions/data.h"
#include "sim/actions/requests.h"
#include "sim/run.h"

static const struct field drain_fields[] = {
    { .name = "deadline", .kind = FIELD_DURATION,
      .offset = offsetof(struct drain_node_data, deadline_ns), .flags = FIELD_POSITIVE,
      .about = "What is left on them then is stopped all the same; when not given they wait for as "
               "long as it takes." },
    { .name = "may_fail", .kind = FIELD_BOOL,
      .offset = offsetof(struct drain_node_data, may_fail),
      .about = "A refusal is then no mistake: it is noted as a warning." },
};

static const struct field undrain_fields[] = {
    { .name = "may_fail", .kind = FIELD_BOOL,
      .offset = offsetof(struct drain_node_data, may_fail),
      .about = "A refusal is then no mistake: it is noted as a warning." },
};

/* One request a machine: each is answered for itself. */
static enum status
drain_node_say(struct run *run, const struct scenario_step *step, struct action_scope *scope,
               enum api_node what, struct error *err)
{
    const struct drain_node_data *data = step->data;
    const enum status status = run_select_nodes(run, &data->targets, &scope->nodes, err);
    scope->target = "nothing";
    for (uint32_t i = 0; status == ST_OK && i < scope->nodes.count; i++) {
        const struct world_node_view *view =
            run_node_seen(run, *(uint32_t *)vec_at(&scope->nodes, i));
        ASSERT(view != NULL); /* it was selected a moment ago */
        struct msg_api_request request = {
            .call = API_NODE, .control = (uint8_t)what, .deadline_ns = data->deadline_ns
        };
        (void)snprintf(request.app, sizeof request.app, "%s", view->name);
        scope->target = i == 0 ? arena_strdup(run->arena, view->name)
                               : arena_printf(run->arena, "%s, %s", scope->target, view->name);
        run_call(run, &request, data->may_fail ? requests_may_fail : requests_answered,
                 arena_printf(run->arena, "%s: %s %s", step->pointer, step->action->verb,
                              view->name));
    }
    return status;
}

static enum status
drain_node_act(struct run *run, const struct scenario_step *step, struct action_scope *scope,
               struct error *err)
{
    return drain_node_say(run, step, scope, NODE_DRAIN, err);
}

static enum status
undrain_node_act(struct run *run, const struct scenario_step *step, struct action_scope *scope,
                 struct error *err)
{
    return drain_node_say(run, step, scope, NODE_UNDRAIN, err);
}

const struct action action_drain_node = {
    .verb = "drain-node",
    .about = "The tasks of machines move to others, one replacement after the other; the machines "
             "take nothing until they are taken back.",
    .fields = drain_fields,
    .fields_count = COUNT_OF(drain_fields),
    .data_bytes = sizeof(struct drain_node_data),
    .takes_selector = true,
    .real = true,
    .act = drain_node_act,
};

const struct action action_undrain_node = {
    .verb = "undrain-node",
    .about = "Machines that were drained take tasks again; what is still there stays.",
    .fields = undrain_fields,
    .fields_count = COUNT_OF(undrain_fields),
    .data_bytes = sizeof(struct drain_node_data),
    .takes_selector = true,
    .real = true,
    .act = undrain_node_act,
};

/* sim/actions/kill_node.c - machines lose their power; with "for" they boot again after it. */
#include "sim/actions/data.h"
#include "sim/actions/nodes.h"

static enum status
kill_node_act(struct run *run, const struct scenario_step *step, struct action_scope *scope,
              struct error *err)
{
    const struct node_data *data = step->data;
    const enum status status = run_select_nodes(run, &data->targets, &scope->nodes, err);
    return status == ST_OK ? nodes_kill(run, scope, err) : status;
}

static enum status
kill_node_undo(struct run *run, const struct scenario_step *step, struct action_scope *scope,
               struct error *err)
{
    (void)step;
    return nodes_start(run, scope, err);
}

const struct action action_kill_node = {
    .verb = "kill-node",
    .about = "Machines lose their power with all that runs on them; after \"for\" they boot again.",
    .data_bytes = sizeof(struct node_data),
    .takes_selector = true,
    .takes_for = true,
    .is_fault = true,
    .act = kill_node_act,
    .undo = kill_node_undo,
};

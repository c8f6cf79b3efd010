/* sim/actions/partition.c - machines are cut from the network of all others. */
#include "sim/actions/data.h"
#include "sim/actions/nodes.h"

static enum status
partition_act(struct run *run, const struct scenario_step *step, struct action_scope *scope,
              struct error *err)
{
    const struct node_data *data = step->data;
    const enum status status = run_select_nodes(run, &data->targets, &scope->nodes, err);
    return status == ST_OK ? nodes_cut(run, scope, err) : status;
}

static enum status
partition_undo(struct run *run, const struct scenario_step *step, struct action_scope *scope,
               struct error *err)
{
    (void)step;
    return nodes_heal(run, scope, err);
}

const struct action action_partition = {
    .verb = "partition",
    .about = "Machines are cut from the network of all others; after \"for\" it heals.",
    .data_bytes = sizeof(struct node_data),
    .takes_selector = true,
    .takes_for = true,
    .is_fault = true,
    .act = partition_act,
    .undo = partition_undo,
};

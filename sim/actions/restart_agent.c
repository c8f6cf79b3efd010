/* sim/actions/restart_agent.c - the agent process of a machine dies and is started again; the
 * containers go on. */
#include "sim/actions/data.h"
#include "sim/actions/nodes.h"

static enum status
restart_agent_act(struct run *run, const struct scenario_step *step, struct action_scope *scope,
                  struct error *err)
{
    const struct node_data *data = step->data;
    const enum status status = run_select_nodes(run, &data->targets, &scope->nodes, err);
    return status == ST_OK ? nodes_restart_agents(run, scope, err) : status;
}

const struct action action_restart_agent = {
    .verb = "restart-agent",
    .about = "The agent of a machine dies and is started again; its containers go on.",
    .data_bytes = sizeof(struct node_data),
    .takes_selector = true,
    .is_fault = true,
    .real = true,
    .act = restart_agent_act,
};

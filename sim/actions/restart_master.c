/* sim/actions/restart_master.c - the master dies, and comes back from its store after "for". */
#include "sim/actions/data.h"
#include "sim/run.h"

/* A guess: what a supervisor needs to notice a dead process and start it again. */
#define RESTART_MASTER_DOWN_NS SEC(5)

static enum status
restart_master_act(struct run *run, const struct scenario_step *step, struct action_scope *scope,
                   struct error *err)
{
    scope->target = "master";
    const int64_t down_ns = step->for_ns > 0 ? step->for_ns : RESTART_MASTER_DOWN_NS;
    return run->ops->restart_master(run->world, down_ns, err);
}

const struct action action_restart_master = {
    .verb = "restart-master",
    .about = "The master dies and loads its state from the store again after \"for\" (5s).",
    .takes_for = true,
    .is_fault = true,
    .real = true,
    .for_default_ns = RESTART_MASTER_DOWN_NS,
    .act = restart_master_act,
};

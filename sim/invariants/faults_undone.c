/* sim/invariants/faults_undone.c - every fault that was to end has ended, and left no trace in the
 * world. */
#include "sim/invariant.h"
#include "sim/run_private.h"

static void
undone_end(struct run *run, void *state)
{
    for (uint32_t i = 0; i < run->scopes.count; i++) {
        const struct run_scope *scope = *(struct run_scope **)vec_at(&run->scopes, i);
        invariant_checked(run, state);
        if (scope->open) {
            invariant_violated(run, state, "%s: %s of %s is not over", scope->step->pointer,
                               scope->step->action->verb,
                               scope->scope.target != NULL ? scope->scope.target : "nothing");
        }
    }
    uint32_t                      count = 0;
    const struct world_node_view *views = run_nodes(run, &count);
    for (uint32_t i = 0; i < count; i++) {
        const struct node_hold *hold = run_hold(run, views[i].index);
        if (views[i].ended || !hold->released || hold->down > 0 || hold->cut > 0) {
            continue; /* never touched, or taken away for good */
        }
        invariant_checked(run, state);
        if (!views[i].up || !views[i].reachable) {
            invariant_violated(run, state, "machine %s was let go and is still %s", views[i].name,
                               views[i].up ? "cut off" : "down");
        }
    }
}

const struct invariant invariant_faults_undone = {
    .id = "faults-undone",
    .about = "Every fault that was to end has ended, and machines are as they were before it.",
    .state_bytes = 1,
    .end = undone_end,
};

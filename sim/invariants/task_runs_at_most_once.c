/* sim/invariants/task_runs_at_most_once.c - a task never gets a second container, anywhere. */
#include "platform/base/idmap.h"
#include "sim/invariant.h"

struct once_state {
    struct idmap started; /* token -> node + 1 */
};

static void
once_fact(struct run *run, void *state, const struct world_fact *fact)
{
    struct once_state *once = state;
    if (fact->kind != WORLD_CONTAINER_STARTED) {
        return;
    }
    const uint32_t before = idmap_get(&once->started, fact->token);
    invariant_checked(run, state);
    if (before != 0) {
        invariant_violated(run, state, "task %llu was started on machine %u, and again on %u",
                           (unsigned long long)fact->token, before - 1, fact->node);
        return;
    }
    idmap_put(&once->started, fact->token, fact->node + 1);
}

static void
once_fini(struct run *run, void *state)
{
    (void)run;
    idmap_fini(&((struct once_state *)state)->started);
}

const struct invariant invariant_task_runs_at_most_once = {
    .id = "task-runs-at-most-once",
    .about = "The container of a task is started once, on one machine.",
    .needs_facts = true,
    .facts = INVARIANT_KIND(WORLD_CONTAINER_STARTED),
    .state_bytes = sizeof(struct once_state),
    .fact = once_fact,
    .fini = once_fini,
};

/*
 * sim/invariants/no_request_after_drain.c - once the master says that an instance is drained, no
 * request arrives there any more.
 *
 * An edge that the master cannot reach is not waited for and may go on sending: drains that end while
 * a machine is cut off, or soon after, are not judged.
 */
#include "sim/invariant.h"
#include "sim/run_private.h"

enum { DRAIN_DONE = 2 }; /* ENV_EVENT_DRAIN.new: out, and its requests are answered */

#define DRAIN_AFTER_HEAL_NS SEC(60) /* longer than an edge needs to be heard of again */

static bool
after_drain_edges_reachable(struct run *run)
{
    for (uint32_t i = 0; i < run->holds.count; i++) {
        const struct node_hold *hold = vec_at(&run->holds, i);
        const bool healed = hold->healed_at_ns > 0 &&
                            run_at_ns(run) - hold->healed_at_ns < DRAIN_AFTER_HEAL_NS;
        if (hold->cut > 0 || healed) {
            return false;
        }
    }
    return true;
}

static void
after_drain_event(struct run *run, void *state, env_address process, const struct env_event *event)
{
    (void)process;
    if (event->kind == ENV_EVENT_DRAIN && event->new_state == DRAIN_DONE &&
        after_drain_edges_reachable(run)) {
        invariant_checked(run, state);
        run->ops->watch(run->world, event->task);
    }
}

static void
after_drain_fact(struct run *run, void *state, const struct world_fact *fact)
{
    if (fact->kind == WORLD_REQUEST_WATCHED && after_drain_edges_reachable(run)) {
        invariant_violated(run, state, "a request arrived at task %llu on machine %u after its drain",
                           (unsigned long long)fact->token, fact->node);
    }
}

const struct invariant invariant_no_request_after_drain = {
    .id = "no-request-after-drain",
    .about = "No request reaches an instance after its drain has ended.",
    .needs_facts = true,
    .state_bytes = 1,
    .event = after_drain_event,
    .fact = after_drain_fact,
};

/*
 * sim/invariants/no_request_after_drain.c - once an instance is drained, no request arrives there
 * any more.
 *
 * Drained is what the master says is out and done, or what has had its time for that: requests that
 * were open may then be cut off, but a new one has no business there.
 *
 * An edge that the master cannot reach is not waited for and may go on sending: drains that end
 * while a machine is cut off, or soon after, are not judged; those whose time ran out are judged
 * only where no fault at all can have been the reason.
 */
#include "sim/invariant.h"
#include "sim/run_private.h"

enum { DRAIN_DONE = 2, DRAIN_EXPIRED = 3 }; /* ENV_EVENT_DRAIN.new */

/* Longer than an edge needs to be heard of again, or a new master to send its routes. */
#define DRAIN_AFTER_FAULT_NS SEC(60)

static bool
after_drain_edges_reachable(struct run *run)
{
    for (uint32_t i = 0; i < run->holds.count; i++) {
        const struct node_hold *hold = vec_at(&run->holds, i);
        const bool healed = hold->healed_at_ns > 0 &&
                            run_at_ns(run) - hold->healed_at_ns < DRAIN_AFTER_FAULT_NS;
        if (hold->cut > 0 || healed) {
            return false;
        }
    }
    return true;
}

static bool
after_drain_calm(struct run *run)
{
    for (uint32_t i = run->results.faults.count; i > 0; i--) {
        const struct result_fault *fault = vec_at(&run->results.faults, i - 1);
        const int64_t last_ns = fault->until_at_ns >= 0 ? fault->until_at_ns : fault->at_ns;
        if (fault->is_fault && run_at_ns(run) - last_ns < DRAIN_AFTER_FAULT_NS) {
            return false;
        }
    }
    return run->faults_active == 0;
}

static void
after_drain_event(struct run *run, void *state, env_address process, const struct env_event *event)
{
    (void)process;
    if (event->kind != ENV_EVENT_DRAIN) {
        return;
    }
    if ((event->new_state == DRAIN_DONE && after_drain_edges_reachable(run)) ||
        (event->new_state == DRAIN_EXPIRED && after_drain_calm(run))) {
        invariant_checked(run, state);
        run->ops->watch(run->world, event->task);
    }
}

static void
after_drain_fact(struct run *run, void *state, const struct world_fact *fact)
{
    if (fact->kind == WORLD_REQUEST_WATCHED && after_drain_edges_reachable(run)) {
        invariant_violated(run, state,
                           "a request arrived at task %llu on machine %u after its drain",
                           (unsigned long long)fact->token, fact->node);
    }
}

const struct invariant invariant_no_request_after_drain = {
    .id = "no-request-after-drain",
    .about = "No request reaches an instance after its drain has ended.",
    .needs_facts = true,
    .events = INVARIANT_KIND(ENV_EVENT_DRAIN),
    .facts = INVARIANT_KIND(WORLD_REQUEST_WATCHED),
    .state_bytes = 1,
    .event = after_drain_event,
    .fact = after_drain_fact,
};

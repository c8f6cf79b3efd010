/* sim/invariants/one_leader_per_term.c - every master that leads has a term of its own, and terms
 * only grow. */
#include "sim/invariant.h"

struct leader_state {
    bool        any;
    uint64_t    term;
    env_address process;
};

static void
leader_event(struct run *run, void *state, env_address process, const struct env_event *event)
{
    struct leader_state *leader = state;
    if (event->kind != ENV_EVENT_MASTER || event->new_state != 1) {
        return;
    }
    const uint64_t term = (uint64_t)event->value;
    invariant_checked(run, state);
    if (leader->any && term <= leader->term) {
        invariant_violated(run, state,
                           "master %u leads in term %llu, though master %u has led in term %llu",
                           env_address_index(process), (unsigned long long)term,
                           env_address_index(leader->process), (unsigned long long)leader->term);
        return;
    }
    *leader = (struct leader_state){ .any = true, .term = term, .process = process };
}

const struct invariant invariant_one_leader_per_term = {
    .id = "one-leader-per-term",
    .about = "Whoever begins to lead has a term that nobody has led in, newer than all before.",
    .events = INVARIANT_KIND(ENV_EVENT_MASTER),
    .state_bytes = sizeof(struct leader_state),
    .event = leader_event,
};

/* sim/invariants/resources_never_oversubscribed.c - what runs on a machine fits on it. */
#include "sim/invariant.h"
#include "sim/invariants/container_book.h"

static const struct world_node_view *
oversubscribed_view(struct run *run, uint32_t node)
{
    const struct world_node_view *view = run_node_seen(run, node);
    if (view == NULL) { /* a machine that came since the last look */
        uint32_t count = 0;
        (void)run_nodes(run, &count);
        view = run_node_seen(run, node);
    }
    return view;
}

static void
oversubscribed_fact(struct run *run, void *state, const struct world_fact *fact)
{
    if (fact->kind != WORLD_CONTAINER_STARTED) {
        return;
    }
    const struct container_node  *node = container_book_node(run->containers, fact->node);
    const struct world_node_view *view = oversubscribed_view(run, fact->node);
    if (view == NULL) {
        invariant_violated(run, state, "container %llu runs on machine %u, which does not exist",
                           (unsigned long long)fact->token, fact->node);
        return;
    }
    invariant_checked(run, state);
    if (node->cpu_milli > view->cpu_milli || node->mem_bytes > view->mem_bytes) {
        invariant_violated(run, state,
                           "with container %llu, %s runs %lld of %d thousandths of a core and "
                           "%lld of %lld bytes of memory",
                           (unsigned long long)fact->token, view->name,
                           (long long)node->cpu_milli, view->cpu_milli,
                           (long long)node->mem_bytes, (long long)view->mem_bytes);
    }
}

const struct invariant invariant_resources_never_oversubscribed = {
    .id = "resources-never-oversubscribed",
    .about = "What runs on a machine never needs more cores or memory than it has.",
    .needs_facts = true,
    .fact = oversubscribed_fact,
};

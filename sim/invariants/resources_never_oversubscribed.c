/* sim/invariants/resources_never_oversubscribed.c - what runs on a machine fits on it. */
#include "platform/model/node.h"
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

static int32_t
oversubscribed_gpu_milli(const struct container_row *row)
{
    return row->gpu_milli > 0 ? row->gpu_milli : NODE_GPU_MILLI;
}

/* Each GPU of a container that began: it is there, and all that use it fit on it. */
static void
oversubscribed_gpus(struct run *run, void *state, const struct world_fact *fact,
                    const struct container_node *node, const struct world_node_view *view)
{
    for (uint32_t gpu = 0; fact->gpu_mask >> gpu != 0; gpu++) {
        int32_t used_milli = 0;
        if ((fact->gpu_mask >> gpu & 1) == 0) {
            continue;
        }
        for (const struct container_row *row = container_book_at(run->containers, node->first);
             row != NULL; row = container_book_at(run->containers, row->next)) {
            used_milli += (row->gpu_mask >> gpu & 1) != 0 ? oversubscribed_gpu_milli(row) : 0;
        }
        if (gpu >= (uint32_t)view->gpus || used_milli > NODE_GPU_MILLI) {
            invariant_violated(run, state,
                               "with container %llu, %s gives away %d thousandths of GPU %u, and "
                               "has %d GPUs", (unsigned long long)fact->token, view->name,
                               used_milli, gpu, view->gpus);
        }
    }
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
    if (fact->gpu_mask != 0) {
        oversubscribed_gpus(run, state, fact, node, view);
    }
}

const struct invariant invariant_resources_never_oversubscribed = {
    .id = "resources-never-oversubscribed",
    .about = "What runs on a machine never needs more cores, memory or of a GPU than it has.",
    .needs_facts = true,
    .facts = INVARIANT_KIND(WORLD_CONTAINER_STARTED),
    .fact = oversubscribed_fact,
};

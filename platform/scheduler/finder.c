/* platform/scheduler/finder.c - which way to the best node is the cheapest. */
#include "platform/scheduler/finder.h"

/* Below it the loop over all nodes is as fast as anything. */
enum { FINDER_NODES_MIN = 8 };

void
finder_init(struct finder *finder)
{
    *finder = (struct finder){ 0 };
    place_index_init(&finder->index);
    place_memos_init(&finder->memos);
}

void
finder_fini(struct finder *finder)
{
    place_index_fini(&finder->index);
    place_memos_fini(&finder->memos);
}

/* Index and memos hear of every node whose line is another one since the last search. */
static void
finder_follow(struct finder *finder, struct cluster *cluster)
{
    const uint32_t *changed = cluster->nodes_changed.items;
    for (uint32_t i = 0; i < cluster->nodes_changed.count; i++) {
        struct cluster_node *node = cluster_node_find(cluster, changed[i]);
        node->changed = false;
        place_index_change(&finder->index, cluster, changed[i]);
        place_memos_change(&finder->memos, cluster, changed[i]);
    }
    vec_clear(&cluster->nodes_changed);
}

uint32_t
finder_find(struct finder *finder, struct cluster *cluster, const struct place_request *request,
            const struct scores_policy *policy, struct rng *rng)
{
    uint32_t node = PLACE_NONE;
    finder_follow(finder, cluster);
    if (cluster->free.count < FINDER_NODES_MIN) {
        finder->by_loop_count++;
        return place_find(cluster, request, policy, rng);
    }
    if (policy->is_by_left && request->gpus == 0 && request->gpu_milli == 0 &&
        place_index_find(&finder->index, cluster, request, policy, rng, &node)) {
        finder->by_index_count++;
        return node;
    }
    if (place_memo_can(request) &&
        place_memo_find(&finder->memos, cluster, request, policy, rng, &node)) {
        finder->by_memo_count++;
        return node;
    }
    finder->by_loop_count++;
    return place_find(cluster, request, policy, rng);
}

/* platform/scheduler/finder.c - which way to the best node is the cheapest. */
#include "platform/scheduler/finder.h"

void
finder_init(struct finder *finder)
{
    *finder = (struct finder){ .nodes_min = FINDER_NODES_MIN };
    place_index_init(&finder->index);
    place_memos_init(&finder->memos);
}

void
finder_fini(struct finder *finder)
{
    place_index_fini(&finder->index);
    place_memos_fini(&finder->memos);
}

static void
finder_moved(struct finder *finder, uint32_t node)
{
    if (finder->moved_count > 0 && finder->moved_count <= FINDER_MOVED_MAX &&
        finder->moved[finder->moved_count - 1] == node) {
        return; /* as when one node gets several tasks */
    }
    if (finder->moved_count < FINDER_MOVED_MAX) {
        finder->moved[finder->moved_count++] = node;
    } else {
        finder->moved_count = FINDER_MOVED_MAX + 1;
    }
}

/* Index and memos hear of every node whose line is another one since the last search. */
static void
finder_follow(struct finder *finder, struct cluster *cluster)
{
    const uint32_t *changed = cluster->nodes_changed.items;
    for (uint32_t i = 0; i < cluster->nodes_changed.count; i++) {
        struct cluster_node *node = cluster_node_find(cluster, changed[i]);
        node->changed = false;
        finder_moved(finder, changed[i]);
        place_index_change(&finder->index, cluster, changed[i]);
        place_memos_change(&finder->memos, cluster, changed[i]);
    }
    vec_clear(&cluster->nodes_changed);
}

static bool
finder_by_index(struct finder *finder, const struct cluster *cluster,
                const struct place_request *request, const struct scores_policy *policy,
                struct rng *rng, uint32_t *ret_node)
{
    const bool found = policy->is_by_left && request->gpus == 0 && request->gpu_milli == 0 &&
                       place_index_find(&finder->index, cluster, request, policy, rng, ret_node);
    finder->by_index_count += found ? 1 : 0;
    return found;
}

static bool
finder_by_memo(struct finder *finder, const struct cluster *cluster,
               const struct place_request *request, const struct scores_policy *policy,
               struct rng *rng, uint32_t *ret_node)
{
    const bool found =
        place_memo_can(request) &&
        place_memo_find(&finder->memos, cluster, request, policy, rng, ret_node);
    finder->by_memo_count += found ? 1 : 0;
    return found;
}

/* What has to be asked of each node is better kept than asked again in every search. */
static bool
finder_asks_each(const struct place_request *request)
{
    return request->has_fixed_ports ||
           (request->filters != NULL && filters_ask_hostname(request->filters));
}

uint32_t
finder_find(struct finder *finder, struct cluster *cluster, const struct place_request *request,
            const struct scores_policy *policy, struct rng *rng)
{
    if (cluster->free.count >= finder->nodes_min) {
        const bool keeps_first = finder_asks_each(request);
        uint32_t node = PLACE_NONE;
        finder_follow(finder, cluster);
        if ((keeps_first && finder_by_memo(finder, cluster, request, policy, rng, &node)) ||
            finder_by_index(finder, cluster, request, policy, rng, &node) ||
            (!keeps_first && finder_by_memo(finder, cluster, request, policy, rng, &node))) {
            return node;
        }
    }
    finder->by_loop_count++;
    return place_find(cluster, request, policy, rng);
}

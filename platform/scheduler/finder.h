/*
 * platform/scheduler/finder.h - the best node for a task, found the cheapest way there is: by the
 * index of what is free (place_index.h), by scores that are kept (place_memo.h), or by the loop
 * over all nodes (place_find), which is the definition. All three find the same node with the same
 * draw.
 *
 * Calling: one finder a cluster, for as long as that lives; it follows cluster.nodes_changed, so
 *          nobody else may empty that list.
 */
#ifndef PLATFORM_SCHEDULER_FINDER_H
#define PLATFORM_SCHEDULER_FINDER_H

#include "platform/scheduler/place_index.h"
#include "platform/scheduler/place_memo.h"

/* In a smaller cluster the loop over all nodes is as fast as anything, and needs no memory. */
enum { FINDER_NODES_MIN = 48, FINDER_MOVED_MAX = 64 };

struct finder {
    struct place_index index;
    struct place_memos memos;
    uint32_t           nodes_min; /* FINDER_NODES_MIN, or less in a test */
    /* whose lines changed since somebody emptied the list; as cluster.nodes_changed goes on */
    uint32_t           moved[FINDER_MOVED_MAX];
    uint32_t           moved_count; /* FINDER_MOVED_MAX + 1: more than it holds */
    /* searches by each of the ways */
    uint64_t by_index_count;
    uint64_t by_memo_count;
    uint64_t by_loop_count;
};

void finder_init(struct finder *finder);
void finder_fini(struct finder *finder);

/* As place_find. */
uint32_t finder_find(struct finder *finder, struct cluster *cluster,
                     const struct place_request *request, const struct scores_policy *policy,
                     struct rng *rng);

#endif

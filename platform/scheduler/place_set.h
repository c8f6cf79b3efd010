/*
 * platform/scheduler/place_set.h - sets of node indices in order, of which each node is in one.
 *
 * Shape:   a set is the number of its root, 0 for the empty one; all sets share one array of links
 *          (a line a node), so that none is allocated. A treap whose priorities are the mixed node
 *          numbers: its form depends on the members alone.
 * Calling: everything costs the logarithm of the set; what is taken out must be in it.
 */
#ifndef PLATFORM_SCHEDULER_PLACE_SET_H
#define PLATFORM_SCHEDULER_PLACE_SET_H

#include "platform/base/vec.h"

struct place_link { /* private */
    uint32_t left; /* node index + 1, 0: none */
    uint32_t right;
    uint32_t count; /* of the whole subtree */
};

struct place_sets {
    struct vec links; /* struct place_link, by node index */
};

void place_sets_init(struct place_sets *sets);
void place_sets_fini(struct place_sets *sets);
void place_sets_grow(struct place_sets *sets, uint32_t nodes_count);

/* The new root. */
uint32_t place_set_add(struct place_sets *sets, uint32_t root, uint32_t node);
uint32_t place_set_remove(struct place_sets *sets, uint32_t root, uint32_t node);

/* The lowest member that is at least so much, or UINT32_MAX. */
uint32_t place_set_from(const struct place_sets *sets, uint32_t root, uint32_t node);
/* The member with so many below it; number < place_set_count. */
uint32_t place_set_at(const struct place_sets *sets, uint32_t root, uint32_t number);
/* How many members are below a node. */
uint32_t place_set_below(const struct place_sets *sets, uint32_t root, uint32_t node);

static inline uint32_t
place_set_count(const struct place_sets *sets, uint32_t root)
{
    return root == 0 ? 0 : ((const struct place_link *)sets->links.items)[root - 1].count;
}

#endif

/*
 * platform/scheduler/place_index.h - the nodes in order of what is free on them, so that the best
 * one is found without looking at all.
 *
 * Shape:   nodes of equal size and role, without GPUs, are one shape. A shape has a grid of cells,
 *          a row a step of free cpu and a column a step of free memory, fine where little is free
 *          and coarse where much is; a cell lists its bins, and a bin holds the nodes of one kind
 *          (region, zone, attributes) that have exactly the same cpu and memory free. So what is
 *          asked once for a bin holds for every node in it.
 * Exact:   what is found is what place_find finds by looking at every node: the same node, with
 *          the same draw. tests/unit/scheduler/test_finder.c holds one against the other.
 * Limits:  nodes with GPUs and those of more shapes than there are grids are looked at one by one;
 *          nodes of more kinds than are told apart share kind 0, which is asked node by node.
 * Calling: place_index_update before each search; it costs what changed since the last.
 */
#ifndef PLATFORM_SCHEDULER_PLACE_INDEX_H
#define PLATFORM_SCHEDULER_PLACE_INDEX_H

#include "platform/scheduler/place.h"
#include "platform/scheduler/place_set.h"

enum {
    INDEX_ROWS = 128,
    INDEX_COLS = 128,
    INDEX_WORDS = INDEX_COLS / 64,
    INDEX_SHAPES_MAX = 64, /* a limit of ours: 70 KB each */
    INDEX_KINDS_MAX = 64
};
_Static_assert(INDEX_ROWS == INDEX_COLS, "rows and columns share a bit set");

/* Steps of one unit up to INDEX_STEPS_EVEN, then so many for each doubling. */
enum { INDEX_STEPS_EVEN = 32, INDEX_STEPS_DOUBLING = 16, INDEX_UNITS = 2048 };
_Static_assert(INDEX_STEPS_EVEN + 6 * INDEX_STEPS_DOUBLING == INDEX_ROWS, "32 and 6 doublings");

/* The row or column of a free amount, whose unit is 1 << shift; amount >> shift < INDEX_UNITS. */
static inline uint32_t
index_step(int64_t amount, uint8_t shift)
{
    const uint32_t units = (uint32_t)(amount >> shift);
    if (units < INDEX_STEPS_EVEN) {
        return units;
    }
    const uint32_t doublings = 26 - (uint32_t)__builtin_clz(units); /* beyond INDEX_STEPS_EVEN */
    return INDEX_STEPS_EVEN + doublings * INDEX_STEPS_DOUBLING +
           (units >> (doublings + 1)) % INDEX_STEPS_DOUBLING;
}

/* The least amount of a row or column; of the one after the last, INDEX_UNITS. */
static inline int64_t
index_step_least(uint32_t step, uint8_t shift)
{
    if (step < INDEX_STEPS_EVEN) {
        return (int64_t)step << shift;
    }
    const uint32_t beyond = step - INDEX_STEPS_EVEN;
    const int64_t units = (int64_t)(INDEX_STEPS_DOUBLING + beyond % INDEX_STEPS_DOUBLING)
                          << (beyond / INDEX_STEPS_DOUBLING + 1);
    return units << shift;
}

/* Which rows, or which columns, hold something. */
struct place_bits {
    uint64_t words[INDEX_WORDS];
};

struct place_bin {
    int64_t  mem_bytes; /* free, of every member */
    int32_t  cpu_milli;
    uint32_t root;   /* the set of its members */
    uint32_t next;   /* of its cell: index + 1, 0: none. Of the unused ones when it is empty */
    uint32_t before;
    uint16_t shape;
    uint16_t kind;
};

struct place_shape {
    uint64_t cpu_inverse; /* as in cluster_free */
    uint64_t mem_inverse;
    int64_t  mem_most; /* what a node has */
    int32_t  cpu_most;
    uint32_t role_bit;
    const struct cluster_node *sample; /* any node of it: borrowed */
    uint32_t ports_least; /* no node of it ever had fewer free */
    int64_t  disk_least;
    uint8_t  cpu_shift; /* see index_step */
    uint8_t  mem_shift;
    struct place_bits rows;             /* with a bin in any column */
    struct place_bits cols[INDEX_ROWS]; /* of each row: with a bin */
    uint32_t          cells[INDEX_ROWS][INDEX_COLS]; /* the first bin's index + 1, 0: none */
};

/* Where a node is. */
struct place_spot {
    uint64_t incarnation; /* of which kind was looked up */
    uint32_t bin;         /* index + 1, 0: in none */
    uint16_t kind;
    uint16_t shape; /* index + 1, 0: none, or the last one */
    bool     is_odd; /* among those that are looked at one by one */
};

struct place_index {
    struct place_sets sets;
    struct vec        shapes; /* struct place_shape *, owned */
    struct vec        bins;   /* struct place_bin */
    struct vec        spots;  /* struct place_spot, by node index */
    struct intern     kinds;  /* texts of kinds to numbers from 1 */
    uint32_t          bins_unused; /* the first one's index + 1 */
    uint32_t          odd;         /* a set */
    struct vec        tied_bins;   /* uint32_t: of the search under way */
    struct vec        tied_nodes;  /* uint32_t */
};

void place_index_init(struct place_index *index);
void place_index_fini(struct place_index *index);

/* The node's line of cluster.free is another one, or may be. */
void place_index_change(struct place_index *index, const struct cluster *cluster, uint32_t node);

/*
 * As place_find, for a request without GPUs and a policy that is by what is left. False when it
 * gave up: another way is cheaper; nothing was drawn.
 */
bool place_index_find(struct place_index *index, const struct cluster *cluster,
                      const struct place_request *request, const struct scores_policy *policy,
                      struct rng *rng, uint32_t *ret_node);

#endif

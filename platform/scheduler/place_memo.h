/*
 * platform/scheduler/place_memo.h - scores that are kept: for each thing that was asked for lately
 * the score of every node, so that only nodes that changed are scored again.
 *
 * Shape:   one memo for all requests that ask for the same; nodes in blocks, each with its best
 *          score and how many have it. What a memo missed is a list of changed nodes; one that
 *          missed more than there are nodes is made anew.
 * Exact:   the same node with the same draw as place_find, for every policy.
 * Limits:  so many bytes of memos; the one that was not used for longest goes. A request that was
 *          not seen lately is not remembered yet: a single one is cheaper by the plain loop.
 * Not for: constraints whose answer depends on what is placed (place_memo_can).
 */
#ifndef PLATFORM_SCHEDULER_PLACE_MEMO_H
#define PLATFORM_SCHEDULER_PLACE_MEMO_H

#include "platform/base/map.h"
#include "platform/scheduler/place.h"

enum {
    MEMO_BLOCK = 64,
    MEMO_COUNT_MAX = 4096,
    MEMO_BYTES_MAX = 32 * 1024 * 1024, /* a limit of ours: forty of 100,000 nodes */
    MEMO_GHOSTS = 1024                 /* a power of two */
};

/* What is asked for, as far as it decides about nodes. */
struct memo_key {
    const struct scores_policy *policy;
    uint64_t basis;   /* what scores depend on beside node and request */
    uint64_t version; /* with fixed ports or constraints; else 0 */
    int64_t  mem_bytes;
    int64_t  disk_bytes;
    int32_t  cpu_milli;
    int32_t  gpus;
    int32_t  gpu_milli;
    uint32_t role_mask;
    uint32_t ports_count;
};

struct memo_block {
    uint64_t best; /* UINT64_MAX: no node of it takes the request */
    uint32_t ties; /* nodes with that score */
};

struct place_memo {
    struct memo_key key;
    uint64_t        hash;
    uint64_t        seen;   /* changes taken over */
    uint64_t        turn;   /* of its last use */
    struct vec      scores; /* uint64_t, by node index */
    struct vec      blocks; /* struct memo_block */
};

struct place_memos {
    struct vec   memos;   /* struct place_memo */
    struct map64 by_hash; /* index + 1 */
    struct vec   changes; /* uint32_t: nodes */
    uint64_t     changes_first; /* number of the first of them that is kept */
    uint64_t     turn;          /* of this search */
    struct vec   scored;        /* uint64_t, by node index: the turn of its last score */
    uint64_t     ghosts[MEMO_GHOSTS]; /* hashes of what was asked for once */
};

void place_memos_init(struct place_memos *memos);
void place_memos_fini(struct place_memos *memos);

/* The node's line of cluster.free is another one, or may be. */
void place_memos_change(struct place_memos *memos, const struct cluster *cluster, uint32_t node);

bool place_memo_can(const struct place_request *request);

/* As place_find. False when it does not know the request yet; nothing was drawn. */
bool place_memo_find(struct place_memos *memos, const struct cluster *cluster,
                     const struct place_request *request, const struct scores_policy *policy,
                     struct rng *rng, uint32_t *ret_node);

#endif

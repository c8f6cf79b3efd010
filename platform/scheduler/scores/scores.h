/*
 * platform/scheduler/scores/scores.h - the policies: which of the nodes that fit is the best one.
 *
 * Use: a policy is one file here and one row of the table in scores.c; its word is in
 *      SCHEDULER_POLICY_LIST (platform/model/config.h). place.c asks the score of every node that
 *      fits and takes the lowest; that plain scan is the meaning of a policy, whatever is faster.
 */
#ifndef PLATFORM_SCHEDULER_SCORES_SCORES_H
#define PLATFORM_SCHEDULER_SCORES_SCORES_H

#include "platform/model/cluster.h"

struct place_request;

/* Lower is better, and never UINT64_MAX. For a node that the request fits on. Pure. */
typedef uint64_t scores_fn(const struct cluster_free *line, const struct cluster_node *node,
                           const struct place_request *request);

/* Which GPU of the node a share of one goes to: one that has so much free, or -1. */
typedef int32_t scores_gpu_fn(const struct cluster_node *node, const struct place_request *request,
                              struct rng *rng);

struct scores_policy {
    scores_fn     *score;
    scores_gpu_fn *gpu;
    /* On nodes without GPUs place_left() alone decides about a request without any: the score grows
     * with it, or falls with it. An index over what is free may then be used. */
    bool is_by_left;
    bool prefers_empty; /* falls */
    bool draws;         /* its ties are always drawn, whatever the tie rule */
};

const struct scores_policy *scores_policy(enum scheduler_policy policy);

scores_fn scores_best_fit;
scores_fn scores_worst_fit;
scores_fn scores_first_fit;
scores_fn scores_random;
scores_fn scores_dot_product;
scores_fn scores_fgd;
scores_fn scores_hybrid;

scores_gpu_fn fgd_gpu;

#endif

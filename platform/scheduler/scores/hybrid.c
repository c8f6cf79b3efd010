/*
 * platform/scheduler/scores/hybrid.c - a full node, on which nothing is left stranded.
 *
 * Source: Borg's score (Verma and others, EuroSys 2015, 3.2) is said to be between best-fit and
 *         worst-fit and to avoid stranding: what is free of one resource while another is used up.
 *         The paper gives no formula; this one is ours: what is left as in best-fit, and twice
 *         that part of it which has no counterpart in the other resource.
 */
#include "platform/scheduler/place.h"

enum { HYBRID_STRANDED_WEIGHT = 2 };

uint64_t
scores_hybrid(const struct cluster_free *line, const struct cluster_node *node,
              const struct place_request *request)
{
    (void)node;
    const uint64_t cpu = place_left_cpu(line, request);
    const uint64_t other = place_left_other(line, request);
    const uint64_t stranded = cpu > other ? cpu - other : other - cpu;
    return cpu + other + HYBRID_STRANDED_WEIGHT * stranded;
}

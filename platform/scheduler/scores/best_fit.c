/* platform/scheduler/scores/best_fit.c - fill the fullest node that still has room. */
#include "platform/scheduler/place.h"

uint64_t
scores_best_fit(const struct cluster_free *line, const struct cluster_node *node,
                const struct place_request *request)
{
    (void)node;
    return place_left(line, request);
}

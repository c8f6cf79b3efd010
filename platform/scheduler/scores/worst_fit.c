/* platform/scheduler/scores/worst_fit.c - put it where most is free: the load is spread. */
#include "platform/scheduler/place.h"

uint64_t
scores_worst_fit(const struct cluster_free *line, const struct cluster_node *node,
                 const struct place_request *request)
{
    (void)node;
    return UINT64_MAX / 2 - place_left(line, request);
}

/* platform/scheduler/scores/first_fit.c - the first node that has room. No two are equal. */
#include "platform/scheduler/place.h"

uint64_t
scores_first_fit(const struct cluster_free *line, const struct cluster_node *node,
                 const struct place_request *request)
{
    (void)line;
    (void)request;
    return node->index;
}

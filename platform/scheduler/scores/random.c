/* platform/scheduler/scores/random.c - any node that has room: all are equal, and one is drawn. */
#include "platform/scheduler/place.h"

uint64_t
scores_random(const struct cluster_free *line, const struct cluster_node *node,
              const struct place_request *request)
{
    (void)line;
    (void)node;
    (void)request;
    return 0;
}

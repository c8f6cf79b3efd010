/* platform/scheduler/scores/best_fit.c - fill the fullest node that still has room. */
#include "platform/scheduler/place.h"

uint64_t
place_score_best_fit(const struct cluster_free *line, const struct place_request *request)
{
    return place_left(line, request);
}

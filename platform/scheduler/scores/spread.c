/* platform/scheduler/scores/spread.c - put it where most is free (worst-fit). */
#include "platform/scheduler/place.h"

uint64_t
place_score_spread(const struct cluster_free *line, const struct place_request *request)
{
    return UINT64_MAX / 2 - place_left(line, request);
}

/* platform/scheduler/scores/best_fit.c - fill the fullest node that still has room. */
#include "platform/scheduler/place.h"

uint64_t
place_score_best_fit(const struct cluster_free *line, const struct place_request *request)
{
    const uint64_t cpu_left = (uint64_t)(line->cpu_milli - request->cpu_milli);
    const uint64_t mem_left = (uint64_t)(line->mem_bytes - request->mem_bytes);
    return cpu_left * line->cpu_inverse + (mem_left * line->mem_inverse >> 30);
}

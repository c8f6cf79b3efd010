/* platform/nodes/evacuation.c - how many instances may leave the nodes that are drained. */
#include "platform/nodes/evacuation.h"

uint32_t
evacuation_surplus(const struct evacuation_counts *counts)
{
    const uint32_t needed =
        counts->wanted > counts->staying ? counts->wanted - counts->staying : 0;
    return counts->moving > needed ? counts->moving - needed : 0;
}

uint32_t
evacuation_healthy_min(const struct evacuation_counts *counts)
{
    return (uint32_t)(((uint64_t)counts->wanted * counts->minimum_health_ppm + PPM - 1) / PPM);
}

bool
evacuation_may_stop(const struct evacuation_counts *counts, bool is_healthy)
{
    return !is_healthy || counts->healthy > evacuation_healthy_min(counts);
}

/*
 * platform/nodes/evacuation.h - how many instances may leave the nodes that are drained: pure
 * arithmetic.
 *
 * An instance that moves serves until another one serves in its place; then it is surplus. A
 * healthy one goes only while enough healthy ones remain, whoever else stops some.
 */
#ifndef PLATFORM_NODES_EVACUATION_H
#define PLATFORM_NODES_EVACUATION_H

#include "platform/base/common.h"

struct evacuation_counts {
    uint32_t wanted;
    uint32_t minimum_health_ppm;
    uint32_t healthy; /* of the app, wherever they are, not being stopped */
    uint32_t staying; /* of these, healthy and ready on nodes that are not drained */
    uint32_t moving;  /* on nodes that are drained, not being stopped; sick ones included */
};

/* How many of the moving ones nobody needs any more: the rest stay until others serve. */
uint32_t evacuation_surplus(const struct evacuation_counts *counts);

/* How many healthy ones there must be after the stop of one. */
uint32_t evacuation_healthy_min(const struct evacuation_counts *counts);

/* Whether one more may be stopped now. */
bool evacuation_may_stop(const struct evacuation_counts *counts, bool is_healthy);

#endif

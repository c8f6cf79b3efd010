/*
 * platform/scheduler/refused.h - apps whose next task no node took: does it help them that room was
 * made?
 *
 * Since a node is asked nothing but its line of what is free, an app that was refused by all nodes
 * can have room only on one whose line is another one since. So after each step a few numbers are
 * compared with the lines of the nodes that changed, instead of looking at every app that waits:
 * in a full cluster where a thousand apps wait, a thousand looks for each task that ends.
 *
 * Exact: who is left out would have been refused, and said nothing. Always looked at are apps with
 *        constraints, volumes or fixed ports, which ask more than the line.
 */
#ifndef PLATFORM_SCHEDULER_REFUSED_H
#define PLATFORM_SCHEDULER_REFUSED_H

#include "platform/scheduler/finder.h"

struct refused {
    struct vec requests; /* struct place_request, by the app's place in cluster.apps */
};

void refused_init(struct refused *refused);
void refused_fini(struct refused *refused);

/*
 * Room was made since `seen`, a capacity generation, when the finder's list was emptied: whether
 * the app in this place, which waits, is refused all the same. Then it is noted as just refused.
 */
bool refused_stays(struct refused *refused, const struct cluster *cluster,
                   const struct finder *finder, uint32_t place, uint64_t seen);

#endif

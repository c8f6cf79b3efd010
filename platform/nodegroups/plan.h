/*
 * platform/nodegroups/plan.h - how many machines of a group may go and come at a time: pure
 * arithmetic.
 *
 * Source: EC2 Auto Scaling. A share of the group is rounded as its adjustments are: above one down,
 *         between nought and one up to one. With a minimum of 100 % and no room above, one more
 *         machine is started first, as the cloud does.
 */
#ifndef PLATFORM_NODEGROUPS_PLAN_H
#define PLATFORM_NODEGROUPS_PLAN_H

#include "platform/base/common.h"

struct plan_limits {
    uint32_t healthy_min; /* machines */
    uint32_t there_max;
    bool     can_move; /* false: the group's own maximum leaves no room, and none may be missing */
};

struct plan_counts {
    uint32_t wanted;  /* machines of the group in the end */
    uint32_t goal;    /* of these, new ones until the next checkpoint */
    uint32_t old;     /* there, not of the new image; those that are drained included */
    uint32_t going;   /* of these, drained by the refresh */
    uint32_t fresh;   /* there, of the new image */
    uint32_t fresh_healthy;
    uint32_t healthy; /* old and fresh, that take tasks */
};

uint32_t plan_share(uint32_t count, uint32_t ppm);

struct plan_limits plan_limits(uint32_t wanted, uint32_t min_healthy_ppm, uint32_t max_healthy_ppm,
                               uint32_t group_max);

/* How many machines there should be now. */
uint32_t plan_target(struct plan_limits limits, const struct plan_counts *counts);

/* Whether the group shrinks by an old machine that ends, when it wants so many now. */
bool plan_shrinks(struct plan_limits limits, const struct plan_counts *counts, uint32_t desired);

/* How many more old machines may begin to be drained. A machine that is not healthy anyway costs
 * nothing: for those only the goal counts. */
uint32_t plan_drains(struct plan_limits limits, const struct plan_counts *counts);
uint32_t plan_drains_sick(const struct plan_counts *counts);

/* All that the checkpoint asks for is there. */
bool plan_is_reached(const struct plan_counts *counts);

#endif

/*
 * platform/scheduler/filters/group_by.c - GROUP_BY [n]: spread evenly over the values.
 *
 * With n groups each takes the app's instances / n, and as many groups as the division leaves over
 * take one more. While one moves there is one more than wanted, which is spread too. Without n the
 * groups are the values where something is placed: a new value is always welcome, else one of the
 * smallest, so that the first placements can be uneven.
 */
#include "platform/scheduler/filters/filters.h"

#include <string.h>

/* The smallest group that there is, 0 when there is none. */
static uint32_t
filter_group_by_least(const struct filter *filter)
{
    uint32_t least = UINT32_MAX;
    for (uint32_t i = 0; i < filter->placed_on.count; i++) {
        const uint32_t there = *(uint32_t *)vec_at(&filter->placed_on, i);
        least = there > 0 && there < least ? there : least;
    }
    return least < UINT32_MAX ? least : 0;
}

/* How many groups hold more than so many. */
static uint32_t
filter_group_by_above(const struct filter *filter, uint32_t limit)
{
    uint32_t above = 0;
    for (uint32_t i = 0; i < filter->placed_on.count; i++) {
        above += *(uint32_t *)vec_at(&filter->placed_on, i) > limit ? 1U : 0U;
    }
    return above;
}

void
filter_group_by_measure(struct filter *filter)
{
    if (filter->number == 0) {
        filter->target = filter_group_by_least(filter) + 1;
        filter->larger_left = 0;
        return;
    }
    const uint32_t total = filter->wanted > filter->placed ? filter->wanted : filter->placed + 1;
    const uint32_t left_over = total % filter->number;
    filter->target = total / filter->number;
    const uint32_t above = filter_group_by_above(filter, filter->target);
    filter->larger_left = left_over > above ? left_over - above : 0;
}

/* What comes in place of one that leaves must make nothing less even: then it ends some time. */
static bool
filter_group_by_gains(const struct filter *filter, const char *value, uint32_t there)
{
    const bool is_the_same = filter->leaves_gain == 1 && filter->leaves != NULL &&
                             strcmp(filter->leaves, value) == 0;
    return filter->leaves_gain == 0 || is_the_same ||
           there + filter->leaves_gain <= filter->leaves_there;
}

bool
filter_group_by(const struct filter *filter, const char *value, uint32_t there)
{
    return filter->unknown == 0 && filter_group_by_gains(filter, value, there) &&
           (there < filter->target || (there == filter->target && filter->larger_left > 0));
}

/*
 * platform/scheduler/filters/cluster.c - CLUSTER [v]: all on one value, v or where the first one
 * went.
 */
#include "platform/scheduler/filters/filters.h"

bool
filter_cluster(const struct filter *filter, const char *value, uint32_t there)
{
    return filter->unknown == 0 && there == filter->placed &&
           (filter->constraint->value[0] == '\0' || filter_is_value(filter, value));
}

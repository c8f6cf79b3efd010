/*
 * platform/scheduler/filters/cluster.c - CLUSTER [v]: all on one value, v or where the first one
 * went.
 */
#include "platform/scheduler/filters/filters.h"

#include <string.h>

bool
filter_cluster(const struct filter *filter, const char *value, uint32_t there)
{
    const char *wanted = filter->constraint->value;
    return filter->unknown == 0 && (wanted[0] == '\0' || strcmp(wanted, value) == 0) &&
           there == filter->placed;
}

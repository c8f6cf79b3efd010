/* platform/scheduler/filters/unique.c - UNIQUE: at most one for each value. */
#include "platform/scheduler/filters/filters.h"

bool
filter_unique(const struct filter *filter, const char *value, uint32_t there)
{
    (void)value;
    return filter->unknown == 0 && there == 0;
}

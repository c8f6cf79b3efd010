/* platform/scheduler/filters/max_per.c - MAX_PER n: at most n for each value. */
#include "platform/scheduler/filters/filters.h"

bool
filter_max_per(const struct filter *filter, const char *value, uint32_t there)
{
    (void)value;
    return filter->unknown == 0 && there < filter->number;
}

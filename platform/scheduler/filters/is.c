/* platform/scheduler/filters/is.c - IS v: this value exactly; every field there is holds text. */
#include "platform/scheduler/filters/filters.h"

#include <string.h>

bool
filter_is(const struct filter *filter, const char *value, uint32_t there)
{
    (void)there;
    return strcmp(filter->constraint->value, value) == 0;
}

/*
 * platform/scheduler/filters/is.c - IS v: this value exactly; attributes that are numbers are
 * compared as such, rounded to three decimals.
 */
#include "platform/scheduler/filters/filters.h"

#include <string.h>

#include "platform/model/attribute.h"

bool
filter_is_value(const struct filter *filter, const char *value)
{
    const char *wanted = filter->constraint->value;
    int64_t wanted_milli = 0;
    int64_t milli = 0;
    if (strcmp(wanted, value) == 0) {
        return true;
    }
    return filter_asks_attribute(filter) && attribute_milli(wanted, &wanted_milli) &&
           attribute_milli(value, &milli) && wanted_milli == milli;
}

bool
filter_is(const struct filter *filter, const char *value, uint32_t there)
{
    (void)there;
    return filter_is_value(filter, value);
}

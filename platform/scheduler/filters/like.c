/*
 * platform/scheduler/filters/like.c - LIKE, UNLIKE: the whole value matches an expression, or does
 * not. One that cannot be read (the check of the app refuses it) allows nothing.
 */
#include "platform/scheduler/filters/filters.h"

bool
filter_like(const struct filter *filter, const char *value, uint32_t there)
{
    (void)there;
    return filter->is_pattern && pattern_matches(&filter->pattern, value);
}

bool
filter_unlike(const struct filter *filter, const char *value, uint32_t there)
{
    (void)there;
    return filter->is_pattern && !pattern_matches(&filter->pattern, value);
}

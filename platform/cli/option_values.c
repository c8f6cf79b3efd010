/* platform/cli/option_values.c - values of options that more than one command takes. */
#include "platform/cli/option_values.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

bool
option_number(const char *text, uint64_t max, uint64_t *ret)
{
    char *end = NULL;
    errno = 0;
    const unsigned long long value = strtoull(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 || value > max) {
        return false;
    }
    *ret = value;
    return true;
}

bool
option_seeds(const char *text, uint64_t max, uint64_t count_max, uint64_t *ret_first,
             uint64_t *ret_last)
{
    char first[32];
    const char *dots = strstr(text, "..");
    if (dots == NULL || (size_t)(dots - text) >= sizeof first) {
        return false;
    }
    memcpy(first, text, (size_t)(dots - text));
    first[dots - text] = '\0';
    return option_number(first, max, ret_first) && option_number(dots + 2, max, ret_last) &&
           *ret_first <= *ret_last && *ret_last - *ret_first < count_max;
}

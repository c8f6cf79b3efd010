/*
 * platform/cli/option_values.h - values of options that more than one command takes.
 */
#ifndef PLATFORM_CLI_OPTION_VALUES_H
#define PLATFORM_CLI_OPTION_VALUES_H

#include "platform/base/common.h"

/* Plain digits, at most max. */
bool option_number(const char *text, uint64_t max, uint64_t *ret);

/* "A..B": A at most B, both at most max, and not more than count_max seeds in all. */
bool option_seeds(const char *text, uint64_t max, uint64_t count_max, uint64_t *ret_first,
                  uint64_t *ret_last);

#endif

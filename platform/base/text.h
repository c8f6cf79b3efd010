/*
 * platform/base/text.h - short texts, where snprintf would take longer than all that stands around
 *                        them.
 */
#ifndef PLATFORM_BASE_TEXT_H
#define PLATFORM_BASE_TEXT_H

#include <string.h>

#include "platform/base/common.h"

enum { TEXT_DECIMAL_BYTES = 20 }; /* of UINT64_MAX */

/* Writes at most TEXT_DECIMAL_BYTES digits, no NUL. Returns where they end. */
static inline char *
text_decimal(char *at, uint64_t value)
{
    char   digits[TEXT_DECIMAL_BYTES];
    size_t first = sizeof digits;
    do {
        digits[--first] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    memcpy(at, digits + first, sizeof digits - first);
    return at + (sizeof digits - first);
}

/* As much as there is room for, and a NUL. */
static inline void
text_copy(char *to, size_t bytes, const char *from)
{
    const size_t len = strnlen(from, bytes - 1);
    memcpy(to, from, len);
    to[len] = '\0';
}

#endif

/*
 * platform/base/common.h - the handful of words every file needs.
 */
#ifndef PLATFORM_BASE_COMMON_H
#define PLATFORM_BASE_COMMON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "platform/base/assert.h"
#include "platform/base/status.h"

/* The object that a member is embedded in. */
#define container_of(pointer, type, member)                                                        \
    ((type *)(void *)((char *)(pointer) - offsetof(type, member)))

#define COUNT_OF(array) ((uint32_t)(sizeof(array) / sizeof((array)[0])))

#define NS_PER_MS  INT64_C(1000000)
#define NS_PER_SEC INT64_C(1000000000)
#define US(n)      ((int64_t)(n) * 1000)
#define MS(n)      ((int64_t)(n) * NS_PER_MS)
#define SEC(n)     ((int64_t)(n) * NS_PER_SEC)
#define MIN(n)     (SEC(n) * 60)
#define HOUR(n)    (SEC(n) * 3600)
#define MIB(n)     ((int64_t)(n) * 1024 * 1024)
#define PPM        1000000 /* parts per million in one */

static inline int64_t
int64_min(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static inline int64_t
int64_max(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

#endif

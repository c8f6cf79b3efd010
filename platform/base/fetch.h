/*
 * platform/base/fetch.h - asks the machine for memory that will be needed soon.
 *
 * Calling: any address will do, one that is not mapped too: nothing is read, and nothing changes
 *          but the time. Worth it for what a cache has hardly ever, some hundred ns ahead.
 */
#ifndef PLATFORM_BASE_FETCH_H
#define PLATFORM_BASE_FETCH_H

enum { FETCH_LINE_BYTES = 64 }; /* of a cache; a guess that holds for x86-64 and most of arm64 */

static inline void
fetch_line(const void *at)
{
    __builtin_prefetch(at);
    /* gcc 12 takes a function that does nothing else for one without effects and drops its calls;
     * this it may not drop */
    __asm__ volatile("");
}

#endif

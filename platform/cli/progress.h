/*
 * platform/cli/progress.h - one line on a terminal that says how far a run is; nothing elsewhere.
 */
#ifndef PLATFORM_CLI_PROGRESS_H
#define PLATFORM_CLI_PROGRESS_H

#include <stdint.h>

/* Which run of how many is played now; shown before the time. */
void progress_begin(const char *name, uint32_t number, uint32_t count);

/* Draws the line anew, a few times a second at most. */
void progress_show(int64_t at_ns, int64_t duration_ns);

void progress_clear(void);

#endif

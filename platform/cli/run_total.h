/*
 * platform/cli/run_total.h - the last words after several runs: how many passed, and what failed in
 * how many of them, so that nobody has to count it together from their pages of output.
 */
#ifndef PLATFORM_CLI_RUN_TOTAL_H
#define PLATFORM_CLI_RUN_TOTAL_H

#include "platform/cli/run_jobs.h"

/* After all have ended and their folders are known. */
void run_total_print(const struct run_options *options, const struct run_job *jobs, uint32_t count);

#endif

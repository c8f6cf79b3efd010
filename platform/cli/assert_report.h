/*
 * platform/cli/assert_report.h - what a failed ASSERT may tell of the run it happened in.
 */
#ifndef PLATFORM_CLI_ASSERT_REPORT_H
#define PLATFORM_CLI_ASSERT_REPORT_H

#include <stdint.h>

struct assert_report {
    const char *reproduce;                /* the command, or NULL. Borrowed */
    int64_t (*now_at_ns)(void *context);  /* simulated time since the start, or NULL */
    void *context;
};

void assert_report_set(const struct assert_report *report);

#endif

/*
 * reports/reports.h - everything a person or a machine reads of a run, built from its run.db alone.
 *
 * Calling: after the run, never during it. A file appears under its final name only when it is
 *          whole.
 * Errors:  ST_NOT_FOUND no such run.db, ST_INVALID not one of ours, ST_IO; ST_UNAVAILABLE: gnuplot
 *          is missing (report_html then writes the page without charts, and says so in it).
 */
#ifndef REPORTS_REPORTS_H
#define REPORTS_REPORTS_H

#include <stdio.h>

#include "platform/base/common.h"

/* One summary object; several runs: an array of them. "-" is standard output. */
enum status report_summary(const char *const *db_paths, uint32_t count, const char *out_path,
                           struct error *err) MUST_USE;

/* JUnit XML: one testsuite a run, one testcase an expectation and an invariant. */
enum status report_junit(const char *const *db_paths, uint32_t count, const char *out_path,
                         struct error *err) MUST_USE;

/* One self-contained page with its charts, and the charts as *.svg beside it. */
enum status report_html(const char *db_path, const char *out_path, struct error *err) MUST_USE;

struct report_console_options {
    bool color;
    bool quiet;              /* the verdict line alone, and what failed */
    const char *report_path; /* named at the end; NULL: none was written */
};

/* The verdict for a person at a terminal: what failed, the worst numbers, how to see it again. */
enum status report_console(const char *db_path, const struct report_console_options *options,
                           FILE *out, struct error *err) MUST_USE;

#endif

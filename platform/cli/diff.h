/*
 * platform/cli/diff.h - `rehearse diff A B [--decisions]`: are two runs one and the same?
 *
 * Exit: 0 the same, 1 different (the first difference is printed), 2 bad input or usage.
 */
#ifndef PLATFORM_CLI_DIFF_H
#define PLATFORM_CLI_DIFF_H

#include "sim/trace_read.h"

/* argv[0] is "diff". */
int diff_main(int argc, char **argv);

/* Compares two open traces and prints the verdict; names are for people. */
enum status diff_print_traces(const char *const names[2], const struct trace_file files[2],
                              bool *ret_same, struct error *err) MUST_USE;

#endif

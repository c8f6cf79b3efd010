/*
 * platform/cli/run.h - `rehearse run FILE...`: every file with every seed, one verdict for all.
 */
#ifndef PLATFORM_CLI_RUN_H
#define PLATFORM_CLI_RUN_H

#include "sim/trace.h"

/* argv[0] is "run". The exit code. */
int run_main(int argc, char **argv);

/* Plays the scenario of a trace's header again, with its trace written to trace_path. */
enum status run_again(const struct trace_header *header, const char *trace_path,
                      struct error *err) MUST_USE;

#endif

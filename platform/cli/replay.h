/*
 * platform/cli/replay.h - `rehearse replay TRACE [--from 10s] [--to 20s] [--against TRACE]`.
 *
 * Runs the scenario of the trace again, says whether the same history came out, and prints the
 * lines of a window. With --against no run is made: the second trace is the other history.
 * Exit: 0 the same history, 1 another one, 2 bad input or usage, 3 the run could not be made.
 */
#ifndef PLATFORM_CLI_REPLAY_H
#define PLATFORM_CLI_REPLAY_H

#include "sim/trace_read.h"

/*
 * Runs a scenario again with its trace written to trace_path. Lent by the command line; NULL in
 * replay_main: nothing is run, and the lines come from the trace that is there.
 */
typedef enum status replay_run_fn(const struct trace_header *header, const char *trace_path,
                                  struct error *err);

/* argv[0] is "replay". */
int replay_main(int argc, char **argv, replay_run_fn *run_again);

#endif

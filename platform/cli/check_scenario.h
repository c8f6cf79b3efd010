/*
 * platform/cli/check_scenario.h - `rehearse check FILE`: all that is wrong with a scenario.
 */
#ifndef PLATFORM_CLI_CHECK_SCENARIO_H
#define PLATFORM_CLI_CHECK_SCENARIO_H

#include <stdio.h>

#include "sim/scenario.h"

/* One line an entry, and how many more there were. */
void check_print_diags(const struct diag_list *diags, FILE *out);

/*
 * Mistakes, warnings and notes go to stderr; "FILE: ok (3 apps, 14 nodes, 30m)" to stdout, or with
 * print the scenario in canonical shape. Returns the exit code: 0, or 2 when there was a mistake.
 */
int check_scenario(struct sim_io *io, const char *file, const struct scenario_options *options,
                   bool print);

#endif

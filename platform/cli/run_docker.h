/*
 * platform/cli/run_docker.h - a scenario played for real: Docker Engine, HAProxy, SQLite, real
 * time.
 */
#ifndef PLATFORM_CLI_RUN_DOCKER_H
#define PLATFORM_CLI_RUN_DOCKER_H

#include "platform/cli/run_one.h"
#include "sim/results.h"

/*
 * Plays it, then calls report with the results while they live. The exit code of `rehearse run`.
 * Nothing is left behind: no container, no process, no socket; what an earlier run of the same
 * command left, killed in the middle, is removed first.
 */
typedef int run_docker_report_fn(const struct run_one *one, struct results *results,
                                 const struct scenario *scenario, struct arena *arena);
int run_docker(const struct run_one *one, const struct scenario *scenario, struct arena *arena,
               const char *reproduce, run_docker_report_fn *report, bool (*stop)(void));

#endif

/*
 * platform/cli/check_snapshot.h - `rehearse check --snapshot FILE`: all that is wrong with a
 * snapshot.
 */
#ifndef PLATFORM_CLI_CHECK_SNAPSHOT_H
#define PLATFORM_CLI_CHECK_SNAPSHOT_H

#include <stdint.h>
#include <stdio.h>

/* Mistakes and warnings go to stderr, "FILE: ok (4 nodes, 1 app, 4 tasks)" to out. 0, or 2. */
int check_snapshots(const char *const *files, uint32_t count, FILE *out);

#endif

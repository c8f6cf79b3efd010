/*
 * platform/cli/rundb_write.h - a run's results become run.db, the one source of every report.
 */
#ifndef PLATFORM_CLI_RUNDB_WRITE_H
#define PLATFORM_CLI_RUNDB_WRITE_H

#include "sim/results.h"

/* Writes a new database at path (an existing file is replaced). ST_IO with a sentence. */
enum status rundb_write(const struct results *results, const char *path,
                        struct error *err) MUST_USE;

#endif

/*
 * platform/cli/rundb_write.h - a run's results become run.db, the one source of every report.
 */
#ifndef PLATFORM_CLI_RUNDB_WRITE_H
#define PLATFORM_CLI_RUNDB_WRITE_H

#include "sim/results.h"

struct rundb; /* opaque: one database being written */

/* A new database at path; an existing file is replaced. What goes wrong is told at the end. */
struct rundb *rundb_open(const char *path);
/* A struct results_sink: rows are made on a thread of their own, while the run goes on. It borrows
 * results->names and the names of results->nodes until the end. */
void          rundb_take(void *rundb, struct results *results);
/* Writes the rest and frees it. ST_IO with a sentence. */
enum status   rundb_close(struct rundb *rundb, const struct results *results,
                          struct error *err) MUST_USE;
/* Nobody wants it any more: its file goes too. */
void          rundb_drop(struct rundb *rundb);

/* All at once, of results that had no sink. */
enum status rundb_write(const struct results *results, const char *path,
                        struct error *err) MUST_USE;

#endif

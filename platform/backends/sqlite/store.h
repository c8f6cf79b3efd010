/*
 * platform/backends/sqlite/store.h - the store port on one SQLite file.
 *
 * Calling:  sqlite_store_open once for the file; sqlite_store_port for each process that uses it (a
 *           master that was started again gets a new one); sqlite_store_close after those processes
 *           are closed and before the loop is.
 * Threads:  work is done on libuv's worker threads, one piece at a time in the order of the calls;
 *           everything else, records included, stays on the loop's.
 * Durable:  write-ahead log with synchronous=FULL: ST_OK is given after the fsync.
 * Death:    what a dead process had asked for is still written, in order, and answered to nobody: a
 *           successor that reads afterwards sees all of it or none.
 */
#ifndef PLATFORM_BACKENDS_SQLITE_STORE_H
#define PLATFORM_BACKENDS_SQLITE_STORE_H

#include "platform/backends/loop/loop.h"

struct sqlite_store;

/* path: a file, made when it is not there; ":memory:" for one that vanishes. */
enum status sqlite_store_open(struct real_loop *loop, const char *path,
                              struct sqlite_store **ret_store, struct error *err) MUST_USE;
void sqlite_store_close(struct sqlite_store *store); /* NULL is fine; what is queued is done */

/* The port of one process; it goes with the process. */
struct env_store *sqlite_store_port(struct sqlite_store *store, struct real_process *process);

#endif

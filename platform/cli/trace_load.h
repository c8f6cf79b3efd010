/*
 * platform/cli/trace_load.h - a trace from a path, and its lines for people.
 *
 * Memory: the bytes live in the arena; trace_file_fini afterwards.
 * Errors: ST_NOT_FOUND, ST_IO and ST_INVALID, each with a sentence that names the path.
 */
#ifndef PLATFORM_CLI_TRACE_LOAD_H
#define PLATFORM_CLI_TRACE_LOAD_H

#include <stdio.h>

#include "sim/trace_read.h"

/* path: a trace, or the folder of a run that holds one. */
enum status trace_load(const char *path, struct arena *arena, struct trace_file *ret_file,
                       struct error *err) MUST_USE;

/* folder/name in the arena when path is a folder, else path itself. */
const char *trace_load_in_folder(const char *path, const char *name, struct arena *arena);

/* "  75.120000000  agent-2  containers.start  1 2 3  text": the time counts from start_at_ns. */
void trace_print_entry(FILE *out, const char *prefix, int64_t start_at_ns,
                       const struct trace_entry *entry);

#endif

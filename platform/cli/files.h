/*
 * platform/cli/files.h - files of the command line: whole reads, folders, and writes that appear
 * under their final name only when they are whole.
 */
#ifndef PLATFORM_CLI_FILES_H
#define PLATFORM_CLI_FILES_H

#include <stdio.h>

#include "sim/sim_io.h"

#define FILES_READ_MAX MIB(64) /* a limit of ours for an input file */

/* What a simulation may touch: reads of any file, and one trace that is being written. */
struct files_io {
    struct sim_io io;
    FILE         *trace;  /* NULL: none is kept */
    bool          failed; /* a write of the trace went wrong */
};

void files_io_init(struct files_io *files);

/* Any file, and one more that is in memory only. path and text are borrowed. */
struct files_overlay {
    struct sim_io io;
    const char   *path;
    const char   *text;
};

void files_overlay_init(struct files_overlay *overlay, const char *path, const char *text);

enum status files_make_folders(const char *path, struct error *err) MUST_USE; /* like mkdir -p */
enum status files_rename(const char *from, const char *to, struct error *err) MUST_USE;

#endif

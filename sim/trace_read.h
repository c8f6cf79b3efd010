/*
 * sim/trace_read.h - a trace file read back: its header, its parts, and the lines of a part.
 *
 * Calling: trace_file_open over all bytes of the file, trace_file_read for any part in any order,
 *          trace_file_fini. The caller brings the bytes: nothing here opens a file.
 * Memory:  the bytes are borrowed until fini; texts and lines live in the arena given.
 * Errors:  ST_INVALID with a sentence: not a trace, damaged, or cut short. Any bytes are accepted.
 */
#ifndef SIM_TRACE_READ_H
#define SIM_TRACE_READ_H

#include "platform/base/vec.h"
#include "sim/trace.h"

struct trace_entry { /* one line of a trace */
    uint64_t    number; /* from 1 */
    int64_t     at_ns;  /* since the epoch */
    uint32_t    process;
    const char *what;
    uint64_t    a;
    uint64_t    b;
    uint64_t    c;
    const char *text; /* "" when there was none */
};

struct trace_part { /* everything as of its end */
    const uint8_t *packed; /* borrowed */
    uint32_t       packed_len;
    uint32_t       raw_len;
    uint64_t       lines;
    int64_t        at_ns;
    uint64_t       hash;
};

struct trace_file {
    struct trace_header header;
    struct vec          parts; /* struct trace_part: those that hold lines */
    uint64_t            lines;
    uint64_t            hash; /* the final one, requests included */
    int64_t             end_at_ns; /* of the last line */
};

enum status trace_file_open(struct trace_file *file, const void *bytes, size_t len,
                            struct arena *arena, struct error *err) MUST_USE;
void        trace_file_fini(struct trace_file *file); /* a zeroed file is valid and empty */

/* The lines of a part, as an array in the arena. */
enum status trace_file_read(const struct trace_file *file, uint32_t part, struct arena *arena,
                            struct trace_entry **ret_entries, uint32_t *ret_count,
                            struct error *err) MUST_USE;

bool trace_entry_equal(const struct trace_entry *a, const struct trace_entry *b);

#endif

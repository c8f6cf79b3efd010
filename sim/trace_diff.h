/*
 * sim/trace_diff.h - the first line in which two traces differ, and what led to it.
 *
 * Calling: both files are open (trace_file_open). The hash of a line depends on all before it, so
 *          the first part that differs is found by bisection; only it and the part before are
 *          unpacked.
 * Memory:  the result points into the arena.
 */
#ifndef SIM_TRACE_DIFF_H
#define SIM_TRACE_DIFF_H

#include "sim/trace_read.h"

enum { TRACE_DIFF_BEFORE = 10 };

struct trace_diff {
    bool                      same;
    const struct trace_entry *a; /* the first that differ; NULL: that trace has no more lines */
    const struct trace_entry *b;
    const struct trace_entry *before[TRACE_DIFF_BEFORE]; /* what both have before, in order */
    uint32_t                  before_count;
};

/*
 * Not the same, and both a and b NULL: the lines agree, but not the requests after the last of
 * them. ST_INVALID when a part of either is damaged.
 */
enum status trace_diff_find(const struct trace_file *file_a, const struct trace_file *file_b,
                            struct arena *arena, struct trace_diff *ret_diff,
                            struct error *err) MUST_USE;

#endif

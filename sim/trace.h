/*
 * sim/trace.h - the history of a run: a hash of everything that happened, and the file of it.
 *
 * Hash:   over (at, process, what, a, b, c, text) of every line, and the folded hash of the traffic
 *         at each checkpoint. It never depends on whether a file is written.
 * File:   lz4 frames; a checkpoint each 2^16 lines or each simulated second, whichever is later, so
 *         that two traces are compared by bisecting checkpoints. Request events are not in it.
 * Memory: `what` must be a string literal (it is numbered by first appearance); text is copied.
 */
#ifndef SIM_TRACE_H
#define SIM_TRACE_H

#include "sim/sim_io.h"

struct trace; /* opaque */

struct trace_header { /* what a replay needs */
    const char *file;
    uint64_t    seed;
    const char *const *sets; /* --set k=v */
    uint32_t    sets_count;
    int64_t     start_at_ns;
};

/* io may be NULL or have no trace function: then only the hash is kept. */
struct trace *trace_open(struct sim_io *io, const struct trace_header *header);
/* Writes what is left and the final hash. */
void trace_close(struct trace *trace);

void trace_line(struct trace *trace, int64_t at_ns, uint32_t process, const char *what, uint64_t a,
                uint64_t b, uint64_t c, const char *text);

/* Asked for at each checkpoint: the rolling hash of all request events so far. May be NULL. */
typedef uint64_t trace_requests_hash_fn(void *context);
void trace_set_requests(struct trace *trace, trace_requests_hash_fn *hash, void *context);

uint64_t trace_hash(struct trace *trace); /* includes the requests so far */
uint64_t trace_lines(const struct trace *trace);

#endif

/*
 * tests/unit/sim/trace_story.h - writes a trace into memory: the fixture of the trace tests.
 */
#ifndef TESTS_UNIT_SIM_TRACE_STORY_H
#define TESTS_UNIT_SIM_TRACE_STORY_H

#include "platform/base/common.h"
#include "platform/base/strbuf.h"
#include "sim/trace.h"
#include "sim/trace_read.h"

struct trace_story_io { /* a file in memory */
    struct sim_io io;
    struct strbuf bytes;
};

static inline void
trace_story_write(struct sim_io *io, const void *bytes, size_t len)
{
    struct trace_story_io *file = container_of(io, struct trace_story_io, io);
    strbuf_add_bytes(&file->bytes, bytes, len);
}

static inline struct trace_story_io
trace_story_io(void)
{
    return (struct trace_story_io){ .io = { .trace = trace_story_write } };
}

static const char *const trace_story_sets[] = { "traffic.rate=200/s", "seed=7" };
static const struct trace_header trace_story_header = {
    .file = "scenarios/smoke/hello.json",
    .seed = 7,
    .sets = trace_story_sets,
    .sets_count = 2,
    .start_at_ns = INT64_C(1767225600000000000),
};

struct trace_story { /* what is written: lines_count lines, 10 ms apart, one of them changed */
    uint64_t lines_count;
    uint64_t changed_line; /* from 1, 0: none */
    uint64_t requests_hash;
};

static inline uint64_t
trace_story_requests(void *context)
{
    return *(const uint64_t *)context;
}

/* Returns the hash. io may be NULL. */
static inline uint64_t
trace_story_tell(struct trace_story story, struct sim_io *io)
{
    static const char *const whats[] = { "containers.start", "net.send", "store.put", "task" };
    struct trace *trace = trace_open(io, &trace_story_header);
    trace_set_requests(trace, trace_story_requests, &story.requests_hash);
    for (uint64_t i = 1; i <= story.lines_count; i++) {
        const uint64_t b = i == story.changed_line ? 1 : 0;
        trace_line(trace, trace_story_header.start_at_ns + MS(10) * (int64_t)i, (uint32_t)(i % 5),
                   whats[i % COUNT_OF(whats)], i * UINT64_C(0x9E3779B97F4A7C15), b, i,
                   i % 3 == 0 ? "launched by deployment web/2" : NULL);
    }
    const uint64_t hash = trace_hash(trace);
    trace_close(trace);
    return hash;
}

#endif

/* sim/trace.c - hashes every line, and packs the lines into the parts of a trace file. */
#include "sim/trace.h"

#include <string.h>

#include <lz4frame.h>

#include "platform/base/map.h"
#include "platform/base/memory.h"
#include "platform/base/record.h"
#include "sim/trace_format.h"

enum {
    CHECKPOINT_LINES = 1 << 16,
    WHAT_CACHE = 256,
    LINE_BYTES_MAX = 2 + 8 * TRACE_VARINT_BYTES_MAX /* tag and numbers, without the text */
};
#define CHECKPOINT_NS SEC(1)

struct trace_what { /* a word of the trace: one entry an id */
    uint32_t defined_in_part; /* number of the last part that defines it, 0: none */
};

struct trace_known { /* a literal seen before: where it lies decides no more than the speed */
    const char *what;
    uint32_t    id;
};

struct trace {
    uint64_t               hash;
    uint64_t               lines;
    int64_t                at_ns; /* of the last line */
    uint64_t               checkpoint_lines;
    int64_t                checkpoint_at_ns;
    trace_requests_hash_fn *requests;
    void                  *requests_context;

    struct intern      names;
    struct trace_known known[WHAT_CACHE];

    struct sim_io *io; /* NULL: no file is written; all below is then unused */
    struct vec     whats; /* struct trace_what by id - 1 */
    uint32_t       part; /* number of the open part, from 1 */
    int64_t        start_at_ns;
    int64_t        part_at_ns; /* of the line before in this part */
    uint8_t       *raw; /* owned: records of the open part */
    size_t         raw_len;
    size_t         raw_capacity;
};

/* --- writing --- */

static void
trace_reserve(struct trace *trace, size_t bytes)
{
    if (trace->raw_len + bytes > trace->raw_capacity) {
        trace->raw_capacity = (trace->raw_len + bytes) * 2;
        trace->raw = memory_resize(trace->raw, trace->raw_capacity);
    }
}

static void
trace_put_byte(struct trace *trace, uint8_t byte)
{
    trace->raw[trace->raw_len] = byte;
    trace->raw_len++;
}

static void
trace_put(struct trace *trace, uint64_t value)
{
    while (value >= 0x80) {
        trace_put_byte(trace, (uint8_t)(value | 0x80));
        value >>= 7;
    }
    trace_put_byte(trace, (uint8_t)value);
}

static void
trace_put_text(struct trace *trace, const char *text, size_t len)
{
    trace_reserve(trace, LINE_BYTES_MAX + len);
    trace_put(trace, len);
    if (len > 0) {
        memcpy(trace->raw + trace->raw_len, text, len);
    }
    trace->raw_len += len;
}

static uint64_t
trace_zigzag(uint64_t difference)
{
    return difference << 1 ^ (0 - (difference >> 63));
}

static uint8_t *
trace_store(uint8_t *to, uint64_t value, uint32_t bytes)
{
    for (uint32_t i = 0; i < bytes; i++) {
        to[i] = (uint8_t)(value >> (8 * i));
    }
    return to + bytes;
}

static void
trace_write_index(struct trace *trace, enum trace_part_kind kind, size_t packed_len, uint64_t hash)
{
    uint8_t index[8 + TRACE_INDEX_BYTES] = { 0 };
    uint8_t *to = trace_store(index, TRACE_SKIPPABLE_MAGIC, 4);
    to = trace_store(to, TRACE_INDEX_BYTES, 4);
    memcpy(to, TRACE_MAGIC, 4);
    to = trace_store(to + 4, TRACE_VERSION, 1);
    to = trace_store(to, (uint64_t)kind, 1);
    to = trace_store(to, 0, 2);
    to = trace_store(to, packed_len, 4);
    to = trace_store(to, trace->raw_len, 4);
    to = trace_store(to, trace->lines, 8);
    to = trace_store(to, (uint64_t)trace->at_ns, 8);
    to = trace_store(to, hash, 8);
    ASSERT(to == index + sizeof index);
    trace_store(index + 8 + TRACE_INDEX_CHECK_AT, hash_bytes(0, index + 8, TRACE_INDEX_BYTES), 2);
    trace->io->trace(trace->io, index, sizeof index);
}

/* Hands the open part to the file and begins the next. */
static void
trace_end_part(struct trace *trace, enum trace_part_kind kind)
{
    ASSERT(trace->raw_len <= TRACE_PART_BYTES_MAX);
    const LZ4F_preferences_t preferences = {
        .frameInfo = { .blockSizeID = LZ4F_max1MB,
                       .contentChecksumFlag = LZ4F_contentChecksumEnabled },
    };
    const size_t bound = LZ4F_compressFrameBound(trace->raw_len, &preferences);
    void *packed = memory_alloc(bound);
    const size_t packed_len =
        LZ4F_compressFrame(packed, bound, trace->raw, trace->raw_len, &preferences);
    ASSERT(!LZ4F_isError(packed_len)); /* the bound is the library's own */
    ASSERT(packed_len <= UINT32_MAX);
    trace_write_index(trace, kind, packed_len, trace->hash);
    trace->io->trace(trace->io, packed, packed_len);
    memory_free(packed);
    trace->raw_len = 0;
    trace->part++;
    trace->part_at_ns = trace->start_at_ns;
}

static void
trace_write_header(struct trace *trace, const struct trace_header *header)
{
    trace_reserve(trace, LINE_BYTES_MAX);
    trace_put_byte(trace, TRACE_TAG_HEADER);
    trace_put_text(trace, header->file, strlen(header->file));
    trace_reserve(trace, LINE_BYTES_MAX);
    trace_put(trace, header->seed);
    trace_put(trace, trace_zigzag((uint64_t)header->start_at_ns));
    trace_put(trace, header->sets_count);
    for (uint32_t i = 0; i < header->sets_count; i++) {
        trace_put_text(trace, header->sets[i], strlen(header->sets[i]));
    }
    trace_end_part(trace, TRACE_PART_HEADER);
}

static void
trace_define(struct trace *trace, uint32_t id)
{
    while (trace->whats.count < id) {
        vec_push(&trace->whats);
    }
    struct trace_what *what = vec_at(&trace->whats, id - 1);
    if (what->defined_in_part == trace->part) {
        return;
    }
    what->defined_in_part = trace->part;
    const char *text = intern_text(&trace->names, id);
    trace_reserve(trace, LINE_BYTES_MAX);
    trace_put_byte(trace, TRACE_TAG_WHAT);
    trace_put(trace, id);
    trace_put_text(trace, text, strlen(text));
}

/* --- lines --- */

static uint32_t
trace_what_id(struct trace *trace, const char *what)
{
    struct trace_known *known = &trace->known[((uintptr_t)what >> 2) % WHAT_CACHE];
    if (known->what != what) {
        known->what = what;
        known->id = intern_id(&trace->names, what);
    }
    return known->id;
}

static void
trace_add(struct trace *trace, int64_t at_ns, uint32_t process, const char *what,
          const uint64_t abc[3], const char *text)
{
    const uint32_t id = trace_what_id(trace, what);
    const size_t text_len = text == NULL ? 0 : strlen(text);
    const uint64_t text_hash = text_len == 0 ? 0 : hash_short(0, text, text_len);
    trace->hash = trace_hash_line(trace->hash, at_ns, (uint64_t)process << 32 | id, abc, text_hash);
    trace->lines++;
    trace->at_ns = at_ns;
    if (trace->io == NULL) {
        return;
    }
    trace_define(trace, id);
    trace_reserve(trace, LINE_BYTES_MAX);
    trace_put_byte(trace, TRACE_TAG_LINE);
    trace_put(trace, trace_zigzag((uint64_t)at_ns - (uint64_t)trace->part_at_ns));
    trace_put(trace, process);
    trace_put(trace, id);
    trace_put(trace, abc[0]);
    trace_put(trace, abc[1]);
    trace_put(trace, abc[2]);
    trace_put_text(trace, text, text_len);
    trace->part_at_ns = at_ns;
    if (trace->raw_len >= TRACE_PART_BYTES) {
        trace_end_part(trace, TRACE_PART_LINES);
    }
}

static uint64_t
trace_requests_hash(struct trace *trace)
{
    return trace->requests == NULL ? 0 : trace->requests(trace->requests_context);
}

/* The requests so far become a line of their own, so that a difference among them is told. */
static void
trace_checkpoint(struct trace *trace)
{
    trace->checkpoint_lines = trace->lines;
    trace->checkpoint_at_ns = trace->at_ns;
    const uint64_t abc[3] = { trace_requests_hash(trace) };
    trace_add(trace, trace->at_ns, 0, "trace.requests", abc, NULL);
    if (trace->io != NULL && trace->raw_len > 0) {
        trace_end_part(trace, TRACE_PART_LINES);
    }
}

void
trace_line(struct trace *trace, int64_t at_ns, uint32_t process, const char *what, uint64_t a,
           uint64_t b, uint64_t c, const char *text)
{
    const uint64_t abc[3] = { a, b, c };
    trace_add(trace, at_ns, process, what, abc, text);
    if (trace->lines - trace->checkpoint_lines >= CHECKPOINT_LINES &&
        at_ns - trace->checkpoint_at_ns >= CHECKPOINT_NS) {
        trace_checkpoint(trace);
    }
}

/* --- life --- */

struct trace *
trace_open(struct sim_io *io, const struct trace_header *header)
{
    struct trace *trace = memory_alloc_zero(1, sizeof *trace);
    trace->hash = TRACE_HASH_START;
    trace->at_ns = header->start_at_ns;
    trace->checkpoint_at_ns = header->start_at_ns;
    trace->start_at_ns = header->start_at_ns;
    trace->part_at_ns = header->start_at_ns;
    intern_init(&trace->names);
    vec_init(&trace->whats, sizeof(struct trace_what));
    if (io != NULL && io->trace != NULL) {
        trace->io = io;
        trace_write_header(trace, header);
    }
    return trace;
}

void
trace_close(struct trace *trace)
{
    if (trace == NULL) {
        return;
    }
    if (trace->io != NULL) {
        if (trace->raw_len > 0) {
            trace_end_part(trace, TRACE_PART_LINES);
        }
        trace_write_index(trace, TRACE_PART_END, 0, trace_hash(trace));
    }
    vec_fini(&trace->whats);
    intern_fini(&trace->names);
    memory_free(trace->raw);
    memory_free(trace);
}

void
trace_set_requests(struct trace *trace, trace_requests_hash_fn *hash, void *context)
{
    trace->requests = hash;
    trace->requests_context = context;
}

uint64_t
trace_hash(struct trace *trace)
{
    return trace_hash_final(trace->hash, trace_requests_hash(trace));
}

uint64_t
trace_lines(const struct trace *trace)
{
    return trace->lines;
}

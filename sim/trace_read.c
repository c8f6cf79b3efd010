/* sim/trace_read.c - unpacks the parts of a trace file and trusts none of their bytes. */
#include "sim/trace_read.h"

#include <string.h>

#include <lz4frame.h>

#include "platform/base/map.h"
#include "platform/base/record.h"
#include "sim/trace_format.h"

enum {
    LINE_BYTES_MIN = 8,       /* a tag and seven numbers */
    PACK_RATIO_MAX = 256,     /* lz4 cannot pack tighter */
    WHATS_MAX = 1 << 16,      /* limits of ours: words, and --set options of one run */
    SETS_MAX = 1 << 12,
    INDEX_FRAME_BYTES = 8 + TRACE_INDEX_BYTES
};

/* --- reading bytes, with a bound --- */

struct trace_bytes {
    const uint8_t *at;
    size_t         left;
    bool           failed;
};

static uint64_t
trace_bytes_fixed(struct trace_bytes *bytes, uint32_t width)
{
    uint64_t value = 0;
    if (bytes->left < width) {
        bytes->failed = true;
        return 0;
    }
    for (uint32_t i = 0; i < width; i++) {
        value |= (uint64_t)bytes->at[i] << (8 * i);
    }
    bytes->at += width;
    bytes->left -= width;
    return value;
}

static uint64_t
trace_bytes_varint(struct trace_bytes *bytes)
{
    uint64_t value = 0;
    for (uint32_t shift = 0; shift < 7 * TRACE_VARINT_BYTES_MAX && bytes->left > 0; shift += 7) {
        const uint8_t byte = *bytes->at;
        bytes->at++;
        bytes->left--;
        value |= (uint64_t)(byte & 0x7F) << shift;
        if (byte < 0x80) {
            return value;
        }
    }
    bytes->failed = true;
    return 0;
}

static uint64_t
trace_bytes_zigzag(struct trace_bytes *bytes)
{
    const uint64_t value = trace_bytes_varint(bytes);
    return value >> 1 ^ (0 - (value & 1));
}

static const char *
trace_bytes_text(struct trace_bytes *bytes, struct arena *arena)
{
    const uint64_t len = trace_bytes_varint(bytes);
    if (bytes->failed || len > bytes->left) {
        bytes->failed = true;
        return "";
    }
    const char *text = len == 0 ? "" : arena_strndup(arena, (const char *)bytes->at, (size_t)len);
    bytes->at += len;
    bytes->left -= (size_t)len;
    return text;
}

/* --- parts --- */

static bool
trace_index_check(const uint8_t *index)
{
    uint8_t copy[TRACE_INDEX_BYTES];
    memcpy(copy, index, sizeof copy);
    const uint64_t check = (uint64_t)copy[TRACE_INDEX_CHECK_AT] |
                           (uint64_t)copy[TRACE_INDEX_CHECK_AT + 1] << 8;
    copy[TRACE_INDEX_CHECK_AT] = 0;
    copy[TRACE_INDEX_CHECK_AT + 1] = 0;
    return (hash_bytes(0, copy, sizeof copy) & UINT16_MAX) == check;
}

static enum status
trace_index_read(struct trace_bytes *bytes, enum trace_part_kind *ret_kind,
                 struct trace_part *ret_part, struct error *err)
{
    if (bytes->left < INDEX_FRAME_BYTES) {
        return error_set(err, ST_INVALID, "the trace is cut short: it has no end");
    }
    const uint64_t frame_magic = trace_bytes_fixed(bytes, 4);
    const uint64_t frame_bytes = trace_bytes_fixed(bytes, 4);
    if (frame_magic != TRACE_SKIPPABLE_MAGIC || frame_bytes != TRACE_INDEX_BYTES ||
        memcmp(bytes->at, TRACE_MAGIC, 4) != 0) {
        return error_set(err, ST_INVALID, "not a trace, or damaged: no index where one must be");
    }
    const bool checked = trace_index_check(bytes->at);
    (void)trace_bytes_fixed(bytes, 4); /* the magic */
    const uint64_t version = trace_bytes_fixed(bytes, 1);
    if (version != TRACE_VERSION) {
        return error_set(err, ST_INVALID, "the trace has format version %u, this program reads %u",
                         (unsigned)version, (unsigned)TRACE_VERSION);
    }
    const uint64_t kind = trace_bytes_fixed(bytes, 1);
    (void)trace_bytes_fixed(bytes, 2); /* the check */
    struct trace_part part = { 0 };
    part.packed_len = (uint32_t)trace_bytes_fixed(bytes, 4);
    part.raw_len = (uint32_t)trace_bytes_fixed(bytes, 4);
    part.lines = trace_bytes_fixed(bytes, 8);
    part.at_ns = (int64_t)trace_bytes_fixed(bytes, 8);
    part.hash = trace_bytes_fixed(bytes, 8);
    part.packed = bytes->at;
    if (!checked || kind >= TRACE_PART_KIND_COUNT || part.raw_len > TRACE_PART_BYTES_MAX ||
        part.raw_len / PACK_RATIO_MAX > part.packed_len) {
        return error_set(err, ST_INVALID, "the trace is damaged: an index makes no sense");
    }
    if (part.packed_len > bytes->left) {
        return error_set(err, ST_INVALID, "the trace is cut short within a part");
    }
    bytes->at += part.packed_len;
    bytes->left -= part.packed_len;
    *ret_kind = (enum trace_part_kind)kind;
    *ret_part = part;
    return ST_OK;
}

static enum status
trace_part_unpack(const struct trace_part *part, struct arena *arena, struct trace_bytes *ret_raw,
                  struct error *err)
{
    LZ4F_dctx *lz4 = NULL;
    if (LZ4F_isError(LZ4F_createDecompressionContext(&lz4, LZ4F_VERSION))) {
        return error_set(err, ST_FAILED, "lz4 has no memory to unpack a trace");
    }
    uint8_t *raw = arena_alloc(arena, (size_t)part->raw_len + 1); /* one more shows an overrun */
    size_t raw_len = 0;
    size_t packed_at = 0;
    size_t more = 1;
    while (more != 0 && !LZ4F_isError(more) && packed_at < part->packed_len) {
        size_t raw_room = (size_t)part->raw_len + 1 - raw_len;
        size_t packed_left = part->packed_len - packed_at;
        more = LZ4F_decompress(lz4, raw + raw_len, &raw_room, part->packed + packed_at,
                               &packed_left, NULL);
        raw_len += raw_room;
        packed_at += packed_left;
        if (raw_room == 0 && packed_left == 0) {
            break; /* no progress: more output than the index says */
        }
    }
    LZ4F_freeDecompressionContext(lz4);
    if (more != 0 || raw_len != part->raw_len || packed_at != part->packed_len) {
        return error_set(err, ST_INVALID, "the trace is damaged: a part does not unpack");
    }
    *ret_raw = (struct trace_bytes){ .at = raw, .left = raw_len };
    return ST_OK;
}

static enum status
trace_header_read(const struct trace_part *part, struct arena *arena, struct trace_header *ret,
                  struct error *err)
{
    struct trace_bytes raw = { 0 };
    const enum status status = trace_part_unpack(part, arena, &raw, err);
    if (status != ST_OK) {
        return status;
    }
    const bool tagged = trace_bytes_fixed(&raw, 1) == TRACE_TAG_HEADER;
    ret->file = trace_bytes_text(&raw, arena);
    ret->seed = trace_bytes_varint(&raw);
    ret->start_at_ns = (int64_t)trace_bytes_zigzag(&raw);
    const uint64_t sets_count = trace_bytes_varint(&raw);
    if (!tagged || raw.failed || sets_count > SETS_MAX) {
        return error_set(err, ST_INVALID, "the trace is damaged: its header cannot be read");
    }
    const char **sets = ARENA_ARRAY(arena, const char *, sets_count + 1);
    for (uint32_t i = 0; i < sets_count; i++) {
        sets[i] = trace_bytes_text(&raw, arena);
    }
    if (raw.failed || raw.left != 0) {
        return error_set(err, ST_INVALID, "the trace is damaged: its header cannot be read");
    }
    ret->sets = sets;
    ret->sets_count = (uint32_t)sets_count;
    return ST_OK;
}

/* Lines and kinds must follow each other as a writer makes them. */
static enum status
trace_file_add(struct trace_file *file, enum trace_part_kind kind, const struct trace_part *part,
               struct error *err)
{
    const uint64_t added = part->lines - file->lines;
    const bool plausible = part->lines >= file->lines && added <= part->raw_len / LINE_BYTES_MIN;
    if (kind == TRACE_PART_LINES && plausible && added > 0) {
        *(struct trace_part *)vec_push(&file->parts) = *part;
        file->lines = part->lines;
        file->end_at_ns = part->at_ns;
        return ST_OK;
    }
    if (kind == TRACE_PART_END && added == 0 && part->packed_len == 0) {
        file->hash = part->hash;
        return ST_OK;
    }
    return error_set(err, ST_INVALID, "the trace is damaged: its parts do not follow each other");
}

static enum status
trace_file_index(struct trace_file *file, struct trace_bytes *bytes, struct arena *arena,
                 struct error *err)
{
    enum trace_part_kind kind = TRACE_PART_HEADER;
    struct trace_part part = { 0 };
    enum status status = trace_index_read(bytes, &kind, &part, err);
    if (status == ST_OK && kind != TRACE_PART_HEADER) {
        return error_set(err, ST_INVALID, "the trace is damaged: it does not begin with a header");
    }
    if (status == ST_OK) {
        status = trace_header_read(&part, arena, &file->header, err);
        file->end_at_ns = file->header.start_at_ns;
    }
    while (status == ST_OK && kind != TRACE_PART_END) { /* each turn consumes bytes */
        status = trace_index_read(bytes, &kind, &part, err);
        if (status == ST_OK) {
            status = trace_file_add(file, kind, &part, err);
        }
    }
    if (status == ST_OK && bytes->left > 0) {
        return error_set(err, ST_INVALID, "the trace is damaged: something follows its end");
    }
    return status;
}

enum status
trace_file_open(struct trace_file *file, const void *bytes, size_t len, struct arena *arena,
                struct error *err)
{
    struct trace_bytes all = { .at = bytes, .left = len };
    *file = (struct trace_file){ 0 };
    vec_init(&file->parts, sizeof(struct trace_part));
    const enum status status = trace_file_index(file, &all, arena, err);
    if (status != ST_OK) {
        trace_file_fini(file);
    }
    return status;
}

void
trace_file_fini(struct trace_file *file)
{
    vec_fini(&file->parts);
    *file = (struct trace_file){ 0 };
}

/* --- lines --- */

struct trace_lines { /* being read */
    struct trace_bytes  raw;
    struct vec          whats; /* const char *, by id - 1 */
    struct trace_entry *entries;
    uint32_t            count;
    uint32_t            count_max;
    uint64_t            number;
    int64_t             at_ns;
    uint64_t            hash;
};

static void
trace_lines_what(struct trace_lines *lines, struct arena *arena)
{
    const uint64_t id = trace_bytes_varint(&lines->raw);
    const char *text = trace_bytes_text(&lines->raw, arena);
    if (lines->raw.failed || id == 0 || id > WHATS_MAX) {
        lines->raw.failed = true;
        return;
    }
    while (lines->whats.count < id) {
        vec_push(&lines->whats);
    }
    *(const char **)vec_at(&lines->whats, (uint32_t)id - 1) = text;
}

static void
trace_lines_line(struct trace_lines *lines, struct arena *arena)
{
    struct trace_bytes *raw = &lines->raw;
    struct trace_entry entry = { 0 };
    entry.number = lines->number + 1;
    entry.at_ns = (int64_t)((uint64_t)lines->at_ns + trace_bytes_zigzag(raw));
    const uint64_t process = trace_bytes_varint(raw);
    const uint64_t what = trace_bytes_varint(raw);
    const uint64_t abc[3] = { trace_bytes_varint(raw), trace_bytes_varint(raw),
                              trace_bytes_varint(raw) };
    entry.process = (uint32_t)process;
    entry.a = abc[0];
    entry.b = abc[1];
    entry.c = abc[2];
    entry.text = trace_bytes_text(raw, arena);
    if (what > 0 && what <= lines->whats.count) {
        entry.what = *(const char **)vec_at(&lines->whats, (uint32_t)what - 1);
    }
    if (raw->failed || entry.what == NULL || process > UINT32_MAX ||
        lines->count == lines->count_max) {
        raw->failed = true;
        return;
    }
    const size_t text_len = strlen(entry.text);
    const uint64_t text_hash = text_len == 0 ? 0 : hash_short(0, entry.text, text_len);
    lines->hash = trace_hash_line(lines->hash, entry.at_ns, process << 32 | what, abc, text_hash);
    lines->at_ns = entry.at_ns;
    lines->number++;
    lines->entries[lines->count] = entry;
    lines->count++;
}

static void
trace_lines_read(struct trace_lines *lines, struct arena *arena)
{
    while (lines->raw.left > 0 && !lines->raw.failed) {
        const uint64_t tag = trace_bytes_fixed(&lines->raw, 1);
        if (tag == TRACE_TAG_WHAT) {
            trace_lines_what(lines, arena);
        } else if (tag == TRACE_TAG_LINE) {
            trace_lines_line(lines, arena);
        } else {
            lines->raw.failed = true;
        }
    }
}

enum status
trace_file_read(const struct trace_file *file, uint32_t part, struct arena *arena,
                struct trace_entry **ret_entries, uint32_t *ret_count, struct error *err)
{
    const struct trace_part *this_part = vec_at(&file->parts, part);
    const struct trace_part *before = part == 0 ? NULL : vec_at(&file->parts, part - 1);
    struct trace_lines lines = {
        .number = before == NULL ? 0 : before->lines,
        .hash = before == NULL ? TRACE_HASH_START : before->hash,
        .at_ns = file->header.start_at_ns,
    };
    const enum status status = trace_part_unpack(this_part, arena, &lines.raw, err);
    if (status != ST_OK) {
        return status;
    }
    lines.count_max = (uint32_t)(this_part->lines - lines.number);
    lines.entries = ARENA_ARRAY(arena, struct trace_entry, lines.count_max);
    vec_init(&lines.whats, sizeof(const char *));
    trace_lines_read(&lines, arena);
    vec_fini(&lines.whats);
    if (lines.raw.failed || lines.count != lines.count_max || lines.hash != this_part->hash) {
        return error_set(err, ST_INVALID,
                         "the trace is damaged: the lines after number %llu do not add up",
                         (unsigned long long)(before == NULL ? 0 : before->lines));
    }
    *ret_entries = lines.entries;
    *ret_count = lines.count;
    return ST_OK;
}

bool
trace_entry_equal(const struct trace_entry *a, const struct trace_entry *b)
{
    return a->at_ns == b->at_ns && a->process == b->process && strcmp(a->what, b->what) == 0 &&
           a->a == b->a && a->b == b->b && a->c == b->c && strcmp(a->text, b->text) == 0;
}

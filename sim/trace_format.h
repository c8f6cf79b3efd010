/*
 * sim/trace_format.h - the bytes of a trace file and the hash of a line: shared by the writer
 * (trace.c) and the reader (trace_read.c), and by nobody else.
 *
 * File:  parts, one after another. A part is an lz4 skippable frame that holds its index (40 bytes,
 *        little-endian), then one lz4 frame that holds its records: any lz4 tool can unpack the
 *        file, and a reader can jump from index to index. The first part holds the header alone,
 *        the last one nothing: its index has the final hash.
 * Index: "RTRC", u8 version, u8 kind, u16 check, u32 packed_bytes, u32 raw_bytes, and as of the end
 *        of the part: u64 lines, i64 at_ns, u64 hash. The check is the low 16 bits of hash_bytes
 *        over the index with a check of zero.
 * Records: a tag byte, then LEB128 varints (signed ones zigzag); a text is its length and bytes.
 *        'H' file, seed, start_at_ns, sets_count, sets   'W' what_id, text
 *        'L' at_ns less that of the line before in this part (first: less start_at_ns), process,
 *            what_id, a, b, c, text
 *        Every part defines the what_ids it uses, so that it can be read alone.
 */
#ifndef SIM_TRACE_FORMAT_H
#define SIM_TRACE_FORMAT_H

#include "platform/base/record.h"

#define TRACE_MAGIC "RTRC"

enum {
    TRACE_VERSION = 2,
    TRACE_SKIPPABLE_MAGIC = 0x184D2A5E, /* one of sixteen that lz4 sets aside */
    TRACE_INDEX_BYTES = 40,
    TRACE_INDEX_CHECK_AT = 6, /* where the check stands in it */
    TRACE_PART_BYTES = 1 << 20, /* a part ends when its records reach this */
    TRACE_PART_BYTES_MAX = 1 << 26, /* a limit of ours: no text is that long */
    TRACE_VARINT_BYTES_MAX = 10
};

enum trace_part_kind { TRACE_PART_HEADER, TRACE_PART_LINES, TRACE_PART_END };
#define TRACE_PART_KIND_COUNT (TRACE_PART_END + 1)

#define TRACE_TAG_HEADER 'H'
#define TRACE_TAG_WHAT   'W'
#define TRACE_TAG_LINE   'L'

/*
 * Source of the constants: the fraction of pi. Only the last product waits for the hash before
 * it.
 */
static inline uint64_t
trace_hash_line(uint64_t hash, int64_t at_ns, uint64_t process_and_what, const uint64_t abc[3],
                uint64_t text_hash)
{
    const uint64_t first = hash_fold((uint64_t)at_ns ^ UINT64_C(0x243F6A8885A308D3),
                                      process_and_what ^ UINT64_C(0x13198A2E03707344));
    const uint64_t second = hash_fold(abc[0] ^ UINT64_C(0xA4093822299F31D0),
                                       abc[1] ^ UINT64_C(0x082EFA98EC4E6C89));
    const uint64_t third = hash_fold(abc[2] ^ UINT64_C(0x452821E638D01377),
                                      text_hash ^ UINT64_C(0xBE5466CF34E90C6C));
    const uint64_t line = first + (second << 21 | second >> 43) + (third << 42 | third >> 22);
    return hash_fold(hash ^ line, UINT64_C(0xC0AC29B7C97C50DD)) + line;
}

#define TRACE_HASH_START UINT64_C(0x3F84D5B5B5470917)

/* The final hash: of all lines and of the requests, some of which no line has told yet. */
static inline uint64_t
trace_hash_final(uint64_t hash, uint64_t requests_hash)
{
    return hash_fold(hash ^ requests_hash, UINT64_C(0x9216D5D98979FB1B)) + hash;
}

#endif

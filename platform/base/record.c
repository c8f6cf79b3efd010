/* platform/base/record.c - copies, hashes, encodes and decodes any flat record by its table. */
#include "platform/base/record.h"

#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "platform/base/memory.h"

/* Runs of fields, and words of texts, are read as they lie in memory. */
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "hashes are the same on all machines");

static uint32_t
record_tail_len(const struct record_type *type, const void *record)
{
    uint32_t len = 0;
    if (type->tail_len_offset != RECORD_NO_TAIL) {
        memcpy(&len, (const char *)record + type->tail_len_offset, sizeof len);
    }
    return len;
}

static size_t
record_field_width(enum record_kind kind)
{
    switch (kind) {
    case RECORD_U8:
    case RECORD_TEXT:
        return 1;
    case RECORD_U16:
        return 2;
    case RECORD_U32:
        return 4;
    case RECORD_U64:
    case RECORD_I64:
        return 8;
    }
    return 0;
}

static uint64_t
record_load(const char *at, size_t width)
{
    uint8_t  u8 = 0;
    uint16_t u16 = 0;
    uint32_t u32 = 0;
    uint64_t u64 = 0;
    switch (width) {
    case 1:
        memcpy(&u8, at, 1);
        return u8;
    case 2:
        memcpy(&u16, at, 2);
        return u16;
    case 4:
        memcpy(&u32, at, 4);
        return u32;
    default:
        memcpy(&u64, at, 8);
        return u64;
    }
}

static void
record_save(char *at, size_t width, uint64_t value)
{
    const uint8_t  u8 = (uint8_t)value;
    const uint16_t u16 = (uint16_t)value;
    const uint32_t u32 = (uint32_t)value;
    switch (width) {
    case 1:
        memcpy(at, &u8, 1);
        break;
    case 2:
        memcpy(at, &u16, 2);
        break;
    case 4:
        memcpy(at, &u32, 4);
        break;
    default:
        memcpy(at, &value, 8);
        break;
    }
}

size_t
record_size(const struct record_type *type, const void *record)
{
    return type->bytes + record_tail_len(type, record);
}

void *
record_copy(const struct record_type *type, const void *record, struct arena *arena)
{
    const size_t bytes = record_size(type, record);
    void *copy = arena_alloc(arena, bytes);
    memcpy(copy, record, bytes);
    return copy;
}

void *
record_clone(const struct record_type *type, const void *record)
{
    const size_t bytes = record_size(type, record);
    void *copy = memory_alloc(bytes);
    memcpy(copy, record, bytes);
    return copy;
}

uint64_t
hash_bytes(uint64_t hash, const void *bytes, size_t len)
{
    return XXH64(bytes, len, hash);
}

static uint64_t
hash_load8(const char *at)
{
    uint64_t word = 0;
    memcpy(&word, at, sizeof word);
    return word;
}

static uint64_t
hash_load4(const char *at)
{
    uint32_t word = 0;
    memcpy(&word, at, sizeof word);
    return word;
}

/* Source of the constants: the fraction of pi. What is left of less than 16 bytes is read from both
 * of its ends, which meet or overlap: the length, which is hashed too, says how. Twelve are read in
 * the pieces that they were most likely written in, eight and four: a word across both would have
 * to wait until they, and all that was written before, have left for the cache. */
uint64_t
hash_short(uint64_t hash, const void *bytes, size_t len)
{
    const char *at = bytes;
    uint64_t    first = 0;
    uint64_t    second = 0;
    hash ^= len;
    for (; len >= 16; at += 16, len -= 16) {
        hash = hash_fold(hash ^ hash_load8(at) ^ UINT64_C(0x243F6A8885A308D3),
                         hash_load8(at + 8) ^ UINT64_C(0x13198A2E03707344));
    }
    if (len == 12) {
        first = hash_load8(at);
        second = hash_load4(at + 8) << 32 | first >> 32;
    } else if (len >= 8) {
        first = hash_load8(at);
        second = hash_load8(at + len - 8);
    } else if (len >= 4) {
        first = hash_load4(at);
        second = hash_load4(at + len - 4);
    } else if (len > 0) {
        first = (uint64_t)(uint8_t)at[0] | (uint64_t)(uint8_t)at[len / 2] << 8 |
                (uint64_t)(uint8_t)at[len - 1] << 16;
    }
    return hash_fold(hash ^ first ^ UINT64_C(0xA4093822299F31D0),
                     second ^ UINT64_C(0x082EFA98EC4E6C89));
}

size_t
record_flat_bytes(const struct record_type *type)
{
    if (type->flat_fields == 0) {
        return 0;
    }
    const struct record_field *last = &type->fields[type->flat_fields - 1];
    return last->offset + record_field_width(last->kind) * last->count;
}

uint64_t
record_hash(const struct record_type *type, const void *record, uint64_t seed)
{
    uint64_t hash = hash_step(seed, type->id);
    const char *base = record;
    hash = hash_short(hash, base, record_flat_bytes(type));
    for (uint32_t f = type->flat_fields; f < type->fields_count; f++) {
        const struct record_field *field = &type->fields[f];
        const char *at = base + field->offset;
        if (field->kind == RECORD_TEXT) {
            hash = hash_short(hash, at, strnlen(at, field->count));
            continue;
        }
        const size_t width = record_field_width(field->kind);
        for (uint32_t i = 0; i < field->count; i++) {
            hash = hash_step(hash, record_load(at + i * width, width));
        }
    }
    const uint32_t tail_len = record_tail_len(type, record);
    if (tail_len > 0) {
        hash = hash_bytes(hash, base + type->bytes, tail_len);
    }
    return hash;
}

static void
record_put(struct strbuf *out, uint64_t value, size_t width)
{
    uint8_t bytes[8];
    for (size_t i = 0; i < width; i++) {
        bytes[i] = (uint8_t)(value >> (8 * i));
    }
    strbuf_add_bytes(out, bytes, width);
}

void
record_encode(const struct record_type *type, const void *record, struct strbuf *out)
{
    const char *base = record;
    for (uint32_t f = 0; f < type->fields_count; f++) {
        const struct record_field *field = &type->fields[f];
        const char *at = base + field->offset;
        if (field->kind == RECORD_TEXT) {
            const size_t len = strnlen(at, field->count);
            record_put(out, len, 2);
            strbuf_add_bytes(out, at, len);
            continue;
        }
        const size_t width = record_field_width(field->kind);
        for (uint32_t i = 0; i < field->count; i++) {
            record_put(out, record_load(at + i * width, width), width);
        }
    }
    if (type->tail_len_offset != RECORD_NO_TAIL) {
        const uint32_t len = record_tail_len(type, record);
        record_put(out, len, 4);
        strbuf_add_bytes(out, base + type->bytes, len);
    }
}

/* Reads little-endian bytes with a bound. */
struct record_reader {
    const uint8_t *bytes;
    size_t         left;
    bool           failed;
};

static uint64_t
record_take(struct record_reader *reader, size_t width)
{
    if (reader->left < width) {
        reader->failed = true;
        return 0;
    }
    uint64_t value = 0;
    for (size_t i = 0; i < width; i++) {
        value |= (uint64_t)reader->bytes[i] << (8 * i);
    }
    reader->bytes += width;
    reader->left -= width;
    return value;
}

static void
record_take_field(struct record_reader *reader, const struct record_field *field, char *at)
{
    if (field->kind == RECORD_TEXT) {
        const size_t len = (size_t)record_take(reader, 2);
        if (reader->failed || len >= field->count || len > reader->left) {
            reader->failed = true;
            return;
        }
        memcpy(at, reader->bytes, len);
        at[len] = '\0';
        reader->bytes += len;
        reader->left -= len;
        return;
    }
    const size_t width = record_field_width(field->kind);
    for (uint32_t i = 0; i < field->count; i++) {
        record_save(at + i * width, width, record_take(reader, width));
    }
}

enum status
record_decode(const struct record_type *type, const void *bytes, size_t len, struct arena *arena,
              void **ret_record)
{
    struct record_reader reader = { .bytes = bytes, .left = len };
    /* what is left after the fields is at most the tail: one allocation for both */
    char *record = arena_alloc_zero(arena, type->bytes + len);
    for (uint32_t f = 0; f < type->fields_count && !reader.failed; f++) {
        record_take_field(&reader, &type->fields[f], record + type->fields[f].offset);
    }
    if (type->tail_len_offset != RECORD_NO_TAIL && !reader.failed) {
        const uint32_t tail_len = (uint32_t)record_take(&reader, 4);
        if (reader.failed || tail_len != reader.left) {
            return ST_INVALID;
        }
        memcpy(record + type->tail_len_offset, &tail_len, sizeof tail_len);
        if (tail_len > 0) {
            memcpy(record + type->bytes, reader.bytes, tail_len);
        }
        reader.left = 0;
    }
    if (reader.failed || reader.left != 0) {
        return ST_INVALID;
    }
    *ret_record = record;
    return ST_OK;
}

/* platform/base/record_pack.c - packs and unpacks any flat record by its table. */
#include "platform/base/record_pack.h"

#include <string.h>

enum { PACK_INTEGER_BYTES_MAX = 10, PACK_BITS = 7, PACK_MORE = 0x80, PACK_WORD = 8 };

/* A length from this one on: not of the word, but of what it is more than the one before it. Two
 * instants of a task are not far from each other. */
enum { PACK_NEAR = PACK_WORD + 1, PACK_MORE_BYTES_MAX = 0xF - PACK_NEAR };

static uint8_t *
pack_put(uint8_t *to, uint64_t value)
{
    while (value >= PACK_MORE) {
        *to++ = (uint8_t)(value | PACK_MORE);
        value >>= PACK_BITS;
    }
    *to++ = (uint8_t)value;
    return to;
}

static const uint8_t *
pack_take(const uint8_t *from, uint64_t *ret)
{
    uint64_t value = 0;
    uint32_t shift = 0;
    for (; (*from & PACK_MORE) != 0; from++) {
        value |= (uint64_t)(*from & ~PACK_MORE) << shift;
        shift += PACK_BITS;
        ASSERT(shift < 64);
    }
    *ret = value | (uint64_t)*from << shift;
    return from + 1;
}

static uint64_t
pack_load(const char *at, enum record_kind kind)
{
    uint8_t  u8 = 0;
    uint16_t u16 = 0;
    uint32_t u32 = 0;
    uint64_t u64 = 0;
    switch (kind) {
    case RECORD_U8:
    case RECORD_TEXT:
        memcpy(&u8, at, sizeof u8);
        return u8;
    case RECORD_U16:
        memcpy(&u16, at, sizeof u16);
        return u16;
    case RECORD_U32:
        memcpy(&u32, at, sizeof u32);
        return u32;
    case RECORD_U64:
    case RECORD_I64:
        memcpy(&u64, at, sizeof u64);
        return u64;
    }
    return 0;
}

static void
pack_save(char *at, enum record_kind kind, uint64_t value)
{
    const uint8_t  u8 = (uint8_t)value;
    const uint16_t u16 = (uint16_t)value;
    const uint32_t u32 = (uint32_t)value;
    switch (kind) {
    case RECORD_U8:
    case RECORD_TEXT:
        memcpy(at, &u8, sizeof u8);
        break;
    case RECORD_U16:
        memcpy(at, &u16, sizeof u16);
        break;
    case RECORD_U32:
        memcpy(at, &u32, sizeof u32);
        break;
    case RECORD_U64:
    case RECORD_I64:
        memcpy(at, &value, sizeof value);
        break;
    }
}

static size_t
pack_width(enum record_kind kind)
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

static uint32_t
pack_tail_len(const struct record_type *type, const void *record)
{
    uint32_t len = 0;
    if (type->tail_len_offset != RECORD_NO_TAIL) {
        memcpy(&len, (const char *)record + type->tail_len_offset, sizeof len);
    }
    return len;
}

static size_t
pack_words(const struct record_type *type)
{
    return (record_flat_bytes(type) + PACK_WORD - 1) / PACK_WORD;
}

size_t
record_pack_bound(const struct record_type *type, const void *record)
{
    /* a word is written whole, be it that less of it stays */
    size_t bytes = PACK_INTEGER_BYTES_MAX + pack_tail_len(type, record) +
                   pack_words(type) * (PACK_WORD + 1) + 2 * PACK_WORD;
    for (uint32_t f = type->flat_fields; f < type->fields_count; f++) {
        const struct record_field *field = &type->fields[f];
        bytes += PACK_INTEGER_BYTES_MAX;
        bytes += field->kind == RECORD_TEXT ? field->count
                                            : (size_t)field->count * PACK_INTEGER_BYTES_MAX;
    }
    return bytes;
}

static uint32_t
pack_word_len(uint64_t word)
{
    return word == 0 ? 0 : PACK_WORD - (uint32_t)__builtin_clzll(word) / 8;
}

/* Of a pair's words those that its record has; what is behind its end is 0. */
static void
pack_pair_load(uint64_t pair[2], const char *base, size_t bytes, size_t at)
{
    const size_t there = bytes - at;
    if (there >= 2 * PACK_WORD) {
        memcpy(pair, base + at, 2 * PACK_WORD);
    } else {
        pair[0] = 0;
        pair[1] = 0;
        memcpy(pair, base + at, there);
    }
}

/* How many pairs there are up to the last one that is not 0. */
static size_t
pack_pairs(const char *base, size_t bytes)
{
    uint64_t pair[2];
    for (size_t pairs = (bytes + 2 * PACK_WORD - 1) / (2 * PACK_WORD); pairs > 0; pairs--) {
        pack_pair_load(pair, base, bytes, (pairs - 1) * 2 * PACK_WORD);
        if ((pair[0] | pair[1]) != 0) {
            return pairs;
        }
    }
    return 0;
}

/* Two words: their lengths, then of each so many bytes. Of the second how much more it is than the
 * first, where that is shorter. Returns where the next ones go. */
static uint8_t *
pack_pair(uint8_t *to, uint8_t *lens, const uint64_t pair[2])
{
    const uint64_t more = pair[1] - pair[0];
    const uint32_t more_len = pack_word_len(more);
    const uint32_t first = pack_word_len(pair[0]);
    const uint32_t second = pack_word_len(pair[1]);
    const bool     is_near = more_len < second && more_len <= PACK_MORE_BYTES_MAX;
    const uint32_t len = is_near ? more_len : second;
    *lens = (uint8_t)(first | (is_near ? PACK_NEAR + more_len : second) << 4);
    memcpy(to, &pair[0], PACK_WORD);
    memcpy(to + first, is_near ? &more : &pair[1], PACK_WORD);
    return to + first + len;
}

/* Flat fields: how many pairs of words, a byte for each, then the bytes of all. */
static uint8_t *
pack_flat(uint8_t *to, const struct record_type *type, const char *base)
{
    const size_t bytes = record_flat_bytes(type);
    if (bytes == 0) {
        return to;
    }
    const size_t pairs = pack_pairs(base, bytes);
    ASSERT(pairs <= UINT8_MAX);
    *to++ = (uint8_t)pairs;
    uint8_t *lens = to;
    to += pairs;
    for (size_t i = 0; i < pairs; i++) {
        uint64_t pair[2];
        pack_pair_load(pair, base, bytes, i * 2 * PACK_WORD);
        to = pack_pair(to, lens + i, pair);
    }
    return to;
}

/* An array: how many entries, then these; what follows the last one that is not 0 is left out. */
static uint8_t *
pack_array(uint8_t *to, const struct record_field *field, const char *at)
{
    const size_t width = pack_width(field->kind);
    uint32_t     count = field->count;
    while (count > 0 && pack_load(at + (count - 1) * width, field->kind) == 0) {
        count--;
    }
    to = pack_put(to, count);
    for (uint32_t i = 0; i < count; i++) {
        to = pack_put(to, pack_load(at + i * width, field->kind));
    }
    return to;
}

static uint8_t *
pack_bytes(uint8_t *to, const char *bytes, size_t len)
{
    to = pack_put(to, len);
    memcpy(to, bytes, len);
    return to + len;
}

size_t
record_pack(const struct record_type *type, const void *record, uint8_t *to)
{
    const char    *base = record;
    uint8_t *const begin = to;
    to = pack_flat(to, type, base);
    for (uint32_t f = type->flat_fields; f < type->fields_count; f++) {
        const struct record_field *field = &type->fields[f];
        const char                *at = base + field->offset;
        if (field->kind == RECORD_TEXT) {
            to = pack_bytes(to, at, strnlen(at, field->count));
        } else if (field->count > 1) {
            to = pack_array(to, field, at);
        } else {
            to = pack_put(to, pack_load(at, field->kind));
        }
    }
    if (type->tail_len_offset != RECORD_NO_TAIL) {
        to = pack_bytes(to, base + type->bytes, pack_tail_len(type, record));
    }
    return (size_t)(to - begin);
}

static const uint8_t *
unpack_pair(const uint8_t *from, uint8_t lens, uint64_t ret_pair[2])
{
    const uint32_t first = lens & 0xF;
    const uint32_t second = lens >> 4;
    const bool     is_near = second >= PACK_NEAR;
    const uint32_t len = is_near ? second - PACK_NEAR : second;
    ASSERT(first <= PACK_WORD);
    ret_pair[0] = 0;
    ret_pair[1] = 0;
    memcpy(&ret_pair[0], from, first);
    memcpy(&ret_pair[1], from + first, len);
    ret_pair[1] += is_near ? ret_pair[0] : 0;
    return from + first + len;
}

/* Into the record, or nowhere: to may be NULL. */
static const uint8_t *
unpack_flat(const uint8_t *from, const struct record_type *type, char *to)
{
    const size_t bytes = record_flat_bytes(type);
    if (bytes == 0) {
        return from;
    }
    const size_t   pairs = *from++;
    const uint8_t *lens = from;
    from += pairs;
    for (size_t i = 0; i < pairs; i++) {
        const size_t at = i * 2 * PACK_WORD;
        uint64_t     pair[2];
        ASSERT(at < bytes);
        from = unpack_pair(from, lens[i], pair);
        if (to != NULL) { /* what is not written there is 0 already */
            memcpy(to + at, pair, bytes - at < sizeof pair ? bytes - at : sizeof pair);
        }
    }
    return from;
}

static const uint8_t *
unpack_field(const uint8_t *from, const struct record_field *field, char *at)
{
    uint64_t value = 0;
    if (field->kind != RECORD_TEXT && field->count == 1) {
        from = pack_take(from, &value);
        pack_save(at, field->kind, value);
        return from;
    }
    uint64_t count = 0;
    from = pack_take(from, &count);
    ASSERT(count <= field->count);
    if (field->kind == RECORD_TEXT) {
        memcpy(at, from, (size_t)count);
        return from + count;
    }
    for (uint64_t i = 0; i < count; i++) {
        from = pack_take(from, &value);
        pack_save(at + i * pack_width(field->kind), field->kind, value);
    }
    return from;
}

/* Where the tail begins, behind its length; NULL: it has none. */
static const uint8_t *
unpack_find_tail(const struct record_type *type, const uint8_t *from, uint64_t *ret_len)
{
    if (type->tail_len_offset == RECORD_NO_TAIL) {
        return NULL;
    }
    from = unpack_flat(from, type, NULL);
    for (uint32_t f = type->flat_fields; f < type->fields_count; f++) {
        const struct record_field *field = &type->fields[f];
        uint64_t count = 1;
        uint64_t value = 0;
        if (field->kind == RECORD_TEXT || field->count > 1) {
            from = pack_take(from, &count);
        }
        if (field->kind == RECORD_TEXT) {
            from += count;
            continue;
        }
        for (; count > 0; count--) {
            from = pack_take(from, &value);
        }
    }
    return pack_take(from, ret_len);
}

void *
record_unpack(const struct record_type *type, const uint8_t *from, struct arena *arena)
{
    uint64_t       tail_len = 0;
    const uint8_t *tail = unpack_find_tail(type, from, &tail_len);
    char          *record = arena_alloc_zero(arena, type->bytes + (size_t)tail_len);
    from = unpack_flat(from, type, record);
    for (uint32_t f = type->flat_fields; f < type->fields_count; f++) {
        from = unpack_field(from, &type->fields[f], record + type->fields[f].offset);
    }
    if (tail != NULL) {
        const uint32_t len = (uint32_t)tail_len;
        memcpy(record + type->tail_len_offset, &len, sizeof len);
        memcpy(record + type->bytes, tail, len);
    }
    return record;
}

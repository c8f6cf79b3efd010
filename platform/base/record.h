/*
 * platform/base/record.h - flat records described by a table of their fields: messages between
 * processes and values in the store.
 *
 * Shape:  a record is one C struct without pointers, then an optional tail of bytes ("char tail[]",
 *         its length in a uint32_t field named by tail_len_offset). Strings are arrays in the
 *         struct (RECORD_TEXT) or the tail.
 * Hash:   over the fields in table order; those that stand side by side in the struct, without
 *         padding, are taken in words, so padding cannot leak in.
 * Wire:   little-endian, fields in table order, text length-prefixed, then the tail.
 */
#ifndef PLATFORM_BASE_RECORD_H
#define PLATFORM_BASE_RECORD_H

#include "platform/base/arena.h"
#include "platform/base/strbuf.h"

enum record_kind { RECORD_U8, RECORD_U16, RECORD_U32, RECORD_U64, RECORD_I64, RECORD_TEXT };

struct record_field {
    const char      *name;
    enum record_kind kind;
    uint16_t         offset;
    uint16_t         count; /* array length; RECORD_TEXT: bytes of the array, NUL included */
};

struct record_type {
    const char                *name; /* shown in traces */
    uint32_t                   id;   /* unique among all types; never reused */
    uint32_t                   bytes; /* the struct without its tail */
    const struct record_field *fields;
    uint32_t                   fields_count;
    /* So many of the first fields are numbers that fill the struct from its beginning, end to end
     * in table order; 0 is always right, and slower. */
    uint32_t                   flat_fields;
    uint32_t                   tail_len_offset; /* RECORD_NO_TAIL when there is none */
};
#define RECORD_NO_TAIL UINT32_MAX

#define RECORD_FIELD(type, kind, member) { #member, kind, (uint16_t)offsetof(type, member), 1 }
#define RECORD_ARRAY(type, kind, member, count)                                                    \
    { #member, kind, (uint16_t)offsetof(type, member), count }
#define RECORD_STRING(type, member)                                                                \
    { #member, RECORD_TEXT, (uint16_t)offsetof(type, member), sizeof(((type *)0)->member) }

/* Bytes of this record with its tail. */
size_t record_size(const struct record_type *type, const void *record);

/* A copy in the arena, or in memory_alloc memory. */
void *record_copy(const struct record_type *type, const void *record, struct arena *arena);
void *record_clone(const struct record_type *type, const void *record);

uint64_t record_hash(const struct record_type *type, const void *record, uint64_t seed);

void record_encode(const struct record_type *type, const void *record, struct strbuf *out);

/* ST_INVALID when the bytes are not exactly one such record. */
enum status record_decode(const struct record_type *type, const void *bytes, size_t len,
                          struct arena *arena, void **ret_record) MUST_USE;

/* The word hash used for records, traces and seeds: one step of a 64-bit mixing function. */
static inline uint64_t
hash_step(uint64_t hash, uint64_t value)
{
    hash ^= value;
    hash *= UINT64_C(0x9E3779B97F4A7C15);
    return hash ^ (hash >> 32);
}

uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t len); /* XXH64 seeded with hash */

/* Multiplies to 128 bits and folds: one step of a fast hash. */
static inline uint64_t
hash_fold(uint64_t a, uint64_t b)
{
    __extension__ typedef unsigned __int128 wide;
    const wide product = (wide)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* For few bytes, such as names and words of a record: quicker than hash_bytes. */
uint64_t hash_short(uint64_t hash, const void *bytes, size_t len);

/* Bytes of the fields that record_type.flat_fields counts. */
size_t record_flat_bytes(const struct record_type *type);

#endif

/*
 * tests/unit/base/test_record.c
 *
 * Goal:   a record survives its encoding, hashes by its fields alone, and no bytes from outside can
 *         do harm when they are decoded.
 * Method: one record with every kind of field; padding and unused text filled with two poisons; the
 *         encoding cut at every length and changed at every byte, in memory of its exact size.
 */
#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>

#include "platform/base/memory.h"
#include "platform/base/record_pack.h"

struct sample {
    uint8_t  small;
    uint64_t large; /* padding before it */
    uint16_t ports[3];
    int64_t  at_ns;
    char     name[10];
    uint32_t count;
    uint32_t tail_len;
    char     tail[];
};

static const struct record_field sample_fields[] = {
    RECORD_FIELD(struct sample, RECORD_U8, small),
    RECORD_FIELD(struct sample, RECORD_U64, large),
    RECORD_ARRAY(struct sample, RECORD_U16, ports, 3),
    RECORD_FIELD(struct sample, RECORD_I64, at_ns),
    RECORD_STRING(struct sample, name),
    RECORD_FIELD(struct sample, RECORD_U32, count),
};

static const struct record_type sample_type = {
    .name = "sample",
    .id = 77,
    .bytes = offsetof(struct sample, tail),
    .fields = sample_fields,
    .fields_count = COUNT_OF(sample_fields),
    .tail_len_offset = offsetof(struct sample, tail_len),
};

/* The same values every time over whatever was there before. */
static struct sample *
sample_make(uint8_t poison, const char *tail)
{
    const size_t tail_len = strlen(tail);
    struct sample *sample = memory_alloc(sizeof *sample + tail_len);
    memset(sample, poison, sizeof *sample + tail_len);
    sample->small = 200;
    sample->large = UINT64_C(0x0123456789ABCDEF);
    sample->ports[0] = 80;
    sample->ports[1] = 443;
    sample->ports[2] = 65535;
    sample->at_ns = -5;
    (void)snprintf(sample->name, sizeof sample->name, "web");
    sample->count = 9;
    sample->tail_len = (uint32_t)tail_len;
    memcpy(sample->tail, tail, tail_len);
    return sample;
}

static void
assert_same(const struct sample *a, const struct sample *b)
{
    cr_assert_eq(a->small, b->small);
    cr_assert_eq(a->large, b->large);
    cr_assert_arr_eq(a->ports, b->ports, sizeof a->ports);
    cr_assert_eq(a->at_ns, b->at_ns);
    cr_assert_str_eq(a->name, b->name);
    cr_assert_eq(a->count, b->count);
    cr_assert_eq(a->tail_len, b->tail_len);
    cr_assert_arr_eq(a->tail, b->tail, a->tail_len);
}

static enum status
decode(const char *bytes, size_t len, struct arena *arena, void **ret)
{
    char *exact = memory_alloc(len); /* so that an overrun shows */
    memcpy(exact, bytes, len);
    const enum status status = record_decode(&sample_type, exact, len, arena, ret);
    memory_free(exact);
    return status;
}

Test(record, survives_its_encoding)
{
    static const char *const tails[] = { "", "x", "a longer tail of bytes" };
    for (uint32_t i = 0; i < COUNT_OF(tails); i++) {
        struct sample *sample = sample_make(0xA5, tails[i]);
        struct strbuf bytes = { 0 };
        struct arena arena = { 0 };
        void *back = NULL;
        record_encode(&sample_type, sample, &bytes);
        cr_assert_eq(decode(bytes.text, bytes.len, &arena, &back), ST_OK);
        assert_same(sample, back);
        cr_assert_eq(record_hash(&sample_type, sample, 1), record_hash(&sample_type, back, 1));
        arena_fini(&arena);
        strbuf_fini(&bytes);
        memory_free(sample);
    }
}

Test(record, is_copied_with_its_tail)
{
    struct sample *sample = sample_make(0, "tail");
    struct arena arena = { 0 };
    cr_assert_eq(record_size(&sample_type, sample), offsetof(struct sample, tail) + 4);
    assert_same(sample, record_copy(&sample_type, sample, &arena));
    struct sample *clone = record_clone(&sample_type, sample);
    assert_same(sample, clone);
    memory_free(clone);
    memory_free(sample);
    arena_fini(&arena);
}

Test(record, hashes_and_encodes_no_byte_of_padding)
{
    struct sample *a = sample_make(0x00, "tail");
    struct sample *b = sample_make(0xFF, "tail");
    struct strbuf bytes_a = { 0 };
    struct strbuf bytes_b = { 0 };
    cr_assert_eq(record_hash(&sample_type, a, 1), record_hash(&sample_type, b, 1));
    record_encode(&sample_type, a, &bytes_a);
    record_encode(&sample_type, b, &bytes_b);
    cr_assert_eq(bytes_a.len, bytes_b.len);
    cr_assert_arr_eq(bytes_a.text, bytes_b.text, bytes_a.len);
    strbuf_fini(&bytes_a);
    strbuf_fini(&bytes_b);
    memory_free(a);
    memory_free(b);
}

Test(record, hashes_every_field)
{
    struct sample *sample = sample_make(0, "tail");
    const uint64_t hash = record_hash(&sample_type, sample, 1);
    cr_assert_neq(record_hash(&sample_type, sample, 2), hash, "the seed");
#define CHANGED(change, back)                                                                      \
    do {                                                                                           \
        change;                                                                                    \
        cr_assert_neq(record_hash(&sample_type, sample, 1), hash, #change);                        \
        back;                                                                                      \
        cr_assert_eq(record_hash(&sample_type, sample, 1), hash);                                  \
    } while (0)
    CHANGED(sample->small++, sample->small--);
    CHANGED(sample->large ^= UINT64_C(1) << 63, sample->large ^= UINT64_C(1) << 63);
    CHANGED(sample->ports[2]--, sample->ports[2]++);
    CHANGED(sample->at_ns++, sample->at_ns--);
    CHANGED(sample->name[2] = 'c', sample->name[2] = 'b');
    CHANGED(sample->count++, sample->count--);
    CHANGED(sample->tail[3] = 'k', sample->tail[3] = 'l');
    CHANGED(sample->tail_len--, sample->tail_len++);
#undef CHANGED
    memory_free(sample);
}

Test(record, refuses_bytes_that_are_too_few_or_too_many)
{
    struct sample *sample = sample_make(0, "tail");
    struct strbuf bytes = { 0 };
    struct arena arena = { 0 };
    void *back = NULL;
    record_encode(&sample_type, sample, &bytes);
    for (size_t len = 0; len < bytes.len; len++) {
        cr_assert_eq(decode(bytes.text, len, &arena, &back), ST_INVALID, "cut at %zu", len);
    }
    strbuf_add_char(&bytes, 'x');
    cr_assert_eq(decode(bytes.text, bytes.len, &arena, &back), ST_INVALID);
    cr_assert_null(back, "nothing is returned without success");
    arena_fini(&arena);
    strbuf_fini(&bytes);
    memory_free(sample);
}

/* Whatever is accepted must encode to the very bytes that it came from. */
Test(record, accepts_no_bytes_but_its_own_encoding)
{
    struct sample *sample = sample_make(0, "tail");
    struct strbuf bytes = { 0 };
    struct arena arena = { 0 };
    record_encode(&sample_type, sample, &bytes);
    for (size_t at = 0; at < bytes.len; at++) {
        for (uint32_t value = 1; value < 256; value++) { /* 0 within a text would end it */
            const char old = bytes.text[at];
            void *back = NULL;
            bytes.text[at] = (char)value;
            if (decode(bytes.text, bytes.len, &arena, &back) == ST_OK) {
                struct strbuf again = { 0 };
                record_encode(&sample_type, back, &again);
                cr_assert_eq(again.len, bytes.len);
                cr_assert_arr_eq(again.text, bytes.text, bytes.len);
                strbuf_fini(&again);
            }
            bytes.text[at] = old;
        }
        arena_reset(&arena);
    }
    arena_fini(&arena);
    strbuf_fini(&bytes);
    memory_free(sample);
}

Test(record, survives_its_packing_whatever_is_0_in_it)
{
    static const char *const tails[] = { "", "x", "a longer tail of bytes" };
    static const uint16_t ports[][3] = { { 0, 0, 0 }, { 7, 0, 0 }, { 0, 0, 7 },
                                         { 80, 443, 65535 } };
    for (uint32_t i = 0; i < COUNT_OF(tails) * COUNT_OF(ports); i++) {
        struct sample *sample = sample_make(0xA5, tails[i % COUNT_OF(tails)]);
        struct arena arena = { 0 };
        memcpy(sample->ports, ports[i / COUNT_OF(tails)], sizeof sample->ports);
        sample->large = i % 2 == 0 ? 0 : UINT64_MAX;
        sample->at_ns = i % 3 == 0 ? INT64_MIN : (int64_t)i;
        const size_t bound = record_pack_bound(&sample_type, sample);
        uint8_t *packed = memory_alloc(bound);
        const size_t bytes = record_pack(&sample_type, sample, packed);
        cr_assert_leq(bytes, bound);
        packed = memory_resize(packed, bytes); /* so that an overrun shows */
        const struct sample *back = record_unpack(&sample_type, packed, &arena);
        assert_same(sample, back);
        cr_assert_eq(record_hash(&sample_type, sample, 1), record_hash(&sample_type, back, 1));
        arena_fini(&arena);
        memory_free(packed);
        memory_free(sample);
    }
}

Test(record, packs_what_is_0_into_a_byte_a_field)
{
    uint8_t packed[200];
    const struct sample nothing = { 0 };
    cr_assert_leq(record_pack_bound(&sample_type, &nothing), sizeof packed);
    cr_assert_eq(record_pack(&sample_type, &nothing, packed), COUNT_OF(sample_fields) + 1);
}

Test(record, hashes_short_texts_of_all_lengths_apart)
{
    char     text[40];
    uint64_t seen[sizeof text + 1];
    memset(text, 'a', sizeof text);
    for (size_t len = 0; len <= sizeof text; len++) {
        char *exact = memory_alloc(len); /* so that an overrun shows */
        memcpy(exact, text, len);
        seen[len] = hash_short(7, exact, len);
        for (size_t at = 0; at < len; at++) { /* no byte is left out */
            exact[at] = 'b';
            cr_assert_neq(hash_short(7, exact, len), seen[len], "byte %zu of %zu", at, len);
            exact[at] = 'a';
        }
        cr_assert_neq(hash_short(8, exact, len), seen[len], "the seed, %zu bytes", len);
        for (size_t other = 0; other < len; other++) {
            cr_assert_neq(seen[other], seen[len], "%zu and %zu bytes", other, len);
        }
        memory_free(exact);
    }
}

/*
 * tests/unit/wire/test_records.c
 *
 * Goal:   what the tables of all messages and stored records say of their flat fields is true, and
 *         their hashes and packings miss nothing.
 * Method: every type's fields are walked and compared with what it says; every byte of a field is
 *         changed once, in memory filled with two poisons.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "platform/base/memory.h"
#include "platform/base/record_pack.h"
#include "platform/base/rng.h"
#include "platform/model/records.h"
#include "platform/wire/messages.h"

enum { TYPES_MAX = 64 };

static uint32_t
types_all(const struct record_type *types[TYPES_MAX])
{
    uint32_t count = 0;
    for (uint32_t table = 1; table < STORE_TABLE_COUNT; table++) {
        types[count++] = table_type((enum store_table)table);
    }
    for (uint32_t id = 1; message_type_find(id) != NULL; id++) {
        types[count++] = message_type_find(id);
    }
    cr_assert_lt(count, TYPES_MAX);
    return count;
}

static uint32_t
field_bytes(const struct record_field *field)
{
    static const uint32_t widths[] = { [RECORD_U8] = 1,  [RECORD_U16] = 2, [RECORD_U32] = 4,
                                       [RECORD_U64] = 8, [RECORD_I64] = 8, [RECORD_TEXT] = 1 };
    return widths[field->kind] * field->count;
}

Test(records, say_of_no_field_that_it_is_flat_which_is_not)
{
    const struct record_type *types[TYPES_MAX];
    const uint32_t            count = types_all(types);
    for (uint32_t t = 0; t < count; t++) {
        uint32_t end = 0;
        cr_assert_leq(types[t]->flat_fields, types[t]->fields_count, "%s", types[t]->name);
        for (uint32_t f = 0; f < types[t]->flat_fields; f++) {
            const struct record_field *field = &types[t]->fields[f];
            cr_assert_neq(field->kind, RECORD_TEXT, "%s.%s", types[t]->name, field->name);
            cr_assert_eq(field->offset, end, "%s.%s", types[t]->name, field->name);
            end += field_bytes(field);
        }
        cr_assert_eq(record_flat_bytes(types[t]), end, "%s", types[t]->name);
    }
}

/* A record whose fields are all 0, and whatever else there is poison. */
static char *
record_make(const struct record_type *type, uint8_t poison)
{
    char *record = memory_alloc(type->bytes);
    memset(record, poison, type->bytes);
    for (uint32_t f = 0; f < type->fields_count; f++) {
        memset(record + type->fields[f].offset, 0, field_bytes(&type->fields[f]));
    }
    if (type->tail_len_offset != RECORD_NO_TAIL) {
        memset(record + type->tail_len_offset, 0, sizeof(uint32_t));
    }
    return record;
}

Test(records, hash_and_pack_every_byte_of_every_field_and_nothing_else)
{
    const struct record_type *types[TYPES_MAX];
    const uint32_t            count = types_all(types);
    for (uint32_t t = 0; t < count; t++) {
        const struct record_type *type = types[t];
        char         *record = record_make(type, 0x00);
        char         *poisoned = record_make(type, 0xFF);
        struct arena  arena = { 0 };
        const uint64_t hash = record_hash(type, record, 1);
        cr_assert_eq(record_hash(type, poisoned, 1), hash, "%s: padding", type->name);
        for (uint32_t f = 0; f < type->fields_count; f++) {
            const struct record_field *field = &type->fields[f];
            const uint32_t bytes = field->kind == RECORD_TEXT ? 1 : field_bytes(field);
            for (uint32_t i = 0; i < bytes; i++) { /* a text: what follows its NUL is unused */
                record[field->offset + i] = 0x41;
                cr_assert_neq(record_hash(type, record, 1), hash, "%s.%s", type->name,
                              field->name);
                uint8_t *packed = memory_alloc(record_pack_bound(type, record));
                (void)record_pack(type, record, packed);
                const char *back = record_unpack(type, packed, &arena);
                cr_assert_eq(record_hash(type, back, 1), record_hash(type, record, 1), "%s.%s",
                             type->name, field->name);
                cr_assert_eq(back[field->offset + i], 0x41);
                memory_free(packed);
                record[field->offset + i] = 0;
            }
        }
        arena_fini(&arena);
        memory_free(record);
        memory_free(poisoned);
    }
}

/* A word of few bytes or many, or a little or much more, or less, than the one before it. */
static uint64_t
word_draw(struct rng *rng, uint64_t before)
{
    const uint64_t high = rng_below(rng, UINT32_MAX);
    const uint64_t any = (high << 32 | rng_below(rng, UINT32_MAX)) >> rng_below(rng, 64);
    switch (rng_below(rng, 4)) {
    case 0:
        return 0;
    case 1:
        return any;
    case 2:
        return before + any;
    }
    return before - any;
}

Test(records, survive_their_packing_whatever_a_word_is_beside_the_one_before)
{
    const struct record_type *types[TYPES_MAX];
    const uint32_t            count = types_all(types);
    struct rng                rng;
    struct arena              arena = { 0 };
    rng_init(&rng, 1, 0, "test");
    for (uint32_t round = 0; round < 400 * count; round++) {
        const struct record_type *type = types[round % count];
        char          *record = record_make(type, 0x00);
        const uint32_t bytes = (uint32_t)record_flat_bytes(type);
        uint64_t       word = 0;
        for (uint32_t at = 0; at < bytes; at += (uint32_t)sizeof word) {
            word = word_draw(&rng, word);
            memcpy(record + at, &word, bytes - at < sizeof word ? bytes - at : sizeof word);
        }
        const size_t bound = record_pack_bound(type, record);
        uint8_t     *packed = memory_alloc(bound);
        const size_t packed_bytes = record_pack(type, record, packed);
        cr_assert_leq(packed_bytes, bound);
        packed = memory_resize(packed, packed_bytes); /* so that an overrun shows */
        const char *back = record_unpack(type, packed, &arena);
        cr_assert_arr_eq(back, record, bytes, "%s", type->name);
        memory_free(packed);
        memory_free(record);
        arena_reset(&arena);
    }
    arena_fini(&arena);
}

Test(records, take_few_bytes_of_a_store_for_a_running_task)
{
    const int64_t            at_ns = INT64_C(1767225600123456789);
    const struct task_record task = { .id = 1500000,
                                      .app = 1500,
                                      .version = 1500,
                                      .deployment = 1500,
                                      .created_at_ns = at_ns,
                                      .running_at_ns = at_ns + 3 * INT64_C(1000000000),
                                      .node = 3000,
                                      .ipv4 = 0x0A000102,
                                      .state = TASK_RUNNING,
                                      .wants_ready = 1 };
    uint8_t packed[400];
    cr_assert_leq(record_pack_bound(&task_record_type, &task), sizeof packed);
    cr_assert_leq(record_pack(&task_record_type, &task, packed), 35);
}

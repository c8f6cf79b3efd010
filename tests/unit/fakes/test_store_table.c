/*
 * tests/unit/fakes/test_store_table.c
 *
 * Goal:   the store's tables keep every record in order of id, whatever its size and however often
 *         it is written anew, and hold no more than they need.
 * Method: many drawn writes and deletions beside a plain array that says what must be there.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "fakes/store/table.h"
#include "platform/base/rng.h"

struct entry {
    uint64_t number;
    uint32_t tail_len;
    char     tail[];
};

static const struct record_field entry_fields[] = {
    RECORD_FIELD(struct entry, RECORD_U64, number),
};
static const struct record_type entry_type = { .name = "entry",
                                               .id = 900,
                                               .bytes = offsetof(struct entry, tail),
                                               .fields = entry_fields,
                                               .fields_count = 1,
                                               .flat_fields = 1,
                                               .tail_len_offset =
                                                   offsetof(struct entry, tail_len) };

enum { IDS = 2000, TAIL_MAX = 300, STEPS = 40000 };
enum { NUMBER = 1000 }; /* it and those behind it are packed into as many bytes */

static uint32_t
entry_make(struct table_records *records, uint64_t number, uint32_t tail_len)
{
    _Alignas(struct entry) char bytes[sizeof(struct entry) + TAIL_MAX] = { 0 };
    struct entry *entry = (struct entry *)bytes;
    entry->number = number;
    entry->tail_len = tail_len;
    memset(entry->tail, (int)(number % 251), tail_len);
    return table_record_make(records, &entry_type, entry);
}

static void
assert_entry(const struct table_records *records, uint32_t record, uint64_t number,
             uint32_t tail_len)
{
    struct arena               arena = { 0 };
    const struct table_record *found = table_record_at(records, record);
    const struct entry *entry = record_unpack(records->types[found->type], found->packed, &arena);
    cr_assert_eq(entry->number, number);
    cr_assert_eq(entry->tail_len, tail_len);
    for (uint32_t i = 0; i < tail_len; i++) {
        cr_assert_eq((uint8_t)entry->tail[i], number % 251);
    }
    arena_fini(&arena);
}

Test(store_table, keeps_what_was_written_last_in_order_of_id)
{
    static uint64_t      numbers[IDS]; /* 0: absent */
    static uint32_t      lens[IDS];
    struct table_records records;
    struct table         table;
    struct rng           rng;
    uint32_t             count = 0;
    rng_init(&rng, 1, 0, "test");
    table_records_init(&records, 0xA5);
    table_init(&table);
    for (uint64_t step = 1; step <= STEPS; step++) {
        const uint32_t id = rng_below(&rng, IDS);
        if (rng_below(&rng, 3) == 0) {
            table_delete(&table, &records, id * UINT64_C(7));
            count -= numbers[id] != 0 ? 1 : 0;
            numbers[id] = 0;
            continue;
        }
        lens[id] = rng_below(&rng, 8) == 0 ? rng_below(&rng, TAIL_MAX) : rng_below(&rng, 60);
        count += numbers[id] == 0 ? 1 : 0;
        numbers[id] = step << rng_below(&rng, 40);
        table_put(&table, &records, id * UINT64_C(7), entry_make(&records, numbers[id], lens[id]));
    }
    cr_assert_eq(table.count, count);
    uint64_t next = 0;
    for (uint32_t id = 0; id < IDS; id++) {
        const uint32_t found = table_find(&table, id * UINT64_C(7));
        cr_assert_eq(found != 0, numbers[id] != 0, "id %u", id);
        cr_assert_eq(table_find(&table, id * UINT64_C(7) + 1), 0);
        if (found != 0) {
            uint64_t at = 0;
            assert_entry(&records, found, numbers[id], lens[id]);
            cr_assert_eq(table_next(&table, next, &at), found);
            cr_assert_eq(at, id * UINT64_C(7));
            next = at + 1;
        }
    }
    cr_assert_eq(table_next(&table, next, &next), 0);
    table_fini(&table);
    table_records_fini(&records);
}

static uint32_t
slabs_count(const struct heap *heap)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < HEAP_SIZES; i++) {
        count += heap->sizes[i].slabs.count - heap->sizes[i].slabs_free.count;
    }
    return count;
}

Test(store_table, gives_back_the_room_of_records_that_grew_or_went)
{
    struct table_records records;
    struct table         table;
    table_records_init(&records, 0);
    table_init(&table);
    for (uint64_t id = 0; id < IDS; id++) {
        table_put(&table, &records, id, entry_make(&records, NUMBER + id, 10));
    }
    const uint32_t small = slabs_count(&records.heap);
    for (uint64_t id = 0; id < IDS; id++) {
        table_put(&table, &records, id, entry_make(&records, NUMBER + id, 40));
    }
    cr_assert_leq(slabs_count(&records.heap), small + 1, "one of the small ones stays");
    for (uint64_t id = 0; id < IDS; id++) {
        table_put(&table, &records, id, entry_make(&records, NUMBER + id, TAIL_MAX));
    }
    cr_assert_eq(records.heap.large.count - records.heap.large_free.count, IDS);
    for (uint64_t id = 0; id < IDS; id++) {
        table_delete(&table, &records, id);
    }
    cr_assert_eq(table.count, 0);
    cr_assert_eq(table.pages.count, 0);
    cr_assert_eq(records.heap.large.count - records.heap.large_free.count, 0);
    cr_assert_leq(slabs_count(&records.heap), 3, "one of a size");
    table_fini(&table);
    table_records_fini(&records);
}

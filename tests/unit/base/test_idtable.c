/*
 * tests/unit/base/test_idtable.c
 *
 * Goal:   a table holds what was put into it and not removed, by id and in order of id, however
 *         the ids lie.
 * Method: 3,000 random puts and removes, beside an array of flags; ids that are neighbours, far
 *         apart, and at both ends of 64 bits.
 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "platform/base/idtable.h"
#include "platform/base/rng.h"

enum { IDS = 300, STEPS = 3000 };

static uint64_t
spread(uint32_t i, uint32_t kind)
{
    switch (kind) {
    case 0:
        return 1000 + i;
    case 1:
        return (uint64_t)i * i * i * 40000000000U; /* up to 2^60 */
    default:
        return i < IDS / 2 ? i : UINT64_MAX - i;
    }
}

static uint32_t
hold(const struct idtable *table)
{
    for (uint32_t i = 1; i < table->count; i++) {
        cr_assert(lt(u64, table->entries[i - 1].id, table->entries[i].id));
    }
    return table->count;
}

Test(idtable, holds_what_was_put_and_not_removed)
{
    for (uint32_t kind = 0; kind < 3; kind++) {
        struct idtable table = { 0 };
        struct rng     rng;
        int            items[IDS];
        bool           there[IDS] = { false };
        uint32_t       count = 0;
        rng_init(&rng, 7, kind, "idtable");
        for (uint32_t step = 0; step < STEPS; step++) {
            const uint32_t i = (uint32_t)rng_below(&rng, IDS);
            const uint64_t id = spread(i, kind);
            cr_assert(eq(ptr, idtable_get(&table, id), there[i] ? &items[i] : NULL));
            if (there[i]) {
                idtable_remove(&table, id);
                count--;
            } else {
                idtable_put(&table, id, &items[i]);
                count++;
            }
            there[i] = !there[i];
            cr_assert(eq(u32, hold(&table), count));
        }
        for (uint32_t i = 0; i < IDS; i++) {
            cr_assert(eq(ptr, idtable_get(&table, spread(i, kind)), there[i] ? &items[i] : NULL));
            const uint64_t other = spread(i, kind) + (kind == 1 ? 1 : IDS);
            cr_assert(kind == 2 || idtable_get(&table, other) == NULL,
                      "nobody put that one");
        }
        idtable_fini(&table);
    }
}

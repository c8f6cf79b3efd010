/* platform/base/idtable.c - a sorted array, searched from a guess. */
#include "platform/base/idtable.h"

#include <string.h>

#include "platform/base/memory.h"

enum { IDTABLE_FIRST = 4 };

/* The guess is computed in 64 bits: only where span times count does not overflow. */
#define IDTABLE_SPAN_MAX  (UINT64_C(1) << 44)
#define IDTABLE_GUESS_MAX (UINT32_C(1) << 20)

void
idtable_fini(struct idtable *table)
{
    memory_free(table->entries);
    *table = (struct idtable){ 0 };
}

/* The index of the first entry whose id is not below. */
static uint32_t
idtable_index(const struct idtable *table, uint64_t id)
{
    const struct idtable_entry *entries = table->entries;
    const uint32_t count = table->count;
    const uint64_t first = table->first_id;
    if (count == 0 || id <= first) {
        return 0;
    }
    const uint64_t span = table->last_id - first;
    if (id - first > span) {
        return count;
    }
    uint32_t low = 0;
    uint32_t high = count;
    uint32_t middle = span < IDTABLE_SPAN_MAX && count < IDTABLE_GUESS_MAX
                          ? (uint32_t)((id - first) * (count - 1) / span)
                          : count / 2;
    while (low < high) {
        if (entries[middle].id == id) {
            return middle;
        }
        if (entries[middle].id < id) {
            low = middle + 1;
        } else {
            high = middle;
        }
        middle = low + (high - low) / 2;
    }
    return low;
}

/* The entries have changed. */
static void
idtable_note_ends(struct idtable *table)
{
    if (table->count > 0) {
        table->first_id = table->entries[0].id;
        table->last_id = table->entries[table->count - 1].id;
    }
}

void *
idtable_get(const struct idtable *table, uint64_t id)
{
    const uint32_t index = idtable_index(table, id);
    return index < table->count && table->entries[index].id == id ? table->entries[index].item
                                                                  : NULL;
}

void
idtable_put(struct idtable *table, uint64_t id, void *item)
{
    const uint32_t index = idtable_index(table, id);
    ASSERT(index == table->count || table->entries[index].id != id);
    if (table->count == table->capacity) {
        const uint32_t more = table->capacity / 2; /* there are many tables: little to spare */
        table->capacity += more > IDTABLE_FIRST ? more : IDTABLE_FIRST;
        table->entries = memory_resize(table->entries, table->capacity * sizeof *table->entries);
    }
    memmove(table->entries + index + 1, table->entries + index,
            (table->count - index) * sizeof *table->entries);
    table->entries[index] = (struct idtable_entry){ .id = id, .item = item };
    table->count++;
    idtable_note_ends(table);
}

void
idtable_remove(struct idtable *table, uint64_t id)
{
    const uint32_t index = idtable_index(table, id);
    ASSERT(index < table->count && table->entries[index].id == id);
    table->count--;
    memmove(table->entries + index, table->entries + index + 1,
            (table->count - index) * sizeof *table->entries);
    idtable_note_ends(table);
}

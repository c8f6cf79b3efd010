/* fakes/store/table.c - one table of the fake store: records in order of id. */
#include "fakes/store/table.h"

#include <string.h>

#include "platform/base/memory.h"

enum { TABLE_HOLES_MIN = 64 };

void
table_init(struct table *table)
{
    *table = (struct table){ 0 };
    vec_init(&table->rows, sizeof(struct table_row));
}

void
table_fini(struct table *table)
{
    for (uint32_t i = 0; i < table->rows.count; i++) {
        memory_free(((struct table_row *)vec_at(&table->rows, i))->record);
    }
    vec_fini(&table->rows);
}

uint32_t
table_lower(const struct table *table, uint64_t id)
{
    const struct table_row *rows = table->rows.items;
    uint32_t low = 0;
    uint32_t high = table->rows.count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (rows[middle].id < id) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

struct table_row *
table_find(const struct table *table, uint64_t id)
{
    const uint32_t at = table_lower(table, id);
    if (at == table->rows.count) {
        return NULL;
    }
    struct table_row *row = vec_at(&table->rows, at);
    return row->id == id && row->record != NULL ? row : NULL;
}

struct table_record *
table_record_make(const struct record_type *type, const void *record, struct arena *scratch)
{
    uint8_t *packed = arena_alloc(scratch, record_pack_bound(type, record));
    const size_t bytes = record_pack(type, record, packed);
    struct table_record *made = memory_alloc(sizeof *made + bytes);
    *made = (struct table_record){ .type = type };
    memcpy(made->packed, packed, bytes);
    arena_reset(scratch);
    return made;
}

void
table_put(struct table *table, uint64_t id, struct table_record *record)
{
    const uint32_t at = table_lower(table, id);
    struct table_row *row = at < table->rows.count ? vec_at(&table->rows, at) : NULL;
    if (row == NULL || row->id != id) {
        (void)vec_push(&table->rows);
        struct table_row *rows = table->rows.items;
        memmove(rows + at + 1, rows + at, (table->rows.count - 1 - at) * sizeof *rows);
        row = rows + at;
    } else if (row->record == NULL) {
        table->holes--;
    } else {
        memory_free(row->record);
    }
    *row = (struct table_row){ .id = id, .record = record };
}

static void
table_compact(struct table *table)
{
    struct table_row *rows = table->rows.items;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < table->rows.count; i++) {
        if (rows[i].record != NULL) {
            rows[kept++] = rows[i];
        }
    }
    table->rows.count = kept;
    table->holes = 0;
}

void
table_delete(struct table *table, uint64_t id)
{
    struct table_row *row = table_find(table, id);
    if (row == NULL) {
        return;
    }
    memory_free(row->record);
    row->record = NULL;
    table->holes++;
    if (table->holes > TABLE_HOLES_MIN && table->holes * 2 > table->rows.count) {
        table_compact(table);
    }
}

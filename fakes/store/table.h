/*
 * fakes/store/table.h - one table of the fake store: records in order of id. Private to this
 * folder.
 *
 * Inside: a sorted array; ids mostly grow, so that an insertion is an append. A deleted record
 *         leaves a hole until half of the array is holes.
 */
#ifndef FAKES_STORE_TABLE_H
#define FAKES_STORE_TABLE_H

#include "platform/base/record_pack.h"
#include "platform/base/vec.h"

struct table_record {
    uint64_t                  revision;
    const struct record_type *type;
    uint8_t                   packed[]; /* base/record_pack.h */
};

struct table_row {
    uint64_t             id;
    struct table_record *record; /* owned; NULL: a hole */
};

struct table {
    struct vec rows; /* struct table_row, by id */
    uint32_t   holes;
};

void              table_init(struct table *table);
void              table_fini(struct table *table);
struct table_row *table_find(const struct table *table, uint64_t id); /* NULL when absent */
/* A record that no table has yet; scratch is used and reset. */
struct table_record *table_record_make(const struct record_type *type, const void *record,
                                       struct arena *scratch);
/* Takes the record over. */
void table_put(struct table *table, uint64_t id, struct table_record *record);
void table_delete(struct table *table, uint64_t id); /* absent: nothing */
/* The index of the first row with an id of at least that; holes included. */
uint32_t table_lower(const struct table *table, uint64_t id);

#endif

/*
 * fakes/store/table.h - the records of the fake store, packed, and its tables: records in order of
 * id. Private to this folder.
 *
 * Inside: pages of neighbouring ids, in order; ids are given out in turn, so that most pages are
 *         full and the next one comes last. A page goes with its last record.
 */
#ifndef FAKES_STORE_TABLE_H
#define FAKES_STORE_TABLE_H

#include "fakes/store/heap.h"
#include "platform/base/record_pack.h"

enum { TABLE_TYPES_MAX = 32 }; /* of all records together; a limit of ours */

struct table_records {
    struct heap               heap;
    const struct record_type *types[TABLE_TYPES_MAX]; /* in order of first appearance */
    uint32_t                  types_count;
    struct arena              scratch;
};

/* One record; it is a block of the heap. */
struct table_record {
    uint32_t revision; /* a limit of ours: 4 billion transactions */
    uint8_t  type;     /* index into table_records.types */
    uint8_t  packed[]; /* base/record_pack.h */
};

struct table {
    struct vec pages; /* private: struct table_place, in order of key */
    uint32_t   count; /* records */
};

void table_records_init(struct table_records *records, uint8_t poison);
void table_records_fini(struct table_records *records); /* with all that are left */
/* A record that no table has yet, at revision 0: its handle. */
uint32_t table_record_make(struct table_records *records, const struct record_type *type,
                           const void *record);

static inline struct table_record *
table_record_at(const struct table_records *records, uint32_t record)
{
    return heap_at(&records->heap, record);
}

void     table_init(struct table *table);
void     table_fini(struct table *table); /* its records stay */
uint32_t table_find(const struct table *table, uint64_t id); /* 0 when absent */
/* Takes the record over. */
void table_put(struct table *table, struct table_records *records, uint64_t id, uint32_t record);
void table_delete(struct table *table, struct table_records *records, uint64_t id); /* or nothing */
/* The first record with an id from this one on, 0 when there is none. */
uint32_t table_next(const struct table *table, uint64_t from, uint64_t *ret_id);

#endif

/*
 * platform/base/idtable.h - a few things by their ids, in order of id: the tasks of an agent, the
 * containers of an engine.
 *
 * A lookup reads the ids alone, which lie together, and nothing of the things. Ids of one table are
 * often close neighbours, so the search begins where the id would be if they stood evenly.
 * Memory: 16 bytes an entry; the things belong to the caller. A zeroed table is valid and empty.
 * Use:    idtable_put(&t, id, x); struct x *x = idtable_get(&t, id); idtable_remove(&t, id);
 *         for (uint32_t i = 0; i < t.count; i++) { struct x *x = t.entries[i].item; ... }
 */
#ifndef PLATFORM_BASE_IDTABLE_H
#define PLATFORM_BASE_IDTABLE_H

#include "platform/base/common.h"

struct idtable_entry {
    uint64_t id;
    void    *item; /* borrowed, never NULL */
};

struct idtable {
    struct idtable_entry *entries; /* private but for reading, owned; ascending */
    uint32_t              count;
    uint32_t              capacity;
    uint64_t              first_id, last_id; /* private, of count > 0: where a search begins */
};

void  idtable_fini(struct idtable *table);
void *idtable_get(const struct idtable *table, uint64_t id); /* or NULL */
void  idtable_put(struct idtable *table, uint64_t id, void *item); /* it is not there yet */
void  idtable_remove(struct idtable *table, uint64_t id);          /* it is there */

#endif

/*
 * platform/base/idmap.h - a map from ids that are given out in turn to 32-bit values.
 *
 * What map64 does, for ids most of whose neighbours are there too: values stand in pages of
 * neighbours, so that an id costs little more than its value and a run of them is read in one go.
 * A page goes when its last id does.
 *
 * Nothing here can be iterated, as in map.h.
 */
#ifndef PLATFORM_BASE_IDMAP_H
#define PLATFORM_BASE_IDMAP_H

#include "platform/base/map.h"

struct idmap {
    struct map64         pages_by_key; /* private: id / IDMAP_PAGE_IDS -> place in pages + 1 */
    struct idmap_page  **pages;        /* private, owned; a free place holds NULL */
    uint32_t            *pages_free;   /* private, owned: places, a stack */
    uint32_t             pages_count;
    uint32_t             pages_free_count;
    uint32_t             pages_capacity;
    uint32_t             count;
    uint64_t             last_key; /* private: of the page last looked at, + 1; 0: none */
    struct idmap_page   *last;
};

void     idmap_fini(struct idmap *map); /* a zeroed map is valid and empty */
void     idmap_put(struct idmap *map, uint64_t id, uint32_t value); /* value > 0 */
uint32_t idmap_get(struct idmap *map, uint64_t id);                 /* 0 when absent */
void     idmap_remove(struct idmap *map, uint64_t id);

#endif

/*
 * platform/base/map.h - a hash map from a 64-bit key to a 32-bit value, and strings to small ids.
 *
 * Nothing here can be iterated: hash order must never decide anything.
 */
#ifndef PLATFORM_BASE_MAP_H
#define PLATFORM_BASE_MAP_H

#include "platform/base/common.h"
#include "platform/base/vec.h"

struct map64 {
    uint64_t *keys;   /* private, owned */
    uint32_t *values; /* private, owned; 0 = free slot */
    uint32_t  capacity;
    uint32_t  count;
};

void     map64_fini(struct map64 *map); /* a zeroed map is valid and empty */
void     map64_put(struct map64 *map, uint64_t key, uint32_t value); /* value > 0 */
uint32_t map64_get(const struct map64 *map, uint64_t key);           /* 0 when absent */
void     map64_remove(struct map64 *map, uint64_t key);

/* Strings to ids 1, 2, 3... in order of first appearance. Texts stay in place until fini. */
struct intern {
    struct map64 by_hash; /* private: hash -> newest id of that hash */
    struct vec   entries; /* private */
};

void        intern_init(struct intern *intern);
void        intern_fini(struct intern *intern);
uint32_t    intern_id(struct intern *intern, const char *text);         /* adds when new */
uint32_t    intern_find(const struct intern *intern, const char *text); /* 0 when absent */
const char *intern_text(const struct intern *intern, uint32_t id);
uint32_t    intern_count(const struct intern *intern);

#endif

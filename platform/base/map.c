/* platform/base/map.c - open addressing with linear probing; removal shifts back. */
#include "platform/base/map.h"

#include <string.h>

#include "platform/base/memory.h"
#include "platform/base/record.h"

static uint32_t
map64_home(const struct map64 *map, uint64_t key)
{
    return (uint32_t)(hash_step(UINT64_C(0x2545F4914F6CDD1D), key) >> 7) & (map->capacity - 1);
}

static uint32_t
map64_slot(const struct map64 *map, uint64_t key)
{
    uint32_t slot = map64_home(map, key);
    while (map->values[slot] != 0 && map->keys[slot] != key) {
        slot = (slot + 1) & (map->capacity - 1);
    }
    return slot;
}

static void
map64_grow(struct map64 *map)
{
    struct map64 old = *map;
    map->capacity = old.capacity == 0 ? 16 : old.capacity * 2;
    map->keys = memory_alloc_zero(map->capacity, sizeof *map->keys);
    map->values = memory_alloc_zero(map->capacity, sizeof *map->values);
    for (uint32_t i = 0; i < old.capacity; i++) {
        if (old.values[i] != 0) {
            const uint32_t slot = map64_slot(map, old.keys[i]);
            map->keys[slot] = old.keys[i];
            map->values[slot] = old.values[i];
        }
    }
    memory_free(old.keys);
    memory_free(old.values);
}

void
map64_fini(struct map64 *map)
{
    memory_free(map->keys);
    memory_free(map->values);
    *map = (struct map64){ 0 };
}

void
map64_put(struct map64 *map, uint64_t key, uint32_t value)
{
    ASSERT(value > 0);
    if (map->count * 10 >= map->capacity * 7) {
        map64_grow(map);
    }
    const uint32_t slot = map64_slot(map, key);
    if (map->values[slot] == 0) {
        map->count++;
    }
    map->keys[slot] = key;
    map->values[slot] = value;
}

uint32_t
map64_get(const struct map64 *map, uint64_t key)
{
    return map->count == 0 ? 0 : map->values[map64_slot(map, key)];
}

void
map64_remove(struct map64 *map, uint64_t key)
{
    if (map->count == 0) {
        return;
    }
    uint32_t hole = map64_slot(map, key);
    if (map->values[hole] == 0) {
        return;
    }
    map->values[hole] = 0;
    map->count--;
    const uint32_t mask = map->capacity - 1;
    for (uint32_t i = (hole + 1) & mask; map->values[i] != 0; i = (i + 1) & mask) {
        const uint32_t home = map64_home(map, map->keys[i]);
        if (((i - home) & mask) >= ((i - hole) & mask)) { /* it may move back into the hole */
            map->keys[hole] = map->keys[i];
            map->values[hole] = map->values[i];
            map->values[i] = 0;
            hole = i;
        }
    }
}

struct intern_entry {
    char    *text;      /* owned */
    uint32_t next_same; /* the next older id of the same hash, 0: none */
};

static uint64_t
intern_hash(const char *text)
{
    return hash_short(0, text, strlen(text));
}

void
intern_init(struct intern *intern)
{
    *intern = (struct intern){ 0 };
    vec_init(&intern->entries, sizeof(struct intern_entry));
}

void
intern_fini(struct intern *intern)
{
    for (uint32_t i = 0; i < intern->entries.count; i++) {
        struct intern_entry *entry = vec_at(&intern->entries, i);
        memory_free(entry->text);
    }
    vec_fini(&intern->entries);
    map64_fini(&intern->by_hash);
}

uint32_t
intern_find(const struct intern *intern, const char *text)
{
    uint32_t id = map64_get(&intern->by_hash, intern_hash(text));
    while (id != 0) {
        const struct intern_entry *entry = vec_at(&intern->entries, id - 1);
        if (strcmp(entry->text, text) == 0) {
            return id;
        }
        id = entry->next_same;
    }
    return 0;
}

uint32_t
intern_id(struct intern *intern, const char *text)
{
    uint32_t id = intern_find(intern, text);
    if (id == 0) {
        const uint64_t hash = intern_hash(text);
        struct intern_entry *entry = vec_push(&intern->entries);
        const size_t bytes = strlen(text) + 1;
        entry->text = memory_alloc(bytes);
        memcpy(entry->text, text, bytes);
        entry->next_same = map64_get(&intern->by_hash, hash);
        id = intern->entries.count;
        map64_put(&intern->by_hash, hash, id);
    }
    return id;
}

const char *
intern_text(const struct intern *intern, uint32_t id)
{
    ASSERT(id > 0);
    const struct intern_entry *entry = vec_at(&intern->entries, id - 1);
    return entry->text;
}

uint32_t
intern_count(const struct intern *intern)
{
    return intern->entries.count;
}

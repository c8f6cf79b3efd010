/* platform/base/idmap.c - pages of neighbouring ids, found by a hash map of their numbers. */
#include "platform/base/idmap.h"

#include <string.h>

#include "platform/base/memory.h"

/* Large enough that the pages of millions of ids are found in a cache, and what is missed is the
 * value alone. */
enum { IDMAP_PAGE_IDS = 1024 };

struct idmap_page {
    uint32_t count;
    uint32_t place; /* in pages */
    uint32_t values[IDMAP_PAGE_IDS]; /* 0: absent */
};

void
idmap_fini(struct idmap *map)
{
    for (uint32_t i = 0; i < map->pages_count; i++) {
        memory_free(map->pages[i]);
    }
    memory_free(map->pages);
    memory_free(map->pages_free);
    map64_fini(&map->pages_by_key);
    *map = (struct idmap){ 0 };
}

static struct idmap_page *
idmap_find(struct idmap *map, uint64_t key)
{
    if (map->last_key == key + 1) {
        return map->last;
    }
    const uint32_t place = map64_get(&map->pages_by_key, key);
    if (place == 0) {
        return NULL;
    }
    map->last_key = key + 1;
    map->last = map->pages[place - 1];
    return map->last;
}

static uint32_t
idmap_place(struct idmap *map)
{
    if (map->pages_free_count > 0) {
        map->pages_free_count--;
        return map->pages_free[map->pages_free_count];
    }
    if (map->pages_count == map->pages_capacity) {
        map->pages_capacity = map->pages_capacity < 8 ? 8 : map->pages_capacity * 2;
        map->pages = memory_resize(map->pages, map->pages_capacity * sizeof(struct idmap_page *));
        map->pages_free = memory_resize(map->pages_free, map->pages_capacity * sizeof(uint32_t));
    }
    map->pages_count++;
    return map->pages_count - 1;
}

static struct idmap_page *
idmap_page_new(struct idmap *map, uint64_t key)
{
    const uint32_t place = idmap_place(map);
    struct idmap_page *page = memory_alloc_zero(1, sizeof *page);
    page->place = place;
    map->pages[place] = page;
    map64_put(&map->pages_by_key, key, place + 1);
    map->last_key = key + 1;
    map->last = page;
    return page;
}

static void
idmap_page_free(struct idmap *map, uint64_t key, struct idmap_page *page)
{
    map64_remove(&map->pages_by_key, key);
    map->pages[page->place] = NULL;
    map->pages_free[map->pages_free_count] = page->place;
    map->pages_free_count++;
    map->last_key = 0;
    map->last = NULL;
    memory_free(page);
}

void
idmap_put(struct idmap *map, uint64_t id, uint32_t value)
{
    ASSERT(value > 0);
    struct idmap_page *page = idmap_find(map, id / IDMAP_PAGE_IDS);
    if (page == NULL) {
        page = idmap_page_new(map, id / IDMAP_PAGE_IDS);
    }
    uint32_t *slot = &page->values[id % IDMAP_PAGE_IDS];
    if (*slot == 0) {
        page->count++;
        map->count++;
    }
    *slot = value;
}

uint32_t
idmap_get(struct idmap *map, uint64_t id)
{
    const struct idmap_page *page = idmap_find(map, id / IDMAP_PAGE_IDS);
    return page == NULL ? 0 : page->values[id % IDMAP_PAGE_IDS];
}

void
idmap_remove(struct idmap *map, uint64_t id)
{
    const uint64_t     key = id / IDMAP_PAGE_IDS;
    struct idmap_page *page = idmap_find(map, key);
    if (page == NULL || page->values[id % IDMAP_PAGE_IDS] == 0) {
        return;
    }
    page->values[id % IDMAP_PAGE_IDS] = 0;
    page->count--;
    map->count--;
    if (page->count == 0) {
        idmap_page_free(map, key, page);
    }
}

/* fakes/store/table.c - packed records, and tables of them in order of id. */
#include "fakes/store/table.h"

#include <string.h>

#include "platform/base/memory.h"

enum { TABLE_PAGE_IDS = 256, TABLE_SCRATCH_BYTES = 512 };

struct table_page {
    uint32_t count;
    uint32_t records[TABLE_PAGE_IDS]; /* handles; 0: absent */
};

struct table_place {
    uint64_t           key; /* id / TABLE_PAGE_IDS */
    struct table_page *page; /* owned */
};

/* --- records --- */

void
table_records_init(struct table_records *records, uint8_t poison)
{
    *records = (struct table_records){ 0 };
    heap_init(&records->heap);
    arena_init(&records->scratch, poison);
}

void
table_records_fini(struct table_records *records)
{
    heap_fini(&records->heap);
    arena_fini(&records->scratch);
}

static uint8_t
table_type_index(struct table_records *records, const struct record_type *type)
{
    uint32_t index = 0;
    while (index < records->types_count && records->types[index] != type) {
        index++;
    }
    if (index == records->types_count) {
        ASSERT(index < TABLE_TYPES_MAX);
        records->types[index] = type;
        records->types_count++;
    }
    return (uint8_t)index;
}

uint32_t
table_record_make(struct table_records *records, const struct record_type *type,
                  const void *record)
{
    uint8_t      small[TABLE_SCRATCH_BYTES];
    const size_t bound = record_pack_bound(type, record);
    uint8_t     *packed = bound <= sizeof small ? small : arena_alloc(&records->scratch, bound);
    const size_t bytes = record_pack(type, record, packed);
    const uint32_t       block =
        heap_take(&records->heap, offsetof(struct table_record, packed) + bytes);
    struct table_record *made = heap_at(&records->heap, block);
    made->revision = 0;
    made->type = table_type_index(records, type);
    memcpy(made->packed, packed, bytes);
    if (packed != small) {
        arena_reset(&records->scratch);
    }
    return block;
}

/* --- tables --- */

void
table_init(struct table *table)
{
    *table = (struct table){ 0 };
    vec_init(&table->pages, sizeof(struct table_place));
}

void
table_fini(struct table *table)
{
    for (uint32_t i = 0; i < table->pages.count; i++) {
        memory_free(((struct table_place *)vec_at(&table->pages, i))->page);
    }
    vec_fini(&table->pages);
}

/* The place of the first page with a key of at least that. Where none is missing, the key itself
 * says it. */
static uint32_t
table_lower(const struct table *table, uint64_t key)
{
    const struct table_place *places = table->pages.items;
    uint32_t low = 0;
    uint32_t high = table->pages.count;
    if (high > 0 && key >= places[0].key && key - places[0].key < high &&
        places[key - places[0].key].key == key) {
        return (uint32_t)(key - places[0].key);
    }
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (places[middle].key < key) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* The page of a key, NULL when there is none; its place, or where it would be. */
static struct table_page *
table_page_find(const struct table *table, uint64_t key, uint32_t *ret_at)
{
    const struct table_place *places = table->pages.items;
    const uint32_t            at = table_lower(table, key);
    *ret_at = at;
    return at < table->pages.count && places[at].key == key ? places[at].page : NULL;
}

uint32_t
table_find(const struct table *table, uint64_t id)
{
    uint32_t                 at = 0;
    const struct table_page *page = table_page_find(table, id / TABLE_PAGE_IDS, &at);
    return page == NULL ? 0 : page->records[id % TABLE_PAGE_IDS];
}

static struct table_page *
table_page_new(struct table *table, uint64_t key, uint32_t at)
{
    (void)vec_push(&table->pages);
    struct table_place *places = table->pages.items;
    memmove(places + at + 1, places + at, (table->pages.count - 1 - at) * sizeof *places);
    places[at] = (struct table_place){ .key = key,
                                       .page = memory_alloc_zero(1, sizeof *places[at].page) };
    return places[at].page;
}

void
table_put(struct table *table, struct table_records *records, uint64_t id, uint32_t record)
{
    uint32_t           at = 0;
    struct table_page *page = table_page_find(table, id / TABLE_PAGE_IDS, &at);
    if (page == NULL) {
        page = table_page_new(table, id / TABLE_PAGE_IDS, at);
    }
    uint32_t *slot = &page->records[id % TABLE_PAGE_IDS];
    if (*slot != 0) {
        heap_give(&records->heap, *slot);
    } else {
        page->count++;
        table->count++;
    }
    *slot = record;
}

void
table_delete(struct table *table, struct table_records *records, uint64_t id)
{
    uint32_t           at = 0;
    struct table_page *page = table_page_find(table, id / TABLE_PAGE_IDS, &at);
    if (page == NULL || page->records[id % TABLE_PAGE_IDS] == 0) {
        return;
    }
    heap_give(&records->heap, page->records[id % TABLE_PAGE_IDS]);
    page->records[id % TABLE_PAGE_IDS] = 0;
    page->count--;
    table->count--;
    if (page->count == 0) {
        memory_free(page);
        vec_remove_at(&table->pages, at);
    }
}

uint32_t
table_next(const struct table *table, uint64_t from, uint64_t *ret_id)
{
    const struct table_place *places = table->pages.items;
    uint64_t                  first = from % TABLE_PAGE_IDS;
    for (uint32_t at = table_lower(table, from / TABLE_PAGE_IDS); at < table->pages.count; at++) {
        first = places[at].key == from / TABLE_PAGE_IDS ? first : 0;
        for (uint64_t i = first; i < TABLE_PAGE_IDS; i++) {
            if (places[at].page->records[i] != 0) {
                *ret_id = places[at].key * TABLE_PAGE_IDS + i;
                return places[at].page->records[i];
            }
        }
    }
    return 0;
}

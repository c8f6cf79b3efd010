/* sim/world_rings.c - events at equal distances, in rings. */
#include "sim/world_rings.h"

#include "platform/base/fetch.h"
#include "platform/base/memory.h"

enum { WORLD_RING_MIN = 16 };

void
world_rings_init(struct world_rings *rings)
{
    *rings = (struct world_rings){ 0 };
    vec_init(&rings->marks, sizeof(struct world_ring_mark));
}

void
world_rings_fini(struct world_rings *rings)
{
    for (uint32_t i = 0; i < rings->count; i++) {
        memory_free(rings->rings[i].entries);
    }
    vec_fini(&rings->marks);
    *rings = (struct world_rings){ 0 };
}

static struct world_ring_entry *
world_ring_at(const struct world_ring *ring, uint32_t index)
{
    return &ring->entries[(ring->first + index) & (ring->capacity - 1)];
}

static void
world_ring_grow(struct world_ring *ring)
{
    const uint32_t capacity = ring->capacity == 0 ? WORLD_RING_MIN : ring->capacity * 2;
    struct world_ring_entry *entries = memory_alloc(capacity * sizeof *entries);
    for (uint32_t i = 0; i < ring->count; i++) {
        entries[i] = *world_ring_at(ring, i);
    }
    memory_free(ring->entries);
    ring->entries = entries;
    ring->first = 0;
    ring->capacity = capacity;
}

static struct world_ring *
world_ring_of(struct world_rings *rings, int64_t delay_ns)
{
    for (uint32_t i = 0; i < rings->count; i++) {
        if (rings->rings[i].delay_ns == delay_ns) {
            return &rings->rings[i];
        }
    }
    if (rings->count == WORLD_RINGS_MAX) {
        return NULL;
    }
    struct world_ring *ring = &rings->rings[rings->count];
    rings->count++;
    ring->delay_ns = delay_ns;
    return ring;
}

static void
world_rings_find_next(struct world_rings *rings)
{
    const struct event_entry *best = NULL;
    for (uint32_t i = 0; i < rings->count; i++) {
        const struct world_ring *ring = &rings->rings[i];
        const struct event_entry *first = ring->count > 0 ? &world_ring_at(ring, 0)->entry : NULL;
        if (first != NULL && (best == NULL || event_entry_before(first, best))) {
            best = first;
            rings->next = i;
        }
    }
}

static struct world_ring_mark *
world_mark_at(const struct world_rings *rings, uint32_t index)
{
    return (struct world_ring_mark *)rings->marks.items + index;
}

static uint32_t
world_mark_take(struct world_rings *rings)
{
    if (rings->mark_free == 0) {
        (void)vec_push(&rings->marks);
        return rings->marks.count - 1;
    }
    const uint32_t index = rings->mark_free - 1;
    rings->mark_free = world_mark_at(rings, index)->next_free;
    return index;
}

/* Given back, unless it was before. */
static bool
world_mark_give(struct world_rings *rings, uint32_t index, uint32_t generation)
{
    struct world_ring_mark *mark = world_mark_at(rings, index);
    if (mark->generation != generation) {
        return false;
    }
    mark->generation++;
    mark->next_free = rings->mark_free;
    rings->mark_free = index + 1;
    return true;
}

struct world_ring_entry *
world_rings_push(struct world_rings *rings, int64_t delay_ns, int64_t at_ns, uint64_t order)
{
    struct world_ring *ring = world_ring_of(rings, delay_ns);
    if (ring == NULL) {
        return NULL;
    }
    if (ring->count == ring->capacity) {
        world_ring_grow(ring);
    }
    const uint32_t mark = world_mark_take(rings);
    struct world_ring_entry *entry = world_ring_at(ring, ring->count);
    entry->entry.at_ns = at_ns;
    entry->entry.order = order;
    entry->entry.slot = mark;
    entry->entry.generation = world_mark_at(rings, mark)->generation;
    ASSERT(ring->count == 0 ||
           event_entry_before(&world_ring_at(ring, ring->count - 1)->entry, &entry->entry));
    ring->count++;
    rings->entries_count++;
    if (ring->count == 1) {
        world_rings_find_next(rings);
    }
    return entry;
}

void
world_rings_cancel(struct world_rings *rings, uint32_t mark, uint32_t generation)
{
    ASSERT(mark < rings->marks.count);
    (void)world_mark_give(rings, mark, generation); /* its entry is found out when it is popped */
}

bool
world_rings_pop(struct world_rings *rings)
{
    struct world_ring *ring = &rings->rings[rings->next];
    ASSERT(ring->count > 0);
    const struct event_entry *first = &world_ring_at(ring, 0)->entry;
    const bool is_wanted = world_mark_give(rings, first->slot, first->generation);
    ring->first = (ring->first + 1) & (ring->capacity - 1);
    ring->count--;
    rings->entries_count--;
    world_rings_find_next(rings);
    return is_wanted;
}

const struct world_ring_entry *
world_rings_ahead(const struct world_rings *rings, uint32_t distance)
{
    const struct world_ring *ring = &rings->rings[rings->next];
    if (rings->entries_count == 0 || distance >= ring->count) {
        return NULL;
    }
    const struct world_ring_entry *ahead = world_ring_at(ring, distance);
    fetch_line(world_mark_at(rings, ahead->entry.slot));
    fetch_line(world_ring_at(ring, distance * 2)); /* it is the next one to be read like that */
    return ahead;
}

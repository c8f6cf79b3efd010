/* sim/world_rings.c - events at equal distances, in rings. */
#include "sim/world_rings.h"

#include "platform/base/memory.h"

enum { WORLD_RING_MIN = 16 };

void
world_rings_fini(struct world_rings *rings)
{
    for (uint32_t i = 0; i < rings->count; i++) {
        memory_free(rings->rings[i].entries);
    }
    *rings = (struct world_rings){ 0 };
}

static struct event_entry *
world_ring_at(const struct world_ring *ring, uint32_t index)
{
    return &ring->entries[(ring->first + index) & (ring->capacity - 1)];
}

static void
world_ring_grow(struct world_ring *ring)
{
    const uint32_t      capacity = ring->capacity == 0 ? WORLD_RING_MIN : ring->capacity * 2;
    struct event_entry *entries = memory_alloc(capacity * sizeof *entries);
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
        if (ring->count > 0 && (best == NULL || event_entry_before(world_ring_at(ring, 0), best))) {
            best = world_ring_at(ring, 0);
            rings->next = i;
        }
    }
}

bool
world_rings_push(struct world_rings *rings, int64_t delay_ns, struct event_entry entry)
{
    struct world_ring *ring = world_ring_of(rings, delay_ns);
    if (ring == NULL) {
        return false;
    }
    if (ring->count == ring->capacity) {
        world_ring_grow(ring);
    }
    ASSERT(ring->count == 0 ||
           event_entry_before(world_ring_at(ring, ring->count - 1), &entry));
    *world_ring_at(ring, ring->count) = entry;
    ring->count++;
    rings->entries_count++;
    if (ring->count == 1) {
        world_rings_find_next(rings);
    }
    return true;
}

const struct event_entry *
world_rings_first(const struct world_rings *rings)
{
    return rings->entries_count == 0 ? NULL : world_ring_at(&rings->rings[rings->next], 0);
}

void
world_rings_pop(struct world_rings *rings)
{
    struct world_ring *ring = &rings->rings[rings->next];
    ASSERT(ring->count > 0);
    ring->first = (ring->first + 1) & (ring->capacity - 1);
    ring->count--;
    rings->entries_count--;
    world_rings_find_next(rings);
}

const struct event_entry *
world_rings_ahead(const struct world_rings *rings, uint32_t distance)
{
    const struct world_ring *ring = &rings->rings[rings->next];
    return rings->entries_count > 0 && distance < ring->count ? world_ring_at(ring, distance)
                                                              : NULL;
}

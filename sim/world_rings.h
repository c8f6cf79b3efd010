/*
 * sim/world_rings.h - pending events that were all made the same distance ahead: rings.
 *
 * What comes again after the same time, such as heartbeats and health checks, stands in the order
 * of its making already: the end of a ring is found without a search. A ring a distance, for the
 * first few distances; an entry's place in the order of the world is the same wherever it waits.
 * What is to run lies in the ring too, so that it is read in one line and in a row. A mark a
 * pending entry, eight bytes, tells whether it has been cancelled since.
 */
#ifndef SIM_WORLD_RINGS_H
#define SIM_WORLD_RINGS_H

#include "platform/base/event_queue.h"
#include "platform/base/vec.h"
#include "sim/world_slots.h"

enum { WORLD_RINGS_MAX = 8 };

struct world_ring_entry {
    struct event_entry entry; /* slot: the mark */
    struct world_due   due;
};

struct world_ring_mark {
    uint32_t generation; /* grows each time it is given back */
    uint32_t next_free;  /* of a free one: the next, + 1 */
};

struct world_ring {
    int64_t                  delay_ns;
    struct world_ring_entry *entries; /* owned: from first on, around the end */
    uint32_t                 first;
    uint32_t                 count;
    uint32_t                 capacity; /* a power of two */
};

struct world_rings { /* world_rings_init */
    struct world_ring rings[WORLD_RINGS_MAX];
    uint32_t          count;
    uint32_t          next; /* the ring with the earliest entry; meaningless while all are empty */
    uint64_t          entries_count;
    struct vec        marks;     /* struct world_ring_mark */
    uint32_t          mark_free; /* + 1; 0: none */
};

void world_rings_init(struct world_rings *rings);
void world_rings_fini(struct world_rings *rings);

/* One more, the latest of those at its distance: the caller fills in what is due. NULL when there
 * is no ring for the distance. */
struct world_ring_entry *world_rings_push(struct world_rings *rings, int64_t delay_ns,
                                          int64_t at_ns, uint64_t order);
void world_rings_cancel(struct world_rings *rings, uint32_t mark, uint32_t generation);

/* The earliest of all, or NULL. */
static inline const struct world_ring_entry *
world_rings_first(const struct world_rings *rings)
{
    const struct world_ring *ring = &rings->rings[rings->next];
    return rings->entries_count == 0 ? NULL : &ring->entries[ring->first];
}

/* Takes it out. False: it had been cancelled. */
bool world_rings_pop(struct world_rings *rings);

/* One of those behind it in its ring, or NULL; its mark is fetched,
 * and what is as far behind it. */
const struct world_ring_entry *world_rings_ahead(const struct world_rings *rings,
                                                 uint32_t distance);

#endif

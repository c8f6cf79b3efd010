/*
 * sim/world_rings.h - pending events that were all made the same distance ahead: rings.
 *
 * What comes again after the same time, such as heartbeats and health checks, stands in the order
 * of its making already: the end of a ring is found without a search. A ring a distance, for the
 * first few distances; an entry's place in the order of the world is the same wherever it waits.
 */
#ifndef SIM_WORLD_RINGS_H
#define SIM_WORLD_RINGS_H

#include "platform/base/event_queue.h"

enum { WORLD_RINGS_MAX = 8 };

struct world_ring {
    int64_t             delay_ns;
    struct event_entry *entries; /* owned: from first on, around the end */
    uint32_t            first;
    uint32_t            count;
    uint32_t            capacity; /* a power of two */
};

struct world_rings { /* zeroed: none yet */
    struct world_ring rings[WORLD_RINGS_MAX];
    uint32_t          count;
    uint32_t          next; /* the ring with the earliest entry; meaningless while all are empty */
    uint64_t          entries_count;
};

void world_rings_fini(struct world_rings *rings);

/* False when there is no ring for this distance. entry is the latest of those with it. */
bool world_rings_push(struct world_rings *rings, int64_t delay_ns, struct event_entry entry);

/* The earliest of all, or NULL. */
const struct event_entry *world_rings_first(const struct world_rings *rings);
void world_rings_pop(struct world_rings *rings);

/* One of those behind it in its ring, or NULL. */
const struct event_entry *world_rings_ahead(const struct world_rings *rings, uint32_t distance);

#endif

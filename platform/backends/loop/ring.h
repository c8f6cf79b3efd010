/*
 * platform/backends/loop/ring.h - a doubly linked list through its items; a head is a ring of one.
 *
 * Memory: nothing is allocated; an item is in at most one ring by the same link.
 */
#ifndef PLATFORM_BACKENDS_LOOP_RING_H
#define PLATFORM_BACKENDS_LOOP_RING_H

#include "platform/base/common.h"

struct ring {
    struct ring *prev;
    struct ring *next;
};

static inline void
ring_init(struct ring *ring)
{
    ring->prev = ring;
    ring->next = ring;
}

static inline bool
ring_is_empty(const struct ring *ring)
{
    return ring->next == ring;
}

/* As the last one. */
static inline void
ring_push(struct ring *head, struct ring *item)
{
    item->prev = head->prev;
    item->next = head;
    head->prev->next = item;
    head->prev = item;
}

/* An item that is in no ring (after ring_init) may be removed too. */
static inline void
ring_remove(struct ring *item)
{
    item->prev->next = item->next;
    item->next->prev = item->prev;
    ring_init(item);
}

#endif

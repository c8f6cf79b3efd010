/*
 * platform/base/event_queue.h - the pending events of a simulation, earliest first.
 *
 * Order:  (at_ns, order), where order holds the class in its top 8 bits and a sequence below:
 *         total, so equal instants never depend on the structure inside. An entry may not lie
 *         before the last one popped.
 * Inside: a ladder queue (Tang, Goh, Thng 2005) with at most 512 buckets a rung, a sorted bottom
 *         and an unsorted top. Memory is reused, and what only a rush needed is given back. The
 *         reference is event_heap, below.
 */
#ifndef PLATFORM_BASE_EVENT_QUEUE_H
#define PLATFORM_BASE_EVENT_QUEUE_H

#include "platform/base/common.h"

struct event_entry {
    int64_t  at_ns;
    uint64_t order;      /* class << 56 | sequence */
    uint32_t slot;       /* of the owner: what to run */
    uint32_t generation; /* of the owner: stale when it no longer matches */
};

struct event_queue; /* opaque */

struct event_queue *event_queue_open(void);
void                event_queue_close(struct event_queue *queue);
bool                event_queue_pop(struct event_queue *queue, struct event_entry *ret_entry);
/* The earliest, if it comes before the limit; limit NULL: whatever it is. */
bool event_queue_pop_before(struct event_queue *queue, const struct event_entry *limit,
                            struct event_entry *ret_entry);
bool                event_queue_peek(struct event_queue *queue, struct event_entry *ret_entry);
uint64_t            event_queue_count(const struct event_queue *queue);
/* Two of the next few, so that what they need can be fetched before their turn; NULL: not known. A
 * hint: they are about so far ahead. */
struct event_ahead {
    const struct event_entry *near;
    const struct event_entry *far;
};
struct event_ahead event_queue_ahead(const struct event_queue *queue, uint32_t near, uint32_t far);

/* The entry in parts, which stay in registers: copied through memory in pieces of another size they
 * cost a quarter of a push. */
void event_queue_put(struct event_queue *queue, int64_t at_ns, uint64_t order, uint32_t slot,
                     uint32_t generation);

static inline void
event_queue_push(struct event_queue *queue, struct event_entry entry)
{
    event_queue_put(queue, entry.at_ns, entry.order, entry.slot, entry.generation);
}

/* Drops every entry for which stale() answers true. Costs one pass over all. */
typedef bool event_stale_fn(const struct event_entry *entry, void *context);
void event_queue_compact(struct event_queue *queue, event_stale_fn *stale, void *context);

/* The plain binary heap of the same order: for small counts, and to test the ladder against. */
struct event_heap {
    struct event_entry *entries; /* owned */
    uint64_t            count;
    uint64_t            capacity;
};

void event_heap_fini(struct event_heap *heap); /* a zeroed heap is valid and empty */
void event_heap_put(struct event_heap *heap, int64_t at_ns, uint64_t order, uint32_t slot,
                    uint32_t generation);
bool event_heap_pop(struct event_heap *heap, struct event_entry *ret_entry);

static inline void
event_heap_push(struct event_heap *heap, struct event_entry entry)
{
    event_heap_put(heap, entry.at_ns, entry.order, entry.slot, entry.generation);
}

static inline bool
event_entry_before(const struct event_entry *a, const struct event_entry *b)
{
    return a->at_ns != b->at_ns ? a->at_ns < b->at_ns : a->order < b->order;
}

#endif

/* platform/base/event_heap.c - the binary heap of events, and the reference for the ladder. */
#include "platform/base/event_queue.h"

#include "platform/base/memory.h"

void
event_heap_fini(struct event_heap *heap)
{
    memory_free(heap->entries);
    *heap = (struct event_heap){ 0 };
}

void
event_heap_put(struct event_heap *heap, int64_t at_ns, uint64_t order, uint32_t slot,
               uint32_t generation)
{
    const struct event_entry entry = {
        .at_ns = at_ns, .order = order, .slot = slot, .generation = generation
    };
    if (heap->count == heap->capacity) {
        heap->capacity = heap->capacity == 0 ? 64 : heap->capacity * 2;
        heap->entries = memory_resize(heap->entries, heap->capacity * sizeof *heap->entries);
    }
    struct event_entry *entries = heap->entries;
    uint64_t hole = heap->count;
    while (hole > 0 && event_entry_before(&entry, &entries[(hole - 1) / 2])) {
        entries[hole] = entries[(hole - 1) / 2];
        hole = (hole - 1) / 2;
    }
    entries[hole].at_ns = at_ns; /* field by field: from registers */
    entries[hole].order = order;
    entries[hole].slot = slot;
    entries[hole].generation = generation;
    heap->count++;
}

/* Moves the hole from the top down to where entry fits. */
static void
event_heap_sift_down(struct event_heap *heap, struct event_entry entry)
{
    struct event_entry *entries = heap->entries;
    const uint64_t count = heap->count;
    uint64_t hole = 0;
    for (uint64_t child = 1; child < count; child = 2 * hole + 1) {
        if (child + 1 < count) {
            child += event_entry_before(&entries[child + 1], &entries[child]) ? 1 : 0;
        }
        if (!event_entry_before(&entries[child], &entry)) {
            break;
        }
        entries[hole] = entries[child];
        hole = child;
    }
    entries[hole] = entry;
}

bool
event_heap_pop(struct event_heap *heap, struct event_entry *ret_entry)
{
    if (heap->count == 0) {
        return false;
    }
    *ret_entry = heap->entries[0];
    heap->count--;
    if (heap->count > 0) {
        event_heap_sift_down(heap, heap->entries[heap->count]);
    }
    return true;
}

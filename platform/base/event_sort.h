/*
 * platform/base/event_sort.h - sorts what the ladder queue is about to hand out.
 *
 * Calling: for platform/base/event_queue.c alone. Sorted input, the usual case among equal
 *          instants, costs one pass.
 */
#ifndef PLATFORM_BASE_EVENT_SORT_H
#define PLATFORM_BASE_EVENT_SORT_H

#include "platform/base/event_queue.h"

/* Sorts entries, using as much room in scratch; the two may change places. */
void event_sort(struct event_entry **entries, struct event_entry **scratch, uint64_t count);

#endif

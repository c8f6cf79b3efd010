/*
 * tests/bench/bench_event_floor.h - the floor of the event queue: a two-level bucket queue that
 * knows the distribution it will see, breaks no ties, holds 16-byte entries, and forgives nothing.
 */
#ifndef TESTS_BENCH_BENCH_EVENT_FLOOR_H
#define TESTS_BENCH_BENCH_EVENT_FLOOR_H

#include "platform/base/common.h"

struct event_floor_entry {
    int64_t  at_ns;
    uint64_t id;
};

struct event_floor; /* opaque */

struct event_floor *event_floor_open(uint64_t pending); /* about so many at a time */
void                event_floor_close(struct event_floor *queue);
void                event_floor_push(struct event_floor *queue, struct event_floor_entry entry);
struct event_floor_entry event_floor_pop(struct event_floor *queue); /* must not be empty */

#endif

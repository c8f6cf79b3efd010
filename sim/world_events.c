/*
 * sim/world_events.c - what happens next: pending events, their slots, and the step from one to the
 * next.
 *
 * A queue entry names a slot and its generation; a cancelled or outlived one is stale and is
 * skipped unseen, so that a cancel costs nothing but the skip.
 */
#include "platform/base/fetch.h"
#include "sim/world.h"

enum {
    WORLD_COMPACT_MIN = 4096, /* below this many stale entries nothing is gained */
    WORLD_FETCH_SLOT = 8,    /* so many events ahead, */
    WORLD_FETCH_CONTEXT = 4, /* and then what it points to: */
    WORLD_FETCH_LINES = 4,   /* so many lines from half a line before it */
    WORLD_FETCH_PROCESS_LINES = 4
};

/* A handle with this bit in its slot is of a ring, and the rest of it a mark. */
#define WORLD_SLOT_RING (UINT32_C(1) << 31)

void
world_events_init(struct world *world)
{
    world->queue = event_queue_open();
    world_rings_init(&world->rings);
    world_slots_init(&world->slots);
}

void
world_events_fini(struct world *world)
{
    event_queue_close(world->queue);
    world_rings_fini(&world->rings);
    world_slots_fini(&world->slots);
}

static void
world_due_fill(struct world_due *due, struct world_process *process, world_fire_fn *fire,
               void *context, uint64_t argument)
{
    ASSERT(fire != NULL);
    due->fire = fire;
    due->context = context;
    due->argument = argument;
    due->process = process;
    due->incarnation = process != NULL ? process->incarnation : 0;
}

static uint64_t
world_order(struct world *world, enum world_class class)
{
    return (uint64_t)class << 56 | world->sequence++;
}

world_event
world_at(struct world *world, int64_t at_ns, enum world_class class, struct world_process *process,
         world_fire_fn *fire, void *context, uint64_t argument)
{
    ASSERT(at_ns >= world->now_ns);
    uint32_t index = 0;
    struct world_due *slot = world_slots_take(&world->slots, &index);
    ASSERT(index < WORLD_SLOT_RING);
    world_due_fill(slot, process, fire, context, argument);
    event_queue_put(world->queue, at_ns, world_order(world, class), index, slot->generation);
    return (uint64_t)index << 32 | slot->generation;
}

world_event
world_after(struct world *world, int64_t delay_ns, enum world_class class,
            struct world_process *process, world_fire_fn *fire, void *context, uint64_t argument)
{
    ASSERT(delay_ns >= 0);
    ASSERT(class == WORLD_CLASS_TIMER); /* in a ring all are of one class, so they stay in order */
    const int64_t at_ns = world->now_ns + delay_ns;
    struct world_ring_entry *ring =
        world_rings_push(&world->rings, delay_ns, at_ns, world_order(world, class));
    if (ring == NULL) {
        return world_at(world, at_ns, class, process, fire, context, argument);
    }
    world_due_fill(&ring->due, process, fire, context, argument);
    return (uint64_t)(ring->entry.slot | WORLD_SLOT_RING) << 32 | ring->entry.generation;
}

static bool
world_entry_is_stale(const struct event_entry *entry, void *context)
{
    const struct world *world = context;
    return world_slots_find(&world->slots, entry->slot, entry->generation) == NULL;
}

void
world_cancel(struct world *world, world_event event)
{
    const uint32_t index = (uint32_t)(event >> 32);
    if ((index & WORLD_SLOT_RING) != 0) {
        world_rings_cancel(&world->rings, index & ~WORLD_SLOT_RING, (uint32_t)event);
        return;
    }
    if (index == 0 || world_slots_find(&world->slots, index, (uint32_t)event) == NULL) {
        return;
    }
    world_slots_give(&world->slots, index);
    world->cancelled++;
    if (world->cancelled > WORLD_COMPACT_MIN &&
        world->cancelled * 2 > event_queue_count(world->queue)) {
        event_queue_compact(world->queue, world_entry_is_stale, world);
        world->cancelled = 0;
    }
}

/* What one of the next few events needs is fetched while this one runs: in a large world hardly
 * anything of it is in a cache. A hint to the machine that changes nothing else. */
static void
world_fetch_due(const struct world_due *due, const struct event_entry *entry)
{
    const char *process = (const char *)due->process;
    for (uint32_t i = 0; process != NULL && i < WORLD_FETCH_PROCESS_LINES; i++) {
        fetch_line(process + (size_t)i * FETCH_LINE_BYTES);
    }
    const char *context = (const char *)due->context - FETCH_LINE_BYTES / 2;
    for (uint32_t i = 0; i < WORLD_FETCH_LINES; i++) {
        fetch_line(context + (size_t)i * FETCH_LINE_BYTES);
    }
    if (entry->order >> 56 == WORLD_CLASS_TIMER && due->argument != 0) {
        const char *read = (const char *)(uintptr_t)due->argument;
        fetch_line(read);
        fetch_line(read + FETCH_LINE_BYTES);
    }
}

static void
world_fetch_queued(const struct world *world)
{
    const struct event_ahead ahead =
        event_queue_ahead(world->queue, WORLD_FETCH_CONTEXT, WORLD_FETCH_SLOT);
    if (ahead.far != NULL) {
        fetch_line(world_slots_place(&world->slots, ahead.far->slot));
    }
    const struct world_due *due =
        ahead.near != NULL ? world_slots_place(&world->slots, ahead.near->slot) : NULL;
    if (due != NULL) {
        world_fetch_due(due, ahead.near);
    }
}

static bool
world_take_queued(struct world *world, const struct event_entry *entry, struct world_due *ret_due)
{
    world_fetch_queued(world);
    const struct world_due *slot =
        world_slots_find(&world->slots, entry->slot, entry->generation);
    if (slot == NULL) {
        world->cancelled -= world->cancelled > 0 ? 1 : 0;
        return false;
    }
    *ret_due = *slot;
    world_slots_give(&world->slots, entry->slot);
    return true;
}

static bool
world_take_ring(struct world *world, const struct world_ring_entry *ring,
                struct world_due *ret_due)
{
    *ret_due = ring->due;
    const bool is_wanted = world_rings_pop(&world->rings);
    const struct world_ring_entry *near = world_rings_ahead(&world->rings, WORLD_FETCH_CONTEXT);
    if (near != NULL) {
        world_fetch_due(&near->due, &near->entry);
    }
    return is_wanted;
}

/* The next of queue and rings; false: it is not wanted any more. */
static bool
world_take(struct world *world, const struct world_ring_entry *ring, int64_t *ret_at_ns,
           struct world_due *ret_due)
{
    struct event_entry entry;
    if (event_queue_pop_before(world->queue, ring != NULL ? &ring->entry : NULL, &entry)) {
        *ret_at_ns = entry.at_ns;
        return world_take_queued(world, &entry, ret_due);
    }
    *ret_at_ns = ring->entry.at_ns;
    return world_take_ring(world, ring, ret_due);
}

bool
world_step(struct world *world)
{
    for (;;) {
        const struct world_ring_entry *ring = world_rings_first(&world->rings);
        if (ring == NULL && event_queue_count(world->queue) == 0) {
            return false;
        }
        int64_t at_ns = 0;
        struct world_due due;
        if (!world_take(world, ring, &at_ns, &due) ||
            (due.process != NULL && due.process->incarnation != due.incarnation)) {
            continue; /* cancelled, or its process died since: its events went with it */
        }
        ASSERT(at_ns >= world->now_ns);
        world->now_ns = at_ns;
        world->fired++;
        due.fire(world, due.context, due.argument);
        return true;
    }
}

/*
 * sim/world_events.c - what happens next: pending events, their slots, and the step from one to the
 * next.
 *
 * A queue entry names a slot and its generation; a cancelled or outlived one is stale and is
 * skipped unseen, so that a cancel costs nothing but the skip.
 */
#include "sim/world.h"

enum {
    WORLD_COMPACT_MIN = 4096, /* below this many stale entries nothing is gained */
    WORLD_FETCH_SLOT = 5,     /* so many events ahead, and then what it points to */
    WORLD_FETCH_CONTEXT = 2,
    WORLD_FETCH_LINES = 3,
    WORLD_FETCH_LINE_BYTES = 64
};

void
world_events_init(struct world *world)
{
    world->queue = event_queue_open();
    vec_init(&world->slots, sizeof(struct world_slot));
    (void)vec_push(&world->slots); /* slot 0 is nobody's: a handle of 0 is none */
}

void
world_events_fini(struct world *world)
{
    event_queue_close(world->queue);
    vec_fini(&world->slots);
}

static struct world_slot *
world_slot_at(const struct world *world, uint32_t index)
{
    return (struct world_slot *)world->slots.items + index;
}

world_event
world_at(struct world *world, int64_t at_ns, enum world_class class, struct world_process *process,
         world_fire_fn *fire, void *context, uint64_t argument)
{
    ASSERT(at_ns >= world->now_ns);
    ASSERT(fire != NULL);
    uint32_t index = world->slot_free;
    if (index != 0) {
        world->slot_free = world_slot_at(world, index)->next_free;
    } else {
        index = world->slots.count;
        (void)vec_push(&world->slots);
    }
    struct world_slot *slot = world_slot_at(world, index);
    slot->fire = fire;
    slot->context = context;
    slot->argument = argument;
    slot->process = process;
    slot->incarnation = process != NULL ? process->incarnation : 0;
    event_queue_push(world->queue,
                     (struct event_entry){ .at_ns = at_ns,
                                           .order = (uint64_t)class << 56 | world->sequence++,
                                           .slot = index,
                                           .generation = slot->generation });
    return (uint64_t)index << 32 | slot->generation;
}

static void
world_slot_give(struct world *world, uint32_t index)
{
    struct world_slot *slot = world_slot_at(world, index);
    slot->fire = NULL;
    slot->generation++;
    slot->next_free = world->slot_free;
    world->slot_free = index;
}

static bool
world_entry_is_stale(const struct event_entry *entry, void *context)
{
    const struct world *world = context;
    return world_slot_at(world, entry->slot)->generation != entry->generation;
}

void
world_cancel(struct world *world, world_event event)
{
    const uint32_t index = (uint32_t)(event >> 32);
    if (index == 0 || world_slot_at(world, index)->generation != (uint32_t)event) {
        return;
    }
    world_slot_give(world, index);
    world->cancelled++;
    if (world->cancelled > WORLD_COMPACT_MIN &&
        world->cancelled * 2 > event_queue_count(world->queue)) {
        event_queue_compact(world->queue, world_entry_is_stale, world);
        world->cancelled = 0;
    }
}

/* What the next few events need is fetched while this one runs: in a large world hardly anything
 * of it is in a cache. A hint to the machine that changes nothing else. */
static void
world_fetch_ahead(const struct world *world)
{
    const struct event_entry *far = event_queue_ahead(world->queue, WORLD_FETCH_SLOT);
    if (far != NULL) {
        __builtin_prefetch(world_slot_at(world, far->slot));
    }
    const struct event_entry *near = event_queue_ahead(world->queue, WORLD_FETCH_CONTEXT);
    if (near != NULL) {
        const char *context = world_slot_at(world, near->slot)->context;
        for (uint32_t i = 0; i < WORLD_FETCH_LINES; i++) {
            __builtin_prefetch(context + (size_t)i * WORLD_FETCH_LINE_BYTES);
        }
    }
}

bool
world_step(struct world *world)
{
    struct event_entry entry;
    while (event_queue_pop(world->queue, &entry)) {
        const struct world_slot slot = *world_slot_at(world, entry.slot);
        if (slot.generation != entry.generation) {
            world->cancelled -= world->cancelled > 0 ? 1 : 0;
            continue;
        }
        world_slot_give(world, entry.slot);
        if (slot.process != NULL && slot.process->incarnation != slot.incarnation) {
            continue; /* it died since: its events went with it */
        }
        ASSERT(entry.at_ns >= world->now_ns);
        world->now_ns = entry.at_ns;
        world->fired++;
        world_fetch_ahead(world);
        slot.fire(world, slot.context, slot.argument);
        return true;
    }
    return false;
}

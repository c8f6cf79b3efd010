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
    WORLD_FETCH_SLOT = 8, /* so many events ahead, and then what it points to */
    WORLD_FETCH_CONTEXT = 4,
    WORLD_FETCH_LINES = 4, /* from half a line before it */
    WORLD_FETCH_PROCESS_LINES = 4
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
    world_rings_fini(&world->rings);
    vec_fini(&world->slots);
}

static struct world_slot *
world_slot_at(const struct world *world, uint32_t index)
{
    return (struct world_slot *)world->slots.items + index;
}

/* A slot for it; its number and generation are the handle. */
static uint32_t
world_slot_take(struct world *world, struct world_process *process, world_fire_fn *fire,
                void *context, uint64_t argument)
{
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
    return index;
}

static struct event_entry
world_entry_of(struct world *world, int64_t at_ns, enum world_class class, uint32_t slot)
{
    return (struct event_entry){ .at_ns = at_ns,
                                 .order = (uint64_t)class << 56 | world->sequence++,
                                 .slot = slot,
                                 .generation = world_slot_at(world, slot)->generation };
}

world_event
world_at(struct world *world, int64_t at_ns, enum world_class class, struct world_process *process,
         world_fire_fn *fire, void *context, uint64_t argument)
{
    ASSERT(at_ns >= world->now_ns);
    const uint32_t slot = world_slot_take(world, process, fire, context, argument);
    const struct event_entry entry = world_entry_of(world, at_ns, class, slot);
    event_queue_push(world->queue, entry);
    return (uint64_t)slot << 32 | entry.generation;
}

world_event
world_after(struct world *world, int64_t delay_ns, enum world_class class,
            struct world_process *process, world_fire_fn *fire, void *context, uint64_t argument)
{
    ASSERT(delay_ns >= 0);
    ASSERT(class == WORLD_CLASS_TIMER); /* in a ring all are of one class, so they stay in order */
    const uint32_t slot = world_slot_take(world, process, fire, context, argument);
    const struct event_entry entry =
        world_entry_of(world, world->now_ns + delay_ns, class, slot);
    if (!world_rings_push(&world->rings, delay_ns, entry)) {
        event_queue_push(world->queue, entry);
    }
    return (uint64_t)slot << 32 | entry.generation;
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
world_fetch_ahead(const struct world *world, const struct event_entry *far,
                  const struct event_entry *near)
{
    if (far != NULL) {
        fetch_line(world_slot_at(world, far->slot));
    }
    if (near != NULL) {
        const struct world_slot *slot = world_slot_at(world, near->slot);
        if (slot->process != NULL) {
            const char *process = (const char *)slot->process;
            for (uint32_t i = 0; i < WORLD_FETCH_PROCESS_LINES; i++) {
                fetch_line(process + (size_t)i * FETCH_LINE_BYTES);
            }
        }
        const bool is_timer = near->order >> 56 == WORLD_CLASS_TIMER;
        if (is_timer && slot->argument != 0) {
            fetch_line((const void *)(uintptr_t)slot->argument);
            fetch_line((const char *)(uintptr_t)slot->argument + FETCH_LINE_BYTES);
        }
        const char *line = (const char *)slot->context - FETCH_LINE_BYTES / 2;
        for (uint32_t i = 0; i < WORLD_FETCH_LINES; i++) {
            fetch_line(line + (size_t)i * FETCH_LINE_BYTES);
        }
    }
}

/* The next entry of queue and rings; false when there is none. */
static bool
world_pop(struct world *world, struct event_entry *ret_entry)
{
    const struct event_entry *ring = world_rings_first(&world->rings);
    if (event_queue_pop_before(world->queue, ring, ret_entry)) {
        world_fetch_ahead(world, event_queue_ahead(world->queue, WORLD_FETCH_SLOT),
                          event_queue_ahead(world->queue, WORLD_FETCH_CONTEXT));
        return true;
    }
    if (ring == NULL) {
        return false;
    }
    *ret_entry = *ring;
    world_rings_pop(&world->rings);
    world_fetch_ahead(world, world_rings_ahead(&world->rings, WORLD_FETCH_SLOT),
                      world_rings_ahead(&world->rings, WORLD_FETCH_CONTEXT));
    return true;
}

bool
world_step(struct world *world)
{
    struct event_entry entry;
    while (world_pop(world, &entry)) {
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
        slot.fire(world, slot.context, slot.argument);
        return true;
    }
    return false;
}

/* tests/unit/fakes/test_world.c - fakes/world.h for tests of single fakes. */
#include "tests/unit/fakes/test_world.h"

#include <stdio.h>
#include <string.h>

#include "fakes/containers/behavior.h"
#include "fakes/proxy/fake_proxy.h"
#include "platform/base/memory.h"

struct test_heap_entry {
    int64_t  at_ns;
    uint64_t order;
    uint32_t slot;
    uint32_t generation;
};

struct world *
test_world_open(uint64_t seed)
{
    struct world *world = memory_alloc_zero(1, sizeof *world);
    world->seed = seed;
    world->poison = 0xA5;
    vec_init(&world->slots, sizeof(struct test_slot));
    vec_init(&world->free_slots, sizeof(uint32_t));
    vec_init(&world->heap, sizeof(struct test_heap_entry));
    vec_init(&world->services, sizeof(struct world_service *));
    vec_init(&world->facts, sizeof(struct world_fact));
    vec_init(&world->calls, sizeof(struct test_call));
    vec_init(&world->lines, sizeof(struct test_line));
    for (uint32_t node = 0; node < TEST_WORLD_NODES_MAX; node++) {
        map64_put(&world->ipv4_nodes, test_world_ipv4(node), node + 1);
    }
    return world;
}

void
test_world_close(struct world *world)
{
    while (world->processes != NULL) {
        struct world_process *process = world->processes;
        world->processes = process->next;
        memory_free(process);
    }
    vec_fini(&world->slots);
    vec_fini(&world->free_slots);
    vec_fini(&world->heap);
    vec_fini(&world->services);
    vec_fini(&world->facts);
    vec_fini(&world->calls);
    vec_fini(&world->lines);
    map64_fini(&world->listens);
    map64_fini(&world->ipv4_nodes);
    memory_free(world);
}

/* --- events --- */

static bool
test_heap_before(const struct test_heap_entry *a, const struct test_heap_entry *b)
{
    return a->at_ns != b->at_ns ? a->at_ns < b->at_ns : a->order < b->order;
}

static void
test_heap_push(struct vec *heap, struct test_heap_entry entry)
{
    vec_push(heap);
    struct test_heap_entry *items = heap->items;
    uint32_t at = heap->count - 1;
    while (at > 0 && test_heap_before(&entry, &items[(at - 1) / 2])) {
        items[at] = items[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    items[at] = entry;
}

static struct test_heap_entry
test_heap_pop(struct vec *heap)
{
    struct test_heap_entry *items = heap->items;
    const struct test_heap_entry first = items[0];
    const struct test_heap_entry last = items[heap->count - 1];
    heap->count--;
    uint32_t at = 0;
    for (;;) {
        uint32_t child = 2 * at + 1;
        if (child >= heap->count) {
            break;
        }
        if (child + 1 < heap->count && test_heap_before(&items[child + 1], &items[child])) {
            child++;
        }
        if (!test_heap_before(&items[child], &last)) {
            break;
        }
        items[at] = items[child];
        at = child;
    }
    if (heap->count > 0) {
        items[at] = last;
    }
    return first;
}

world_event
world_at(struct world *world, int64_t at_ns, enum world_class class, struct world_process *process,
         world_fire_fn *fire, void *context, uint64_t argument)
{
    ASSERT(at_ns >= world->now_ns);
    uint32_t index;
    if (world->free_slots.count > 0) {
        index = *(uint32_t *)vec_at(&world->free_slots, world->free_slots.count - 1);
        world->free_slots.count--;
    } else {
        vec_push(&world->slots);
        index = world->slots.count - 1;
    }
    struct test_slot *slot = vec_at(&world->slots, index);
    const uint32_t generation = slot->generation + 1;
    *slot = (struct test_slot){ .at_ns = at_ns,
                                .order = (uint64_t)class << 56 | world->sequence++,
                                .process = process,
                                .life = process != NULL ? process->life : 0,
                                .fire = fire,
                                .context = context,
                                .argument = argument,
                                .generation = generation };
    test_heap_push(&world->heap, (struct test_heap_entry){ .at_ns = at_ns,
                                                           .order = slot->order,
                                                           .slot = index,
                                                           .generation = generation });
    return (uint64_t)generation << 32 | (index + 1);
}

world_event
world_after(struct world *world, int64_t delay_ns, enum world_class class,
            struct world_process *process, world_fire_fn *fire, void *context, uint64_t argument)
{
    return world_at(world, world->now_ns + delay_ns, class, process, fire, context, argument);
}

static void
test_slot_free(struct world *world, uint32_t index)
{
    struct test_slot *slot = vec_at(&world->slots, index);
    slot->fire = NULL;
    *(uint32_t *)vec_push(&world->free_slots) = index;
}

void
world_cancel(struct world *world, world_event event)
{
    if (event == 0) {
        return;
    }
    const uint32_t index = (uint32_t)(event & UINT32_MAX) - 1;
    const struct test_slot *slot = vec_at(&world->slots, index);
    if (slot->fire != NULL && slot->generation == (uint32_t)(event >> 32)) {
        test_slot_free(world, index);
    }
}

/* The earliest entry that was not cancelled; drops the others. */
static const struct test_heap_entry *
test_world_peek(struct world *world)
{
    while (world->heap.count > 0) {
        const struct test_heap_entry *entry = vec_at(&world->heap, 0);
        const struct test_slot *slot = vec_at(&world->slots, entry->slot);
        if (slot->fire != NULL && slot->generation == entry->generation) {
            return entry;
        }
        (void)test_heap_pop(&world->heap);
    }
    return NULL;
}

bool
test_world_step(struct world *world)
{
    if (test_world_peek(world) == NULL) {
        return false;
    }
    const struct test_heap_entry entry = test_heap_pop(&world->heap);
    const struct test_slot slot = *(struct test_slot *)vec_at(&world->slots, entry.slot);
    test_slot_free(world, entry.slot);
    world->now_ns = slot.at_ns;
    const bool dropped =
        slot.process != NULL && (!slot.process->alive || slot.process->life != slot.life);
    if (!dropped) {
        world->events_fired++;
        slot.fire(world, slot.context, slot.argument);
    }
    return true;
}

void
test_world_run_until(struct world *world, int64_t at_ns)
{
    const struct test_heap_entry *entry = test_world_peek(world);
    while (entry != NULL && entry->at_ns <= at_ns) {
        test_world_step(world);
        entry = test_world_peek(world);
    }
    world->now_ns = at_ns;
}

void
test_world_run(struct world *world, uint64_t events_max)
{
    for (uint64_t i = 0; i < events_max && test_world_step(world); i++) {
    }
}

/* --- facts about the world --- */

uint64_t
world_seed(const struct world *world)
{
    return world->seed;
}

void
world_stream(struct world *world, uint32_t node, const char *name, struct rng *ret)
{
    rng_init(ret, world->seed, node, name);
}

uint8_t
world_poison(const struct world *world)
{
    return world->poison;
}

bool
world_wire_encoded(const struct world *world)
{
    return world->wire_encoded;
}

/* --- processes and nodes --- */

struct world_process *
test_world_process(struct world *world, env_address address, uint32_t node)
{
    struct world_process *process = world_process_find(world, address);
    if (process == NULL) {
        process = memory_alloc_zero(1, sizeof *process);
        process->next = world->processes;
        process->address = address;
        process->node = node;
        world->processes = process;
    }
    process->alive = true;
    return process;
}

void
test_world_process_die(struct world *world, struct world_process *process)
{
    (void)world;
    process->alive = false;
    process->life++;
}

env_address
world_process_address(const struct world_process *process)
{
    return process->address;
}

uint32_t
world_process_node(const struct world_process *process)
{
    return process->node;
}

bool
world_process_alive(const struct world_process *process)
{
    return process->alive;
}

struct world_process *
world_process_find(struct world *world, env_address address)
{
    struct world_process *process = world->processes;
    while (process != NULL && process->address != address) {
        process = process->next;
    }
    return process;
}

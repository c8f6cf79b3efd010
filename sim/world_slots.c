/* sim/world_slots.c - slots of pending events, in chunks that come and go. */
#include "sim/world_slots.h"

#include "platform/base/memory.h"

static uint64_t *
world_slots_word(const struct world_slots *slots, uint32_t chunk)
{
    return (uint64_t *)slots->room.items + chunk / 64;
}

static void
world_slots_add_chunk(struct world_slots *slots)
{
    const uint32_t chunk = slots->chunks.count;
    (void)vec_push(&slots->chunks);
    if (chunk % 64 == 0) {
        (void)vec_push(&slots->room);
    }
    *world_slots_word(slots, chunk) |= UINT64_C(1) << chunk % 64;
}

void
world_slots_init(struct world_slots *slots)
{
    *slots = (struct world_slots){ 0 };
    vec_init(&slots->chunks, sizeof(struct world_slot_chunk));
    vec_init(&slots->room, sizeof(uint64_t));
    world_slots_add_chunk(slots);
    uint32_t nobody = 0;
    (void)world_slots_take(slots, &nobody);
    ASSERT(nobody == 0);
}

void
world_slots_fini(struct world_slots *slots)
{
    for (uint32_t i = 0; i < slots->chunks.count; i++) {
        const struct world_slot_chunk *chunk = vec_at(&slots->chunks, i);
        memory_free(chunk->slots);
    }
    vec_fini(&slots->chunks);
    vec_fini(&slots->room);
}

/* None of those used before is free: one more is. */
void
world_slots_add_fresh(struct world_slots *slots, struct world_slot_chunk *chunk)
{
    if (chunk->slots == NULL) {
        chunk->slots = memory_alloc(WORLD_CHUNK_SLOTS * sizeof *chunk->slots);
    }
    ASSERT(chunk->fresh < WORLD_CHUNK_SLOTS);
    struct world_due *due = &chunk->slots[chunk->fresh];
    due->generation = slots->generation;
    due->next_free = 0;
    chunk->fresh++;
    chunk->free_first = chunk->fresh;
}

/* The one that is filled is full: the lowest with room takes its place. */
void
world_slots_filled(struct world_slots *slots)
{
    *world_slots_word(slots, slots->current) &= ~(UINT64_C(1) << slots->current % 64);
    for (uint32_t word = 0; word < slots->room.count; word++) {
        const uint64_t room = ((const uint64_t *)slots->room.items)[word];
        if (room != 0) {
            slots->current = word * 64 + (uint32_t)__builtin_ctzll(room);
            return;
        }
    }
    slots->current = slots->chunks.count;
    world_slots_add_chunk(slots);
}

/* It was full and has room again. */
void
world_slots_opened(struct world_slots *slots, uint32_t chunk)
{
    *world_slots_word(slots, chunk) |= UINT64_C(1) << chunk % 64;
}

/* Nothing is in it, and the next one goes elsewhere: it is given back. */
void
world_slots_emptied(struct world_slots *slots, struct world_slot_chunk *chunk)
{
    for (uint32_t i = 0; i < chunk->fresh; i++) {
        if (slots->generation < chunk->slots[i].generation) {
            slots->generation = chunk->slots[i].generation;
        }
    }
    memory_free(chunk->slots);
    *chunk = (struct world_slot_chunk){ 0 };
}

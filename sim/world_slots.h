/*
 * sim/world_slots.h - where what is due waits while the queue holds its instant: slots.
 *
 * A slot and its generation name one pending event: given back, the slot is another's, and the old
 * name finds nothing. Slots lie in chunks, which never move. One is filled until it is full, then
 * the lowest with room: the chunks of a rush become empty after it, and those are given back.
 */
#ifndef SIM_WORLD_SLOTS_H
#define SIM_WORLD_SLOTS_H

#include "fakes/world.h"
#include "platform/base/vec.h"

/* What will run at an instant. */
struct world_due {
    world_fire_fn        *fire;
    void                 *context;
    uint64_t              argument;
    struct world_process *process; /* NULL: of the world itself */
    union {
        uint32_t incarnation; /* of the process when it was armed */
        uint32_t next_free;   /* of a free slot: the next in its chunk, + 1 */
    };
    uint32_t generation; /* of a slot: grows each time it is given back */
};

enum { WORLD_SLOT_BITS = 10, WORLD_CHUNK_SLOTS = 1 << WORLD_SLOT_BITS };

struct world_slot_chunk {
    struct world_due *slots;      /* owned; NULL: given back, or not there yet */
    uint16_t          used;       /* taken now */
    uint16_t          fresh;      /* the first that was never used; 0: there are none */
    uint32_t          free_first; /* of those used before: + 1; 0: none */
};

struct world_slots { /* world_slots_init */
    struct vec chunks;     /* struct world_slot_chunk */
    struct vec room;       /* uint64_t: a bit a chunk that is not full */
    uint32_t   current;    /* the chunk that is filled now: it has room */
    uint32_t   generation; /* of a slot never used: above all that such a slot had before */
};

void world_slots_init(struct world_slots *slots);
void world_slots_fini(struct world_slots *slots);

/* Private: what only some takes and gives need. */
void world_slots_add_fresh(struct world_slots *slots, struct world_slot_chunk *chunk);
void world_slots_filled(struct world_slots *slots);
void world_slots_opened(struct world_slots *slots, uint32_t chunk);
void world_slots_emptied(struct world_slots *slots, struct world_slot_chunk *chunk);

/* A free slot, which is taken by this; its generation is set. Index 0 is never given out. */
static inline struct world_due *
world_slots_take(struct world_slots *slots, uint32_t *ret_index)
{
    struct world_slot_chunk *chunk =
        (struct world_slot_chunk *)slots->chunks.items + slots->current;
    if (chunk->free_first == 0) {
        world_slots_add_fresh(slots, chunk);
    }
    const uint32_t at = chunk->free_first - 1;
    *ret_index = slots->current << WORLD_SLOT_BITS | at;
    struct world_due *due = &chunk->slots[at];
    chunk->free_first = due->next_free;
    chunk->used++;
    if (chunk->used == WORLD_CHUNK_SLOTS) {
        world_slots_filled(slots);
    }
    return due;
}

static inline void
world_slots_give(struct world_slots *slots, uint32_t index)
{
    const uint32_t number = index >> WORLD_SLOT_BITS;
    const uint32_t at = index & (WORLD_CHUNK_SLOTS - 1);
    struct world_slot_chunk *chunk = (struct world_slot_chunk *)slots->chunks.items + number;
    ASSERT(chunk->used > 0);
    struct world_due *due = &chunk->slots[at];
    due->generation++;
    due->next_free = chunk->free_first;
    chunk->free_first = at + 1;
    if (chunk->used == WORLD_CHUNK_SLOTS) {
        world_slots_opened(slots, number);
    }
    chunk->used--;
    if (chunk->used == 0 && number != slots->current) {
        world_slots_emptied(slots, chunk);
    }
}

/* Where it lies, or NULL when its chunk was given back and it with it. */
static inline struct world_due *
world_slots_place(const struct world_slots *slots, uint32_t index)
{
    const struct world_slot_chunk *chunk =
        (const struct world_slot_chunk *)slots->chunks.items + (index >> WORLD_SLOT_BITS);
    const uint32_t at = index & (WORLD_CHUNK_SLOTS - 1);
    return at < chunk->fresh ? chunk->slots + at : NULL;
}

/* What was named so, or NULL when that is past or cancelled. */
static inline struct world_due *
world_slots_find(const struct world_slots *slots, uint32_t index, uint32_t generation)
{
    struct world_due *due = world_slots_place(slots, index);
    return due == NULL || due->generation != generation ? NULL : due;
}

#endif

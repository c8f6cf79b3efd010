/*
 * tests/unit/sim/test_world_slots.c
 *
 * Goal:   a slot is found by its name as long as it is taken and never after, it does not move,
 *         and what a rush of events needed is given back after it.
 * Method: random takes and gives, with rushes of many chunks, beside a plain list of what is taken;
 *         every name that was ever given back is asked for again and again.
 */
#include <criterion/criterion.h>

#include "platform/base/memory.h"
#include "platform/base/rng.h"
#include "sim/world_slots.h"

enum { RUSH = 20 * WORLD_CHUNK_SLOTS, ROUNDS = 12, PAST_MAX = 4096 };

struct slot_name {
    uint32_t          index;
    uint32_t          generation;
    struct world_due *due;
};

struct slots_bed {
    struct world_slots slots;
    struct rng         rng;
    struct slot_name  *taken; /* owned */
    uint32_t           taken_count;
    struct slot_name   past[PAST_MAX]; /* of those given back, some */
    uint32_t           past_count;
    uint64_t           serial;
};

static void
bed_take(struct slots_bed *bed)
{
    struct slot_name name = { 0 };
    name.due = world_slots_take(&bed->slots, &name.index);
    name.generation = name.due->generation;
    name.due->argument = ++bed->serial;
    cr_assert_neq(name.index, 0);
    cr_assert_eq(world_slots_find(&bed->slots, name.index, name.generation), name.due);
    bed->taken[bed->taken_count] = name;
    bed->taken_count++;
}

static void
bed_give(struct slots_bed *bed)
{
    const uint32_t which = (uint32_t)rng_below(&bed->rng, bed->taken_count);
    const struct slot_name name = bed->taken[which];
    bed->taken_count--;
    bed->taken[which] = bed->taken[bed->taken_count];
    cr_assert_eq(world_slots_find(&bed->slots, name.index, name.generation), name.due);
    world_slots_give(&bed->slots, name.index);
    cr_assert_null(world_slots_find(&bed->slots, name.index, name.generation));
    const uint32_t at = bed->past_count < PAST_MAX ? bed->past_count
                                                   : (uint32_t)rng_below(&bed->rng, PAST_MAX);
    bed->past[at] = name;
    bed->past_count += bed->past_count < PAST_MAX ? 1 : 0;
}

static uint32_t
bed_chunks(const struct slots_bed *bed)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < bed->slots.chunks.count; i++) {
        const struct world_slot_chunk *chunk = vec_at(&bed->slots.chunks, i);
        count += chunk->slots != NULL ? 1 : 0;
    }
    return count;
}

static void
bed_check(const struct slots_bed *bed)
{
    for (uint32_t i = 0; i < bed->taken_count; i++) {
        const struct slot_name *name = &bed->taken[i];
        cr_assert_eq(world_slots_find(&bed->slots, name->index, name->generation), name->due);
    }
    for (uint32_t i = 0; i < bed->past_count; i++) {
        const struct slot_name *name = &bed->past[i];
        cr_assert_null(world_slots_find(&bed->slots, name->index, name->generation));
    }
}

static void
bed_init(struct slots_bed *bed)
{
    *bed = (struct slots_bed){ .taken = memory_alloc(RUSH * sizeof *bed->taken) };
    rng_init(&bed->rng, 7, 0, "slots");
    world_slots_init(&bed->slots);
}

static void
bed_fini(struct slots_bed *bed)
{
    world_slots_fini(&bed->slots);
    memory_free(bed->taken);
}

Test(world_slots, are_found_while_taken_and_never_after)
{
    struct slots_bed bed;
    bed_init(&bed);
    for (uint32_t round = 0; round < ROUNDS; round++) {
        const uint32_t aim = (uint32_t)rng_below(&bed.rng, round % 3 == 0 ? RUSH : 2000);
        while (bed.taken_count != aim) {
            const bool more = bed.taken_count < aim ? rng_below(&bed.rng, 4) > 0
                                                    : rng_below(&bed.rng, 4) == 0;
            if (more && bed.taken_count < RUSH) {
                bed_take(&bed);
            } else if (bed.taken_count > 0) {
                bed_give(&bed);
            }
        }
        bed_check(&bed);
    }
    bed_fini(&bed);
}

Test(world_slots, of_a_rush_are_given_back_after_it)
{
    struct slots_bed bed;
    bed_init(&bed);
    for (uint32_t round = 0; round < 3; round++) {
        while (bed.taken_count < RUSH) {
            bed_take(&bed);
        }
        cr_assert_geq(bed_chunks(&bed), RUSH / WORLD_CHUNK_SLOTS);
        while (bed.taken_count > 0) {
            bed_give(&bed);
        }
        /* nobody's, and the one that is filled next */
        cr_assert_leq(bed_chunks(&bed), 2, "%u chunks", bed_chunks(&bed));
        bed_check(&bed);
    }
    bed_fini(&bed);
}

Test(world_slots, of_few_events_stay_in_the_lowest_chunk)
{
    struct slots_bed bed;
    bed_init(&bed);
    for (uint32_t i = 0; i < 100000; i++) {
        while (bed.taken_count < 500) {
            bed_take(&bed);
        }
        bed_give(&bed);
        cr_assert_lt(bed.taken[bed.taken_count - 1].index, WORLD_CHUNK_SLOTS);
    }
    cr_assert_eq(bed_chunks(&bed), 1);
    bed_fini(&bed);
}

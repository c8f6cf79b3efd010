/*
 * tests/unit/scheduler/test_place_set.c
 *
 * Goal:   sets of nodes keep their order and their counts, whatever moves between them.
 * Method: nodes move at random between a few sets; each set is compared with a plain array of
 *         yes and no after every move.
 */
#include "platform/scheduler/place_set.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "platform/base/rng.h"

enum { SET_NODES = 90, SETS = 3, MOVES = 3000 };

static void
compare_with_array(const struct place_sets *sets, uint32_t root, const uint8_t in[SET_NODES],
                   uint8_t set)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < SET_NODES; i++) {
        cr_assert(eq(u32, place_set_below(sets, root, i), count), "below %u", i);
        if (in[i] == set) {
            cr_assert(eq(u32, place_set_at(sets, root, count), i));
            cr_assert(eq(u32, place_set_from(sets, root, i), i));
            count++;
        }
    }
    cr_assert(eq(u32, place_set_count(sets, root), count));
    cr_assert(eq(u32, place_set_below(sets, root, UINT32_MAX), count));
    uint32_t next = UINT32_MAX;
    for (uint32_t i = SET_NODES; i > 0; i--) {
        next = in[i - 1] == set ? i - 1 : next;
        cr_assert(eq(u32, place_set_from(sets, root, i - 1), next), "from %u", i - 1);
    }
}

Test(place_set, keeps_order_and_counts_whatever_moves)
{
    struct place_sets sets;
    struct rng rng;
    uint32_t roots[SETS] = { 0 };
    uint8_t in[SET_NODES];
    place_sets_init(&sets);
    place_sets_grow(&sets, SET_NODES);
    rng_init(&rng, 1, 0, "sets");
    for (uint32_t i = 0; i < SET_NODES; i++) {
        in[i] = SETS; /* none */
    }
    for (uint32_t move = 0; move < MOVES; move++) {
        const uint32_t node = rng_below(&rng, SET_NODES);
        const uint8_t to = (uint8_t)rng_below(&rng, SETS + 1);
        if (in[node] < SETS) {
            roots[in[node]] = place_set_remove(&sets, roots[in[node]], node);
        }
        if (to < SETS) {
            roots[to] = place_set_add(&sets, roots[to], node);
        }
        in[node] = to;
        for (uint8_t set = 0; set < SETS; set++) {
            compare_with_array(&sets, roots[set], in, set);
        }
    }
    place_sets_fini(&sets);
}

/*
 * tests/unit/base/test_idmap.c
 *
 * Goal:   a map of ids answers what was put last, whatever was removed around it, and gives its
 *         memory back with the last id of a neighbourhood.
 * Method: random operations over ids near each other, far apart and at both ends, against a plain
 *         array; the whole map is compared again and again.
 */
#include <criterion/criterion.h>

#include "platform/base/idmap.h"
#include "platform/base/rng.h"

enum { IDS = 300 };

static uint64_t
id_of(uint32_t i)
{
    return i < 100 ? i : i < 200 ? (UINT64_C(7) << 40) + i * 13 : UINT64_MAX - i;
}

Test(idmap, answers_as_an_array_does, .timeout = 60)
{
    struct idmap map = { 0 };
    uint32_t values[IDS] = { 0 };
    uint32_t count = 0;
    struct rng rng;
    rng_init(&rng, 1, 0, "idmap");
    for (uint32_t i = 0; i < 50000; i++) {
        const uint32_t at = rng_below(&rng, IDS);
        /* full and empty by turns, so that pages go and come again */
        if (rng_below(&rng, 100) < (i / 2000 % 2 == 0 ? 90u : 10u)) {
            const uint32_t value = 1 + rng_below(&rng, 1000);
            count += values[at] == 0 ? 1 : 0;
            values[at] = value;
            idmap_put(&map, id_of(at), value);
        } else {
            count -= values[at] != 0 ? 1 : 0;
            values[at] = 0;
            idmap_remove(&map, id_of(at));
        }
        cr_assert_eq(map.count, count);
        cr_assert_eq(idmap_get(&map, id_of(at)), values[at]);
        if (i % 50 == 0) {
            for (uint32_t k = 0; k < IDS; k++) {
                cr_assert_eq(idmap_get(&map, id_of(k)), values[k]);
            }
        }
    }
    idmap_fini(&map);
}

Test(idmap, is_empty_when_zeroed_and_after_its_end)
{
    struct idmap map = { 0 };
    cr_assert_eq(idmap_get(&map, 5), 0);
    idmap_remove(&map, 5);
    idmap_put(&map, 0, 7);
    cr_assert_eq(idmap_get(&map, 0), 7, "zero is an id like any other");
    idmap_fini(&map);
    cr_assert_eq(idmap_get(&map, 0), 0);
    idmap_fini(&map);
}

Test(idmap, uses_the_place_of_a_page_that_went_again)
{
    struct idmap map = { 0 };
    for (uint64_t id = 1; id < 100000; id++) { /* a window of ids that moves on */
        idmap_put(&map, id, 1);
        if (id > 1000) {
            idmap_remove(&map, id - 1000);
        }
    }
    cr_assert_eq(map.count, 1000);
    cr_assert_leq(map.pages_count, 3);
    idmap_fini(&map);
}

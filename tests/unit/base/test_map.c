/*
 * tests/unit/base/test_map.c
 *
 * Goal:   a map answers what was put last, whatever was removed around it; interned texts keep the
 *         numbers of their first appearance.
 * Method: random operations over few keys (so that chains form and break) against a plain array;
 *         the whole map is compared again and again.
 */
#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>

#include "platform/base/map.h"
#include "platform/base/rng.h"

enum { KEYS = 300 };

static uint64_t
key_of(uint32_t i)
{
    return i % 2 == 0 ? i : UINT64_MAX - (uint64_t)i * 65536;
}

Test(map, answers_as_an_array_does, .timeout = 60)
{
    struct map64 map = { 0 };
    uint32_t values[KEYS] = { 0 };
    uint32_t count = 0;
    struct rng rng;
    rng_init(&rng, 1, 0, "map");
    for (uint32_t i = 0; i < 50000; i++) {
        const uint32_t key = rng_below(&rng, KEYS);
        if (rng_chance(&rng, PPM / 2)) {
            const uint32_t value = 1 + rng_below(&rng, 1000);
            count += values[key] == 0 ? 1 : 0;
            values[key] = value;
            map64_put(&map, key_of(key), value);
        } else {
            count -= values[key] != 0 ? 1 : 0;
            values[key] = 0;
            map64_remove(&map, key_of(key));
        }
        cr_assert_eq(map.count, count);
        if (i % 50 == 0) {
            for (uint32_t k = 0; k < KEYS; k++) {
                cr_assert_eq(map64_get(&map, key_of(k)), values[k]);
            }
        }
    }
    map64_fini(&map);
}

Test(map, is_empty_when_zeroed)
{
    struct map64 map = { 0 };
    cr_assert_eq(map64_get(&map, 5), 0);
    map64_remove(&map, 5);
    map64_put(&map, 0, 7);
    cr_assert_eq(map64_get(&map, 0), 7, "zero is a key like any other");
    map64_fini(&map);
    cr_assert_eq(map64_get(&map, 0), 0);
}

Test(map, interns_texts_in_order_of_appearance)
{
    struct intern intern;
    char text[32];
    intern_init(&intern);
    cr_assert_eq(intern_find(&intern, "web"), 0);
    for (uint32_t round = 0; round < 2; round++) {
        for (uint32_t i = 1; i <= 5000; i++) {
            snprintf(text, sizeof text, "name-%u", i * 7919 % 100000);
            cr_assert_eq(intern_id(&intern, text), i);
        }
    }
    const char *first = intern_text(&intern, 1);
    cr_assert_str_eq(first, "name-7919");
    cr_assert_eq(intern_find(&intern, "name-7919"), 1);
    cr_assert_eq(intern_id(&intern, ""), 5001, "an empty text is a text");
    cr_assert_eq(intern_text(&intern, 1), first, "texts stay in place");
    cr_assert_eq(intern_count(&intern), 5001);
    intern_fini(&intern);
}

/*
 * tests/unit/base/test_vec.c
 *
 * Goal:   an array keeps its items in order while it grows and while items are taken out.
 * Method: pushes and removals against known sequences.
 */
#include <string.h>

#include <criterion/criterion.h>

#include "platform/base/vec.h"

static void
push(struct vec *vec, uint32_t value)
{
    uint32_t *item = vec_push(vec);
    cr_assert_eq(*item, 0, "a new item is zeroed");
    *item = value;
}

static uint32_t
at(const struct vec *vec, uint32_t index)
{
    return *(uint32_t *)vec_at(vec, index);
}

Test(vec, keeps_order_while_it_grows)
{
    struct vec vec;
    vec_init(&vec, sizeof(uint32_t));
    for (uint32_t i = 0; i < 10000; i++) {
        push(&vec, i + 1);
    }
    cr_assert_eq(vec.count, 10000);
    for (uint32_t i = 0; i < 10000; i++) {
        cr_assert_eq(at(&vec, i), i + 1);
    }
    vec_fini(&vec);
}

Test(vec, closes_the_gap_of_what_is_removed)
{
    struct vec vec;
    vec_init(&vec, sizeof(uint32_t));
    for (uint32_t i = 1; i <= 5; i++) {
        push(&vec, i);
    }
    vec_remove_at(&vec, 4);
    vec_remove_at(&vec, 0);
    vec_remove_at(&vec, 1);
    cr_assert_eq(vec.count, 2);
    cr_assert_eq(at(&vec, 0), 2);
    cr_assert_eq(at(&vec, 1), 4);
    vec_fini(&vec);
}

Test(vec, zeroes_items_that_are_used_again)
{
    struct vec vec;
    vec_init(&vec, sizeof(uint32_t));
    for (uint32_t round = 0; round < 3; round++) {
        for (uint32_t i = 0; i < 20; i++) {
            push(&vec, UINT32_MAX);
        }
        vec_clear(&vec);
        cr_assert_eq(vec.count, 0);
    }
    vec_fini(&vec);
    vec_fini(&vec);
}

Test(vec, does_not_move_within_what_was_reserved)
{
    struct vec vec;
    vec_init(&vec, sizeof(uint32_t));
    vec_reserve(&vec, 100);
    push(&vec, 1);
    const void *first = vec_at(&vec, 0);
    for (uint32_t i = 1; i < 100; i++) {
        push(&vec, i);
    }
    cr_assert_eq(vec_at(&vec, 0), first);
    vec_fini(&vec);
}

Test(vec, gives_back_the_room_of_a_rush_and_keeps_that_of_every_day)
{
    struct vec vec;
    vec_init(&vec, sizeof(uint32_t));
    for (uint32_t i = 0; i < 100; i++) {
        push(&vec, i);
    }
    vec_rest(&vec);
    cr_assert_eq(vec.count, 0);
    cr_assert_geq(vec.capacity, 100);
    for (uint32_t i = 0; i < 100000; i++) {
        push(&vec, i);
    }
    vec_rest(&vec);
    cr_assert_eq(vec.count, 0);
    cr_assert_eq(vec.capacity, 0);
    push(&vec, 7); /* it grows again */
    cr_assert_eq(at(&vec, 0), 7);
    vec_fini(&vec);
}

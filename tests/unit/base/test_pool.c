/*
 * tests/unit/base/test_pool.c
 *
 * Goal:   items stay in place, come zeroed, are never handed out twice, and end at the limit.
 * Method: random takes and gives against a table of what is held.
 */
#include <string.h>

#include <criterion/criterion.h>

#include "platform/base/pool.h"
#include "platform/base/rng.h"

enum { HELD_MAX = 2000 };

struct item {
    uint64_t mark;
    uint8_t  bytes[21];
};

Test(pool, hands_out_each_item_once_zeroed_and_in_place)
{
    static struct item *held[HELD_MAX + 1]; /* by index */
    static uint32_t indices[HELD_MAX];
    struct pool pool;
    struct rng rng;
    uint32_t count = 0;
    memset(held, 0, sizeof held);
    rng_init(&rng, 1, 0, "pool");
    pool_init(&pool, sizeof(struct item), HELD_MAX, 0xA5);
    for (uint32_t i = 0; i < 100000; i++) {
        if (rng_chance(&rng, PPM * 11 / 20)) {
            const uint32_t index = pool_take(&pool);
            cr_assert_eq(index == 0, count == HELD_MAX, "0 exactly when it is full");
            if (index == 0) {
                continue;
            }
            static const struct item zero;
            struct item *item = pool_at(&pool, index);
            cr_assert_null(held[index]);
            cr_assert_eq(item->mark, 0);
            cr_assert_arr_eq(item->bytes, zero.bytes, sizeof zero.bytes);
            item->mark = index;
            memset(item->bytes, 0xFF, sizeof item->bytes);
            held[index] = item;
            indices[count] = index;
            count++;
        } else if (count > 0) {
            const uint32_t pick = rng_below(&rng, count);
            const uint32_t index = indices[pick];
            struct item *item = pool_at(&pool, index);
            cr_assert_eq(item, held[index], "it moved");
            cr_assert_eq(item->mark, index, "another item was written over it");
            pool_give(&pool, index);
            cr_assert_eq(item->bytes[20], 0xA5, "a free item is poisoned");
            held[index] = NULL;
            count--;
            indices[pick] = indices[count];
        }
        cr_assert_eq(pool.count, count);
    }
    pool_fini(&pool);
}

Test(pool, answers_none_when_full)
{
    struct pool pool;
    pool_init(&pool, 1, 2, 0);
    cr_assert_neq(pool_take(&pool), 0);
    const uint32_t second = pool_take(&pool);
    cr_assert_neq(second, 0);
    cr_assert_eq(pool_take(&pool), 0);
    pool_give(&pool, second);
    cr_assert_eq(pool_take(&pool), second);
    pool_fini(&pool);
    pool_fini(&pool);
}

/*
 * tests/unit/base/test_arena.c
 *
 * Goal:   an arena gives aligned memory that stays in place, filled with its poison or with zeros.
 * Method: allocations of many sizes, each filled with its own byte and checked when all are made.
 */
#include <string.h>

#include <criterion/criterion.h>

#include "platform/base/arena.h"

Test(arena, keeps_every_block_in_place_and_apart)
{
    struct arena arena = { 0 };
    unsigned char *blocks[300];
    for (size_t i = 0; i < COUNT_OF(blocks); i++) {
        blocks[i] = arena_alloc(&arena, i * i);
        cr_assert_eq((uintptr_t)blocks[i] % 16, 0);
        memset(blocks[i], (int)(i % 251), i * i);
    }
    for (size_t i = 0; i < COUNT_OF(blocks); i++) {
        for (size_t at = 0; at < i * i; at++) {
            cr_assert_eq(blocks[i][at], i % 251);
        }
    }
    arena_fini(&arena);
}

Test(arena, fills_with_poison_or_zeros)
{
    struct arena arena;
    arena_init(&arena, 0xA5);
    for (uint32_t round = 0; round < 3; round++) { /* memory that is used again, too */
        const unsigned char *raw = arena_alloc(&arena, 1000);
        const unsigned char *zeros = arena_alloc_zero(&arena, 1000);
        for (uint32_t i = 0; i < 1000; i++) {
            cr_assert_eq(raw[i], 0xA5);
            cr_assert_eq(zeros[i], 0);
        }
        memset((void *)(uintptr_t)raw, 0x11, 1000);
        arena_reset(&arena);
    }
    arena_fini(&arena);
}

Test(arena, copies_and_prints_texts)
{
    struct arena arena = { 0 };
    char long_text[5000];
    memset(long_text, 'x', sizeof long_text - 1);
    long_text[sizeof long_text - 1] = '\0';
    cr_assert_str_eq(arena_strdup(&arena, "web"), "web");
    cr_assert_str_eq(arena_strdup(&arena, ""), "");
    cr_assert_str_eq(arena_strndup(&arena, "website", 3), "web");
    cr_assert_str_eq(arena_printf(&arena, "%s.%d", "web", 3), "web.3");
    cr_assert_str_eq(arena_printf(&arena, "%s", long_text), long_text);
    arena_fini(&arena);
}

Test(arena, can_be_used_again_after_its_end)
{
    struct arena arena = { 0 };
    arena_reset(&arena);
    arena_fini(&arena);
    cr_assert_str_eq(arena_strdup(&arena, "again"), "again");
    arena_fini(&arena);
    arena_fini(&arena);
}

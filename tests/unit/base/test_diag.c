/*
 * tests/unit/base/test_diag.c
 *
 * Goal:   each mistake is one line with its place, none hides another, and slips get a good guess.
 * Method: a list is filled by hand and printed.
 */
#include "platform/base/diag.h"

#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

static struct arena     arena;
static struct diag_list list;

static void
setup(void)
{
    arena_init(&arena, 0xA5);
    diag_list_init(&list, &arena);
}

static void
teardown(void)
{
    diag_list_fini(&list);
    arena_fini(&arena);
}

TestSuite(diag, .init = setup, .fini = teardown);

static const char *
printed(uint32_t index)
{
    struct strbuf out = { 0 };
    diag_print(vec_at(&list.items, index), &out);
    char *copy = arena_strdup(&arena, strbuf_text(&out));
    strbuf_fini(&out);
    return copy;
}

static const char               text[] = "{\n  \"seed\": -1\n}";
static const struct diag_source source = {
    .file = "x.json", .text = text, .text_len = sizeof text - 1
};

Test(diag, a_line_reads_file_place_pointer_and_sentence)
{
    diag_add(&list, &source, DIAG_ERROR, "/seed", "found %d, expected a count", -1);
    diag_add(&list, &source, DIAG_WARNING, "/seed", "odd");
    diag_add(&list, &source, DIAG_NOTE, "", "whole");
    diag_add_at(&list, "y.json", 7, 8, "not JSON");
    cr_expect(eq(str, (char *)printed(0), "x.json:2:3: /seed: found -1, expected a count"));
    cr_expect(eq(str, (char *)printed(1), "x.json:2:3: warning: /seed: odd"));
    cr_expect(eq(str, (char *)printed(2), "x.json:1:1: note: whole"));
    cr_expect(eq(str, (char *)printed(3), "y.json:7:8: not JSON"));
    cr_expect(eq(u32, list.errors_count, 2));
}

Test(diag, without_a_text_there_is_no_place)
{
    const struct diag_source no_text = { .file = "z.json" };
    diag_add(&list, &no_text, DIAG_ERROR, "/a", "bad");
    diag_add(&list, NULL, DIAG_ERROR, "", "bad --set");
    cr_expect(eq(str, (char *)printed(0), "z.json: /a: bad"));
    cr_expect(eq(str, (char *)printed(1), "bad --set"));
}

Test(diag, control_characters_cannot_break_the_line)
{
    diag_add(&list, &source, DIAG_ERROR, "/a\nb", "found \"%s\"", "x\r\n\033[2J");
    cr_expect(eq(str, (char *)printed(0), "x.json:1:1: /a?b: found \"x???[2J\""));
}

Test(diag, a_full_list_counts_on_and_errors_push_out_notes)
{
    diag_add(&list, &source, DIAG_NOTE, "", "a note");
    for (int i = 0; i < DIAG_MAX + 4; i++) {
        diag_add(&list, &source, DIAG_ERROR, "", "error %d", i);
    }
    cr_expect(eq(u32, list.items.count, DIAG_MAX));
    cr_expect(eq(u32, list.errors_count, DIAG_MAX + 4));
    cr_expect(eq(u32, list.dropped_count, 5));
    for (uint32_t i = 0; i < list.items.count; i++) {
        cr_expect(eq(int, (int)((struct diag *)vec_at(&list.items, i))->level, DIAG_ERROR));
    }
}

Test(diag, the_nearest_word_is_a_slip_away_or_none)
{
    static const char *const words[] = { "duration", "seed", "settle", "start", "timeline" };
    const uint32_t           count = COUNT_OF(words);
    cr_expect(eq(str, (char *)diag_nearest("duraton", words, count), "duration"));
    cr_expect(eq(str, (char *)diag_nearest("sede", words, count), "seed"));
    cr_expect(eq(str, (char *)diag_nearest("Start", words, count), "start"));
    cr_expect(eq(str, (char *)diag_nearest("timelien", words, count), "timeline"));
    cr_expect(eq(ptr, (void *)diag_nearest("xyz", words, count), NULL));
    cr_expect(eq(ptr, (void *)diag_nearest("", words, count), NULL));
    cr_expect(eq(ptr, (void *)diag_nearest("completely-different", words, count), NULL));
}

/*
 * tests/unit/sim/test_trace_diff.c
 *
 * Goal:   the first line that differs is found wherever it is, with the lines before it.
 * Method: pairs of traces that differ in one known line, in their length, or in their requests.
 */
#include <string.h>

#include <criterion/criterion.h>

#include "sim/trace_diff.h"
#include "tests/unit/sim/trace_story.h"

struct pair {
    struct trace_story_io io[2];
    struct trace_file     files[2];
    struct arena          arena;
    struct trace_diff     diff;
};

static void
compare(struct pair *pair, struct trace_story a, struct trace_story b)
{
    const struct trace_story stories[2] = { a, b };
    *pair = (struct pair){ 0 };
    for (uint32_t i = 0; i < 2; i++) {
        pair->io[i] = trace_story_io();
        trace_story_tell(stories[i], &pair->io[i].io);
        cr_assert_eq(trace_file_open(&pair->files[i], pair->io[i].bytes.text, pair->io[i].bytes.len,
                                     &pair->arena, NULL), ST_OK);
    }
    cr_assert_eq(trace_diff_find(&pair->files[0], &pair->files[1], &pair->arena, &pair->diff, NULL),
                 ST_OK);
}

static void
forget(struct pair *pair)
{
    for (uint32_t i = 0; i < 2; i++) {
        trace_file_fini(&pair->files[i]);
        strbuf_fini(&pair->io[i].bytes);
    }
    arena_fini(&pair->arena);
}

Test(trace_diff, finds_nothing_in_equal_traces)
{
    struct pair pair;
    compare(&pair, (struct trace_story){ .lines_count = 70000 },
            (struct trace_story){ .lines_count = 70000 });
    cr_assert(pair.diff.same);
    forget(&pair);
}

Test(trace_diff, finds_the_line_wherever_it_is)
{
    static const uint64_t changed[] = { 1, 2, 10, 11, 40000, 65536, 65537, 131000, 199999, 200000 };
    for (uint32_t i = 0; i < COUNT_OF(changed); i++) {
        struct pair pair;
        compare(&pair, (struct trace_story){ .lines_count = 200000 },
                (struct trace_story){ .lines_count = 200000, .changed_line = changed[i] });
        cr_assert_not(pair.diff.same);
        cr_assert_not_null(pair.diff.a);
        cr_assert_not_null(pair.diff.b);
        cr_assert_eq(pair.diff.a->number, pair.diff.b->number);
        cr_assert_eq(pair.diff.a->c, changed[i]);
        cr_assert_eq(pair.diff.a->b, 0);
        cr_assert_eq(pair.diff.b->b, 1);
        const uint64_t before = pair.diff.a->number - 1;
        cr_assert_eq(pair.diff.before_count,
                     before < TRACE_DIFF_BEFORE ? before : TRACE_DIFF_BEFORE);
        for (uint32_t k = 0; k < pair.diff.before_count; k++) {
            cr_assert_eq(pair.diff.before[k]->number, before - pair.diff.before_count + k + 1);
        }
        forget(&pair);
    }
}

Test(trace_diff, tells_which_trace_ended)
{
    struct pair pair;
    compare(&pair, (struct trace_story){ .lines_count = 20 },
            (struct trace_story){ .lines_count = 25 });
    cr_assert_null(pair.diff.a);
    cr_assert_eq(pair.diff.b->number, 21);
    forget(&pair);
    compare(&pair, (struct trace_story){ .lines_count = 1 }, (struct trace_story){ 0 });
    cr_assert_eq(pair.diff.a->number, 1);
    cr_assert_null(pair.diff.b);
    forget(&pair);
}

Test(trace_diff, sees_requests_that_no_line_tells)
{
    struct pair pair;
    compare(&pair, (struct trace_story){ .lines_count = 20, .requests_hash = 1 },
            (struct trace_story){ .lines_count = 20, .requests_hash = 2 });
    cr_assert_not(pair.diff.same);
    cr_assert_null(pair.diff.a);
    cr_assert_null(pair.diff.b);
    cr_assert_eq(pair.diff.before_count, TRACE_DIFF_BEFORE);
    forget(&pair);
}

Test(trace_diff, refuses_a_damaged_part)
{
    struct pair pair;
    compare(&pair, (struct trace_story){ .lines_count = 20 },
            (struct trace_story){ .lines_count = 20, .changed_line = 7 });
    struct trace_part *part = vec_at(&pair.files[1].parts, 0);
    part->hash ^= 1;
    struct error err = { .text = "" };
    cr_assert_eq(trace_diff_find(&pair.files[0], &pair.files[1], &pair.arena, &pair.diff, &err),
                 ST_INVALID);
    cr_assert_not_null(strstr(err.text, "damaged"));
    forget(&pair);
}

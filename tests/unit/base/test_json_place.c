/*
 * tests/unit/base/test_json_place.c
 *
 * Goal:   a pointer is found at the line and column where a person would look, in any text.
 * Method: texts written out by hand with the places counted by eye; then damaged texts.
 */
#include "platform/base/json_place.h"

#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

static void
stands_at(const char *text, const char *pointer, uint32_t line, uint32_t column)
{
    const struct json_place place = json_place_find(text, strlen(text), pointer);
    cr_expect(eq(u32, place.line, line), "line of %s", pointer);
    cr_expect(eq(u32, place.column, column), "column of %s", pointer);
}

static const char sample[] = "{\n"
                             "  \"a\": 1,\n"
                             "  \"list\": [10, {\"x\": \"}\"}, [1, 2]],\n"
                             "  \"a/b\": {\"~\": null}, \"\": 5,\n"
                             "  \"\\u00e9\\\"q\": {\n"
                             "    \"deep\": true\n"
                             "  }\n"
                             "}\n";

Test(json_place, members_stand_at_their_key_and_elements_at_their_value)
{
    stands_at(sample, "", 1, 1);
    stands_at(sample, "/a", 2, 3);
    stands_at(sample, "/list", 3, 3);
    stands_at(sample, "/list/0", 3, 12);
    stands_at(sample, "/list/1", 3, 16);
    stands_at(sample, "/list/1/x", 3, 17);
    stands_at(sample, "/list/2/1", 3, 32);
}

Test(json_place, escapes_of_pointers_and_of_strings_are_understood)
{
    stands_at(sample, "/a~1b", 4, 3);
    stands_at(sample, "/a~1b/~0", 4, 11);
    stands_at(sample, "/", 4, 23);
    stands_at(sample, "/\xc3\xa9\"q/deep", 6, 5);
}

Test(json_place, surrogate_pairs_are_one_character)
{
    static const char text[] = "{\n"
                               "  \"\\ud83d\\uDE00x\": 1, \"\\u20ac\": 2,\n"
                               "  \"\\ud83d\": 3, \"\\ude00\": 4,"
                               " \"\\ud83d\\u0041\": 5, \"\\ud83d\\u\": 6,\n"
                               "  \"z\": 7\n"
                               "}\n";
    stands_at(text, "/\xf0\x9f\x98\x80x", 2, 3);
    stands_at(text, "/\xe2\x82\xac", 2, 23);
    stands_at(text, "/\xf0\x9f\x98\x80", 1, 1);
    stands_at(text, "/\xed\xa0\xbd", 1, 1); /* half a pair is no character */
    stands_at(text, "/z", 4, 3);
}

Test(json_place, what_is_missing_is_placed_at_the_deepest_part_that_exists)
{
    stands_at(sample, "/nothing", 1, 1);
    stands_at(sample, "/list/9", 3, 3);
    stands_at(sample, "/list/1/y", 3, 16);
    stands_at(sample, "/a/b/c", 2, 3);
    stands_at(sample, "/list/-", 3, 3);
    stands_at(sample, "/list/99999999999999999999", 3, 3);
    stands_at("\n\n  [1]", "", 3, 3);
}

Test(json_place, damaged_texts_still_have_places)
{
    static const char *const texts[] = {"",       "{",        "[",    "{\"a\"",         "{\"a\":",
                                        "{\"a",   "{\"a\":[", "}}}",  "{\"a\":{\"a\":", "\"\\",
                                        "{\"a\\", "{\"\\u12", "[[[[["};
    for (uint32_t i = 0; i < COUNT_OF(texts); i++) {
        const struct json_place place = json_place_find(texts[i], strlen(texts[i]), "/a/0/a");
        cr_expect(eq(u32, place.line, 1), "%s", texts[i]);
        cr_expect(le(u32, place.column, (uint32_t)strlen(texts[i]) + 1), "%s", texts[i]);
    }
}

Test(json_place, comments_become_blanks_and_strings_stay)
{
    char text[] = "{ // one\n \"u\": \"http://x\", // \"two\"\n \"q\": \"\\\"//\" }//end";
    json_place_blank_comments(text, strlen(text));
    cr_expect(eq(str, text,
                 "{       \n \"u\": \"http://x\",         \n \"q\": \"\\\"//\" }     "));
}

Test(json_place, an_unclosed_string_swallows_one_line_only)
{
    char text[] = "\"open // stays\n1 // goes";
    json_place_blank_comments(text, strlen(text));
    cr_expect(eq(str, text, "\"open // stays\n1        "));
}

/*
 * tests/unit/sim/test_scenario_document.c
 *
 * Goal:   files extend others by RFC 7396, variables take their place with their type, a mistake is
 *         placed in the file that it came from, and what is printed reads as the same scenario.
 * Method: small chains of files that exist only in the test.
 */
#include "tests/unit/sim/scenario_files.h"

#include <jansson.h>

#include "sim/scenario_file.h"

TestSuite(scenario_document, .init = files_setup, .fini = files_teardown);

static const char base[] = "{\"name\": \"base\", \"duration\": \"10m\",\n"
                           "\"vars\": {\"n\": 3},\n"
                           "\"cluster\": {\"zones\": [\"a\", \"b\"], \"groups\": {\n"
                           "\"p\": {\"type\": \"m5.large\", \"min\": \"${n}\", \"max\": 50}}}}\n";

static struct json_t *
merged(const char *target, const char *patch)
{
    struct json_t *a = json_loads(target, JSON_DECODE_ANY, NULL);
    struct json_t *b = json_loads(patch, JSON_DECODE_ANY, NULL);
    struct json_t *result = scenario_merge(a, b);
    json_decref(a);
    json_decref(b);
    return result;
}

Test(scenario_document, merging_follows_every_example_of_rfc_7396)
{
    static const char *const samples[][3] = {
        { "{\"a\":\"b\"}", "{\"a\":\"c\"}", "{\"a\":\"c\"}" },
        { "{\"a\":\"b\"}", "{\"b\":\"c\"}", "{\"a\":\"b\",\"b\":\"c\"}" },
        { "{\"a\":\"b\"}", "{\"a\":null}", "{}" },
        { "{\"a\":\"b\",\"b\":\"c\"}", "{\"a\":null}", "{\"b\":\"c\"}" },
        { "{\"a\":[\"b\"]}", "{\"a\":\"c\"}", "{\"a\":\"c\"}" },
        { "{\"a\":\"c\"}", "{\"a\":[\"b\"]}", "{\"a\":[\"b\"]}" },
        { "{\"a\":{\"b\":\"c\"}}", "{\"a\":{\"b\":\"d\",\"c\":null}}", "{\"a\":{\"b\":\"d\"}}" },
        { "{\"a\":[{\"b\":\"c\"}]}", "{\"a\":[1]}", "{\"a\":[1]}" },
        { "[\"a\",\"b\"]", "[\"c\",\"d\"]", "[\"c\",\"d\"]" },
        { "{\"a\":\"b\"}", "[\"c\"]", "[\"c\"]" },
        { "{\"a\":\"foo\"}", "null", "null" },
        { "{\"a\":\"foo\"}", "\"bar\"", "\"bar\"" },
        { "{\"e\":null}", "{\"a\":1}", "{\"e\":null,\"a\":1}" },
        { "[1,2]", "{\"a\":\"b\",\"c\":null}", "{\"a\":\"b\"}" },
        { "{}", "{\"a\":{\"bb\":{\"ccc\":null}}}", "{\"a\":{\"bb\":{}}}" },
    };
    for (uint32_t i = 0; i < COUNT_OF(samples); i++) {
        struct json_t *result = merged(samples[i][0], samples[i][1]);
        struct json_t *wanted = json_loads(samples[i][2], JSON_DECODE_ANY, NULL);
        cr_expect(eq(int, json_equal(result, wanted), 1), "%s + %s", samples[i][0], samples[i][1]);
        json_decref(result);
        json_decref(wanted);
    }
}

Test(scenario_document, paths_are_seen_from_the_file_that_names_them)
{
    static const char *const samples[][3] = {
        { "a/b.json", "c.json", "a/c.json" },       { "a/b.json", "../c.json", "c.json" },
        { "b.json", "../c.json", "../c.json" },     { "a/b.json", "/c.json", "/c.json" },
        { "a/b/c.json", "./d/../e.json", "a/b/e.json" },
        { "../x.json", "../y.json", "../../y.json" },
        { "", "a//b.json", "a/b.json" },            { "", ".", "." },
        { "/a.json", "../../b.json", "/b.json" },
    };
    for (uint32_t i = 0; i < COUNT_OF(samples); i++) {
        cr_expect(eq(str, (char *)scenario_file_beside(&files_arena, samples[i][0], samples[i][1]),
                     (char *)samples[i][2]));
    }
}

Test(scenario_document, a_file_extends_another)
{
    files_add("s/t.json", "{\"extends\": \"../b/base.json\", \"name\": \"t\", \"cluster\": "
                          "{\"groups\": "
                          "{\"p\": {\"max\": 9}, \"q\": {\"type\": \"c5.large\", \"min\": 1}}}}");
    files_add("b/base.json", base);
    const struct scenario *scenario = files_read("s/t.json");
    cr_assert(eq(str, files_said(), ""));
    cr_expect(eq(str, (char *)scenario->name, "t"));
    cr_expect(eq(i64, scenario->duration_ns, MIN(10)));
    cr_assert(eq(u32, scenario->groups_count, 2));
    cr_expect(eq(u32, scenario->groups[0].min, 3));
    cr_expect(eq(u32, scenario->groups[0].max, 9));
    cr_expect(eq(str, (char *)scenario->groups[1].name, "q"));
}

Test(scenario_document, mistakes_are_placed_in_the_file_they_came_from)
{
    files_add("t.json", "{\"extends\": \"base.json\",\n \"cluster\": {\"zones\": [\"x y\"]},\n"
                        " \"sede\": 1}");
    files_add("base.json", "{\"name\": \"b\", \"duration\": \"10m\",\n"
                           "\"cluster\": {\"zones\": [\"a b\"],\n"
                           "  \"groups\": {\"p\": {\"type\": \"m5.large\", \"min\": -1}}}}");
    cr_expect(eq(ptr, (void *)files_read("t.json"), NULL));
    cr_expect(eq(str, files_said(),
                 "t.json:2:24: /cluster/zones/0: found the name \"x y\", expected 1 to 47 letters, "
                 "digits, \"-\", \"_\" or \".\"\n"
                 "t.json:3:2: /sede: unknown key \"sede\" (did you mean \"seed\"?)\n"
                 "base.json:3:40: /cluster/groups/p/min: found -1, expected at least 0\n"));
}

Test(scenario_document, chains_end)
{
    files_add("a.json", "{\"extends\": \"b.json\"}");
    files_add("b.json", "{\n\"extends\": \"./x/../a.json\"}");
    cr_expect(eq(ptr, (void *)files_read("a.json"), NULL));
    cr_expect(eq(str, files_said(),
                 "b.json:2:1: /extends: a.json extends itself in the end, expected a chain of "
                 "files "
                 "that ends\n"));
}

Test(scenario_document, long_chains_are_refused)
{
    for (int i = 0; i < 10; i++) {
        files_add(arena_printf(&files_arena, "f%d.json", i),
                  arena_printf(&files_arena, "{\"extends\": \"f%d.json\"}", i + 1));
    }
    cr_expect(eq(ptr, (void *)files_read("f0.json"), NULL));
    cr_expect(eq(str, files_said(),
                 "f8.json:1:2: /extends: too long a chain of files, expected at most 8 that are "
                 "extended\n"));
}

Test(scenario_document, what_is_extended_must_exist)
{
    files_add("d/t.json", "{\n \"extends\": \"no.json\"}");
    cr_expect(eq(ptr, (void *)files_read("d/t.json"), NULL));
    cr_expect(eq(str, files_said(),
                 "d/t.json:2:2: /extends: d/no.json: no such file, expected a JSON file\n"));
}

Test(scenario_document, set_changes_declared_variables_with_their_type)
{
    files_add("base.json", base);
    const char *const              right[] = { "n=7" };
    const char *const              wrong[] = { "n=many", "m=1", "n", "=1", "n=[3]" };
    const struct scenario_options  seven = { .sets = right, .sets_count = 1 };
    const struct scenario_options  bad = { .sets = wrong, .sets_count = COUNT_OF(wrong) };
    const struct scenario         *scenario = files_read_with("base.json", &seven);
    cr_assert(eq(str, files_said(), ""));
    cr_expect(eq(u32, scenario->groups[0].min, 7));
    cr_expect(eq(ptr, (void *)files_read_with("base.json", &bad), NULL));
    cr_expect(eq(str, files_said(),
                 "--set n=many: expected a value of the type of 3, which the file gives it\n"
                 "--set m=1: the scenario has no variable \"m\", expected one of its \"vars\"\n"
                 "--set n: expected NAME=VALUE\n"
                 "--set =1: expected NAME=VALUE\n"
                 "--set n=[3]: expected a value of the type of 3, which the file gives it\n"));
    cr_expect(eq(u32, files_diags.errors_count, 5));
}

Test(scenario_document, a_seed_given_from_outside_wins)
{
    files_add("base.json", base);
    const struct scenario_options options = { .has_seed = true, .seed = 99 };
    cr_expect(eq(u64, files_read_with("base.json", &options)->seed, 99));
}

Test(scenario_document, variables_take_their_place_in_texts_too)
{
    files_add("t.json", "{\"name\": \"${x}-${n}-${b}-$${x}-$5\", \"vars\": {\"x\": \"a\", \"n\": "
                        "2.5, "
                        "\"b\": true, \"z\": [\"a\", \"b\"]}, \"duration\": \"10m\", \"cluster\": "
                        "{\"zones\": \"${z}\", \"groups\": {\"p\": {\"type\": \"m5.large\", "
                        "\"min\": "
                        "1}}}}");
    const struct scenario *scenario = files_read("t.json");
    cr_assert(eq(str, files_said(), ""));
    cr_expect(eq(str, (char *)scenario->name, "a-2.5-true-${x}-$5"));
    cr_expect(eq(u32, scenario->zones_count, 2));
}

Test(scenario_document, mistakes_in_variables_are_said)
{
    files_add("t.json", "{\"name\": \"${y}\", \"about\": \"${z} ${\",\n\"vars\": {\"x\": 1, \"z\": "
                        "[]},\n\"duration\": \"10m\", \"cluster\": {\"groups\": {\"p\": {\"type\": "
                        "\"m5.large\", \"min\": 1}}}}");
    cr_expect(eq(ptr, (void *)files_read("t.json"), NULL));
    cr_expect(eq(str, files_said(),
                 "t.json:1:2: /name: no variable \"y\", expected one of \"vars\", or $${y} for the "
                 "text itself\n"
                 "t.json:1:18: /about: a variable inside a longer text is [], expected a text, a "
                 "number or a boolean\n"
                 "t.json:2:10: /vars/x: variable \"x\" is never used, expected ${x} somewhere\n"));
}

Test(scenario_document, a_variable_may_be_taken_away)
{
    files_add("t.json", "{\"extends\": \"base.json\", \"vars\": {\"n\": null}, \"cluster\": "
                        "{\"groups\": "
                        "{\"p\": {\"min\": 4}}}}");
    files_add("base.json", base);
    const struct scenario *scenario = files_read("t.json");
    cr_assert(eq(str, files_said(), ""));
    cr_expect(eq(u32, scenario->groups[0].min, 4));
}

Test(scenario_document, what_is_printed_is_the_same_scenario_in_one_shape)
{
    files_add("t.json",
              "{\"expect\": [{\"app\": \"/x\", \"at_least\": 1, \"always\": \"healthy\"}],\n"
              "\"apps\": [{\"file\": \"x.json\"}, {\"id\": \"/y\", \"cmd\": \"echo $${PORT0}\"}],\n"
              "\"timeline\": [{\"do\": \"restart-master\", \"for\": \"5s\", \"at\": \"1m\"}],\n"
              "\"extends\": \"base.json\"}");
    files_add("base.json", base);
    files_add("x.json", "{\"id\": \"/x\", \"cmd\": \"echo ${HOST}\"}");
    const struct scenario *scenario = files_read("t.json");
    cr_assert(eq(str, files_said(), ""));
    const char *once = scenario->canonical;
    files_add("once.json", once);
    const struct scenario *again = files_read("once.json");
    cr_assert(eq(str, files_said(), ""));
    cr_expect(eq(str, (char *)again->canonical, (char *)once));
    cr_expect(eq(str, (char *)again->apps[0]->json, (char *)scenario->apps[0]->json));
    cr_expect(eq(str, (char *)again->apps[0]->shell, "echo ${HOST}"));
    cr_expect(eq(str, (char *)again->apps[1]->shell, "echo ${PORT0}"));
    cr_expect(lt(ptr, (void *)strstr(once, "\"at\""), (void *)strstr(once, "\"do\"")));
    cr_expect(lt(ptr, (void *)strstr(once, "\"timeline\""), (void *)strstr(once, "\"expect\"")));
    cr_expect(eq(ptr, (void *)strstr(once, "extends"), NULL));
    cr_expect(eq(ptr, (void *)strstr(once, "vars"), NULL));
}

Test(scenario_document, the_schema_is_json_and_knows_every_verb)
{
    struct strbuf out = { 0 };
    scenario_print_schema(&out);
    struct json_t *schema = json_loads(strbuf_text(&out), 0, NULL);
    cr_assert(ne(ptr, schema, NULL));
    struct json_t *timeline = json_object_get(json_object_get(schema, "properties"), "timeline");
    struct json_t *forms = json_object_get(json_object_get(timeline, "items"), "anyOf");
    cr_expect(ge(sz, json_array_size(forms), 9));
    cr_expect(ne(ptr, json_object_get(json_object_get(schema, "$defs"), "dist"), NULL));
    json_decref(schema);
    strbuf_fini(&out);
}

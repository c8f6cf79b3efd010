/*
 * tests/unit/sim/test_fields.c
 *
 * Goal:   a table of fields reads each kind, leaves what is absent, and says what is wrong and what
 *         was expected at the member's own place; its schema describes the same object.
 * Method: one struct with a field of each kind, read from JSON written out in the test.
 */
#include "sim/fields.h"

#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <jansson.h>

struct thing {
    const char          *text;
    bool                 flag;
    uint32_t             count;
    uint64_t             big;
    double               number;
    int64_t              duration_ns;
    int64_t              bytes;
    int64_t              rate_microhertz;
    uint32_t             ppm;
    int64_t              at_ns;
    int                  word;
    struct dist          dist;
    const char *const   *texts;
    uint32_t             texts_count;
    const struct json_t *json;
};

static const char *const words[] = { "red", "green", "blue", NULL };

#define THING(text, kind_, member)                                                                 \
    .name = text, .kind = kind_, .offset = offsetof(struct thing, member)

static const struct field fields[] = {
    { THING("text", FIELD_TEXT, text), .about = "A text." },
    { THING("flag", FIELD_BOOL, flag) },
    { THING("count", FIELD_COUNT, count), .min = 2, .max = 9 },
    { THING("big", FIELD_U64, big) },
    { THING("number", FIELD_NUMBER, number) },
    { THING("duration", FIELD_DURATION, duration_ns), .flags = FIELD_POSITIVE },
    { THING("bytes", FIELD_BYTES, bytes) },
    { THING("rate", FIELD_RATE, rate_microhertz) },
    { THING("percent", FIELD_PERCENT, ppm), .flags = FIELD_RATIO, .max = PPM },
    { THING("instant", FIELD_INSTANT, at_ns) },
    { THING("word", FIELD_WORD, word), .words = words },
    { THING("dist", FIELD_DIST, dist) },
    { THING("texts", FIELD_TEXTS, texts), .count_offset = offsetof(struct thing, texts_count) },
    { THING("json", FIELD_JSON, json) },
};

static struct arena     arena;
static struct diag_list diags;
static struct json_t   *document;
static struct thing     thing;

static void
setup(void)
{
    arena_init(&arena, 0x5A);
    diag_list_init(&diags, &arena);
    document = NULL;
    thing = (struct thing){ .text = "before", .count = 5 };
}

static void
teardown(void)
{
    json_decref(document);
    diag_list_fini(&diags);
    arena_fini(&arena);
}

TestSuite(fields, .init = setup, .fini = teardown);

/* Reads text into thing by the table; the answer is all that was said. */
static char *
read_by(const char *text, const struct field *table, uint32_t count)
{
    const struct diag_source source = { .file = "t.json", .text = text, .text_len = strlen(text) };
    const struct fields_read read = { .arena = &arena, .diags = &diags, .source = &source };
    struct strbuf            said = { 0 };
    json_decref(document);
    document = json_loads(text, JSON_DECODE_ANY, NULL);
    cr_assert(document != NULL, "%s", text);
    diag_list_fini(&diags);
    diag_list_init(&diags, &arena);
    fields_parse(&read, document, "", table, count, NULL, &thing);
    for (uint32_t i = 0; i < diags.items.count; i++) {
        strbuf_add(&said, i > 0 ? "\n" : "");
        diag_print(vec_at(&diags.items, i), &said);
    }
    char *copy = arena_strdup(&arena, strbuf_text(&said));
    strbuf_fini(&said);
    return copy;
}

static char *
read_thing(const char *text)
{
    return read_by(text, fields, COUNT_OF(fields));
}

Test(fields, every_kind_is_read)
{
    cr_assert(eq(str,
                 read_thing("{\"text\":\"t\",\"flag\":true,\"count\":9,\"big\":9007199254740993,"
                                 "\"number\":0.5,\"duration\":\"1m30s\",\"bytes\":\"4KiB\","
                                 "\"rate\":\"2/s\",\"percent\":\"25%\","
                                 "\"instant\":\"1970-01-01T00:00:01Z\",\"word\":\"blue\","
                                 "\"dist\":\"5ms\",\"texts\":[\"a\",\"b\"],\"json\":[1]}"),
                 ""));
    cr_expect(eq(str, (char *)thing.text, "t"));
    cr_expect(thing.flag);
    cr_expect(eq(u32, thing.count, 9));
    cr_expect(eq(u64, thing.big, UINT64_C(9007199254740993)));
    cr_expect(eq(dbl, thing.number, 0.5));
    cr_expect(eq(i64, thing.duration_ns, SEC(90)));
    cr_expect(eq(i64, thing.bytes, 4096));
    cr_expect(eq(i64, thing.rate_microhertz, 2000000));
    cr_expect(eq(u32, thing.ppm, 250000));
    cr_expect(eq(i64, thing.at_ns, SEC(1)));
    cr_expect(eq(int, thing.word, 2));
    cr_expect(eq(int, (int)thing.dist.kind, DIST_CONSTANT));
    cr_expect(eq(i64, thing.dist.a_ns, MS(5)));
    cr_assert(eq(u32, thing.texts_count, 2));
    cr_expect(eq(str, (char *)thing.texts[1], "b"));
    cr_expect(eq(sz, json_array_size(thing.json), 1));
}

Test(fields, what_is_absent_or_wrong_stays_as_it_was)
{
    cr_expect(eq(str, read_thing("{}"), ""));
    cr_expect(eq(str, (char *)thing.text, "before"));
    cr_expect(ne(str, read_thing("{\"count\":\"7\",\"text\":7}"), ""));
    cr_expect(eq(str, (char *)thing.text, "before"));
    cr_expect(eq(u32, thing.count, 5));
}

Test(fields, a_ratio_may_be_a_number)
{
    cr_expect(eq(str, read_thing("{\"percent\": 0.25}"), ""));
    cr_expect(eq(u32, thing.ppm, 250000));
    cr_expect(eq(str, read_thing("{\"percent\": 1}"), ""));
    cr_expect(eq(u32, thing.ppm, PPM));
    cr_expect(eq(str, read_thing("{\"percent\": 1.5}"),
                 "t.json:1:2: /percent: found 1.5, expected a percentage such as \"30%\", or a "
                 "number from 0 to 1"));
}

Test(fields, each_mistake_names_its_place_and_what_was_expected)
{
    static const struct {
        const char *json;
        const char *said;
    } samples[] = {
        { "{\"text\": 5}", "t.json:1:2: /text: found 5, expected a text" },
        { "{\"flag\": 1}", "t.json:1:2: /flag: found 1, expected true or false" },
        { "{\"count\": \"5\"}",
          "t.json:1:2: /count: found \"5\", expected a whole number from 2 to 9" },
        { "{\"count\": 1}", "t.json:1:2: /count: found 1, expected at least 2" },
        { "{\"count\": 10}", "t.json:1:2: /count: found 10, expected at most 9" },
        { "{\"count\": 2.5}",
          "t.json:1:2: /count: found 2.5, expected a whole number from 2 to 9" },
        { "{\"big\": -1}",
          "t.json:1:2: /big: found -1, expected a whole number, 0 or more, without quotes" },
        { "{\"number\": \"1\"}",
          "t.json:1:2: /number: found \"1\", expected a number without quotes" },
        { "{\"duration\": 5}",
          "t.json:1:2: /duration: found 5, expected a duration with a unit, such as \"250ms\", "
          "\"5m\" or \"1h30m\"" },
        { "{\"duration\": \"5 min\"}",
          "t.json:1:2: /duration: found \"5 min\", expected a duration with a unit, such as "
          "\"250ms\", \"5m\" or \"1h30m\"" },
        { "{\"duration\": \"-5m\"}",
          "t.json:1:2: /duration: found \"-5m\", which is negative, expected 0 or more" },
        { "{\"duration\": \"0s\"}", "t.json:1:2: /duration: found \"0s\", expected more than 0s" },
        { "{\"duration\": \"400d\"}",
          "t.json:1:2: /duration: found \"400d\", expected at most 366d" },
        { "{\"bytes\": \"5m\"}", "t.json:1:2: /bytes: found \"5m\", expected a size with a unit, "
                                 "such as \"140MB\" or \"4GiB\"" },
        { "{\"rate\": \"5\"}", "t.json:1:2: /rate: found \"5\", expected a rate with a unit, such "
                               "as \"400/s\" or \"30/m\"" },
        { "{\"percent\": \"101%\"}",
          "t.json:1:2: /percent: found \"101%\", expected at most 100%" },
        { "{\"instant\": \"today\"}", "t.json:1:2: /instant: found \"today\", expected an instant "
                                      "in UTC, such as \"2026-01-01T00:00:00Z\"" },
        { "{\"word\": \"gren\"}", "t.json:1:2: /word: found \"gren\", expected \"red\", "
                                  "\"green\" or "
                                  "\"blue\" (did you mean \"green\"?)" },
        { "{\"texts\": \"a\"}", "t.json:1:2: /texts: found \"a\", expected an array of texts" },
        { "{\"texts\": [\"a\", 1]}", "t.json:1:17: /texts/1: found 1, expected a text" },
        { "{\"cuont\": 5}",
          "t.json:1:2: /cuont: unknown key \"cuont\" (did you mean \"count\"?)" },
        { "[]", "t.json:1:1: found [], expected an object" },
    };
    for (uint32_t i = 0; i < COUNT_OF(samples); i++) {
        cr_expect(eq(str, read_thing(samples[i].json), (char *)samples[i].said), "%s",
                  samples[i].json);
    }
}

Test(fields, an_unknown_key_that_is_near_nothing_lists_all)
{
    cr_expect(eq(str, read_by("{\"zzzzzz\": 1}", fields, 2),
                 "t.json:1:2: /zzzzzz: unknown key \"zzzzzz\", expected \"text\" or \"flag\""));
}

Test(fields, a_missing_field_is_said_at_the_object)
{
    static const struct field one[] = {
        { THING("duration", FIELD_DURATION, duration_ns), .flags = FIELD_REQUIRED },
    };
    cr_expect(eq(str, read_by("\n {}", one, 1),
                 "t.json:2:2: \"duration\" is missing, expected a duration with a unit, such as "
                 "\"250ms\", \"5m\" or \"1h30m\""));
}

Test(fields, all_mistakes_are_said_at_once)
{
    (void)read_thing("{\"text\":1,\"flag\":1,\"count\":\"\",\"x\":1,\"dist\":1}");
    cr_expect(eq(u32, diags.errors_count, 5));
}

Test(fields, long_values_are_shown_short)
{
    cr_expect(eq(str, read_thing("{\"flag\": \"0123456789012345678901234567890123456789012345678901"
                                 "23456789\xc3\xa9 and more\"}"),
                 "t.json:1:2: /flag: found "
                 "\"01234567890123456789012345678901234567890123456789012345"
                 "678..., expected true or false"));
}

Test(fields, distributions_are_read)
{
    static const struct {
        const char    *json;
        enum dist_kind kind;
        int64_t        a_ns;
        int64_t        b_ns;
        double         shape;
    } samples[] = {
        { "{\"dist\":{\"dist\":\"constant\",\"value\":\"2s\"}}", DIST_CONSTANT, SEC(2), 0, 0 },
        { "{\"dist\":{\"dist\":\"exponential\",\"mean\":\"2s\"}}", DIST_EXPONENTIAL, SEC(2), 0, 0 },
        { "{\"dist\":{\"dist\":\"uniform\",\"min\":\"1s\",\"max\":\"2s\"}}", DIST_UNIFORM, SEC(1),
          SEC(2), 0 },
        { "{\"dist\":{\"dist\":\"lognormal\",\"median\":\"12ms\",\"sigma\":0.5}}", DIST_LOGNORMAL,
          MS(12), 0, 0.5 },
        { "{\"dist\":{\"dist\":\"pareto\",\"min\":\"1ms\",\"alpha\":2}}", DIST_PARETO, MS(1), 0,
          2 },
    };
    for (uint32_t i = 0; i < COUNT_OF(samples); i++) {
        cr_expect(eq(str, read_thing(samples[i].json), ""), "%s", samples[i].json);
        cr_expect(eq(int, (int)thing.dist.kind, (int)samples[i].kind));
        cr_expect(eq(i64, thing.dist.a_ns, samples[i].a_ns));
        cr_expect(eq(i64, thing.dist.b_ns, samples[i].b_ns));
        cr_expect(eq(dbl, thing.dist.shape, samples[i].shape));
    }
    cr_expect(eq(str, read_thing("{\"dist\":{\"dist\":\"empirical\",\"samples\":[\"1s\",\"3s\"]}}"),
                 ""));
    cr_assert(eq(u32, thing.dist.samples_count, 2));
    cr_expect(eq(i64, thing.dist.samples_ns[1], SEC(3)));
}

Test(fields, wrong_distributions_are_refused_and_change_nothing)
{
    static const struct {
        const char *json;
        const char *said;
    } samples[] = {
        { "{\"dist\": 5}", "t.json:1:2: /dist: found 5, expected a duration such as \"250ms\", "
                           "or a "
                           "distribution such as {\"dist\": \"exponential\", \"mean\": \"12ms\"}" },
        { "{\"dist\": {\"mean\": \"1s\"}}",
          "t.json:1:2: /dist: \"dist\" is missing, expected \"constant\", \"exponential\", "
          "\"uniform\", \"lognormal\", \"pareto\" or \"empirical\"" },
        { "{\"dist\": {\"dist\": \"uniform\", \"min\": \"2s\", \"max\": \"1s\"}}",
          "t.json:1:2: /dist: \"max\" is smaller than \"min\", expected min <= max" },
        { "{\"dist\": {\"dist\": \"exponential\", \"median\": \"2s\"}}",
          "t.json:1:34: /dist/median: unknown key \"median\" (did you mean \"mean\"?)\n"
          "t.json:1:2: /dist: \"mean\" is missing, expected a duration with a unit, such as "
          "\"250ms\", \"5m\" or \"1h30m\"" },
        { "{\"dist\": {\"dist\": \"lognormal\", \"median\": \"2s\", \"sigma\": 11}}",
          "t.json:1:48: /dist/sigma: found 11, expected a number from 0 to 10" },
        { "{\"dist\": {\"dist\": \"empirical\", \"samples\": []}}",
          "t.json:1:32: /dist/samples: found [], expected an array of 1 to 100000 durations" },
        { "{\"dist\": {\"dist\": \"empirical\", \"samples\": [\"1\"]}}",
          "t.json:1:44: /dist/samples/0: found \"1\", expected a duration with a unit, such as "
          "\"250ms\", \"5m\" or \"1h30m\"" },
    };
    for (uint32_t i = 0; i < COUNT_OF(samples); i++) {
        thing.dist = (struct dist){ .kind = DIST_CONSTANT, .a_ns = 77 };
        cr_expect(eq(str, read_thing(samples[i].json), (char *)samples[i].said), "%s",
                  samples[i].json);
        cr_expect(eq(i64, thing.dist.a_ns, 77), "%s", samples[i].json);
    }
}

Test(fields, the_schema_names_every_field_and_refuses_others)
{
    struct json_t *schema = fields_schema(fields, COUNT_OF(fields));
    struct json_t *properties = json_object_get(schema, "properties");
    cr_expect(eq(sz, json_object_size(properties), COUNT_OF(fields)));
    const bool refuses = json_is_false(json_object_get(schema, "additionalProperties"));
    cr_expect(refuses);
    cr_expect(eq(str, (char *)json_string_value(json_object_get(
                          json_object_get(properties, "duration"), "$ref")),
                 "#/$defs/duration"));
    cr_expect(eq(str, (char *)json_string_value(json_object_get(
                          json_object_get(properties, "text"), "description")),
                 "A text."));
    json_decref(schema);
}

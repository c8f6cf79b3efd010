/* sim/scenario_expect.c - the expectations: each read by the table of its kind. */
#include <string.h>

#include <jansson.h>

#include "sim/invariant.h"
#include "sim/scenario_parts.h"

enum { EXPECT_KEYS_MAX = 64, EXPECT_SLUG_VALUE_MAX = 24 };

/* Adds letters, digits and dots of text in small letters, anything else as one "-". */
static void
add_slug(struct strbuf *out, const char *text)
{
    bool is_gap = out->len > 0;
    for (; *text != '\0'; text++) {
        const char c = *text >= 'A' && *text <= 'Z' ? (char)(*text - 'A' + 'a') : *text;
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_') {
            if (is_gap && out->len > 0) {
                strbuf_add_char(out, '-');
            }
            strbuf_add_char(out, c);
            is_gap = false;
        } else {
            is_gap = true;
        }
    }
}

static bool
id_is_taken(const struct scenario *scenario, const char *id)
{
    for (uint32_t i = 0; i < scenario->expects_count; i++) {
        if (strcmp(scenario->expects[i].id, id) == 0) {
            return true;
        }
    }
    return false;
}

/* "always-healthy-web", then "always-healthy-web-2" */
static const char *
make_id(struct scenario_reader *reader, const struct json_t *json, const char *key)
{
    struct arena *arena = reader->read.arena;
    const char   *value = json_string_value(json_object_get(json, key));
    const char   *app = json_string_value(json_object_get(json, "app"));
    const char   *to = json_string_value(json_object_get(json, "to"));
    struct strbuf slug = { 0 };
    add_slug(&slug, key);
    if (value != NULL && strlen(value) <= EXPECT_SLUG_VALUE_MAX) {
        add_slug(&slug, value);
    }
    add_slug(&slug, app != NULL ? app : to != NULL ? to : "");
    const char *id = arena_strdup(arena, strbuf_text(&slug));
    strbuf_fini(&slug);
    const char *free_id = id;
    for (uint32_t i = 2; id_is_taken(reader->scenario, free_id); i++) {
        free_id = arena_printf(arena, "%s-%u", id, i);
    }
    return free_id;
}

static void
read_violates(struct scenario_reader *reader, const struct json_t *json, const char *pointer)
{
    struct scenario *scenario = reader->scenario;
    struct arena    *arena = reader->read.arena;
    const char      *names[EXPECT_KEYS_MAX];
    uint32_t         names_count = 0;
    bool             is_known = false;
    const char      *where = fields_pointer(arena, pointer, "violates");
    if (scenario->violates != NULL) {
        scenario_error(reader, where, "stands here twice, expected one invariant that is broken");
        return;
    }
    const char *const also[] = { "id", "about", NULL };
    fields_parse(&reader->read, json, pointer, scenario_violates_table.fields,
                 scenario_violates_table.count, also, scenario);
    for (uint32_t i = 0; invariants[i] != NULL && names_count < COUNT_OF(names); i++) {
        names[names_count++] = invariants[i]->id;
        is_known |= scenario->violates != NULL &&
                    strcmp(invariants[i]->id, scenario->violates) == 0;
    }
    if (scenario->violates != NULL && !is_known) {
        scenario_error(reader, where,
                       "unknown invariant \"%s\"%s, expected the id of a standing one",
                       scenario->violates,
                       fields_did_you_mean(arena, scenario->violates, names, names_count));
    }
    if (scenario->plant == NULL) {
        scenario_error(reader, where, "nothing is planted that could break it, expected \"plant\"");
    }
}

/* The kind that one key of an entry names; NULL, and said, when there is not exactly one. */
static const struct expectation_kind *
find_kind(struct scenario_reader *reader, const struct json_t *json, const char *pointer)
{
    const struct expectation_kind *found = NULL;
    const char                    *words[EXPECT_KEYS_MAX] = { NULL };
    uint32_t                       words_count = 0;
    for (uint32_t i = 0; expectation_kinds[i] != NULL; i++) {
        const struct expectation_kind *kind = expectation_kinds[i];
        ASSERT(words_count < COUNT_OF(words) - 2);
        words[words_count++] = kind->key;
        if (json_object_get(json, kind->key) == NULL) {
            continue;
        }
        if (found != NULL) {
            scenario_error(reader, fields_pointer(reader->read.arena, pointer, kind->key),
                           "stands beside \"%s\", expected one of them in an entry of its own",
                           found->key);
            return NULL;
        }
        found = kind;
    }
    words[words_count++] = "violates";
    if (found != NULL) {
        return found;
    }
    const struct field field = { .kind = FIELD_WORD, .words = words };
    const char        *nearest = "";
    const char        *key;
    struct json_t     *value;
    json_object_foreach ((struct json_t *)(uintptr_t)json, key, value) {
        nearest = nearest[0] == '\0'
                      ? fields_did_you_mean(reader->read.arena, key, words, words_count)
                      : nearest;
    }
    scenario_error(reader, pointer, "no kind of expectation, expected a member %s%s",
                   fields_expected(reader->read.arena, &field), nearest);
    return NULL;
}

static void
read_expect(struct scenario_reader *reader, const struct json_t *json, const char *pointer)
{
    struct scenario        *scenario = reader->scenario;
    const uint32_t          errors_count = reader->read.diags->errors_count;
    struct scenario_promise promise = { .id = NULL };
    if (!fields_is_object(&reader->read, json, pointer)) {
        return;
    }
    if (json_object_get(json, "violates") != NULL) {
        read_violates(reader, json, pointer);
        return;
    }
    const struct expectation_kind *kind = find_kind(reader, json, pointer);
    if (kind == NULL) {
        return;
    }
    const char *const also[] = { "id", "about", NULL };
    void *data = arena_alloc_zero(reader->read.arena, kind->data_bytes > 0 ? kind->data_bytes : 1);
    if (kind->defaults != NULL) {
        memcpy(data, kind->defaults, kind->data_bytes);
    }
    fields_parse(&reader->read, json, pointer, kind->fields, kind->fields_count, also, data);
    fields_fill(&reader->read, json, pointer, scenario_promise_table.fields,
                scenario_promise_table.count, &promise);
    if (promise.id != NULL && id_is_taken(scenario, promise.id)) {
        scenario_error(reader, fields_pointer(reader->read.arena, pointer, "id"),
                       "the id \"%s\" is used twice, expected different ids", promise.id);
    }
    const struct scenario_expect expectation = {
        .id = promise.id != NULL ? promise.id : make_id(reader, json, kind->key),
        .about = promise.about != NULL ? promise.about : kind->about,
        .kind = kind,
        .data = data,
        .pointer = pointer,
    };
    scenario->expects[scenario->expects_count++] = expectation;
    *(bool *)vec_push(&reader->expects_wrong) = reader->read.diags->errors_count > errors_count;
}

void
scenario_read_expect(struct scenario_reader *reader)
{
    const struct json_t *expect = reader->top.expect;
    if (fields_is_array(&reader->read, expect, "/expect")) {
        const size_t count = json_array_size(expect);
        if (count > SCENARIO_EXPECTS_MAX) {
            scenario_error(reader, "/expect", "found %u expectations, expected at most %d",
                           (unsigned)count, (int)SCENARIO_EXPECTS_MAX);
            return;
        }
        reader->scenario->expects =
            ARENA_ARRAY(reader->read.arena, struct scenario_expect, count + 1);
        for (uint32_t i = 0; i < count; i++) {
            read_expect(reader, json_array_get(expect, i),
                        fields_pointer_at(reader->read.arena, "/expect", i));
        }
    }
    if (reader->scenario->plant != NULL && reader->scenario->violates == NULL) {
        scenario_error(reader, "/plant",
                       "nothing says what the planted bug breaks, expected {\"violates\": ...} in "
                       "\"expect\"");
    }
}

void
scenario_check_expect(struct scenario_reader *reader)
{
    const struct scenario *scenario = reader->scenario;
    for (uint32_t i = 0; i < scenario->expects_count; i++) {
        const struct scenario_expect *expect = &scenario->expects[i];
        if (!*(bool *)vec_at(&reader->expects_wrong, i) && expect->kind->check != NULL) {
            expect->kind->check(scenario, expect->data, &reader->read, expect->pointer);
        }
    }
}

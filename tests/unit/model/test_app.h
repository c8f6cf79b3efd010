/*
 * tests/unit/model/test_app.h - reading an app definition in a test: text in, spec and sentences
 * out.
 */
#ifndef TESTS_UNIT_MODEL_TEST_APP_H
#define TESTS_UNIT_MODEL_TEST_APP_H

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include <jansson.h>

#include "platform/model/app.h"

struct app_case {
    struct arena           arena;
    struct diag_list       diags;
    struct vec             specs; /* of a document */
    json_t                *json;  /* the input */
    const struct app_spec *spec;  /* of a single app */
};

static inline void
app_case_open(struct app_case *test, const char *text)
{
    json_error_t error;

    arena_init(&test->arena, 0xEE);
    diag_list_init(&test->diags, &test->arena);
    vec_init(&test->specs, sizeof(struct app_spec *));
    test->json = json_loads(text, JSON_DECODE_ANY, &error);
    cr_assert(test->json != NULL, "the test's own JSON is broken: %s in %s", error.text, text);
    test->spec = NULL;
}

static inline void
app_case_read(struct app_case *test, const char *text)
{
    app_case_open(test, text);
    test->spec = app_read(test->json, NULL, "", &test->arena, &test->diags);
}

static inline void
app_case_read_document(struct app_case *test, const char *text)
{
    app_case_open(test, text);
    app_read_document(test->json, NULL, "", &test->arena, &test->diags, &test->specs);
}

static inline const struct app_spec *
app_case_spec(const struct app_case *test, uint32_t index)
{
    return *(const struct app_spec **)vec_at(&test->specs, index);
}

static inline void
app_case_close(struct app_case *test)
{
    json_decref(test->json);
    vec_fini(&test->specs);
    diag_list_fini(&test->diags);
    arena_fini(&test->arena);
}

/* All diagnostics of one level as "pointer: text" lines. */
static inline const char *
app_case_said(struct app_case *test, enum diag_level level)
{
    struct strbuf buf = { 0 };

    for (uint32_t i = 0; i < test->diags.items.count; i++) {
        const struct diag *diag = vec_at(&test->diags.items, i);
        if (diag->level == level) {
            strbuf_printf(&buf, "%s%s: %s", buf.len > 0 ? "\n" : "", diag->pointer, diag->text);
        }
    }
    const char *said = arena_strdup(&test->arena, strbuf_text(&buf));
    strbuf_fini(&buf);
    return said;
}

/* The canonical value of one key as compact JSON, "" when the key is absent. */
static inline const char *
app_case_value(struct app_case *test, const struct app_spec *spec, const char *key)
{
    json_t *app = json_loads(spec->json, 0, NULL);
    json_t *value = json_object_get(app, key);
    char   *text = "";

    if (value != NULL) {
        const size_t flags = JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(15);
        const size_t len = json_dumpb(value, NULL, 0, flags);
        text = arena_alloc_zero(&test->arena, len + 1);
        json_dumpb(value, text, len, flags);
    }
    json_decref(app);
    return text;
}

#endif

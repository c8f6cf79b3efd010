/*
 * tests/fuzz/fuzz_app.c
 *
 * Goal:   no bytes make the reader of app definitions crash, hang or contradict itself.
 * Method: libFuzzer; any bytes are read as a document. Of every app that is accepted, the printed
 *         definition must load, and reading the canonical definition again must change nothing.
 * Build:  clang -fsanitize=fuzzer,address,undefined, with the objects of platform/base and model.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "platform/base/json_place.h"
#include "platform/base/memory.h"
#include "platform/model/app.h"

static void
fuzz_app_check(const struct app_spec *spec, struct arena *arena)
{
    struct diag_list diags;
    char            *printed = app_print(spec, arena);
    json_t          *json = json_loads(spec->json, 0, NULL);

    diag_list_init(&diags, arena);
    const struct app_spec *again = app_read(json, NULL, "", arena, &diags);
    if (again == NULL || strcmp(again->json, spec->json) != 0 || app_differs(again, spec)) {
        abort(); /* canonical of canonical is the same */
    }
    const struct app_spec *loaded = app_load(printed, strlen(printed), arena);
    if (loaded == NULL || loaded->cpu_milli != spec->cpu_milli || app_differs(loaded, spec) ||
        loaded->ports_count != spec->ports_count) {
        abort(); /* what is printed is what was read */
    }
    json_decref(json);
    diag_list_fini(&diags);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena     arena;
    struct diag_list diags;
    struct vec       specs;
    char            *text = memory_alloc(size + 1);

    memcpy(text, data, size);
    text[size] = '\0';
    json_place_blank_comments(text, size);
    arena_init(&arena, 0xA5);
    diag_list_init(&diags, &arena);
    vec_init(&specs, sizeof(struct app_spec *));
    const struct diag_source source = { .file = "fuzz", .text = text, .text_len = size };
    json_t *json = json_loadb(text, size, JSON_DECODE_ANY, NULL);
    if (json != NULL) {
        app_read_document(json, &source, "", &arena, &diags, &specs);
        if (specs.count == 0 && diags.errors_count == 0 && json_is_object(json) &&
            json_object_get(json, "apps") == NULL && json_object_get(json, "groups") == NULL &&
            json_object_get(json, "pods") == NULL) {
            abort(); /* refused without a word */
        }
    }
    for (uint32_t i = 0; i < specs.count; i++) {
        fuzz_app_check(*(const struct app_spec **)vec_at(&specs, i), &arena);
    }
    json_decref(json);
    vec_fini(&specs);
    diag_list_fini(&diags);
    arena_fini(&arena);
    memory_free(text);
    return 0;
}

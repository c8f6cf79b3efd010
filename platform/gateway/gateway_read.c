/* platform/gateway/gateway_read.c - from what people have to the canonical text. */
#include "platform/gateway/gateway_parts.h"

#include <string.h>

#include "platform/base/json_place.h"

static const char *
read_dump(const json_t *json, size_t flags, struct arena *arena)
{
    const size_t len = json_dumpb(json, NULL, 0, flags | JSON_REAL_PRECISION(15));
    char        *text = arena_alloc_zero(arena, len + 2);
    ASSERT(len > 0);
    (void)json_dumpb(json, text, len, flags | JSON_REAL_PRECISION(15));
    return text;
}

const char *
gateway_print(const char *text, struct arena *arena)
{
    json_t *json = json_loads(text, 0, NULL);
    ASSERT(json != NULL); /* gateway_read made it */
    char *printed = (char *)(uintptr_t)read_dump(json, JSON_INDENT(2), arena);
    printed[strlen(printed)] = '\n'; /* read_dump leaves room */
    json_decref(json);
    return printed;
}

/* The entities in the order of the tables, which is that of Kong's own dumps. */
static const char *
read_canonical(struct gateway_draft *draft, struct arena *arena)
{
    json_t *all = json_object();
    (void)json_object_set_new(all, "_format_version", json_string("3.0"));
    for (uint32_t s = 0; s < GATEWAY_SECTION_COUNT; s++) {
        if (draft->entities[s].count == 0) {
            continue;
        }
        json_t *list = json_array();
        for (uint32_t i = 0; i < draft->entities[s].count; i++) {
            const struct app_place root = { 0 };
            const struct gateway_entity *entity = vec_at(&draft->entities[s], i);
            draft->reader.prefix = entity->pointer;
            /* the second walk gives the order */
            (void)json_array_append_new(list, app_object_read(&draft->reader, &root,
                                                              gateway_sections[s].shape,
                                                              entity->json));
        }
        (void)json_object_set_new(all, gateway_sections[s].name, list);
    }
    const char *text = read_dump(all, JSON_COMPACT, arena);
    json_decref(all);
    return text;
}

const char *
gateway_read_json(const json_t *json, const struct diag_source *source, const char *pointer,
                  struct arena *arena, struct diag_list *diags)
{
    struct arena scratch;
    const char  *text = NULL;
    arena_init(&scratch, 0);
    struct gateway_draft draft = {
        .reader = { .source = source, .prefix = pointer, .scratch = &scratch, .diags = diags },
        .root = pointer,
    };
    for (uint32_t s = 0; s < GATEWAY_SECTION_COUNT; s++) {
        vec_init(&draft.entities[s], sizeof(struct gateway_entity));
    }
    if (!json_is_object(json)) {
        app_say(&draft.reader, DIAG_ERROR, "",
                "found %s, expected an object with \"_format_version\" and lists of entities",
                json != NULL ? app_say_found(json, &scratch) : "nothing");
    } else {
        gateway_flatten(&draft, json);
        gateway_refs_check(&draft);
        gateway_rules_check(&draft);
    }
    if (draft.reader.errors_count == 0) {
        draft.reader.errors_only = true;
        text = read_canonical(&draft, arena);
        ASSERT(draft.reader.errors_count == 0);
    }
    for (uint32_t s = 0; s < GATEWAY_SECTION_COUNT; s++) {
        for (uint32_t i = 0; i < draft.entities[s].count; i++) {
            json_decref(((struct gateway_entity *)vec_at(&draft.entities[s], i))->json);
        }
        vec_fini(&draft.entities[s]);
    }
    arena_fini(&scratch);
    return text;
}

/* The place of a pointer, or of the deepest part of it that is there. */
static const struct gateway_place *
read_place(const struct vec *places, const char *pointer)
{
    const struct gateway_place *best = NULL;
    size_t                      best_len = 0;
    for (uint32_t i = 0; i < places->count; i++) {
        const struct gateway_place *place = vec_at(places, i);
        const size_t len = strlen(place->pointer);
        if ((best == NULL || len > best_len) && strncmp(place->pointer, pointer, len) == 0 &&
            (pointer[len] == '\0' || pointer[len] == '/')) {
            best = place;
            best_len = len;
        }
    }
    return best;
}

static bool
read_stands_before(const struct diag *a, const struct diag *b)
{
    return a->line != b->line ? a->line < b->line : a->column < b->column;
}

/* In the order of the file; at most DIAG_MAX. */
static void
read_sort(struct diag_list *diags, uint32_t first)
{
    for (uint32_t i = first + 1; i < diags->items.count; i++) {
        const struct diag diag = *(struct diag *)vec_at(&diags->items, i);
        uint32_t          at = i;
        for (; at > first && read_stands_before(&diag, vec_at(&diags->items, at - 1)); at--) {
            *(struct diag *)vec_at(&diags->items, at) =
                *(struct diag *)vec_at(&diags->items, at - 1);
        }
        *(struct diag *)vec_at(&diags->items, at) = diag;
    }
}

static const char *
read_yaml(const char *text, size_t len, const char *file, struct arena *arena,
          struct diag_list *diags)
{
    const struct diag_source source = { .file = file };
    const uint32_t           first = diags->items.count;
    const char              *canonical = NULL;
    struct arena             scratch;
    struct vec               places;
    arena_init(&scratch, 0);
    vec_init(&places, sizeof(struct gateway_place));
    json_t *json = gateway_yaml_read(text, len, file, &scratch, diags, &places);
    if (json != NULL) {
        canonical = gateway_read_json(json, &source, "", arena, diags);
        for (uint32_t i = first; i < diags->items.count; i++) {
            struct diag                *diag = vec_at(&diags->items, i);
            const struct gateway_place *place = read_place(&places, diag->pointer);
            if (place != NULL) {
                diag->line = place->line;
                diag->column = place->column;
            }
        }
    }
    json_decref(json);
    vec_fini(&places);
    arena_fini(&scratch);
    return canonical;
}

/* The parser's own words may show what it stumbled upon: a key, perhaps. They are not repeated. */
static const char *
read_as_json(const char *text, size_t len, const char *file, struct arena *arena,
             struct diag_list *diags)
{
    struct arena       scratch;
    const char        *canonical = NULL;
    json_error_t       error;
    arena_init(&scratch, 0);
    char *plain = arena_strndup(&scratch, text, len);
    json_place_blank_comments(plain, len);
    const struct diag_source source = { .file = file, .text = plain, .text_len = len };
    json_t *json = json_loadb(plain, len, JSON_REJECT_DUPLICATES, &error);
    if (json == NULL) {
        diag_add_at(diags, file, error.line > 0 ? (uint32_t)error.line : 1,
                    error.column > 0 ? (uint32_t)error.column : 1,
                    json_error_code(&error) == json_error_duplicate_key
                        ? "not JSON: an object has a key twice"
                        : "not JSON from here on, expected one object");
    } else {
        canonical = gateway_read_json(json, &source, "", arena, diags);
    }
    json_decref(json);
    arena_fini(&scratch);
    return canonical;
}

const char *
gateway_read(const char *text, size_t len, const char *file, struct arena *arena,
             struct diag_list *diags)
{
    const uint32_t first = diags->items.count;
    size_t         begin = 0;
    if (len > GATEWAY_BYTES_MAX) {
        diag_add_at(diags, file, 0, 0, "the file has %zu bytes, expected at most %d", len,
                    (int)GATEWAY_BYTES_MAX);
        return NULL;
    }
    if (len > 0 && memchr(text, '\0', len) != NULL) {
        diag_add_at(diags, file, 0, 0, "the file is no text: it has zero bytes");
        return NULL;
    }
    while (begin < len && strchr(" \t\r\n", text[begin]) != NULL) {
        begin++;
    }
    const bool is_json = begin < len && (text[begin] == '{' || text[begin] == '/');
    const char *canonical = is_json ? read_as_json(text, len, file, arena, diags)
                                    : read_yaml(text, len, file, arena, diags);
    read_sort(diags, first);
    return canonical;
}

/* sim/scenario_document.c - follows "extends", merges, and remembers which file said what. */
#include "sim/scenario_document.h"

#include <string.h>

#include <jansson.h>

#include "platform/base/json_place.h"

void
scenario_document_fini(struct scenario_document *document)
{
    json_decref(document->merged);
    document->merged = NULL;
    for (uint32_t i = document->files_count; i > 0; i--) {
        json_decref(document->files[i - 1].json);
    }
    document->files_count = 0;
}

/* The path that a file extends, or NULL. Says what is wrong with it. */
static const char *
next_path(const struct scenario_document *document, struct arena *arena, struct diag_list *diags)
{
    const struct scenario_file *last = &document->files[document->files_count - 1];
    const struct json_t        *extends = json_object_get(last->json, "extends");
    if (extends == NULL) {
        return NULL;
    }
    if (!json_is_string(extends) || json_string_length(extends) == 0) {
        diag_add(diags, &last->source, DIAG_ERROR, "/extends",
                 "found %s, expected the path of a scenario file", fields_show(arena, extends));
        return NULL;
    }
    const char *path = scenario_file_beside(arena, last->source.file, json_string_value(extends));
    for (uint32_t i = 0; i < document->files_count; i++) {
        if (strcmp(document->files[i].source.file, path) == 0) {
            diag_add(diags, &last->source, DIAG_ERROR, "/extends",
                     "%s extends itself in the end, expected a chain of files that ends", path);
            return NULL;
        }
    }
    if (document->files_count == COUNT_OF(document->files)) {
        diag_add(diags, &last->source, DIAG_ERROR, "/extends",
                 "too long a chain of files, expected at most %d that are extended",
                 (int)SCENARIO_EXTENDS_MAX);
        return NULL;
    }
    return path;
}

static bool
read_one(struct sim_io *io, const char *path, struct arena *arena, struct diag_list *diags,
         struct scenario_document *document)
{
    const struct diag_source *from =
        document->files_count > 0 ? &document->files[document->files_count - 1].source : NULL;
    struct scenario_file *file = &document->files[document->files_count];
    if (!scenario_file_read(io, path, from, "/extends", arena, diags, file)) {
        return false;
    }
    document->files_count++;
    if (!json_is_object(file->json)) {
        diag_add(diags, &file->source, DIAG_ERROR, "", "found an array, expected a JSON object");
        return false;
    }
    return true;
}

/* A path in one spelling, so that a file that is reached twice is known again. */
static const char *
plain_path(struct arena *arena, const char *path)
{
    return scenario_file_beside(arena, "", path);
}

bool
scenario_document_read(struct sim_io *io, const char *path, const struct scenario_options *options,
                       struct arena *arena, struct diag_list *diags,
                       struct scenario_document *ret_document)
{
    struct scenario_document document = { .files_count = 0 };
    const uint32_t           errors_count = diags->errors_count;
    const char              *next = plain_path(arena, path);
    while (next != NULL && read_one(io, next, arena, diags, &document)) {
        next = next_path(&document, arena, diags);
    }
    if (next != NULL || diags->errors_count > errors_count) {
        scenario_document_fini(&document); /* half a document would only cause wrong complaints */
        return false;
    }
    document.merged = json_object();
    for (uint32_t i = document.files_count; i > 0; i--) {
        struct json_t *merged = scenario_merge(document.merged, document.files[i - 1].json);
        json_decref(document.merged);
        document.merged = merged;
    }
    *ret_document = document;
    const struct fields_read read = {
        .arena = arena, .diags = diags, .source = &ret_document->files[0].source
    };
    struct json_t *vars = json_incref(json_object_get(document.merged, "vars"));
    (void)json_object_del(document.merged, "extends");
    (void)json_object_del(document.merged, "vars");
    /* Definitions of a snapshot come from a cluster: their "${PORT0}" is meant for a shell. */
    struct json_t *state = json_incref(json_object_get(document.merged, "state"));
    (void)json_object_del(document.merged, "state");
    scenario_vars_apply(&read, options, vars, document.merged);
    if (state != NULL) {
        (void)json_object_set_new(document.merged, "state", state);
    }
    json_decref(vars);
    return true;
}

/* The member or element of json that the next part of pointer names; moves the pointer on. */
static const struct json_t *
step_into(const struct json_t *json, const char **pointer)
{
    const char   *part = *pointer + 1;
    const size_t  len = strcspn(part, "/");
    struct strbuf key = { 0 };
    uint32_t      index = 0;
    for (size_t i = 0; i < len; i++) {
        const bool is_escaped = part[i] == '~' && (part[i + 1] == '0' || part[i + 1] == '1');
        i += is_escaped;
        strbuf_add_char(&key, !is_escaped ? part[i] : part[i] == '1' ? '/' : '~');
        index = index * 10 + (uint32_t)(part[i] - '0'); /* only looked at for arrays */
    }
    *pointer = part + len;
    const struct json_t *value = json_is_array(json)
                                     ? json_array_get(json, index)
                                     : json_object_get(json, strbuf_text(&key));
    strbuf_fini(&key);
    return value;
}

const struct scenario_file *
scenario_document_owner(const struct scenario_document *document, const char *pointer)
{
    const struct scenario_file *files[SCENARIO_EXTENDS_MAX + 1];
    const struct json_t        *values[SCENARIO_EXTENDS_MAX + 1];
    uint32_t                    count = document->files_count;
    for (uint32_t i = 0; i < count; i++) {
        files[i] = &document->files[i];
        values[i] = files[i]->json;
    }
    ASSERT(count > 0);
    /* Objects of several files merge; any other value hides those of the files after it. */
    while (*pointer == '/') {
        const char *rest = pointer;
        uint32_t    kept = 0;
        for (uint32_t i = 0; i < count; i++) {
            const char          *cursor = pointer;
            const struct json_t *value = step_into(values[i], &cursor);
            rest = cursor;
            if (value == NULL) {
                continue;
            }
            if (kept > 0 && !json_is_object(value)) {
                break;
            }
            files[kept] = files[i];
            values[kept] = value;
            kept++;
            if (!json_is_object(value)) {
                break;
            }
        }
        if (kept == 0) {
            break;
        }
        count = kept;
        pointer = rest;
    }
    return files[0];
}

void
scenario_document_place(const struct scenario_document *document, struct diag_list *diags,
                        uint32_t first)
{
    for (uint32_t i = first; i < diags->items.count; i++) {
        struct diag *diag = vec_at(&diags->items, i);
        if (diag->line == 0 || strcmp(diag->file, document->files[0].source.file) != 0) {
            continue;
        }
        const struct scenario_file *owner = scenario_document_owner(document, diag->pointer);
        const struct json_place     place =
            json_place_find(owner->source.text, owner->source.text_len, diag->pointer);
        diag->file = owner->source.file;
        diag->line = place.line;
        diag->column = place.column;
    }
}

/* sim/scenario_file.c - one JSON file, checked for size and depth before it is parsed. */
#include "sim/scenario_file.h"

#include <string.h>

#include <jansson.h>

#include "platform/base/json_place.h"

/* False, and said, when brackets nest too deep for a walk that recurses. Any bytes are accepted. */
static bool
check_depth(const struct diag_source *source, struct diag_list *diags)
{
    uint32_t depth = 0;
    uint32_t line = 1;
    size_t   line_at = 0;
    bool     in_string = false;
    for (size_t i = 0; i < source->text_len; i++) {
        const char c = source->text[i];
        if (c == '\n') {
            line++;
            line_at = i + 1;
            in_string = false;
        } else if (in_string) {
            i += c == '\\';
            in_string = c != '"';
        } else if (c == '"') {
            in_string = true;
        } else if (c == '[' || c == '{') {
            if (depth == SCENARIO_DEPTH_MAX) {
                diag_add_at(diags, source->file, line, (uint32_t)(i - line_at + 1),
                            "brackets are nested more than %d deep, expected a scenario or an app",
                            (int)SCENARIO_DEPTH_MAX);
                return false;
            }
            depth++;
        } else if ((c == ']' || c == '}') && depth > 0) {
            depth--;
        }
    }
    return true;
}

static bool
is_blank(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (text[i] != ' ' && text[i] != '\t' && text[i] != '\r' && text[i] != '\n') {
            return false;
        }
    }
    return true;
}

/* The library's words for a syntax error, with its place. */
static void
say_syntax(struct diag_list *diags, const char *file, const json_error_t *error)
{
    const uint32_t line = error->line > 0 ? (uint32_t)error->line : 1;
    const uint32_t column = error->column > 0 ? (uint32_t)error->column : 1;
    diag_add_at(diags, file, line, column, "not JSON: %s, expected a JSON object", error->text);
}

bool
scenario_file_read(struct sim_io *io, const char *path, const struct diag_source *from,
                   const char *pointer, struct arena *arena, struct diag_list *diags,
                   struct scenario_file *ret_file)
{
    struct scenario_file file = { .source = { .file = path } };
    struct error         err = { .text = "" };
    char                *text = NULL;
    size_t               len = 0;
    enum status          status = io->read(io, path, arena, &text, &len, &err);
    if (status == ST_OK && len > SCENARIO_FILE_BYTES_MAX) {
        status = error_set(&err, ST_NO_CAPACITY, "it has %zu bytes, expected at most %d", len,
                           (int)SCENARIO_FILE_BYTES_MAX);
    }
    if (status != ST_OK) {
        const bool is_missing = status == ST_NOT_FOUND;
        diag_add(diags, from != NULL ? from : &file.source, DIAG_ERROR,
                 from != NULL ? pointer : "", "%s%s%s%s%s",
                 from != NULL ? path : is_missing ? "no such file" : "cannot be read",
                 from == NULL ? "" : is_missing ? ": no such file" : ": cannot be read",
                 !is_missing && err.text[0] != '\0' ? ": " : "", !is_missing ? err.text : "",
                 is_missing ? ", expected a JSON file" : "");
        return false;
    }
    json_place_blank_comments(text, len);
    file.source.text = text;
    file.source.text_len = len;
    if (is_blank(text, len)) {
        diag_add_at(diags, path, 1, 1, "the file is empty, expected a JSON object");
        return false;
    }
    if (!check_depth(&file.source, diags)) {
        return false;
    }
    json_error_t error;
    file.json = json_loadb(text, len, JSON_REJECT_DUPLICATES, &error);
    if (file.json == NULL) {
        say_syntax(diags, path, &error);
        return false;
    }
    *ret_file = file;
    return true;
}

/* Takes "./" and "name/../" out of a path, in place. */
static void
shorten_path(char *path)
{
    const bool is_absolute = path[0] == '/';
    size_t     starts[128]; /* of the parts kept */
    uint32_t   starts_count = 0;
    size_t     out = is_absolute ? 1 : 0;
    for (const char *part = path + out; *part != '\0';) {
        const size_t len = strcspn(part, "/");
        const char  *next = part + len + (part[len] == '/');
        const bool   is_up = len == 2 && part[0] == '.' && part[1] == '.';
        const bool   last_is_up = starts_count > 0 && path[starts[starts_count - 1]] == '.' &&
                                path[starts[starts_count - 1] + 1] == '.' &&
                                path[starts[starts_count - 1] + 2] == '/';
        if (len == 0 || (len == 1 && part[0] == '.')) {
            /* nothing to keep */
        } else if (is_up && starts_count > 0 && !last_is_up) {
            out = starts[--starts_count];
        } else if (!(is_up && is_absolute) && starts_count < COUNT_OF(starts)) {
            starts[starts_count++] = out;
            memmove(path + out, part, len);
            out += len;
            path[out++] = '/';
        }
        part = next;
    }
    out -= out > 1; /* the slash after the last part */
    if (out == 0) {
        path[out++] = '.';
    }
    path[out] = '\0';
}

const char *
scenario_file_beside(struct arena *arena, const char *file, const char *path)
{
    const char  *slash = strrchr(file, '/');
    const size_t folder_len = slash != NULL && path[0] != '/' ? (size_t)(slash - file) + 1 : 0;
    char        *joined = arena_printf(arena, "%.*s%s/", (int)folder_len, file, path);
    shorten_path(joined);
    return joined;
}

/* Every file is held to SCENARIO_DEPTH_MAX; the value of a variable may double that once. */
static struct json_t *
merge_level(const struct json_t *target, const struct json_t *patch, int depth)
{
    ASSERT(depth <= 2 * SCENARIO_DEPTH_MAX);
    if (!json_is_object(patch)) {
        return json_deep_copy(patch);
    }
    struct json_t *result = json_is_object(target) ? json_copy((struct json_t *)(uintptr_t)target)
                                                   : json_object();
    const char    *key;
    struct json_t *value;
    json_object_foreach ((struct json_t *)(uintptr_t)patch, key, value) {
        if (json_is_null(value)) {
            (void)json_object_del(result, key);
        } else {
            const int failed = json_object_set_new(
                result, key, merge_level(json_object_get(result, key), value, depth + 1));
            ASSERT(failed == 0);
        }
    }
    return result;
}

struct json_t *
scenario_merge(const struct json_t *target, const struct json_t *patch)
{
    struct json_t *merged = merge_level(target, patch, 0);
    /* Members that no patch touched are still shared with target: the copy shares nothing. */
    struct json_t *copy = json_deep_copy(merged);
    json_decref(merged);
    return copy;
}

/*
 * sim/scenario_vars.c - puts variables into a document.
 *
 * "${x}" alone takes the variable's own JSON type; inside a longer text it takes the value as text.
 * "$${" stands for "${" itself, which commands of apps may need. What was put in is not searched
 * again, so there is nothing to go round in circles.
 */
#include <string.h>

#include <jansson.h>

#include "sim/scenario_document.h"

enum { VARS_MAX = 256, VAR_NAME_BYTES = 64 };

struct vars {
    const struct fields_read *read;
    struct json_t            *values;
    const char               *names[VARS_MAX];
    bool                      used[VARS_MAX];
    uint32_t                  count;
};

static size_t
name_len(const char *text)
{
    return strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-");
}

static bool
is_name(const char *text)
{
    const size_t len = name_len(text);
    return len > 0 && len < VAR_NAME_BYTES && text[len] == '\0';
}

static void
vars_open(struct vars *vars, struct json_t *values)
{
    const struct fields_read *read = vars->read;
    const char               *name;
    struct json_t            *value;
    if (!fields_is_object(read, values, "/vars")) {
        return;
    }
    json_object_foreach (values, name, value) {
        const char *pointer = fields_pointer(read->arena, "/vars", name);
        if (!is_name(name)) {
            diag_add(read->diags, read->source, DIAG_ERROR, pointer,
                     "\"%s\" is no name of a variable, expected letters, digits, _ and -", name);
        }
        if (vars->count == VARS_MAX) {
            diag_add(read->diags, read->source, DIAG_ERROR, pointer,
                     "too many variables, expected at most %d", (int)VARS_MAX);
            return;
        }
        vars->names[vars->count++] = name;
    }
}

static uint32_t
vars_find(const struct vars *vars, const char *name, size_t len)
{
    uint32_t i = 0;
    while (i < vars->count && !(strlen(vars->names[i]) == len &&
                                strncmp(vars->names[i], name, len) == 0)) {
        i++;
    }
    return i;
}

/* The text after "k=" as a value of the type that the file gave the variable; NULL: it is none. */
static struct json_t *
set_value(const struct json_t *declared, const char *text)
{
    if (json_is_string(declared)) {
        return json_string(text);
    }
    if (strlen(text) > SCENARIO_DEPTH_MAX && !json_is_number(declared)) {
        return NULL; /* too short to nest deeper than a file may */
    }
    struct json_t *value = json_loads(text, JSON_DECODE_ANY, NULL);
    const bool     is_same = (json_is_number(declared) && json_is_number(value)) ||
                         (json_is_boolean(declared) && json_is_boolean(value)) ||
                         (value != NULL && json_typeof(declared) == json_typeof(value));
    if (!is_same) {
        json_decref(value);
        return NULL;
    }
    return value;
}

static void
vars_set(struct vars *vars, const char *set)
{
    const struct fields_read *read = vars->read;
    const char               *equals = strchr(set, '=');
    if (equals == NULL || equals == set) {
        diag_add(read->diags, NULL, DIAG_ERROR, "", "--set %s: expected NAME=VALUE", set);
        return;
    }
    const char    *name = arena_strndup(read->arena, set, (size_t)(equals - set));
    const uint32_t index = vars_find(vars, name, strlen(name));
    if (index == vars->count) {
        diag_add(read->diags, NULL, DIAG_ERROR, "",
                 "--set %s: the scenario has no variable \"%s\", expected one of its \"vars\"%s",
                 set, name, fields_did_you_mean(read->arena, name, vars->names, vars->count));
        return;
    }
    const struct json_t *declared = json_object_get(vars->values, vars->names[index]);
    struct json_t       *value = set_value(declared, equals + 1);
    if (value == NULL) {
        diag_add(read->diags, NULL, DIAG_ERROR, "",
                 "--set %s: expected a value of the type of %s, which the file gives it", set,
                 fields_show(read->arena, declared));
        return;
    }
    /* The name belongs to the document and stays: only its value changes. */
    (void)json_object_set_new(vars->values, vars->names[index], value);
}

/* The value that "${name}" at text stands for, now used. NULL, and said, when there is none. */
static const struct json_t *
vars_resolve(struct vars *vars, const char *text, const char *pointer, size_t *ret_len)
{
    const struct fields_read *read = vars->read;
    const char               *name = text + 2;
    const size_t              len = name_len(name);
    if (len == 0 || name[len] != '}') {
        diag_add(read->diags, read->source, DIAG_ERROR, pointer,
                 "\"${\" without a name and \"}\", expected ${name}, or $${ for the text itself");
        return NULL;
    }
    const uint32_t index = vars_find(vars, name, len);
    if (index == vars->count) {
        const char *word = arena_strndup(read->arena, name, len);
        diag_add(read->diags, read->source, DIAG_ERROR, pointer,
                 "no variable \"%s\"%s, expected one of \"vars\", or $${%s} for the text itself",
                 word, fields_did_you_mean(read->arena, word, vars->names, vars->count), word);
        return NULL;
    }
    vars->used[index] = true;
    *ret_len = len + 3;
    return json_object_get(vars->values, vars->names[index]);
}

static bool
add_as_text(struct vars *vars, const struct json_t *value, const char *pointer, struct strbuf *out)
{
    if (json_is_object(value) || json_is_array(value) || json_is_null(value)) {
        diag_add(vars->read->diags, vars->read->source, DIAG_ERROR, pointer,
                 "a variable inside a longer text is %s, expected a text, a number or a boolean",
                 fields_show(vars->read->arena, value));
        return false;
    }
    strbuf_add(out, json_is_string(value) ? json_string_value(value)
                                          : fields_show(vars->read->arena, value));
    return true;
}

/* The text with its variables put in: a new reference, or NULL when it stays as it is. */
static struct json_t *
replace_text(struct vars *vars, const char *text, const char *pointer)
{
    struct strbuf  out = { 0 };
    struct json_t *result = NULL;
    if (strstr(text, "${") == NULL) {
        return NULL;
    }
    while (*text != '\0') {
        size_t len = 0;
        if (strncmp(text, "$${", 3) == 0) {
            strbuf_add(&out, "${");
            text += 3;
            continue;
        }
        if (strncmp(text, "${", 2) != 0) {
            strbuf_add_char(&out, *text++);
            continue;
        }
        const struct json_t *value = vars_resolve(vars, text, pointer, &len);
        if (value == NULL) {
            goto out;
        }
        if (out.len == 0 && text[len] == '\0') {
            result = json_deep_copy(value);
            goto out;
        }
        if (!add_as_text(vars, value, pointer, &out)) {
            goto out;
        }
        text += len;
    }
    result = json_string(strbuf_text(&out));
out:
    strbuf_fini(&out);
    return result;
}

static void replace_all(struct vars *vars, struct json_t *json, const char *pointer, int depth);

/* What takes the place of a value, or NULL; goes down into it when it has an inside. */
static struct json_t *
replace_value(struct vars *vars, struct json_t *value, const char *pointer, int depth)
{
    if (json_is_string(value)) {
        return replace_text(vars, json_string_value(value), pointer);
    }
    replace_all(vars, value, pointer, depth + 1);
    return NULL;
}

/* Bounded: files are held to SCENARIO_DEPTH_MAX, and what was put in is not entered. */
static void
replace_all(struct vars *vars, struct json_t *json, const char *pointer, int depth)
{
    struct arena  *arena = vars->read->arena;
    const char    *key;
    struct json_t *value;
    size_t         index;
    ASSERT(depth <= SCENARIO_DEPTH_MAX);
    if (json_is_object(json)) {
        json_object_foreach (json, key, value) {
            struct json_t *other =
                replace_value(vars, value, fields_pointer(arena, pointer, key), depth);
            if (other != NULL) {
                (void)json_object_set_new(json, key, other); /* the key stays where it is */
            }
        }
    } else if (json_is_array(json)) {
        json_array_foreach (json, index, value) {
            const char    *at = fields_pointer_at(arena, pointer, (uint32_t)index);
            struct json_t *other = replace_value(vars, value, at, depth);
            if (other != NULL) {
                (void)json_array_set_new(json, index, other);
            }
        }
    }
}

void
scenario_vars_apply(const struct fields_read *read, const struct scenario_options *options,
                    struct json_t *values, struct json_t *document)
{
    struct vars vars = { .read = read, .values = values };
    vars_open(&vars, values);
    for (uint32_t i = 0; options != NULL && i < options->sets_count; i++) {
        vars_set(&vars, options->sets[i]);
    }
    replace_all(&vars, document, "", 0);
    for (uint32_t i = 0; i < vars.count; i++) {
        if (!vars.used[i]) {
            diag_add(read->diags, read->source, DIAG_ERROR,
                     fields_pointer(read->arena, "/vars", vars.names[i]),
                     "variable \"%s\" is never used, expected ${%s} somewhere", vars.names[i],
                     vars.names[i]);
        }
    }
}

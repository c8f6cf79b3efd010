/* platform/model/app_object.c - an object against its table: unknown keys, order, what waits. */
#include "platform/model/app_steps.h"

#include <string.h>

/* Enough for the largest table and its tolerated keys. */
enum { CANDIDATES_MAX = 80 };

static bool
app_object_is_empty(const json_t *json)
{
    return json == NULL || json_is_null(json) || json_is_false(json) ||
           (json_is_string(json) && json_string_length(json) == 0) ||
           (json_is_array(json) && json_array_size(json) == 0) ||
           (json_is_object(json) && json_object_size(json) == 0);
}

static bool
app_object_tolerates(const struct app_shape *shape, const char *key)
{
    for (uint32_t i = 0; shape->tolerated != NULL && shape->tolerated[i] != NULL; i++) {
        if (strcmp(shape->tolerated[i], key) == 0) {
            return true;
        }
    }
    return false;
}

/* Whether two keys differ by one slip of the hand: a letter more, less, other, or two swapped. */
static bool
app_object_is_slip(const char *key, const char *valid)
{
    enum { LEN_MIN = 5, CHANGED_MAX = 2 };
    const size_t key_len = strlen(key);
    const size_t valid_len = strlen(valid);
    const size_t longer = key_len > valid_len ? key_len : valid_len;
    const size_t shorter = key_len < valid_len ? key_len : valid_len;
    size_t       same = 0;

    while (same < shorter && app_shape_lower(key[same]) == app_shape_lower(valid[same])) {
        same++;
    }
    for (size_t i = 1; same < shorter && i <= shorter; i++) {
        if (app_shape_lower(key[key_len - i]) != app_shape_lower(valid[valid_len - i])) {
            break;
        }
        same++;
    }
    return longer >= LEN_MIN && longer - same <= CHANGED_MAX;
}

/* Below the top level Marathon lets unknown keys pass: only an evident slip is an error there. */
static void
app_object_unknown(struct app_reader *reader, const struct app_place *place,
                   const struct app_shape *shape, const char *key)
{
    const char *candidates[CANDIDATES_MAX];
    const char *hint = "";

    ASSERT(shape->fields_count <= CANDIDATES_MAX);
    for (uint32_t i = 0; i < shape->fields_count; i++) {
        candidates[i] = shape->fields[i].name;
    }
    const char *nearest = app_object_tolerates(shape, key)
                              ? NULL
                              : diag_nearest(key, candidates, shape->fields_count);
    if (nearest != NULL) {
        hint = arena_printf(reader->scratch, ", the nearest valid one is \"%s\"", nearest);
    }
    if (shape->knows_all || (nearest != NULL && app_object_is_slip(key, nearest))) {
        app_say_at(reader, DIAG_ERROR, place, "unknown key%s",
                   nearest != NULL ? hint : ", no field of this name is known");
    } else {
        app_say_at(reader, DIAG_WARNING, place, "unknown key, %s%s",
                   shape->drops_unknown ? "left out with the deprecated object around it"
                                        : "accepted, kept, not acted upon",
                   hint);
    }
}

static void
app_object_field(struct app_reader *reader, const struct app_place *place,
                 const struct app_field *field, json_t *in, json_t *out)
{
    const struct app_place at = { place, field->name, 0 };
    json_t                *value = NULL;

    if (in != NULL && !json_is_null(in)) {
        if (field->flags & APP_OUTPUT) {
            app_say_at(reader, DIAG_WARNING, &at,
                       "Marathon prints this and never reads it, left out of the definition");
            return;
        }
        value = app_shape_value(reader, &at, field, in);
    } else if (field->flags & APP_REQUIRED) {
        app_say_at(reader, DIAG_ERROR, place, "\"%s\" is missing", field->name);
    } else if (field->fallback != NULL) {
        value = json_loads(field->fallback, JSON_DECODE_ANY, NULL);
        ASSERT(value != NULL);
    }
    if (value != NULL && (field->flags & APP_OMIT_EMPTY) && app_object_is_empty(value)) {
        json_decref(value);
        value = NULL;
    }
    if (value != NULL) {
        json_object_set_new_nocheck(out, field->name, value);
    }
}

json_t *
app_object_read(struct app_reader *reader, const struct app_place *place,
                const struct app_shape *shape, json_t *in)
{
    json_t *out = json_object();

    for (uint32_t i = 0; i < shape->fields_count; i++) {
        const struct app_field *field = &shape->fields[i];
        app_object_field(reader, place, field, json_object_get(in, field->name), out);
    }
    uint32_t     count;
    const char **keys = app_shape_keys(in, reader->scratch, &count);
    for (uint32_t i = 0; i < count; i++) {
        if (app_shape_find(shape, keys[i]) == NULL) {
            const struct app_place at = { place, keys[i], 0 };
            app_object_unknown(reader, &at, shape, keys[i]);
            if (!shape->drops_unknown) {
                json_object_set_new_nocheck(out, keys[i],
                                            json_deep_copy(json_object_get(in, keys[i])));
            }
        }
    }
    return out;
}

static void
app_object_note(struct vec *ignored, const struct app_place *place, bool warned,
                struct arena *arena)
{
    struct app_ignored *entry = vec_push(ignored);
    entry->pointer = app_say_pointer(place, arena);
    entry->warned = warned;
}

/* Whether a value says no more than the default does. */
static bool
app_object_is_default(const struct app_field *field, const json_t *value)
{
    if (app_object_is_empty(value)) {
        return true;
    }
    if (field->fallback == NULL) {
        return false;
    }
    json_t    *fallback = json_loads(field->fallback, JSON_DECODE_ANY, NULL);
    const bool same = json_equal(fallback, value) != 0;
    json_decref(fallback);
    return same;
}

/* Bounded by the tables: they nest four deep and never name themselves. */
static void
app_object_walk(const struct app_place *place, const struct app_shape *shape, json_t *object,
                struct arena *arena, struct vec *ignored)
{
    const char *key;
    json_t     *value;

    json_object_foreach(object, key, value) {
        const struct app_field *field = app_shape_find(shape, key);
        const struct app_place  at = { place, key, 0 };
        if (field == NULL) {
            app_object_note(ignored, &at, true, arena);
        } else if (field->flags & APP_LATER) {
            if (!app_object_is_default(field, value)) {
                app_object_note(ignored, &at, false, arena);
            }
        } else if (field->kind == APP_OBJECT && json_is_object(value)) {
            app_object_walk(&at, field->shape, value, arena, ignored);
        } else if (field->kind == APP_LIST && field->item->kind == APP_OBJECT) {
            for (size_t i = 0; i < json_array_size(value); i++) {
                const struct app_place item = { &at, NULL, i };
                if (json_is_object(json_array_get(value, i))) {
                    app_object_walk(&item, field->item->shape, json_array_get(value, i), arena,
                                    ignored);
                }
            }
        }
    }
}

/* References to secrets: the variable stays unset. */
static void
app_object_env(const struct app_place *root, json_t *env, struct arena *arena,
               struct vec *ignored)
{
    const struct app_place at = { root, "env", 0 };
    const char            *key;
    json_t                *value;

    json_object_foreach(env, key, value) {
        if (json_is_object(value)) {
            const struct app_place variable = { &at, key, 0 };
            app_object_note(ignored, &variable, false, arena);
        }
    }
}

/* Members of a list that say more than is done: both protocols, a command that is never run. */
static void
app_object_list(const struct app_place *at, json_t *list, struct arena *arena,
                struct vec *ignored)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const struct app_place item = { at, NULL, i };
        const json_t          *object = json_array_get(list, i);
        if (app_text_is(object, "protocol", "udp,tcp")) {
            const struct app_place protocol = { &item, "protocol", 0 };
            app_object_note(ignored, &protocol, false, arena);
        }
        if (json_object_get(object, "command") != NULL &&
            !app_text_is(object, "protocol", "COMMAND")) {
            const struct app_place command = { &item, "command", 0 };
            app_object_note(ignored, &command, true, arena);
        }
    }
}

void
app_object_ignored(json_t *app, struct arena *arena, struct vec *ignored)
{
    const struct app_place root = { 0 };
    const struct app_place container = { &root, "container", 0 };
    const struct app_place mappings = { &container, "portMappings", 0 };
    const struct app_place definitions = { &root, "portDefinitions", 0 };
    const struct app_place checks = { &root, "healthChecks", 0 };
    const struct app_place args = { &root, "args", 0 };

    app_object_walk(&root, &app_tables_app, app, arena, ignored);
    app_object_env(&root, json_object_get(app, "env"), arena, ignored);
    app_object_list(&mappings, json_object_get(json_object_get(app, "container"), "portMappings"),
                    arena, ignored);
    app_object_list(&definitions, json_object_get(app, "portDefinitions"), arena, ignored);
    app_object_list(&checks, json_object_get(app, "healthChecks"), arena, ignored);
    if (json_object_get(app, "cmd") != NULL && json_object_get(app, "args") != NULL) {
        app_object_note(ignored, &args, true, arena);
    }
}

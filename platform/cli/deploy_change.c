/* platform/cli/deploy_change.c - what a deploy changes, app by app. */
#include "platform/cli/deploy_change.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "platform/cli/check_scenario.h"
#include "sim/scenario_file.h"

enum { CHANGE_DEPTH_MAX = 2 * SCENARIO_DEPTH_MAX, CHANGE_NAMES_MAX = 12 };

static void
read_file(const char *path, struct sim_io *io, struct arena *arena, struct diag_list *diags,
          struct vec *changes)
{
    struct scenario_file file;
    struct vec           specs;
    if (!scenario_file_read(io, path, NULL, "", arena, diags, &file)) {
        return;
    }
    vec_init(&specs, sizeof(struct app_spec *));
    app_read_document(file.json, &file.source, "", arena, diags, &specs);
    for (uint32_t i = 0; i < specs.count; i++) {
        const struct app_spec *spec = *(const struct app_spec **)vec_at(&specs, i);
        for (uint32_t j = 0; j < changes->count; j++) {
            const struct deploy_change *other = vec_at(changes, j);
            if (strcmp(other->spec->id, spec->id) == 0) {
                diag_add(diags, &file.source, DIAG_ERROR, "",
                         "the app id \"%s\" is used twice, expected different ids", spec->id);
            }
        }
        *(struct deploy_change *)vec_push(changes) = (struct deploy_change){ .spec = spec };
    }
    vec_fini(&specs);
    json_decref(file.json);
}

bool
deploy_change_read(const struct vec *files, struct sim_io *io, struct arena *arena,
                   struct vec *changes)
{
    struct diag_list diags;
    diag_list_init(&diags, arena);
    for (uint32_t i = 0; i < files->count; i++) {
        read_file(*(const char **)vec_at(files, i), io, arena, &diags, changes);
    }
    for (uint32_t i = diags.items.count; i > 0; i--) { /* notes are for rehearse check */
        if (((struct diag *)vec_at(&diags.items, i - 1))->level == DIAG_NOTE) {
            vec_remove_at(&diags.items, i - 1);
        }
    }
    check_print_diags(&diags, stderr);
    const bool right = diags.errors_count == 0;
    diag_list_fini(&diags);
    return right;
}

/* The merge patch that makes a to b; NULL: they are equal. Canonical definitions hold no null. */
static json_t *
patch_of(const json_t *a, const json_t *b, int depth)
{
    const char *key;
    json_t     *value;
    ASSERT(depth <= CHANGE_DEPTH_MAX);
    if (json_equal(a, b)) {
        return NULL;
    }
    if (!json_is_object(a) || !json_is_object(b)) {
        return json_deep_copy(b);
    }
    json_t *patch = json_object();
    json_object_foreach ((json_t *)(uintptr_t)a, key, value) {
        if (json_object_get(b, key) == NULL) {
            (void)json_object_set_new(patch, key, json_null());
        }
    }
    json_object_foreach ((json_t *)(uintptr_t)b, key, value) {
        const json_t *old = json_object_get(a, key);
        json_t       *part = old != NULL ? patch_of(old, value, depth + 1) : json_deep_copy(value);
        if (part != NULL) {
            (void)json_object_set_new(patch, key, part);
        }
    }
    return patch;
}

void
deploy_change_compare(struct vec *changes, const struct scenario *cluster)
{
    for (uint32_t i = 0; i < changes->count; i++) {
        struct deploy_change *change = vec_at(changes, i);
        for (uint32_t j = 0; j < cluster->apps_count; j++) {
            if (strcmp(cluster->apps[j]->id, change->spec->id) == 0) {
                change->old = cluster->apps[j];
            }
        }
        json_t *from = change->old != NULL ? json_loads(change->old->json, 0, NULL) : json_object();
        json_t *to = json_loads(change->spec->json, 0, NULL);
        change->patch = patch_of(from, to, 0);
        if (change->patch == NULL) {
            change->patch = json_object();
        }
        json_decref(from);
        json_decref(to);
    }
}

void
deploy_change_fini(struct vec *changes)
{
    for (uint32_t i = 0; i < changes->count; i++) {
        json_decref(((struct deploy_change *)vec_at(changes, i))->patch);
    }
    vec_fini(changes);
}

/* Whether a value may be shown: a definition holds secrets in its texts, but not in its image. */
static bool
is_plain(const char *name, const json_t *value)
{
    return json_is_number(value) || json_is_boolean(value) ||
           (json_is_string(value) && strcmp(name, "container.docker.image") == 0);
}

static void
print_value(const json_t *value, struct strbuf *out)
{
    const size_t how = JSON_ENCODE_ANY | JSON_REAL_PRECISION(15);
    char        *text = value != NULL ? json_dumps(value, how) : NULL;
    strbuf_add(out, value == NULL             ? "none"
                    : json_is_string(value) ? json_string_value(value)
                                            : text);
    free(text);
}

/* " 4 -> 6" after a name; old: NULL, there was none. */
static void
print_values(const char *name, const json_t *old, const json_t *value, struct strbuf *out)
{
    if ((old == NULL || is_plain(name, old)) && (json_is_null(value) || is_plain(name, value))) {
        strbuf_add_char(out, ' ');
        print_value(old, out);
        strbuf_add(out, " -> ");
        print_value(json_is_null(value) ? NULL : value, out);
    }
}

static void
print_names(const json_t *patch, const json_t *old, const char *prefix, int depth, uint32_t *count,
            struct strbuf *out)
{
    const char *key;
    json_t     *value;
    ASSERT(depth <= CHANGE_DEPTH_MAX);
    json_object_foreach ((json_t *)(uintptr_t)patch, key, value) {
        const json_t *before = json_object_get(old, key);
        char          name[256];
        (void)snprintf(name, sizeof name, "%s%s%s", prefix, prefix[0] != '\0' ? "." : "", key);
        if (json_is_object(value) && json_object_size(value) > 0) {
            print_names(value, before, name, depth + 1, count, out);
        } else if (++*count <= CHANGE_NAMES_MAX) {
            strbuf_printf(out, "%s%s", *count > 1 ? ", " : "", name);
            print_values(name, before, value, out);
        }
    }
}

void
deploy_change_print(const struct deploy_change *change, struct strbuf *out)
{
    uint32_t count = 0;
    if (change->old == NULL) {
        strbuf_add(out, "a new app");
        return;
    }
    json_t *old = json_loads(change->old->json, 0, NULL);
    print_names(change->patch, old, "", 0, &count, out);
    json_decref(old);
    if (count > CHANGE_NAMES_MAX) {
        strbuf_printf(out, " and %u more", count - CHANGE_NAMES_MAX);
    }
}

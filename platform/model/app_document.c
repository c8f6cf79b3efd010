/* platform/model/app_document.c - a file of apps: one app, a list of them, or a group. */
#include "platform/model/app_steps.h"

#include <string.h>

#include "platform/base/map.h"

enum { GROUP_DEPTH_MAX = 32 }; /* a limit of ours: groups inside of groups */

struct app_document {
    struct app_reader reader; /* its prefix is that of the document */
    struct arena     *arena;  /* borrowed: of the specs */
    struct vec       *specs;  /* borrowed */
    struct intern     ids;    /* of the specs read so far */
};

/* A group on its way down; dependencies of a group are those of everything inside. */
struct app_group {
    const char *id;           /* absolute */
    json_t     *dependencies; /* owned: absolute ids, in order */
    uint32_t    depth;
};

/* The app with the dependencies of its groups added; new. */
static json_t *
app_document_inherit(const json_t *json, const struct app_group *group)
{
    json_t *app = json_copy((json_t *)(uintptr_t)json);
    json_t *own = json_object_get(app, "dependencies");
    json_t *all = json_is_array(own) ? json_copy(own) : json_array();

    if (json_array_size(group->dependencies) > 0 && (own == NULL || json_is_array(own))) {
        json_array_extend(all, group->dependencies);
        json_object_set(app, "dependencies", all);
    }
    json_decref(all);
    return app;
}

static void
app_document_app(struct app_document *document, const json_t *json, const char *pointer,
                 const struct app_group *group)
{
    struct app_reader *reader = &document->reader;
    const char        *prefix =
        arena_printf(reader->scratch, "%s%s", reader->prefix, pointer);
    json_t *app = json_is_object(json) ? app_document_inherit(json, group) : NULL;
    const struct app_spec *spec = app_read_under(app != NULL ? app : json, reader->source, prefix,
                                                 group->id, document->arena, reader->diags);

    json_decref(app);
    if (spec == NULL) {
        return;
    }
    if (intern_find(&document->ids, spec->id) != 0) {
        app_say(reader, DIAG_ERROR, arena_printf(reader->scratch, "%s/id", pointer),
                "the id \"%.200s\" is given twice, expected one of its own", spec->id);
        return;
    }
    (void)intern_id(&document->ids, spec->id);
    *(const struct app_spec **)vec_push(document->specs) = spec;
}

static void
app_document_key(struct app_document *document, const char *key, const json_t *value,
                 const char *pointer)
{
    static const char *const keys[] = { "id",   "apps",    "groups",      "dependencies",
                                        "pods", "version", "enforceRole", "scaleBy" };
    struct app_reader       *reader = &document->reader;
    const struct app_place   root = { 0 };
    const struct app_place   place = { &root, key, 0 };
    const char *at = arena_printf(reader->scratch, "%s%s", pointer,
                                  app_say_pointer(&place, reader->scratch));
    const bool is_list = strcmp(key, "apps") == 0 || strcmp(key, "groups") == 0 ||
                         strcmp(key, "dependencies") == 0 || strcmp(key, "pods") == 0;

    for (uint32_t i = 0; i < COUNT_OF(keys); i++) {
        if (strcmp(keys[i], key) == 0) {
            if (is_list && !json_is_array(value) && !json_is_null(value)) {
                app_say(reader, DIAG_ERROR, at, "found %s, expected a list",
                        app_say_found(value, reader->scratch));
            } else if (i > 5) {
                app_say(reader, DIAG_NOTE, at, "accepted, not acted upon yet");
            }
            return;
        }
    }
    const char *nearest = diag_nearest(key, keys, COUNT_OF(keys));
    app_say(reader, DIAG_ERROR, at, "unknown key of a group, %s%s%s",
            nearest != NULL ? "the nearest valid one is \"" : "no field of this name is known",
            nearest != NULL ? nearest : "", nearest != NULL ? "\"" : "");
}

static const char *
app_document_group_id(struct app_document *document, const json_t *json, const char *pointer,
                      const struct app_group *parent)
{
    struct app_reader *reader = &document->reader;
    const json_t      *id = json_object_get(json, "id");
    const char        *at = arena_printf(reader->scratch, "%s/id", pointer);
    const char        *why = NULL;

    if (id == NULL) {
        if (parent->depth > 0) {
            app_say(reader, DIAG_ERROR, pointer,
                    "\"id\" is missing, expected the name of the group");
        }
        return parent->id;
    }
    if (!json_is_string(id)) {
        app_say(reader, DIAG_ERROR, at, "found %s, expected a text in quotes",
                app_say_found(id, reader->scratch));
        return parent->id;
    }
    const char *path =
        app_path_resolve(parent->id, json_string_value(id), reader->scratch, &why);
    if (path == NULL) {
        app_say(reader, DIAG_ERROR, at, "\"%.80s\" is not the id of a group, %s",
                json_string_value(id), why);
        return parent->id;
    }
    if (!app_path_is_under(path, parent->id)) {
        app_say(reader, DIAG_ERROR, at, "\"%.200s\" is not inside its group \"%.200s\"", path,
                parent->id);
    }
    return path;
}

static void
app_document_dependencies(struct app_document *document, const json_t *json, const char *pointer,
                          struct app_group *group)
{
    struct app_reader *reader = &document->reader;
    const json_t      *list = json_object_get(json, "dependencies");

    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *text = json_string_value(json_array_get(list, i));
        const char *why = "expected a text in quotes";
        const char *path =
            text != NULL ? app_path_resolve(group->id, text, reader->scratch, &why) : NULL;
        if (path == NULL) {
            app_say(reader, DIAG_ERROR,
                    arena_printf(reader->scratch, "%s/dependencies/%zu", pointer, i),
                    "not the id of an app or a group, %s", why);
        } else {
            json_array_append_new(group->dependencies, json_string(path));
        }
    }
}

static void
app_document_group(struct app_document *document, json_t *json, const char *pointer,
                   const struct app_group *parent)
{
    struct app_reader *reader = &document->reader;
    struct app_group   group = { .depth = parent->depth + 1 };
    const char        *key;
    json_t            *value;

    if (group.depth > GROUP_DEPTH_MAX || !json_is_object(json)) {
        app_say(reader, DIAG_ERROR, pointer, "%s",
                json_is_object(json) ? "groups stand more than 32 deep, expected fewer"
                                     : "expected a group: an object with \"apps\" or \"groups\"");
        return;
    }
    json_object_foreach(json, key, value) {
        app_document_key(document, key, value, pointer);
    }
    group.id = app_document_group_id(document, json, pointer, parent);
    group.dependencies = json_copy(parent->dependencies);
    app_document_dependencies(document, json, pointer, &group);
    const json_t *apps = json_object_get(json, "apps");
    for (size_t i = 0; i < json_array_size(apps); i++) {
        app_document_app(document, json_array_get(apps, i),
                         arena_printf(reader->scratch, "%s/apps/%zu", pointer, i), &group);
    }
    const json_t *pods = json_object_get(json, "pods");
    for (size_t i = 0; i < json_array_size(pods); i++) {
        app_say(reader, DIAG_ERROR, arena_printf(reader->scratch, "%s/pods/%zu", pointer, i),
                "this is a pod, and pods come later: expected only apps");
    }
    const json_t *groups = json_object_get(json, "groups");
    for (size_t i = 0; i < json_array_size(groups); i++) {
        app_document_group(document, json_array_get(groups, i),
                           arena_printf(reader->scratch, "%s/groups/%zu", pointer, i), &group);
    }
    json_decref(group.dependencies);
}

static bool
app_document_is_group(const json_t *json)
{
    return json_object_get(json, "apps") != NULL || json_object_get(json, "groups") != NULL ||
           json_object_get(json, "pods") != NULL;
}

void
app_read_document(const json_t *json, const struct diag_source *source, const char *prefix,
                  struct arena *arena, struct diag_list *diags, struct vec *specs)
{
    struct arena        scratch;
    struct app_document document = {
        .reader = { .source = source, .prefix = prefix, .scratch = &scratch, .diags = diags },
        .arena = arena,
        .specs = specs,
    };
    struct app_group root = { .id = "/", .dependencies = json_array() };

    ASSERT(specs->item_bytes == sizeof(struct app_spec *));
    arena_init(&scratch, 0);
    intern_init(&document.ids);
    if (json_is_array(json)) {
        for (size_t i = 0; i < json_array_size(json); i++) {
            app_document_app(&document, json_array_get(json, i),
                             arena_printf(&scratch, "/%zu", i), &root);
        }
    } else if (json_is_object(json) && app_document_is_group(json) &&
               !app_read_refuses_pod(&document.reader, json, "")) {
        app_document_group(&document, (json_t *)(uintptr_t)json, "", &root);
    } else if (!json_is_object(json) || !app_document_is_group(json)) {
        app_document_app(&document, json, "", &root);
    }
    json_decref(root.dependencies);
    intern_fini(&document.ids);
    arena_fini(&scratch);
}

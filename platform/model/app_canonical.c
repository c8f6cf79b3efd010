/* platform/model/app_canonical.c - ids, artifacts and strategies in canonical shape. */
#include "platform/model/app_steps.h"

#include <string.h>

const char *
app_text(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

bool
app_text_is(const json_t *object, const char *key, const char *text)
{
    const char *found = app_text(object, key);
    return found != NULL && strcmp(found, text) == 0;
}

bool
app_is_given(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return value != NULL && !json_is_null(value);
}

static const char *
app_canonical_path(struct app_draft *draft, const char *text, const char *pointer)
{
    const char *why = NULL;
    const char *path = app_path_resolve(draft->base, text, draft->reader->scratch, &why);

    if (path == NULL) {
        app_say(draft->reader, DIAG_ERROR, pointer, "\"%.80s\" is not the id of an app, %s", text,
                why);
    }
    return path;
}

void
app_canonical_ids(struct app_draft *draft)
{
    const char *id = app_text(draft->app, "id");
    const char *path = id != NULL && id[0] != '\0' ? app_canonical_path(draft, id, "/id") : NULL;
    json_t     *dependencies = json_object_get(draft->app, "dependencies");

    if (path != NULL && strcmp(path, "/") == 0) {
        app_say(draft->reader, DIAG_ERROR, "/id", "\"%.80s\" is the root, expected a name in it",
                id);
    } else if (path != NULL && !app_path_is_under(path, draft->base)) {
        app_say(draft->reader, DIAG_ERROR, "/id", "\"%.200s\" is not inside its group \"%.200s\"",
                path, draft->base);
    } else if (path != NULL) {
        json_object_set_new(draft->app, "id", json_string(path));
    }
    for (size_t i = 0; i < json_array_size(dependencies); i++) {
        const char *text = json_string_value(json_array_get(dependencies, i));
        const char *pointer = arena_printf(draft->reader->scratch, "/dependencies/%zu", i);
        path = text != NULL && text[0] != '\0' ? app_canonical_path(draft, text, pointer) : NULL;
        if (path != NULL) {
            json_array_set_new(dependencies, i, json_string(path));
        }
    }
}

/* Source: Mesos fetcher, the endings it unpacks. */
static bool
app_canonical_is_archive(const char *uri)
{
    static const char *const endings[] = { ".tgz", ".tar.gz", ".tbz2",   ".tar.bz2",
                                           ".txz", ".tar.xz", ".zip" };
    const size_t len = strlen(uri);

    for (uint32_t i = 0; i < COUNT_OF(endings); i++) {
        const size_t ending_len = strlen(endings[i]);
        if (len >= ending_len && strcmp(uri + len - ending_len, endings[i]) == 0) {
            return true;
        }
    }
    return false;
}

void
app_canonical_fetch(struct app_draft *draft)
{
    json_t *uris = json_object_get(draft->app, "uris");
    json_t *fetch = json_object_get(draft->app, "fetch");

    if (json_array_size(uris) > 0 && json_array_size(fetch) > 0) {
        app_say(draft->reader, DIAG_ERROR, "/uris",
                "both \"uris\" and \"fetch\" are given, expected only \"fetch\"");
    } else if (json_array_size(uris) > 0) {
        fetch = json_array();
        for (size_t i = 0; i < json_array_size(uris); i++) {
            const char *uri = json_string_value(json_array_get(uris, i));
            json_t     *artifact = json_object();
            json_object_set_new(artifact, "uri", json_string(uri != NULL ? uri : ""));
            json_object_set_new(artifact, "extract",
                                json_boolean(uri != NULL && app_canonical_is_archive(uri)));
            json_array_append_new(fetch, artifact);
        }
        json_object_set_new(draft->app, "fetch", fetch);
    }
    json_object_del(draft->app, "uris");
}

static void
app_canonical_default(json_t *object, const char *key, json_t *value)
{
    if (json_object_get(object, key) == NULL) {
        json_object_set_new(object, key, value);
    } else {
        json_decref(value);
    }
}

static void
app_canonical_residency(struct app_draft *draft, bool is_resident)
{
    const json_t *residency = json_object_get(draft->app, "residency");

    if (residency == NULL) {
        return;
    }
    if (!is_resident) {
        app_say(draft->reader, DIAG_WARNING, "/residency",
                "has no effect without a persistent volume, left out");
    } else if (app_text_is(residency, "taskLostBehavior", "RELAUNCH_AFTER_TIMEOUT")) {
        app_say(draft->reader, DIAG_WARNING, "/residency/taskLostBehavior",
                "has no effect any more, unreachableStrategy took its place; left out");
    }
    json_object_del(draft->app, "residency");
}

void
app_canonical_strategies(struct app_draft *draft)
{
    json_t    *app = draft->app;
    const bool is_resident = app_container_has(app, "persistent");
    const bool is_single = app_text_is(json_object_get(app, "labels"),
                                       "MARATHON_SINGLE_INSTANCE_APP", "true");
    json_t    *upgrade = json_object_get(app, "upgradeStrategy");
    double     health = 1;
    double     over = 1;

    if (is_single) {
        health = 0;
        over = 0;
    } else if (is_resident || app_container_has(app, "external")) {
        health = .5;
        over = 0;
    }
    if (!json_is_object(upgrade)) {
        upgrade = json_object();
        json_object_set_new(app, "upgradeStrategy", upgrade);
    }
    app_canonical_default(upgrade, "minimumHealthCapacity", json_real(health));
    app_canonical_default(upgrade, "maximumOverCapacity", json_real(over));
    app_canonical_default(app, "unreachableStrategy",
                          is_resident ? json_string("disabled") : json_object());
    app_canonical_residency(draft, is_resident);
}

/* platform/model/app_container.c - the container: its engine, credential and volumes. */
#include "platform/model/app_steps.h"

#include <string.h>

bool
app_container_has(const json_t *app, const char *volume_kind)
{
    const json_t *volumes = json_object_get(json_object_get(app, "container"), "volumes");

    for (size_t i = 0; i < json_array_size(volumes); i++) {
        if (json_object_get(json_array_get(volumes, i), volume_kind) != NULL) {
            return true;
        }
    }
    return false;
}

static void
app_container_type(struct app_draft *draft, json_t *container)
{
    struct app_reader *reader = draft->reader;
    const json_t      *given = json_object_get(draft->in, "container");
    const bool         has_docker = app_is_given(given, "docker");

    if (json_object_get(container, "type") == NULL) {
        json_object_set_new(container, "type", json_string(has_docker ? "DOCKER" : "MESOS"));
    } else if (app_text_is(container, "type", "DOCKER") && !has_docker) {
        app_say(reader, DIAG_ERROR, "/container",
                "\"docker\" is missing, expected it beside \"type\": \"DOCKER\"");
    }
    if (has_docker && json_object_get(container, "appc") != NULL) {
        app_say(reader, DIAG_ERROR, "/container/appc",
                "both \"docker\" and \"appc\" are given, expected one image");
    }
}

/* The old plain login becomes the name of a secret, which is the only way left. */
static void
app_container_credential(struct app_draft *draft, json_t *docker)
{
    const char *pointer = "/container/docker/credential";
    json_t     *credential = json_object_get(docker, "credential");
    const char *secret = app_text(credential, "secret");

    if (credential == NULL) {
        return;
    }
    if (json_object_get(docker, "pullConfig") != NULL || secret == NULL) {
        app_say(draft->reader, DIAG_WARNING, pointer, "deprecated and %s, left out",
                secret == NULL ? "without a \"secret\"" : "given beside \"pullConfig\"");
    } else {
        json_t *config = json_object();
        json_object_set_new(config, "secret", json_string(secret));
        json_object_set_new(docker, "pullConfig", config);
        app_say(draft->reader, DIAG_WARNING, pointer,
                "deprecated, its secret became \"pullConfig\"; the principal is expected inside "
                "of the secret");
    }
    json_object_del(docker, "credential");
}

static void
app_container_volume(struct app_draft *draft, json_t *volume, size_t index)
{
    static const char *const kinds[] = { "hostPath", "persistent", "external", "secret" };
    struct app_reader       *reader = draft->reader;
    const json_t            *given = json_array_get(
        json_object_get(json_object_get(draft->in, "container"), "volumes"), index);
    const char *pointer = arena_printf(reader->scratch, "/container/volumes/%zu", index);
    uint32_t    kinds_count = 0;

    if (!json_is_object(volume)) {
        return;
    }
    for (uint32_t i = 0; i < COUNT_OF(kinds); i++) {
        kinds_count += app_is_given(given, kinds[i]) ? 1 : 0;
    }
    if (kinds_count != 1) {
        app_say(reader, DIAG_ERROR, pointer,
                "%s, expected one of \"hostPath\", \"persistent\", \"external\" or \"secret\"",
                kinds_count == 0 ? "the volume is of no kind" : "the volume is of several kinds");
    }
    if (json_object_get(volume, "secret") != NULL) {
        return; /* a secret has no mode */
    }
    if (json_object_get(volume, "mode") == NULL) {
        json_object_set_new(volume, "mode", json_string("RW"));
    }
    const json_t *persistent = json_object_get(volume, "persistent");
    if (persistent == NULL) {
        return;
    }
    if (!app_text_is(volume, "mode", "RW")) {
        app_say(reader, DIAG_ERROR, arena_printf(reader->scratch, "%s/mode", pointer),
                "found \"RO\", expected \"RW\" for a persistent volume");
    }
    if (json_object_get(persistent, "type") != NULL && !app_text_is(persistent, "type", "root")) {
        app_say(reader, DIAG_WARNING,
                arena_printf(reader->scratch, "%s/persistent/type", pointer),
                "is not acted upon, only \"root\" is: the volume is made as if that was asked for");
    }
    const json_t *size_max = json_object_get(persistent, "maxSize");
    if (size_max != NULL &&
        json_integer_value(size_max) < json_integer_value(json_object_get(persistent, "size"))) {
        app_say(reader, DIAG_ERROR,
                arena_printf(reader->scratch, "%s/persistent/maxSize", pointer),
                "is smaller than \"size\", expected it to be larger");
    }
}

void
app_container_translate(struct app_draft *draft)
{
    json_t *app = draft->app;
    json_t *container = json_object_get(app, "container");

    if (container == NULL && app_is_given(draft->in, "container")) {
        return; /* it was no object, which has been said */
    }
    if (container == NULL) {
        if (app_network_mode(app) == CONTAINER_HOST) {
            return;
        }
        container = json_object(); /* an address of its own takes a container to carry it */
        json_object_set_new(container, "type", json_string("MESOS"));
        json_object_set_new(app, "container", container);
        return;
    }
    app_container_type(draft, container);
    app_container_credential(draft, json_object_get(container, "docker"));
    json_t *volumes = json_object_get(container, "volumes");
    if (json_array_size(volumes) > APP_VOLUMES_MAX) {
        app_say(draft->reader, DIAG_ERROR, "/container/volumes", "found %zu volumes, expected at "
                "most %d", json_array_size(volumes), APP_VOLUMES_MAX);
    }
    for (size_t i = 0; i < json_array_size(volumes); i++) {
        app_container_volume(draft, json_array_get(volumes, i), i);
    }
}

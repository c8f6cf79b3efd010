/* platform/model/app_network.c - the networks of an app, told in whichever of the three ways. */
#include "platform/model/app_steps.h"

#include <string.h>

enum container_network
app_network_mode(const json_t *app)
{
    const json_t *first = json_array_get(json_object_get(app, "networks"), 0);

    if (first == NULL || app_text_is(first, "mode", "host")) {
        return CONTAINER_HOST;
    }
    return app_text_is(first, "mode", "container/bridge") ? CONTAINER_BRIDGE
                                                          : CONTAINER_OWN_ADDRESS;
}

static json_t *
app_network_new(const char *mode, const char *name, json_t *labels)
{
    json_t *network = json_object();

    json_object_set_new(network, "mode", json_string(mode));
    if (name != NULL) {
        json_object_set_new(network, "name", json_string(name));
    }
    if (labels != NULL) {
        json_object_set(network, "labels", labels);
    }
    json_t *networks = json_array();
    json_array_append_new(networks, network);
    return networks;
}

/* The networks (new) that the deprecated fields mean; docker and ip may be NULL, not both. */
static json_t *
app_network_deprecated(struct app_draft *draft, const char *docker, const json_t *ip)
{
    const char *name = app_text(ip, "networkName");
    json_t     *labels = json_object_get(ip, "labels");

    if (docker == NULL && name != NULL && strcmp(name, "mesos-bridge") == 0) {
        return app_network_new("container/bridge", NULL, labels);
    }
    if (docker == NULL || strcmp(docker, "USER") == 0) {
        return app_network_new("container", name, labels);
    }
    if (strcmp(docker, "NONE") == 0) {
        app_say(draft->reader, DIAG_ERROR, "/container/docker/network",
                "found \"NONE\", expected \"BRIDGE\", \"HOST\" or \"USER\"");
    }
    if (name != NULL) {
        app_say(draft->reader, DIAG_WARNING, "/ipAddress/networkName",
                "a %s network has no name, left out", docker);
    }
    if (strcmp(docker, "BRIDGE") == 0) {
        return app_network_new("container/bridge", NULL, labels);
    }
    if (labels != NULL) {
        app_say(draft->reader, DIAG_WARNING, "/ipAddress/labels",
                "a host network has no labels, left out");
    }
    return app_network_new("host", NULL, NULL);
}

void
app_network_translate(struct app_draft *draft)
{
    json_t     *app = draft->app;
    json_t     *docker = json_object_get(json_object_get(app, "container"), "docker");
    const char *docker_network = app_text(docker, "network");
    json_t     *ip = json_object_get(app, "ipAddress");
    const bool  has_networks = json_array_size(json_object_get(app, "networks")) > 0;

    if (has_networks && docker_network != NULL) {
        app_say(draft->reader, DIAG_ERROR, "/container/docker/network",
                "both \"networks\" and the deprecated \"container.docker.network\" are given, "
                "expected only \"networks\"");
    } else if (has_networks && ip != NULL) {
        app_say(draft->reader, DIAG_ERROR, "/ipAddress",
                "both \"networks\" and the deprecated \"ipAddress\" are given, expected only "
                "\"networks\"");
    } else if (docker_network != NULL || ip != NULL) {
        json_object_set_new(app, "networks", app_network_deprecated(draft, docker_network, ip));
    } else if (!has_networks) {
        json_object_set_new(app, "networks", app_network_new("host", NULL, NULL));
    }
    if (json_object_get(ip, "groups") != NULL) {
        app_say(draft->reader, DIAG_WARNING, "/ipAddress/groups",
                "Marathon takes no notice of groups, left out");
    }
    json_object_del(docker, "network");
}

static void
app_network_check_one(struct app_draft *draft, const json_t *network, size_t index)
{
    struct app_reader *reader = draft->reader;
    const char        *pointer = arena_printf(reader->scratch, "/networks/%zu", index);
    const char        *mode = app_text(network, "mode");
    const bool         has_name = app_text(network, "name") != NULL;

    if (mode == NULL) {
        return;
    }
    if (strcmp(mode, "container") == 0) {
        if (!has_name) {
            app_say(reader, DIAG_WARNING, pointer,
                    "a container network without a \"name\", the platform's own is taken");
        }
        return;
    }
    if (has_name) {
        app_say(reader, DIAG_ERROR, arena_printf(reader->scratch, "%s/name", pointer),
                "a network of mode \"%s\" has no name, expected none", mode);
    }
    if (strcmp(mode, "host") == 0 && json_object_get(network, "labels") != NULL) {
        app_say(reader, DIAG_ERROR, arena_printf(reader->scratch, "%s/labels", pointer),
                "a network of mode \"host\" has no labels, expected none");
    }
}

/* Whether an earlier network has the name of this one, or is unnamed too. */
static bool
app_network_is_double(const json_t *networks, size_t index)
{
    const char *name = app_text(json_array_get(networks, index), "name");

    for (size_t i = 0; i < index; i++) {
        const char *other = app_text(json_array_get(networks, i), "name");
        if (name == NULL ? other == NULL : other != NULL && strcmp(name, other) == 0) {
            return true;
        }
    }
    return false;
}

void
app_network_check(struct app_draft *draft)
{
    enum { NETWORKS_MAX = 32 }; /* a limit of ours, far from what anybody has */
    struct app_reader *reader = draft->reader;
    const json_t      *networks = json_object_get(draft->app, "networks");
    const size_t       count = json_array_size(networks);
    size_t             container_count = 0;

    if (count > NETWORKS_MAX) {
        app_say(reader, DIAG_ERROR, "/networks", "%zu networks, expected at most %d", count,
                NETWORKS_MAX);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        const json_t *network = json_array_get(networks, i);
        app_network_check_one(draft, network, i);
        container_count += app_text_is(network, "mode", "container") ? 1 : 0;
        if (app_text_is(network, "mode", "container") && app_network_is_double(networks, i)) {
            app_say(reader, DIAG_ERROR, arena_printf(reader->scratch, "/networks/%zu", i),
                    "the same network is given twice");
        }
    }
    if (count > 1 && container_count < count) {
        app_say(reader, DIAG_ERROR, "/networks",
                "%zu networks of different modes, expected one host network, one bridge or any "
                "number of container networks",
                count);
    } else if (count > 1 &&
               app_text_is(json_object_get(draft->app, "container"), "type", "DOCKER")) {
        app_say(reader, DIAG_ERROR, "/networks",
                "%zu networks, expected one: the Docker engine joins no more", count);
    }
}

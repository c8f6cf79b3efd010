/* platform/model/app_ports.c - the ports of an app: definitions on host networks, else mappings. */
#include "platform/model/app_steps.h"

#include <string.h>

json_t *
app_ports_list(const json_t *app)
{
    return app_network_mode(app) == CONTAINER_HOST
               ? json_object_get(app, "portDefinitions")
               : json_object_get(json_object_get(app, "container"), "portMappings");
}

static json_t *
app_ports_default(void)
{
    json_t *list = json_array();
    json_t *port = json_object();

    json_object_set_new(port, "name", json_string("default"));
    json_array_append_new(list, port);
    return list;
}

/* The deprecated container.docker.portMappings move up; both at once are a mistake. */
static void
app_ports_from_docker(struct app_draft *draft, json_t *container)
{
    json_t *docker = json_object_get(container, "docker");
    json_t *old = json_object_get(docker, "portMappings");

    if (old == NULL) {
        return;
    }
    draft->ports_pointer = "/container/docker/portMappings";
    if (json_array_size(old) > 0 &&
        json_array_size(json_object_get(container, "portMappings")) > 0) {
        app_say(draft->reader, DIAG_ERROR, draft->ports_pointer,
                "both \"container.portMappings\" and the deprecated "
                "\"container.docker.portMappings\" are given, expected only the former");
    } else if (json_array_size(json_object_get(container, "portMappings")) == 0) {
        json_object_set(container, "portMappings", old);
    }
    json_object_del(docker, "portMappings");
}

static void
app_ports_from_discovery(struct app_draft *draft, json_t *container)
{
    const char *pointer = "/ipAddress/discovery/ports";
    json_t     *discovery =
        json_object_get(json_object_get(draft->app, "ipAddress"), "discovery");
    json_t *old = json_object_get(discovery, "ports");

    if (json_array_size(old) == 0 || container == NULL) {
        return;
    }
    if (app_text_is(container, "type", "DOCKER")) {
        app_say(draft->reader, DIAG_WARNING, pointer,
                "discovery ports do not apply to a container of type \"DOCKER\", left out");
        return;
    }
    if (json_array_size(json_object_get(container, "portMappings")) > 0) {
        app_say(draft->reader, DIAG_ERROR, pointer,
                "both port mappings and discovery ports are given, expected only "
                "\"container.portMappings\"");
        return;
    }
    json_t *mappings = json_array();
    for (size_t i = 0; i < json_array_size(old); i++) {
        json_t *port = json_array_get(old, i);
        json_t *mapping = json_object();
        json_object_set(mapping, "containerPort", json_object_get(port, "number"));
        json_object_set(mapping, "name", json_object_get(port, "name"));
        json_object_set(mapping, "protocol", json_object_get(port, "protocol"));
        json_object_set(mapping, "labels", json_object_get(port, "labels"));
        json_array_append_new(mappings, mapping);
    }
    json_object_set_new(container, "portMappings", mappings);
    draft->ports_pointer = pointer;
}

/* Whether ports says the same numbers as definitions do: how older releases print an app. */
static bool
app_ports_agree(const json_t *ports, const json_t *definitions)
{
    if (json_array_size(ports) != json_array_size(definitions)) {
        return false;
    }
    for (size_t i = 0; i < json_array_size(ports); i++) {
        if (!json_equal(json_array_get(ports, i),
                        json_object_get(json_array_get(definitions, i), "port"))) {
            return false;
        }
    }
    return true;
}

/* Merges ports into portDefinitions. */
static void
app_ports_from_numbers(struct app_draft *draft)
{
    json_t *app = draft->app;
    json_t *ports = json_object_get(app, "ports");
    json_t *definitions = json_object_get(app, "portDefinitions");

    if (ports != NULL && definitions == NULL) {
        definitions = json_array();
        for (size_t i = 0; i < json_array_size(ports); i++) {
            json_t *definition = json_object();
            json_object_set(definition, "port", json_array_get(ports, i));
            json_array_append_new(definitions, definition);
        }
        json_object_set_new(app, "portDefinitions", definitions);
        draft->ports_pointer = "/ports";
    } else if (json_array_size(ports) > 0 && json_array_size(definitions) > 0 &&
               !app_ports_agree(ports, definitions)) {
        app_say(draft->reader, DIAG_ERROR, "/ports",
                "both \"portDefinitions\" and the deprecated \"ports\" are given and differ, "
                "expected only \"portDefinitions\"");
    }
    json_object_del(app, "ports");
}

static void
app_ports_on_host(struct app_draft *draft, json_t *container)
{
    if (json_array_size(json_object_get(container, "portMappings")) > 0) {
        app_say(draft->reader, DIAG_WARNING, draft->ports_pointer,
                "port mappings do not apply to host networking, left out; \"networks\" names "
                "another mode, such as [{\"mode\": \"container/bridge\"}]");
    }
    json_object_del(container, "portMappings");
    if (json_object_get(draft->app, "portDefinitions") == NULL) {
        json_object_set_new(draft->app, "portDefinitions", app_ports_default());
    }
}

/* Definitions without a mapping of their own each make one more, as Marathon has it. */
static void
app_ports_in_container(struct app_draft *draft, json_t *container)
{
    json_t      *app = draft->app;
    const size_t definitions_count = json_array_size(json_object_get(app, "portDefinitions"));

    if (json_object_get(container, "portMappings") == NULL) {
        json_object_set_new(container, "portMappings", app_ports_default());
    }
    json_t *mappings = json_object_get(container, "portMappings");
    if (definitions_count > 0) {
        app_say(draft->reader, DIAG_WARNING,
                app_is_given(draft->in, "portDefinitions") ? "/portDefinitions" : "/ports",
                "port definitions apply to host networking only, left out; %s",
                definitions_count > json_array_size(mappings)
                    ? "each without a port mapping made one"
                    : "the port mappings count");
    }
    for (size_t i = json_array_size(mappings); i < definitions_count && i <= TASK_PORTS_MAX; i++) {
        json_array_append_new(mappings, json_object());
    }
    json_object_del(app, "portDefinitions");
    for (size_t i = 0; i < json_array_size(mappings); i++) {
        json_t *mapping = json_array_get(mappings, i);
        if (app_network_mode(app) == CONTAINER_BRIDGE && json_is_object(mapping) &&
            json_object_get(mapping, "hostPort") == NULL) {
            json_object_set_new(mapping, "hostPort", json_integer(0));
        }
    }
    if (json_is_true(json_object_get(app, "requirePorts"))) {
        app_say(draft->reader, DIAG_WARNING, "/requirePorts",
                "applies to host networking only, taken as false");
        json_object_set_new(app, "requirePorts", json_false());
    }
}

void
app_ports_translate(struct app_draft *draft)
{
    json_t *container = json_object_get(draft->app, "container");
    bool    on_host = app_network_mode(draft->app) == CONTAINER_HOST;

    draft->ports_pointer = "/container/portMappings";
    app_ports_from_docker(draft, container);
    app_ports_from_discovery(draft, container);
    if (on_host && json_array_size(json_object_get(container, "portMappings")) == 0) {
        draft->ports_pointer = "/portDefinitions";
    }
    app_ports_from_numbers(draft);
    if (on_host) {
        app_ports_on_host(draft, container);
        draft->ports_pointer =
            !app_is_given(draft->in, "portDefinitions") && app_is_given(draft->in, "ports")
                ? "/ports"
                : "/portDefinitions";
    } else if (container != NULL) {
        app_ports_in_container(draft, container);
    }
    json_object_del(draft->app, "ipAddress");
}

bool
app_ports_is_askable(const json_t *app, size_t index)
{
    const json_t *port = json_array_get(app_ports_list(app), index);

    return app_network_mode(app) == CONTAINER_HOST ||
           json_integer_value(json_object_get(port, "containerPort")) > 0 ||
           json_object_get(port, "hostPort") != NULL;
}

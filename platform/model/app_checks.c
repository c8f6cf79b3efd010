/* platform/model/app_checks.c - health and readiness checks: defaults, ports, rules. */
#include "platform/model/app_steps.h"

#include <string.h>

static bool
app_checks_is_http(int32_t protocol)
{
    return protocol == APP_HTTP || protocol == APP_HTTPS || protocol == APP_MESOS_HTTP ||
           protocol == APP_MESOS_HTTPS;
}

static bool
app_checks_is_mesos(int32_t protocol)
{
    return protocol >= APP_MESOS_HTTP;
}

static int32_t
app_checks_protocol(const json_t *check)
{
    const char *protocol = app_text(check, "protocol");
    return protocol != NULL ? app_shape_word(app_tables_check_protocols, protocol) : APP_HTTP;
}

/*
 * The port that a check with a fixed number means, or -1 when it is none of the app's: at the
 * address of the container that is a container port, at the one of the host a fixed host port.
 */
static int64_t
app_checks_port_index(const json_t *app, int32_t protocol, json_int_t number)
{
    const enum container_network mode = app_network_mode(app);
    const json_t                *ports = app_ports_list(app);
    const char                  *key = "containerPort";

    if (mode == CONTAINER_HOST) {
        if (!json_is_true(json_object_get(app, "requirePorts"))) {
            return -1;
        }
        key = "port";
    } else if (mode == CONTAINER_BRIDGE && !app_checks_is_mesos(protocol)) {
        key = "hostPort";
    }
    for (size_t i = 0; i < json_array_size(ports); i++) {
        if (json_integer_value(json_object_get(json_array_get(ports, i), key)) == number) {
            return (int64_t)i;
        }
    }
    return -1;
}

static void
app_checks_port(struct app_draft *draft, json_t *check, int32_t protocol, const char *pointer)
{
    const json_int_t number = json_integer_value(json_object_get(check, "port"));
    const int64_t    index =
        number > 0 ? app_checks_port_index(draft->app, protocol, number) : -1;

    if (number > 0 && json_object_get(check, "portIndex") != NULL) {
        app_say(draft->reader, DIAG_WARNING,
                arena_printf(draft->reader->scratch, "%s/portIndex", pointer),
                "given beside \"port\", which counts; left out");
        json_object_del(check, "portIndex");
    }
    if (index >= 0) {
        json_object_set_new(check, "portIndex", json_integer(index));
    }
    if (index >= 0 || number == 0) {
        json_object_del(check, "port");
    }
    if (json_object_get(check, "port") == NULL && json_object_get(check, "portIndex") == NULL) {
        json_object_set_new(check, "portIndex", json_integer(0));
    }
}

static void
app_checks_health(struct app_draft *draft, json_t *check, const json_t *given,
                  const char *pointer)
{
    struct app_reader *reader = draft->reader;
    const bool         has_command = app_is_given(given, "command");

    if (json_object_get(check, "protocol") == NULL) {
        json_object_set_new(check, "protocol", json_string(has_command ? "COMMAND" : "HTTP"));
    }
    const int32_t protocol = app_checks_protocol(check);
    if (protocol == APP_COMMAND) {
        if (!has_command) {
            app_say(reader, DIAG_ERROR, pointer,
                    "\"command\" is missing, expected it beside \"protocol\": \"COMMAND\"");
        }
        return;
    }
    if (has_command) {
        app_say(reader, DIAG_WARNING, arena_printf(reader->scratch, "%s/command", pointer),
                "a check of protocol %s runs no command, accepted, kept, not acted upon",
                app_text(check, "protocol"));
    }
    if (app_checks_is_http(protocol)) {
        if (json_object_get(check, "path") == NULL) {
            json_object_set_new(check, "path", json_string("/"));
        }
        if (json_object_get(check, "ignoreHttp1xx") == NULL) {
            json_object_set_new(check, "ignoreHttp1xx", json_false());
        }
    }
    app_checks_port(draft, check, protocol, pointer);
}

void
app_checks_translate(struct app_draft *draft)
{
    json_t *checks = json_object_get(draft->app, "healthChecks");

    for (size_t i = 0; i < json_array_size(checks); i++) {
        json_t *check = json_array_get(checks, i);
        if (json_is_object(check)) {
            app_checks_health(draft, check,
                              json_array_get(json_object_get(draft->in, "healthChecks"), i),
                              arena_printf(draft->reader->scratch, "/healthChecks/%zu", i));
        }
    }
}

static void
app_checks_check_health(struct app_draft *draft, const json_t *check, const char *pointer)
{
    struct app_reader *reader = draft->reader;
    const json_t      *index = json_object_get(check, "portIndex");
    const size_t       ports_count = json_array_size(app_ports_list(draft->app));

    if (app_checks_protocol(check) == APP_COMMAND || index == NULL) {
        return;
    }
    const char *index_pointer = arena_printf(reader->scratch, "%s/portIndex", pointer);
    if (json_integer_value(index) < 0 || (size_t)json_integer_value(index) >= ports_count) {
        app_say(reader, DIAG_ERROR, index_pointer, "%" JSON_INTEGER_FORMAT
                " is the index of no port, the app has %zu", json_integer_value(index),
                ports_count);
    } else if (!app_ports_is_askable(draft->app, (size_t)json_integer_value(index))) {
        app_say(reader, DIAG_ERROR, index_pointer,
                "port %" JSON_INTEGER_FORMAT " has neither a container port nor a host port to "
                "ask, expected a \"containerPort\" above 0 or a \"hostPort\"",
                json_integer_value(index));
    }
}

/* The index of the port of that name, or -1. */
static int64_t
app_checks_named_port(const json_t *app, const char *name)
{
    const json_t *ports = app_ports_list(app);

    for (size_t i = 0; i < json_array_size(ports); i++) {
        if (app_text_is(json_array_get(ports, i), "name", name)) {
            return (int64_t)i;
        }
    }
    return -1;
}

static void
app_checks_check_readiness(struct app_draft *draft, const json_t *check, const char *pointer)
{
    struct app_reader *reader = draft->reader;
    const char        *name = app_text(check, "portName");
    const int64_t      index = name != NULL ? app_checks_named_port(draft->app, name) : -1;
    const json_int_t   timeout = json_integer_value(json_object_get(check, "timeoutSeconds"));
    const json_int_t   interval = json_integer_value(json_object_get(check, "intervalSeconds"));

    if (name != NULL && index < 0) {
        app_say(reader, DIAG_ERROR, arena_printf(reader->scratch, "%s/portName", pointer),
                "no port has the name \"%.80s\", expected the name of a port of the app", name);
    } else if (index >= 0 && !app_ports_is_askable(draft->app, (size_t)index)) {
        app_say(reader, DIAG_ERROR, arena_printf(reader->scratch, "%s/portName", pointer),
                "port \"%.80s\" has neither a container port nor a host port to ask, expected a "
                "\"containerPort\" above 0 or a \"hostPort\"",
                name);
    }
    if (timeout > 0 && interval > 0 && timeout >= interval) {
        app_say(reader, DIAG_ERROR, arena_printf(reader->scratch, "%s/timeoutSeconds", pointer),
                "%" JSON_INTEGER_FORMAT " is not smaller than \"intervalSeconds\", expected less "
                "than %" JSON_INTEGER_FORMAT, timeout, interval);
    }
}

void
app_checks_check(struct app_draft *draft)
{
    struct app_reader *reader = draft->reader;
    const json_t      *health = json_object_get(draft->app, "healthChecks");
    const json_t      *readiness = json_object_get(draft->app, "readinessChecks");
    uint32_t           mesos_count = 0;

    for (size_t i = 0; i < json_array_size(health); i++) {
        const json_t *check = json_array_get(health, i);
        if (json_is_object(check)) {
            mesos_count += app_checks_is_mesos(app_checks_protocol(check)) ? 1 : 0;
            app_checks_check_health(draft, check,
                                    arena_printf(reader->scratch, "/healthChecks/%zu", i));
        }
    }
    if (mesos_count > 1) {
        app_say(reader, DIAG_ERROR, "/healthChecks",
                "%u checks are of a MESOS protocol, expected at most one", mesos_count);
    }
    if (json_array_size(readiness) > 1) {
        app_say(reader, DIAG_ERROR, "/readinessChecks",
                "%zu readiness checks, expected at most one", json_array_size(readiness));
    }
    for (size_t i = 0; i < json_array_size(readiness); i++) {
        const json_t *check = json_array_get(readiness, i);
        if (json_is_object(check)) {
            app_checks_check_readiness(draft, check,
                                       arena_printf(reader->scratch, "/readinessChecks/%zu", i));
        }
    }
}

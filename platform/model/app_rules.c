/* platform/model/app_rules.c - the rules between the fields of an app. */
#include "platform/model/app_steps.h"

#include <string.h>

static void
app_rules_command(struct app_draft *draft)
{
    const bool    has_cmd = app_is_given(draft->in, "cmd");
    const json_t *args = json_object_get(draft->in, "args");
    const bool    has_args =
        app_is_given(draft->in, "args") && (!json_is_array(args) || json_array_size(args) > 0);
    const json_t *container = json_object_get(draft->in, "container");
    const bool    has_image = app_is_given(container, "docker") || app_is_given(container, "appc");

    if (has_cmd && has_args) {
        app_say(draft->reader, DIAG_WARNING, "/args",
                "given beside \"cmd\", which counts; accepted, kept, not acted upon");
    } else if (!has_cmd && !has_args && !has_image) {
        app_say(draft->reader, DIAG_ERROR, "",
                "nothing to run, expected \"cmd\", \"args\" or an image in \"container\"");
    }
}

static void
app_rules_names(struct app_draft *draft)
{
    json_t     *env = json_object_get(draft->app, "env");
    const char *name;
    json_t     *value;

    json_object_foreach(env, name, value) {
        if (name[0] == '\0' || strchr(name, '=') != NULL) {
            const struct app_place root = { 0 };
            const struct app_place at = { &root, "env", 0 };
            const struct app_place variable = { &at, name, 0 };
            app_say_at(draft->reader, DIAG_ERROR, &variable,
                       "not the name of a variable, expected one without \"=\" and not empty");
        }
    }
}

/* Names and fixed numbers of ports are told apart; 0 stands for any port. */
static void
app_rules_ports(struct app_draft *draft)
{
    struct app_reader *reader = draft->reader;
    const json_t      *ports = app_ports_list(draft->app);
    const bool         on_host = app_network_mode(draft->app) == CONTAINER_HOST;
    const size_t       count = json_array_size(ports);

    if (count > TASK_PORTS_MAX) {
        app_say(reader, DIAG_ERROR, draft->ports_pointer, "%zu ports, expected at most %d", count,
                TASK_PORTS_MAX);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        const json_t    *port = json_array_get(ports, i);
        const char      *name = app_text(port, "name");
        const json_int_t number =
            json_integer_value(json_object_get(port, on_host ? "port" : "hostPort"));
        const char *pointer = arena_printf(reader->scratch, "%s/%zu", draft->ports_pointer, i);
        for (size_t j = 0; j < i; j++) {
            const json_t    *other = json_array_get(ports, j);
            const json_int_t other_number =
                json_integer_value(json_object_get(other, on_host ? "port" : "hostPort"));
            if (name != NULL && app_text_is(other, "name", name)) {
                app_say(reader, DIAG_ERROR, pointer, "the name \"%.80s\" is that of port %zu too, "
                        "expected one of its own", name, j);
            }
            if (number > 0 && number == other_number) {
                app_say(reader, DIAG_ERROR, pointer,
                        "%" JSON_INTEGER_FORMAT " is the number of port %zu too, expected another "
                        "or one port of protocol \"udp,tcp\"",
                        number, j);
            }
        }
    }
}

/* With several container networks a mapping must say which of them it is for. */
static void
app_rules_network_names(struct app_draft *draft)
{
    struct app_reader *reader = draft->reader;
    const json_t      *networks = json_object_get(draft->app, "networks");
    const json_t      *ports = app_ports_list(draft->app);

    if (app_network_mode(draft->app) == CONTAINER_HOST) {
        return;
    }
    for (size_t i = 0; i < json_array_size(ports) && i < TASK_PORTS_MAX; i++) {
        const json_t *port = json_array_get(ports, i);
        const json_t *names = json_object_get(port, "networkNames");
        const char   *pointer =
            arena_printf(reader->scratch, "%s/%zu", draft->ports_pointer, i);
        if (json_array_size(networks) > 1 && json_object_get(port, "hostPort") != NULL &&
            json_array_size(names) != 1) {
            app_say(reader, DIAG_ERROR, pointer,
                    "a host port with several networks, expected \"networkNames\" with one name");
        }
        for (size_t n = 0; n < json_array_size(names); n++) {
            const char *name = json_string_value(json_array_get(names, n));
            bool        found = name == NULL;
            for (size_t k = 0; k < json_array_size(networks) && !found; k++) {
                found = app_text_is(json_array_get(networks, k), "name", name);
            }
            if (!found) {
                app_say(reader, DIAG_ERROR,
                        arena_printf(reader->scratch, "%s/networkNames/%zu", pointer, n),
                        "the app has no network \"%.80s\"", name);
            }
        }
    }
}

static void
app_rules_zero(struct app_draft *draft, const char *key, const char *why)
{
    const json_t *value = json_object_get(json_object_get(draft->app, "upgradeStrategy"), key);

    if (json_is_number(value) && json_number_value(value) != 0) {
        app_say(draft->reader, DIAG_ERROR,
                arena_printf(draft->reader->scratch, "/upgradeStrategy/%s", key),
                "found %s, expected 0: %s", app_say_found(value, draft->reader->scratch), why);
    }
}

static void
app_rules_strategies(struct app_draft *draft)
{
    const json_t *app = draft->app;
    const json_t *unreachable = json_object_get(app, "unreachableStrategy");
    const bool    is_resident = app_container_has(app, "persistent");

    if (app_text_is(json_object_get(app, "labels"), "MARATHON_SINGLE_INSTANCE_APP", "true")) {
        const char *why = "the label MARATHON_SINGLE_INSTANCE_APP says so";
        if (json_integer_value(json_object_get(app, "instances")) > 1) {
            app_say(draft->reader, DIAG_ERROR, "/instances", "found %" JSON_INTEGER_FORMAT
                    ", expected at most 1: %s",
                    json_integer_value(json_object_get(app, "instances")), why);
        }
        app_rules_zero(draft, "minimumHealthCapacity", why);
        app_rules_zero(draft, "maximumOverCapacity", why);
    } else if (is_resident) {
        app_rules_zero(draft, "maximumOverCapacity",
                       "an app with a persistent volume cannot have more instances for a while");
    }
    if (is_resident && json_is_object(unreachable)) {
        app_say(draft->reader, DIAG_ERROR, "/unreachableStrategy",
                "found an object, expected \"disabled\" for an app with a persistent volume");
    } else if (json_is_object(unreachable)) {
        const json_int_t inactive =
            json_integer_value(json_object_get(unreachable, "inactiveAfterSeconds"));
        const json_int_t expunge =
            json_integer_value(json_object_get(unreachable, "expungeAfterSeconds"));
        if (inactive > expunge) {
            app_say(draft->reader, DIAG_ERROR, "/unreachableStrategy/inactiveAfterSeconds",
                    "%" JSON_INTEGER_FORMAT " is more than \"expungeAfterSeconds\", expected at "
                    "most %" JSON_INTEGER_FORMAT, inactive, expunge);
        }
    }
}

static void
app_rules_resources(struct app_draft *draft)
{
    static const char *const limited[] = { "cpus", "mem" };
    const json_t            *app = draft->app;

    if (json_integer_value(json_object_get(app, "gpus")) > 0 &&
        app_text_is(json_object_get(app, "container"), "type", "DOCKER")) {
        app_say(draft->reader, DIAG_ERROR, "/gpus",
                "a container of type \"DOCKER\" gets no GPU, expected 0 or type \"MESOS\"");
    }
    if (app_is_given(draft->in, "mem") && json_is_number(json_object_get(app, "mem")) &&
        json_number_value(json_object_get(app, "mem")) == 0) {
        app_say(draft->reader, DIAG_WARNING, "/mem",
                "0 is taken as 32, the least that Mesos gives");
    }
    for (uint32_t i = 0; i < COUNT_OF(limited); i++) {
        const json_t *limit = json_object_get(json_object_get(app, "resourceLimits"), limited[i]);
        const json_t *request = json_object_get(app, limited[i]);
        if (json_is_number(limit) && json_is_number(request) &&
            json_number_value(limit) < json_number_value(request)) {
            app_say(draft->reader, DIAG_ERROR,
                    arena_printf(draft->reader->scratch, "/resourceLimits/%s", limited[i]),
                    "%s is less than \"%s\", expected at least as much",
                    app_say_found(limit, draft->reader->scratch), limited[i]);
        }
    }
}

static void
app_rules_secrets(struct app_draft *draft)
{
    const json_t *docker = json_object_get(json_object_get(draft->app, "container"), "docker");
    const char   *name = app_text(json_object_get(docker, "pullConfig"), "secret");

    if (name != NULL &&
        json_object_get(json_object_get(draft->app, "secrets"), name) == NULL) {
        app_say(draft->reader, DIAG_WARNING, "/container/docker/pullConfig/secret",
                "\"secrets\" has no \"%.80s\"", name);
    }
}

void
app_rules_check(struct app_draft *draft)
{
    app_rules_command(draft);
    app_constraints_check(draft);
    app_rules_names(draft);
    app_rules_ports(draft);
    app_rules_network_names(draft);
    app_rules_strategies(draft);
    app_rules_resources(draft);
    app_rules_secrets(draft);
    app_own_check(draft);
}

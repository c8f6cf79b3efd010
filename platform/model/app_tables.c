/*
 * platform/model/app_tables.c - every key of an app definition: kind, range, default, order; those
 * of containers, networks and ports are in app_tables_container.c.
 *
 * Source: Marathon 1.9 RAML types and AppNormalization; a range that Marathon does not state is a
 * limit of ours and says so.
 */
#include "platform/model/app_tables.h"
#include "platform/model/app_steps.h"

#define INT32 2147483647.0

static const char *const http_schemes[] = { "HTTP", "HTTPS", NULL };
static const char *const ip_protocols[] = { "IPv4", "IPv6", NULL };
static const char *const kill_selections[] = { "YOUNGEST_FIRST", "OLDEST_FIRST", NULL };
static const char *const lost_behaviors[] = { "WAIT_FOREVER", "RELAUNCH_AFTER_TIMEOUT", NULL };
static const char *const unlimited[] = { "unlimited", NULL };

const char *const app_tables_check_protocols[] = {
    "HTTP", "HTTPS", "TCP", "COMMAND", "MESOS_HTTP", "MESOS_HTTPS", "MESOS_TCP", NULL,
};
const char *const app_tables_constraint_ops[] = {
    "UNIQUE", "CLUSTER", "GROUP_BY", "LIKE", "UNLIKE", "MAX_PER", "IS", NULL,
};

/* ---- secrets, limits, env: values that come in two shapes ---- */

static const struct app_field secret_ref_fields[] = {
    { .name = "secret", .kind = APP_TEXT, .flags = APP_REQUIRED, .min = 1 },
};
const struct app_shape app_tables_secret_ref = SHAPE_OF(secret_ref, .knows_all = true);

static const struct app_field secret_fields[] = {
    { .name = "source", .kind = APP_TEXT, .flags = APP_REQUIRED, .min = 1 },
};
SHAPE(secret, .knows_all = false);

static json_t *
app_tables_env(struct app_reader *reader, const struct app_place *place, json_t *in)
{
    static const struct app_field reference = { .kind = APP_OBJECT,
                                                .shape = &app_tables_secret_ref };

    if (!json_is_object(in)) {
        app_say_at(reader, DIAG_ERROR, place, "found %s, expected an object",
                   app_say_found(in, reader->scratch));
        return NULL;
    }
    json_t      *env = json_object();
    uint32_t     count;
    const char **keys = app_shape_keys(in, reader->scratch, &count);
    for (uint32_t i = 0; i < count; i++) {
        const struct app_place at = { place, keys[i], 0 };
        json_t                *value = json_object_get(in, keys[i]);
        if (!json_is_string(value) && !json_is_object(value)) {
            app_say_at(reader, DIAG_ERROR, &at,
                       "found %s, expected a text in quotes or {\"secret\": \"name\"}",
                       app_say_found(value, reader->scratch));
            continue;
        }
        json_t *read = app_shape_value(
            reader, &at, json_is_string(value) ? &any_text : &reference, value);
        if (read != NULL) {
            json_object_set_new_nocheck(env, keys[i], read);
        }
    }
    return env;
}

static json_t *
app_tables_secrets(struct app_reader *reader, const struct app_place *place, json_t *in)
{
    static const struct app_field definition = { .kind = APP_OBJECT, .shape = &secret };

    if (!json_is_object(in)) {
        app_say_at(reader, DIAG_ERROR, place, "found %s, expected an object",
                   app_say_found(in, reader->scratch));
        return NULL;
    }
    json_t      *secrets = json_object();
    uint32_t     count;
    const char **keys = app_shape_keys(in, reader->scratch, &count);
    for (uint32_t i = 0; i < count; i++) {
        const struct app_place at = { place, keys[i], 0 };
        json_t                *read =
            app_shape_value(reader, &at, &definition, json_object_get(in, keys[i]));
        if (read != NULL) {
            json_object_set_new_nocheck(secrets, keys[i], read);
        }
    }
    return secrets;
}

static json_t *
app_tables_limit(struct app_reader *reader, const struct app_place *place, json_t *in)
{
    static const struct app_field number = { .kind = APP_NUMBER, .max = MIB_MAX };
    static const struct app_field word = { .kind = APP_WORD, .words = unlimited };

    if (!json_is_number(in) && !json_is_string(in)) {
        app_say_at(reader, DIAG_ERROR, place, "found %s, expected a number or \"unlimited\"",
                   app_say_found(in, reader->scratch));
        return NULL;
    }
    return app_shape_value(reader, place, json_is_number(in) ? &number : &word, in);
}

/* ---- checks ---- */

static const struct app_field command_fields[] = {
    { .name = "value", .kind = APP_TEXT, .flags = APP_REQUIRED, .min = 1 },
};
SHAPE(command, .knows_all = false);

/* At least a second between two checks and for one of them is a limit of ours. */
static const struct app_field health_fields[] = {
    { .name = "protocol", .kind = APP_WORD, .words = app_tables_check_protocols },
    { .name = "path", .kind = APP_TEXT, .min = 1, .max = NAME_BYTES_MAX },
    { .name = "portIndex", .kind = APP_INTEGER, .max = 65535 },
    PORT("port"),
    { .name = "command", .kind = APP_OBJECT, .shape = &command },
    { .name = "gracePeriodSeconds", .kind = APP_INTEGER, .max = INT32, .fallback = "300" },
    { .name = "intervalSeconds", .kind = APP_INTEGER, .min = 1, .max = INT32, .fallback = "60" },
    { .name = "timeoutSeconds", .kind = APP_INTEGER, .min = 1, .max = INT32, .fallback = "20" },
    { .name = "delaySeconds", .kind = APP_INTEGER, .max = INT32, .fallback = "15" },
    { .name = "maxConsecutiveFailures", .kind = APP_INTEGER, .max = INT32, .fallback = "3" },
    { .name = "ignoreHttp1xx", .kind = APP_BOOL },
    { .name = "ipProtocol", .kind = APP_WORD, .words = ip_protocols, .flags = APP_LATER,
      .fallback = "\"IPv4\"" },
};
SHAPE(health, .knows_all = false);
static const struct app_field health_item = { .kind = APP_OBJECT, .shape = &health };

static const struct app_field ready_code = { .kind = APP_INTEGER, .min = 100, .max = 999 };
static const struct app_field readiness_fields[] = {
    { .name = "name", .kind = APP_TEXT, .min = 1, .fallback = "\"readinessCheck\"" },
    { .name = "protocol", .kind = APP_WORD, .words = http_schemes, .fallback = "\"HTTP\"" },
    { .name = "path", .kind = APP_TEXT, .min = 1, .max = NAME_BYTES_MAX, .fallback = "\"/\"" },
    { .name = "portName", .kind = APP_TEXT, .min = 1, .fallback = "\"http-api\"" },
    { .name = "intervalSeconds", .kind = APP_INTEGER, .min = 1, .max = INT32, .fallback = "30" },
    { .name = "timeoutSeconds", .kind = APP_INTEGER, .min = 1, .max = INT32, .fallback = "10" },
    { .name = "httpStatusCodesForReady", .kind = APP_LIST, .item = &ready_code, .min = 1,
      .fallback = "[200]" },
    { .name = "preserveLastResponse", .kind = APP_BOOL, .flags = APP_LATER, .fallback = "false" },
};
SHAPE(readiness, .knows_all = false);
static const struct app_field readiness_item = { .kind = APP_OBJECT, .shape = &readiness };

static const struct app_field check_fields[] = {
    { .name = "http", .kind = APP_ANY },
    { .name = "tcp", .kind = APP_ANY },
    { .name = "exec", .kind = APP_ANY },
    { .name = "intervalSeconds", .kind = APP_INTEGER, .max = INT32, .fallback = "60" },
    { .name = "timeoutSeconds", .kind = APP_INTEGER, .max = INT32, .fallback = "20" },
    { .name = "delaySeconds", .kind = APP_INTEGER, .max = INT32, .fallback = "15" },
};
SHAPE(check, .knows_all = false);

/* ---- lifecycle ---- */

static const struct app_field upgrade_fields[] = {
    { .name = "minimumHealthCapacity", .kind = APP_NUMBER, .max = 1 },
    { .name = "maximumOverCapacity", .kind = APP_NUMBER, .max = 1 },
};
SHAPE(upgrade, .knows_all = false);

static const struct app_field residency_fields[] = {
    { .name = "relaunchEscalationTimeoutSeconds", .kind = APP_INTEGER, .max = INT32,
      .fallback = "3600" },
    { .name = "taskLostBehavior", .kind = APP_WORD, .words = lost_behaviors,
      .fallback = "\"WAIT_FOREVER\"" },
};
SHAPE(residency, .drops_unknown = true);

static const struct app_field unreachable_fields[] = {
    { .name = "inactiveAfterSeconds", .kind = APP_INTEGER, .max = INT32, .fallback = "0" },
    { .name = "expungeAfterSeconds", .kind = APP_INTEGER, .max = INT32, .fallback = "0" },
};
SHAPE(unreachable, .knows_all = false);

static json_t *
app_tables_unreachable(struct app_reader *reader, const struct app_place *place, json_t *in)
{
    static const char *const      disabled[] = { "disabled", NULL };
    static const struct app_field word = { .kind = APP_WORD, .words = disabled };
    static const struct app_field object = { .kind = APP_OBJECT, .shape = &unreachable };

    if (!json_is_string(in) && !json_is_object(in)) {
        app_say_at(reader, DIAG_ERROR, place, "found %s, expected an object or \"disabled\"",
                   app_say_found(in, reader->scratch));
        return NULL;
    }
    return app_shape_value(reader, place, json_is_string(in) ? &word : &object, in);
}

/* ---- resources and the rest ---- */

static const struct app_field limits_fields[] = {
    { .name = "cpus", .kind = APP_SPECIAL, .special = app_tables_limit },
    { .name = "mem", .kind = APP_SPECIAL, .special = app_tables_limit },
};
SHAPE(limits, .knows_all = false);

static const struct app_field executor_fields[] = {
    { .name = "cpus", .kind = APP_NUMBER, .min = 0.001, .max = 512, .fallback = "0.1" },
    { .name = "mem", .kind = APP_NUMBER, .flags = APP_MIB, .min = 0.001, .max = MIB_MAX,
      .fallback = "32" },
    { .name = "disk", .kind = APP_NUMBER, .flags = APP_MIB, .max = MIB_MAX, .fallback = "10" },
};
SHAPE(executor, .knows_all = false);

static const struct app_field fetch_fields[] = {
    { .name = "uri", .kind = APP_TEXT, .flags = APP_REQUIRED, .min = 1, .max = 1024 },
    { .name = "extract", .kind = APP_BOOL, .fallback = "true" },
    { .name = "executable", .kind = APP_BOOL, .fallback = "false" },
    { .name = "cache", .kind = APP_BOOL, .fallback = "false" },
    { .name = "destPath", .kind = APP_TEXT, .min = 1, .max = 1024 },
};
SHAPE(fetch, .knows_all = false);
static const struct app_field fetch_item = { .kind = APP_OBJECT, .shape = &fetch };

static const struct app_field network_item = { .kind = APP_OBJECT, .shape = &app_tables_network };
static const struct app_field definition_item = { .kind = APP_OBJECT,
                                                  .shape = &app_tables_port_definition };
static const struct app_field port_item = { .kind = APP_INTEGER, .max = 65535 };
static const struct app_field constraint_item = { .kind = APP_SPECIAL,
                                                  .special = app_constraints_read };

#define OUTPUT(field)                                                                              \
    { .name = field, .kind = APP_ANY, .flags = APP_OUTPUT }

static const struct app_field app_fields[] = {
    { .name = "id", .kind = APP_TEXT, .flags = APP_REQUIRED, .min = 1, .max = NAME_BYTES_MAX },
    { .name = "cmd", .kind = APP_TEXT, .min = 1 },
    { .name = "args", .kind = APP_LIST, .item = &any_text, .flags = APP_OMIT_EMPTY },
    { .name = "user", .kind = APP_TEXT, .flags = APP_OMIT_EMPTY },
    { .name = "cpus", .kind = APP_NUMBER, .min = 0.001, .max = 512, .fallback = "1" },
    { .name = "mem", .kind = APP_NUMBER, .flags = APP_MIB, .max = MIB_MAX, .fallback = "128" },
    { .name = "disk", .kind = APP_NUMBER, .flags = APP_MIB, .max = MIB_MAX, .fallback = "0" },
    { .name = "gpus", .kind = APP_INTEGER, .max = INT32, .fallback = "0" },
    { .name = "resourceLimits", .kind = APP_OBJECT, .shape = &limits, .flags = APP_LATER },
    { .name = "instances", .kind = APP_INTEGER, .max = INT32, .fallback = "1" },
    { .name = "role", .kind = APP_TEXT, .min = 1 },
    { .name = "acceptedResourceRoles", .kind = APP_LIST, .item = &named_text,
      .flags = APP_OMIT_EMPTY },
    { .name = "executor", .kind = APP_TEXT, .flags = APP_LATER, .fallback = "\"\"" },
    { .name = "executorResources", .kind = APP_OBJECT, .shape = &executor, .flags = APP_LATER },
    { .name = "env", .kind = APP_SPECIAL, .special = app_tables_env, .flags = APP_OMIT_EMPTY },
    { .name = "labels", .kind = APP_TEXTS, .fallback = "{}" },
    { .name = "secrets", .kind = APP_SPECIAL, .special = app_tables_secrets,
      .flags = APP_OMIT_EMPTY | APP_LATER },
    { .name = "constraints", .kind = APP_LIST, .item = &constraint_item,
      .flags = APP_OMIT_EMPTY },
    { .name = "dependencies", .kind = APP_LIST, .item = &named_text,
      .flags = APP_OMIT_EMPTY },
    { .name = "fetch", .kind = APP_LIST, .item = &fetch_item,
      .flags = APP_OMIT_EMPTY | APP_LATER },
    { .name = "uris", .kind = APP_LIST, .item = &named_text, .flags = APP_OLD },
    { .name = "storeUrls", .kind = APP_LIST, .item = &any_text,
      .flags = APP_OMIT_EMPTY | APP_LATER },
    { .name = "networks", .kind = APP_LIST, .item = &network_item },
    { .name = "portDefinitions", .kind = APP_LIST, .item = &definition_item },
    { .name = "ports", .kind = APP_LIST, .item = &port_item, .flags = APP_OLD },
    { .name = "requirePorts", .kind = APP_BOOL, .fallback = "false" },
    { .name = "ipAddress", .kind = APP_OBJECT, .shape = &app_tables_ip_address, .flags = APP_OLD },
    { .name = "container", .kind = APP_OBJECT, .shape = &app_tables_container },
    { .name = "healthChecks", .kind = APP_LIST, .item = &health_item, .flags = APP_OMIT_EMPTY },
    { .name = "readinessChecks", .kind = APP_LIST, .item = &readiness_item,
      .flags = APP_OMIT_EMPTY },
    { .name = "check", .kind = APP_OBJECT, .shape = &check, .flags = APP_LATER },
    { .name = "upgradeStrategy", .kind = APP_OBJECT, .shape = &upgrade },
    { .name = "backoffSeconds", .kind = APP_INTEGER, .max = INT32, .fallback = "1" },
    /* the upper end is a limit of ours */
    { .name = "backoffFactor", .kind = APP_NUMBER, .min = 1, .max = 1000, .fallback = "1.15" },
    { .name = "maxLaunchDelaySeconds", .kind = APP_INTEGER, .max = INT32, .fallback = "300" },
    { .name = "taskRateLimit", .kind = APP_NUMBER, .max = INT32, .flags = APP_LATER },
    { .name = "killSelection", .kind = APP_WORD, .words = kill_selections,
      .fallback = "\"YOUNGEST_FIRST\"" },
    { .name = "unreachableStrategy", .kind = APP_SPECIAL, .special = app_tables_unreachable },
    { .name = "taskKillGracePeriodSeconds", .kind = APP_INTEGER, .max = INT32 },
    { .name = "residency", .kind = APP_OBJECT, .shape = &residency, .flags = APP_OLD },
    { .name = "tty", .kind = APP_BOOL, .flags = APP_LATER },
    { .name = "version", .kind = APP_TEXT },
    { .name = "versionInfo", .kind = APP_ANY },
    OUTPUT("deployments"),
    OUTPUT("lastTaskFailure"),
    OUTPUT("readinessCheckResults"),
    OUTPUT("taskStats"),
    OUTPUT("tasks"),
    OUTPUT("tasksHealthy"),
    OUTPUT("tasksRunning"),
    OUTPUT("tasksStaged"),
    OUTPUT("tasksStats"),
    OUTPUT("tasksUnhealthy"),
};

const struct app_shape app_tables_app = SHAPE_OF(app, .knows_all = true);

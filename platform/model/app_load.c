/* platform/model/app_load.c - from a canonical definition to what controllers act upon. */
#include "platform/model/app_steps.h"

#include <string.h>

#include "platform/base/record.h"

/* Source: Mesos, the least memory it gives a container. */
#define APP_MEM_BYTES_MIN MIB(32)

static int64_t
app_load_integer(const json_t *object, const char *key, int64_t fallback)
{
    const json_t *value = json_object_get(object, key);
    return json_is_integer(value) ? (int64_t)json_integer_value(value) : fallback;
}

/* Seconds of a definition as ns; what the tables let pass fits. */
static int64_t
app_load_seconds(const json_t *object, const char *key, int64_t fallback)
{
    const int64_t seconds = app_load_integer(object, key, fallback);
    return SEC(int64_max(0, int64_min(seconds, INT32_MAX)));
}

static double
app_load_number(const json_t *object, const char *key, double fallback)
{
    const json_t *value = json_object_get(object, key);
    return json_is_number(value) ? json_number_value(value) : fallback;
}

static const char *
app_load_text(const json_t *object, const char *key, const char *fallback, struct arena *arena)
{
    const char *text = app_text(object, key);
    return text != NULL ? arena_strdup(arena, text) : fallback;
}

/* A path of an HTTP request begins with a slash, also where the definition leaves it out. */
static const char *
app_load_http_path(const json_t *check, struct arena *arena)
{
    const char *path = app_load_text(check, "path", "/", arena);
    return path[0] == '/' ? path : arena_printf(arena, "/%s", path);
}

/* The smallest n with n / 1000 >= cpus: exact where the definition says a thousandth. */
static int32_t
app_load_milli(double cpus)
{
    if (!(cpus < CONTAINER_CPU_MILLI_MAX / 1000.0)) {
        return CONTAINER_CPU_MILLI_MAX;
    }
    if (!(cpus > 0)) {
        return 1;
    }
    int32_t milli = (int32_t)(cpus * 1000) - 1; /* below, however the product was rounded */
    if (milli < 1) {
        milli = 1;
    }
    while (milli < CONTAINER_CPU_MILLI_MAX && (double)milli / 1000 < cpus) {
        milli++; /* at most thrice */
    }
    return milli;
}

/* MiB, rounded up to whole bytes; bounded by the tables, and again here. */
static int64_t
app_load_mib(double mib)
{
    const double bytes_max = 1152921504606846976.0; /* 2^60 */
    const double bytes = mib * 1048576;
    if (!(bytes < bytes_max)) {
        return (int64_t)bytes_max;
    }
    if (!(bytes > 0)) {
        return 0;
    }
    const int64_t whole = (int64_t)bytes;
    return (double)whole < bytes ? whole + 1 : whole;
}

static uint32_t
app_load_ppm(double share)
{
    return share <= 0 ? 0 : (uint32_t)((share > 1000 ? 1000 : share) * PPM + .5);
}

static const char *const *
app_load_texts(const json_t *list, struct arena *arena, uint32_t *ret_count)
{
    const uint32_t count = (uint32_t)json_array_size(list);
    const char   **texts = ARENA_ARRAY(arena, const char *, count + 1);

    for (uint32_t i = 0; i < count; i++) {
        const char *text = json_string_value(json_array_get(list, i));
        texts[i] = arena_strdup(arena, text != NULL ? text : "");
    }
    *ret_count = count;
    return texts;
}

/* The members of a map that are texts; secrets are never resolved here. */
static const struct container_pair *
app_load_pairs(json_t *map, struct arena *arena, uint32_t *ret_count)
{
    struct container_pair *pairs =
        ARENA_ARRAY(arena, struct container_pair, json_object_size(map) + 1);
    uint32_t    count = 0;
    const char *key;
    json_t     *value;

    json_object_foreach(map, key, value) {
        if (json_is_string(value)) {
            pairs[count++] = (struct container_pair){
                .key = arena_strdup(arena, key),
                .value = arena_strdup(arena, json_string_value(value)),
            };
        }
    }
    *ret_count = count;
    return pairs;
}

static void
app_load_ports(const json_t *app, struct app_spec *spec, struct arena *arena)
{
    const json_t    *list = app_ports_list(app);
    const bool       on_host = spec->network == CONTAINER_HOST;
    struct app_port *ports = ARENA_ARRAY(arena, struct app_port, json_array_size(list) + 1);

    spec->ports = ports;
    spec->ports_count = (uint32_t)json_array_size(list);
    for (uint32_t i = 0; i < spec->ports_count; i++) {
        const json_t  *json = json_array_get(list, i);
        const uint16_t number = (uint16_t)app_load_integer(json, "port", 0);
        ports[i] = (struct app_port){
            .name = app_load_text(json, "name", "", arena),
            .udp = app_text_is(json, "protocol", "udp"),
            .udp_too = app_text_is(json, "protocol", "udp,tcp"),
        };
        ports[i].labels = app_load_pairs(json_object_get(json, "labels"), arena,
                                         &ports[i].labels_count);
        if (on_host) {
            ports[i].service_port = number;
            ports[i].host_port = spec->require_ports ? number : 0;
            ports[i].needs_host_port = true;
        } else {
            ports[i].service_port = (uint16_t)app_load_integer(json, "servicePort", 0);
            ports[i].container_port = (uint16_t)app_load_integer(json, "containerPort", 0);
            ports[i].host_port = (uint16_t)app_load_integer(json, "hostPort", 0);
            ports[i].needs_host_port = json_object_get(json, "hostPort") != NULL;
        }
    }
}

static void
app_load_constraints(const json_t *app, struct app_spec *spec, struct arena *arena)
{
    const json_t          *list = json_object_get(app, "constraints");
    struct app_constraint *constraints =
        ARENA_ARRAY(arena, struct app_constraint, json_array_size(list) + 1);
    uint32_t count = 0;

    for (size_t i = 0; i < json_array_size(list); i++) {
        uint32_t           parts_count;
        const char *const *parts = app_load_texts(json_array_get(list, i), arena, &parts_count);
        const int32_t      op =
            parts_count >= 2 ? app_shape_word(app_tables_constraint_ops, parts[1]) : -1;
        if (op >= 0) {
            constraints[count++] = (struct app_constraint){
                .field = strcmp(parts[0], "@hostname") == 0 ? "hostname" : parts[0],
                .op = (enum app_constraint_op)op,
                .value = parts_count > 2 ? parts[2] : "",
            };
        }
    }
    spec->constraints = constraints;
    spec->constraints_count = count;
}

static enum env_probe_kind
app_load_probe(int32_t protocol)
{
    switch (protocol) {
    case APP_HTTPS:
    case APP_MESOS_HTTPS:
        return ENV_PROBE_HTTPS;
    case APP_TCP:
    case APP_MESOS_TCP:
        return ENV_PROBE_TCP;
    case APP_COMMAND:
        return ENV_PROBE_COMMAND;
    default: /* a word of a table, not an enum */
        return ENV_PROBE_HTTP;
    }
}

static void
app_load_health_checks(const json_t *app, struct app_spec *spec, struct arena *arena)
{
    const json_t            *list = json_object_get(app, "healthChecks");
    struct app_health_check *checks =
        ARENA_ARRAY(arena, struct app_health_check, json_array_size(list) + 1);

    spec->health_checks = checks;
    spec->health_checks_count = (uint32_t)json_array_size(list);
    for (uint32_t i = 0; i < spec->health_checks_count; i++) {
        const json_t *json = json_array_get(list, i);
        const char   *word = app_text(json, "protocol");
        const int32_t protocol =
            word != NULL ? app_shape_word(app_tables_check_protocols, word) : APP_HTTP;
        checks[i] = (struct app_health_check){
            .kind = app_load_probe(protocol),
            .by_mesos = protocol >= APP_COMMAND,
            .port_index = (uint32_t)app_load_integer(json, "portIndex", 0),
            .port = (uint16_t)app_load_integer(json, "port", 0),
            .path = app_load_http_path(json, arena),
            .shell = app_load_text(json_object_get(json, "command"), "value", "", arena),
            .grace_ns = app_load_seconds(json, "gracePeriodSeconds", 300),
            .interval_ns = app_load_seconds(json, "intervalSeconds", 60),
            .timeout_ns = app_load_seconds(json, "timeoutSeconds", 20),
            .delay_ns = app_load_seconds(json, "delaySeconds", 15),
            .failures_max = (uint32_t)app_load_integer(json, "maxConsecutiveFailures", 3),
            .ignore_http_1xx = json_is_true(json_object_get(json, "ignoreHttp1xx")),
        };
    }
}

static void
app_load_readiness(const json_t *app, struct app_spec *spec, struct arena *arena)
{
    const json_t *json = json_array_get(json_object_get(app, "readinessChecks"), 0);

    if (!json_is_object(json)) {
        return;
    }
    struct app_readiness_check *check = ARENA_NEW(arena, struct app_readiness_check);
    const json_t *codes = json_object_get(json, "httpStatusCodesForReady");
    int32_t      *ready_codes = ARENA_ARRAY(arena, int32_t, json_array_size(codes) + 1);

    check->kind = app_text_is(json, "protocol", "HTTPS") ? ENV_PROBE_HTTPS : ENV_PROBE_HTTP;
    check->name = app_load_text(json, "name", "readinessCheck", arena);
    check->path = app_load_http_path(json, arena);
    check->interval_ns = app_load_seconds(json, "intervalSeconds", 30);
    check->timeout_ns = app_load_seconds(json, "timeoutSeconds", 10);
    check->ready_codes = ready_codes;
    check->ready_codes_count = (uint32_t)json_array_size(codes);
    for (uint32_t i = 0; i < check->ready_codes_count; i++) {
        ready_codes[i] = (int32_t)json_integer_value(json_array_get(codes, i));
    }
    const char *port_name = app_text(json, "portName");
    for (uint32_t i = 0; i < spec->ports_count; i++) {
        if (port_name != NULL && strcmp(spec->ports[i].name, port_name) == 0) {
            check->port_index = i;
            break;
        }
    }
    spec->readiness = check;
}

static void
app_load_container(const json_t *app, struct app_spec *spec, struct arena *arena)
{
    const json_t            *container = json_object_get(app, "container");
    const json_t            *docker = json_object_get(container, "docker");
    const json_t            *list = json_object_get(container, "volumes");
    struct container_volume *volumes =
        ARENA_ARRAY(arena, struct container_volume, json_array_size(list) + 1);
    uint8_t part = 0; /* at most APP_VOLUMES_MAX */

    spec->image = app_load_text(docker, "image", "", arena);
    spec->force_pull = json_is_true(json_object_get(docker, "forcePullImage"));
    spec->privileged = json_is_true(json_object_get(docker, "privileged"));
    spec->parameters_count = (uint32_t)json_array_size(json_object_get(docker, "parameters"));
    spec->volumes = volumes;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *json = json_array_get(list, i);
        if (app_text(json, "hostPath") != NULL) {
            volumes[spec->volumes_count++] = (struct container_volume){
                .container_path = app_load_text(json, "containerPath", "", arena),
                .host_path = app_load_text(json, "hostPath", "", arena),
                .read_only = app_text_is(json, "mode", "RO"),
            };
            spec->host_volumes_count++;
        }
        const json_t *persistent = json_object_get(json, "persistent");
        if (json_is_object(persistent)) {
            const int64_t bytes = MIB(json_integer_value(json_object_get(persistent, "size")));
            volumes[spec->volumes_count++] = (struct container_volume){
                .container_path = app_load_text(json, "containerPath", "", arena),
                .part = ++part,
                .bytes = bytes,
            };
            spec->volumes_bytes = int64_min(spec->volumes_bytes + bytes, INT64_MAX / 8);
        }
    }
}

static void
app_load_lifecycle(const json_t *app, struct app_spec *spec)
{
    const json_t *upgrade = json_object_get(app, "upgradeStrategy");
    const json_t *unreachable = json_object_get(app, "unreachableStrategy");

    spec->minimum_health_ppm = app_load_ppm(app_load_number(upgrade, "minimumHealthCapacity", 1));
    if (spec->runs_once) {
        spec->minimum_health_ppm = 0; /* its tasks serve nobody: each of them is begun again */
    }
    spec->over_capacity_ppm = app_load_ppm(app_load_number(upgrade, "maximumOverCapacity", 1));
    spec->is_resident = app_container_has(app, "persistent");
    spec->kill_oldest_first = app_text_is(app, "killSelection", "OLDEST_FIRST");
    spec->replaces_unreachable = !json_is_string(unreachable);
    spec->inactive_after_ns = app_load_seconds(unreachable, "inactiveAfterSeconds", 0);
    spec->expunge_after_ns = app_load_seconds(unreachable, "expungeAfterSeconds", 0);
    spec->backoff_ns = app_load_seconds(app, "backoffSeconds", 1);
    spec->backoff_factor_ppm = app_load_ppm(app_load_number(app, "backoffFactor", 1.15));
    spec->backoff_max_ns = app_load_seconds(app, "maxLaunchDelaySeconds", 300);
    spec->kill_grace_ns = json_object_get(app, "taskKillGracePeriodSeconds") != NULL
                              ? app_load_seconds(app, "taskKillGracePeriodSeconds", 0)
                              : APP_KILL_GRACE_NS;
}

static void
app_load_process(const json_t *app, struct app_spec *spec, struct arena *arena)
{
    spec->shell = app_load_text(app, "cmd", NULL, arena);
    if (spec->shell == NULL) {
        spec->args = app_load_texts(json_object_get(app, "args"), arena, &spec->args_count);
    }
    spec->user = app_load_text(app, "user", NULL, arena);
    spec->env = app_load_pairs(json_object_get(app, "env"), arena, &spec->env_count);
    spec->labels = app_load_pairs(json_object_get(app, "labels"), arena, &spec->labels_count);
    spec->cpu_milli = app_load_milli(app_load_number(app, "cpus", 1));
    spec->gpus = (int32_t)app_load_integer(app, "gpus", 0);
    spec->mem_bytes = app_load_mib(app_load_number(app, "mem", 128));
    if (spec->mem_bytes == 0) {
        spec->mem_bytes = APP_MEM_BYTES_MIN;
    }
    spec->disk_bytes = app_load_mib(app_load_number(app, "disk", 0));
    spec->role = app_load_text(app, "role", "*", arena);
    app_own_load(spec);
}

static void
app_load_ignored(json_t *app, struct app_spec *spec, struct arena *arena)
{
    struct vec ignored;

    vec_init(&ignored, sizeof(struct app_ignored));
    app_object_ignored(app, arena, &ignored);
    const char **pointers = ARENA_ARRAY(arena, const char *, ignored.count + 1);
    for (uint32_t i = 0; i < ignored.count; i++) {
        pointers[i] = ((const struct app_ignored *)vec_at(&ignored, i))->pointer;
    }
    spec->ignored = pointers;
    spec->ignored_count = ignored.count;
    vec_fini(&ignored);
}

const struct app_spec *
app_load_object(json_t *app, const char *json, size_t len, struct arena *arena)
{
    if (app_text(app, "id") == NULL || json_array_size(app_ports_list(app)) > TASK_PORTS_MAX) {
        return NULL;
    }
    struct app_spec *spec = ARENA_NEW(arena, struct app_spec);
    spec->id = app_load_text(app, "id", "", arena);
    spec->json = arena_strndup(arena, json, len);
    spec->json_len = (uint32_t)len;
    spec->json_hash = hash_bytes(0, json, len);
    spec->instances = (uint32_t)app_load_integer(app, "instances", 1);
    spec->network = app_network_mode(app);
    spec->require_ports = json_is_true(json_object_get(app, "requirePorts"));
    app_load_process(app, spec, arena);
    app_load_container(app, spec, arena);
    app_load_ports(app, spec, arena);
    app_load_health_checks(app, spec, arena);
    app_load_readiness(app, spec, arena);
    app_load_constraints(app, spec, arena);
    app_load_lifecycle(app, spec);
    spec->roles = app_load_texts(json_object_get(app, "acceptedResourceRoles"), arena,
                                 &spec->roles_count);
    spec->dependencies = app_load_texts(json_object_get(app, "dependencies"), arena,
                                        &spec->dependencies_count);
    app_load_ignored(app, spec, arena);
    app_environment_load(spec, arena);
    return spec;
}

const struct app_spec *
app_load(const char *json, size_t len, struct arena *arena)
{
    json_t                *app = json_loadb(json, len, JSON_REJECT_DUPLICATES, NULL);
    const struct app_spec *spec = app_load_object(app, json, len, arena);
    json_decref(app);
    return spec;
}

/*
 * platform/agent/environment.c - the environment variables of a task: those that all of its app
 * have (app->environment), and its own.
 *
 * Source: Marathon 1.11 EnvironmentHelper and TaskBuilder: ports, HOST, MARATHON_APP_*,
 *         MESOS_TASK_ID, then the app's own variables, which win. Ours are
 *         REHEARSAL_MESH, where an app asks for others by their inside names, and REHEARSAL_RUN,
 *         the number of the run in an app that runs its tasks once. NVIDIA_VISIBLE_DEVICES names
 *         its GPUs.
 */
#include <string.h>

#include "platform/agent/agent.h"
#include "platform/base/text.h"

/* What a task has beside what all of its app have: six, PORT and PORTS, and of each port three. */
enum { ENVIRONMENT_OWN_MAX = 8, ENVIRONMENT_PORT_MAX = 3 };
/* The GPUs of a node by number, a comma after each but the last, and a NUL. */
enum { ENVIRONMENT_GPUS_BYTES = 3 * NODE_GPUS_MAX };
_Static_assert(NODE_GPUS_MAX <= 100, "two digits");

struct environment {
    struct arena          *arena;
    const struct app_spec *app;
    struct container_pair *pairs; /* with room for all */
    uint32_t               count;
};

/* The app's own variables win, and of the others the last one of a name. */
static void
environment_put(struct environment *environment, const char *key, const char *value)
{
    for (uint32_t i = 0; i < environment->app->env_count; i++) {
        if (strcmp(environment->app->env[i].key, key) == 0) {
            return;
        }
    }
    for (uint32_t i = 0; i < environment->count; i++) {
        struct container_pair *pair = &environment->pairs[i];
        if (pair->key[0] == key[0] && strcmp(pair->key, key) == 0) {
            pair->value = value;
            return;
        }
    }
    environment->pairs[environment->count++] =
        (struct container_pair){ .key = key, .value = value };
}

/* Prefix, what is between, number: "PORT_8080". Not left to printf: each launch makes several. */
static char *
environment_numbered(struct environment *environment, const char *prefix, const char *between,
                     uint64_t number)
{
    const char  *digits = arena_decimal(environment->arena, number);
    const size_t prefix_len = strlen(prefix);
    const size_t between_len = strlen(between);
    const size_t digits_bytes = strlen(digits) + 1;
    char *name = arena_alloc(environment->arena, prefix_len + between_len + digits_bytes);
    memcpy(name, prefix, prefix_len);
    memcpy(name + prefix_len, between, between_len);
    memcpy(name + prefix_len + between_len, digits, digits_bytes);
    return name;
}

static void
environment_put_ports(struct environment *environment, const struct app_spec *app,
                      const struct agent_task *task)
{
    char all[TASK_PORTS_MAX * 6 + 1] = "";
    size_t all_len = 0;
    for (uint32_t i = 0; i < app->ports_count && i < TASK_PORTS_MAX; i++) {
        const struct app_port *port = &app->ports[i];
        const uint16_t host_port = i < task->ports_count ? task->ports[i] : 0;
        const uint16_t number = host_port > 0 ? host_port : port->container_port;
        char *text = arena_decimal(environment->arena, number);
        const size_t len = strlen(text);
        if (i == 0) {
            environment_put(environment, "PORT", text);
        } else {
            all[all_len++] = ',';
        }
        memcpy(all + all_len, text, len + 1);
        all_len += len;
        environment_put(environment, environment_numbered(environment, "PORT", "", i), text);
        if (port->container_port > 0) {
            environment_put(environment,
                            environment_numbered(environment, "PORT", "_", port->container_port),
                            text);
        }
        if (port->name[0] != '\0') {
            environment_put(environment,
                            app_environment_name(environment->arena, "PORT_", port->name), text);
        }
    }
    if (app->ports_count > 0) {
        environment_put(environment, "PORTS", arena_strdup(environment->arena, all));
    }
}

/* "/shop/web" and 12: "shop_web.12"; clients take the part before the first dot for the path. */
static char *
environment_task_id(struct environment *environment, const struct app_spec *app, uint64_t id)
{
    const char *path = app->id[0] == '/' ? app->id + 1 : app->id;
    char *text = environment_numbered(environment, path, ".", id);
    for (char *at = text; *at != '\0'; at++) {
        if (*at == '/') {
            *at = '_';
        }
    }
    return text;
}

/* The numbers of its GPUs, as the runtimes of GPU containers take them. */
static void
environment_put_gpus(struct environment *environment, const struct agent_task *task)
{
    char *numbers = arena_alloc(environment->arena, ENVIRONMENT_GPUS_BYTES);
    char *at = numbers;
    for (uint32_t i = 0; task->gpu_mask >> i != 0; i++) {
        if ((task->gpu_mask >> i & 1) == 0) {
            continue;
        }
        if (at > numbers) {
            *at++ = ',';
        }
        at = text_decimal(at, i);
    }
    *at = '\0';
    environment_put(environment, "NVIDIA_VISIBLE_DEVICES", numbers);
}

static void
environment_put_task(struct environment *environment, const struct agent_task *task)
{
    struct arena *arena = environment->arena;
    environment_put(environment, "HOST", task->agent->config->node.hostname);
    if (task->agent->config->mesh != NULL) {
        environment_put(environment, "REHEARSAL_MESH", task->agent->config->mesh);
    }
    if (task->run > 0) {
        environment_put(environment, "REHEARSAL_RUN", arena_decimal(arena, task->run));
    }
    environment_put(environment, "MESOS_TASK_ID",
                    environment_task_id(environment, environment->app, task->id));
    environment_put(environment, "MARATHON_APP_VERSION", arena_decimal(arena, task->version));
    if (task->gpu_mask != 0) {
        environment_put_gpus(environment, task);
    }
}

const struct container_pair *
environment_make(const struct app_spec *app, const struct agent_task *task, struct arena *arena,
                 uint32_t *ret_count)
{
    const uint32_t max =
        app->environment_count + ENVIRONMENT_OWN_MAX + ENVIRONMENT_PORT_MAX * app->ports_count;
    struct environment environment = { .arena = arena,
                                       .app = app,
                                       .pairs = ARENA_ARRAY(arena, struct container_pair, max) };
    environment_put_task(&environment, task);
    environment_put_ports(&environment, app, task);
    memcpy(environment.pairs + environment.count, app->environment,
           app->environment_count * sizeof(struct container_pair));
    *ret_count = environment.count + app->environment_count;
    return environment.pairs;
}

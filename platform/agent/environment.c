/*
 * platform/agent/environment.c - the environment variables of a task.
 *
 * Source: Marathon 1.11 EnvironmentHelper and TaskBuilder: ports, HOST, MARATHON_APP_*,
 *         MESOS_TASK_ID, then the app's own variables, which win. Ours are
 *         REHEARSAL_MESH, where an app asks for others by their inside names, REHEARSAL_RUN,
 *         the number of the run in an app that runs its tasks once, and REHEARSAL_GPU_MILLI, its
 *         share of a GPU. NVIDIA_VISIBLE_DEVICES names its GPUs.
 */
#include <inttypes.h>
#include <string.h>

#include "platform/agent/agent.h"

/* Source: Marathon drops longer label values from the environment. */
enum { ENVIRONMENT_LABEL_LEN_MAX = 512 };

struct environment {
    struct arena *arena;
    struct vec    pairs; /* struct container_pair */
};

/* Of a name that is there once. */
static void
environment_add(struct environment *environment, const char *key, const char *value)
{
    struct container_pair *pair = vec_push(&environment->pairs);
    *pair = (struct container_pair){ .key = key, .value = value };
}

/* The last one of a name wins. */
static void
environment_put(struct environment *environment, const char *key, const char *value)
{
    for (uint32_t i = 0; i < environment->pairs.count; i++) {
        struct container_pair *pair = vec_at(&environment->pairs, i);
        if (strcmp(pair->key, key) == 0) {
            pair->value = value;
            return;
        }
    }
    environment_add(environment, key, value);
}

/* Upper case; whatever a variable's name cannot hold becomes '_'. */
static char *
environment_name(struct environment *environment, const char *prefix, const char *name)
{
    char *text = arena_printf(environment->arena, "%s%s", prefix, name);
    for (char *at = text + strlen(prefix); *at != '\0'; at++) {
        const bool lower = *at >= 'a' && *at <= 'z';
        const bool keeps = (*at >= 'A' && *at <= 'Z') || (*at >= '0' && *at <= '9');
        *at = lower ? (char)(*at - 'a' + 'A') : keeps ? *at : '_';
    }
    return text;
}

/* value / unit with at most three decimals and at least one, as Marathon prints a double. */
static char *
environment_decimal(struct environment *environment, int64_t value, int64_t unit)
{
    const int64_t thousandths = value % unit * 1000 / unit;
    if (thousandths == 0 && value >= 0 && value / unit < 10) { /* most are whole, many 0 */
        char small[] = "0.0";
        small[0] = (char)('0' + value / unit);
        return arena_strndup(environment->arena, small, sizeof small - 1);
    }
    char *text = arena_printf(environment->arena, "%" PRId64 ".%03" PRId64, value / unit,
                              thousandths);
    size_t len = strlen(text);
    while (text[len - 1] == '0' && text[len - 2] != '.') {
        text[--len] = '\0';
    }
    return text;
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
        environment_put(environment, arena_printf(environment->arena, "PORT%u", (unsigned)i), text);
        if (port->container_port > 0) {
            environment_put(environment,
                            arena_printf(environment->arena, "PORT_%u",
                                         (unsigned)port->container_port),
                            text);
        }
        if (port->name[0] != '\0') {
            environment_put(environment, environment_name(environment, "PORT_", port->name), text);
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
    const char *number = arena_decimal(environment->arena, id);
    const size_t path_len = strlen(path);
    const size_t number_bytes = strlen(number) + 1;
    char *text = arena_alloc(environment->arena, path_len + 1 + number_bytes);
    memcpy(text, path, path_len);
    text[path_len] = '.';
    memcpy(text + path_len + 1, number, number_bytes);
    for (char *at = text; *at != '\0'; at++) {
        if (*at == '/') {
            *at = '_';
        }
    }
    return text;
}

/* The numbers of its GPUs, as the runtimes of GPU containers take them; and its share of one. */
static void
environment_put_gpus(struct environment *environment, const struct app_spec *app,
                     const struct agent_task *task)
{
    struct arena *arena = environment->arena;
    const char   *numbers = "";
    for (uint32_t i = 0; task->gpu_mask >> i != 0; i++) {
        if ((task->gpu_mask >> i & 1) != 0) {
            numbers = arena_printf(arena, "%s%s%u", numbers, numbers[0] != '\0' ? "," : "",
                                   (unsigned)i);
        }
    }
    if (task->gpu_mask != 0) {
        environment_add(environment, "NVIDIA_VISIBLE_DEVICES", numbers);
    }
    if (app->gpu_milli > 0) {
        environment_add(environment, "REHEARSAL_GPU_MILLI",
                        arena_decimal(arena, (uint64_t)app->gpu_milli));
    }
}

static void
environment_put_app(struct environment *environment, const struct app_spec *app,
                    const struct agent_task *task)
{
    struct arena *arena = environment->arena;
    environment_add(environment, "HOST", task->agent->config.node.hostname);
    if (task->agent->config.mesh != NULL) {
        environment_add(environment, "REHEARSAL_MESH", task->agent->config.mesh);
    }
    if (task->run > 0) {
        environment_add(environment, "REHEARSAL_RUN", arena_decimal(arena, task->run));
    }
    environment_add(environment, "MESOS_TASK_ID", environment_task_id(environment, app, task->id));
    environment_add(environment, "MARATHON_APP_ID", app->id);
    environment_add(environment, "MARATHON_APP_VERSION",
                    arena_decimal(arena, task->version));
    if (app->image[0] != '\0') {
        environment_add(environment, "MARATHON_APP_DOCKER_IMAGE", app->image);
    }
    environment_add(environment, "MARATHON_APP_RESOURCE_CPUS",
                    environment_decimal(environment, app->cpu_milli, 1000));
    environment_add(environment, "MARATHON_APP_RESOURCE_MEM",
                    environment_decimal(environment, app->mem_bytes, MIB(1)));
    environment_add(environment, "MARATHON_APP_RESOURCE_DISK",
                    environment_decimal(environment, app->disk_bytes, MIB(1)));
    environment_add(environment, "MARATHON_APP_RESOURCE_GPUS",
                    arena_decimal(arena, (uint64_t)app->gpus));
}

static void
environment_put_labels(struct environment *environment, const struct app_spec *app)
{
    struct strbuf names = { 0 };
    for (uint32_t i = 0; i < app->labels_count; i++) {
        const struct container_pair *label = &app->labels[i];
        if (strlen(label->value) > ENVIRONMENT_LABEL_LEN_MAX) {
            continue;
        }
        const char *name = environment_name(environment, "", label->key);
        if (names.len > 0) {
            strbuf_add_char(&names, ' ');
        }
        strbuf_add(&names, name);
        environment_put(environment,
                        arena_printf(environment->arena, "MARATHON_APP_LABEL_%s", name),
                        label->value);
    }
    environment_put(environment, "MARATHON_APP_LABELS",
                    arena_strdup(environment->arena, strbuf_text(&names)));
    strbuf_fini(&names);
}

const struct container_pair *
environment_make(const struct app_spec *app, const struct agent_task *task, struct arena *arena,
                 uint32_t *ret_count)
{
    struct environment environment = { .arena = arena };
    vec_init(&environment.pairs, sizeof(struct container_pair));
    vec_reserve(&environment.pairs, 32);
    environment_put_app(&environment, app, task);
    environment_put_gpus(&environment, app, task);
    environment_put_labels(&environment, app);
    environment_put_ports(&environment, app, task);
    for (uint32_t i = 0; i < app->env_count; i++) {
        environment_put(&environment, app->env[i].key, app->env[i].value);
    }

    const uint32_t count = environment.pairs.count;
    struct container_pair *pairs = ARENA_ARRAY(arena, struct container_pair, count);
    memcpy(pairs, environment.pairs.items, count * sizeof *pairs);
    vec_fini(&environment.pairs);
    *ret_count = count;
    return pairs;
}

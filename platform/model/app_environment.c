/*
 * platform/model/app_environment.c - the environment variables that all tasks of a definition have
 * alike.
 *
 * Source: Marathon 1.11 EnvironmentHelper: MARATHON_APP_* and the app's own variables, which win.
 *         Ours is REHEARSAL_GPU_MILLI, the share of a GPU. What differs from task to task the agent
 *         adds.
 */
#include <inttypes.h>
#include <string.h>

#include "platform/base/strbuf.h"
#include "platform/model/app_steps.h"

/* Source: Marathon drops longer label values from the environment. */
enum { ENVIRONMENT_LABEL_LEN_MAX = 512 };

/* The last one of a name wins. */
static void
environment_put(struct vec *pairs, const char *key, const char *value)
{
    for (uint32_t i = 0; i < pairs->count; i++) {
        struct container_pair *pair = vec_at(pairs, i);
        if (strcmp(pair->key, key) == 0) {
            pair->value = value;
            return;
        }
    }
    *(struct container_pair *)vec_push(pairs) =
        (struct container_pair){ .key = key, .value = value };
}

char *
app_environment_name(struct arena *arena, const char *prefix, const char *name)
{
    char *text = arena_printf(arena, "%s%s", prefix, name);
    for (char *at = text + strlen(prefix); *at != '\0'; at++) {
        const bool lower = *at >= 'a' && *at <= 'z';
        const bool keeps = (*at >= 'A' && *at <= 'Z') || (*at >= '0' && *at <= '9');
        *at = lower ? (char)(*at - 'a' + 'A') : keeps ? *at : '_';
    }
    return text;
}

/* value / unit with at most three decimals and at least one, as Marathon prints a double. */
static char *
environment_decimal(struct arena *arena, int64_t value, int64_t unit)
{
    char *text = arena_printf(arena, "%" PRId64 ".%03" PRId64, value / unit,
                              value % unit * 1000 / unit);
    size_t len = strlen(text);
    while (text[len - 1] == '0' && text[len - 2] != '.') {
        text[--len] = '\0';
    }
    return text;
}

static void
environment_put_app(struct vec *pairs, const struct app_spec *app, struct arena *arena)
{
    environment_put(pairs, "MARATHON_APP_ID", app->id);
    if (app->image[0] != '\0') {
        environment_put(pairs, "MARATHON_APP_DOCKER_IMAGE", app->image);
    }
    environment_put(pairs, "MARATHON_APP_RESOURCE_CPUS",
                    environment_decimal(arena, app->cpu_milli, 1000));
    environment_put(pairs, "MARATHON_APP_RESOURCE_MEM",
                    environment_decimal(arena, app->mem_bytes, MIB(1)));
    environment_put(pairs, "MARATHON_APP_RESOURCE_DISK",
                    environment_decimal(arena, app->disk_bytes, MIB(1)));
    environment_put(pairs, "MARATHON_APP_RESOURCE_GPUS",
                    arena_decimal(arena, (uint64_t)app->gpus));
    if (app->gpu_milli > 0) {
        environment_put(pairs, "REHEARSAL_GPU_MILLI",
                        arena_decimal(arena, (uint64_t)app->gpu_milli));
    }
}

static void
environment_put_labels(struct vec *pairs, const struct app_spec *app, struct arena *arena)
{
    struct strbuf names = { 0 };
    for (uint32_t i = 0; i < app->labels_count; i++) {
        const struct container_pair *label = &app->labels[i];
        if (strlen(label->value) > ENVIRONMENT_LABEL_LEN_MAX) {
            continue;
        }
        const char *name = app_environment_name(arena, "", label->key);
        if (names.len > 0) {
            strbuf_add_char(&names, ' ');
        }
        strbuf_add(&names, name);
        environment_put(pairs, arena_printf(arena, "MARATHON_APP_LABEL_%s", name), label->value);
    }
    environment_put(pairs, "MARATHON_APP_LABELS", arena_strdup(arena, strbuf_text(&names)));
    strbuf_fini(&names);
}

void
app_environment_load(struct app_spec *app, struct arena *arena)
{
    struct vec pairs;
    vec_init(&pairs, sizeof(struct container_pair));
    environment_put_app(&pairs, app, arena);
    environment_put_labels(&pairs, app, arena);
    for (uint32_t i = 0; i < app->env_count; i++) {
        environment_put(&pairs, app->env[i].key, app->env[i].value);
    }
    struct container_pair *all = ARENA_ARRAY(arena, struct container_pair, pairs.count);
    memcpy(all, pairs.items, pairs.count * sizeof *all);
    app->environment = all;
    app->environment_count = pairs.count;
    vec_fini(&pairs);
}

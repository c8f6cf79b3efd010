/* platform/model/refresh.c - reads how a group of machines goes to a new image. */
#include "platform/model/refresh.h"

#include <string.h>

#include "platform/base/units.h"
#include "platform/model/strategy_fields.h"

struct refresh_body { /* what the table fills */
    struct refresh_spec spec;
    const json_t       *checkpoints;
    const json_t       *apps;
};

#define BODY(name, kind, member, min, max)                                                         \
    { name, kind, offsetof(struct refresh_body, member), min, max }

static const struct strategy_field fields[] = {
    BODY("group", SF_TEXT, spec.group, 0, 0),
    BODY("image", SF_TEXT, spec.image, 0, 0),
    BODY("min_healthy", SF_SHARE, spec.min_healthy_ppm, 0, PPM),
    BODY("max_healthy", SF_SHARE, spec.max_healthy_ppm, PPM, 2 * PPM),
    BODY("checkpoints", SF_JSON, checkpoints, 0, 0),
    BODY("checkpoint_delay", SF_DURATION, spec.checkpoint_delay_ns, 0, HOUR(48)),
    BODY("warmup", SF_DURATION, spec.warmup_ns, 0, HOUR(6)),
    BODY("boot_deadline", SF_DURATION, spec.boot_deadline_ns, SEC(1), HOUR(6)),
    BODY("drain_deadline", SF_DURATION, spec.drain_deadline_ns, SEC(1), HOUR(48)),
    BODY("skip_matching", SF_BOOL, spec.skip_matching, 0, 0),
    BODY("rollback", SF_BOOL, spec.rollback, 0, 0),
    BODY("apps", SF_JSON, apps, 0, 0),
    BODY("sick_for", SF_DURATION, spec.sick_ns, 0, HOUR(6)),
};
static const struct strategy_shape shape = { fields, COUNT_OF(fields) };

static const char *const names[REFRESH_STATE_COUNT] = {
#define X(state, name) [state] = name,
    REFRESH_STATE_LIST(X)
#undef X
};

const char *
refresh_state_name(enum refresh_state state)
{
    ASSERT(state < REFRESH_STATE_COUNT);
    return names[state];
}

static void
refresh_name(struct strategy_reader *reader, const char *name, const char *pointer, const char *key)
{
    const char *at = strategy_pointer(reader, pointer, key);
    if (name == NULL) {
        strategy_say(reader, at, "is missing, expected the name of a %s",
                     strcmp(key, "image") == 0 ? "machine image" : "node group");
    } else if (name[0] == '\0' || strlen(name) >= REFRESH_NAME_BYTES) {
        strategy_say(reader, at, "found a name of %u characters, expected 1 to %d",
                     (unsigned)strlen(name), REFRESH_NAME_BYTES - 1);
    }
}

static void
refresh_checkpoints(struct strategy_reader *reader, const json_t *list, const char *pointer,
                    struct refresh_spec *spec)
{
    const char *at = strategy_pointer(reader, pointer, "checkpoints");
    int64_t last_ppm = 0;
    if (!json_is_array(list) || json_array_size(list) == 0 ||
        json_array_size(list) > REFRESH_CHECKPOINTS_MAX) {
        strategy_say(reader, at, "expected a list of 1 to %d percentages",
                     (int)REFRESH_CHECKPOINTS_MAX);
        return;
    }
    for (size_t i = 0; i < json_array_size(list); i++) {
        int64_t ppm = 0;
        if (!strategy_share(json_array_get(list, i), &ppm) || ppm <= last_ppm || ppm > PPM) {
            strategy_say(reader, strategy_pointer_at(reader, at, i),
                         "expected a percentage above the one before and up to 100%%");
            return;
        }
        spec->checkpoints_ppm[spec->checkpoints_count++] = (uint32_t)ppm;
        last_ppm = ppm;
    }
}

static void
refresh_apps(struct strategy_reader *reader, const json_t *list, const char *pointer,
             struct refresh_spec *spec)
{
    const char *at = strategy_pointer(reader, pointer, "apps");
    if (!json_is_array(list) || json_array_size(list) > REFRESH_APPS_MAX) {
        strategy_say(reader, at, "expected a list of at most %d apps", (int)REFRESH_APPS_MAX);
        return;
    }
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *app = json_string_value(json_array_get(list, i));
        if (app == NULL || app[0] != '/') {
            strategy_say(reader, strategy_pointer_at(reader, at, i),
                         "expected the id of an app, such as \"/web\"");
            return;
        }
        spec->apps[spec->apps_count++] = arena_strdup(reader->arena, app);
    }
}

static void
refresh_rules(struct strategy_reader *reader, const struct refresh_spec *spec, const char *pointer)
{
    refresh_name(reader, spec->group, pointer, "group");
    refresh_name(reader, spec->image, pointer, "image");
    if (spec->max_healthy_ppm - spec->min_healthy_ppm > PPM) {
        strategy_say(reader, strategy_pointer(reader, pointer, "max_healthy"),
                     "is more than 100%% above \"min_healthy\", expected at most %u%%",
                     (spec->min_healthy_ppm + PPM) / (PPM / 100));
    }
    if (spec->warmup_ns >= spec->boot_deadline_ns) {
        strategy_say(reader, strategy_pointer(reader, pointer, "warmup"),
                     "no machine could be healthy before its \"boot_deadline\", expected less");
    }
}

static const char *
refresh_print(struct arena *arena, const json_t *json)
{
    const size_t flags = JSON_COMPACT | JSON_SORT_KEYS;
    const size_t len = json_dumpb(json, NULL, 0, flags);
    char *text = arena_alloc_zero(arena, len + 1);
    (void)json_dumpb(json, text, len, flags);
    return text;
}

const struct refresh_spec *
refresh_read(const json_t *json, const struct diag_source *source, const char *pointer,
             struct arena *arena, struct diag_list *diags)
{
    struct strategy_reader reader = { .source = source, .arena = arena, .diags = diags };
    struct refresh_body body = {
        .spec = { .min_healthy_ppm = PPM / 100 * 90,
                  .max_healthy_ppm = PPM,
                  .checkpoint_delay_ns = HOUR(1),
                  .boot_deadline_ns = MIN(10),
                  .drain_deadline_ns = MIN(15),
                  .rollback = true,
                  .sick_ns = MIN(1) },
    };
    strategy_walk(&reader, json, pointer, &shape, &body);
    if (body.checkpoints != NULL) {
        refresh_checkpoints(&reader, body.checkpoints, pointer, &body.spec);
    }
    if (body.apps != NULL) {
        refresh_apps(&reader, body.apps, pointer, &body.spec);
    }
    if (reader.errors_count == 0) {
        refresh_rules(&reader, &body.spec, pointer);
    }
    if (reader.errors_count > 0) {
        return NULL;
    }
    struct refresh_spec *spec = ARENA_NEW(arena, struct refresh_spec);
    *spec = body.spec;
    spec->json = refresh_print(arena, json);
    return spec;
}

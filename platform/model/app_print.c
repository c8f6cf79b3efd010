/* platform/model/app_print.c - a definition as text, and what differs between two. */
#include "platform/model/app_steps.h"

#include <string.h>

#include "platform/base/strbuf.h"

/* 15 digits of a number survive the way to text and back; 0.1 stays 0.1. */
enum { APP_REAL_DIGITS = 15 };

json_t *
app_print_real(double value)
{
    char         text[2 * APP_REAL_DIGITS]; /* a sign, a point, an exponent */
    json_t      *real = json_real(value);
    const size_t len = json_dumpb(real, text, sizeof text,
                                  JSON_ENCODE_ANY | JSON_REAL_PRECISION(APP_REAL_DIGITS));
    json_t      *printed = json_loadb(text, len, JSON_DECODE_ANY, NULL);
    ASSERT(printed != NULL); /* a number, and all of it: it has room */
    json_decref(real);
    return printed;
}

static int
app_print_piece(const char *piece, size_t len, void *context)
{
    strbuf_add_bytes(context, piece, len);
    return 0;
}

char *
app_print_text(const json_t *app, size_t indent, struct arena *arena)
{
    const size_t flags = (indent > 0 ? JSON_INDENT(indent) : (size_t)JSON_COMPACT) |
                         JSON_REAL_PRECISION(APP_REAL_DIGITS);
    struct strbuf printed = { 0 };

    const int failed = json_dump_callback(app, app_print_piece, &printed, flags);
    ASSERT(failed == 0); /* our own value: valid UTF-8, no cycle */
    if (indent > 0) {
        strbuf_add_char(&printed, '\n');
    }
    char *text = arena_strndup(arena, printed.text, printed.len);
    strbuf_fini(&printed);
    return text;
}

char *
app_print(const struct app_spec *spec, struct arena *arena)
{
    json_t *app = json_loads(spec->json, 0, NULL);

    ASSERT(app != NULL); /* it was loaded from this text */
    char *text = app_print_text(app, 2, arena);
    json_decref(app);
    return text;
}

const char *
app_label(const struct app_spec *spec, const char *key)
{
    for (uint32_t i = 0; i < spec->labels_count; i++) {
        if (strcmp(spec->labels[i].key, key) == 0) {
            return spec->labels[i].value;
        }
    }
    return NULL;
}

/* What may change while an app's tasks stay; and what may when it asks for that. */
static const char *const passing[] = { "instances", "version", "versionInfo", NULL };
static const char *const in_place[] = {
    "instances",     "version",           "versionInfo",
    "labels",        "upgradeStrategy",   "backoffSeconds",
    "backoffFactor", "maxLaunchDelaySeconds", "killSelection",
    "unreachableStrategy", "dependencies", "taskKillGracePeriodSeconds",
    NULL,
};

static json_t *
app_print_without(const struct app_spec *spec, const char *const *keys)
{
    json_t *app = json_loads(spec->json, 0, NULL);
    ASSERT(app != NULL);
    for (uint32_t i = 0; keys[i] != NULL; i++) {
        json_object_del(app, keys[i]);
    }
    return app;
}

static bool
app_print_differs(const struct app_spec *a, const struct app_spec *b, const char *const *keys)
{
    json_t    *rest_a = app_print_without(a, keys);
    json_t    *rest_b = app_print_without(b, keys);
    const bool differs = json_equal(rest_a, rest_b) == 0;
    json_decref(rest_a);
    json_decref(rest_b);
    return differs;
}

bool
app_differs(const struct app_spec *a, const struct app_spec *b)
{
    return strcmp(a->json, b->json) != 0 && app_print_differs(a, b, passing);
}

bool
app_changes_in_place(const struct app_spec *a, const struct app_spec *b)
{
    const char *asks = app_label(b, "REHEARSAL_IN_PLACE");
    return asks != NULL && strcmp(asks, "true") == 0 && !app_print_differs(a, b, in_place);
}

/* The next persistent one from this place on, NULL: none. */
static const struct container_volume *
app_print_volume(const struct app_spec *spec, uint32_t *at)
{
    while (*at < spec->volumes_count) {
        const struct container_volume *volume = &spec->volumes[(*at)++];
        if (volume->part > 0) {
            return volume;
        }
    }
    return NULL;
}

bool
app_volumes_are_same(const struct app_spec *a, const struct app_spec *b)
{
    uint32_t at_a = 0;
    uint32_t at_b = 0;
    const struct container_volume *one = app_print_volume(a, &at_a);
    const struct container_volume *other = app_print_volume(b, &at_b);
    while (one != NULL && other != NULL) {
        if (one->bytes != other->bytes || strcmp(one->container_path, other->container_path) != 0) {
            return false;
        }
        one = app_print_volume(a, &at_a);
        other = app_print_volume(b, &at_b);
    }
    return one == other;
}

/* platform/model/app_read.c - one definition, from whatever shape people have to a spec. */
#include "platform/model/app_steps.h"

#include <string.h>

bool
app_read_refuses_pod(struct app_reader *reader, const json_t *json, const char *pointer)
{
    if (!json_is_array(json_object_get(json, "containers"))) {
        return false;
    }
    app_say(reader, DIAG_ERROR, pointer,
            "this is a pod (it has \"containers\"), and pods come later: expected an app or a "
            "group of apps");
    return true;
}

/* Says what is kept without effect so far; what is odd had its warning before. */
static void
app_read_note_ignored(struct app_reader *reader, json_t *app)
{
    struct vec ignored;

    vec_init(&ignored, sizeof(struct app_ignored));
    app_object_ignored(app, reader->scratch, &ignored);
    for (uint32_t i = 0; i < ignored.count; i++) {
        const struct app_ignored *entry = vec_at(&ignored, i);
        if (!entry->warned) {
            app_say(reader, DIAG_NOTE, entry->pointer,
                    "accepted and kept, not acted upon yet");
        }
    }
    vec_fini(&ignored);
}

/* The canonical definition (new); worth something only if the reader counted no error. */
static json_t *
app_read_canonical(struct app_reader *reader, json_t *in, const char *base)
{
    const struct app_place root = { 0 };
    json_t                *app = app_object_read(reader, &root, &app_tables_app, in);
    struct app_draft       draft = { .reader = reader, .in = in, .app = app, .base = base };

    app_canonical_ids(&draft);
    app_canonical_fetch(&draft);
    app_network_translate(&draft);
    app_container_translate(&draft);
    app_ports_translate(&draft);
    app_checks_translate(&draft);
    app_canonical_strategies(&draft);
    app_network_check(&draft);
    app_rules_check(&draft);
    app_checks_check(&draft);
    if (reader->errors_count > 0) {
        return app;
    }
    reader->errors_only = true; /* the second walk gives the order, and defaults to what is new */
    json_t *ordered = app_object_read(reader, &root, &app_tables_app, app);
    reader->errors_only = false;
    json_decref(app);
    return ordered;
}

const struct app_spec *
app_read_under(const json_t *json, const struct diag_source *source, const char *prefix,
               const char *base, struct arena *arena, struct diag_list *diags)
{
    struct arena      scratch;
    struct app_reader reader = {
        .source = source, .prefix = prefix, .scratch = &scratch, .diags = diags
    };
    const struct app_spec *spec = NULL;
    json_t                *app = NULL;

    arena_init(&scratch, 0);
    if (!json_is_object(json)) {
        app_say(&reader, DIAG_ERROR, "", "found %s, expected an app: an object with an \"id\"",
                json != NULL ? app_say_found(json, &scratch) : "nothing");
        goto out;
    }
    if (app_read_refuses_pod(&reader, json, "")) {
        goto out;
    }
    /* The walk only reads; the library takes no const where it hands out iterators. */
    app = app_read_canonical(&reader, (json_t *)(uintptr_t)json, base);
    if (reader.errors_count > 0) {
        goto out;
    }
    const char *text = app_print_text(app, 0, &scratch);
    spec = app_load_object(app, text, strlen(text), arena);
    ASSERT(spec != NULL);
    app_read_note_ignored(&reader, app);
out:
    json_decref(app);
    arena_fini(&scratch);
    return spec;
}

const struct app_spec *
app_read(const json_t *json, const struct diag_source *source, const char *prefix,
         struct arena *arena, struct diag_list *diags)
{
    return app_read_under(json, source, prefix, "/", arena, diags);
}

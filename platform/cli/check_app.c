/* platform/cli/check_app.c - reads files of app definitions, says what is wrong with them. */
#include "platform/cli/check_app.h"

#include <errno.h>
#include <string.h>

#include <jansson.h>

#include "platform/balancer/route_labels.h"
#include "platform/base/json_place.h"
#include "platform/model/app.h"

enum { EXIT_OK = 0, EXIT_BAD_INPUT = 2 };

/* One file on its way through. */
struct check_app {
    const char      *file; /* borrowed */
    struct arena     arena;
    struct diag_list diags;
    struct strbuf    text;
    struct vec       specs; /* struct app_spec *, in arena */
};

static void
check_app_say(struct check_app *check, const char *sentence)
{
    diag_add_at(&check->diags, check->file, 0, 0, "%s", sentence);
}

/* The whole file into check->text; what hinders it becomes a diagnostic. */
static bool
check_app_slurp(struct check_app *check)
{
    char   block[65536];
    size_t got = 0;
    FILE  *stream = fopen(check->file, "rb");

    if (stream == NULL) {
        check_app_say(check, errno == ENOENT ? "no such file" : strerror(errno));
        return false;
    }
    do {
        got = fread(block, 1, sizeof block, stream);
        strbuf_add_bytes(&check->text, block, got);
    } while (got > 0 && check->text.len <= CHECK_APP_BYTES_MAX);
    const bool failed = ferror(stream) != 0;
    const int  code = errno;
    (void)fclose(stream);
    if (failed) {
        check_app_say(check, strerror(code));
    } else if (check->text.len > CHECK_APP_BYTES_MAX) {
        check_app_say(check, "the file is larger than 64 MiB, expected an app definition");
    } else if (check->text.len == 0) {
        check_app_say(check, "the file is empty, expected an app definition");
    } else if (memchr(check->text.text, '\0', check->text.len) != NULL) {
        check_app_say(check, "the file is no text (it has zero bytes), expected an app definition");
    }
    return check->diags.errors_count == 0;
}

static bool
check_app_is_blank(const struct strbuf *text)
{
    return strspn(strbuf_text(text), " \t\r\n") == text->len;
}

static void
check_app_syntax(struct check_app *check, const json_error_t *error)
{
    const bool has_place = error->line > 0;

    if (check_app_is_blank(&check->text)) {
        check_app_say(check, "the file holds nothing but comments, expected an app definition");
        return;
    }
    diag_add_at(&check->diags, check->file, has_place ? (uint32_t)error->line : 0,
                has_place && error->column > 0 ? (uint32_t)error->column : 1,
                "not JSON: %s", error->text);
}

/* The JSON pointer of a label, in the shape that definitions have today. */
static char *
check_app_label_place(struct check_app *check, const struct app_spec *spec,
                      const struct label_warning *warning)
{
    if (warning->port_index == LABEL_OF_APP) {
        return arena_printf(&check->arena, "/labels/%s", warning->key);
    }
    const bool is_mapped = spec->ports[warning->port_index].container_port > 0;
    return arena_printf(&check->arena, "/%s/%u/labels/%s",
                        is_mapped ? "container/portMappings" : "portDefinitions",
                        (unsigned)warning->port_index, warning->key);
}

/* Where the labels of one of several apps are is not kept: then the sentence says whose it is. */
static void
check_app_labels(struct check_app *check, const struct diag_source *source)
{
    static const struct label_options any = { .group = "*", .inside = true };
    for (uint32_t i = 0; i < check->specs.count; i++) {
        const struct app_spec *spec = *(struct app_spec **)vec_at(&check->specs, i);
        struct route_labels labels;
        route_labels_read(spec, &any, &check->arena, &labels);
        for (uint32_t w = 0; w < labels.warnings_count; w++) {
            const struct label_warning *warning = &labels.warnings[w];
            const bool is_alone = check->specs.count == 1;
            char *pointer = check_app_label_place(check, spec, warning);
            diag_add(&check->diags, source, DIAG_WARNING, is_alone ? pointer : "",
                     "%s%s%s%s%s", is_alone ? "" : spec->id, is_alone ? "" : ", label ",
                     is_alone ? "" : warning->key, is_alone ? "" : ": ", warning->text);
        }
    }
}

static void
check_app_read(struct check_app *check)
{
    json_error_t error;

    if (!check_app_slurp(check)) {
        return;
    }
    json_place_blank_comments(check->text.text, check->text.len);
    const struct diag_source source = {
        .file = check->file, .text = check->text.text, .text_len = check->text.len
    };
    json_t *json = json_loadb(check->text.text, check->text.len, JSON_REJECT_DUPLICATES, &error);
    if (json == NULL) {
        check_app_syntax(check, &error);
        return;
    }
    app_read_document(json, &source, "", &check->arena, &check->diags, &check->specs);
    json_decref(json);
    if (check->diags.errors_count == 0) {
        check_app_labels(check, &source);
    }
}

static void
check_app_print(struct check_app *check, FILE *out)
{
    const uint32_t count = check->specs.count;

    if (count == 1) {
        const struct app_spec *const *spec = vec_at(&check->specs, 0);
        (void)fputs(app_print(*spec, &check->arena), out);
        return;
    }
    (void)fputs("[\n", out);
    for (uint32_t i = 0; i < count; i++) {
        const struct app_spec *const *spec = vec_at(&check->specs, i);
        char *text = app_print(*spec, &check->arena);
        text[strlen(text) - 1] = '\0'; /* the comma goes before its line end */
        (void)fprintf(out, "%s%s\n", text, i + 1 < count ? "," : "");
    }
    (void)fputs("]\n", out);
}

static void
check_app_report(struct check_app *check, FILE *err)
{
    struct strbuf line = { 0 };

    for (uint32_t i = 0; i < check->diags.items.count; i++) {
        strbuf_clear(&line);
        diag_print(vec_at(&check->diags.items, i), &line);
        (void)fprintf(err, "%s\n", strbuf_text(&line));
    }
    if (check->diags.dropped_count > 0) {
        (void)fprintf(err, "%s: and %u more\n", check->file, check->diags.dropped_count);
    }
    strbuf_fini(&line);
}

static bool
check_app_file(const char *file, bool print, FILE *out, FILE *err)
{
    struct check_app check = { .file = file };

    arena_init(&check.arena, 0);
    diag_list_init(&check.diags, &check.arena);
    vec_init(&check.specs, sizeof(struct app_spec *));
    check_app_read(&check);
    check_app_report(&check, err);
    const bool is_good = check.diags.errors_count == 0;
    if (is_good && print) {
        check_app_print(&check, out);
    } else if (is_good) {
        (void)fprintf(out, "%s: ok, %u %s\n", file, check.specs.count,
                      check.specs.count == 1 ? "app" : "apps");
    }
    strbuf_fini(&check.text);
    vec_fini(&check.specs);
    diag_list_fini(&check.diags);
    arena_fini(&check.arena);
    return is_good;
}

int
check_app_files(const char *const *files, uint32_t files_count, bool print, FILE *out, FILE *err)
{
    bool all_good = true;

    for (uint32_t i = 0; i < files_count; i++) {
        all_good = check_app_file(files[i], print, out, err) && all_good;
    }
    return all_good ? EXIT_OK : EXIT_BAD_INPUT;
}

/* platform/cli/check_gateway.c - reads gateways in Kong's format, says what is wrong with them. */
#include "platform/cli/check_gateway.h"

#include "platform/cli/files.h"
#include "platform/gateway/gateway.h"

enum { EXIT_OK = 0, EXIT_BAD_INPUT = 2 };

static const char *
check_gateway_read(const char *file, struct arena *arena, struct diag_list *diags)
{
    struct files_io io;
    struct error    err = { .text = "" };
    char           *text = NULL;
    size_t          len = 0;
    files_io_init(&io);
    const enum status status = io.io.read(&io.io, file, arena, &text, &len, &err);
    if (status != ST_OK) {
        diag_add_at(diags, file, 0, 0, "%s",
                    status == ST_NOT_FOUND ? "no such file" : err.text);
        return NULL;
    }
    return gateway_read(text, len, file, arena, diags);
}

static void
check_gateway_report(const struct diag_list *diags, const char *file, FILE *err)
{
    struct strbuf line = { 0 };
    for (uint32_t i = 0; i < diags->items.count; i++) {
        strbuf_clear(&line);
        diag_print(vec_at(&diags->items, i), &line);
        (void)fprintf(err, "%s\n", strbuf_text(&line));
    }
    if (diags->dropped_count > 0) {
        (void)fprintf(err, "%s: and %u more\n", file, diags->dropped_count);
    }
    strbuf_fini(&line);
}

static bool
check_gateway_file(const char *file, bool print, FILE *out, FILE *err)
{
    struct arena     arena;
    struct diag_list diags;
    arena_init(&arena, 0);
    diag_list_init(&diags, &arena);
    const char *text = check_gateway_read(file, &arena, &diags);
    check_gateway_report(&diags, file, err);
    if (text != NULL && print) {
        (void)fputs(gateway_print(text, &arena), out);
    } else if (text != NULL) {
        const struct env_gateway *gateway = gateway_load(text, NULL, 0, &arena);
        (void)fprintf(out, "%s: ok, %u services, %u routes, %u consumers, %u plugins\n", file,
                      gateway->services_count, gateway->routes_count, gateway->consumers_count,
                      gateway->plugins_count);
    }
    diag_list_fini(&diags);
    arena_fini(&arena);
    return text != NULL;
}

int
check_gateway_files(const char *const *files, uint32_t files_count, bool print, FILE *out,
                    FILE *err)
{
    bool all_good = true;
    for (uint32_t i = 0; i < files_count; i++) {
        all_good = check_gateway_file(files[i], print, out, err) && all_good;
    }
    return all_good ? EXIT_OK : EXIT_BAD_INPUT;
}

/*
 * tests/fuzz/fuzz_scenario.c
 *
 * Goal:   no bytes make the reader of scenarios crash, hang or contradict itself.
 * Method: libFuzzer; the bytes are a scenario file, beside which stand a file to extend and a file
 *         with an app. What is refused has a reason with a place inside the file. What is accepted,
 *         printed and read again is the same scenario.
 * Build:  clang -fsanitize=fuzzer,address,undefined, with all objects but those of backends, main.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "sim/scenario.h"

static const char base[] =
    "{\"name\": \"base\", \"duration\": \"10m\", \"vars\": {\"n\": 3}, \"cluster\": {\"groups\": "
    "{\"private\": {\"type\": \"m5.large\", \"min\": \"${n}\"}}}}";
static const char app[] = "{\"id\": \"/web\", \"cmd\": \"serve\", \"labels\": "
                          "{\"HAPROXY_0_VHOST\": \"web.example.com\"}}";

struct fuzz_io {
    struct sim_io io;
    const char   *text;
    size_t        len;
};

static enum status
fuzz_read(struct sim_io *io, const char *path, struct arena *arena, char **ret_text,
          size_t *ret_len, struct error *err)
{
    struct fuzz_io *fuzz = container_of(io, struct fuzz_io, io);
    const char     *text = fuzz->text;
    size_t          len = fuzz->len;
    if (strcmp(path, "base.json") == 0) {
        text = base;
        len = sizeof base - 1;
    } else if (strcmp(path, "app.json") == 0) {
        text = app;
        len = sizeof app - 1;
    } else if (strcmp(path, "main.json") != 0) {
        return error_set(err, ST_NOT_FOUND, "no such file");
    }
    *ret_text = arena_strndup(arena, text, len);
    *ret_len = len;
    return ST_OK;
}

static uint32_t
count_lines(const char *text, size_t len)
{
    uint32_t lines = 1;
    for (size_t i = 0; i < len; i++) {
        lines += text[i] == '\n';
    }
    return lines;
}

static void
check_diags(const struct fuzz_io *io, const struct diag_list *diags)
{
    const uint32_t lines = count_lines(io->text, io->len);
    for (uint32_t i = 0; i < diags->items.count; i++) {
        const struct diag *diag = vec_at(&diags->items, i);
        if (diag->text[0] == '\0' || strchr(diag->text, '\n') != NULL ||
            (strcmp(diag->file, "main.json") == 0 && (diag->line < 1 || diag->line > lines))) {
            abort(); /* every mistake is a sentence with a place */
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena     arena;
    struct diag_list diags;
    struct fuzz_io   io = { .io = { .read = fuzz_read }, .text = (const char *)data, .len = size };
    arena_init(&arena, 0x5A);
    diag_list_init(&diags, &arena);
    const struct scenario *scenario = scenario_read(&io.io, "main.json", NULL, &arena, &diags);
    if ((scenario == NULL) != (diags.errors_count > 0)) {
        abort(); /* refused with a reason, or accepted without one */
    }
    check_diags(&io, &diags);
    if (scenario != NULL) {
        io.text = scenario->canonical;
        io.len = strlen(scenario->canonical);
        const struct scenario *again = scenario_read(&io.io, "main.json", NULL, &arena, &diags);
        if (again == NULL || strcmp(again->canonical, scenario->canonical) != 0 ||
            again->apps_count != scenario->apps_count ||
            again->steps_count != scenario->steps_count) {
            abort(); /* what is printed is what was read */
        }
        scenario_close(again);
    }
    scenario_close(scenario);
    diag_list_fini(&diags);
    arena_fini(&arena);
    return 0;
}

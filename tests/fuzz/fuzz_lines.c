/*
 * tests/fuzz/fuzz_lines.c
 *
 * Goal:   no bytes in a file of machines or of tasks, a line for each, make its reader crash, hang
 *         or lose a line.
 * Method: libFuzzer; the bytes are the file that a small right scenario names: one of machines when
 *         the first byte is even, else of tasks. What is refused has a reason with a place inside
 *         the file; the machines that are accepted are those of their groups; tasks come in order
 *         of their instants.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "sim/scenario.h"

static const char of_nodes[] = "{\"name\": \"t\", \"duration\": \"10m\", \"cluster\": "
                               "{\"nodes\": {\"file\": \"lines.csv\"}}}";
static const char of_tasks[] =
    "{\"name\": \"t\", \"duration\": \"10m\", \"cluster\": {\"groups\": {\"private\": {\"type\": "
    "\"m5.large\", \"min\": 3}}}, \"tasks\": {\"file\": \"lines.csv\"}}";

struct fuzz_io {
    struct sim_io io;
    bool          is_tasks;
    const char   *text;
    size_t        len;
};

static enum status
fuzz_read(struct sim_io *io, const char *path, struct arena *arena, char **ret_text,
          size_t *ret_len, struct error *err)
{
    const struct fuzz_io *fuzz = container_of(io, struct fuzz_io, io);
    const char *text = fuzz->is_tasks ? of_tasks : of_nodes;
    if (strcmp(path, "lines.csv") == 0) {
        *ret_text = arena_strndup(arena, fuzz->text, fuzz->len);
        *ret_len = fuzz->len;
        return ST_OK;
    }
    if (strcmp(path, "main.json") != 0) {
        return error_set(err, ST_NOT_FOUND, "no such file");
    }
    *ret_len = strlen(text);
    *ret_text = arena_strndup(arena, text, *ret_len);
    return ST_OK;
}

static void
check_diags(const struct fuzz_io *io, const struct diag_list *diags)
{
    uint32_t lines = 1;
    for (size_t i = 0; i < io->len; i++) {
        lines += io->text[i] == '\n';
    }
    for (uint32_t i = 0; i < diags->items.count; i++) {
        const struct diag *diag = vec_at(&diags->items, i);
        if (diag->text[0] == '\0' ||
            (strcmp(diag->file, "lines.csv") == 0 && (diag->line < 1 || diag->line > lines))) {
            abort(); /* every mistake is a sentence with a place */
        }
    }
}

static void
check_scenario(const struct scenario *scenario)
{
    uint32_t machines = 0;
    for (uint32_t i = 0; i < scenario->groups_count; i++) {
        machines += scenario->groups[i].is_given ? scenario->groups[i].min : 0;
    }
    if (machines != scenario->nodes_count) {
        abort(); /* each machine is in one group */
    }
    for (uint32_t i = 1; i < scenario->tasks_count; i++) {
        if (scenario->tasks[i].at_ns < scenario->tasks[i - 1].at_ns) {
            abort();
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena     arena;
    struct diag_list diags;
    if (size == 0) {
        return 0;
    }
    struct fuzz_io io = { .io = { .read = fuzz_read },
                          .is_tasks = data[0] % 2 == 1,
                          .text = (const char *)data + 1,
                          .len = size - 1 };
    arena_init(&arena, 0x5A);
    diag_list_init(&diags, &arena);
    const struct scenario *scenario = scenario_read(&io.io, "main.json", NULL, &arena, &diags);
    if ((scenario == NULL) != (diags.errors_count > 0)) {
        abort(); /* refused with a reason, or accepted without one */
    }
    check_diags(&io, &diags);
    if (scenario != NULL) {
        check_scenario(scenario);
    }
    scenario_close(scenario);
    diag_list_fini(&diags);
    arena_fini(&arena);
    return 0;
}

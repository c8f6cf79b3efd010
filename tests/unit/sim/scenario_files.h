/*
 * tests/unit/sim/scenario_files.h - files that exist only in a test, and what a scenario read from
 * them says.
 *
 * Use: files_add("x.json", "{...}"); files_read("x.json") is the scenario or NULL; files_said() is
 *      every line of the diagnostics. The suite names files_setup and files_teardown. expect_says(
 *      line, text) adds a line to a small right scenario and compares what is then said.
 */
#ifndef TESTS_UNIT_SIM_SCENARIO_FILES_H
#define TESTS_UNIT_SIM_SCENARIO_FILES_H

#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "sim/scenario.h"

enum { FILES_MAX = 32 };

struct files_entry {
    const char *path;
    const char *text;
    size_t      len;
};

static struct arena           files_arena;
static struct diag_list       files_diags;
static struct files_entry     files_entries[FILES_MAX];
static uint32_t               files_count;
static const struct scenario *files_open[FILES_MAX]; /* given back at the end */
static uint32_t               files_open_count;

static enum status
files_read_one(struct sim_io *io, const char *path, struct arena *arena, char **ret_text,
               size_t *ret_len, struct error *err)
{
    (void)io;
    for (uint32_t i = 0; i < files_count; i++) {
        if (strcmp(files_entries[i].path, path) == 0) {
            *ret_text = arena_strndup(arena, files_entries[i].text, files_entries[i].len);
            *ret_len = files_entries[i].len;
            return ST_OK;
        }
    }
    return error_set(err, ST_NOT_FOUND, "no such file");
}

static inline void
files_add_bytes(const char *path, const char *bytes, size_t len)
{
    ASSERT(files_count < FILES_MAX);
    files_entries[files_count++] = (struct files_entry){ path, bytes, len };
}

static inline void
files_add(const char *path, const char *text)
{
    files_add_bytes(path, text, strlen(text));
}

static inline const struct scenario *
files_read_with(const char *path, const struct scenario_options *options)
{
    struct sim_io          io = { .read = files_read_one };
    const struct scenario *scenario =
        scenario_read(&io, path, options, &files_arena, &files_diags);
    if (scenario != NULL) {
        ASSERT(files_open_count < FILES_MAX);
        files_open[files_open_count++] = scenario;
    }
    return scenario;
}

static inline const struct scenario *
files_read(const char *path)
{
    return files_read_with(path, NULL);
}

/* Every line said so far, each with a line end. */
static inline char *
files_said(void)
{
    struct strbuf out = { 0 };
    for (uint32_t i = 0; i < files_diags.items.count; i++) {
        diag_print(vec_at(&files_diags.items, i), &out);
        strbuf_add_char(&out, '\n');
    }
    char *said = arena_strdup(&files_arena, strbuf_text(&out));
    strbuf_fini(&out);
    return said;
}

static void
files_setup(void)
{
    arena_init(&files_arena, 0x5A);
    diag_list_init(&files_diags, &files_arena);
    files_count = 0;
    files_open_count = 0;
}

static void
files_teardown(void)
{
    for (uint32_t i = 0; i < files_open_count; i++) {
        scenario_close(files_open[i]);
    }
    diag_list_fini(&files_diags);
    arena_fini(&files_arena);
}

#define HEAD "{\n\"name\": \"t\", \"duration\": \"10m\",\n"
#define CLUSTER                                                                                    \
    "\"cluster\": {\"zones\": [\"a\", \"b\"], \"groups\": {\"private\": {\"type\": \"m5.large\", " \
    "\"min\": 3}, \"public\": {\"role\": \"slave_public\", \"type\": \"t3.medium\", "        \
    "\"min\": 1}}}"
#define WEB                                                                                        \
    "{\"id\": \"/web\", \"cmd\": \"serve\", \"cpus\": 0.5, \"mem\": 64, \"labels\": "              \
    "{\"HAPROXY_GROUP\": \"external\", \"HAPROXY_0_VHOST\": \"web.example.com,www.example.com\"}}"
#define TAIL "\n}\n"

/* A right scenario with this line added: what is said of it, or "" when all is well. */
static inline char *
said_of(const char *line)
{
    files_count = 0;
    diag_list_fini(&files_diags);
    diag_list_init(&files_diags, &files_arena);
    files_add("t.json", arena_printf(&files_arena,
                                     HEAD CLUSTER ",\n\"apps\": [" WEB "],\n%s" TAIL, line));
    const struct scenario *scenario = files_read("t.json");
    cr_expect(eq(int, scenario == NULL, files_diags.errors_count > 0));
    return files_said();
}

#define expect_says(line, expected)                                                                \
    cr_expect(eq(str, said_of(line), (char *)(uintptr_t)(expected)), "%s", line)

#endif

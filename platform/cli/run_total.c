/* platform/cli/run_total.c - what failed, over several runs. */
#include "platform/cli/run_total.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "reports/escape.h"
#include "reports/reader.h"

/* What is shown at most: limits of ours. */
enum { TOTAL_CHECKS_MAX = 10, TOTAL_SEEDS_MAX = 5 };

struct total_check {
    const char *file; /* borrowed */
    const char *id;   /* "slo-availability-web.example.com", in the arena */
    uint32_t    count;
    uint64_t    seeds[TOTAL_SEEDS_MAX]; /* the first ones */
};

static void
total_add(struct vec *checks, const struct run_one *one, const char *id, struct arena *arena)
{
    struct total_check *check = NULL;
    for (uint32_t i = 0; i < checks->count && check == NULL; i++) {
        struct total_check *other = vec_at(checks, i);
        check = other->file == one->file && strcmp(other->id, id) == 0 ? other : NULL;
    }
    if (check == NULL) {
        check = vec_push(checks);
        *check = (struct total_check){ .file = one->file, .id = arena_strdup(arena, id) };
    }
    if (check->count < TOTAL_SEEDS_MAX) {
        check->seeds[check->count] = one->seed;
    }
    check->count++;
}

/* What a run that failed says in its run database; nothing when there is none. */
static void
total_read(const struct run_one *one, struct arena *arena, struct vec *checks)
{
    const char   *path = arena_printf(arena, "%s/run.db", one->folder);
    struct error  err = { "" };
    struct reader reader;
    if (one->folder[0] == '\0' || access(path, R_OK) != 0 ||
        reader_open(&reader, path, &err) != ST_OK) {
        return;
    }
    struct reader_rows rows = reader_query(
        &reader, "SELECT DISTINCT id FROM (SELECT id FROM expectations WHERE outcome = 'failed'"
                 " UNION ALL SELECT id FROM invariants WHERE outcome = 'failed')");
    while (reader_next(&rows)) {
        total_add(checks, one, reader_text(&rows, 0), arena);
    }
    reader_close(&reader);
}

static void
total_show(const struct total_check *check, uint32_t runs, bool has_files, FILE *out)
{
    struct strbuf line = { 0 };
    strbuf_printf(&line, "  %4u of %u  ", check->count, runs);
    if (has_files) {
        escape_terminal(&line, check->file);
        strbuf_add(&line, ": ");
    }
    escape_terminal(&line, check->id);
    strbuf_add(&line, check->count == 1 ? ": seed " : ": seeds ");
    for (uint32_t i = 0; i < check->count && i < TOTAL_SEEDS_MAX; i++) {
        strbuf_printf(&line, "%s%" PRIu64, i > 0 ? ", " : "", check->seeds[i]);
    }
    if (check->count > TOTAL_SEEDS_MAX) {
        strbuf_printf(&line, " and %u more", check->count - TOTAL_SEEDS_MAX);
    }
    (void)fprintf(out, "%s\n", strbuf_text(&line));
    strbuf_fini(&line);
}

void
run_total_print(const struct run_options *options, const struct run_job *jobs, uint32_t count)
{
    FILE        *out = run_options_console(options);
    uint32_t     passed = 0;
    struct arena arena;
    struct vec   checks; /* struct total_check, in the order in which they first failed */
    arena_init(&arena, 0);
    vec_init(&checks, sizeof(struct total_check));
    for (uint32_t i = 0; i < count; i++) {
        passed += jobs[i].code == 0 ? 1U : 0U;
        if (jobs[i].code == 1 && options->has_seeds) {
            total_read(&jobs[i].one, &arena, &checks);
        }
    }
    (void)fprintf(out, "%u runs: %u passed, %u did not\n", count, passed, count - passed);
    for (uint32_t i = 0; i < checks.count && i < TOTAL_CHECKS_MAX; i++) {
        total_show(vec_at(&checks, i), count / options->files.count, options->files.count > 1, out);
    }
    if (checks.count > TOTAL_CHECKS_MAX) {
        (void)fprintf(out, "  and %u more, in the reports\n", checks.count - TOTAL_CHECKS_MAX);
    }
    vec_fini(&checks);
    arena_fini(&arena);
}

/*
 * tests/unit/cli/test_diff.c
 *
 * Goal:   `rehearse diff` and `rehearse replay` say same, different or no good by their exit, and
 *         the decisions of two runs compare by order within an app, not by ids or time.
 * Method: traces and run databases in a temporary folder; what is printed is captured.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <sqlite3.h>

#include "platform/cli/diff.h"
#include "platform/cli/replay.h"
#include "reports/rundb.h"
#include "tests/unit/sim/trace_story.h"

static char folder[] = "/tmp/rehearse-test-XXXXXX";

static void
set_up(void)
{
    cr_redirect_stdout();
    cr_redirect_stderr();
    cr_assert_not_null(mkdtemp(folder));
    cr_assert_eq(chdir(folder), 0);
}

static void
tear_down(void)
{
    static const char *const files[] = { "a.lz4", "b.lz4", "a.db", "b.db", "noise" };
    for (uint32_t i = 0; i < COUNT_OF(files); i++) {
        unlink(files[i]);
    }
    cr_assert_eq(chdir("/"), 0);
    rmdir(folder);
}

TestSuite(diff, .init = set_up, .fini = tear_down, .timeout = 60);

static void
write_file(const char *path, const void *bytes, size_t len)
{
    FILE *file = fopen(path, "wb");
    cr_assert_not_null(file);
    cr_assert_eq(fwrite(bytes, 1, len, file), len);
    fclose(file);
}

static void
write_trace(const char *path, struct trace_story story)
{
    struct trace_story_io io = trace_story_io();
    trace_story_tell(story, &io.io);
    write_file(path, io.bytes.text, io.bytes.len);
    strbuf_fini(&io.bytes);
}

static int
diff(const char *a, const char *b)
{
    char *argv[] = { "diff", (char *)a, (char *)b, NULL };
    return diff_main(3, argv);
}

static int
diff_decided(const char *a, const char *b)
{
    char *argv[] = { "diff", "--decisions", (char *)a, (char *)b, NULL };
    return diff_main(4, argv);
}

/* Rows: "(at_ns, 'decision', app, task, version, deployment, text)". */
static void
write_run(const char *path, const char *rows)
{
    sqlite3 *db = NULL;
    char sql[4096];
    snprintf(sql, sizeof sql,
             "INSERT INTO events (at_ns, kind, app, task, version, deployment, text) VALUES %s;",
             rows);
    unlink(path);
    cr_assert_eq(sqlite3_open(path, &db), SQLITE_OK);
    cr_assert_eq(sqlite3_exec(db, RUNDB_SCHEMA, NULL, NULL, NULL), SQLITE_OK);
    cr_assert_eq(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

static const char upgrade[] = "(1, 'decision', '/web', 10, 100, 7, 'launch'),"
                              "(2, 'decision', '/web', 11, 100, 7, 'launch'),"
                              "(2, 'decision', '/db', 12, 101, 8, 'launch'),"
                              "(3, 'task', '/web', 10, 100, 7, 'started'),"
                              "(4, 'decision', '/web', 10, 100, 7, 'drain'),"
                              "(5, 'decision', '/web', 10, 100, 7, 'kill')";

Test(diff, says_that_a_trace_is_itself)
{
    write_trace("a.lz4", (struct trace_story){ .lines_count = 100 });
    write_trace("b.lz4", (struct trace_story){ .lines_count = 100 });
    cr_assert_eq(diff("a.lz4", "b.lz4"), 0);
}

Test(diff, shows_the_first_line_that_differs)
{
    write_trace("a.lz4", (struct trace_story){ .lines_count = 100 });
    write_trace("b.lz4", (struct trace_story){ .lines_count = 100, .changed_line = 50 });
    cr_assert_eq(diff("a.lz4", "b.lz4"), 1);
    fflush(stdout);
    FILE *out = cr_get_redirected_stdout();
    char text[8192];
    const size_t len = fread(text, 1, sizeof text - 1, out);
    text[len] = '\0';
    cr_assert_not_null(strstr(text, "first difference at line 50"));
    cr_assert_not_null(strstr(text, "0.500000000"));
    cr_assert_not_null(strstr(text, "A  "));
    cr_assert_not_null(strstr(text, "B  "));
}

Test(diff, refuses_what_is_no_trace)
{
    write_trace("a.lz4", (struct trace_story){ .lines_count = 100 });
    write_file("noise", "no trace at all", 15);
    cr_assert_eq(diff("a.lz4", "noise"), 2);
    cr_assert_eq(diff("missing", "a.lz4"), 2);
    cr_assert_eq(diff("a.lz4", "--what"), 2);
    cr_assert_eq(diff_decided("a.lz4", "a.lz4"), 2);
    cr_assert_eq(diff_decided("missing", "missing"), 2);
}

Test(diff, finds_equal_decisions_under_other_ids_times_and_neighbours)
{
    write_run("a.db", upgrade);
    write_run("b.db", "(9, 'decision', '/db', 5, 41, 2, 'launch'),"
                      "(11, 'decision', '/web', 77, 40, 1, 'launch'),"
                      "(12, 'decision', '/web', 76, 40, 1, 'launch'),"
                      "(24, 'decision', '/web', 77, 40, 1, 'drain'),"
                      "(25, 'decision', '/web', 77, 40, 1, 'kill')");
    cr_assert_eq(diff_decided("a.db", "b.db"), 0);
}

/* Which of two drains ends first is up to the requests still open. */
Test(diff, does_not_care_which_drain_ends_first)
{
    write_run("a.db", "(1, 'decision', '/web', 10, 100, 7, 'launch'),"
                      "(2, 'decision', '/web', 11, 100, 7, 'launch'),"
                      "(3, 'decision', '/web', 10, 100, 7, 'drain'),"
                      "(4, 'decision', '/web', 11, 100, 7, 'drain'),"
                      "(5, 'decision', '/web', 10, 100, 7, 'kill'),"
                      "(6, 'decision', '/web', 11, 100, 7, 'kill')");
    write_run("b.db", "(1, 'decision', '/web', 10, 100, 7, 'launch'),"
                      "(2, 'decision', '/web', 11, 100, 7, 'launch'),"
                      "(3, 'decision', '/web', 10, 100, 7, 'drain'),"
                      "(4, 'decision', '/web', 11, 100, 7, 'drain'),"
                      "(5, 'decision', '/web', 11, 100, 7, 'kill'),"
                      "(6, 'decision', '/web', 10, 100, 7, 'kill')");
    cr_assert_eq(diff_decided("a.db", "b.db"), 0);
    write_run("b.db", "(1, 'decision', '/web', 10, 100, 7, 'launch'),"
                      "(2, 'decision', '/web', 11, 100, 7, 'launch'),"
                      "(3, 'decision', '/web', 10, 100, 7, 'drain'),"
                      "(4, 'decision', '/web', 11, 100, 7, 'drain'),"
                      "(5, 'decision', '/web', 11, 100, 7, 'kill')");
    cr_assert_eq(diff_decided("a.db", "b.db"), 1, "but each must be killed");
}

Test(diff, sees_another_order_of_decisions)
{
    write_run("a.db", upgrade);
    write_run("b.db", "(1, 'decision', '/web', 10, 100, 7, 'launch'),"
                      "(2, 'decision', '/db', 12, 101, 8, 'launch'),"
                      "(4, 'decision', '/web', 10, 100, 7, 'drain'),"
                      "(4, 'decision', '/web', 11, 100, 7, 'launch'),"
                      "(5, 'decision', '/web', 10, 100, 7, 'kill')");
    cr_assert_eq(diff_decided("a.db", "b.db"), 1);
}

Test(diff, sees_another_instance)
{
    write_run("a.db", upgrade);
    write_run("b.db", "(1, 'decision', '/web', 10, 100, 7, 'launch'),"
                      "(2, 'decision', '/web', 11, 100, 7, 'launch'),"
                      "(2, 'decision', '/db', 12, 101, 8, 'launch'),"
                      "(4, 'decision', '/web', 11, 100, 7, 'drain'),"
                      "(5, 'decision', '/web', 11, 100, 7, 'kill')");
    cr_assert_eq(diff_decided("a.db", "b.db"), 1);
}

Test(diff, sees_another_version_and_a_missing_app)
{
    write_run("a.db", upgrade);
    write_run("b.db", "(1, 'decision', '/web', 10, 100, 7, 'launch'),"
                      "(2, 'decision', '/web', 11, 102, 7, 'launch'),"
                      "(2, 'decision', '/db', 12, 101, 8, 'launch'),"
                      "(4, 'decision', '/web', 10, 100, 7, 'drain'),"
                      "(5, 'decision', '/web', 10, 100, 7, 'kill')");
    cr_assert_eq(diff_decided("a.db", "b.db"), 1);
    write_run("b.db", "(1, 'decision', '/web', 10, 100, 7, 'launch'),"
                      "(2, 'decision', '/web', 11, 100, 7, 'launch'),"
                      "(4, 'decision', '/web', 10, 100, 7, 'drain'),"
                      "(5, 'decision', '/web', 10, 100, 7, 'kill')");
    cr_assert_eq(diff_decided("a.db", "b.db"), 1);
    cr_assert_eq(diff_decided("b.db", "a.db"), 1);
}

/* --- replay --- */

static enum status
run_the_same(const struct trace_header *header, const char *trace_path, struct error *err)
{
    (void)err;
    cr_assert_eq(header->seed, 7);
    write_trace(trace_path, (struct trace_story){ .lines_count = 100 });
    return ST_OK;
}

static enum status
run_another(const struct trace_header *header, const char *trace_path, struct error *err)
{
    (void)header;
    (void)err;
    write_trace(trace_path, (struct trace_story){ .lines_count = 100, .changed_line = 3 });
    return ST_OK;
}

static enum status
run_fails(const struct trace_header *header, const char *trace_path, struct error *err)
{
    (void)header;
    (void)trace_path;
    return error_set(err, ST_FAILED, "the disk is full");
}

Test(diff, replays_and_tells_by_its_exit)
{
    char *argv[] = { "replay", "a.lz4", NULL };
    write_trace("a.lz4", (struct trace_story){ .lines_count = 100 });
    cr_assert_eq(replay_main(2, argv, run_the_same), 0);
    cr_assert_eq(replay_main(2, argv, run_another), 1);
    cr_assert_eq(replay_main(2, argv, run_fails), 3);
    char *bad[] = { "replay", "a.lz4", "--from", "soon", NULL };
    cr_assert_eq(replay_main(4, bad, run_the_same), 2);
}

Test(diff, replay_prints_the_window_alone)
{
    write_trace("a.lz4", (struct trace_story){ .lines_count = 100 });
    char *argv[] = { "replay", "a.lz4", "--from", "100ms", "--to", "130ms", NULL };
    cr_assert_eq(replay_main(6, argv, NULL), 0);
    fflush(stdout);
    char text[8192];
    const size_t len = fread(text, 1, sizeof text - 1, cr_get_redirected_stdout());
    text[len] = '\0';
    uint32_t lines = 0;
    for (size_t i = 0; i < len; i++) {
        lines += text[i] == '\n' ? 1 : 0;
    }
    cr_assert_eq(lines, 1 + 4, "the header, and the lines at 100, 110, 120, 130 ms: %s", text);
    cr_assert_not_null(strstr(text, "--set traffic.rate=200/s"));
    cr_assert_not_null(strstr(text, "0.120000000"));
}

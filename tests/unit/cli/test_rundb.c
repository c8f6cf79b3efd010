/*
 * tests/unit/cli/test_rundb.c
 *
 * Goal:   run.db holds each row of the results, whether rows are written one by one or many at
 *         once, at the end or while the run goes on: nothing missing, nothing left over from the
 *         row before.
 * Method: results made by hand, with as many rows as batches do and do not divide; written, and
 *         read back by SQLite.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <sqlite3.h>

#include "platform/cli/rundb_row.h"
#include "platform/cli/rundb_write.h"
#include "platform/env/net.h"
#include "platform/model/task.h"

static char           folder[] = "/tmp/rehearse-test-XXXXXX";
static struct arena   arena;
static struct results results;

static void
set_up(void)
{
    cr_assert_not_null(mkdtemp(folder));
    cr_assert_eq(chdir(folder), 0);
    arena_init(&arena, 0);
    results_init(&results, &arena, SEC(2));
}

static void
tear_down(void)
{
    results_fini(&results);
    arena_fini(&arena);
    unlink("run.db");
    cr_assert_eq(chdir("/"), 0);
    rmdir(folder);
}

TestSuite(rundb, .init = set_up, .fini = tear_down, .timeout = 60);

/* Every second one has a node, an app, states and a text; the others have none of them. */
static void
add_events(uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        const bool full = i % 2 == 0;
        *(struct result_event *)vec_push(&results.events) = (struct result_event){
            .at_ns = i,
            .kind = ENV_EVENT_TASK,
            .process = env_address_of(ENV_PROCESS_AGENT, i * 7),
            .app = full ? intern_id(&results.names, "/web") : 0,
            .text = full ? intern_id(&results.names, "it's \"placed\"") : 0,
            .old_state = full ? TASK_PENDING : -1,
            .new_state = full ? TASK_STATE_COUNT + 3 : -1,
        };
    }
}

static int64_t
ask_file(const char *sql)
{
    sqlite3      *db = NULL;
    sqlite3_stmt *row = NULL;
    cr_assert_eq(sqlite3_open("run.db", &db), SQLITE_OK);
    cr_assert_eq(sqlite3_prepare_v2(db, sql, -1, &row, NULL), SQLITE_OK, "%s", sql);
    cr_assert_eq(sqlite3_step(row), SQLITE_ROW);
    const int64_t answer = sqlite3_column_int64(row, 0);
    sqlite3_finalize(row);
    sqlite3_close(db);
    return answer;
}

static int64_t
ask(const char *sql)
{
    struct error err = { "" };
    cr_assert_eq(rundb_write(&results, "run.db", &err), ST_OK, "%s", err.text);
    return ask_file(sql);
}

Test(rundb, has_each_row_once_in_order_however_many_there_are)
{
    static const uint32_t counts[] = { 0,
                                       1,
                                       RUNDB_BATCH_ROWS - 1,
                                       RUNDB_BATCH_ROWS,
                                       RUNDB_BATCH_ROWS + 1,
                                       3 * RUNDB_BATCH_ROWS,
                                       3 * RUNDB_BATCH_ROWS + 17 };
    for (uint32_t i = 0; i < COUNT_OF(counts); i++) {
        vec_clear(&results.events);
        add_events(counts[i]);
        cr_expect_eq(ask("SELECT count(*) FROM events"), counts[i]);
        cr_expect_eq(ask("SELECT count(*) FROM events WHERE at_ns = rowid - 1"), counts[i]);
    }
}

Test(rundb, leaves_nothing_of_the_row_before)
{
    add_events(2 * RUNDB_BATCH_ROWS + 10);
    const int64_t half = RUNDB_BATCH_ROWS + 5;
    cr_expect_eq(ask("SELECT count(*) FROM events WHERE at_ns % 2 = 0 AND app = '/web'"
                     " AND text = 'it''s \"placed\"' AND old = 'pending'"),
                 half);
    cr_expect_eq(ask("SELECT count(*) FROM events WHERE at_ns % 2 = 1 AND app IS NULL"
                     " AND text IS NULL AND old IS NULL AND new IS NULL AND node IS NULL"),
                 half);
}

Test(rundb, names_processes_and_states_it_has_no_word_for)
{
    add_events(2 * RUNDB_BATCH_ROWS + 10);
    cr_expect_eq(ask("SELECT count(*) FROM events WHERE process = 'agent-' || (at_ns * 7)"),
                 2 * RUNDB_BATCH_ROWS + 10);
    char sql[120];
    (void)snprintf(sql, sizeof sql, "SELECT count(*) FROM events WHERE new = '%d'",
                   TASK_STATE_COUNT + 3);
    cr_expect_eq(ask(sql), RUNDB_BATCH_ROWS + 5);
}

/* Events that are taken while the run goes on, and the rest at its end. */
static void
write_in_parts(uint32_t parts, uint32_t rest)
{
    struct error  err = { "" };
    struct rundb *rundb = rundb_open("run.db");
    for (uint32_t part = 0; part < parts; part++) {
        for (uint32_t i = 0; i < RESULTS_EVENTS_PART; i++) {
            char name[32];
            (void)snprintf(name, sizeof name, "/app-%u", part * RESULTS_EVENTS_PART + i);
            *(struct result_event *)vec_push(&results.events) =
                (struct result_event){ .at_ns = part * RESULTS_EVENTS_PART + i,
                                       .app = intern_id(&results.names, name),
                                       .kind = ENV_EVENT_APP,
                                       .old_state = -1,
                                       .new_state = -1 };
        }
        rundb_take(rundb, &results);
        cr_assert_eq(results.events.count, 0);
    }
    add_events(rest);
    cr_assert_eq(rundb_close(rundb, &results, &err), ST_OK, "%s", err.text);
}

Test(rundb, has_each_event_once_in_order_when_they_are_taken_in_parts)
{
    static const uint32_t rests[] = { 0, RUNDB_BATCH_ROWS + 3 };
    for (uint32_t i = 0; i < COUNT_OF(rests); i++) {
        vec_clear(&results.events);
        write_in_parts(3, rests[i]);
        cr_expect_eq(ask_file("SELECT count(*) FROM events"), 3 * RESULTS_EVENTS_PART + rests[i]);
        cr_expect_eq(ask_file("SELECT count(*) FROM events WHERE kind = 'app'"
                              " AND at_ns = rowid - 1 AND app = '/app-' || at_ns"),
                     3 * RESULTS_EVENTS_PART);
        cr_expect_eq(ask_file("SELECT count(*) FROM events WHERE kind = 'task'"), rests[i]);
    }
}

Test(rundb, leaves_no_file_that_nobody_wants)
{
    struct rundb *rundb = rundb_open("run.db");
    add_events(RESULTS_EVENTS_PART);
    rundb_take(rundb, &results);
    cr_expect_eq(access("run.db", F_OK), 0);
    rundb_drop(rundb);
    cr_expect_neq(access("run.db", F_OK), 0);
}

Test(rundb, says_what_it_cannot_write)
{
    struct error err = { "" };
    add_events(RUNDB_BATCH_ROWS + 1);
    cr_expect_eq(rundb_write(&results, "no/such/folder/run.db", &err), ST_IO);
    cr_expect_neq(err.text[0], '\0');
}

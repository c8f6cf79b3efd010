/* platform/cli/rundb_row.c - rows of run.db, bound column by column. */
#include "platform/cli/rundb_row.h"

#include <string.h>

#include "platform/base/strbuf.h"

void
rundb_exec(struct rundb *rundb, const char *sql)
{
    if (!rundb->failed && sqlite3_exec(rundb->db, sql, NULL, NULL, NULL) != SQLITE_OK) {
        rundb->failed = true;
    }
}

static sqlite3_stmt *
rundb_prepare(struct rundb *rundb, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    if (!rundb->failed && sqlite3_prepare_v2(rundb->db, sql, -1, &statement, NULL) != SQLITE_OK) {
        rundb->failed = true;
    }
    return statement;
}

void
rundb_begin(struct rundb *rundb, const char *sql)
{
    rundb->row = rundb_prepare(rundb, sql);
    rundb->into = rundb->row;
    rundb->columns_count = rundb->failed ? 0 : sqlite3_bind_parameter_count(rundb->row);
    rundb->column = 0;
}

void
rundb_begin_many(struct rundb *rundb, const char *sql, uint32_t rows_count)
{
    rundb_begin(rundb, sql);
    rundb->batches_left = rows_count / RUNDB_BATCH_ROWS;
    if (rundb->batches_left == 0) {
        return;
    }
    struct strbuf batch = { 0 };
    const char   *row = strchr(sql, '(');
    ASSERT(row != NULL);
    strbuf_printf(&batch, "%s", sql);
    for (uint32_t i = 1; i < RUNDB_BATCH_ROWS; i++) {
        strbuf_printf(&batch, ",%s", row);
    }
    rundb->batch = rundb_prepare(rundb, strbuf_text(&batch));
    rundb->into = rundb->batch;
    strbuf_fini(&batch);
}

void
rundb_int(struct rundb *rundb, int64_t value)
{
    if (!rundb->failed) {
        (void)sqlite3_bind_int64(rundb->into, ++rundb->column, value);
    }
}

static void
rundb_null(struct rundb *rundb)
{
    if (!rundb->failed) {
        (void)sqlite3_bind_null(rundb->into, ++rundb->column);
    }
}

void
rundb_at(struct rundb *rundb, int64_t at_ns)
{
    if (at_ns >= 0) {
        rundb_int(rundb, at_ns);
    } else {
        rundb_null(rundb);
    }
}

void
rundb_text(struct rundb *rundb, const char *text)
{
    if (text == NULL) {
        rundb_null(rundb);
    } else if (!rundb->failed) { /* borrowed: a copy of every text costs more than the row */
        (void)sqlite3_bind_text(rundb->into, ++rundb->column, text, -1, SQLITE_STATIC);
    }
}

void
rundb_name(struct rundb *rundb, uint32_t interned)
{
    rundb_text(rundb, interned != 0 ? intern_text(&rundb->results->names, interned) : NULL);
}

void
rundb_node(struct rundb *rundb, uint32_t node)
{
    const struct vec *nodes = &rundb->results->nodes;
    if (node == 0 || node > nodes->count) {
        rundb_text(rundb, NULL);
        return;
    }
    rundb_text(rundb, ((const struct result_node *)vec_at(nodes, node - 1))->name);
}

static void
rundb_step(struct rundb *rundb)
{
    rundb->failed = sqlite3_step(rundb->into) != SQLITE_DONE;
    (void)sqlite3_reset(rundb->into);
    rundb->column = 0;
}

void
rundb_next(struct rundb *rundb)
{
    if (rundb->failed) {
        return;
    }
    ASSERT(rundb->column > 0); /* all are bound anew, so nothing is left of the row before */
    ASSERT(rundb->column % rundb->columns_count == 0);
    if (rundb->into == rundb->row) {
        ASSERT(rundb->column == rundb->columns_count);
        rundb_step(rundb);
    } else if (rundb->column == rundb->columns_count * RUNDB_BATCH_ROWS) {
        rundb_step(rundb);
        rundb->into = --rundb->batches_left > 0 ? rundb->batch : rundb->row;
    }
}

void
rundb_end(struct rundb *rundb)
{
    ASSERT(rundb->failed || rundb->column == 0); /* as many rows came as were announced */
    (void)sqlite3_finalize(rundb->row);
    (void)sqlite3_finalize(rundb->batch);
    rundb->row = NULL;
    rundb->batch = NULL;
    rundb->into = NULL;
}

/* platform/cli/rundb_row.c - rows of run.db, bound column by column. */
#include "platform/cli/rundb_row.h"

void
rundb_exec(struct rundb *rundb, const char *sql)
{
    if (!rundb->failed && sqlite3_exec(rundb->db, sql, NULL, NULL, NULL) != SQLITE_OK) {
        rundb->failed = true;
    }
}

void
rundb_begin(struct rundb *rundb, const char *sql)
{
    if (!rundb->failed && sqlite3_prepare_v2(rundb->db, sql, -1, &rundb->row, NULL) != SQLITE_OK) {
        rundb->failed = true;
    }
    rundb->column = 0;
}

void
rundb_int(struct rundb *rundb, int64_t value)
{
    if (!rundb->failed) {
        (void)sqlite3_bind_int64(rundb->row, ++rundb->column, value);
    }
}

void
rundb_at(struct rundb *rundb, int64_t at_ns)
{
    if (at_ns >= 0) {
        rundb_int(rundb, at_ns);
    } else {
        rundb->column++;
    }
}

void
rundb_text(struct rundb *rundb, const char *text)
{
    if (!rundb->failed && text != NULL) {
        (void)sqlite3_bind_text(rundb->row, ++rundb->column, text, -1, SQLITE_TRANSIENT);
    } else {
        rundb->column++;
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

void
rundb_next(struct rundb *rundb)
{
    if (!rundb->failed) {
        rundb->failed = sqlite3_step(rundb->row) != SQLITE_DONE;
        (void)sqlite3_reset(rundb->row);
        (void)sqlite3_clear_bindings(rundb->row);
    }
    rundb->column = 0;
}

void
rundb_end(struct rundb *rundb)
{
    (void)sqlite3_finalize(rundb->row);
    rundb->row = NULL;
}

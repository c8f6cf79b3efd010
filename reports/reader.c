/* reports/reader.c - reads run.db; no report speaks to SQLite but through here. */
#include "reports/reader.h"

#include <string.h>
#include <unistd.h>

#include "reports/rundb.h"

static void
reader_fail(struct reader *reader, int code)
{
    if (reader->status != ST_OK) {
        return;
    }
    switch (code & 0xFF) {
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
    case SQLITE_ERROR: /* a table or a column is not there */
    case SQLITE_FORMAT:
        reader->status = error_set(&reader->err, ST_INVALID,
                                   "%.*s: not a run database, or a damaged one (%s)",
                                   READER_PATH_MAX, reader->path, sqlite3_errmsg(reader->db));
        break;
    default:
        reader->status = error_set(&reader->err, ST_IO, "%.*s: cannot be read (%s)",
                                   READER_PATH_MAX, reader->path, sqlite3_errmsg(reader->db));
    }
}

struct reader_rows
reader_query(struct reader *reader, const char *sql)
{
    struct reader_rows rows = { .reader = reader };
    if (reader->status == ST_OK) {
        const int code = sqlite3_prepare_v2(reader->db, sql, -1, &rows.statement, NULL);
        if (code != SQLITE_OK) {
            reader_fail(reader, code);
            reader_end(&rows);
        }
    }
    return rows;
}

void
reader_end(struct reader_rows *rows)
{
    (void)sqlite3_finalize(rows->statement);
    rows->statement = NULL;
}

bool
reader_next(struct reader_rows *rows)
{
    if (rows->statement == NULL) {
        return false;
    }
    const int code = sqlite3_step(rows->statement);
    if (code == SQLITE_ROW) {
        return true;
    }
    if (code != SQLITE_DONE) {
        reader_fail(rows->reader, code);
    }
    reader_end(rows);
    return false;
}

void
reader_bind_text(struct reader_rows *rows, int parameter, const char *text)
{
    if (rows->statement != NULL) {
        (void)sqlite3_bind_text(rows->statement, parameter, text, -1, SQLITE_TRANSIENT);
    }
}

void
reader_bind_int(struct reader_rows *rows, int parameter, int64_t value)
{
    if (rows->statement != NULL) {
        (void)sqlite3_bind_int64(rows->statement, parameter, value);
    }
}

const char *
reader_text(const struct reader_rows *rows, int column)
{
    ASSERT(rows->statement != NULL);
    const void *text = sqlite3_column_text(rows->statement, column);
    return text != NULL ? text : "";
}

int64_t
reader_int(const struct reader_rows *rows, int column)
{
    ASSERT(rows->statement != NULL);
    return sqlite3_column_int64(rows->statement, column);
}

bool
reader_is_null(const struct reader_rows *rows, int column)
{
    ASSERT(rows->statement != NULL);
    return sqlite3_column_type(rows->statement, column) == SQLITE_NULL;
}

const char *
reader_keep(const struct reader_rows *rows, int column)
{
    return arena_strdup(&rows->reader->arena, reader_text(rows, column));
}

int64_t
reader_number(struct reader *reader, const char *sql)
{
    struct reader_rows rows = reader_query(reader, sql);
    const int64_t number = reader_next(&rows) ? reader_int(&rows, 0) : 0;
    reader_end(&rows);
    return number;
}

static void
reader_read_run(struct reader *reader)
{
    struct reader_rows rows = reader_query(
        reader, "SELECT version, scenario, file, about, backend, scheduler, outcome, error,"
                " reproduce, trace_hash, seed, trace_events, simulated_ns, wall_ns, sample_ns,"
                " events_dropped, nodes_max, tasks_submitted, cost_microusd,"
                " policy, tie, decision_app_ns, decision_task_ns FROM run");
    if (reader_next(&rows) && reader_int(&rows, 0) == RUNDB_VERSION) {
        reader->run = (struct reader_run){
            .scenario = reader_keep(&rows, 1),
            .file = reader_keep(&rows, 2),
            .about = reader_keep(&rows, 3),
            .backend = reader_keep(&rows, 4),
            .scheduler = reader_keep(&rows, 5),
            .outcome = reader_keep(&rows, 6),
            .error = reader_keep(&rows, 7),
            .reproduce = reader_keep(&rows, 8),
            .trace_hash = reader_keep(&rows, 9),
            .seed = (uint64_t)reader_int(&rows, 10),
            .trace_events = reader_int(&rows, 11),
            .simulated_ns = reader_int(&rows, 12),
            .wall_ns = reader_int(&rows, 13),
            .sample_ns = reader_int(&rows, 14),
            .events_dropped = reader_int(&rows, 15),
            .nodes_max = reader_int(&rows, 16),
            .tasks_submitted = reader_int(&rows, 17),
            .cost_microusd = reader_int(&rows, 18),
            .policy = reader_keep(&rows, 19),
            .tie = reader_keep(&rows, 20),
            .decision_app_ns = reader_int(&rows, 21),
            .decision_task_ns = reader_int(&rows, 22),
        };
    } else if (reader->status == ST_OK) {
        reader->status = error_set(&reader->err, ST_INVALID,
                                   rows.statement == NULL
                                       ? "%.*s: the run database holds no run"
                                       : "%.*s: the run database is of another version",
                                   READER_PATH_MAX, reader->path);
    }
    reader_end(&rows);
}

enum status
reader_open(struct reader *reader, const char *path, struct error *err)
{
    *reader = (struct reader){ .path = path };
    arena_init(&reader->arena, 0);
    if (access(path, F_OK) != 0) {
        return error_set(err, ST_NOT_FOUND, "%.*s: there is no such run database", READER_PATH_MAX,
                         path);
    }
    const int code = sqlite3_open_v2(path, &reader->db, SQLITE_OPEN_READONLY, NULL);
    if (code != SQLITE_OK) {
        reader_fail(reader, code);
    } else {
        reader_read_run(reader);
    }
    const enum status status = reader_status(reader, err);
    if (status != ST_OK) {
        reader_close(reader);
    }
    return status;
}

void
reader_close(struct reader *reader)
{
    (void)sqlite3_close(reader->db);
    reader->db = NULL;
    arena_fini(&reader->arena);
}

enum status
reader_status(const struct reader *reader, struct error *err)
{
    return reader->status == ST_OK ? ST_OK : error_set(err, reader->status, "%s", reader->err.text);
}

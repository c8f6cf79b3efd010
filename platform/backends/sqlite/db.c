/* platform/backends/sqlite/db.c - the statements, and what SQLite's answers mean. */
#include "platform/backends/sqlite/db.h"

static const char db_schema[] =
    "PRAGMA journal_mode=WAL;"
    "PRAGMA synchronous=FULL;"
    "PRAGMA busy_timeout=5000;"
    "CREATE TABLE IF NOT EXISTS records(tbl INTEGER NOT NULL, id INTEGER NOT NULL,"
    " revision INTEGER NOT NULL, type INTEGER NOT NULL, body BLOB NOT NULL,"
    " PRIMARY KEY(tbl, id)) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS counter(one INTEGER PRIMARY KEY CHECK(one = 1),"
    " revision INTEGER NOT NULL);"
    "INSERT OR IGNORE INTO counter VALUES(1, 0);";

static int64_t
db_key(uint64_t id)
{
    return (int64_t)(id ^ (UINT64_C(1) << 63));
}

static uint64_t
db_id(int64_t key)
{
    return (uint64_t)key ^ (UINT64_C(1) << 63);
}

static enum status
db_status(const struct db *db, int code, struct error *err)
{
    const enum status status =
        code == SQLITE_BUSY || code == SQLITE_LOCKED ? ST_UNAVAILABLE : ST_IO;
    return error_set(err, status, "SQLite: %s", sqlite3_errmsg(db->handle));
}

static int
db_run(sqlite3_stmt *statement)
{
    const int code = sqlite3_step(statement);
    (void)sqlite3_reset(statement);
    return code == SQLITE_DONE || code == SQLITE_ROW ? SQLITE_OK : code;
}

static int
db_prepare(struct db *db)
{
    const struct {
        sqlite3_stmt **statement;
        const char *sql;
    } all[] = {
        {&db->begin, "BEGIN IMMEDIATE"},
        {&db->commit, "COMMIT"},
        {&db->rollback, "ROLLBACK"},
        {&db->put, "INSERT OR REPLACE INTO records VALUES(?1, ?2, ?3, ?4, ?5)"},
        {&db->delete_one, "DELETE FROM records WHERE tbl = ?1 AND id = ?2"},
        {&db->get_revision, "SELECT revision FROM records WHERE tbl = ?1 AND id = ?2"},
        {&db->next_revision, "UPDATE counter SET revision = revision + 1 RETURNING revision"},
        {&db->range, "SELECT id, revision, type, body FROM records"
                     " WHERE tbl = ?1 AND id BETWEEN ?2 AND ?3 ORDER BY id"},
    };
    int code = SQLITE_OK;
    for (uint32_t i = 0; i < COUNT_OF(all) && code == SQLITE_OK; i++) {
        code = sqlite3_prepare_v3(db->handle, all[i].sql, -1, SQLITE_PREPARE_PERSISTENT,
                                  all[i].statement, NULL);
    }
    return code;
}

enum status
db_open(struct db *db, const char *path, struct error *err)
{
    *db = (struct db){0};
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX;
    int code = sqlite3_open_v2(path, &db->handle, flags, NULL);
    if (code == SQLITE_OK) {
        code = sqlite3_exec(db->handle, db_schema, NULL, NULL, NULL);
    }
    if (code == SQLITE_OK) {
        code = db_prepare(db);
    }
    if (code != SQLITE_OK) {
        const enum status status =
            error_set(err, ST_IO, "%s: SQLite: %s", path, sqlite3_errmsg(db->handle));
        db_close(db);
        return status;
    }
    return ST_OK;
}

void
db_close(struct db *db)
{
    sqlite3_stmt *const all[] = {db->begin,      db->commit,       db->rollback,      db->put,
                                 db->delete_one, db->get_revision, db->next_revision, db->range};
    for (uint32_t i = 0; i < COUNT_OF(all); i++) {
        (void)sqlite3_finalize(all[i]);
    }
    (void)sqlite3_close(db->handle);
    *db = (struct db){0};
}

/* The revision that a record is at, 0 when it is absent. */
static int
db_revision_of(struct db *db, uint32_t table, uint64_t id, uint64_t *ret_revision)
{
    (void)sqlite3_bind_int64(db->get_revision, 1, table);
    (void)sqlite3_bind_int64(db->get_revision, 2, db_key(id));
    const int code = sqlite3_step(db->get_revision);
    *ret_revision = code == SQLITE_ROW ? (uint64_t)sqlite3_column_int64(db->get_revision, 0) : 0;
    (void)sqlite3_reset(db->get_revision);
    return code == SQLITE_ROW || code == SQLITE_DONE ? SQLITE_OK : code;
}

static int
db_take_revision(struct db *db, uint64_t *ret_revision)
{
    int code = sqlite3_step(db->next_revision);
    if (code == SQLITE_ROW) {
        *ret_revision = (uint64_t)sqlite3_column_int64(db->next_revision, 0);
        code = SQLITE_OK;
    }
    (void)sqlite3_reset(db->next_revision);
    return code;
}

static int
db_write(struct db *db, const struct db_commit *commit, const struct db_write *write)
{
    sqlite3_stmt *statement = write->type != 0 ? db->put : db->delete_one;
    (void)sqlite3_bind_int64(statement, 1, write->table);
    (void)sqlite3_bind_int64(statement, 2, db_key(write->id));
    if (write->type != 0) {
        (void)sqlite3_bind_int64(statement, 3, (int64_t)commit->ret_revision);
        (void)sqlite3_bind_int64(statement, 4, write->type);
        const char *body = strbuf_text(&commit->bytes) + write->at;
        (void)sqlite3_bind_blob64(statement, 5, body, write->len, SQLITE_STATIC);
    }
    return db_run(statement);
}

/* Between BEGIN and COMMIT. */
static enum status
db_commit_inside(struct db *db, struct db_commit *commit, struct error *err)
{
    int code = SQLITE_OK;
    if (commit->compares) {
        uint64_t revision = 0;
        code = db_revision_of(db, commit->compare_table, commit->compare_id, &revision);
        if (code == SQLITE_OK && revision != commit->compare_revision) {
            return error_set(err, ST_CONFLICT, "the record is at revision %llu, not at %llu",
                             (unsigned long long)revision,
                             (unsigned long long)commit->compare_revision);
        }
    }
    if (code == SQLITE_OK) {
        code = db_take_revision(db, &commit->ret_revision);
    }
    for (uint32_t i = 0; i < commit->writes.count && code == SQLITE_OK; i++) {
        code = db_write(db, commit, vec_at(&commit->writes, i));
    }
    if (code == SQLITE_OK) {
        code = db_run(db->commit);
    }
    return code == SQLITE_OK ? ST_OK : db_status(db, code, err);
}

enum status
db_commit(struct db *db, struct db_commit *commit, struct error *err)
{
    const int code = db_run(db->begin);
    if (code != SQLITE_OK) {
        return db_status(db, code, err);
    }
    const enum status status = db_commit_inside(db, commit, err);
    if (status != ST_OK && sqlite3_get_autocommit(db->handle) == 0) {
        (void)db_run(db->rollback);
    }
    return status;
}

enum status
db_range(struct db *db, struct db_range *range, struct error *err)
{
    (void)sqlite3_bind_int64(db->range, 1, range->table);
    (void)sqlite3_bind_int64(db->range, 2, db_key(range->first_id));
    (void)sqlite3_bind_int64(db->range, 3, db_key(range->last_id));
    int code = sqlite3_step(db->range);
    while (code == SQLITE_ROW) {
        struct db_row *row = vec_push(&range->rows);
        row->id = db_id(sqlite3_column_int64(db->range, 0));
        row->revision = (uint64_t)sqlite3_column_int64(db->range, 1);
        row->type = (uint32_t)sqlite3_column_int64(db->range, 2);
        row->at = range->bytes.len;
        row->len = (size_t)sqlite3_column_bytes(db->range, 3);
        strbuf_add_bytes(&range->bytes, sqlite3_column_blob(db->range, 3), row->len);
        code = sqlite3_step(db->range);
    }
    const enum status status = code == SQLITE_DONE ? ST_OK : db_status(db, code, err);
    (void)sqlite3_reset(db->range);
    return status;
}

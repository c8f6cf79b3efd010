/*
 * platform/backends/sqlite/db.h - what the store asks of SQLite, as blocking calls.
 *
 * Calling: from one thread at a time. Private to this folder.
 * Shape:   ids are unsigned and SQLite's integers are not: an id is kept with its highest bit
 * turned over, which keeps the order.
 */
#ifndef PLATFORM_BACKENDS_SQLITE_DB_H
#define PLATFORM_BACKENDS_SQLITE_DB_H

#include <sqlite3.h>

#include "platform/base/strbuf.h"
#include "platform/base/vec.h"

struct db {
    sqlite3 *handle;
    sqlite3_stmt *begin;
    sqlite3_stmt *commit;
    sqlite3_stmt *rollback;
    sqlite3_stmt *put;
    sqlite3_stmt *delete_one;
    sqlite3_stmt *get_revision;
    sqlite3_stmt *next_revision;
    sqlite3_stmt *range;
};

/* One write; its bytes are in the commit's buffer. */
struct db_write {
    uint32_t table;
    uint64_t id;
    uint32_t type; /* 0: delete */
    size_t at;
    size_t len;
};

struct db_commit {
    struct vec writes; /* struct db_write */
    struct strbuf bytes;
    bool compares;
    uint32_t compare_table;
    uint64_t compare_id;
    uint64_t compare_revision;
    uint64_t ret_revision;
};

struct db_row {
    uint64_t id;
    uint64_t revision;
    uint32_t type;
    size_t at;
    size_t len;
};

struct db_range {
    uint32_t table;
    uint64_t first_id;
    uint64_t last_id;
    struct vec rows; /* struct db_row */
    struct strbuf bytes;
};

enum status db_open(struct db *db, const char *path, struct error *err) MUST_USE;
void db_close(struct db *db);

enum status db_commit(struct db *db, struct db_commit *commit, struct error *err) MUST_USE;
enum status db_range(struct db *db, struct db_range *range, struct error *err) MUST_USE;

#endif

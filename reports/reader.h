/*
 * reports/reader.h - one run.db, open for reading.
 *
 * Calling: reader_open, any number of queries, reader_close. The first thing that goes wrong is
 *          kept and everything after it answers "no row": ask reader_status once, at the end.
 * Memory:  the texts of a row are valid until the next row; reader_keep copies one for as long as
 *          the reader is open. A NULL column is the text "".
 * Errors:  ST_NOT_FOUND no such file, ST_INVALID not a run database or a damaged one, ST_IO.
 */
#ifndef REPORTS_READER_H
#define REPORTS_READER_H

#include <sqlite3.h>

#include "platform/base/arena.h"

enum { READER_PATH_MAX = 200 }; /* of a path, as far as a sentence shows it */

struct reader_run { /* the one row of table run. Texts live as long as the reader */
    const char *scenario;
    const char *file;
    const char *about;
    const char *backend;
    const char *scheduler; /* in words: policy, tie rule, decision time */
    const char *policy;
    const char *tie;
    const char *outcome; /* "passed", "failed", "error" */
    const char *error;   /* "" when there is none */
    const char *reproduce;
    const char *trace_hash;
    uint64_t    seed;
    int64_t     trace_events;
    int64_t     simulated_ns;
    int64_t     wall_ns;
    int64_t     sample_ns;
    int64_t     events_dropped;
    int64_t     nodes_max;
    int64_t     tasks_submitted;
    int64_t     cost_microusd;
    int64_t     decision_app_ns;
    int64_t     decision_task_ns;
};

struct reader {
    sqlite3          *db;   /* private, owned */
    const char       *path; /* borrowed */
    struct arena      arena;
    struct reader_run run;
    enum status       status;
    struct error      err;
};

struct reader_rows {
    struct reader *reader;    /* borrowed */
    sqlite3_stmt  *statement; /* private, owned; NULL when there is nothing to read */
};

enum status reader_open(struct reader *reader, const char *path, struct error *err) MUST_USE;
void        reader_close(struct reader *reader); /* a zeroed reader is valid */

/* The status so far, with its sentence in err. */
enum status reader_status(const struct reader *reader, struct error *err) MUST_USE;

/* The rows are ended by reader_next answering false, or by reader_end before that. */
struct reader_rows reader_query(struct reader *reader, const char *sql);
bool               reader_next(struct reader_rows *rows);
void               reader_end(struct reader_rows *rows);
/* Binds a parameter, counted from 1, before the first row. Texts are copied. */
void reader_bind_text(struct reader_rows *rows, int parameter, const char *text);
void reader_bind_int(struct reader_rows *rows, int parameter, int64_t value);

const char *reader_text(const struct reader_rows *rows, int column); /* columns from 0 */
int64_t     reader_int(const struct reader_rows *rows, int column);
bool        reader_is_null(const struct reader_rows *rows, int column);
const char *reader_keep(const struct reader_rows *rows, int column);

/* The first column of the first row; 0 when there is none. */
int64_t reader_number(struct reader *reader, const char *sql);

#endif

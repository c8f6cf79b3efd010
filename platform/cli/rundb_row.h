/*
 * platform/cli/rundb_row.h - rows of run.db, bound column by column.
 *
 * Use:    rundb_begin, then for each row all its columns in order and rundb_next; rundb_end.
 * Memory: texts are borrowed until rundb_end.
 */
#ifndef PLATFORM_CLI_RUNDB_ROW_H
#define PLATFORM_CLI_RUNDB_ROW_H

#include <sqlite3.h>

#include "sim/results.h"

enum { RUNDB_BATCH_ROWS = 64 };

struct rundb_words { /* of one event; NULL: it has none */
    const char *node;
    const char *app;
    const char *text;
};

/* One database being written; the first failure is kept and makes the rest do nothing. */
struct rundb {
    const struct results *results;
    sqlite3              *db;
    struct intern         texts; /* made for a row: "agent-17" */
    env_address           process; /* whose name was made last */
    const char           *process_text; /* NULL: nobody's yet */
    sqlite3_stmt         *row;   /* one row a step */
    sqlite3_stmt         *batch; /* many; NULL: not so many rows are to come */
    sqlite3_stmt         *into;  /* which of the two is being bound */
    uint32_t              batches_left;
    int                   column; /* bound so far */
    int                   columns_count; /* of one row */
    bool                  failed;

    char                 *path;  /* owned */
    struct rundb_worker  *worker; /* owned; NULL: no part was taken yet */
    struct vec            events; /* struct result_event: the part that is being written */
    struct vec            words;  /* struct rundb_words: theirs */
    struct vec            app_samples; /* struct result_app_sample: of the part */
    struct vec            app_names;   /* const char *: theirs */
};

void rundb_exec(struct rundb *rundb, const char *sql);
void rundb_begin(struct rundb *rundb, const char *sql);
/* The same for exactly so many rows, a batch at a time: sql ends in "VALUES (?,?...)". */
void rundb_begin_many(struct rundb *rundb, const char *sql, uint32_t rows_count);
void rundb_int(struct rundb *rundb, int64_t value);
void rundb_at(struct rundb *rundb, int64_t at_ns); /* an instant that never came (-1) is NULL */
void rundb_text(struct rundb *rundb, const char *text);      /* NULL stays NULL */
void rundb_name(struct rundb *rundb, uint32_t interned);     /* 0 is NULL */
void rundb_node(struct rundb *rundb, uint32_t node);         /* index + 1; 0 is NULL */
void rundb_next(struct rundb *rundb);
void rundb_end(struct rundb *rundb);

/* rundb_events.c */
/* rundb_parts.c: events and samples of apps. */
void rundb_parts_init(struct rundb *rundb);
void rundb_parts_fini(struct rundb *rundb);
void rundb_parts_stop(struct rundb *rundb); /* nobody is at it any more */
void rundb_parts(struct rundb *rundb);      /* those that were not taken, and the end */
/* rundb_events.c: rows of a part. */
void rundb_events(struct rundb *rundb);
/* rundb_samples.c: the same, and the other series of the charts. */
void rundb_app_samples(struct rundb *rundb);
void rundb_samples(struct rundb *rundb);
void rundb_services(struct rundb *rundb);
/* rundb_rollouts.c: what deployments did and measured. */
void rundb_rollouts(struct rundb *rundb);
/* rundb_roles.c: who shares the cluster, and what each had. */
void rundb_roles(struct rundb *rundb);
/* rundb_servers.c */
void rundb_servers(struct rundb *rundb);

#endif

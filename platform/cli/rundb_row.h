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

/* rundb_samples.c: the series of the charts. */
void rundb_samples(struct rundb *rundb);
void rundb_services(struct rundb *rundb);
/* rundb_rollouts.c: what deployments did and measured. */
void rundb_rollouts(struct rundb *rundb);
/* rundb_roles.c: who shares the cluster, and what each had. */
void rundb_roles(struct rundb *rundb);
/* rundb_servers.c */
void rundb_servers(struct rundb *rundb);

#endif

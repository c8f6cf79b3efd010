/*
 * sim/expect/sql.h - what an expectation in SQL holds: the command line judges it from run.db.
 */
#ifndef SIM_EXPECT_SQL_H
#define SIM_EXPECT_SQL_H

struct json_t;

struct sql_data {
    const char          *sql;      /* one SELECT whose first row's first column is judged */
    const struct json_t *equals;   /* number, text or null; NULL: not given */
    const struct json_t *at_least; /* number; NULL: not given */
    const struct json_t *at_most;
};

#endif

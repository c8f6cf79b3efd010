/*
 * platform/cli/sql_expect.h - expectations that are a question to run.db: asked after the run.
 *
 * Trust: the question runs on a read-only handle that may read tables and call functions and
 *        nothing else, for a bounded number of steps.
 */
#ifndef PLATFORM_CLI_SQL_EXPECT_H
#define PLATFORM_CLI_SQL_EXPECT_H

#include "sim/results.h"
#include "sim/scenario.h"

/* Judges every sql expectation of the scenario, in results and in the database at db_path. */
enum status sql_expect_judge(const struct scenario *scenario, struct results *results,
                             const char *db_path, struct error *err) MUST_USE;

#endif

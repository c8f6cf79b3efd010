/* platform/cli/sql_expect.c - expectations that are a question to run.db: asked after the run. */
#include "platform/cli/sql_expect.h"

#include <stdio.h>
#include <string.h>

#include <jansson.h>
#include <sqlite3.h>

#include "sim/expect.h"
#include "sim/expect/sql.h"

enum { SQL_STEPS_MAX = 100000000, SQL_STEPS_EACH = 10000, SQL_BYTES_MAX = 1000000 };

static int
sql_authorize(void *context, int action, const char *a, const char *b, const char *c,
              const char *d)
{
    (void)context;
    (void)a;
    (void)b;
    (void)c;
    (void)d;
    return action == SQLITE_SELECT || action == SQLITE_READ || action == SQLITE_FUNCTION ||
                   action == SQLITE_RECURSIVE
               ? SQLITE_OK
               : SQLITE_DENY;
}

static int
sql_step_limit(void *context)
{
    int64_t *left = context;
    *left -= SQL_STEPS_EACH;
    return *left < 0;
}

static bool
sql_value_holds(const struct sql_data *data, sqlite3_stmt *row)
{
    const double value = sqlite3_column_double(row, 0);
    const unsigned char *text = sqlite3_column_text(row, 0);
    if (json_is_string(data->equals)) {
        return text != NULL && strcmp((const char *)text, json_string_value(data->equals)) == 0;
    }
    if (sqlite3_column_type(row, 0) == SQLITE_NULL) {
        return false;
    }
    return (data->equals == NULL || value == json_number_value(data->equals)) &&
           (data->at_least == NULL || value >= json_number_value(data->at_least)) &&
           (data->at_most == NULL || value <= json_number_value(data->at_most));
}

/* Asks one question; detail says what came out. */
static enum outcome
sql_ask(sqlite3 *db, const struct sql_data *data, char *detail, size_t bytes)
{
    int64_t left = SQL_STEPS_MAX;
    sqlite3_stmt *row = NULL;
    enum outcome outcome = OUTCOME_FAILED;
    sqlite3_progress_handler(db, SQL_STEPS_EACH, sql_step_limit, &left);
    if (sqlite3_prepare_v2(db, data->sql, -1, &row, NULL) != SQLITE_OK) {
        (void)snprintf(detail, bytes, "%s", sqlite3_errmsg(db));
        return OUTCOME_ERROR;
    }
    const int step = sqlite3_step(row);
    if (step == SQLITE_ROW) {
        const unsigned char *text = sqlite3_column_text(row, 0);
        const bool holds = sql_value_holds(data, row);
        outcome = holds ? OUTCOME_PASSED : OUTCOME_FAILED;
        (void)snprintf(detail, bytes, "it is %s", text != NULL ? (const char *)text : "NULL");
    } else if (step == SQLITE_DONE) {
        (void)snprintf(detail, bytes, "no row came out");
    } else {
        outcome = OUTCOME_ERROR;
        (void)snprintf(detail, bytes, "%s",
                       left < 0 ? "the question takes too many steps" : sqlite3_errmsg(db));
    }
    (void)sqlite3_finalize(row);
    return outcome;
}

static struct result_expectation *
sql_result(struct results *results, const char *id)
{
    for (uint32_t i = 0; i < results->expectations.count; i++) {
        struct result_expectation *result = vec_at(&results->expectations, i);
        if (strcmp(result->id, id) == 0) {
            return result;
        }
    }
    return NULL;
}

/* The verdicts that were still open go into the database as well. */
static enum status
sql_store(const struct results *results, const char *db_path, struct error *err)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *update = NULL;
    static const char *const words[] = { "passed", "failed", "error" };
    bool failed = sqlite3_open(db_path, &db) != SQLITE_OK ||
                  sqlite3_prepare_v2(db,
                                     "UPDATE expectations SET outcome = ?, detail = ?"
                                     " WHERE id = ? AND kind = 'sql'",
                                     -1, &update, NULL) != SQLITE_OK;
    for (uint32_t i = 0; !failed && i < results->expectations.count; i++) {
        const struct result_expectation *result = vec_at(&results->expectations, i);
        if (strcmp(result->kind, "sql") == 0) {
            (void)sqlite3_bind_text(update, 1, words[result->outcome], -1, SQLITE_STATIC);
            (void)sqlite3_bind_text(update, 2, result->detail, -1, SQLITE_STATIC);
            (void)sqlite3_bind_text(update, 3, result->id, -1, SQLITE_STATIC);
            failed = sqlite3_step(update) != SQLITE_DONE;
            (void)sqlite3_reset(update);
        }
    }
    (void)sqlite3_finalize(update);
    if (!failed) {
        char *set = sqlite3_mprintf("UPDATE run SET outcome = %Q", words[results->outcome]);
        failed = sqlite3_exec(db, set, NULL, NULL, NULL) != SQLITE_OK;
        sqlite3_free(set);
    }
    const enum status status =
        failed ? error_set(err, ST_IO, "cannot write %s: %s", db_path,
                           db != NULL ? sqlite3_errmsg(db) : "no memory")
               : ST_OK;
    (void)sqlite3_close(db);
    return status;
}

enum status
sql_expect_judge(const struct scenario *scenario, struct results *results, const char *db_path,
                 struct error *err)
{
    sqlite3 *db = NULL;
    uint32_t asked = 0;
    for (uint32_t i = 0; i < scenario->expects_count; i++) {
        const struct scenario_expect *expect = &scenario->expects[i];
        struct result_expectation *result = sql_result(results, expect->id);
        if (!expect->kind->after || result == NULL) {
            continue;
        }
        if (db == NULL) {
            if (sqlite3_open_v2(db_path, &db, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK) {
                (void)sqlite3_close(db);
                return error_set(err, ST_IO, "cannot read %s", db_path);
            }
            (void)sqlite3_set_authorizer(db, sql_authorize, NULL);
            (void)sqlite3_limit(db, SQLITE_LIMIT_LENGTH, SQL_BYTES_MAX);
        }
        char detail[200];
        result->outcome = sql_ask(db, expect->data, detail, sizeof detail);
        result->detail = arena_strdup(results->arena, detail);
        if (result->outcome != OUTCOME_PASSED && results->outcome == OUTCOME_PASSED) {
            results->outcome = OUTCOME_FAILED;
        }
        asked++;
    }
    (void)sqlite3_close(db);
    return asked > 0 ? sql_store(results, db_path, err) : ST_OK;
}

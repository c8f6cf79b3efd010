/* sim/expect/sql.c - a question to run.db when the run is over; the command line asks it. */
#include <jansson.h>

#include "sim/expect.h"
#include "sim/expect/sql.h"

static const struct field fields[] = {
    { .name = "sql", .kind = FIELD_TEXT, .offset = offsetof(struct sql_data, sql),
      .flags = FIELD_REQUIRED, .about = "One SELECT over run.db; its first value is judged." },
    { .name = "equals", .kind = FIELD_JSON, .offset = offsetof(struct sql_data, equals),
      .about = "The number or text that it must be." },
    { .name = "at_least", .kind = FIELD_JSON, .offset = offsetof(struct sql_data, at_least),
      .about = "The lowest number that fits." },
    { .name = "at_most", .kind = FIELD_JSON, .offset = offsetof(struct sql_data, at_most),
      .about = "The highest number that fits." },
};

static void
sql_check_number(const struct json_t *value, const char *name, const struct fields_read *read,
                 const char *pointer)
{
    if (value != NULL && !json_is_number(value)) {
        diag_add(read->diags, read->source, DIAG_ERROR,
                 arena_printf(read->arena, "%s/%s", pointer, name), "expected a number");
    }
}

static void
sql_check(const struct scenario *scenario, const void *data, const struct fields_read *read,
          const char *pointer)
{
    (void)scenario;
    const struct sql_data *sql = data;
    sql_check_number(sql->at_least, "at_least", read, pointer);
    sql_check_number(sql->at_most, "at_most", read, pointer);
    if (sql->equals == NULL && sql->at_least == NULL && sql->at_most == NULL) {
        diag_add(read->diags, read->source, DIAG_ERROR, pointer,
                 "nothing to compare with, expected equals, at_least or at_most");
    }
    if (sql->equals != NULL && !json_is_number(sql->equals) && !json_is_string(sql->equals)) {
        diag_add(read->diags, read->source, DIAG_ERROR,
                 arena_printf(read->arena, "%s/equals", pointer), "expected a number or a text");
    }
}

const struct expectation_kind expectation_sql = {
    .key = "sql",
    .about = "The answer of a SELECT over run.db.",
    .fields = fields,
    .fields_count = COUNT_OF(fields),
    .data_bytes = sizeof(struct sql_data),
    .after = true,
    .check = sql_check,
};

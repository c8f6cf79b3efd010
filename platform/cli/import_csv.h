/*
 * platform/cli/import_csv.h - a comma-separated file without quotes, its first line the names of
 * its columns.
 *
 * Memory: cells are in the arena given.
 */
#ifndef PLATFORM_CLI_IMPORT_CSV_H
#define PLATFORM_CLI_IMPORT_CSV_H

#include "platform/base/diag.h"

enum { IMPORT_COLUMNS_MAX = 64, IMPORT_ROWS_MAX = 1000000 };

struct import_csv {
    const char       *file;
    struct diag_list *diags; /* borrowed */
    uint32_t          columns_count;
    uint32_t          rows_count;
    const char      **cells;  /* [rows_count + 1][columns_count]; row 0 holds the names */
    uint32_t         *lines;  /* of each row, row 0 included */
};

/* False when it cannot be used; what is wrong is in diags. */
bool import_csv_read(const char *file, struct arena *arena, struct diag_list *diags,
                     struct import_csv *ret_csv) MUST_USE;

#define IMPORT_NO_COLUMN UINT32_MAX

/* A column by its name, or IMPORT_NO_COLUMN; when it is needed, that is an error. */
uint32_t import_csv_column(const struct import_csv *csv, const char *name, bool needed);

/* row: from 0, without the names. "" where there is no such column. */
const char *import_csv_text(const struct import_csv *csv, uint32_t row, uint32_t column);

/* A whole number from 0 to max, or an error at its place and 0. An empty cell is 0. A fraction
 * behind a point is left out. */
int64_t import_csv_number(const struct import_csv *csv, uint32_t row, uint32_t column,
                          int64_t max);

/* An error at the place of a cell: found its text, expected this. */
void import_csv_refuse(const struct import_csv *csv, uint32_t row, uint32_t column,
                       const char *expected);

#endif

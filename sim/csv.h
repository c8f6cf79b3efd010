/*
 * sim/csv.h - a file of comma-separated cells, whose first line names the columns, in any order.
 *
 * Shape:  cells without quotes, blanks around them left out; blank lines and lines that begin with
 *         '#' are skipped; "\r\n" ends a line as "\n" does; the mark of UTF-8 before all of it is
 *         left out.
 * Errors: go to diags as file:line:column, with what was found and what was expected.
 */
#ifndef SIM_CSV_H
#define SIM_CSV_H

#include "platform/base/diag.h"

enum { CSV_CELL_BYTES = 256, CSV_COLUMNS_MAX = 32, CSV_CELLS_MAX = 64 };

struct csv_cell {
    char     text[CSV_CELL_BYTES]; /* "" when the file has no such column */
    uint32_t place;                /* column of the line, from 1 */
};

struct csv {
    /* given */
    struct diag_list  *diags;
    const char        *file;    /* as the user named it */
    const char *const *columns; /* the names that may stand in the first line */
    uint32_t           columns_count; /* at most CSV_COLUMNS_MAX */
    const char        *such_as; /* for an error: "at, cpus and mem" */
    /* of the line that is read */
    uint32_t           line;
    struct csv_cell    cells[CSV_COLUMNS_MAX]; /* in the order of columns */
    /* private */
    uint8_t            order[CSV_CELLS_MAX]; /* which column a cell of a line is */
    uint32_t           order_count;
    bool               has_heads;
};

/* One line. False: the rest is not read. */
typedef bool csv_line_fn(struct csv *csv, void *context);

/* Every line of the text but the first. A line with a wrong number of cells is said and left out;
 * false when the first one is wrong, or there is none. */
bool csv_read(struct csv *csv, const char *text, size_t len, csv_line_fn *line, void *context);

/* An error at a cell of the line that is read. */
void csv_wrong(const struct csv *csv, uint32_t column, const char *expected);

#endif

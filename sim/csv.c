/* sim/csv.c - a file of comma-separated cells, whose first line names the columns. */
#include "sim/csv.h"

#include <string.h>

static void
csv_found(const struct csv *csv, uint32_t place, const char *found, const char *expected)
{
    diag_add_at(csv->diags, csv->file, csv->line, place, "found \"%.60s\", expected %s", found,
                expected);
}

void
csv_wrong(const struct csv *csv, uint32_t column, const char *expected)
{
    csv_found(csv, csv->cells[column].place, csv->cells[column].text, expected);
}

/* The cell between these two, without the blanks around it; false when it is too long. */
static bool
csv_cell(const char *from, const char *to, char cell[CSV_CELL_BYTES])
{
    while (from < to && (*from == ' ' || *from == '\t')) {
        from++;
    }
    while (to > from && (to[-1] == ' ' || to[-1] == '\t' || to[-1] == '\r')) {
        to--;
    }
    if (to - from >= CSV_CELL_BYTES || memchr(from, '\0', (size_t)(to - from)) != NULL) {
        return false;
    }
    memcpy(cell, from, (size_t)(to - from));
    cell[to - from] = '\0';
    return true;
}

static const char *
csv_cell_end(const char *from, const char *to)
{
    const char *comma = memchr(from, ',', (size_t)(to - from));
    return comma != NULL ? comma : to;
}

static void
csv_head(struct csv *csv, const char *name, uint32_t place)
{
    uint32_t column = 0;
    while (column < csv->columns_count && strcmp(csv->columns[column], name) != 0) {
        column++;
    }
    if (column == csv->columns_count) {
        const char *nearest = diag_nearest(name, csv->columns, csv->columns_count);
        diag_add_at(csv->diags, csv->file, csv->line, place,
                    "unknown column \"%.60s\"%s%s%s, expected columns such as %s", name,
                    nearest != NULL ? " (did you mean \"" : "", nearest != NULL ? nearest : "",
                    nearest != NULL ? "\"?)" : "", csv->such_as);
        return;
    }
    for (uint32_t i = 0; i < csv->order_count; i++) {
        if (csv->order[i] == column) {
            csv_found(csv, place, name, "each column once");
        }
    }
    csv->cells[column].place = place;
    csv->order[csv->order_count++] = (uint8_t)column;
}

/* The first line: false when the rest makes no sense. */
static bool
csv_heads(struct csv *csv, const char *from, const char *to)
{
    const uint32_t errors_count = csv->diags->errors_count;
    const char *start = from;
    csv->has_heads = true;
    for (bool more = true; more;) {
        char cell[CSV_CELL_BYTES];
        const char *end = csv_cell_end(from, to);
        const uint32_t place = (uint32_t)(from - start) + 1;
        if (csv->order_count == CSV_CELLS_MAX || !csv_cell(from, end, cell)) {
            csv_found(csv, place, "a long line", "the names of columns");
            return false;
        }
        csv_head(csv, cell, place);
        more = end < to;
        from = end + 1;
    }
    return csv->diags->errors_count == errors_count;
}

/* A line's cells into their columns. */
static bool
csv_split(struct csv *csv, const char *from, const char *to)
{
    const char *start = from;
    uint32_t cell = 0;
    for (bool more = true; more; cell++) {
        const char *end = csv_cell_end(from, to);
        const uint32_t place = (uint32_t)(from - start) + 1;
        if (cell == csv->order_count) {
            csv_found(csv, place, "one cell more", "as many cells as the first line names");
            return false;
        }
        struct csv_cell *into = &csv->cells[csv->order[cell]];
        into->place = place;
        if (!csv_cell(from, end, into->text)) {
            csv_found(csv, place, "a long cell", "a shorter one, of text");
            return false;
        }
        more = end < to;
        from = end + 1;
    }
    if (cell < csv->order_count) {
        csv_found(csv, (uint32_t)(to - start) + 1, "the end of the line",
                  "as many cells as the first line names");
        return false;
    }
    return true;
}

static bool
csv_is_blank(const char *from, const char *to)
{
    while (from < to && (*from == ' ' || *from == '\t' || *from == '\r')) {
        from++;
    }
    return from == to || *from == '#';
}

bool
csv_read(struct csv *csv, const char *text, size_t len, csv_line_fn *line, void *context)
{
    const char *end = text + len;
    const bool  has_mark = len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0; /* of UTF-8 */
    ASSERT(csv->columns_count <= CSV_COLUMNS_MAX);
    for (const char *from = text + (has_mark ? 3 : 0); from < end;) {
        const char *found = memchr(from, '\n', (size_t)(end - from));
        const char *to = found != NULL ? found : end;
        csv->line++;
        if (csv_is_blank(from, to)) {
            /* nothing stands there */
        } else if (!csv->has_heads) {
            if (!csv_heads(csv, from, to)) {
                return false;
            }
        } else if (csv_split(csv, from, to) && !line(csv, context)) {
            return true;
        }
        from = to + 1;
    }
    if (!csv->has_heads) {
        diag_add_at(csv->diags, csv->file, 1, 1,
                    "found nothing, expected a line that names columns such as %s", csv->such_as);
    }
    return csv->has_heads;
}

/* platform/cli/import_csv.c - reads comma-separated files, and says where they are wrong. */
#include "platform/cli/import_csv.h"

#include <stdio.h>
#include <string.h>

#include "platform/cli/files.h"

static uint32_t
csv_count(const char *text, char what)
{
    uint32_t count = 0;
    for (; *text != '\0' && *text != '\n'; text++) {
        count += *text == what ? 1 : 0;
    }
    return count;
}

/* Cuts a line into cells; false when it has not as many as there are columns. */
static bool
csv_cut(struct import_csv *csv, char *line, const char **cells)
{
    char *start = line;
    for (uint32_t i = 0; i < csv->columns_count; i++) {
        char *end = start + strcspn(start, ",");
        const bool is_last = *end == '\0';
        *end = '\0';
        cells[i] = start;
        if (is_last != (i + 1 == csv->columns_count)) {
            return false;
        }
        start = end + 1;
    }
    return true;
}

static bool
csv_rows(struct import_csv *csv, char *text, uint32_t rows_max)
{
    uint32_t line = 0;
    uint32_t rows = 0;
    for (char *at = text; *at != '\0';) {
        char *end = at + strcspn(at, "\n");
        char *next = *end == '\n' ? end + 1 : end;
        *end = '\0';
        line++;
        if (end > at && end[-1] == '\r') {
            end[-1] = '\0';
        }
        if (*at != '\0') {
            ASSERT(rows < rows_max);
            csv->lines[rows] = line;
            if (!csv_cut(csv, at, &csv->cells[(size_t)rows * csv->columns_count])) {
                diag_add_at(csv->diags, csv->file, line, 1,
                            "found a line with another number of cells, expected %u as the first "
                            "line names",
                            csv->columns_count);
                return false;
            }
            rows++;
        }
        at = next;
    }
    csv->rows_count = rows > 0 ? rows - 1 : 0;
    return true;
}

bool
import_csv_read(const char *file, struct arena *arena, struct diag_list *diags,
                struct import_csv *ret_csv)
{
    struct files_io files;
    struct error err = { "" };
    char *text = NULL;
    size_t len = 0;
    uint32_t lines = 1;
    files_io_init(&files);
    *ret_csv = (struct import_csv){ .file = file, .diags = diags };
    if (files.io.read(&files.io, file, arena, &text, &len, &err) != ST_OK) {
        const size_t named = strncmp(err.text, file, strlen(file)) == 0 ? strlen(file) + 2 : 0;
        diag_add_at(diags, file, 0, 0, "%s", err.text + named); /* its name is said already */
        return false;
    }
    if (strlen(text) != len) {
        diag_add_at(diags, file, 1, 1, "found a byte 0, expected text");
        return false;
    }
    text += strncmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0; /* the mark of UTF-8 */
    text += strspn(text, "\r\n");
    for (const char *at = strchr(text, '\n'); at != NULL; at = strchr(at + 1, '\n')) {
        lines++;
    }
    ret_csv->columns_count = csv_count(text, ',') + 1;
    if (ret_csv->columns_count > IMPORT_COLUMNS_MAX || lines > IMPORT_ROWS_MAX) {
        diag_add_at(diags, file, 1, 1, "found %u columns and %u lines, expected at most %d and %d",
                    ret_csv->columns_count, lines, (int)IMPORT_COLUMNS_MAX, (int)IMPORT_ROWS_MAX);
        return false;
    }
    ret_csv->cells = ARENA_ARRAY(arena, const char *, (size_t)lines * ret_csv->columns_count);
    ret_csv->lines = ARENA_ARRAY(arena, uint32_t, lines);
    if (!csv_rows(ret_csv, text, lines)) {
        return false;
    }
    if (ret_csv->rows_count == 0) {
        diag_add_at(diags, file, 1, 1,
                    "found no rows, expected the names of columns and a line for each row");
    }
    return ret_csv->rows_count > 0;
}

uint32_t
import_csv_column(const struct import_csv *csv, const char *name, bool needed)
{
    for (uint32_t i = 0; i < csv->columns_count; i++) {
        if (strcmp(csv->cells[i], name) == 0) {
            return i;
        }
    }
    if (needed) {
        diag_add_at(csv->diags, csv->file, csv->lines[0], 1,
                    "found no column \"%s\", expected one in the first line", name);
    }
    return IMPORT_NO_COLUMN;
}

const char *
import_csv_text(const struct import_csv *csv, uint32_t row, uint32_t column)
{
    return column == IMPORT_NO_COLUMN ? ""
                                      : csv->cells[((size_t)row + 1) * csv->columns_count + column];
}

void
import_csv_refuse(const struct import_csv *csv, uint32_t row, uint32_t column,
                  const char *expected)
{
    const char *text = import_csv_text(csv, row, column);
    const char *line = csv->cells[((size_t)row + 1) * csv->columns_count];
    diag_add_at(csv->diags, csv->file, csv->lines[row + 1], (uint32_t)(text - line) + 1,
                "found \"%.60s\", expected %s", text, expected);
}

int64_t
import_csv_number(const struct import_csv *csv, uint32_t row, uint32_t column, int64_t max)
{
    const char *text = import_csv_text(csv, row, column);
    int64_t value = 0;
    const char *at = text;
    for (; *at >= '0' && *at <= '9' && value <= max; at++) {
        value = value * 10 + (*at - '0');
    }
    if (at > text && *at == '.') {
        at += 1 + strspn(at + 1, "0123456789");
    }
    if (*at != '\0' || value > max) {
        char expected[64];
        (void)snprintf(expected, sizeof expected, "a whole number from 0 to %lld", (long long)max);
        import_csv_refuse(csv, row, column, expected);
        return 0;
    }
    return value;
}

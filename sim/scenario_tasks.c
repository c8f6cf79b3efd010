/*
 * sim/scenario_tasks.c - a file of tasks: one line each, when it comes, what it asks for, and how
 * long it runs.
 *
 * Shape:  comma-separated cells without quotes; the first line names the columns, in any order.
 *         Blank lines and lines that begin with '#' are left out. scenarios/README.md has the list
 *         of columns.
 * Limits: SCENARIO_TASKS_MAX lines, SCENARIO_TASK_CELL_BYTES a cell. Tasks that ask for the same
 *         belong to one app: sim/scenario_tasks_app.c.
 */
#include <string.h>

#include "platform/base/units.h"
#include "sim/scenario_tasks.h"

enum { TASKS_ERRORS_MAX = 10, TASKS_CELLS_MAX = 64 };

static const char *const column_names[] = {
#define X(column, name) name,
    SCENARIO_TASK_COLUMNS(X)
#undef X
};

struct tasks_row { /* cells in the order of enum scenario_task_column; absent: "" */
    char     cells[SCENARIO_TASK_COLUMN_COUNT][SCENARIO_TASK_CELL_BYTES];
    uint32_t places[SCENARIO_TASK_COLUMN_COUNT]; /* columns of the line, from 1 */
};

struct tasks_table {
    struct scenario_reader    *reader;
    const char                *file;
    uint32_t                   line;
    bool                       has_heads;
    uint8_t                    columns[TASKS_CELLS_MAX]; /* which one a cell of the line is */
    uint32_t                   columns_count;
    struct tasks_row           row;
    struct vec                 rows;    /* struct scenario_task */
    struct scenario_task_shapes shapes;
};

static void
tasks_wrong(const struct tasks_table *table, uint32_t column, const char *found,
            const char *expected)
{
    diag_add_at(table->reader->read.diags, table->file, table->line, column,
                "found \"%.60s\", expected %s", found, expected);
}

/* The cell from `from` on, without the blanks around it; NULL when it is too long. */
static const char *
tasks_cell(const char *from, const char *to, char cell[SCENARIO_TASK_CELL_BYTES])
{
    while (from < to && (*from == ' ' || *from == '\t')) {
        from++;
    }
    while (to > from && (to[-1] == ' ' || to[-1] == '\t' || to[-1] == '\r')) {
        to--;
    }
    if (to - from >= SCENARIO_TASK_CELL_BYTES || memchr(from, '\0', (size_t)(to - from)) != NULL) {
        return NULL;
    }
    memcpy(cell, from, (size_t)(to - from));
    cell[to - from] = '\0';
    return cell;
}

static const char *
tasks_cell_end(const char *from, const char *to)
{
    const char *comma = memchr(from, ',', (size_t)(to - from));
    return comma != NULL ? comma : to;
}

static void
tasks_head(struct tasks_table *table, const char *name, uint32_t place)
{
    uint32_t column = 0;
    while (column < SCENARIO_TASK_COLUMN_COUNT && strcmp(column_names[column], name) != 0) {
        column++;
    }
    if (column == SCENARIO_TASK_COLUMN_COUNT) {
        const char *nearest = diag_nearest(name, column_names, SCENARIO_TASK_COLUMN_COUNT);
        diag_add_at(table->reader->read.diags, table->file, table->line, place,
                    "unknown column \"%.60s\"%s%s%s, expected columns such as at, cpus, mem, gpus "
                    "and duration",
                    name, nearest != NULL ? " (did you mean \"" : "",
                    nearest != NULL ? nearest : "", nearest != NULL ? "\"?)" : "");
    }
    for (uint32_t i = 0; i < table->columns_count; i++) {
        if (table->columns[i] == column && column < SCENARIO_TASK_COLUMN_COUNT) {
            tasks_wrong(table, place, name, "each column once");
        }
    }
    table->columns[table->columns_count++] = (uint8_t)column;
}

/* The first line: false when the rest makes no sense. */
static bool
tasks_heads(struct tasks_table *table, const char *from, const char *to)
{
    const uint32_t errors_count = table->reader->read.diags->errors_count;
    const char *start = from;
    table->has_heads = true;
    for (bool more = true; more;) {
        char        cell[SCENARIO_TASK_CELL_BYTES];
        const char *end = tasks_cell_end(from, to);
        const uint32_t place = (uint32_t)(from - start) + 1;
        if (table->columns_count == TASKS_CELLS_MAX || tasks_cell(from, end, cell) == NULL) {
            tasks_wrong(table, place, "a long line", "the names of columns");
            return false;
        }
        tasks_head(table, cell, place);
        more = end < to;
        from = end + 1;
    }
    return table->reader->read.diags->errors_count == errors_count;
}

/* A line's cells into the row. */
static bool
tasks_split(struct tasks_table *table, const char *from, const char *to)
{
    const char *start = from;
    uint32_t    cell = 0;
    for (uint32_t i = 0; i < SCENARIO_TASK_COLUMN_COUNT; i++) {
        table->row.cells[i][0] = '\0';
    }
    for (bool more = true; more; cell++) {
        const char    *end = tasks_cell_end(from, to);
        const uint32_t place = (uint32_t)(from - start) + 1;
        if (cell == table->columns_count) {
            tasks_wrong(table, place, "one cell more", "as many cells as the first line names");
            return false;
        }
        const uint8_t column = table->columns[cell];
        table->row.places[column] = place;
        if (tasks_cell(from, end, table->row.cells[column]) == NULL) {
            tasks_wrong(table, place, "a long cell", "a shorter one, of text");
            return false;
        }
        more = end < to;
        from = end + 1;
    }
    if (cell < table->columns_count) {
        tasks_wrong(table, (uint32_t)(to - start) + 1, "the end of the line",
                    "as many cells as the first line names");
        return false;
    }
    return true;
}

/* --- what the cells say --- */

/* A duration, or a number of seconds. */
static bool
tasks_time(const char *cell, int64_t *ret_ns)
{
    char with_unit[SCENARIO_TASK_CELL_BYTES + 1];
    if (!units_parse_duration(cell, ret_ns)) {
        const size_t len = strlen(cell);
        memcpy(with_unit, cell, len);
        memcpy(with_unit + len, "s", 2);
        if (len == 0 || !units_parse_duration(with_unit, ret_ns)) {
            return false;
        }
    }
    return *ret_ns >= 0 && *ret_ns <= FIELD_DURATION_MAX_NS;
}

/* A whole number with up to `decimals` digits behind a point, times 10^decimals. */
static bool
tasks_number(const char *cell, uint32_t decimals, int64_t max, int64_t *ret_value)
{
    int64_t  value = 0;
    uint32_t digits = 0;
    uint32_t behind = 0;
    bool     point = false;
    const bool negative = *cell == '-' && max < 0;
    for (const char *at = cell + (negative ? 1 : 0); *at != '\0'; at++) {
        if (*at == '.' && !point && decimals > 0) {
            point = true;
        } else if (*at >= '0' && *at <= '9' && digits < 15 && behind < decimals + (point ? 0 : 1)) {
            value = value * 10 + (*at - '0');
            digits++;
            behind += point ? 1 : 0;
        } else {
            return false;
        }
    }
    for (; behind < decimals; behind++) {
        value *= 10;
    }
    *ret_value = negative ? -value : value;
    return digits > 0 && value <= (max < 0 ? -max : max);
}

struct tasks_range {
    uint32_t    decimals;
    int64_t     max; /* negative: from it to its opposite */
    int64_t     absent;
    const char *expected;
};

static int64_t
tasks_amount(struct tasks_table *table, enum scenario_task_column column,
             const struct tasks_range *range)
{
    const char *cell = table->row.cells[column];
    int64_t     value = range->absent;
    if (cell[0] != '\0' && !tasks_number(cell, range->decimals, range->max, &value)) {
        tasks_wrong(table, table->row.places[column], cell, range->expected);
        return range->absent;
    }
    return value;
}

static struct scenario_task_shape
tasks_shape(struct tasks_table *table)
{
    static const struct tasks_range cpus = { 3, 512 * 1000, 100,
                                             "processors, such as 0.5, up to 512" };
    static const struct tasks_range mem = { 0, INT64_C(1) << 30, 32, "memory in whole MiB" };
    static const struct tasks_range disk = { 0, INT64_C(1) << 30, 0, "disk in whole MiB" };
    static const struct tasks_range gpus = { 0, NODE_GPUS_MAX, 0, "GPUs, from 0 to 16" };
    static const struct tasks_range milli = { 0, NODE_GPU_MILLI - 1, 0,
                                              "thousandths of one GPU, from 0 to 999" };
    static const struct tasks_range priority = { 0, APP_PRIORITY_MIN, 0,
                                                 "a priority from -1000 to 1000" };
    const struct scenario_task_shape shape = {
        .cpu_milli = tasks_amount(table, TASK_COLUMN_CPUS, &cpus),
        .mem_mib = tasks_amount(table, TASK_COLUMN_MEM, &mem),
        .disk_mib = tasks_amount(table, TASK_COLUMN_DISK, &disk),
        .gpus = tasks_amount(table, TASK_COLUMN_GPUS, &gpus),
        .gpu_milli = tasks_amount(table, TASK_COLUMN_GPU_MILLI, &milli),
        .priority = tasks_amount(table, TASK_COLUMN_PRIORITY, &priority),
        .gpu_model = table->row.cells[TASK_COLUMN_GPU_MODEL],
        .constraint = table->row.cells[TASK_COLUMN_CONSTRAINT],
        .role = table->row.cells[TASK_COLUMN_ROLE],
    };
    if (shape.gpus > 0 && shape.gpu_milli > 0) {
        tasks_wrong(table, table->row.places[TASK_COLUMN_GPU_MILLI],
                    table->row.cells[TASK_COLUMN_GPU_MILLI],
                    "whole GPUs or a share of one, not both");
    }
    return shape;
}

static int64_t
tasks_at(struct tasks_table *table)
{
    const char *cell = table->row.cells[TASK_COLUMN_AT];
    const struct scenario_task *above =
        table->rows.count > 0 ? vec_at(&table->rows, table->rows.count - 1) : NULL;
    int64_t at_ns = 0;
    if (cell[0] != '\0' && !tasks_time(cell, &at_ns)) {
        tasks_wrong(table, table->row.places[TASK_COLUMN_AT], cell,
                    "seconds, such as 0.25, or a duration, such as 250ms");
    } else if (above != NULL && at_ns < above->at_ns) {
        tasks_wrong(table, table->row.places[TASK_COLUMN_AT], cell,
                    "times in order: the line above comes later");
    }
    return at_ns;
}

static void
tasks_row(struct tasks_table *table, const char *from, const char *to)
{
    const uint32_t errors_count = table->reader->read.diags->errors_count;
    int64_t        lasts_ns = -1;
    if (!tasks_split(table, from, to)) {
        return;
    }
    const char *duration = table->row.cells[TASK_COLUMN_DURATION];
    if (duration[0] != '\0' && !tasks_time(duration, &lasts_ns)) {
        tasks_wrong(table, table->row.places[TASK_COLUMN_DURATION], duration,
                    "seconds, such as 90, a duration, such as 2h, or nothing: it never ends");
    }
    const int64_t                    at_ns = tasks_at(table);
    const struct scenario_task_shape shape = tasks_shape(table);
    if (table->reader->read.diags->errors_count != errors_count) {
        return;
    }
    const struct scenario_task_place place = { table->file, table->line };
    struct scenario_task             task = { .at_ns = at_ns };
    task.app = scenario_task_app(&table->shapes, &shape, &place, lasts_ns, &task.run);
    *(struct scenario_task *)vec_push(&table->rows) = task;
}

static bool
tasks_is_note(const char *from, const char *to)
{
    while (from < to && (*from == ' ' || *from == '\t' || *from == '\r')) {
        from++;
    }
    return from == to || *from == '#';
}

static void
tasks_rows(struct tasks_table *table, const char *text, size_t len)
{
    struct diag_list *diags = table->reader->read.diags;
    const uint32_t    errors_count = diags->errors_count;
    const char       *end = text + len;
    while (text < end && diags->errors_count < errors_count + TASKS_ERRORS_MAX) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        const char *stop = newline != NULL ? newline : end;
        table->line++;
        if (tasks_is_note(text, stop)) {
            text = stop + 1;
            continue;
        }
        if (table->rows.count == SCENARIO_TASKS_MAX) {
            diag_add_at(diags, table->file, table->line, 1, "found more tasks, expected at most %d",
                        (int)SCENARIO_TASKS_MAX);
            return;
        }
        if (table->has_heads) {
            tasks_row(table, text, stop);
        } else if (!tasks_heads(table, text, stop)) {
            return;
        }
        text = stop + 1;
    }
    if (!table->has_heads) {
        diag_add_at(diags, table->file, 1, 1,
                    "the file is empty, expected a line with the names of its columns");
    }
}

static void
tasks_keep(struct tasks_table *table)
{
    struct scenario *scenario = table->reader->scenario;
    scenario->tasks_count = table->rows.count;
    scenario->tasks =
        ARENA_ARRAY(table->reader->read.arena, struct scenario_task, table->rows.count + 1);
    if (table->rows.count > 0) {
        memcpy(scenario->tasks, table->rows.items,
               table->rows.count * sizeof(struct scenario_task));
    }
}

void
scenario_read_tasks(struct scenario_reader *reader)
{
    struct arena *arena = reader->read.arena;
    const char   *name = NULL;
    char         *text = NULL;
    size_t        len = 0;
    struct error  err = { .text = "" };
    reader->scenario->tasks_app_first = reader->scenario->apps_count;
    if (reader->top.tasks == NULL) {
        return;
    }
    fields_parse(&reader->read, reader->top.tasks, "/tasks", scenario_tasks_table.fields,
                 scenario_tasks_table.count, NULL, &name);
    if (reader->top.state != NULL) {
        scenario_error(reader, "/tasks", "stands beside \"state\", expected one of the two");
    }
    if (name == NULL || reader->top.state != NULL) {
        return;
    }
    const struct scenario_file *owner = scenario_document_owner(&reader->document, "/tasks/file");
    struct tasks_table         *table = ARENA_NEW(arena, struct tasks_table);
    table->reader = reader;
    table->file = scenario_file_beside(arena, owner->source.file, name);
    const enum status status = reader->io->read(reader->io, table->file, arena, &text, &len, &err);
    if (status != ST_OK) {
        scenario_error(reader, "/tasks/file", "%s: %s", table->file,
                       status == ST_NOT_FOUND ? "no such file" : err.text);
        return;
    }
    vec_init(&table->rows, sizeof(struct scenario_task));
    scenario_task_shapes_init(&table->shapes, reader);
    tasks_rows(table, text, len);
    scenario_task_shapes_keep(&table->shapes);
    tasks_keep(table);
    scenario_task_shapes_fini(&table->shapes);
    vec_fini(&table->rows);
}

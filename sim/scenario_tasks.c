/*
 * sim/scenario_tasks.c - a file of tasks: one line each, when it comes, what it asks for, and how
 * long it runs.
 *
 * Shape:  sim/csv.h; scenarios/README.md has the list of columns.
 * Limits: SCENARIO_TASKS_MAX lines. Tasks that ask for the same belong to one app:
 *         sim/scenario_tasks_app.c.
 */
#include <string.h>

#include "platform/base/units.h"
#include "sim/csv.h"
#include "sim/scenario_tasks.h"

enum { TASKS_ERRORS_MAX = 10 };

static const char *const column_names[] = {
#define X(column, name) name,
    SCENARIO_TASK_COLUMNS(X)
#undef X
};
_Static_assert(SCENARIO_TASK_COLUMN_COUNT <= CSV_COLUMNS_MAX, "a csv has a place for each");

struct tasks_table {
    struct scenario_reader     *reader;
    struct csv                  csv;
    uint32_t                    errors_count; /* before its first line */
    struct vec                  rows;         /* struct scenario_task */
    struct scenario_task_shapes shapes;
};

/* --- what the cells say --- */

/* A duration, or a number of seconds. */
static bool
tasks_time(const char *cell, int64_t *ret_ns)
{
    char with_unit[CSV_CELL_BYTES + 1];
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
    const char *cell = table->csv.cells[column].text;
    int64_t     value = range->absent;
    if (cell[0] != '\0' && !tasks_number(cell, range->decimals, range->max, &value)) {
        csv_wrong(&table->csv, column, range->expected);
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
        .gpu_model = table->csv.cells[TASK_COLUMN_GPU_MODEL].text,
        .constraint = table->csv.cells[TASK_COLUMN_CONSTRAINT].text,
        .role = table->csv.cells[TASK_COLUMN_ROLE].text,
    };
    if (shape.gpus > 0 && shape.gpu_milli > 0) {
        csv_wrong(&table->csv, TASK_COLUMN_GPU_MILLI, "whole GPUs or a share of one, not both");
    }
    return shape;
}

static int64_t
tasks_at(struct tasks_table *table)
{
    const char *cell = table->csv.cells[TASK_COLUMN_AT].text;
    const struct scenario_task *above =
        table->rows.count > 0 ? vec_at(&table->rows, table->rows.count - 1) : NULL;
    int64_t at_ns = 0;
    if (cell[0] != '\0' && !tasks_time(cell, &at_ns)) {
        csv_wrong(&table->csv, TASK_COLUMN_AT,
                  "seconds, such as 0.25, or a duration, such as 250ms");
    } else if (above != NULL && at_ns < above->at_ns) {
        csv_wrong(&table->csv, TASK_COLUMN_AT, "times in order: the line above comes later");
    }
    return at_ns;
}

static void
tasks_row(struct tasks_table *table)
{
    struct csv    *csv = &table->csv;
    const uint32_t errors_count = csv->diags->errors_count;
    const char    *duration = csv->cells[TASK_COLUMN_DURATION].text;
    int64_t        lasts_ns = -1;
    if (duration[0] != '\0' && !tasks_time(duration, &lasts_ns)) {
        csv_wrong(csv, TASK_COLUMN_DURATION,
                  "seconds, such as 90, a duration, such as 2h, or nothing: it never ends");
    }
    const int64_t                    at_ns = tasks_at(table);
    const struct scenario_task_shape shape = tasks_shape(table);
    if (csv->diags->errors_count != errors_count) {
        return;
    }
    const struct scenario_task_place place = { csv->file, csv->line };
    struct scenario_task             task = { .at_ns = at_ns };
    task.app = scenario_task_app(&table->shapes, &shape, &place, lasts_ns, &task.run);
    *(struct scenario_task *)vec_push(&table->rows) = task;
}

static bool
tasks_line(struct csv *csv, void *context)
{
    struct tasks_table *table = context;
    if (table->rows.count == SCENARIO_TASKS_MAX) {
        diag_add_at(csv->diags, csv->file, csv->line, 1, "found more tasks, expected at most %d",
                    (int)SCENARIO_TASKS_MAX);
        return false;
    }
    tasks_row(table);
    return csv->diags->errors_count < table->errors_count + TASKS_ERRORS_MAX;
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

static void
tasks_read(struct scenario_reader *reader, const char *file, const char *text, size_t len)
{
    struct tasks_table *table = ARENA_NEW(reader->read.arena, struct tasks_table);
    table->reader = reader;
    table->errors_count = reader->read.diags->errors_count;
    table->csv = (struct csv){ .diags = reader->read.diags,
                               .file = file,
                               .columns = column_names,
                               .columns_count = SCENARIO_TASK_COLUMN_COUNT,
                               .such_as = "at, cpus, mem, gpus and duration" };
    vec_init(&table->rows, sizeof(struct scenario_task));
    scenario_task_shapes_init(&table->shapes, reader);
    (void)csv_read(&table->csv, text, len, tasks_line, table); /* what is wrong was said */
    scenario_task_shapes_keep(&table->shapes);
    tasks_keep(table);
    scenario_task_shapes_fini(&table->shapes);
    vec_fini(&table->rows);
}

void
scenario_read_tasks(struct scenario_reader *reader)
{
    const char *name = NULL;
    const char *text = NULL;
    size_t      len = 0;
    reader->scenario->tasks_app_first = reader->scenario->apps_count;
    if (reader->top.tasks == NULL) {
        return;
    }
    fields_parse(&reader->read, reader->top.tasks, "/tasks", scenario_tasks_table.fields,
                 scenario_tasks_table.count, NULL, &name);
    if (reader->top.state != NULL) {
        scenario_error(reader, "/tasks", "stands beside \"state\", expected one of the two");
    } else if (name != NULL &&
               scenario_read_text(reader, name, "/tasks/file", &name, &text, &len)) {
        tasks_read(reader, name, text, len);
    }
}

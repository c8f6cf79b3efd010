/* sim/scenario_arrivals.c - when the requests of a line come: a word, a curve, or a file. */
#include <string.h>

#include <jansson.h>

#include "platform/base/units.h"
#include "sim/scenario_parts.h"

#define DAY_NS HOUR(24)

/* --- a file --- */

enum { ARRIVALS_CELL_BYTES = 128 };

struct timetable {
    struct scenario_reader        *reader;
    const struct scenario_traffic *traffic;
    const char                    *file;
    uint32_t                       line;
    struct vec                     rows; /* struct scenario_arrival */
};

/* A cell without the blanks around it; false when it is too long to be one. */
static bool
timetable_cell(const char *from, const char *to, char cell[ARRIVALS_CELL_BYTES])
{
    while (from < to && (*from == ' ' || *from == '\t')) {
        from++;
    }
    while (to > from && (to[-1] == ' ' || to[-1] == '\t' || to[-1] == '\r')) {
        to--;
    }
    if (to - from >= ARRIVALS_CELL_BYTES) {
        return false;
    }
    memcpy(cell, from, (size_t)(to - from));
    cell[to - from] = '\0';
    return true;
}

/* A duration, or a number of seconds. */
static bool
timetable_time(const char *cell, int64_t *ret_ns)
{
    char with_unit[ARRIVALS_CELL_BYTES + 2];
    if (units_parse_duration(cell, ret_ns)) {
        return *ret_ns >= 0 && *ret_ns <= FIELD_DURATION_MAX_NS;
    }
    const size_t len = strlen(cell);
    memcpy(with_unit, cell, len);
    memcpy(with_unit + len, "s", 2);
    return len > 0 && units_parse_duration(with_unit, ret_ns) && *ret_ns >= 0 &&
           *ret_ns <= FIELD_DURATION_MAX_NS;
}

static void
timetable_wrong(const struct timetable *table, uint32_t column, const char *what, const char *cell)
{
    diag_add_at(table->reader->read.diags, table->file, table->line, column, "found \"%s\", %s",
                cell, what);
}

static bool
timetable_class(const struct timetable *table, const char *cell, uint32_t *ret_number)
{
    *ret_number = 0;
    if (cell[0] == '\0') {
        return true;
    }
    for (uint32_t i = 0; i < table->traffic->classes_count; i++) {
        const char *name = table->traffic->classes[i].name;
        if (name != NULL && strcmp(name, cell) == 0) {
            *ret_number = i + 1;
            return true;
        }
    }
    return false;
}

static void
timetable_row(struct timetable *table, const char *from, const char *to)
{
    char        time[ARRIVALS_CELL_BYTES];
    char        name[ARRIVALS_CELL_BYTES] = "";
    const char *comma = memchr(from, ',', (size_t)(to - from));
    const char *end = comma != NULL ? comma : to;
    struct scenario_arrival row = { .at_ns = 0 };
    if (!timetable_cell(from, end, time) ||
        (comma != NULL && !timetable_cell(comma + 1, to, name))) {
        timetable_wrong(table, 1, "expected a time and a class, separated by a comma",
                        "a long line");
        return;
    }
    if (table->rows.count == 0 && strcmp(time, "at") == 0) {
        return; /* the heads of the columns */
    }
    if (!timetable_time(time, &row.at_ns)) {
        timetable_wrong(table, 1, "expected seconds, such as 0.25, or a duration, such as 250ms",
                        time);
        return;
    }
    if (!timetable_class(table, name, &row.number)) {
        timetable_wrong(table, (uint32_t)(comma - from) + 2,
                        "expected the name of a class in \"requests\"", name);
        return;
    }
    if (table->rows.count > 0 &&
        ((const struct scenario_arrival *)vec_at(&table->rows, table->rows.count - 1))->at_ns >
            row.at_ns) {
        timetable_wrong(table, 1, "which is before the line above it, expected times in order",
                        time);
        return;
    }
    *(struct scenario_arrival *)vec_push(&table->rows) = row;
}

static bool
is_blank_or_note(const char *from, const char *to)
{
    while (from < to && (*from == ' ' || *from == '\t' || *from == '\r')) {
        from++;
    }
    return from == to || *from == '#';
}

static void
timetable_rows(struct timetable *table, const char *text, size_t len)
{
    const uint32_t errors_count = table->reader->read.diags->errors_count;
    const char    *end = text + len;
    while (text < end && table->reader->read.diags->errors_count < errors_count + 10) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        const char *stop = newline != NULL ? newline : end;
        table->line++;
        if (!is_blank_or_note(text, stop)) {
            if (table->rows.count == SCENARIO_TIMETABLE_MAX) {
                diag_add_at(table->reader->read.diags, table->file, table->line, 1,
                            "found more arrivals, expected at most %d",
                            (int)SCENARIO_TIMETABLE_MAX);
                return;
            }
            timetable_row(table, text, stop);
        }
        text = stop + 1;
    }
    if (table->rows.count == 0 && table->reader->read.diags->errors_count == errors_count) {
        diag_add_at(table->reader->read.diags, table->file, 1, 1,
                    "the file holds no arrival, expected a line for each");
    }
}

static void
read_timetable(struct scenario_reader *reader, const struct json_t *json, const char *pointer,
               struct scenario_traffic *traffic)
{
    struct arena *arena = reader->read.arena;
    const char   *name = NULL;
    const char   *text = NULL;
    size_t        len = 0;
    fields_parse(&reader->read, json, pointer, scenario_arrivals_file_table.fields,
                 scenario_arrivals_file_table.count, NULL, &name);
    if (name == NULL) {
        return;
    }
    struct timetable table = { .reader = reader, .traffic = traffic };
    if (!scenario_read_text(reader, name, fields_pointer(arena, pointer, "file"), &table.file,
                            &text, &len)) {
        return;
    }
    vec_init(&table.rows, sizeof(struct scenario_arrival));
    timetable_rows(&table, text, len);
    struct scenario_arrival *rows = ARENA_ARRAY(arena, struct scenario_arrival,
                                                table.rows.count + 1);
    if (table.rows.count > 0) {
        memcpy(rows, table.rows.items, table.rows.count * sizeof *rows);
    }
    traffic->timetable = rows;
    traffic->timetable_count = table.rows.count;
    vec_fini(&table.rows);
}

/* --- curves --- */

static void
read_bursts(struct scenario_reader *reader, const struct json_t *json, const char *pointer,
            struct scenario_traffic *traffic)
{
    struct arena         *arena = reader->read.arena;
    const struct json_t  *states = NULL;
    const char *const     also[] = { "dist", NULL };
    bool                  any = false;
    fields_parse(&reader->read, json, pointer, scenario_mmpp_table.fields,
                 scenario_mmpp_table.count, also, &states);
    const char  *where = fields_pointer(arena, pointer, "states");
    const size_t count = json_array_size(states);
    if (states == NULL || !fields_is_array(&reader->read, states, where)) {
        return;
    }
    if (count == 0 || count > SCENARIO_BURSTS_MAX) {
        scenario_error(reader, where, "found %u states, expected 1 to %d", (unsigned)count,
                       (int)SCENARIO_BURSTS_MAX);
        return;
    }
    const uint32_t         errors_count = reader->read.diags->errors_count;
    struct scenario_burst *bursts = ARENA_ARRAY(arena, struct scenario_burst, count);
    for (uint32_t i = 0; i < count; i++) {
        const char *at = fields_pointer_at(arena, where, i);
        bursts[i] = (struct scenario_burst){ .factor = 0 };
        fields_parse(&reader->read, json_array_get(states, i), at, scenario_burst_table.fields,
                     scenario_burst_table.count, NULL, &bursts[i]);
        if (!(bursts[i].factor >= 0 && bursts[i].factor <= 1000)) {
            scenario_error(reader, fields_pointer(arena, at, "factor"),
                           "lies outside of what makes sense, expected a number from 0 to 1000");
        }
        any = any || bursts[i].factor > 0;
    }
    if (!any && reader->read.diags->errors_count == errors_count) {
        scenario_error(reader, where, "every factor is 0, expected one above it");
    }
    traffic->bursts = bursts;
    traffic->bursts_count = (uint32_t)count;
}

static void
read_diurnal(struct scenario_reader *reader, const struct json_t *json, const char *pointer,
             struct scenario_traffic *traffic)
{
    const char *const also[] = { "dist", NULL };
    const uint32_t    errors_count = reader->read.diags->errors_count;
    traffic->period_ns = DAY_NS;
    traffic->peak_at_ns = -1;
    fields_parse(&reader->read, json, pointer, scenario_diurnal_table.fields,
                 scenario_diurnal_table.count, also, traffic);
    if (traffic->peak_at_ns < 0) {
        traffic->peak_at_ns = traffic->period_ns / 2;
    }
    if (reader->read.diags->errors_count == errors_count &&
        (traffic->rate_microhertz == 0 || traffic->peak_microhertz < traffic->rate_microhertz)) {
        scenario_error(reader, fields_pointer(reader->read.arena, pointer, "peak"),
                       "is no peak of a rate that is %s, expected a rate above 0 and a peak that "
                       "is not less",
                       traffic->rate_microhertz == 0 ? "0" : "higher");
    }
}

/* The index of the word that json is among these, or -1. */
static int
find_word(const struct json_t *json, const char *const *words)
{
    for (int i = 0; json_is_string(json) && words[i] != NULL; i++) {
        if (strcmp(json_string_value(json), words[i]) == 0) {
            return i;
        }
    }
    return -1;
}

void
scenario_read_arrivals(struct scenario_reader *reader, const struct json_t *json,
                       const char *pointer, struct scenario_traffic *traffic)
{
    const struct json_t *dist = json_object_get(json, "dist");
    const int            steady = find_word(json, scenario_arrivals_words);
    const int            curve = find_word(dist, scenario_curve_words);
    if (json == NULL) {
        traffic->arrivals = ARRIVALS_POISSON;
    } else if (steady >= 0) {
        traffic->arrivals = (enum scenario_arrivals)steady;
    } else if (json_object_get(json, "file") != NULL) {
        traffic->arrivals = ARRIVALS_FILE;
        read_timetable(reader, json, pointer, traffic);
    } else if (curve == 0) {
        traffic->arrivals = ARRIVALS_MMPP;
        read_bursts(reader, json, pointer, traffic);
    } else if (curve == 1) {
        traffic->arrivals = ARRIVALS_DIURNAL;
        read_diurnal(reader, json, pointer, traffic);
    } else {
        scenario_error(reader, pointer,
                       "found %s, expected \"poisson\", \"constant\", {\"dist\": \"mmpp\"...}, "
                       "{\"dist\": \"diurnal\"...} or {\"file\": ...}",
                       fields_show(reader->read.arena, json));
    }
}

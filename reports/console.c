/*
 * reports/console.c - the verdict of a run for a person at a terminal of a hundred columns.
 *
 * Order: the verdict, what failed and what led to it, the worst numbers, what still waits, and at
 *        the end the command that repeats it and the page to open.
 */
#include <inttypes.h>
#include <string.h>

#include "reports/console_numbers.h"
#include "reports/escape.h"
#include "reports/reports.h"
#include "reports/text.h"
#include "reports/timeline.h"

enum {
    CONSOLE_EVENTS_MAX = 10,  /* shown before a failure: limits of ours, as all here */
    CONSOLE_FAILURES_MAX = 8, /* with their events only the first CONSOLE_STORIES_MAX */
    CONSOLE_STORIES_MAX = 3,
    CONSOLE_SECONDS_WIDTH = 16, /* columns */
    CONSOLE_WHO_WIDTH = 12
};

static const char red[] = "\033[1;31m";
static const char green[] = "\033[1;32m";
static const char bold[] = "\033[1m";

static void
console_paint(struct console *console, const char *color, const char *text)
{
    if (console->color) {
        strbuf_add(&console->out, color);
    }
    escape_terminal(&console->out, text);
    if (console->color) {
        strbuf_add(&console->out, "\033[0m");
    }
}

static bool
console_passed(const struct console *console)
{
    return strcmp(console->reader->run.outcome, "passed") == 0;
}

static void
console_verdict_word(struct console *console)
{
    const char *outcome = console->reader->run.outcome;
    if (strcmp(outcome, "passed") == 0) {
        console_paint(console, green, "PASSED");
    } else {
        console_paint(console, red, strcmp(outcome, "failed") == 0 ? "FAILED" : "ERROR ");
    }
}

/* "seed 1, 30m simulated in 410ms, 4,390 times real time" */
static void
console_run(struct console *console)
{
    const struct reader_run *run = &console->reader->run;
    struct strbuf           *out = &console->out;
    strbuf_printf(out, "seed %" PRIu64 ", ", run->seed);
    if (strcmp(run->backend, "fake") != 0) {
        escape_terminal(out, run->backend);
        strbuf_add(out, ", ");
        text_duration(out, run->simulated_ns);
        return;
    }
    text_duration(out, run->simulated_ns);
    strbuf_add(out, " simulated in ");
    text_duration(out, run->wall_ns);
    if (run->wall_ns > 0 && run->simulated_ns / run->wall_ns >= 2) {
        strbuf_add(out, " (");
        text_count(out, run->simulated_ns / run->wall_ns);
        strbuf_add(out, " x real time)");
    }
}

static void
console_head(struct console *console)
{
    const struct reader_run *run = &console->reader->run;
    console_verdict_word(console);
    strbuf_add(&console->out, "  ");
    console_paint(console, bold, run->scenario);
    strbuf_add(&console->out, "  ");
    console_run(console);
    strbuf_add_char(&console->out, '\n');
}

/* Breaks between words at the width of the terminal; what has no blank stays whole. */
static void
console_wrap(struct console *console, const char *indent, const char *text)
{
    enum { WIDTH = 90 };
    struct strbuf clean = { 0 };
    escape_terminal(&clean, text);
    const char *rest = strbuf_text(&clean);
    while (*rest != '\0') {
        size_t len = strlen(rest);
        if (len > WIDTH) {
            len = WIDTH;
            while (len > 0 && rest[len] != ' ') {
                len--;
            }
            len = len == 0 ? strcspn(rest, " ") : len;
        }
        strbuf_add(&console->out, indent);
        strbuf_add_bytes(&console->out, rest, len);
        strbuf_add_char(&console->out, '\n');
        rest += len;
        rest += strspn(rest, " ");
    }
    strbuf_fini(&clean);
}

/* --- what failed --- */

/* A column of text, padded by what is shown of it. */
static void
console_column(struct console *console, const char *text, int width)
{
    struct strbuf clean = { 0 };
    escape_terminal(&clean, text);
    strbuf_printf(&console->out, "%*s  ", width, strbuf_text(&clean));
    strbuf_fini(&clean);
}

static void
console_events(struct console *console, const struct timeline_failure *failure)
{
    struct timeline timeline;
    struct strbuf   text = { 0 };
    strbuf_printf(&text, "%s %s %s", failure->id, failure->about, failure->detail);
    timeline_read_before(console->reader, failure->story_at_ns, strbuf_text(&text),
                         CONSOLE_EVENTS_MAX, &timeline);
    if (timeline.rows.count > 0) {
        strbuf_add(&console->out, "          what led to ");
        strbuf_add(&console->out, failure->is_worst ? "its worst interval, up to " : "it:");
        if (failure->is_worst) {
            text_seconds(&console->out, failure->story_at_ns);
            strbuf_add(&console->out, " s:");
        }
        strbuf_add_char(&console->out, '\n');
    }
    for (uint32_t i = 0; i < timeline.rows.count; i++) {
        const struct timeline_row *row = vec_at(&timeline.rows, i);
        const bool loud = row->kind == TIMELINE_FAULT || row->kind == TIMELINE_FAILURE;
        strbuf_clear(&text);
        text_seconds(&text, row->at_ns);
        console_column(console, strbuf_text(&text), CONSOLE_SECONDS_WIDTH);
        console_column(console, row->who, -CONSOLE_WHO_WIDTH);
        console_paint(console, loud ? red : "", row->text);
        strbuf_add_char(&console->out, '\n');
    }
    strbuf_fini(&text);
    timeline_fini(&timeline);
}

static void
console_failure(struct console *console, const struct timeline_failure *failure, bool with_events)
{
    strbuf_add(&console->out, with_events ? "\n  " : "  ");
    console_paint(console, red, "failed");
    strbuf_printf(&console->out, "  %s ", failure->what);
    console_paint(console, bold, failure->id);
    if (failure->at_ns >= 0) {
        strbuf_add(&console->out, " at ");
        text_seconds(&console->out, failure->at_ns);
        strbuf_add(&console->out, " s");
    }
    strbuf_add_char(&console->out, '\n');
    if (with_events && strcmp(failure->about, failure->id) != 0) {
        console_wrap(console, "          ", failure->about);
    }
    console_wrap(console, "          ", failure->detail);
}

static void
console_failures(struct console *console, bool full)
{
    struct reader_rows      rows = timeline_failures(console->reader);
    struct timeline_failure failure;
    uint32_t                count = 0;
    while (timeline_next_failure(&rows, &failure)) {
        if (count < CONSOLE_FAILURES_MAX) {
            console_failure(console, &failure, full);
        }
        if (full && count < CONSOLE_STORIES_MAX) {
            console_events(console, &failure);
        }
        count++;
    }
    if (count > CONSOLE_FAILURES_MAX) {
        strbuf_printf(&console->out, "\n  and %u more that failed\n", count - CONSOLE_FAILURES_MAX);
    }
    const struct reader_run *run = &console->reader->run;
    if (run->error[0] != '\0') {
        strbuf_add(&console->out, full ? "\n" : "");
        console_wrap(console, "  ", run->error);
        failure = (struct timeline_failure){
            .id = "", .about = "", .detail = run->error, .story_at_ns = run->simulated_ns
        };
        if (count == 0 && full) {
            console_events(console, &failure);
        }
    }
}

/* A negative scenario: the invariant was to be broken, and was. */
static void
console_caught(struct console *console)
{
    struct reader_rows      rows = timeline_failures(console->reader);
    struct timeline_failure failure;
    while (timeline_next_failure(&rows, &failure)) {
        strbuf_printf(&console->out, "\n  caught, as it was to be: %s ", failure.what);
        console_paint(console, bold, failure.id);
        strbuf_add_char(&console->out, '\n');
        console_wrap(console, "          ", failure.detail);
    }
}

/* --- numbers --- */

/* What follows the byte is no column of its own: what colors a label, or more of a character. */
static size_t
console_skip(const char *line, size_t at)
{
    at = line[at] == '\033' ? at + strcspn(line + at, "m") : at;
    do {
        at++;
    } while (((unsigned char)line[at] & 0xC0) == 0x80);
    return at;
}

/* Behind the label, if the line has one. */
static uint32_t
console_text_column(const char *line)
{
    enum { LABEL_COLUMNS = 16 };
    uint32_t column = 0;
    for (size_t at = 0; line[at] == ' ' || line[at] == '\033'; at = console_skip(line, at)) {
        column += line[at] == ' ' ? 1U : 0U;
    }
    return column > LABEL_COLUMNS ? column : LABEL_COLUMNS;
}

/* How much of a line fits, up to a blank after this column; or, without one, up to the next. */
static size_t
console_fit(const char *line, size_t len, uint32_t text_column, uint32_t columns)
{
    size_t   blank = 0;
    uint32_t column = 0;
    for (size_t at = 0; at < len; at = console_skip(line, at)) {
        if (line[at] == ' ' && column > text_column) {
            blank = at;
        }
        if (column >= columns && blank > 0) {
            return blank;
        }
        column += line[at] != '\033' ? 1U : 0U;
    }
    return len;
}

/* Lines that are wider than a terminal go on below, farther in. */
static void
console_fold(struct strbuf *out, const char *text)
{
    enum { COLUMNS = 100, FARTHER = 2 };
    while (*text != '\0') {
        const uint32_t text_column = console_text_column(text);
        const uint32_t indent = text_column + FARTHER;
        size_t         len = strcspn(text, "\n");
        size_t         fits = console_fit(text, len, text_column, COLUMNS);
        strbuf_add_bytes(out, text, fits);
        while (fits < len) {
            text += fits + 1; /* the blank as well */
            len -= fits + 1;
            fits = console_fit(text, len, 0, COLUMNS - indent);
            strbuf_printf(out, "\n%*s", (int)indent, "");
            strbuf_add_bytes(out, text, fits);
        }
        strbuf_add_char(out, '\n');
        text += len + 1;
    }
}

static void
console_folded_numbers(struct console *console)
{
    struct console numbers = { .reader = console->reader, .color = console->color };
    console_numbers(&numbers);
    console_fold(&console->out, strbuf_text(&numbers.out));
    strbuf_fini(&numbers.out);
}

/* --- the whole --- */

static void
console_full(struct console *console)
{
    console_head(console);
    if (console->reader->run.scheduler[0] != '\0') {
        strbuf_add(&console->out, "        scheduler: ");
        escape_terminal(&console->out, console->reader->run.scheduler);
        strbuf_add_char(&console->out, '\n');
    }
    if (console->reader->run.about[0] != '\0') {
        console_wrap(console, "        ", console->reader->run.about);
    }
    if (console_passed(console)) {
        console_caught(console);
    } else {
        console_failures(console, true);
    }
    strbuf_add_char(&console->out, '\n');
    console_folded_numbers(console);
    strbuf_add_char(&console->out, '\n');
}

static void
console_end(struct console *console, const struct report_console_options *options)
{
    if (!console_passed(console) || !options->quiet) {
        strbuf_add(&console->out, "reproduce: ");
        escape_terminal(&console->out, console->reader->run.reproduce);
        strbuf_add_char(&console->out, '\n');
    }
    if (options->report_path != NULL && (!console_passed(console) || !options->quiet)) {
        strbuf_add(&console->out, "report: ");
        escape_terminal(&console->out, options->report_path);
        strbuf_add_char(&console->out, '\n');
    }
}

enum status
report_console(const char *db_path, const struct report_console_options *options, FILE *out,
               struct error *err)
{
    struct reader reader = { 0 };
    enum status status = reader_open(&reader, db_path, err);
    if (status != ST_OK) {
        return status;
    }
    struct console console = { .reader = &reader, .color = options->color };
    if (options->quiet) {
        console_head(&console);
        if (!console_passed(&console)) {
            console_failures(&console, false);
        }
    } else {
        console_full(&console);
    }
    console_end(&console, options);
    status = reader_status(&reader, err);
    if (status == ST_OK && (fwrite(strbuf_text(&console.out), 1, console.out.len, out) !=
                                console.out.len || fflush(out) != 0)) {
        status = error_set(err, ST_IO, "cannot write the verdict");
    }
    strbuf_fini(&console.out);
    reader_close(&reader);
    return status;
}

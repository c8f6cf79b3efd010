/*
 * reports/console.c - the verdict of a run for a person at a terminal of a hundred columns.
 *
 * Order: the verdict, what failed and what led to it, the worst numbers, what still waits, and at the
 *        end the command that repeats it and the page to open.
 */
#include <inttypes.h>
#include <string.h>

#include "reports/escape.h"
#include "reports/reader.h"
#include "reports/reports.h"
#include "reports/text.h"
#include "reports/timeline.h"

enum {
    CONSOLE_EVENTS_MAX = 10,  /* shown before a failure: limits of ours, as all here */
    CONSOLE_FAILURES_MAX = 8, /* with their events only the first CONSOLE_STORIES_MAX */
    CONSOLE_STORIES_MAX = 3,
    CONSOLE_PENDING_MAX = 5,
    CONSOLE_TEXT_MAX = 76 /* columns of an event's sentence */
};

struct console {
    struct reader *reader;  /* borrowed */
    bool           color;
    struct strbuf  out;
};

static const char red[] = "\033[1;31m";
static const char green[] = "\033[1;32m";
static const char bold[] = "\033[1m";
static const char dim[] = "\033[2m";

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

static void
console_events(struct console *console, int64_t at_ns, const char *about)
{
    struct timeline timeline;
    struct strbuf   text = { 0 };
    timeline_read_before(console->reader, at_ns, about, CONSOLE_EVENTS_MAX, &timeline);
    if (timeline.rows.count > 0) {
        strbuf_add(&console->out, "          what led to it:\n");
    }
    for (uint32_t i = 0; i < timeline.rows.count; i++) {
        const struct timeline_row *row = vec_at(&timeline.rows, i);
        strbuf_clear(&text);
        escape_terminal(&text, row->text);
        struct strbuf seconds = { 0 };
        text_seconds(&seconds, row->at_ns);
        strbuf_printf(&console->out, "  %14s  ", strbuf_text(&seconds));
        strbuf_fini(&seconds);
        struct strbuf who = { 0 };
        escape_terminal(&who, row->who);
        strbuf_printf(&console->out, "%-12s  ", strbuf_text(&who));
        strbuf_fini(&who);
        const bool loud = row->kind == TIMELINE_FAULT || row->kind == TIMELINE_FAILURE;
        console_paint(console, loud ? red : "", strbuf_text(&text));
        strbuf_add_char(&console->out, '\n');
    }
    strbuf_fini(&text);
    timeline_fini(&timeline);
}

struct console_failure {
    const char *id;
    const char *what; /* "expectation", "invariant" */
    const char *about;
    const char *detail;
    int64_t     at_ns; /* -1: none */
};

static void
console_failure(struct console *console, const struct console_failure *failure, bool with_events)
{
    strbuf_add(&console->out, "\n  ");
    console_paint(console, red, "failed");
    strbuf_printf(&console->out, "  %s ", failure->what);
    console_paint(console, bold, failure->id);
    if (failure->at_ns >= 0) {
        strbuf_add(&console->out, " at ");
        text_seconds(&console->out, failure->at_ns);
        strbuf_add(&console->out, " s");
    }
    strbuf_add_char(&console->out, '\n');
    if (strcmp(failure->about, failure->id) != 0) {
        console_wrap(console, "          ", failure->about);
    }
    console_wrap(console, "          ", failure->detail);
    if (with_events) {
        struct strbuf all = { 0 };
        strbuf_printf(&all, "%s %s %s", failure->id, failure->about, failure->detail);
        console_events(console,
                       failure->at_ns >= 0 ? failure->at_ns : console->reader->run.simulated_ns,
                       strbuf_text(&all));
        strbuf_fini(&all);
    }
}

/* Expectations first, then invariants, each in the order of the scenario. */
static void
console_failures(struct console *console, bool with_events)
{
    struct reader_rows rows = reader_query(
        console->reader,
        "SELECT id, 'expectation', about, detail, at_ns FROM expectations WHERE outcome <> 'passed'"
        " UNION ALL"
        " SELECT id, 'invariant', about, detail, at_ns FROM invariants WHERE outcome <> 'passed'");
    uint32_t count = 0;
    while (reader_next(&rows)) {
        const struct console_failure failure = {
            .id = reader_keep(&rows, 0),
            .what = reader_keep(&rows, 1),
            .about = reader_keep(&rows, 2),
            .detail = reader_keep(&rows, 3),
            .at_ns = reader_is_null(&rows, 4) ? -1 : reader_int(&rows, 4),
        };
        if (count < CONSOLE_FAILURES_MAX) {
            console_failure(console, &failure, with_events && count < CONSOLE_STORIES_MAX);
        }
        count++;
    }
    if (count > CONSOLE_FAILURES_MAX) {
        strbuf_printf(&console->out, "\n  and %u more that failed\n", count - CONSOLE_FAILURES_MAX);
    }
    if (console->reader->run.error[0] != '\0') {
        strbuf_add_char(&console->out, '\n');
        console_wrap(console, "  ", console->reader->run.error);
        if (count == 0 && with_events) {
            console_events(console, console->reader->run.simulated_ns, console->reader->run.error);
        }
    }
}

/* A negative scenario: the invariant was to be broken, and was. */
static void
console_caught(struct console *console)
{
    struct reader_rows rows = reader_query(
        console->reader, "SELECT id, detail FROM invariants WHERE outcome <> 'passed'");
    while (reader_next(&rows)) {
        strbuf_add(&console->out, "\n  caught, as it was to be: invariant ");
        console_paint(console, bold, reader_text(&rows, 0));
        strbuf_add_char(&console->out, '\n');
        console_wrap(console, "          ", reader_text(&rows, 1));
    }
}

/* --- numbers --- */

static void
console_label(struct console *console, const char *label)
{
    strbuf_add(&console->out, "  ");
    if (console->color) {
        strbuf_add(&console->out, dim);
    }
    strbuf_printf(&console->out, "%-14s", label);
    if (console->color) {
        strbuf_add(&console->out, "\033[0m");
    }
}

static void
console_checks(struct console *console)
{
    struct strbuf     *out = &console->out;
    struct reader_rows rows = reader_query(
        console->reader, "SELECT (SELECT count(*) FROM expectations),"
                         " (SELECT count(*) FROM expectations WHERE outcome = 'passed'),"
                         " (SELECT count(*) FROM invariants),"
                         " (SELECT count(*) FROM invariants WHERE outcome = 'passed'),"
                         " (SELECT coalesce(sum(checks), 0) FROM invariants)");
    if (reader_next(&rows)) {
        console_label(console, "held");
        strbuf_printf(out, "%" PRId64 " of %" PRId64 " expectations, %" PRId64 " of %" PRId64
                      " invariants in ", reader_int(&rows, 1), reader_int(&rows, 0),
                      reader_int(&rows, 3), reader_int(&rows, 2));
        text_count(out, reader_int(&rows, 4));
        strbuf_add(out, " checks\n");
    }
    reader_end(&rows);
}

static void
console_services(struct console *console)
{
    struct strbuf     *out = &console->out;
    struct reader_rows rows = reader_query(
        console->reader, "SELECT service, requests, ok FROM services WHERE requests > 0"
                         " ORDER BY ok * 1.0 / requests, rowid LIMIT 1");
    if (reader_next(&rows)) {
        console_label(console, "availability");
        text_percent(out, reader_int(&rows, 2), reader_int(&rows, 1));
        strbuf_add(out, " of ");
        escape_terminal(out, reader_text(&rows, 0));
        strbuf_add(out, ": ");
        text_count(out, reader_int(&rows, 1) - reader_int(&rows, 2));
        strbuf_add(out, " of ");
        text_count(out, reader_int(&rows, 1));
        strbuf_add(out, " requests failed\n");
    }
    reader_end(&rows);
    rows = reader_query(console->reader, "SELECT service, p50_ns, p99_ns, max_ns FROM services"
                                         " WHERE ok > 0 ORDER BY p99_ns DESC, rowid LIMIT 1");
    if (reader_next(&rows)) {
        console_label(console, "latency p99");
        text_latency(out, reader_int(&rows, 2));
        strbuf_add(out, " of ");
        escape_terminal(out, reader_text(&rows, 0));
        strbuf_add(out, ", p50 ");
        text_latency(out, reader_int(&rows, 1));
        strbuf_add(out, ", slowest ");
        text_latency(out, reader_int(&rows, 3));
        strbuf_add_char(out, '\n');
    }
    reader_end(&rows);
}

static void
console_health(struct console *console)
{
    struct strbuf     *out = &console->out;
    struct reader_rows rows = reader_query(
        console->reader, "SELECT app, wanted, healthy, healthy_min, (SELECT count(*) FROM apps)"
                         " FROM apps WHERE wanted > 0 AND pending = 0"
                         " ORDER BY healthy_min * 1.0 / wanted, healthy, rowid LIMIT 1");
    if (reader_next(&rows)) {
        console_label(console, "healthy");
        strbuf_printf(out, "%" PRId64 " of %" PRId64 " at worst, ", reader_int(&rows, 3),
                      reader_int(&rows, 1));
        strbuf_printf(out, "%" PRId64 " at the end: ", reader_int(&rows, 2));
        escape_terminal(out, reader_text(&rows, 0));
        if (reader_int(&rows, 4) > 1) {
            strbuf_printf(out, " (worst of %" PRId64 " apps)", reader_int(&rows, 4));
        }
        strbuf_add_char(out, '\n');
    }
    reader_end(&rows);
}

static void
console_cluster(struct console *console)
{
    struct strbuf     *out = &console->out;
    struct reader_rows rows = reader_query(
        console->reader, "SELECT nodes_up, cpu_milli_used, cpu_milli, mem_bytes_used, mem_bytes"
                         " FROM cluster_samples ORDER BY at_ns DESC, rowid DESC LIMIT 1");
    if (reader_next(&rows)) {
        console_label(console, "cluster");
        strbuf_printf(out, "%" PRId64 " nodes up (%" PRId64 " at most), cpu ",
                      reader_int(&rows, 0), console->reader->run.nodes_max);
        text_share(out, reader_int(&rows, 1), reader_int(&rows, 2));
        strbuf_add(out, " and memory ");
        text_share(out, reader_int(&rows, 3), reader_int(&rows, 4));
        strbuf_add(out, " allocated");
        if (console->reader->run.cost_microusd > 0) {
            strbuf_add(out, ", cost ");
            text_money(out, console->reader->run.cost_microusd);
        }
        strbuf_add_char(out, '\n');
    }
    reader_end(&rows);
}

static void
console_pending(struct console *console)
{
    struct strbuf     *out = &console->out;
    struct reader_rows rows = reader_query(
        console->reader, "SELECT app, pending, why_pending FROM apps WHERE pending > 0"
                         " ORDER BY pending DESC, rowid");
    uint32_t count = 0;
    while (reader_next(&rows)) {
        if (count < CONSOLE_PENDING_MAX) {
            console_label(console, count == 0 ? "still pending" : "");
            strbuf_printf(out, "%" PRId64 " of ", reader_int(&rows, 1));
            escape_terminal(out, reader_text(&rows, 0));
            if (!reader_is_null(&rows, 2)) {
                strbuf_add(out, ": ");
                escape_terminal(out, reader_text(&rows, 2));
            }
            strbuf_add_char(out, '\n');
        }
        count++;
    }
    if (count > CONSOLE_PENDING_MAX) {
        console_label(console, "");
        strbuf_printf(out, "and of %u more apps\n", count - CONSOLE_PENDING_MAX);
    }
}

/* --- the whole --- */

static void
console_full(struct console *console)
{
    console_head(console);
    if (console->reader->run.about[0] != '\0') {
        console_wrap(console, "        ", console->reader->run.about);
    }
    if (console_passed(console)) {
        console_caught(console);
    } else {
        console_failures(console, true);
    }
    strbuf_add_char(&console->out, '\n');
    console_checks(console);
    console_services(console);
    console_health(console);
    console_cluster(console);
    console_pending(console);
    if (console->reader->run.events_dropped > 0) {
        console_label(console, "left out");
        text_count(&console->out, console->reader->run.events_dropped);
        strbuf_add(&console->out, " events beyond the limit of the run database\n");
    }
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

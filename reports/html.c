/*
 * reports/html.c - report.html: the page an engineer opens after a red build.
 *
 * Order: verdict and how to see it again, the facts, what failed and what led to it, charts, what
 *        was judged, tables, and at last everything of interest that happened.
 */
#include <inttypes.h>
#include <string.h>

#include "reports/charts.h"
#include "reports/escape.h"
#include "reports/html_parts.h"
#include "reports/html_style.h"
#include "reports/html_tables.h"
#include "reports/output.h"
#include "reports/pending.h"
#include "reports/reader.h"
#include "reports/reports.h"
#include "reports/roles.h"
#include "reports/rollouts.h"
#include "reports/text.h"
#include "reports/timeline.h"

enum { HTML_STORY_MAX = 12, HTML_FAILURES_MAX = 20 }; /* limits of ours */

static const char *
html_verdict(const struct reader_run *run)
{
    if (strcmp(run->outcome, "passed") == 0) {
        return "PASSED";
    }
    return strcmp(run->outcome, "failed") == 0 ? "FAILED" : "ERROR";
}

static void
html_head(struct strbuf *out, const struct reader_run *run)
{
    strbuf_add(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    strbuf_printf(out, "<title>%s ", html_verdict(run));
    escape_html(out, run->scenario);
    strbuf_printf(out, ", seed %" PRIu64 "</title>\n<style>\n%s%s</style>\n</head>\n<body>\n",
                  run->seed, html_style, html_style_rollouts);
    strbuf_printf(out, "<header class=\"%s\"><div class=\"verdict\">%s</div>",
                  strcmp(run->outcome, "passed") == 0 ? "passed" : "failed", html_verdict(run));
    html_element(out, "<h1>", run->scenario, "</h1>");
    if (run->about[0] != '\0') {
        html_element(out, "<p>", run->about, "</p>");
    }
    strbuf_add(out, "</header>\n");
    html_element(out, "<pre class=\"run\">", run->reproduce, "</pre>\n");
}

/* Takes what is in text, and empties it for the next fact. */
static void
html_fact_take(struct strbuf *out, const char *name, struct strbuf *text)
{
    html_fact(out, name, strbuf_text(text));
    strbuf_clear(text);
}

static void
html_facts_time(struct strbuf *out, const struct reader_run *run)
{
    struct strbuf text = { 0 };
    strbuf_printf(&text, "%" PRIu64, run->seed);
    html_fact_take(out, "Seed", &text);
    html_fact(out, "Backend", run->backend);
    text_duration(&text, run->simulated_ns);
    if (strcmp(run->backend, "fake") == 0) {
        strbuf_add(&text, " in ");
        text_duration(&text, run->wall_ns);
        if (run->wall_ns > 0) {
            strbuf_add(&text, " (");
            text_count(&text, run->simulated_ns / run->wall_ns);
            strbuf_add(&text, " x real time)");
        }
        html_fact_take(out, "Simulated", &text);
    } else {
        html_fact_take(out, "Ran for", &text);
    }
    if (run->trace_hash[0] != '\0') {
        html_fact(out, "Trace hash", run->trace_hash);
    }
    text_count(&text, run->trace_events);
    html_fact_take(out, "Events", &text);
    html_fact(out, "Scenario file", run->file);
    if (run->scheduler[0] != '\0') {
        html_fact(out, "Scheduler", run->scheduler);
    }
    strbuf_fini(&text);
}

static void
html_facts_cluster(struct strbuf *out, struct reader *reader)
{
    struct strbuf text = { 0 };
    struct reader_rows rows = reader_query(
        reader, "SELECT nodes_up, cpu_milli_used, cpu_milli, mem_bytes_used, mem_bytes"
                " FROM cluster_samples ORDER BY at_ns DESC, rowid DESC LIMIT 1");
    if (reader_next(&rows)) {
        strbuf_printf(&text, "%" PRId64 " up at the end, %" PRId64 " at most",
                      reader_int(&rows, 0), reader->run.nodes_max);
        html_fact_take(out, "Nodes", &text);
        strbuf_add(&text, "cpu ");
        text_share(&text, reader_int(&rows, 1), reader_int(&rows, 2));
        strbuf_add(&text, ", memory ");
        text_share(&text, reader_int(&rows, 3), reader_int(&rows, 4));
        html_fact_take(out, "Allocated at the end", &text);
    }
    reader_end(&rows);
    if (reader->run.cost_microusd > 0) {
        text_money(&text, reader->run.cost_microusd);
        html_fact_take(out, "Cost of the machines", &text);
    }
    strbuf_fini(&text);
}

/* What is looked for first: the worst service, and the app that lacked most. */
static void
html_facts_worst(struct strbuf *out, struct reader *reader)
{
    struct strbuf text = { 0 };
    struct reader_rows rows = reader_query(
        reader, "SELECT ok, requests - denied - limited FROM services"
                " WHERE requests > denied + limited AND is_class = 0"
                " ORDER BY ok * 1.0 / (requests - denied - limited), rowid LIMIT 1");
    if (reader_next(&rows)) {
        text_percent(&text, reader_int(&rows, 0), reader_int(&rows, 1));
        html_fact_take(out, "Availability", &text);
        text_count(&text, reader_int(&rows, 1) - reader_int(&rows, 0));
        html_fact_take(out, "Failed requests", &text);
    }
    reader_end(&rows);
    rows = reader_query(reader, "SELECT p99_ns FROM services WHERE ok > 0 ORDER BY p99_ns DESC"
                                " LIMIT 1");
    if (reader_next(&rows)) {
        text_latency(&text, reader_int(&rows, 0));
        html_fact_take(out, "Latency p99", &text);
    }
    reader_end(&rows);
    rows = reader_query(reader, "SELECT app, wanted, healthy_min FROM apps WHERE wanted > 0"
                                " AND pending = 0"
                                " ORDER BY healthy_min * 1.0 / wanted, rowid LIMIT 1");
    if (reader_next(&rows)) {
        strbuf_printf(&text, "%" PRId64 " of %" PRId64 " ", reader_int(&rows, 2),
                      reader_int(&rows, 1));
        strbuf_add(&text, reader_text(&rows, 0));
        html_fact_take(out, "Fewest healthy", &text);
    }
    reader_end(&rows);
    const int64_t pending = reader_number(reader, "SELECT coalesce(sum(pending), 0) FROM apps");
    if (pending > 0) {
        text_count(&text, pending);
        html_fact_take(out, "Still pending", &text);
    }
    strbuf_fini(&text);
}

static void
html_facts(struct strbuf *out, struct reader *reader)
{
    strbuf_add(out, "<dl class=\"worst\">\n");
    html_facts_worst(out, reader);
    strbuf_add(out, "</dl>\n<dl>\n");
    html_facts_time(out, &reader->run);
    html_facts_cluster(out, reader);
    strbuf_add(out, "</dl>\n");
    if (reader->run.events_dropped > 0) {
        strbuf_add(out, "<p class=\"note\">");
        text_count(out, reader->run.events_dropped);
        strbuf_add(out, " events came after the limit of the run database and are not in it: what "
                        "happened late in the run is missing below.</p>\n");
    }
}

/* --- what failed --- */

static void
html_story(struct strbuf *out, struct reader *reader, const struct timeline_failure *failure)
{
    struct timeline timeline;
    struct strbuf   about = { 0 };
    strbuf_printf(&about, "%s %s %s", failure->id, failure->about, failure->detail);
    timeline_read_before(reader, failure->story_at_ns, strbuf_text(&about), HTML_STORY_MAX,
                         &timeline);
    if (timeline.rows.count > 0) {
        strbuf_printf(out, "<p class=\"note\">What led to %s:</p>\n",
                      failure->is_worst ? "its worst interval" : "it");
        html_timeline_rows(out, &timeline);
    }
    strbuf_fini(&about);
    timeline_fini(&timeline);
}

static void
html_failure(struct strbuf *out, struct reader *reader, const struct timeline_failure *failure)
{
    const bool passed = strcmp(reader->run.outcome, "passed") == 0;
    strbuf_printf(out, "<section class=\"failure\"><p><b>The %s <code>", failure->what);
    escape_html(out, failure->id);
    strbuf_printf(out, "</code> %s", passed ? "was broken, as this scenario wants it" : "failed");
    if (failure->at_ns >= 0) {
        strbuf_add(out, " at ");
        text_duration(out, failure->at_ns);
    }
    html_element(out, "</b></p>\n<p>", failure->about, "</p>\n");
    html_element(out, "<p><b>", failure->detail, "</b></p>\n");
    html_story(out, reader, failure);
    strbuf_add(out, "</section>\n");
}

static void
html_failures(struct strbuf *out, struct reader *reader)
{
    struct reader_rows      rows = timeline_failures(reader);
    struct timeline_failure failure;
    uint32_t                count = 0;
    while (count < HTML_FAILURES_MAX && timeline_next_failure(&rows, &failure)) {
        html_failure(out, reader, &failure);
        count++;
    }
    reader_end(&rows);
    if (reader->run.error[0] != '\0') {
        html_element(out, "<section class=\"failure\"><p><b>", reader->run.error,
                     "</b></p></section>\n");
    }
}

/* --- charts --- */

static void
html_charts(struct strbuf *out, const struct charts *charts)
{
    if (charts->has_faults || charts->has_deployments) {
        strbuf_add(out, "<p class=\"note bands\">Shaded in the charts:");
        strbuf_add(out, charts->has_faults ? " <i class=\"fault\"></i> faults" : "");
        strbuf_add(out, charts->has_deployments ? " <i class=\"deploy\"></i> deployments" : "");
        strbuf_add(out, "</p>\n");
    }
    for (uint32_t i = 0; i < CHART_KIND_COUNT; i++) {
        const struct chart *chart = &charts->charts[i];
        if (chart->svg.len == 0) {
            continue;
        }
        strbuf_printf(out, "<figure><h2>%s</h2>\n", chart->title);
        html_inline_svg(out, strbuf_text(&chart->svg));
        if (chart->note.len > 0) {
            html_element(out, "<p class=\"note\">", strbuf_text(&chart->note), "</p>");
        }
        strbuf_add(out, "</figure>\n");
    }
}

static enum status
html_write_charts(const char *page_path, const struct charts *charts, struct error *err)
{
    const char *slash = strrchr(page_path, '/');
    enum status status = ST_OK;
    for (uint32_t i = 0; i < CHART_KIND_COUNT && status == ST_OK; i++) {
        const struct chart *chart = &charts->charts[i];
        if (chart->svg.len > 0) {
            struct strbuf path = { 0 };
            strbuf_add_bytes(&path, page_path, slash != NULL ? (size_t)(slash - page_path + 1) : 0);
            strbuf_add(&path, chart->file);
            status = output_write(strbuf_text(&path), &chart->svg, err);
            strbuf_fini(&path);
        }
    }
    return status;
}

/* --- the whole --- */

static void
html_page(struct strbuf *out, struct reader *reader, const struct charts *charts,
          const char *why_no_charts)
{
    struct timeline timeline;
    html_head(out, &reader->run);
    html_facts(out, reader);
    html_failures(out, reader);
    if (why_no_charts != NULL) {
        html_element(out, "<p class=\"note\">There are no charts: ", why_no_charts, "</p>\n");
    }
    pending_add(out, reader);
    html_charts(out, charts);
    roles_add(out, reader);
    rollouts_add(out, reader);
    html_tables_verdicts(out, reader);
    html_tables_rest(out, reader);
    timeline_read(reader, HTML_TIMELINE_MAX, &timeline);
    html_tables_timeline(out, &timeline);
    timeline_fini(&timeline);
    html_element(out, "<footer>Made by rehearse from run.db. To see it again: <code>",
                 reader->run.reproduce, "</code></footer>\n</body>\n</html>\n");
}

enum status
report_html(const char *db_path, const char *out_path, struct error *err)
{
    struct reader reader = { 0 };
    struct charts charts = { 0 };
    struct strbuf page = { 0 };
    struct error  chart_err = { "" };
    enum status status = reader_open(&reader, db_path, err);
    if (status != ST_OK) {
        return status;
    }
    const enum status drawn = charts_make(&reader, &charts, &chart_err);
    status = reader_status(&reader, err);
    if (status == ST_OK) {
        html_page(&page, &reader, &charts, drawn != ST_OK ? chart_err.text : NULL);
        status = reader_status(&reader, err);
    }
    if (status == ST_OK) {
        status = html_write_charts(out_path, &charts, err);
    }
    if (status == ST_OK) {
        status = output_write(out_path, &page, err);
    }
    if (status == ST_OK && drawn != ST_OK) {
        status = error_set(err, ST_UNAVAILABLE, "%s", chart_err.text);
    }
    strbuf_fini(&page);
    charts_fini(&charts);
    reader_close(&reader);
    return status;
}

/* reports/html_tables.c - one list of tables, one loop that draws any of them. */
#include "reports/html_tables.h"

#include <inttypes.h>
#include <string.h>

#include "reports/escape.h"
#include "reports/text.h"

enum html_format {
    HTML_TEXT,
    HTML_CODE,     /* names of things */
    HTML_OUTCOME,  /* a coloured word */
    HTML_COUNT,
    HTML_AT,       /* an instant of simulated time */
    HTML_DURATION,
    HTML_LATENCY,
    HTML_PERCENT,  /* of the column after it, which is not shown */
    HTML_BAR,      /* parts per million, drawn */
    HTML_MONEY,
    HTML_CORES,
    HTML_BYTES
};

struct html_column {
    const char      *head;
    enum html_format format;
};

enum { HTML_COLUMNS_MAX = 12 };

struct html_table {
    const char        *title;
    const char        *sql;    /* the columns in their order */
    const char        *count;  /* of all rows */
    struct html_column columns[HTML_COLUMNS_MAX];
    const char        *note;   /* below it; NULL: none */
    bool               folded; /* closed until somebody opens it */
};

static const struct html_table verdict_tables[] = {
    { .title = "Expectations",
      .sql = "SELECT outcome, id, about, detail, at_ns FROM expectations"
             " ORDER BY outcome = 'passed', rowid",
      .count = "SELECT count(*) FROM expectations",
      .columns = { { "Outcome", HTML_OUTCOME }, { "Expectation", HTML_CODE },
                   { "About", HTML_TEXT }, { "Detail", HTML_TEXT }, { "Decided at", HTML_AT } } },
    { .title = "Invariants",
      .sql = "SELECT outcome, id, about, checks, detail, at_ns FROM invariants"
             " ORDER BY outcome = 'passed', rowid",
      .count = "SELECT count(*) FROM invariants",
      .columns = { { "Outcome", HTML_OUTCOME }, { "Invariant", HTML_CODE }, { "About", HTML_TEXT },
                   { "Checks", HTML_COUNT }, { "Violation", HTML_TEXT },
                   { "First at", HTML_AT } } },
};

static const struct html_table rest_tables[] = {
    { .title = "Services",
      .note = "Failed are those that were not answered well; what the rules refuse (denied, "
              "limited) counts neither as failed nor as answered well. Quantiles are at most 1.6% "
              "or 1 us above the true ones.",
      .sql = "SELECT service, requests, requests - ok - denied - limited, ok,"
             " requests - denied - limited, timeout, reset,"
             " refused + no_server + no_route, mean_ns, p50_ns, p90_ns, p99_ns, max_ns"
             " FROM services ORDER BY ok * 1.0 / max(requests - denied - limited, 1), rowid",
      .count = "SELECT count(*) FROM services",
      .columns = { { "Service", HTML_CODE }, { "Requests", HTML_COUNT }, { "Failed", HTML_COUNT },
                   { "Availability", HTML_PERCENT }, { "Timed out", HTML_COUNT },
                   { "Reset", HTML_COUNT }, { "Not taken", HTML_COUNT },
                   { "Mean", HTML_LATENCY }, { "p50", HTML_LATENCY }, { "p90", HTML_LATENCY },
                   { "p99", HTML_LATENCY }, { "Slowest", HTML_LATENCY } } },
    { .title = "Tries and refusals",
      .sql = "SELECT service, requests, attempts, retries, denied, limited FROM services"
             " WHERE retries + denied + limited > 0 ORDER BY rowid",
      .count = "SELECT count(*) FROM services WHERE retries + denied + limited > 0",
      .columns = { { "Service", HTML_CODE }, { "Requests", HTML_COUNT },
                   { "Tries of clients", HTML_COUNT }, { "Of them again", HTML_COUNT },
                   { "Denied", HTML_COUNT }, { "Limited", HTML_COUNT } } },
    { .title = "Servers",
      .note = "What the proxies sent to each server, over the measured part; further tries of a "
              "request are counted too.",
      .sql = "SELECT service, app, task, node, requests, share_ppm, share_ppm, 1000000,"
             " nullif(mean_ns, 0), errors, failures, nullif(ejections, 0) FROM servers"
             " ORDER BY min(rowid) OVER (PARTITION BY service), mean_ns DESC, rowid",
      .count = "SELECT count(*) FROM servers",
      .columns = { { "Service", HTML_CODE }, { "App", HTML_CODE }, { "Task", HTML_COUNT },
                   { "Node", HTML_TEXT }, { "Requests", HTML_COUNT }, { "", HTML_BAR },
                   { "Share", HTML_PERCENT }, { "Mean", HTML_LATENCY }, { "Errors", HTML_COUNT },
                   { "Without an answer", HTML_COUNT }, { "Taken out", HTML_COUNT } } },
    { .title = "Apps",
      .sql = "SELECT app, wanted, healthy, healthy_min, placed, failed, pending, why_pending"
             " FROM apps ORDER BY pending = 0, healthy_min * 1.0 / max(wanted, 1), rowid",
      .count = "SELECT count(*) FROM apps",
      .columns = { { "App", HTML_CODE }, { "Wanted", HTML_COUNT }, { "Healthy", HTML_COUNT },
                   { "Lowest healthy", HTML_COUNT }, { "Placed", HTML_COUNT },
                   { "Failed", HTML_COUNT }, { "Pending", HTML_COUNT },
                   { "Why pending", HTML_TEXT } } },
    { .title = "Waits for a node",
      .note = "One line for each answer, while it held; a task is asked about at most every few "
              "seconds.",
      .sql = "SELECT app, at_ns, until_at_ns, coalesce(until_at_ns, (SELECT simulated_ns FROM run))"
             " - at_ns, tasks, why FROM pending ORDER BY at_ns, rowid",
      .count = "SELECT count(*) FROM pending",
      .columns = { { "App", HTML_CODE }, { "From", HTML_AT }, { "To", HTML_AT },
                   { "For", HTML_DURATION }, { "Tasks", HTML_COUNT }, { "Why", HTML_TEXT } },
      .folded = true },
    { .title = "Deployments",
      .sql = "SELECT outcome, app, strategy, from_at_ns, to_at_ns, to_at_ns - from_at_ns, waits_for"
             " FROM deployments ORDER BY from_at_ns, rowid",
      .count = "SELECT count(*) FROM deployments",
      .columns = { { "Outcome", HTML_OUTCOME }, { "App", HTML_CODE }, { "Strategy", HTML_TEXT },
                   { "From", HTML_AT }, { "To", HTML_AT }, { "Took", HTML_DURATION },
                   { "Waited last for", HTML_TEXT } } },
    { .title = "Faults and steps",
      .sql = "SELECT at_ns, until_at_ns, verb, target, CASE WHEN is_fault THEN 'fault' ELSE 'step'"
             " END, CASE WHEN drawn THEN 'the seed' ELSE 'the scenario' END FROM faults"
             " ORDER BY at_ns, rowid",
      .count = "SELECT count(*) FROM faults",
      .columns = { { "At", HTML_AT }, { "Undone at", HTML_AT }, { "What", HTML_CODE },
                   { "Target", HTML_CODE }, { "Kind", HTML_TEXT }, { "From", HTML_TEXT } } },
    { .title = "Nodes",
      .sql = "SELECT name, grp, type, zone, role, cpu_milli, mem_bytes, up_at_ns, up_ns,"
             " cost_microusd FROM nodes ORDER BY rowid",
      .count = "SELECT count(*) FROM nodes",
      .columns = { { "Node", HTML_CODE }, { "Group", HTML_TEXT }, { "Type", HTML_TEXT },
                   { "Zone", HTML_TEXT }, { "Role", HTML_TEXT }, { "Cores", HTML_CORES },
                   { "Memory", HTML_BYTES }, { "First up at", HTML_AT },
                   { "Up for", HTML_DURATION }, { "Cost", HTML_MONEY } },
      .folded = true },
    { .title = "Tasks that failed",
      .sql = "SELECT ended_at_ns, id, app, node, state, cause, created_at_ns, running_at_ns"
             " FROM tasks WHERE state IN ('failed', 'lost', 'gone') ORDER BY ended_at_ns, rowid",
      .count = "SELECT count(*) FROM tasks WHERE state IN ('failed', 'lost', 'gone')",
      .columns = { { "Ended", HTML_AT }, { "Task", HTML_TEXT }, { "App", HTML_CODE },
                   { "Node", HTML_CODE }, { "State", HTML_OUTCOME }, { "Cause", HTML_TEXT },
                   { "Created", HTML_AT }, { "Running", HTML_AT } } },
    { .title = "Tasks by state",
      .sql = "SELECT state, count FROM task_counts WHERE count > 0 ORDER BY rowid",
      .count = "SELECT count(*) FROM task_counts WHERE count > 0",
      .columns = { { "State", HTML_TEXT }, { "Tasks", HTML_COUNT } } },
};

static bool
html_is_number(enum html_format format)
{
    return format >= HTML_COUNT;
}

static void
html_outcome(struct strbuf *out, const char *outcome)
{
    static const char *const good[] = { "passed", "done", "finished" };
    static const char *const plain[] = { "running", "cancelled", "killed" };
    const char *class = "bad";
    for (uint32_t i = 0; i < COUNT_OF(good); i++) {
        class = strcmp(outcome, good[i]) == 0 ? "good" : class;
        class = strcmp(outcome, plain[i]) == 0 ? "plain" : class;
    }
    strbuf_printf(out, "<span class=\"%s\">", class);
    escape_html(out, outcome);
    strbuf_add(out, "</span>");
}

static void
html_number(struct strbuf *out, enum html_format format, int64_t value, int64_t next)
{
    switch (format) {
    case HTML_COUNT:
        text_count(out, value);
        break;
    case HTML_AT:
    case HTML_DURATION:
        text_duration(out, value);
        break;
    case HTML_LATENCY:
        text_latency(out, value);
        break;
    case HTML_PERCENT:
        text_percent(out, value, next);
        break;
    case HTML_MONEY:
        text_money(out, value);
        break;
    case HTML_CORES:
        text_cores(out, value);
        break;
    case HTML_BYTES:
        text_bytes(out, value);
        break;
    case HTML_BAR:
        strbuf_printf(out, "<div class=\"bar\" style=\"width:%" PRId64 "px\"></div>",
                      value < 0 || value > 1000000 ? 0 : value / 10000);
        break;
    case HTML_TEXT:
    case HTML_CODE:
    case HTML_OUTCOME:
        break;
    }
}

static void
html_cell(struct strbuf *out, const struct reader_rows *rows, int column, enum html_format format)
{
    strbuf_add(out, html_is_number(format) ? "<td class=\"n\">" : "<td>");
    if (!reader_is_null(rows, column)) {
        if (format == HTML_TEXT) {
            escape_html(out, reader_text(rows, column));
        } else if (format == HTML_CODE) {
            strbuf_add(out, "<code>");
            escape_html(out, reader_text(rows, column));
            strbuf_add(out, "</code>");
        } else if (format == HTML_OUTCOME) {
            html_outcome(out, reader_text(rows, column));
        } else {
            html_number(out, format, reader_int(rows, column),
                        format == HTML_PERCENT ? reader_int(rows, column + 1) : 0);
        }
    }
    strbuf_add(out, "</td>");
}

static void
html_table_open(struct strbuf *out, const struct html_table *table, int64_t count)
{
    if (table->folded) {
        strbuf_printf(out, "<details><summary><h2>%s</h2> <small>%" PRId64 "</small></summary>",
                      table->title, count);
    } else {
        strbuf_printf(out, "<h2>%s</h2>", table->title);
    }
    strbuf_printf(out, "<div class=\"wide\"><table%s>\n<thead><tr>",
                  table->columns[2].head == NULL ? " class=\"narrow\"" : "");
    for (uint32_t i = 0; i < HTML_COLUMNS_MAX && table->columns[i].head != NULL; i++) {
        strbuf_printf(out, html_is_number(table->columns[i].format) ? "<th class=\"n\">%s</th>"
                                                                    : "<th>%s</th>",
                      table->columns[i].head);
    }
    strbuf_add(out, "</tr></thead>\n<tbody>\n");
}

static void
html_table(struct strbuf *out, struct reader *reader, const struct html_table *table)
{
    const int64_t count = reader_number(reader, table->count);
    if (count == 0) {
        return;
    }
    html_table_open(out, table, count);
    struct reader_rows rows = reader_query(reader, table->sql);
    uint32_t shown = 0;
    while (shown < HTML_ROWS_MAX && reader_next(&rows)) {
        int column = 0;
        strbuf_add(out, "<tr>");
        for (uint32_t i = 0; i < HTML_COLUMNS_MAX && table->columns[i].head != NULL; i++) {
            html_cell(out, &rows, column, table->columns[i].format);
            column += table->columns[i].format == HTML_PERCENT ? 2 : 1;
        }
        strbuf_add(out, "</tr>\n");
        shown++;
    }
    reader_end(&rows);
    strbuf_add(out, "</tbody></table></div>\n");
    if (count > (int64_t)shown) {
        strbuf_add(out, "<p class=\"note\">and ");
        text_count(out, count - (int64_t)shown);
        strbuf_add(out, " more, in run.db</p>\n");
    }
    if (table->note != NULL) {
        strbuf_printf(out, "<p class=\"note\">%s</p>\n", table->note);
    }
    strbuf_add(out, table->folded ? "</details>\n" : "");
}

void
html_tables_verdicts(struct strbuf *out, struct reader *reader)
{
    for (uint32_t i = 0; i < COUNT_OF(verdict_tables); i++) {
        html_table(out, reader, &verdict_tables[i]);
    }
}

void
html_tables_rest(struct strbuf *out, struct reader *reader)
{
    for (uint32_t i = 0; i < COUNT_OF(rest_tables); i++) {
        html_table(out, reader, &rest_tables[i]);
    }
}

void
html_timeline_rows(struct strbuf *out, const struct timeline *timeline)
{
    strbuf_add(out, "<div class=\"wide\"><table class=\"timeline\">\n<thead><tr><th class=\"n\">"
                    "At</th><th>Where</th><th>What</th></tr></thead>\n<tbody>\n");
    for (uint32_t i = 0; i < timeline->rows.count; i++) {
        const struct timeline_row *row = vec_at(&timeline->rows, i);
        strbuf_printf(out, "<tr class=\"t-%s\"><td class=\"n\">", timeline_kind_name(row->kind));
        text_seconds(out, row->at_ns);
        strbuf_add(out, " s</td><td>");
        escape_html(out, row->who);
        strbuf_add(out, "</td><td>");
        escape_html(out, row->text);
        strbuf_add(out, "</td></tr>\n");
    }
    strbuf_add(out, "</tbody></table></div>\n");
}

void
html_tables_timeline(struct strbuf *out, const struct timeline *timeline)
{
    if (timeline->rows.count == 0) {
        return;
    }
    strbuf_add(out, "<h2>What happened</h2>\n");
    html_timeline_rows(out, timeline);
    if (timeline->left_out > 0) {
        strbuf_add(out, "<p class=\"note\">");
        text_count(out, timeline->left_out);
        strbuf_add(out, " more events of interest are left out here: first decisions, then "
                        "failures of tasks. They are in table events of run.db.</p>\n");
    }
}

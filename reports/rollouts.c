/* reports/rollouts.c - a section of the page for each deployment that had a strategy. */
#include "reports/rollouts.h"

#include <inttypes.h>
#include <string.h>

#include "reports/escape.h"
#include "reports/html_parts.h"
#include "reports/text.h"

enum { ROLLOUT_ROWS_MAX = 200 }; /* of each table */

static const char *
rollout_class(const char *outcome)
{
    if (strcmp(outcome, "done") == 0 || strcmp(outcome, "passed") == 0) {
        return "good";
    }
    return strcmp(outcome, "running") == 0 || strcmp(outcome, "cancelled") == 0 ||
                   strcmp(outcome, "inconclusive") == 0 || strcmp(outcome, "-") == 0
               ? "plain"
               : "bad";
}

static void
rollout_word(struct strbuf *out, const char *word)
{
    strbuf_printf(out, "<span class=\"%s\">", rollout_class(word));
    escape_html(out, word);
    strbuf_add(out, "</span>");
}

static void
rollout_at(struct strbuf *out, int64_t at_ns)
{
    strbuf_add(out, "<td class=\"n\">");
    text_seconds(out, at_ns);
    strbuf_add(out, " s</td>");
}

static void
rollout_cell(struct strbuf *out, const char *text)
{
    html_element(out, "<td>", text, "</td>");
}

/* --- its steps --- */

/* A step lasts until the next move of another phase or step; what was measured in it is its
 * verdict. */
static const char rollout_steps_sql[] =
    "WITH moves AS (SELECT at_ns, rowid AS place, phase, step, weight_ppm, text,"
    "  coalesce(lead(at_ns) OVER (ORDER BY at_ns, rowid), ?2) AS until_ns"
    "  FROM rollout_steps WHERE deployment = ?1)"
    " SELECT at_ns, until_ns - at_ns, phase, step, weight_ppm, text,"
    "  (SELECT count(*) FROM analysis_samples s WHERE s.deployment = ?1 AND NOT dry_run"
    "   AND s.at_ns > m.at_ns AND s.at_ns <= m.until_ns AND verdict = 'passed'),"
    "  (SELECT count(*) FROM analysis_samples s WHERE s.deployment = ?1 AND NOT dry_run"
    "   AND s.at_ns > m.at_ns AND s.at_ns <= m.until_ns AND verdict = 'failed'),"
    "  (SELECT count(*) FROM analysis_samples s WHERE s.deployment = ?1 AND NOT dry_run"
    "   AND s.at_ns > m.at_ns AND s.at_ns <= m.until_ns AND verdict = 'inconclusive'),"
    "  until_ns = ?2 AND ?3"
    " FROM moves m ORDER BY at_ns, place LIMIT ?4";

static void
rollout_step_verdict(struct strbuf *out, const struct reader_rows *rows)
{
    const int64_t passed = reader_int(rows, 6);
    const int64_t failed = reader_int(rows, 7);
    const int64_t unsure = reader_int(rows, 8);
    const bool    ended_it = reader_int(rows, 9) != 0; /* the last one of a failed deployment */
    strbuf_add(out, "<td>");
    if (ended_it) {
        rollout_word(out, "failed");
    } else if (passed + failed + unsure > 0) {
        rollout_word(out, "passed");
    } else {
        rollout_word(out, "-");
    }
    if (passed + failed + unsure > 0) {
        strbuf_printf(out, " <small>%" PRId64 " good, %" PRId64 " bad, %" PRId64 " open</small>",
                      passed, failed, unsure);
    }
    strbuf_add(out, "</td>");
}

/* A growth counts instances, and all of them share the requests alike. */
static void
rollout_step_numbers(struct strbuf *out, const struct reader_rows *rows, bool grows)
{
    if (grows) {
        strbuf_printf(out, "<td class=\"n\">%" PRId64 " new</td><td class=\"n\">-</td>",
                      reader_int(rows, 3) - 1);
    } else {
        strbuf_printf(out, "<td class=\"n\">%" PRId64 "</td><td class=\"n\">%.4g%%</td>",
                      reader_int(rows, 3), (double)reader_int(rows, 4) / 10000.0);
    }
}

static void
rollout_steps(struct strbuf *out, struct reader *reader, const struct rollout *rollout)
{
    struct reader_rows rows = reader_query(reader, rollout_steps_sql);
    bool               begun = false;
    reader_bind_int(&rows, 1, rollout->id);
    reader_bind_int(&rows, 2, rollout->to_ns);
    reader_bind_int(&rows, 3, strcmp(rollout_class(rollout->outcome), "bad") == 0);
    reader_bind_int(&rows, 4, ROLLOUT_ROWS_MAX);
    while (reader_next(&rows)) {
        if (!begun) {
            strbuf_add(out, "<div class=\"wide\"><table>\n<thead><tr><th class=\"n\">At</th>"
                            "<th class=\"n\">Lasted</th><th>Phase</th><th class=\"n\">Step</th>"
                            "<th class=\"n\">Requests</th><th>Verdict</th><th>Why</th></tr>"
                            "</thead>\n<tbody>\n");
            begun = true;
        }
        strbuf_add(out, "<tr>");
        rollout_at(out, reader_int(&rows, 0));
        strbuf_add(out, "<td class=\"n\">");
        text_duration(out, reader_int(&rows, 1));
        strbuf_add(out, "</td>");
        rollout_cell(out, reader_text(&rows, 2));
        rollout_step_numbers(out, &rows, strcmp(rollout->strategy, "blue-green") == 0);
        rollout_step_verdict(out, &rows);
        rollout_cell(out, reader_text(&rows, 5));
        strbuf_add(out, "</tr>\n");
    }
    strbuf_add(out, begun ? "</tbody></table></div>\n" : "");
}

/* --- its measurements --- */

static void
rollout_samples(struct strbuf *out, struct reader *reader, const struct rollout *rollout)
{
    struct reader_rows rows = reader_query(
        reader, "SELECT at_ns, name, verdict, dry_run, text, count(*) OVER () FROM analysis_samples"
                " WHERE deployment = ?1 ORDER BY at_ns, rowid LIMIT ?2");
    uint32_t shown = 0;
    int64_t  count = 0;
    reader_bind_int(&rows, 1, rollout->id);
    reader_bind_int(&rows, 2, ROLLOUT_ROWS_MAX);
    while (reader_next(&rows)) {
        count = reader_int(&rows, 5);
        if (shown++ == 0) {
            strbuf_printf(out, "<details><summary>Every measurement and why it was judged so "
                               "<small>%" PRId64 "</small></summary><div class=\"wide\"><table>\n"
                               "<thead><tr><th class=\"n\">At</th><th>Analysis</th><th>Verdict"
                               "</th><th>Why</th></tr></thead>\n<tbody>\n", count);
        }
        strbuf_add(out, "<tr>");
        rollout_at(out, reader_int(&rows, 0));
        html_element(out, "<td class=\"k\"><code>", reader_text(&rows, 1), "</code></td><td>");
        rollout_word(out, reader_text(&rows, 2));
        strbuf_add(out, reader_int(&rows, 3) != 0 ? " <small>dry run</small></td>" : "</td>");
        rollout_cell(out, reader_text(&rows, 4));
        strbuf_add(out, "</tr>\n");
    }
    if (shown > 0) {
        strbuf_add(out, "</tbody></table></div>\n");
        if (count > (int64_t)shown) {
            strbuf_printf(out, "<p class=\"note\">and %" PRId64 " more, in run.db</p>\n",
                          count - (int64_t)shown);
        }
        strbuf_add(out, "</details>\n");
    }
}

/* --- its deadlines --- */

static void
rollout_deadlines(struct strbuf *out, struct reader *reader, const struct rollout *rollout)
{
    struct reader_rows rows = reader_query(
        reader, "SELECT json_extract(o.value, '$.progress_deadline'),"
                " json_extract(o.value, '$.healthy_deadline'),"
                " json_extract(o.value, '$.healthy_for'),"
                " (SELECT group_concat(json_extract(s.value, '$.pause_timeout'), ', ')"
                "  FROM json_each(o.value, '$.steps') s WHERE s.type = 'object')"
                " FROM json_each(CASE WHEN json_valid(?1) THEN ?1 ELSE '{}' END) o"
                " WHERE o.type = 'object'");
    static const char *const names[] = { "something moves within ", "an instance is well within ",
                                         "it counts once it was well for ",
                                         "somebody promotes within " };
    bool any = false;
    reader_bind_text(&rows, 1, rollout->plan);
    while (reader_next(&rows)) {
        for (int i = 0; i < (int)COUNT_OF(names); i++) {
            if (!reader_is_null(&rows, i)) {
                strbuf_add(out, any ? "; " : "<p class=\"note\">Deadlines: ");
                html_element(out, names[i], reader_text(&rows, i), "");
                any = true;
            }
        }
    }
    strbuf_add(out, any ? ".</p>\n" : "");
}

/* --- the whole --- */

static void
rollout_add(struct strbuf *out, struct reader *reader, const struct rollout *rollout)
{
    strbuf_add(out, "<section class=\"rollout\"><h3><code>");
    escape_html(out, rollout->app);
    strbuf_add(out, "</code> ");
    escape_html(out, rollout->strategy);
    strbuf_add(out, ": ");
    rollout_word(out, rollout->outcome);
    strbuf_add(out, " <small>after ");
    text_duration(out, rollout->to_ns - rollout->from_ns);
    if (rollout->back_to_ns > rollout->to_ns) {
        strbuf_add(out, ", back after ");
        text_duration(out, rollout->back_to_ns - rollout->to_ns);
    }
    strbuf_add(out, "</small></h3>\n");
    if (rollout->said[0] != '\0' && strcmp(rollout->outcome, "done") != 0) {
        html_element(out, "<p>", rollout->said, "</p>\n");
    }
    rollout_chart(out, reader, rollout);
    rollout_deadlines(out, reader, rollout);
    rollout_steps(out, reader, rollout);
    rollout_samples(out, reader, rollout);
    if (rollout->plan[0] != '\0') {
        html_element(out, "<details><summary>Its strategy</summary><pre class=\"run\">",
                     rollout->plan, "</pre></details>\n");
    }
    strbuf_add(out, "</section>\n");
}

/* A way back belongs to the deployment that failed. */
static const char rollouts_sql[] =
    "SELECT d.id, d.app, d.strategy, d.outcome, d.waits_for, d.plan, d.version_new, d.from_at_ns,"
    " coalesce(d.to_at_ns, ?1), max(coalesce(d.to_at_ns, ?1), coalesce((SELECT"
    "  max(coalesce(b.to_at_ns, ?1)) FROM deployments b WHERE b.reverts = d.id), 0)),"
    " count(*) OVER () FROM deployments d WHERE d.strategy <> 'scale' AND d.reverts = 0"
    " ORDER BY d.outcome = 'done', d.from_at_ns, d.id LIMIT ?2";

void
rollouts_add(struct strbuf *out, struct reader *reader)
{
    struct reader_rows rows = reader_query(reader, rollouts_sql);
    int64_t            count = 0;
    uint32_t           shown = 0;
    reader_bind_int(&rows, 1, reader->run.simulated_ns);
    reader_bind_int(&rows, 2, ROLLOUTS_MAX);
    while (reader_next(&rows)) {
        const struct rollout rollout = {
            .id = reader_int(&rows, 0),
            .app = reader_keep(&rows, 1),
            .strategy = reader_keep(&rows, 2),
            .outcome = reader_keep(&rows, 3),
            .said = reader_keep(&rows, 4),
            .plan = reader_keep(&rows, 5),
            .version_new = reader_int(&rows, 6),
            .from_ns = reader_int(&rows, 7),
            .to_ns = reader_int(&rows, 8),
            .back_to_ns = reader_int(&rows, 9),
        };
        count = reader_int(&rows, 10);
        strbuf_add(out, shown++ == 0 ? "<h2>Rollouts</h2>\n" : "");
        rollout_add(out, reader, &rollout);
    }
    if (count > (int64_t)shown) {
        strbuf_printf(out, "<p class=\"note\">and %" PRId64 " more, in table deployments of run.db"
                           "</p>\n", count - (int64_t)shown);
    }
}

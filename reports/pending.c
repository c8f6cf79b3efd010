/* reports/pending.c - the funnel of nodes of each app that still waits. */
#include "reports/pending.h"

#include <inttypes.h>
#include <string.h>

#include "reports/escape.h"
#include "reports/html_parts.h"
#include "reports/rundb.h"
#include "reports/text.h"

enum { PENDING_BAR_PX = 240, PENDING_OPEN = 3 /* the others are folded */ };

static const char *const refusals[] = {
#define X(name) #name,
    RUNDB_REFUSALS(X)
#undef X
};

/* The columns of the query below. */
enum {
    PENDING_APP, PENDING_TASKS, PENDING_SINCE, PENDING_WHY, PENDING_NODES, PENDING_NEAREST,
    PENDING_SHORTFALL, PENDING_REFUSED
};

static void
pending_bar(struct strbuf *out, int64_t taken_on, int64_t refused, int64_t nodes)
{
    strbuf_printf(out,
                  "<div class=\"funnel\"><i class=\"on\" style=\"width:%" PRId64
                  "px\"></i><i class=\"off\" style=\"width:%" PRId64 "px\"></i></div>",
                  taken_on * PENDING_BAR_PX / nodes, refused * PENDING_BAR_PX / nodes);
}

/* One step: so many nodes were asked it, so many refused for it, the rest was asked the next. */
static void
pending_step(struct strbuf *out, const char *name, int64_t asked, int64_t refused, int64_t nodes)
{
    strbuf_printf(out, "<tr%s><td><code>%s</code></td><td class=\"n\">",
                  refused == 0 ? " class=\"plain\"" : "", name);
    text_count(out, asked);
    strbuf_add(out, "</td><td class=\"n\">");
    text_count(out, refused);
    strbuf_add(out, "</td><td>");
    pending_bar(out, asked - refused, refused, nodes);
    strbuf_add(out, "</td></tr>\n");
}

static void
pending_funnel(struct strbuf *out, const struct reader_rows *rows)
{
    const int64_t nodes = reader_int(rows, PENDING_NODES);
    int64_t       asked = nodes;
    strbuf_add(out, "<div class=\"wide\"><table class=\"narrow\">\n<thead><tr><th>Reason</th>"
                    "<th class=\"n\">Nodes asked</th><th class=\"n\">Refused</th><th></th></tr>"
                    "</thead>\n<tbody>\n");
    for (uint32_t i = 0; i < COUNT_OF(refusals) && asked > 0; i++) {
        const int64_t refused = reader_int(rows, PENDING_REFUSED + (int)i);
        pending_step(out, refusals[i], asked, refused, nodes);
        asked -= refused;
    }
    strbuf_add(out, "</tbody></table></div>\n");
}

/* The sentence without what it says of the nearest node: that has a line of its own. */
static void
pending_why(struct strbuf *out, const char *why)
{
    const char   *nearest = strstr(why, "; nearest: ");
    const char   *rest = nearest != NULL ? strstr(nearest + 1, "; ") : NULL;
    struct strbuf text = { 0 };
    strbuf_add_bytes(&text, why, nearest != NULL ? (size_t)(nearest - why) : strlen(why));
    strbuf_add(&text, rest != NULL ? rest : "");
    html_element(out, "<p>", strbuf_text(&text), "</p>\n");
    strbuf_fini(&text);
}

static void
pending_app(struct strbuf *out, const struct reader_rows *rows, bool folded)
{
    strbuf_add(out, folded ? "<details><summary>" : "");
    strbuf_add(out, "<h3><code>");
    escape_html(out, reader_text(rows, PENDING_APP));
    strbuf_add(out, "</code> <small>");
    text_count(out, reader_int(rows, PENDING_TASKS));
    strbuf_printf(out, " task%s, since ", reader_int(rows, PENDING_TASKS) == 1 ? "" : "s");
    text_duration(out, reader_int(rows, PENDING_SINCE));
    strbuf_add(out, "</small></h3>");
    strbuf_add(out, folded ? "</summary>\n" : "\n");
    pending_why(out, reader_text(rows, PENDING_WHY));
    if (reader_int(rows, PENDING_NODES) > 0) {
        pending_funnel(out, rows);
    }
    if (!reader_is_null(rows, PENDING_NEAREST)) {
        html_element(out, "<p>Nearest: <b>", reader_text(rows, PENDING_NEAREST), "</b>, ");
        html_element(out, "", reader_text(rows, PENDING_SHORTFALL), "</p>\n");
    }
    strbuf_add(out, folded ? "</details>\n" : "");
}

void
pending_add(struct strbuf *out, struct reader *reader)
{
    const int64_t count =
        reader_number(reader, "SELECT count(*) FROM pending WHERE until_at_ns IS NULL");
    if (count == 0) {
        return;
    }
#define X(name) ", pending." #name
    struct reader_rows rows = reader_query(
        reader, "SELECT pending.app, apps.pending, since_at_ns, why, nodes, nearest, shortfall"
                RUNDB_REFUSALS(X) " FROM pending JOIN apps ON apps.app = pending.app"
                " WHERE until_at_ns IS NULL ORDER BY apps.pending DESC, pending.rowid");
#undef X
    uint32_t shown = 0;
    strbuf_add(out, "<section class=\"pending\"><h2>Still waiting for a node</h2>\n"
                    "<p class=\"note\">Each node is asked from above to below and counted at the "
                    "first reason for which it refuses. The nearest breaks the fewest rules (role, "
                    "constraint, reservation, maintenance), and of those lacks least of what is "
                    "asked for.</p>\n");
    while (shown < PENDING_MAX && reader_next(&rows)) {
        pending_app(out, &rows, shown >= PENDING_OPEN);
        shown++;
    }
    reader_end(&rows);
    if (count > (int64_t)shown) {
        strbuf_add(out, "<p class=\"note\">and ");
        text_count(out, count - (int64_t)shown);
        strbuf_add(out, " more apps, in table pending of run.db</p>\n");
    }
    strbuf_add(out, "</section>\n");
}

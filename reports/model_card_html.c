/* reports/model_card_html.c - model-card.html: one page, nothing fetched. */
#include "reports/escape.h"
#include "reports/html_parts.h"
#include "reports/html_style.h"
#include "reports/model_card.h"
#include "reports/output.h"
#include "reports/text.h"

static const char card_about[] =
    "Queues whose numbers are known in closed form, played through the platform's own path: a "
    "balancer's policy, the proxy, instances. A cell passes when its mean over the seeds is within "
    "the tolerance of the reference and the 99.9 % interval (Student's t) has the reference in it, "
    "when p50 and p99 agree with the reference within what the sketch of latencies promises (at "
    "most 1/64 above), and when no request failed and every standing invariant, Little's law among "
    "them, held. Times are multiples of the mean service time.";

static void
card_facts(struct strbuf *out, const struct model_card *card, const struct model_card_sums *sums)
{
    struct strbuf text = { 0 };
    strbuf_add(out, "<dl class=\"worst\">\n");
    strbuf_printf(&text, "%u of %u", sums->passed, sums->rows);
    html_fact(out, "Cells passed", strbuf_text(&text));
    strbuf_clear(&text);
    text_count(&text, (int64_t)sums->requests);
    html_fact(out, "Requests", strbuf_text(&text));
    strbuf_clear(&text);
    strbuf_printf(&text, "%llu to %llu", (unsigned long long)card->seed_first,
                  (unsigned long long)card->seed_last);
    html_fact(out, "Seeds", strbuf_text(&text));
    html_fact(out, "Cells", card->is_short ? "those that need few requests" : "all");
    strbuf_add(out, "</dl>\n");
    strbuf_fini(&text);
}

static void
card_head(struct strbuf *out, const struct model_card *card)
{
    const struct model_card_sums sums = model_card_sums(card);
    const bool passed = sums.passed == sums.rows;
    strbuf_printf(out,
                  "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                  "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                  "<title>%s model card</title>\n<style>\n%s</style>\n</head>\n<body>\n"
                  "<header class=\"%s\"><div class=\"verdict\">%s</div><h1>Model card</h1>",
                  passed ? "PASSED" : "FAILED", html_style, passed ? "passed" : "failed",
                  passed ? "PASSED" : "FAILED");
    html_element(out, "<p>", card_about, "</p></header>\n");
    html_element(out, "<pre class=\"run\">", card->command, "</pre>\n");
    card_facts(out, card, &sums);
}

static void
card_quantile(struct strbuf *out, const struct model_card_quantile *quantile)
{
    if (quantile->reference > 0) {
        strbuf_printf(out, "<td class=\"n%s\">%.4f</td><td class=\"n plain\">%.4f</td>",
                      quantile->passed ? "" : " bad", quantile->measured, quantile->reference);
    } else {
        strbuf_printf(out, "<td class=\"n\">%.4f</td><td class=\"n plain\">-</td>",
                      quantile->measured);
    }
}

static void
card_row(struct strbuf *out, const struct model_card_row *row)
{
    struct strbuf why = { 0 };
    html_element(out, "<tr><td class=\"k\">", row->name, "</td>");
    strbuf_printf(out, "<td class=\"n\">%.2f</td><td class=\"n\">", row->load);
    text_count(out, (int64_t)row->requests);
    if (row->low < row->high) {
        strbuf_printf(out, "</td><td class=\"n\">%.5f .. %.5f</td><td class=\"n\">-</td>", row->low,
                      row->high);
    } else {
        strbuf_printf(out, "</td><td class=\"n\">%.5f", row->low);
        model_card_reached(row, out);
        strbuf_printf(out, "</td><td class=\"n\">%.5f</td>", row->tolerance);
    }
    strbuf_printf(out, "<td class=\"n\">%.5f ± %.5f</td>", row->mean, row->half);
    if (row->low < row->high) {
        strbuf_add(out, "<td class=\"n plain\">-</td>");
    } else {
        strbuf_printf(out, "<td class=\"n\">%+.2f%%</td>", (row->mean / row->low - 1) * 100);
    }
    card_quantile(out, &row->quantiles[0]);
    card_quantile(out, &row->quantiles[1]);
    model_card_why(row, &why);
    strbuf_printf(out, "<td class=\"%s\">", row->passed ? "k good" : "bad");
    html_element(out, "", row->passed ? "passed" : strbuf_text(&why), "</td></tr>\n");
    strbuf_fini(&why);
}

/* How to play the cells again, for who wants to look into one. */
static void
card_commands(struct strbuf *out, const struct model_card_family *family)
{
    strbuf_add(out, "<details><summary>How to play them again</summary>\n<pre class=\"run\">");
    for (uint32_t i = 0; i < family->rows_count; i++) {
        html_element(out, i > 0 ? "\n" : "", family->rows[i].command, "");
    }
    strbuf_add(out, "</pre></details>\n");
}

static void
card_family(struct strbuf *out, const struct model_card_family *family, const struct strbuf *chart)
{
    html_element(out, "<h2>", family->name, "</h2>\n");
    html_element(out, "<p class=\"note\">", family->about, "</p>\n");
    if (chart->len > 0) {
        strbuf_add(out, "<figure>\n");
        html_inline_svg(out, strbuf_text(chart));
        strbuf_add(out, "</figure>\n");
    }
    strbuf_add(out, "<div class=\"wide\"><table>\n<tr><th>Cell</th><th class=\"n\">Load</th>"
                    "<th class=\"n\">Requests</th><th class=\"n\">Reference</th>"
                    "<th class=\"n\">Tolerance</th>");
    html_element(out, "<th class=\"n\">", family->judged, "</th>");
    strbuf_add(out, "<th class=\"n\">Off</th><th class=\"n\">p50</th>"
                    "<th class=\"n\">Theory</th><th class=\"n\">p99</th><th class=\"n\">Theory</th>"
                    "<th>Verdict</th></tr>\n");
    for (uint32_t i = 0; i < family->rows_count; i++) {
        card_row(out, &family->rows[i]);
    }
    strbuf_add(out, "</table></div>\n");
    card_commands(out, family);
}

enum status
model_card_html(const struct model_card *card, const char *out_path, struct error *err)
{
    struct strbuf page = { 0 };
    struct error  chart_err = { "" };
    enum status   charts = ST_OK;
    card_head(&page, card);
    for (uint32_t i = 0; i < card->families_count; i++) {
        struct strbuf chart = { 0 };
        if (charts == ST_OK) {
            charts = model_card_chart(&card->families[i], i + 1, &chart, &chart_err);
            if (charts != ST_OK) {
                html_element(&page, "<p class=\"note\">There are no charts: ", chart_err.text,
                             ".</p>\n");
                strbuf_clear(&chart);
            }
        }
        card_family(&page, &card->families[i], &chart);
        strbuf_fini(&chart);
    }
    strbuf_add(&page, "</body>\n</html>\n");
    const enum status status = output_write(out_path, &page, err);
    strbuf_fini(&page);
    return status == ST_OK && charts != ST_OK ? error_set(err, charts, "%s", chart_err.text)
                                              : status;
}

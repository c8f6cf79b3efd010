/* reports/model_card_text.c - the model card as Markdown and as JSON. */
#include <jansson.h>

#include "reports/model_card.h"
#include "reports/output.h"
#include "reports/text.h"

enum { MODEL_CARD_DIGITS = 9 };

struct model_card_sums
model_card_sums(const struct model_card *card)
{
    struct model_card_sums sums = { 0 };
    for (uint32_t i = 0; i < card->families_count; i++) {
        for (uint32_t k = 0; k < card->families[i].rows_count; k++) {
            const struct model_card_row *row = &card->families[i].rows[k];
            sums.rows++;
            sums.passed += row->passed ? 1 : 0;
            sums.requests += row->requests;
        }
    }
    return sums;
}

static void
model_card_say(struct strbuf *out, bool holds, const char *text)
{
    if (!holds) {
        strbuf_printf(out, "%s%s", out->len > 0 ? "; " : "", text);
    }
}

void
model_card_why(const struct model_card_row *row, struct strbuf *out)
{
    const bool range = row->low < row->high;
    strbuf_clear(out);
    model_card_say(out, row->near, range ? "the mean is outside of the range"
                                         : "the mean is further off than the tolerance");
    model_card_say(out, row->covered,
                   range ? "the interval is not inside of the range"
                         : "the interval misses the reference");
    model_card_say(out, row->quantiles[0].passed, "p50 is off");
    model_card_say(out, row->quantiles[1].passed, "p99 is off");
    model_card_say(out, row->clean, "a request failed, or an invariant did not hold");
}

void
model_card_reached(const struct model_card_row *row, struct strbuf *out)
{
    if (row->reached > 0) {
        strbuf_printf(out, " (here %.5f)", row->reached);
    }
}

/* --- Markdown --- */

static void
markdown_quantile(struct strbuf *out, const struct model_card_quantile *quantile)
{
    if (quantile->reference > 0) {
        strbuf_printf(out, " %.4f (%.4f) |", quantile->measured, quantile->reference);
    } else {
        strbuf_printf(out, " %.4f |", quantile->measured);
    }
}

static void
markdown_row(struct strbuf *out, const struct model_card_row *row)
{
    struct strbuf why = { 0 };
    strbuf_printf(out, "| %s | %.2f | ", row->name, row->load);
    text_count(out, (int64_t)row->requests);
    if (row->low < row->high) {
        strbuf_printf(out, " | %.5f .. %.5f | |", row->low, row->high);
    } else {
        strbuf_printf(out, " | %.5f", row->low);
        model_card_reached(row, out);
        strbuf_printf(out, " | %.5f |", row->tolerance);
    }
    strbuf_printf(out, " %.5f ± %.5f |", row->mean, row->half);
    markdown_quantile(out, &row->quantiles[0]);
    markdown_quantile(out, &row->quantiles[1]);
    model_card_why(row, &why);
    strbuf_printf(out, " %s |\n", row->passed ? "passed" : strbuf_text(&why));
    strbuf_fini(&why);
}

enum status
model_card_markdown(const struct model_card *card, const char *out_path, struct error *err)
{
    const struct model_card_sums sums = model_card_sums(card);
    struct strbuf text = { 0 };
    strbuf_printf(&text, "# Model card\n\n%u of %u cells passed, ", sums.passed, sums.rows);
    text_count(&text, (int64_t)sums.requests);
    strbuf_printf(&text, " requests, seeds %llu to %llu. Made by `%s`.\n\n"
                         "Times are multiples of the mean service time.\n",
                  (unsigned long long)card->seed_first, (unsigned long long)card->seed_last,
                  card->command);
    for (uint32_t i = 0; i < card->families_count; i++) {
        const struct model_card_family *family = &card->families[i];
        strbuf_printf(&text, "\n## %s\n\n%s\n\n", family->name, family->about);
        strbuf_printf(&text, "| cell | load | requests | reference | tolerance | %s | p50 | p99 |"
                             " |\n"
                             "|---|---:|---:|---:|---:|---:|---:|---:|---|\n",
                      family->judged);
        for (uint32_t k = 0; k < family->rows_count; k++) {
            markdown_row(&text, &family->rows[k]);
        }
    }
    const enum status status = output_write(out_path, &text, err);
    strbuf_fini(&text);
    return status;
}

/* --- JSON --- */

static json_t *
json_quantile(const struct model_card_quantile *quantile)
{
    json_t *json = json_object();
    (void)json_object_set_new(json, "measured", json_real(quantile->measured));
    (void)json_object_set_new(json, "half", json_real(quantile->half));
    (void)json_object_set_new(json, "reference",
                              quantile->reference > 0 ? json_real(quantile->reference)
                                                      : json_null());
    (void)json_object_set_new(json, "passed",
                              quantile->reference > 0 ? json_boolean(quantile->passed)
                                                      : json_null());
    return json;
}

static json_t *
json_row(const struct model_card_family *family, const struct model_card_row *row)
{
    json_t *json = json_object();
    json_t *reference = json_array();
    (void)json_array_append_new(reference, json_real(row->low));
    (void)json_array_append_new(reference, json_real(row->high));
    (void)json_object_set_new(json, "family", json_string(family->name));
    (void)json_object_set_new(json, "cell", json_string(row->name));
    (void)json_object_set_new(json, "judged", json_string(family->judged));
    (void)json_object_set_new(json, "load", json_real(row->load));
    (void)json_object_set_new(json, "requests", json_integer((json_int_t)row->requests));
    (void)json_object_set_new(json, "mean", json_real(row->mean));
    (void)json_object_set_new(json, "half", json_real(row->half));
    (void)json_object_set_new(json, "reference", reference);
    (void)json_object_set_new(json, "reached",
                              row->reached > 0 ? json_real(row->reached) : json_null());
    (void)json_object_set_new(json, "tolerance", json_real(row->tolerance));
    (void)json_object_set_new(json, "near", json_boolean(row->near));
    (void)json_object_set_new(json, "covered", json_boolean(row->covered));
    (void)json_object_set_new(json, "clean", json_boolean(row->clean));
    (void)json_object_set_new(json, "p50", json_quantile(&row->quantiles[0]));
    (void)json_object_set_new(json, "p99", json_quantile(&row->quantiles[1]));
    (void)json_object_set_new(json, "passed", json_boolean(row->passed));
    (void)json_object_set_new(json, "command", json_string(row->command));
    return json;
}

static int
json_into(const char *bytes, size_t len, void *context)
{
    strbuf_add_bytes(context, bytes, len);
    return 0;
}

enum status
model_card_json(const struct model_card *card, const char *out_path, struct error *err)
{
    const struct model_card_sums sums = model_card_sums(card);
    struct strbuf text = { 0 };
    json_t *json = json_object();
    json_t *cells = json_array();
    for (uint32_t i = 0; i < card->families_count; i++) {
        for (uint32_t k = 0; k < card->families[i].rows_count; k++) {
            (void)json_array_append_new(
                cells, json_row(&card->families[i], &card->families[i].rows[k]));
        }
    }
    (void)json_object_set_new(json, "outcome",
                              json_string(sums.passed == sums.rows ? "passed" : "failed"));
    (void)json_object_set_new(json, "passed", json_integer(sums.passed));
    (void)json_object_set_new(json, "failed", json_integer(sums.rows - sums.passed));
    (void)json_object_set_new(json, "requests", json_integer((json_int_t)sums.requests));
    (void)json_object_set_new(json, "cells", cells);
    (void)json_dump_callback(json, json_into, &text,
                             JSON_INDENT(2) | JSON_REAL_PRECISION(MODEL_CARD_DIGITS));
    strbuf_add_char(&text, '\n');
    const enum status status = output_write(out_path, &text, err);
    strbuf_fini(&text);
    json_decref(json);
    return status;
}

/*
 * tests/unit/cli/test_model_card.c
 *
 * Goal:   a cell of the model card passes only when mean, interval, quantiles and the runs
 *         themselves hold; what failed is on the page, in the text and in the JSON; the page
 *         fetches nothing.
 * Method: all cells with the numbers that theory has, give or take a little; one broken at a time.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "platform/cli/model_card.h"
#include "tests/unit/reports/sample_db.h"

struct card_bed {
    struct arena      arena;
    struct card_cell  cells[MODEL_CELLS_MAX];
    uint32_t          count;
    struct model_card card;
};

/* Every cell as theory has it, each seed a twentieth of the tolerance up or down. */
static struct card_bed *
card_bed_open(void)
{
    struct card_bed  *bed = calloc(1, sizeof *bed);
    struct model_cell all[MODEL_CELLS_MAX];
    arena_init(&bed->arena, 0);
    bed->count = model_cells(all);
    for (uint32_t i = 0; i < bed->count; i++) {
        struct card_cell *cell = &bed->cells[i];
        const double wanted = all[i].kind == MODEL_LIMIT ? all[i].reached
                              : all[i].kind == MODEL_BETWEEN_LINE   ? all[i].low * 1.2
                              : all[i].kind == MODEL_BETWEEN_CELL ? all[i].low * 1.1
                                                                  : all[i].low;
        const double room = all[i].tolerance > 0 ? all[i].tolerance : all[i].low / 100;
        *cell = (struct card_cell){ .cell = all[i], .requests = all[i].requests, .clean = true };
        card_settings(&bed->arena, "scenarios/traffic", cell);
        for (uint32_t k = 0; k < JUDGE_SEEDS; k++) {
            const double off = (k % 2 == 0 ? room : -room) / 20;
            cell->mean[k] = wanted + off + (all[i].waits ? 1 : 0);
            cell->p50[k] = all[i].p50 * (1 + 0.005 + off / 1000);
            cell->p99[k] = all[i].p99 * (1 + 0.005 + off / 1000);
        }
    }
    bed->card = (struct model_card){ .seed_first = 1, .seed_last = 8, .command = "again" };
    return bed;
}

static struct model_card_sums
card_bed_judge(struct card_bed *bed)
{
    card_judge(&bed->arena, bed->cells, bed->count, &bed->card);
    return model_card_sums(&bed->card);
}

static void
card_bed_close(struct card_bed *bed)
{
    arena_fini(&bed->arena);
    free(bed);
}

/* How many fail when this is added to what the first cell measured with each seed. */
static uint32_t
failed_when(double mean, double p50, double p99, bool clean)
{
    struct card_bed *bed = card_bed_open();
    for (uint32_t k = 0; k < JUDGE_SEEDS; k++) {
        bed->cells[0].mean[k] *= 1 + mean;
        bed->cells[0].p50[k] *= 1 + p50;
        bed->cells[0].p99[k] *= 1 + p99;
    }
    bed->cells[0].clean = clean;
    const struct model_card_sums sums = card_bed_judge(bed);
    cr_assert_eq(sums.rows, bed->count);
    card_bed_close(bed);
    return sums.rows - sums.passed;
}

Test(model_card, what_theory_says_passes)
{
    cr_assert_eq(failed_when(0, 0, 0, true), 0);
}

Test(model_card, a_mean_that_is_off_fails)
{
    cr_assert_eq(failed_when(0.03, 0, 0, true), 1);
    cr_assert_eq(failed_when(-0.03, 0, 0, true), 1);
    cr_assert_eq(failed_when(0.005, 0, 0, true), 1); /* within the tolerance of 1 %, missed */
}

Test(model_card, a_quantile_beyond_its_bucket_fails)
{
    cr_assert_eq(failed_when(0, 0.005, 0.005, true), 0);
    cr_assert_eq(failed_when(0, 0.03, 0, true), 1);
    cr_assert_eq(failed_when(0, 0, -0.03, true), 1);
}

Test(model_card, a_failed_request_or_invariant_fails)
{
    cr_assert_eq(failed_when(0, 0, 0, false), 1);
}

Test(model_card, the_shortest_line_must_be_better_than_two_choices)
{
    struct card_bed *bed = card_bed_open();
    struct card_cell *last = &bed->cells[bed->count - 1];
    cr_assert_eq(last->cell.kind, MODEL_BETWEEN_CELL);
    for (uint32_t k = 0; k < JUDGE_SEEDS; k++) {
        last->mean[k] = last[-1].mean[k]; /* exactly as p2c */
    }
    const struct model_card_sums sums = card_bed_judge(bed);
    cr_assert_eq(sums.rows - sums.passed, 1);
    card_bed_close(bed);
}

Test(model_card, a_limit_is_come_near_and_what_is_reached_is_hit)
{
    struct card_bed *bed = card_bed_open();
    uint32_t index = 0;
    while (bed->cells[index].cell.kind != MODEL_LIMIT) {
        index++;
    }
    struct card_cell *cell = &bed->cells[index];
    for (uint32_t k = 0; k < JUDGE_SEEDS; k++) { /* onto the limit itself, which a hundred miss */
        cell->mean[k] += cell->cell.low * 1.008 - cell->cell.reached;
    }
    struct model_card_sums sums = card_bed_judge(bed);
    cr_assert_eq(sums.rows - sums.passed, 1);
    cr_assert(bed->card.families[MODEL_CHOICES].rows[0].near);
    cr_assert_not(bed->card.families[MODEL_CHOICES].rows[0].covered);
    for (uint32_t k = 0; k < JUDGE_SEEDS; k++) { /* beyond the tolerance, with wide intervals */
        cell->mean[k] = cell->cell.low + cell->cell.tolerance * (k % 2 == 0 ? 2.1 : 0.1);
    }
    sums = card_bed_judge(bed);
    cr_assert_eq(sums.rows - sums.passed, 1);
    cr_assert_not(bed->card.families[MODEL_CHOICES].rows[0].near);
    cr_assert(bed->card.families[MODEL_CHOICES].rows[0].covered);
    card_bed_close(bed);
}

static char *
written(const struct model_card *card,
        enum status (*write)(const struct model_card *, const char *, struct error *))
{
    struct error err = { "" };
    char path[] = "/tmp/model-card.XXXXXX";
    const int file = mkstemp(path);
    cr_assert(file >= 0);
    (void)close(file);
    const enum status status = write(card, path, &err);
    cr_assert(status == ST_OK || status == ST_UNAVAILABLE, "%s", err.text);
    char *text = sample_slurp(path);
    (void)unlink(path);
    return text;
}

Test(model_card, every_output_names_what_failed)
{
    struct card_bed *bed = card_bed_open();
    for (uint32_t k = 0; k < JUDGE_SEEDS; k++) {
        bed->cells[0].mean[k] *= 1.03;
    }
    (void)card_bed_judge(bed);
    static const char why[] = "the mean is further off than the tolerance";
    char *html = written(&bed->card, model_card_html);
    char *markdown = written(&bed->card, model_card_markdown);
    char *json = written(&bed->card, model_card_json);
    cr_assert_eq(sample_count(html, why), 1);
    cr_assert_eq(sample_count(markdown, why), 1);
    cr_assert_eq(sample_count(json, "\"outcome\": \"failed\""), 1);
    cr_assert_eq(sample_count(json, "\"near\": false"), 1);
    cr_assert_eq(sample_count(html, ">FAILED<"), 1);
    cr_assert_eq(sample_count(json, "\"cell\":"), bed->count);
    cr_assert_eq(sample_count(html, "<tr><td class=\"k\">"), bed->count);
    free(html);
    free(markdown);
    free(json);
    card_bed_close(bed);
}

Test(model_card, the_page_fetches_nothing)
{
    static const char *const outside[] = { "http://", "https://", "<script", "<link",
                                           "src=",    "@import",  "url(" };
    struct card_bed *bed = card_bed_open();
    (void)card_bed_judge(bed);
    char *html = written(&bed->card, model_card_html);
    for (uint32_t i = 0; i < COUNT_OF(outside); i++) {
        cr_assert_eq(sample_count(html, outside[i]), 0, "%s", outside[i]);
    }
    cr_assert_eq(sample_count(html, "<svg"), sample_count(html, "</svg>"));
    cr_assert_eq(sample_count(html, "<table"), MODEL_FAMILY_COUNT);
    cr_assert_eq(sample_count(html, ">PASSED<"), 1);
    free(html);
    card_bed_close(bed);
}

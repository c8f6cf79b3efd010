/* platform/cli/model_card_judge.c - cells that were played become rows of the model card. */
#include <stdio.h>
#include <string.h>

#include "platform/base/units.h"
#include "platform/cli/model_card.h"

/* A quantile is told by the end of its bucket: at most that much above the true one. */
#define CARD_SKETCH_ERROR (1.0 / 64)

/* When the traffic of scenarios/base/model.json begins. */
#define CARD_TRAFFIC_FROM_NS SEC(20)

static const double card_curve_first = 0.45;
static const double card_curve_step = 0.005;

/* --- how a cell is played --- */

static void
card_set(struct arena *arena, struct card_cell *cell, const char *text)
{
    ASSERT(cell->sets_count < CARD_SETS_MAX);
    cell->sets[cell->sets_count++] = arena_strdup(arena, text);
}

/* What one seed may measure without being wrong: a seed varies by sqrt(8) standard errors of all,
 * and a tolerance has 3.5 of them. */
static void
card_set_means(struct arena *arena, struct card_cell *card_cell)
{
    const struct model_cell *cell = &card_cell->cell;
    const double service_ms = (double)MODEL_SERVICE_NS / 1e6;
    const double added = cell->waits ? 1 : 0;
    const double room = cell->kind == MODEL_POINT ? 6 * cell->tolerance : cell->low / 10;
    const double low = (cell->low + added - room) * service_ms;
    const double high = (cell->high + added + room) * service_ms;
    card_set(arena, card_cell, arena_printf(arena, "mean_at_least=%.3f", low > 0 ? low : 0));
    card_set(arena, card_cell, arena_printf(arena, "mean_at_most=%.3f", high));
}

void
card_settings(struct arena *arena, const char *folder, struct card_cell *card_cell)
{
    const struct model_cell *cell = &card_cell->cell;
    const int64_t rate = model_cell_rate_microhertz(cell);
    card_cell->file = arena_printf(arena, "%s/%s.json", folder, cell->scenario);
    card_cell->sets_count = 0;
    card_set(arena, card_cell, arena_printf(arena, "rate=%lld.%06lld/s", (long long)(rate / PPM),
                                            (long long)(rate % PPM)));
    if (cell->balance != NULL) {
        card_set(arena, card_cell, arena_printf(arena, "balance=%s", cell->balance));
    }
    card_set(arena, card_cell, arena_printf(arena, "instances=%u", cell->instances));
    card_set(arena, card_cell, arena_printf(arena, "servers=%u", cell->servers));
    card_set(arena, card_cell,
             arena_printf(arena, "measure_from=%llds",
                          (long long)((CARD_TRAFFIC_FROM_NS + cell->warmup_ns) / SEC(1))));
    card_set(arena, card_cell,
             arena_printf(arena, "duration=%llds",
                          (long long)((CARD_TRAFFIC_FROM_NS + model_cell_duration_ns(cell)) /
                                      SEC(1))));
    card_set_means(arena, card_cell);
}

/* --- texts --- */

static const char *
card_name(struct arena *arena, const struct model_cell *cell)
{
    switch (cell->family) {
    case MODEL_MM1:
    case MODEL_MD1:
    case MODEL_MG1:
        return model_family_name(cell->family);
    case MODEL_MMC:
        return arena_printf(arena, "c = %u", cell->servers);
    case MODEL_CHOICES:
        return arena_strdup(arena, cell->balance);
    case MODEL_JSQ:
        return arena_printf(arena, "%s, %u instance%s", cell->balance, cell->instances,
                            cell->instances == 1 ? "" : "s");
    }
    return "";
}

static const char *
card_command(struct arena *arena, const struct card_cell *cell)
{
    struct strbuf text = { 0 };
    strbuf_printf(&text, "rehearse run %s --seeds %d..%d", cell->file, CARD_SEED_FIRST,
                  CARD_SEED_FIRST + JUDGE_SEEDS - 1);
    for (uint32_t i = 0; i < cell->sets_count; i++) {
        strbuf_printf(&text, " --set '%s'", cell->sets[i]);
    }
    const char *command = arena_strdup(arena, strbuf_text(&text));
    strbuf_fini(&text);
    return command;
}

/* --- judging --- */

static struct model_card_quantile
card_quantile(const double values[JUDGE_SEEDS], double reference, double tolerance)
{
    const struct judge_reference wanted = {
        .low = reference,
        .high = reference * (1 + CARD_SKETCH_ERROR),
        .tolerance = reference * tolerance,
    };
    const struct judge_verdict verdict = judge(values, &wanted);
    return (struct model_card_quantile){
        .measured = verdict.mean,
        .half = verdict.half,
        .reference = reference,
        .passed = reference <= 0 || (verdict.near && verdict.covered),
    };
}

static double
card_mean(const struct card_cell *cell)
{
    double mean = 0;
    for (uint32_t i = 0; i < JUDGE_SEEDS; i++) {
        mean += cell->mean[i] / JUDGE_SEEDS;
    }
    return mean;
}

/* The cell that differs from this one only as the index in the list of all cells says. */
static const struct card_cell *
card_high_cell(const struct card_cell *cells, uint32_t count, const struct model_cell *cell)
{
    struct model_cell all[MODEL_CELLS_MAX];
    ASSERT(cell->high_cell < model_cells(all));
    const struct model_cell *wanted = &all[cell->high_cell];
    for (uint32_t i = 0; i < count; i++) {
        const struct model_cell *other = &cells[i].cell;
        if (other->family == wanted->family && other->instances == wanted->instances &&
            other->use_ppm == wanted->use_ppm && strcmp(other->balance, wanted->balance) == 0) {
            return &cells[i];
        }
    }
    return NULL;
}

static struct judge_verdict
card_verdict(const struct card_cell *card_cell, double high)
{
    const struct model_cell *cell = &card_cell->cell;
    double values[JUDGE_SEEDS];
    for (uint32_t i = 0; i < JUDGE_SEEDS; i++) {
        values[i] = card_cell->mean[i] - (cell->waits ? 1 : 0);
    }
    if (cell->kind == MODEL_BETWEEN_LINE || cell->kind == MODEL_BETWEEN_CELL) {
        return judge_between(values, cell->low, high);
    }
    const struct judge_reference reference = { .low = cell->low,
                                               .high = cell->high,
                                               .tolerance = cell->tolerance };
    struct judge_verdict verdict = judge(values, &reference);
    if (cell->kind == MODEL_LIMIT) {
        const struct judge_reference reached = { .low = cell->reached, .high = cell->reached };
        verdict.covered = judge(values, &reached).covered;
    }
    return verdict;
}

static struct model_card_row
card_row(struct arena *arena, const struct card_cell *cells, uint32_t count, uint32_t index)
{
    const struct card_cell  *card_cell = &cells[index];
    const struct model_cell *cell = &card_cell->cell;
    double high = cell->high;
    if (cell->kind == MODEL_BETWEEN_CELL) {
        const struct card_cell *other = card_high_cell(cells, count, cell);
        ASSERT(other != NULL);
        high = card_mean(other);
    }
    const struct judge_verdict verdict = card_verdict(card_cell, high);
    struct model_card_row row = {
        .name = card_name(arena, cell),
        .command = card_command(arena, card_cell),
        .load = (double)cell->use_ppm / PPM,
        .requests = card_cell->requests,
        .mean = verdict.mean,
        .half = verdict.half,
        .low = cell->low,
        .high = high,
        .tolerance = cell->tolerance,
        .reached = cell->reached,
        .near = verdict.near,
        .covered = verdict.covered,
        .clean = card_cell->clean,
        .quantiles = { card_quantile(card_cell->p50, cell->p50, cell->quantile_tolerance),
                       card_quantile(card_cell->p99, cell->p99, 2 * cell->quantile_tolerance) },
    };
    row.series = row.name;
    row.passed = row.near && row.covered && row.clean && row.quantiles[0].passed &&
                 row.quantiles[1].passed;
    return row;
}

/* --- families --- */

static struct model_card_curve
card_curve(struct arena *arena, const struct model_cell *cell)
{
    struct model_card_curve curve = { .name = "theory" };
    if (cell->family == MODEL_MMC) {
        curve.name = arena_printf(arena, "theory, c = %u", cell->servers);
    } else if (cell->family == MODEL_JSQ) {
        curve.name = cell->instances == 1 ? "M/M/1" : arena_printf(arena, "M/M/%u",
                                                                   cell->instances);
    } else if (cell->family == MODEL_CHOICES) {
        curve.name = "infinitely many instances";
    }
    for (uint32_t i = 0; i < MODEL_CARD_CURVE_POINTS; i++) {
        const double use = card_curve_first + card_curve_step * i;
        const double value = model_cell_curve(cell, use);
        if (use < 0.97 && value > 1e-5) { /* beyond it the chart would show the last one alone */
            curve.loads[curve.count] = use;
            curve.values[curve.count] = value;
            curve.count++;
        }
    }
    return curve;
}

/* One curve for each number of servers, or of instances. */
static void
card_curves(struct arena *arena, const struct card_cell *cells, uint32_t count,
            struct model_card_family *family)
{
    struct model_card_curve *curves = ARENA_ARRAY(arena, struct model_card_curve, count);
    family->curves = curves;
    for (uint32_t i = 0; i < count; i++) {
        const struct model_cell *cell = &cells[i].cell;
        bool known = false;
        for (uint32_t k = 0; k < i; k++) {
            known = known || (cells[k].cell.servers == cell->servers &&
                              cells[k].cell.instances == cell->instances);
        }
        if (!known) {
            curves[family->curves_count++] = card_curve(arena, cell);
        }
    }
}

void
card_judge(struct arena *arena, const struct card_cell *cells, uint32_t count,
           struct model_card *card)
{
    struct model_card_family *families =
        ARENA_ARRAY(arena, struct model_card_family, MODEL_FAMILY_COUNT);
    struct model_card_row *rows = ARENA_ARRAY(arena, struct model_card_row, count + 1);
    card->families = families;
    card->families_count = 0;
    for (uint32_t i = 0; i < count;) {
        const enum model_family kind = cells[i].cell.family;
        uint32_t                next = i;
        for (; next < count && cells[next].cell.family == kind; next++) {
            rows[next] = card_row(arena, cells, count, next);
        }
        struct model_card_family *family = &families[card->families_count++];
        *family = (struct model_card_family){
            .name = model_family_name(kind),
            .about = model_family_about(kind),
            .judged = cells[i].cell.waits ? "mean wait" : "mean time",
            .rows = &rows[i],
            .rows_count = next - i,
        };
        card_curves(arena, &cells[i], next - i, family);
        i = next;
    }
}

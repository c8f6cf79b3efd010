/* platform/planner/model_cells.c - every cell of the model card, from a few tables. */
#include "platform/planner/model_cells.h"

#include <math.h>
#include <string.h>

#include "platform/base/dist.h"
#include "platform/planner/choices.h"
#include "platform/planner/judge.h"
#include "platform/planner/queueing.h"

enum { MODEL_LOADS = 5, MODEL_FARM = 100, MODEL_FEW = 4 };

static const uint32_t loads_ppm[MODEL_LOADS] = { 500000, 700000, 800000, 900000, 950000 };

/* Relative, by load: a single server and the choice of two. */
static const double single_tolerances[MODEL_LOADS] = { 0.01, 0.01, 0.01, 0.015, 0.02 };
static const double p2c_tolerances[MODEL_LOADS] = { 0.02, 0.02, 0.02, 0.02, 0.03 };
static const double random_tolerances[MODEL_LOADS] = { 0.03, 0.03, 0.03, 0.03, 0.05 };

static const double mmc_tolerance = 0.01;
static const double mmc_tolerance_added = 0.0005; /* service times */
static const double between_precision = 0.02; /* of cells that have no tolerance: for the length */

struct model_servers {
    uint32_t servers;
    uint32_t load_first; /* below it nobody waits */
};

static const struct model_servers mmc_servers[] = {
    { 2, 0 }, { 4, 0 }, { 10, 0 }, { 50, 1 }, { 100, 1 },
};

/* --- lengths --- */

static double
model_use(const struct model_cell *cell)
{
    return (double)cell->use_ppm / PPM;
}

/* E[S^2] / E[S]^2. */
static double
model_second_moment(enum model_family family)
{
    switch (family) {
    case MODEL_MD1:
        return 1;
    case MODEL_MG1:
        return fixed_exp(MODEL_SIGMA * MODEL_SIGMA);
    case MODEL_MM1:
    case MODEL_MMC:
    case MODEL_CHOICES:
    case MODEL_JSQ:
        return 2;
    }
    return 2;
}

/* How much longer than an exponential queue of the same load it remembers. */
static double
model_memory(enum model_family family)
{
    return model_second_moment(family) / 2;
}

/*
 * Requests until the standard error of the mean is error. In M/M/1 the variance of the mean of n
 * waits is v W^2 / n, v = (2 + 5 r - 4 r^2 + r^3) / (r (1 - r)^2); with c servers only a share of
 * all waits; and each has its service time.
 */
static uint64_t
model_requests(const struct model_cell *cell, double wait, double waits_share, double error)
{
    const double r = model_use(cell);
    const double v = (2 + 5 * r - 4 * r * r + r * r * r) / (r * (1 - r) * (1 - r));
    const double variance =
        1 + v * wait * wait * model_memory(cell->family) * r / waits_share;
    return (uint64_t)(variance / (error * error)) + 1;
}

/* The queue begins empty; what is left of that falls by e in a relaxation time. */
static int64_t
model_warmup_ns(const struct model_cell *cell)
{
    const double slack = 1 - sqrt(model_use(cell));
    const double relaxation = model_memory(cell->family) / (slack * slack);
    const double services = MODEL_RELAXATIONS * (relaxation > 1 ? relaxation : 1);
    return SEC(1) + (int64_t)(services * (double)MODEL_SERVICE_NS) / SEC(1) * SEC(1);
}

static void
model_lengths(struct model_cell *cell, double wait, double waits_share, double tolerance)
{
    const double error = tolerance * 100 / MODEL_ERROR_PARTS_X100;
    const uint64_t requests = model_requests(cell, wait, waits_share, error);
    cell->requests = requests > MODEL_REQUESTS_MIN ? requests : MODEL_REQUESTS_MIN;
    cell->warmup_ns = model_warmup_ns(cell);
}

/* No formula is known for the choice of two: 5 T^2 / (1 - load) is the variance of runs with the
 * seeds 101..148 at loads from 0.9, and more than that of runs below. */
static void
model_lengths_choice(struct model_cell *cell)
{
    const double error = cell->tolerance / MODEL_LIMIT_PARTS / JUDGE_STUDENT;
    const double variance = 5 * cell->low * cell->low / (1 - model_use(cell));
    cell->requests = (uint64_t)(variance / (error * error)) + 1;
    cell->warmup_ns = model_warmup_ns(cell);
}

/* --- cells --- */

static void
model_cell_point(struct model_cell *cell, double reference, double tolerance)
{
    cell->kind = MODEL_POINT;
    cell->low = reference;
    cell->high = reference;
    cell->tolerance = tolerance;
}

static struct model_cell
model_single(enum model_family family, const char *scenario, uint32_t load_index)
{
    struct model_cell cell = { .family = family,
                               .scenario = scenario,
                               .instances = 1,
                               .servers = 1,
                               .use_ppm = loads_ppm[load_index] };
    const double use = model_use(&cell);
    const double relative = single_tolerances[load_index];
    const double wait = queueing_mg1_wait(use, model_second_moment(family));
    cell.waits = family == MODEL_MD1 || family == MODEL_MG1;
    const double judged = cell.waits ? wait : wait + 1;
    model_cell_point(&cell, judged, judged * relative);
    model_lengths(&cell, wait, use, cell.tolerance);
    cell.quantile_tolerance = relative;
    if (family == MODEL_MD1) {
        cell.p50 = queueing_md1_quantile(use, 0.5);
        cell.p99 = queueing_md1_quantile(use, 0.99);
    } else if (family != MODEL_MG1) {
        cell.p50 = queueing_mmc_quantile(1, use, 0.5);
        cell.p99 = queueing_mmc_quantile(1, use, 0.99);
    }
    return cell;
}

static struct model_cell
model_many(uint32_t servers, uint32_t load_index)
{
    struct model_cell cell = { .family = MODEL_MMC,
                               .scenario = "model-mmc",
                               .instances = 1,
                               .servers = servers,
                               .use_ppm = loads_ppm[load_index],
                               .waits = true };
    const double load = model_use(&cell) * servers;
    const double wait = queueing_mmc_wait(servers, load);
    model_cell_point(&cell, wait, wait * mmc_tolerance + mmc_tolerance_added);
    model_lengths(&cell, wait, queueing_erlang_c(servers, load), cell.tolerance);
    cell.p50 = queueing_mmc_quantile(servers, load, 0.5);
    cell.p99 = queueing_mmc_quantile(servers, load, 0.99);
    cell.quantile_tolerance = mmc_tolerance;
    return cell;
}

static struct model_cell
model_choice(const char *balance, const double tolerances[MODEL_LOADS], uint32_t load_index)
{
    struct model_cell cell = { .family = MODEL_CHOICES,
                               .scenario = "model-choices",
                               .balance = balance,
                               .instances = MODEL_FARM,
                               .servers = 1,
                               .use_ppm = loads_ppm[load_index] };
    const double time = queueing_choices_time(2, model_use(&cell));
    model_cell_point(&cell, time, time * tolerances[load_index]);
    cell.kind = MODEL_LIMIT;
    cell.reached = choices_time(MODEL_FARM, model_use(&cell), strcmp(balance, "p2c") == 0);
    model_lengths_choice(&cell);
    return cell;
}

/* Between one line for all servers, and the worse policy, or lines that nobody chooses among. */
static struct model_cell
model_few(const char *balance, uint32_t load_index, uint32_t high_cell)
{
    struct model_cell cell = { .family = MODEL_JSQ,
                               .scenario = "model-jsq",
                               .balance = balance,
                               .instances = MODEL_FEW,
                               .servers = 1,
                               .use_ppm = loads_ppm[load_index] };
    const double load = model_use(&cell) * MODEL_FEW;
    const double wait = queueing_mmc_wait(MODEL_FEW, load);
    cell.kind = high_cell < MODEL_CELLS_MAX ? MODEL_BETWEEN_CELL : MODEL_BETWEEN_LINE;
    cell.low = 1 + wait;
    cell.high = queueing_mmc_wait(1, model_use(&cell)) + 1;
    cell.high_cell = high_cell;
    model_lengths(&cell, wait, queueing_erlang_c(MODEL_FEW, load), cell.low * between_precision);
    return cell;
}

static uint32_t
model_cells_jsq(struct model_cell *cells, uint32_t count)
{
    for (uint32_t i = 0; i < MODEL_LOADS; i++) {
        cells[count] = model_single(MODEL_JSQ, "model-jsq", i);
        cells[count].balance = "jsq";
        count++;
    }
    for (uint32_t i = 0; i < MODEL_LOADS; i++) {
        cells[count] = model_few("p2c", i, MODEL_CELLS_MAX);
        cells[count + 1] = model_few("jsq", i, count);
        count += 2;
    }
    return count;
}

uint32_t
model_cells(struct model_cell cells[MODEL_CELLS_MAX])
{
    static const char *const singles[] = { "model-mm1", "model-md1", "model-mg1" };
    _Static_assert(MODEL_MM1 == 0 && MODEL_MG1 == 2, "singles follow the enum");
    uint32_t count = 0;
    for (uint32_t family = MODEL_MM1; family <= MODEL_MG1; family++) {
        for (uint32_t i = 0; i < MODEL_LOADS; i++) {
            cells[count++] = model_single((enum model_family)family, singles[family], i);
        }
    }
    for (uint32_t k = 0; k < COUNT_OF(mmc_servers); k++) {
        for (uint32_t i = mmc_servers[k].load_first; i < MODEL_LOADS; i++) {
            cells[count++] = model_many(mmc_servers[k].servers, i);
        }
    }
    for (uint32_t i = 0; i < MODEL_LOADS; i++) {
        cells[count++] = model_choice("p2c", p2c_tolerances, i);
    }
    for (uint32_t i = 0; i < MODEL_LOADS; i++) {
        cells[count++] = model_choice("random(2)", random_tolerances, i);
    }
    count = model_cells_jsq(cells, count);
    ASSERT(count <= MODEL_CELLS_MAX);
    return count;
}

/* --- what is played --- */

int64_t
model_cell_rate_microhertz(const struct model_cell *cell)
{
    const int64_t per_server_microhertz = SEC(1) * PPM / MODEL_SERVICE_NS;
    return per_server_microhertz / PPM * cell->use_ppm * cell->instances * cell->servers;
}

int64_t
model_cell_duration_ns(const struct model_cell *cell)
{
    const double rate = (double)model_cell_rate_microhertz(cell) / 1e6;
    const double seconds = (double)cell->requests / JUDGE_SEEDS / rate;
    return cell->warmup_ns + SEC((int64_t)seconds + 1);
}

const char *
model_family_name(enum model_family family)
{
    static const char *const names[MODEL_FAMILY_COUNT] = { "M/M/1", "M/D/1", "M/G/1", "M/M/c",
                                                           "Choice of two", "Shortest line" };
    return names[family];
}

const char *
model_family_about(enum model_family family)
{
    static const char *const abouts[MODEL_FAMILY_COUNT] = {
        "One instance that works on one request at a time; exponential service times. Judged is "
        "the mean time of a request, wait and service.",
        "The same with constant service times. Judged is the mean wait.",
        "The same with log-normal service times, sigma 1: the Pollaczek-Khinchine formula. Judged "
        "is the mean wait.",
        "One instance that works on c requests at a time; exponential service times: Erlang C. "
        "Judged is the mean wait.",
        "A hundred instances, each with a line of its own. p2c draws two different ones and takes "
        "the less busy; random(2) may draw one twice, as HAProxy does. The reference is the limit "
        "of infinitely many instances; a hundred take longer by what the refined mean field says "
        "(Gast and Van Houdt, 2017). The mean has to be near the limit, and the interval has "
        "to have the number for a hundred in it. Judged is the mean time.",
        "Each request goes to the instance with the fewest open ones. One instance is M/M/1; four "
        "lie between M/M/4, where no server idles while one waits, and p2c among four, which lies "
        "between M/M/4 and M/M/1. Judged is the mean time.",
    };
    return abouts[family];
}

double
model_cell_curve(const struct model_cell *cell, double use)
{
    ASSERT(use > 0 && use < 1);
    switch (cell->family) {
    case MODEL_MM1:
        return queueing_mmc_wait(1, use) + 1;
    case MODEL_MD1:
    case MODEL_MG1:
        return queueing_mg1_wait(use, model_second_moment(cell->family));
    case MODEL_MMC:
        return queueing_mmc_wait(cell->servers, use * cell->servers);
    case MODEL_CHOICES:
        return queueing_choices_time(2, use);
    case MODEL_JSQ:
        return queueing_mmc_wait(cell->instances, use * cell->instances) + 1;
    }
    return 0;
}

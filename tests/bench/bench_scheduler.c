/*
 * tests/bench/bench_scheduler.c
 *
 * Goal:   what one placement costs on the scheduler's own path, from a pending task to its
 *         decision: exact best-fit over 10,000 and 100,000 machines, ports, booking, journal, the
 *         message to the agent; and that it costs the same however many are placed.
 * Method: the master's memory with a clock that stands still, a journal that counts and messages
 *         that go nowhere. The cluster is filled to four fifths some times, timed tenth by tenth,
 *         each as a share of its own filling, of which the median counts: what the machine's other
 *         guests take for a while is in all tenths of a filling. Then one operation ends the oldest
 *         task and lets the scheduler controller place another.
 * Floor:  the scheduler's own loop over all nodes, which defines what is best, without the rest of
 *         the path; the plain loop and the index over the same number of equal machines
 *         (bench_placement_floor.c), without ports, journal or messages.
 */
#include <stdio.h>

#include "platform/base/memory.h"
#include "platform/scheduler/place.h"
#include "tests/bench/bench.h"
#include "tests/bench/bench_scheduler_bed.h"

enum { FILLED_PERCENT = 80, PARTS = 10, FILLS = 15, FILLS_LARGE = 7 };
enum { TURN = 4000, SCAN_NS_MAX = 40000000 };

struct churn {
    struct bed            bed;
    struct cluster_task **tasks; /* a ring, owned */
    uint32_t              tasks_count;
    uint32_t              task_next;
    uint32_t              scans; /* of one turn of a loop over all nodes */
    /* the same on the floor */
    struct placement_floor   *floor;
    placement_find_fn        *find;
    uint32_t                  floor_turn;
    struct placement_request *requests; /* of its ring, owned */
    uint32_t                 *places;   /* owned */
    /* of a placement, filling by filling: in each tenth, as a multiple of mean_ns */
    uint32_t                  fills_count;
    double                    part_share[PARTS][FILLS];
    double                    mean_ns[FILLS];
};

static uint64_t
churn_run(void *context)
{
    struct churn *churn = context;
    for (uint32_t i = 0; i < TURN; i++) {
        struct cluster_task **oldest = &churn->tasks[churn->task_next];
        churn->task_next = (churn->task_next + 1) % churn->tasks_count;
        bed_end(&churn->bed, *oldest);
        *oldest = bed_place(&churn->bed, rng_below(&churn->bed.rng, BED_APPS));
    }
    return TURN;
}

/* Only looked for. */
static uint64_t
loop_run(void *context)
{
    struct churn *churn = context;
    struct cluster *cluster = &churn->bed.cluster;
    for (uint32_t i = 0; i < churn->scans; i++) {
        const struct cluster_app *app = *(struct cluster_app **)vec_at(
            &cluster->apps, rng_below(&churn->bed.rng, BED_APPS));
        const struct place_request request = place_request_of(app->version);
        bench_keep(place_find(cluster, &request, scores_policy(SCHEDULER_BEST_FIT), NULL));
    }
    return churn->scans;
}

static uint64_t
floor_run(void *context)
{
    struct churn *churn = context;
    for (uint32_t i = 0; i < churn->floor_turn; i++) {
        const uint32_t at = churn->task_next;
        uint64_t score = 0;
        churn->task_next = (churn->task_next + 1) % churn->tasks_count;
        placement_floor_remove(churn->floor, churn->places[at], churn->requests[at]);
        churn->requests[at] = churn->bed.sizes[rng_below(&churn->bed.rng, BED_APPS)];
        churn->places[at] = churn->find(churn->floor, churn->requests[at], &score);
        placement_floor_add(churn->floor, churn->places[at], churn->requests[at]);
        bench_keep(score);
    }
    return churn->floor_turn;
}

/* Every task of a tenth is placed; the clock is looked at between tenths alone. */
static void
churn_fill(struct churn *churn)
{
    const uint32_t fill = churn->fills_count++;
    double         part_ns[PARTS];
    double         sum_ns = 0;
    uint32_t       next = 0;
    for (uint32_t part = 0; part < PARTS; part++) {
        const uint32_t end =
            (uint32_t)((uint64_t)churn->tasks_count * (part + 1) / PARTS);
        const uint32_t from = next;
        const int64_t from_ns = bench_now_ns();
        for (; next < end; next++) {
            churn->tasks[next] =
                bed_place(&churn->bed, rng_below(&churn->bed.rng, BED_APPS));
        }
        part_ns[part] = (double)(bench_now_ns() - from_ns) / (double)(end - from);
        sum_ns += part_ns[part];
    }
    churn->mean_ns[fill] = sum_ns / PARTS;
    for (uint32_t part = 0; part < PARTS; part++) {
        churn->part_share[part][fill] = part_ns[part] / churn->mean_ns[fill];
    }
}

static void
churn_empty(struct churn *churn)
{
    for (uint32_t i = 0; i < churn->tasks_count; i++) {
        bed_end(&churn->bed, churn->tasks[i]);
    }
    bed_end(&churn->bed, bed_place(&churn->bed, 0)); /* takes over what all these ends changed */
}

static void
churn_fill_floor(struct churn *churn)
{
    for (uint32_t i = 0; i < churn->tasks_count; i++) {
        uint64_t score = 0;
        churn->requests[i] = churn->bed.sizes[rng_below(&churn->bed.rng, BED_APPS)];
        churn->places[i] = placement_floor_index(churn->floor, churn->requests[i], &score);
        placement_floor_add(churn->floor, churn->places[i], churn->requests[i]);
    }
}

/* The straight line through the tenths: how much more the end costs than the beginning. */
static void
churn_print_slope(struct churn *churn, const char *name)
{
    const double mean_ns = bench_median(churn->mean_ns, churn->fills_count);
    double sum = 0;
    double moment = 0;
    double square = 0;
    printf("  %-46s %12s %12.1f %14.0f\n", name, "", mean_ns, 1e9 / mean_ns);
    printf("    tenths, ns:");
    for (uint32_t i = 0; i < PARTS; i++) {
        const double share = bench_median(churn->part_share[i], churn->fills_count);
        const double at = (double)i - (PARTS - 1) / 2.0;
        sum += share;
        moment += at * share;
        square += at * at;
        printf(" %.0f", share * mean_ns);
    }
    printf("; slope from first to last %+.1f %%\n",
           moment / square * (PARTS - 1) / (sum / PARTS) * 100);
}

static void
churn_open(struct churn *churn, uint32_t nodes_count)
{
    bed_open(&churn->bed, nodes_count);
    churn->tasks_count = bed_tasks_count(&churn->bed, FILLED_PERCENT);
    churn->scans = SCAN_NS_MAX / 3 / nodes_count;
    churn->tasks = memory_alloc_zero(churn->tasks_count, sizeof *churn->tasks);
    churn->requests = memory_alloc_zero(churn->tasks_count, sizeof *churn->requests);
    churn->places = memory_alloc_zero(churn->tasks_count, sizeof *churn->places);
    churn->floor = placement_floor_open(nodes_count);
}

static void
churn_close(struct churn *churn)
{
    placement_floor_close(churn->floor);
    memory_free(churn->tasks);
    memory_free(churn->requests);
    memory_free(churn->places);
    bed_close(&churn->bed);
}

static void
churn_pair(struct churn *churn, const char *nodes, const char *floor_name, bench_work_fn *floor)
{
    char name[64];
    (void)snprintf(name, sizeof name, "%s nodes, floor: %s", nodes, floor_name);
    (void)bench_pair(&(struct bench_pair){ .name = name,
                                           .floor = floor,
                                           .floor_context = churn,
                                           .work = churn_run,
                                           .work_context = churn,
                                           .ns_wanted = churn->bed.nodes_count > 10000 ? 2000
                                                                                       : 1000 });
}

static void
bench_scheduler_nodes(uint32_t nodes_count, const char *nodes)
{
    struct churn *churn = memory_alloc_zero(1, sizeof *churn);
    char name[64];
    churn_open(churn, nodes_count);
    churn_fill(churn);
    for (uint32_t i = 1; i < (nodes_count > 10000 ? FILLS_LARGE : FILLS); i++) {
        churn_empty(churn);
        churn_fill(churn);
    }
    (void)snprintf(name, sizeof name, "%s nodes, filled to %u %%", nodes, FILLED_PERCENT);
    churn_print_slope(churn, name);
    churn_pair(churn, nodes, "its own loop", loop_run);
    churn_fill_floor(churn);
    churn->find = placement_floor_scan;
    churn->floor_turn = churn->scans;
    churn_pair(churn, nodes, "plain loop", floor_run);
    churn->find = placement_floor_index;
    churn->floor_turn = TURN;
    churn_pair(churn, nodes, "index", floor_run);
    churn_close(churn);
    memory_free(churn);
}

static void
bench_scheduler_run(void)
{
    bench_scheduler_nodes(10000, "10,000");
    bench_scheduler_nodes(100000, "100,000");
}

const struct bench bench_scheduler = {
    .name = "scheduler",
    .about = "the scheduler's own path, one operation = one task ends and one is launched",
    .run = bench_scheduler_run,
};

/*
 * tests/bench/bench_placement.c
 *
 * Goal:   what exact best-fit placement costs at 10,000 and 100,000 machines, at the least.
 * Method: a cluster filled to four fifths; one operation ends the oldest task and places a new one.
 *         Both ways must find equally good places.
 * Floor:  the index (bench_placement_floor.c); it stands beside the plain loop over all machines.
 */
#include "platform/base/memory.h"
#include "platform/base/rng.h"
#include "tests/bench/bench.h"
#include "tests/bench/bench_placement_floor.h"

enum { REQUESTS = 4096, SCANNED_MAX = 20000000, INDEXED = 100000 };

struct placed {
    uint32_t                 node;
    struct placement_request request;
};

struct churn {
    struct placement_floor  *floor;
    placement_find_fn       *find;
    uint32_t                 operations;
    struct placement_request requests[REQUESTS];
    uint32_t                 request_next;
    struct placed           *tasks; /* a ring, oldest at task_next */
    uint32_t                 tasks_count;
    uint32_t                 task_next;
};

static struct placed
churn_place(struct churn *churn)
{
    uint64_t score = 0;
    struct placed placed = { .request = churn->requests[churn->request_next % REQUESTS] };
    churn->request_next++;
    placed.node = churn->find(churn->floor, placed.request, &score);
    if (placed.node != UINT32_MAX) {
        placement_floor_add(churn->floor, placed.node, placed.request);
    }
    bench_keep(score);
    return placed;
}

static uint64_t
churn_run(void *context)
{
    struct churn *churn = context;
    for (uint32_t i = 0; i < churn->operations; i++) {
        struct placed *oldest = &churn->tasks[churn->task_next];
        churn->task_next = (churn->task_next + 1) % churn->tasks_count;
        if (oldest->node != UINT32_MAX) {
            placement_floor_remove(churn->floor, oldest->node, oldest->request);
        }
        *oldest = churn_place(churn);
    }
    return churn->operations;
}

static void
churn_init(struct churn *churn, uint32_t nodes_count, placement_find_fn *find,
           uint32_t operations)
{
    struct rng rng;
    uint64_t cpu_steps = 0;
    *churn = (struct churn){ .find = find, .operations = operations };
    rng_init(&rng, 1, 0, "requests");
    for (uint32_t i = 0; i < REQUESTS; i++) { /* 0.25 to 4 cores, 0.5 to 16 GiB */
        churn->requests[i].cpu_steps = (uint16_t)rng_between(&rng, 1, 16);
        churn->requests[i].mem_steps = (uint16_t)rng_between(&rng, 1, 32);
        cpu_steps += churn->requests[i].cpu_steps;
    }
    churn->floor = placement_floor_open(nodes_count);
    churn->tasks_count =
        (uint32_t)((uint64_t)nodes_count * PLACEMENT_CPU_STEPS * REQUESTS * 4 / 5 / cpu_steps);
    churn->tasks = memory_alloc_zero(churn->tasks_count, sizeof *churn->tasks);
    churn->find = placement_floor_index; /* the filling is not measured */
    for (uint32_t i = 0; i < churn->tasks_count; i++) {
        churn->tasks[i] = churn_place(churn);
    }
    churn->find = find;
}

static void
churn_fini(struct churn *churn)
{
    placement_floor_close(churn->floor);
    memory_free(churn->tasks);
}

/* Over one and the same cluster, as it changes, both ways must find an equally good place. */
static void
bench_placement_check(struct churn *churn, uint32_t checks)
{
    const uint32_t operations = churn->operations;
    churn->operations = 1;
    for (uint32_t i = 0; i < checks; i++) {
        uint64_t scores[2] = { 0 };
        const struct placement_request request = churn->requests[i % REQUESTS];
        bench_keep(placement_floor_scan(churn->floor, request, &scores[0]));
        bench_keep(placement_floor_index(churn->floor, request, &scores[1]));
        ASSERT(scores[0] == scores[1]);
        (void)churn_run(churn);
    }
    churn->operations = operations;
}

static void
bench_placement_nodes(uint32_t nodes_count, const char *name)
{
    const uint32_t scans = SCANNED_MAX / nodes_count;
    struct churn scan;
    struct churn indexed;
    churn_init(&scan, nodes_count, placement_floor_scan, scans);
    churn_init(&indexed, nodes_count, placement_floor_index, INDEXED);
    bench_placement_check(&indexed, scans);
    bench_pair(&(struct bench_pair){ .name = name,
                                     .floor = churn_run,
                                     .floor_context = &indexed,
                                     .work = churn_run,
                                     .work_context = &scan });
    churn_fini(&scan);
    churn_fini(&indexed);
}

static void
bench_placement_run(void)
{
    bench_placement_nodes(10000, "10,000 nodes: plain loop against index");
    bench_placement_nodes(100000, "100,000 nodes: plain loop against index");
}

const struct bench bench_placement = {
    .name = "placement",
    .about = "exact best-fit, one operation = one task ends and one is placed",
    .run = bench_placement_run,
};

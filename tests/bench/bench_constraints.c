/*
 * tests/bench/bench_constraints.c
 *
 * Goal:   what finding a node costs for tasks that are particular: each operator of constraints, a
 *         fixed port, and policies other than best-fit, at 10,000 machines in three zones.
 * Method: the cluster is filled to half by plain apps; an app with the constraint has 300 tasks
 *         placed; one operation looks for the next one's node, after a machine's room has changed.
 * Floor:  the scheduler's loop over all nodes for the same.
 */
#include <stdio.h>
#include <string.h>

#include "platform/base/memory.h"
#include "platform/scheduler/finder.h"
#include "platform/scheduler/ports.h"
#include "tests/bench/bench.h"
#include "tests/bench/bench_scheduler_bed.h"

enum { NODES = 10000, FILLED_PERCENT = 50, PLACED = 300, LOOPS = 50, TURN = 500 };

struct seeker {
    struct bed                  *bed;
    struct finder                finder;
    struct filters               filters;
    struct cluster_app          *app;
    struct place_request         request;
    const struct scores_policy  *policy;
    struct rng                   draws;
    struct rng                  *rng; /* &draws, or NULL */
};

static const struct {
    const char           *name;
    const char           *more; /* of its definition */
    enum scheduler_policy policy;
    bool                  draws;
} cases[] = {
    { "plain", "", SCHEDULER_BEST_FIT, false },
    { "plain, tie random", "", SCHEDULER_BEST_FIT, true },
    { "zone GROUP_BY", ",\"constraints\":[[\"@zone\",\"GROUP_BY\",\"3\"]]", SCHEDULER_BEST_FIT,
      false },
    { "zone LIKE", ",\"constraints\":[[\"@zone\",\"LIKE\",\"a|c\"]]", SCHEDULER_BEST_FIT, false },
    { "hostname UNIQUE", ",\"constraints\":[[\"hostname\",\"UNIQUE\"]]", SCHEDULER_BEST_FIT,
      false },
    { "hostname LIKE", ",\"constraints\":[[\"hostname\",\"LIKE\",\"private-.*7\"]]",
      SCHEDULER_BEST_FIT, false },
    { "fixed port", ",\"requirePorts\":true,\"portDefinitions\":[{\"port\":31500}]",
      SCHEDULER_BEST_FIT, false },
    { "worst-fit", "", SCHEDULER_WORST_FIT, false },
    { "first-fit", "", SCHEDULER_FIRST_FIT, false },
    { "random", "", SCHEDULER_RANDOM, true },
};

static void
seeker_place(struct seeker *seeker)
{
    struct cluster *cluster = &seeker->bed->cluster;
    struct cluster_task *task = cluster_task_add(seeker->app, seeker->app->version, 0, false);
    if (seeker->filters.version == NULL) {
        seeker->request = place_request_of(seeker->app->version);
        seeker->request.filters = filters_begin(&seeker->filters, task);
    }
    const uint32_t index =
        finder_find(&seeker->finder, cluster, &seeker->request, seeker->policy, seeker->rng);
    ASSERT(index != PLACE_NONE);
    struct cluster_node *node = cluster_node_find(cluster, index);
    const bool has_ports = ports_choose(node, task->version->spec, task->record.ports,
                                        &task->record.ports_count);
    ASSERT(has_ports);
    cluster_task_book(task, node);
    cluster_task_state(task, TASK_RUNNING, "");
    if (seeker->request.filters != NULL) {
        filters_placed(seeker->request.filters, node);
    }
}

static void
seeker_open(struct seeker *seeker, struct bed *bed, uint32_t number)
{
    char path[32];
    char json[400];
    *seeker = (struct seeker){ .bed = bed, .policy = scores_policy(cases[number].policy) };
    seeker->rng = cases[number].draws ? &seeker->draws : NULL;
    rng_init(&seeker->draws, 1, 0, "draws");
    finder_init(&seeker->finder);
    for (uint32_t i = 0; i < NODES; i++) { /* this finder has heard of none yet */
        cluster_node_refresh(cluster_node_find(&bed->cluster, i));
    }
    (void)snprintf(path, sizeof path, "/case-%u", number);
    (void)snprintf(json, sizeof json,
                   "{\"id\":\"%s\",\"cmd\":\"serve\",\"cpus\":0.5,\"mem\":1024,"
                   "\"instances\":1000%s}",
                   path, cases[number].more);
    seeker->app = cluster_app_add(&bed->cluster, path, 1000 + number);
    seeker->app->version =
        cluster_version_add(seeker->app, 1000 + number, json, strlen(json));
    ASSERT(seeker->app->version != NULL);
    seeker->app->record.instances = 1000;
    for (uint32_t i = 0; i < PLACED; i++) {
        seeker_place(seeker);
    }
}

static void
seeker_close(struct seeker *seeker)
{
    while (seeker->app->tasks_first != NULL) {
        cluster_task_forget(seeker->app->tasks_first);
    }
    finder_fini(&seeker->finder);
    filters_fini(&seeker->filters);
}

static uint64_t
seek_by_finder(void *context)
{
    struct seeker *seeker = context;
    struct cluster *cluster = &seeker->bed->cluster;
    for (uint32_t i = 0; i < TURN; i++) {
        cluster_node_refresh(cluster_node_find(cluster, rng_below(&seeker->bed->rng, NODES)));
        bench_keep(finder_find(&seeker->finder, cluster, &seeker->request, seeker->policy,
                               seeker->rng));
    }
    return TURN;
}

static uint64_t
seek_by_loop(void *context)
{
    struct seeker *seeker = context;
    for (uint32_t i = 0; i < LOOPS; i++) {
        bench_keep(place_find(&seeker->bed->cluster, &seeker->request, seeker->policy,
                              seeker->rng));
    }
    return LOOPS;
}

static void
bench_constraints_run(void)
{
    struct bed *bed = memory_alloc_zero(1, sizeof *bed);
    struct seeker *seeker = memory_alloc_zero(1, sizeof *seeker);
    bed_open(bed, NODES);
    for (uint32_t i = 0; i < NODES; i++) {
        struct cluster_node *node = cluster_node_find(&bed->cluster, i);
        char text[NODE_NAME_BYTES];
        (void)snprintf(text, sizeof text, "private-%u", i);
        node->spec.hostname = cluster_node_text(&bed->cluster, text);
        (void)snprintf(text, sizeof text, "%c", (char)('a' + i % 3));
        node->spec.zone = cluster_node_text(&bed->cluster, text);
    }
    const uint32_t filled_count = bed_tasks_count(bed, FILLED_PERCENT);
    for (uint32_t i = 0; i < filled_count; i++) {
        (void)bed_place(bed, rng_below(&bed->rng, BED_APPS));
    }
    for (uint32_t i = 0; i < COUNT_OF(cases); i++) {
        seeker_open(seeker, bed, i);
        (void)bench_pair(&(struct bench_pair){ .name = cases[i].name,
                                               .floor = seek_by_loop,
                                               .floor_context = seeker,
                                               .work = seek_by_finder,
                                               .work_context = seeker });
        seeker_close(seeker);
    }
    bed_close(bed);
    memory_free(seeker);
    memory_free(bed);
}

const struct bench bench_constraints = {
    .name = "constraints",
    .about = "finding a node for a particular task at 10,000 machines, beside the loop over all",
    .run = bench_constraints_run,
};

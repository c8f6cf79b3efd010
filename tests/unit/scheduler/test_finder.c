/*
 * tests/unit/scheduler/test_finder.c
 *
 * Goal:   index and kept scores find the very node that the loop over all nodes finds, with the
 *         very same draw.
 * Method: thousands of random clusters: sizes, roles, zones, attributes, GPUs, ports and apps with
 *         constraints; tasks are booked and ended, nodes go, come back as others, are drained;
 *         before each booking the finder and the loop are asked, each with its own copy of the
 *         stream of draws.
 */
#include "platform/scheduler/finder.h"

#include <stdio.h>

#include "platform/scheduler/gpus.h"
#include "platform/scheduler/ports.h"
#include "platform/scheduler/scores/fgd.h"
#include "tests/unit/model/cluster_bed.h"

enum { CLUSTERS = 3000, STEPS = 60, APPS = 6, TASKS_MAX = 400 };

struct finder_bed {
    struct cluster_bed  bed;
    struct rng          rng;   /* of the story */
    struct rng          draws; /* of ties */
    struct fgd          fgd;
    struct fgd_state    states[FGD_STATES];
    struct finder       finder;
    struct filters      filters;
    struct cluster_app *apps[APPS];
    struct cluster_task *tasks[TASKS_MAX];
    uint32_t            tasks_count;
    uint32_t            nodes_count;
    uint32_t            larger;
    uint32_t            sizes_count; /* of machines: few, or nearly each its own */
    bool                has_gpus;
    bool                is_alike; /* all apps ask for the same numbers */
    uint64_t            seed;
};

static uint32_t
below(struct finder_bed *bed, uint32_t bound)
{
    return rng_below(&bed->rng, bound);
}

/* A machine, new or another one in its place. */
static void
node_become(struct finder_bed *bed, uint32_t index)
{
    struct cluster_node *node = cluster_node_get(&bed->bed.cluster, index);
    struct node_spec *spec = &node->spec;
    const uint32_t size = below(bed, bed->sizes_count);
    spec->cpu_milli = (int32_t)(2000 + size % 5 * 1000 + size / 5 * 7);
    spec->mem_bytes = MIB(4096) * (1 + size % 3) + size / 3 * 4096;
    if (below(bed, 40) == 0) { /* larger than all before */
        spec->cpu_milli += (int32_t)bed->larger++ * 1500;
    }
    spec->disk_bytes = MIB(100) * (1 + below(bed, 3));
    spec->gpus = bed->has_gpus && below(bed, 2) == 0 ? (int32_t)below(bed, 5) : 0;
    spec->ports[0] = (struct node_port_range){ .first = 31000, .last = 31004 };
    spec->ports[0].last = (uint16_t)(31000 + below(bed, 12));
    spec->port_ranges_count = below(bed, 10) == 0 ? 0 : 1;
    spec->hostname = cluster_bed_text(&bed->bed, "private-%u", index);
    spec->region = below(bed, 4) == 0 ? "" : "east";
    spec->zone = cluster_bed_text(&bed->bed, "%c", (char)('a' + below(bed, 3)));
    spec->attributes =
        cluster_bed_text(&bed->bed, "rack:r%u", below(bed, bed->sizes_count > 20 ? 90 : 2));
    node->role =
        cluster_role_bit(&bed->bed.cluster, below(bed, 6) == 0 ? "slave_public" : "*");
    node->incarnation++;
    cluster_node_state(node, NODE_READY, "");
}

static void
app_make(struct finder_bed *bed, uint32_t number)
{
    static const char *const constraints[] = {
        "[\"hostname\",\"UNIQUE\"]",        "[\"@zone\",\"GROUP_BY\",\"3\"]",
        "[\"@zone\",\"LIKE\",\"a|b\"]",     "[\"hostname\",\"LIKE\",\"private-.*[02468]\"]",
        "[\"rack\",\"IS\",\"r1\"]",         "[\"rack\",\"UNLIKE\",\"r1.*\"]",
        "[\"@zone\",\"CLUSTER\"]",          "[\"hostname\",\"MAX_PER\",\"2\"]",
        "[\"hostname\",\"UNLIKE\",\".*7\"],[\"@zone\",\"MAX_PER\",\"20\"]",
    };
    static const char *const ports[] = { "", "{\"port\":0}", "{\"port\":0},{\"port\":0}",
                                         "{\"port\":31002}" };
    static const char *const roles[] = { "", "\"*\"", "\"slave_public\"",
                                         "\"*\",\"slave_public\"" };
    char path[16];
    char text[600];
    const uint32_t port = below(bed, 4);
    const uint32_t role = below(bed, 4);
    const uint32_t gpus = bed->has_gpus ? below(bed, 4) : 0;
    const bool alike = bed->is_alike;
    (void)snprintf(path, sizeof path, "/app-%u", number);
    (void)snprintf(text, sizeof text,
                   "{\"id\":\"%s\",\"cmd\":\"x\",\"cpus\":%u.%u,\"mem\":%u,\"disk\":%u,"
                   "\"gpus\":%u,\"labels\":{%s},\"instances\":10,\"requirePorts\":true,"
                   "\"portDefinitions\":[%s],\"acceptedResourceRoles\":[%s],\"constraints\":[%s]}",
                   path, alike ? 0 : below(bed, 3), alike ? 5 : 1 + below(bed, 9),
                   alike ? 512 : 64 * (1 + below(bed, 40)), alike ? 0 : below(bed, 2) * 40,
                   gpus == 3 ? 0 : gpus, gpus == 3 ? "\"REHEARSAL_GPU_MILLI\":\"300\"" : "",
                   ports[alike ? 3 * (port % 2) : port],
                   role == 0 ? "\"*\"" : roles[role],
                   below(bed, 2) == 0 ? "" : constraints[below(bed, COUNT_OF(constraints))]);
    bed->apps[number] = cluster_bed_app(&bed->bed, path, text);
}

static void
typical_become(struct finder_bed *bed)
{
    struct scheduler_shape shapes[5];
    for (uint32_t i = 0; i < COUNT_OF(shapes); i++) {
        shapes[i] = (struct scheduler_shape){ .cpu_milli = 500 * (int32_t)below(bed, 6),
                                              .gpus = i < 2 ? (int32_t)i : 0,
                                              .gpu_milli = i < 2 ? 0 : 100 * (int32_t)i,
                                              .weight = 1 + below(bed, 9) };
    }
    bed->fgd.states = bed->states;
    fgd_set(&bed->fgd, shapes, COUNT_OF(shapes));
}

static void
bed_open(struct finder_bed *bed, uint64_t seed, enum scheduler_policy policy)
{
    *bed = (struct finder_bed){ .seed = seed, .is_alike = seed % 5 == 0 };
    cluster_bed_open(&bed->bed, seed);
    rng_init(&bed->rng, seed, 0, "story");
    rng_init(&bed->draws, seed, 0, "draws");
    finder_init(&bed->finder);
    bed->finder.nodes_min = seed % 4 == 0 ? bed->finder.nodes_min : 0;
    typical_become(bed);
    bed->nodes_count = 2 + below(bed, seed % 10 == 0 ? 400 : 60);
    bed->sizes_count = seed % 7 == 0 ? 200 : 1 + below(bed, 4);
    bed->has_gpus = policy == SCHEDULER_FGD || seed % 3 == 0;
    for (uint32_t i = 0; i < bed->nodes_count; i++) {
        node_become(bed, i);
    }
    for (uint32_t i = 0; i < APPS; i++) {
        app_make(bed, i);
    }
}

static void
bed_close(struct finder_bed *bed)
{
    finder_fini(&bed->finder);
    filters_fini(&bed->filters);
    cluster_bed_close(&bed->bed);
}

static void
task_place(struct finder_bed *bed, enum scheduler_policy word, bool draws)
{
    const struct scores_policy *policy = scores_policy(word);
    struct cluster_app *app = bed->apps[below(bed, APPS)];
    struct cluster_task *task = cluster_bed_task(app, NULL, TASK_PENDING);
    struct place_request request = place_request_of(app->version);
    struct rng again = bed->draws;
    struct rng *stream = draws || policy->draws ? &bed->draws : NULL;
    request.filters = filters_begin(&bed->filters, task);
    request.fgd = &bed->fgd;
    const uint32_t found =
        finder_find(&bed->finder, &bed->bed.cluster, &request, policy, stream);
    const uint32_t wanted = place_find(&bed->bed.cluster, &request, policy,
                                       stream != NULL ? &again : NULL);
    cr_assert(eq(u32, found, wanted), "seed %llu, %s, %s", (unsigned long long)bed->seed,
              scheduler_policy_word(word), app->version->spec->json);
    cr_assert(stream == NULL || stream->counter == again.counter, "seed %llu: another draw",
              (unsigned long long)bed->seed);
    struct cluster_node *node =
        found != PLACE_NONE ? cluster_node_find(&bed->bed.cluster, found) : NULL;
    if (node == NULL || bed->tasks_count == TASKS_MAX ||
        !ports_choose(node, app->version->spec, task->record.ports, &task->record.ports_count)) {
        cluster_task_forget(task);
        return;
    }
    task->record.gpu_mask = gpus_choose(node, &request, policy, &bed->draws);
    cluster_task_book(task, node);
    cluster_task_state(task, TASK_RUNNING, "");
    bed->tasks[bed->tasks_count++] = task;
}

static void
task_end(struct finder_bed *bed)
{
    if (bed->tasks_count > 0) {
        const uint32_t number = below(bed, bed->tasks_count);
        cluster_task_forget(bed->tasks[number]);
        bed->tasks[number] = bed->tasks[--bed->tasks_count];
    }
}

static void
node_change(struct finder_bed *bed)
{
    const uint32_t index = below(bed, bed->nodes_count + (bed->nodes_count < 420 ? 1 : 0));
    struct cluster_node *node = cluster_node_find(&bed->bed.cluster, index);
    if (node == NULL) {
        bed->nodes_count++; /* one more machine */
        node_become(bed, index);
    } else if (below(bed, 20) == 0) {
        typical_become(bed); /* kept scores are worth nothing */
    } else if (node->state == NODE_UNREACHABLE && below(bed, 2) == 0) {
        cluster_node_state(node, NODE_READY, "");
    } else if (below(bed, 4) == 0) {
        node_become(bed, index);
    } else if (below(bed, 3) == 0) {
        node->draining = !node->draining;
        cluster_node_refresh(node);
    } else {
        cluster_node_state(node, NODE_UNREACHABLE, "");
    }
}

static void
story(struct finder_bed *bed, enum scheduler_policy policy, bool draws)
{
    bed->bed.config.policy = policy;
    for (uint32_t step = 0; step < STEPS; step++) {
        const uint32_t kind = below(bed, 10);
        if (kind < 7) {
            task_place(bed, policy, draws);
        } else if (kind < 9) {
            task_end(bed);
        } else {
            node_change(bed);
        }
    }
}

Test(finder, finds_the_node_that_the_loop_finds_with_the_same_draw)
{
    static struct finder_bed bed;
    uint64_t by_index = 0;
    uint64_t by_memo = 0;
    uint64_t by_loop = 0;
    for (uint64_t seed = 1; seed <= CLUSTERS; seed++) {
        const enum scheduler_policy policy =
            (enum scheduler_policy)(seed % SCHEDULER_POLICY_COUNT);
        bed_open(&bed, seed, policy);
        story(&bed, policy, seed / SCHEDULER_POLICY_COUNT % 2 == 1);
        by_index += bed.finder.by_index_count;
        by_memo += bed.finder.by_memo_count;
        by_loop += bed.finder.by_loop_count;
        bed_close(&bed);
    }
    cr_assert(gt(u64, by_index, 10000), "the index was hardly asked: %llu",
              (unsigned long long)by_index);
    cr_assert(gt(u64, by_memo, 10000), "kept scores were hardly asked: %llu",
              (unsigned long long)by_memo);
    cr_assert(gt(u64, by_loop, 100));
}

/* So many nodes that not every thing that is asked for can be remembered. */
enum { MANY_NODES = 20000, MANY_SHAPES = 300, MANY_ROUNDS = 4 };

Test(finder, forgets_scores_that_were_not_asked_for_longest)
{
    static struct cluster_bed bed;
    struct finder finder;
    struct rng rng;
    const struct app_spec spec = { .id = "/web" };
    const struct scores_policy *policy = scores_policy(SCHEDULER_FIRST_FIT);
    cluster_bed_open(&bed, 1);
    finder_init(&finder);
    rng_init(&rng, 1, 0, "many");
    for (uint32_t i = 0; i < MANY_NODES; i++) {
        struct cluster_node *node = cluster_bed_node(&bed, i, 100000, MIB(1024), 31000, 32000);
        node->cpu_milli_used = 100000 - (int32_t)(i / 64 * 10);
        cluster_node_refresh(node);
    }
    for (uint32_t round = 0; round < MANY_ROUNDS * MANY_SHAPES; round++) {
        const struct place_request request = { .cpu_milli = (int32_t)(round % MANY_SHAPES + 1) * 10,
                                               .role_mask = UINT32_MAX,
                                               .spec = &spec };
        for (uint32_t again = 0; again < 2; again++) {
            cr_assert(eq(u32, finder_find(&finder, &bed.cluster, &request, policy, NULL),
                         place_find(&bed.cluster, &request, policy, NULL)),
                      "round %u", round);
        }
        struct cluster_node *node =
            cluster_node_find(&bed.cluster, rng_below(&rng, MANY_NODES));
        node->cpu_milli_used = (int32_t)rng_below(&rng, 100001);
        cluster_node_refresh(node);
    }
    const uint64_t bytes =
        (uint64_t)finder.memos.memos.count * MANY_NODES * sizeof(uint64_t);
    cr_assert(le(u64, bytes, MEMO_BYTES_MAX));
    cr_assert(gt(u64, finder.by_memo_count, MANY_ROUNDS * MANY_SHAPES / 2));
    finder_fini(&finder);
    cluster_bed_close(&bed);
}

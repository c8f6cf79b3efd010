/*
 * tests/unit/scheduler/test_scores.c
 *
 * Goal:   each policy prefers the node that its description says, and gives a share the GPU that
 *         its description says.
 * Method: a few nodes made for each sentence; the fragmentation gradient also against a plain
 *         calculation in floating point, on random nodes and shapes.
 */
#include <math.h>

#include "platform/scheduler/gpus.h"
#include "platform/scheduler/scores/fgd.h"
#include "platform/scheduler/scores/typical.h"
#include "tests/unit/model/cluster_bed.h"

static const struct app_spec nothing = { .id = "/web" };

/* A node of 16 CPUs and 64 GiB with so much of them used. */
static struct cluster_node *
add_node(struct cluster_bed *bed, uint32_t index, int32_t gpus, int32_t cpus_used, int64_t gib_used)
{
    struct cluster_node *node = cluster_bed_node(bed, index, 16000, MIB(65536), 31000, 32000);
    node->spec.gpus = gpus;
    node->cpu_milli_used = cpus_used * 1000;
    node->mem_bytes_used = MIB(1024) * gib_used;
    cluster_node_refresh(node);
    return node;
}

static void
use_gpu(struct cluster_node *node, int32_t gpu, int16_t milli)
{
    node->gpu_used_milli[gpu] = (int16_t)(node->gpu_used_milli[gpu] + milli);
    node->gpu_milli_used += milli;
    cluster_node_refresh(node);
}

static struct place_request
request_of(int32_t cpus, int64_t gib, int32_t gpus, int32_t gpu_milli)
{
    return (struct place_request){ .cpu_milli = cpus * 1000,
                                   .mem_bytes = MIB(1024) * gib,
                                   .gpus = gpus,
                                   .gpu_milli = gpu_milli,
                                   .role_mask = UINT32_MAX,
                                   .spec = &nothing };
}

static uint32_t
found(struct cluster_bed *bed, const struct place_request *request, enum scheduler_policy policy)
{
    return place_find(&bed->cluster, request, scores_policy(policy), NULL);
}

Test(scores, plain_policies_take_the_fullest_the_emptiest_and_the_first)
{
    struct cluster_bed bed;
    cluster_bed_open(&bed, 1);
    add_node(&bed, 0, 0, 8, 32);
    add_node(&bed, 1, 0, 12, 48);
    add_node(&bed, 2, 0, 2, 8);
    add_node(&bed, 3, 0, 15, 60);
    const struct place_request request = request_of(2, 8, 0, 0);
    cr_expect(eq(u32, found(&bed, &request, SCHEDULER_BEST_FIT), 1));
    cr_expect(eq(u32, found(&bed, &request, SCHEDULER_WORST_FIT), 2));
    cr_expect(eq(u32, found(&bed, &request, SCHEDULER_FIRST_FIT), 0));
    cluster_bed_close(&bed);
}

Test(scores, a_node_with_gpus_is_full_when_those_are_used)
{
    struct cluster_bed bed;
    cluster_bed_open(&bed, 1);
    add_node(&bed, 0, 2, 8, 60); /* memory is nearly gone, its GPUs are free */
    use_gpu(add_node(&bed, 1, 2, 8, 0), 0, 1000);
    const struct place_request request = request_of(1, 1, 0, 300);
    cr_expect(eq(u32, found(&bed, &request, SCHEDULER_BEST_FIT), 1));
    cr_expect(eq(u32, found(&bed, &request, SCHEDULER_WORST_FIT), 0));
    add_node(&bed, 2, 0, 8, 32); /* half free as node 1 is; less than node 0 */
    const struct place_request without = request_of(1, 4, 0, 0);
    cr_expect(eq(u32, found(&bed, &without, SCHEDULER_WORST_FIT), 0));
    cluster_bed_close(&bed);
}

Test(scores, random_draws_all_that_fit_equally)
{
    struct cluster_bed bed;
    uint32_t counts[4] = { 0 };
    struct rng rng;
    cluster_bed_open(&bed, 1);
    rng_init(&rng, 1, 0, "draws");
    add_node(&bed, 0, 0, 1, 1);
    add_node(&bed, 1, 0, 16, 1);
    add_node(&bed, 2, 0, 9, 9);
    add_node(&bed, 3, 0, 0, 0);
    const struct place_request request = request_of(1, 1, 0, 0);
    const struct scores_policy *policy = scores_policy(SCHEDULER_RANDOM);
    cr_assert(policy->draws);
    for (uint32_t i = 0; i < 3000; i++) {
        counts[place_find(&bed.cluster, &request, policy, &rng)]++;
    }
    cr_expect(eq(u32, counts[1], 0));
    for (uint32_t i = 0; i < 4; i++) {
        cr_expect(i == 1 || (counts[i] > 900 && counts[i] < 1100), "node %u: %u", i, counts[i]);
    }
    cluster_bed_close(&bed);
}

Test(scores, dot_product_keeps_off_the_room_that_the_task_is_large_in)
{
    struct cluster_bed bed;
    cluster_bed_open(&bed, 1);
    add_node(&bed, 0, 0, 0, 32); /* all CPUs, half the memory */
    add_node(&bed, 1, 0, 8, 0);  /* half the CPUs, all memory */
    const struct place_request cpus = request_of(8, 1, 0, 0);
    const struct place_request memory = request_of(1, 32, 0, 0);
    cr_expect(eq(u32, found(&bed, &cpus, SCHEDULER_DOT_PRODUCT), 1));
    cr_expect(eq(u32, found(&bed, &memory, SCHEDULER_DOT_PRODUCT), 0));
    cluster_bed_close(&bed);
}

Test(scores, dot_product_is_cut_to_percents_of_the_largest_node)
{
    struct cluster_bed bed;
    cluster_bed_open(&bed, 1);
    struct cluster_node *node = add_node(&bed, 0, 4, 4, 0);
    struct cluster_node *largest = add_node(&bed, 1, 8, 0, 0);
    largest->spec.cpu_milli = 128000;
    cluster_node_refresh(largest);
    use_gpu(node, 0, 500);
    const struct place_request request = request_of(8, 1, 2, 0);
    const double dot = (12.0 / 128 * 8 / 128 + 3500.0 / 8000 * 2000 / 8000) / 2;
    cr_expect(eq(u64, scores_dot_product(vec_at(&bed.cluster.free, 0), node, &request),
                 100 - (uint64_t)(100 * (1 - dot))));
    cluster_bed_close(&bed);
}

Test(scores, hybrid_prefers_the_node_on_which_nothing_is_stranded)
{
    struct cluster_bed bed;
    cluster_bed_open(&bed, 1);
    add_node(&bed, 0, 0, 15, 32); /* fuller, but half its memory would be left without a CPU */
    add_node(&bed, 1, 0, 8, 33);
    const struct place_request request = request_of(1, 1, 0, 0);
    cr_expect(eq(u32, found(&bed, &request, SCHEDULER_BEST_FIT), 0));
    cr_expect(eq(u32, found(&bed, &request, SCHEDULER_HYBRID), 1));
    cluster_bed_close(&bed);
}

Test(scores, a_share_goes_to_the_gpu_that_the_policy_says)
{
    static const uint16_t masks[SCHEDULER_POLICY_COUNT] = {
        [SCHEDULER_BEST_FIT] = 1 << 2,    [SCHEDULER_WORST_FIT] = 1 << 3,
        [SCHEDULER_FIRST_FIT] = 1 << 1,   [SCHEDULER_DOT_PRODUCT] = 1 << 2,
        [SCHEDULER_HYBRID] = 1 << 2,      [SCHEDULER_FGD] = 1 << 1,
    };
    struct fgd fgd = { 0 }; /* nothing is typical: all with room are equal, and the first has it */
    struct cluster_bed bed;
    struct rng rng;
    uint16_t drawn = 0;
    cluster_bed_open(&bed, 1);
    rng_init(&rng, 1, 0, "draws");
    struct cluster_node *node = add_node(&bed, 0, 4, 0, 0);
    use_gpu(node, 0, 900);
    use_gpu(node, 1, 300);
    use_gpu(node, 2, 500);
    struct place_request request = request_of(1, 1, 0, 400);
    fgd_set(&fgd, NULL, 0);
    request.fgd = &fgd;
    for (uint32_t i = 0; i < SCHEDULER_POLICY_COUNT; i++) {
        const struct scores_policy *policy = scores_policy((enum scheduler_policy)i);
        cr_expect(masks[i] == 0 || gpus_choose(node, &request, policy, NULL) == masks[i],
                  "%s", scheduler_policy_word((enum scheduler_policy)i));
    }
    for (uint32_t i = 0; i < 100; i++) {
        drawn |= gpus_choose(node, &request, scores_policy(SCHEDULER_RANDOM), &rng);
    }
    cr_expect(eq(u16, drawn, 1 << 1 | 1 << 2 | 1 << 3));
    const struct place_request whole = request_of(1, 1, 1, 0);
    cr_expect(eq(u16, gpus_choose(node, &whole, scores_policy(SCHEDULER_FGD), NULL), 1 << 3));
    struct cluster_node *without = add_node(&bed, 1, 0, 0, 0);
    const struct place_request none = { .fgd = &fgd, .spec = &nothing };
    cr_expect(eq(u64, scores_fgd(vec_at(&bed.cluster.free, 0), node, &none),
                 scores_fgd(vec_at(&bed.cluster.free, 1), without, &none)));
    cluster_bed_close(&bed);
}

/* --- the fragmentation gradient --- */

enum { SHAPES = 12, NODES = 2000 };

static double
naive_useless(const struct scheduler_shape *shapes, double weight_all, int32_t cpu_milli,
              const int32_t *gpus_milli, int32_t gpus)
{
    double total = 0;
    double useless = 0;
    for (int32_t i = 0; i < gpus; i++) {
        total += gpus_milli[i];
    }
    for (uint32_t s = 0; s < SHAPES; s++) {
        const int32_t wanted = shapes[s].gpus > 0 ? 1000 : shapes[s].gpu_milli;
        int32_t lacking = shapes[s].gpus > 0 ? shapes[s].gpus : 1;
        double  too_full = 0;
        for (int32_t i = 0; i < gpus; i++) {
            lacking -= gpus_milli[i] >= wanted ? 1 : 0;
            too_full += gpus_milli[i] >= wanted ? 0 : gpus_milli[i];
        }
        const bool runs = wanted > 0 && lacking <= 0 && cpu_milli >= shapes[s].cpu_milli;
        useless += shapes[s].weight / weight_all * (runs ? too_full : total);
    }
    return useless;
}

static void
random_shapes(struct rng *rng, struct scheduler_shape shapes[SHAPES], double *ret_weight)
{
    *ret_weight = 0;
    for (uint32_t i = 0; i < SHAPES; i++) {
        const uint32_t kind = rng_below(rng, 3);
        shapes[i] = (struct scheduler_shape){
            .cpu_milli = (int32_t)rng_below(rng, 16000),
            .gpus = kind == 1 ? 1 + (int32_t)rng_below(rng, 4) : 0,
            .gpu_milli = kind == 2 ? 1 + (int32_t)rng_below(rng, 999) : 0,
            .weight = 1 + rng_below(rng, 4000),
        };
        *ret_weight += shapes[i].weight;
    }
}

/* What a plain calculation says a share is worth at best; never near a step, or -1. */
static int
naive_worth(const struct scheduler_shape *shapes, double weight, const struct cluster_node *node,
            const struct place_request *request)
{
    int32_t gpus_milli[NODE_GPUS_MAX];
    const int32_t cpu_milli = node->spec.cpu_milli - node->cpu_milli_used;
    int best = -1;
    for (int32_t i = 0; i < node->spec.gpus; i++) {
        gpus_milli[i] = gpus_free_milli(node, i);
    }
    const double before = naive_useless(shapes, weight, cpu_milli, gpus_milli, node->spec.gpus);
    for (int32_t i = 0; i < node->spec.gpus; i++) {
        if (gpus_milli[i] < request->gpu_milli) {
            continue;
        }
        gpus_milli[i] -= request->gpu_milli;
        const double gain = before - naive_useless(shapes, weight, cpu_milli - request->cpu_milli,
                                                   gpus_milli, node->spec.gpus);
        const double worth = 100 / (1 + exp(-gain / 1000));
        if (fabs(worth - round(worth)) < 1e-9) {
            return -1;
        }
        best = (int)worth > best ? (int)worth : best;
        gpus_milli[i] += request->gpu_milli;
    }
    return best;
}

Test(scores, fgd_is_the_sigmoid_of_what_becomes_useless)
{
    struct cluster_bed bed;
    struct rng rng;
    static struct fgd_state states[FGD_STATES];
    struct fgd fgd = { .states = states };
    struct scheduler_shape shapes[SHAPES];
    double weight = 0;
    uint32_t compared = 0;
    cluster_bed_open(&bed, 1);
    rng_init(&rng, 7, 0, "nodes");
    for (uint32_t i = 0; i < NODES; i++) {
        if (i % 20 == 0) {
            random_shapes(&rng, shapes, &weight);
            fgd_set(&fgd, shapes, SHAPES);
        }
        struct cluster_node *node = add_node(&bed, i, 1 + (int32_t)rng_below(&rng, 8),
                                             (int32_t)rng_below(&rng, 12), 0);
        for (int32_t gpu = 0; gpu < node->spec.gpus; gpu++) {
            use_gpu(node, gpu, (int16_t)(rng_below(&rng, 3) == 0 ? 0 : rng_below(&rng, 1001)));
        }
        struct place_request request = request_of(1, 1, 0, 1 + (int32_t)rng_below(&rng, 999));
        request.fgd = &fgd;
        const int worth = naive_worth(shapes, weight, node, &request);
        if (worth >= 0) {
            compared++;
            cr_assert(eq(u64, scores_fgd(vec_at(&bed.cluster.free, i), node, &request),
                         100 - (uint64_t)worth), "node %u", i);
            request.cpu_milli = 0; /* the same state, asked again by another task */
            const uint64_t kept = scores_fgd(vec_at(&bed.cluster.free, i), node, &request);
            fgd.states = NULL;
            cr_assert(eq(u64, scores_fgd(vec_at(&bed.cluster.free, i), node, &request), kept));
            fgd.states = states;
        }
    }
    cr_assert(gt(u32, compared, NODES / 2));
    cluster_bed_close(&bed);
}

Test(scores, fgd_leaves_whole_gpus_for_shapes_that_need_them)
{
    static const struct scheduler_shape shapes[] = { { .gpus = 1, .weight = 9 },
                                                     { .gpu_milli = 500, .weight = 1 } };
    struct cluster_bed bed;
    struct fgd fgd = { 0 };
    cluster_bed_open(&bed, 1);
    fgd_set(&fgd, shapes, COUNT_OF(shapes));
    add_node(&bed, 0, 2, 0, 0);
    struct cluster_node *shared = add_node(&bed, 1, 2, 0, 0);
    use_gpu(shared, 1, 500);
    struct place_request request = request_of(1, 1, 0, 500);
    request.fgd = &fgd;
    cr_expect(eq(u32, found(&bed, &request, SCHEDULER_FGD), 1));
    cr_expect(eq(u16, gpus_choose(shared, &request, scores_policy(SCHEDULER_FGD), NULL), 1 << 1));
    cluster_bed_close(&bed);
}

Test(scores, typical_shapes_are_the_fewest_that_cover_most_tasks)
{
    struct scheduler_shape chosen[SCHEDULER_SHAPES_MAX];
    struct typical typical;
    typical_init(&typical);
    for (uint32_t i = 0; i < 100; i++) { /* 60 of the first, 30 of the second, 5, 4 and 1 */
        const int32_t cpu_milli = i < 60 ? 1000 : i < 90 ? 2000 : i < 95 ? 3000 : i < 99 ? 4000 : 1;
        typical_add(&typical, &(struct scheduler_shape){ .cpu_milli = cpu_milli, .weight = 1 });
    }
    cr_assert(eq(u32, typical_choose(&typical, chosen), 3));
    cr_expect(eq(i32, chosen[0].cpu_milli, 1000));
    cr_expect(eq(u32, chosen[0].weight, 60));
    cr_expect(eq(i32, chosen[2].cpu_milli, 3000));
    typical_fini(&typical);
}

/*
 * tests/unit/scheduler/test_place.c
 *
 * Goal:   a task gets the best node there is, and ties go where the configuration says.
 * Method: random clusters against a loop that knows nothing of the code under test but the meaning
 *         of a score; ties counted over many draws.
 */
#include "platform/scheduler/place.h"

#include "tests/unit/model/cluster_bed.h"

enum { NODES = 40, ROUNDS = 300 };

/* Share of cpu and of memory that stays free, in units that are exact for nodes of 2^n. */
static uint64_t
naive_left(const struct cluster_node *node, const struct place_request *request)
{
    const int64_t cpu = node->spec.cpu_milli - node->cpu_milli_used - request->cpu_milli;
    const int64_t mem = node->spec.mem_bytes - node->mem_bytes_used - request->mem_bytes;
    return (uint64_t)(cpu * (INT64_C(1) << 32) / node->spec.cpu_milli) +
           (uint64_t)((mem / MIB(1)) * (INT64_C(1) << 32) / (node->spec.mem_bytes / MIB(1)));
}

static bool
naive_fits(const struct cluster_node *node, const struct place_request *request)
{
    return node->spec.cpu_milli - node->cpu_milli_used >= request->cpu_milli &&
           node->spec.mem_bytes - node->mem_bytes_used >= request->mem_bytes;
}

static uint32_t
naive_find(struct cluster *cluster, const struct place_request *request, bool spreads)
{
    uint32_t best = PLACE_NONE;
    uint64_t best_left = 0;
    for (uint32_t i = 0; i < NODES; i++) {
        const struct cluster_node *node = cluster_node_find(cluster, i);
        if (!naive_fits(node, request)) {
            continue;
        }
        const uint64_t left = naive_left(node, request);
        if (best == PLACE_NONE || (spreads ? left > best_left : left < best_left)) {
            best = i;
            best_left = left;
        }
    }
    return best;
}

static void
compare_with_naive(enum scheduler_policy policy, bool spreads, uint64_t seed)
{
    struct cluster_bed bed;
    struct rng rng;
    cluster_bed_open(&bed, seed);
    rng_init(&rng, seed, 0, "place");
    for (uint32_t i = 0; i < NODES; i++) {
        struct cluster_node *node = cluster_bed_node(
            &bed, i, 4096 << rng_below(&rng, 3), MIB(8192) << rng_below(&rng, 3), 31000, 32000);
        node->cpu_milli_used = (int32_t)rng_below(&rng, 17) * 256;
        node->mem_bytes_used = MIB(512) * rng_below(&rng, 17);
        cluster_node_refresh(node);
    }
    const struct app_spec spec = { .id = "/web" };
    for (uint32_t round = 0; round < ROUNDS; round++) {
        const struct place_request request = { .cpu_milli = (int32_t)rng_below(&rng, 16) * 256,
                                               .mem_bytes = MIB(512) * rng_below(&rng, 40),
                                               .role_mask = UINT32_MAX,
                                               .spec = &spec };
        cr_assert(eq(u32, place_find(&bed.cluster, &request, scores_policy(policy), NULL),
                     naive_find(&bed.cluster, &request, spreads)),
                  "seed %llu round %u", (unsigned long long)seed, round);
    }
    cluster_bed_close(&bed);
}

Test(place, best_fit_and_worst_fit_equal_a_naive_loop)
{
    for (uint64_t seed = 1; seed <= 5; seed++) {
        compare_with_naive(SCHEDULER_BEST_FIT, false, seed);
        compare_with_naive(SCHEDULER_WORST_FIT, true, seed);
    }
}

Test(place, ties_go_to_the_lowest_id_or_to_each_equally)
{
    struct cluster_bed bed;
    struct rng rng;
    uint32_t counts[4] = { 0 };
    cluster_bed_open(&bed, 1);
    rng_init(&rng, 1, 0, "ties");
    for (uint32_t i = 0; i < 4; i++) {
        cluster_bed_node(&bed, i, 1000 * (i == 0 ? 2 : 1), MIB(1024), 31000, 32000);
    }
    const struct app_spec spec = { .id = "/web" };
    const struct place_request request = {
        .cpu_milli = 100, .mem_bytes = MIB(1), .role_mask = UINT32_MAX, .spec = &spec
    };
    const struct scores_policy *policy = scores_policy(SCHEDULER_BEST_FIT);
    cr_assert(eq(u32, place_find(&bed.cluster, &request, policy, NULL), 1));
    for (uint32_t i = 0; i < 3000; i++) {
        counts[place_find(&bed.cluster, &request, policy, &rng)]++;
    }
    cr_assert(eq(u32, counts[0], 0), "it is no tie");
    for (uint32_t i = 1; i < 4; i++) {
        cr_assert(gt(u32, counts[i], 900));
        cr_assert(lt(u32, counts[i], 1100));
    }
    cluster_bed_close(&bed);
}

Test(place, a_node_without_the_fixed_port_is_passed_over)
{
    struct cluster_bed bed;
    cluster_bed_open(&bed, 1);
    struct cluster_node *first = cluster_bed_node(&bed, 0, 1000, MIB(1024), 31000, 31009);
    cluster_bed_node(&bed, 1, 4000, MIB(4096), 31000, 31009);
    struct cluster_app *app = cluster_bed_app(
        &bed, "/web",
        "{\"id\":\"/web\",\"cmd\":\"x\",\"cpus\":0.1,\"mem\":32,\"requirePorts\":true,"
        "\"portDefinitions\":[{\"port\":31005}]}");
    const struct place_request request = place_request_of(app->version);
    const struct scores_policy *policy = scores_policy(SCHEDULER_BEST_FIT);
    cr_assert(eq(u32, place_find(&bed.cluster, &request, policy, NULL), 0));
    *(uint16_t *)vec_push(&first->ports_used) = 31005;
    cluster_node_refresh(first);
    cr_assert(eq(u32, place_find(&bed.cluster, &request, policy, NULL), 1));
    cluster_bed_close(&bed);
}

/*
 * tests/unit/scheduler/test_rebalance_choose.c
 *
 * Goal:   who moves is in a largest group and has a node in one with at least two fewer; every move
 *         makes the app more even, none makes another GROUP_BY less even, and there is a last one.
 * Method: small clusters by hand; then random ones, in which what was chosen is carried out as the
 *         scheduler does it until nothing is chosen any more.
 */
#include "platform/scheduler/rebalance.h"

#include "platform/base/rng.h"
#include "platform/model/attribute.h"
#include "platform/model/cluster_move.h"
#include "tests/unit/scheduler/constraints_bed.h"

static struct constraints_bed bed;
static struct rebalance_choice choice;

static void
begin(void)
{
    constraints_bed_open(&bed);
}

static void
end(void)
{
    constraints_bed_close(&bed);
}

TestSuite(rebalance_choose, .init = begin, .fini = end);

static enum rebalance_found
choose(struct cluster_app *app)
{
    rebalance_choose(&bed.filters, app, &choice);
    return choice.found;
}

Test(rebalance_choose, takes_the_youngest_of_a_largest_group)
{
    struct cluster_app *app = constraints_bed_app(&bed, 4, "[\"@zone\",\"GROUP_BY\"]");
    (void)put(&bed, app, 0);
    struct cluster_task *youngest = put(&bed, app, 3);
    (void)put(&bed, app, 1);
    (void)put(&bed, app, 2);
    cr_assert_eq(choose(app), REBALANCE_EVEN, "2, 1 and 1 are even");
    app->record.instances = 5;
    youngest = put(&bed, app, 0);
    cr_assert_eq(choose(app), REBALANCE_TAKES);
    cr_assert(choice.task == youngest);
    cr_assert_str_eq(choice.text, "@zone is uneven, 3 in a and 1 in b, where private-2 takes one");
}

Test(rebalance_choose, takes_the_oldest_where_the_app_says_so)
{
    struct cluster_app *app =
        cluster_bed_app(&bed.bed, "/web",
                        "{\"id\":\"/web\",\"cmd\":\"x\",\"cpus\":0.1,\"mem\":32,\"instances\":3,"
                        "\"killSelection\":\"OLDEST_FIRST\","
                        "\"constraints\":[[\"@zone\",\"GROUP_BY\"]]}");
    (void)put(&bed, app, 1);
    struct cluster_task *oldest = put(&bed, app, 0);
    (void)put(&bed, app, 3);
    cr_assert_eq(choose(app), REBALANCE_TAKES);
    cr_assert(choice.task == oldest);
}

Test(rebalance_choose, counts_no_group_whose_nodes_do_not_take_tasks)
{
    struct cluster_app *app = constraints_bed_app(&bed, 4, "[\"@zone\",\"GROUP_BY\"]");
    for (uint32_t i = 0; i < 4; i++) {
        (void)put(&bed, app, i % 2); /* a and b */
    }
    cr_assert_eq(choose(app), REBALANCE_TAKES, "2, 2 and 0");
    cluster_node_state(cluster_node_find(&bed.bed.cluster, 2), NODE_UNREACHABLE, "");
    cluster_node_find(&bed.bed.cluster, 5)->draining = true;
    cr_assert_eq(choose(app), REBALANCE_EVEN);
}

Test(rebalance_choose, says_what_is_short_where_no_node_takes_it)
{
    struct cluster_app *app = constraints_bed_app(&bed, 4, "[\"@zone\",\"GROUP_BY\"]");
    for (uint32_t i = 0; i < 4; i++) {
        (void)put(&bed, app, i % 2);
    }
    for (uint32_t i = 2; i < BED_NODES; i += 3) {
        struct cluster_node *node = cluster_node_find(&bed.bed.cluster, i);
        node->spec.cpu_milli = 50;
        cluster_node_refresh(node);
    }
    cr_assert_eq(choose(app), REBALANCE_FULL);
    cr_assert_str_eq(choice.text,
                     "@zone is uneven, 2 in b and 0 in c, where there is no room: 6 nodes: 4 "
                     "UnfulfilledConstraint (@zone GROUP_BY), 2 InsufficientCpus; nearest: "
                     "private-3, 0.05 cpus short");
}

Test(rebalance_choose, keeps_to_the_number_of_groups_and_the_other_constraints)
{
    struct cluster_app *app = constraints_bed_app(
        &bed, 4, "[\"@zone\",\"GROUP_BY\"],[\"@zone\",\"UNLIKE\",\"c\"]");
    for (uint32_t i = 0; i < 4; i++) {
        (void)put(&bed, app, i % 2);
    }
    cr_assert_eq(choose(app), REBALANCE_EVEN, "zone c is not for it");
}

Test(rebalance_choose, decides_nothing_before_all_nodes_are_known)
{
    struct cluster_app *app = constraints_bed_app(&bed, 4, "[\"rack\",\"GROUP_BY\"]");
    for (uint32_t i = 0; i < BED_NODES; i++) {
        struct cluster_node *node = cluster_node_find(&bed.bed.cluster, i);
        node->spec.attributes = cluster_bed_text(&bed.bed, "rack:r%u", i);
    }
    (void)put(&bed, app, 0);
    (void)put(&bed, app, 0);
    cr_assert_eq(choose(app), REBALANCE_TAKES);
    struct cluster_node *node = cluster_node_find(&bed.bed.cluster, 1);
    node->spec.attributes = "";
    cluster_node_state(node, NODE_AWAITED, "");
    (void)put(&bed, app, 1);
    cr_assert_eq(choose(app), REBALANCE_EVEN);
}

/* --- random clusters --- */

static const char *const fields[] = { "@zone", "hostname" };

/* The squares of the groups of a field, added up: less is more even. */
static uint32_t
squares(const struct cluster_app *app, const char *field)
{
    char texts[BED_NODES][NODE_ATTRIBUTES_BYTES];
    uint32_t counts[BED_NODES] = { 0 };
    uint32_t sum = 0;
    for (uint32_t i = 0; i < BED_NODES; i++) {
        const struct cluster_node *node = cluster_node_find(app->cluster, i);
        (void)snprintf(texts[i], sizeof texts[i], "%s",
                       attribute_field(&node->spec, field, texts[i]));
    }
    for (const struct cluster_task *task = app->tasks_first; task != NULL; task = task->app_next) {
        uint32_t first = 0;
        while (strcmp(texts[first], texts[task->record.node - 1]) != 0) {
            first++;
        }
        counts[first]++;
    }
    for (uint32_t i = 0; i < BED_NODES; i++) {
        sum += counts[i] * counts[i];
    }
    return sum;
}

/* As the master does: the mover is marked, another one is placed, the mover goes. */
static void
move(struct cluster_app *app)
{
    cluster_task_move(choice.task, choice.constraint);
    struct cluster_task *other = cluster_bed_task(app, NULL, TASK_PENDING);
    struct place_request request = place_request_of(app->version);
    request.filters = filters_begin(&bed.filters, other);
    const uint32_t index = place_find(&bed.bed.cluster, &request, scores_policy(SCHEDULER_BEST_FIT),
                                      NULL);
    cr_assert_neq(index, PLACE_NONE, "what was chosen can be placed");
    book(other, cluster_node_find(&bed.bed.cluster, index));
    cluster_task_state(choice.task, TASK_KILLED, "");
    cluster_task_forget(choice.task);
    cr_assert_null(app->mover);
}

static void
expect_even_in_the_end(struct cluster_app *app)
{
    for (uint32_t moves = 0; choose(app) == REBALANCE_TAKES; moves++) {
        const uint32_t of = choice.constraint;
        const uint32_t before = squares(app, fields[of]);
        const uint32_t other_before = squares(app, fields[1 - of]);
        cr_assert_lt(moves, 100);
        move(app);
        cr_assert_lt(squares(app, fields[of]), before);
        cr_assert(app->version->spec->constraints_count == 1 ||
                  squares(app, fields[1 - of]) <= other_before);
    }
}

Test(rebalance_choose, comes_to_an_end_and_is_even_then)
{
    struct rng rng;
    for (uint64_t seed = 1; seed <= 300; seed++) {
        static const char *const constraints[] = {
            "[\"@zone\",\"GROUP_BY\"]", "[\"@zone\",\"GROUP_BY\",\"3\"]",
            "[\"@zone\",\"GROUP_BY\"],[\"hostname\",\"GROUP_BY\"]",
            "[\"@zone\",\"GROUP_BY\",\"3\"],[\"hostname\",\"GROUP_BY\",\"6\"]",
        };
        rng_init(&rng, seed, 0, "rebalance");
        constraints_bed_close(&bed);
        constraints_bed_open(&bed);
        const uint32_t kind = rng_below(&rng, 4);
        const uint32_t instances = 2 + rng_below(&rng, 20);
        struct cluster_app *app = constraints_bed_app(&bed, instances, constraints[kind]);
        const uint32_t nodes = 1 + rng_below(&rng, BED_NODES);
        for (uint32_t i = 0; i < instances; i++) {
            (void)put(&bed, app, rng_below(&rng, nodes));
        }
        expect_even_in_the_end(app);
        const uint32_t rest = instances % 3;
        const uint32_t each = instances / 3;
        /* of two, each may allow only nodes that the other does not */
        cr_assert(kind > 1 || squares(app, "@zone") == rest * (each + 1) * (each + 1) +
                                                           (3 - rest) * each * each,
                  "seed %llu", (unsigned long long)seed);
    }
}

/*
 * tests/unit/scheduler/test_constraints_naive.c
 *
 * Goal:   counting what is placed as one goes allows the same nodes as looking at everything again.
 * Method: random constraints, clusters and instances, also ones that break their constraints,
 *         against definitions that look at every task again for every node.
 */
#include "tests/unit/scheduler/constraints_bed.h"

static const char *
naive_value(const struct cluster_node *node, const char *field)
{
    return strcmp(field, "hostname") == 0 ? node->spec.hostname : node->spec.zone;
}

static uint32_t
naive_there(struct cluster_app *app, const char *field, const char *value)
{
    uint32_t there = 0;
    for (struct cluster_task *task = app->tasks_first; task != NULL; task = task->app_next) {
        struct cluster_node *node =
            task->record.node > 0 ? cluster_node_find(app->cluster, task->record.node - 1) : NULL;
        there += node != NULL && (value == NULL || strcmp(naive_value(node, field), value) == 0);
    }
    return there;
}

static bool
naive_group_by(struct cluster_app *app, const char *field, const char *value, uint32_t groups)
{
    struct cluster *cluster = app->cluster;
    const uint32_t here = naive_there(app, field, value);
    const uint32_t all = naive_there(app, field, NULL);
    const uint32_t total = app->record.instances > all ? app->record.instances : all + 1;
    uint32_t least = UINT32_MAX;
    uint32_t above = 0;
    for (uint32_t i = 0; i < cluster->nodes.count; i++) {
        const char *other = naive_value(cluster_node_find(cluster, i), field);
        const uint32_t there = naive_there(app, field, other);
        bool seen = false;
        for (uint32_t k = 0; k < i; k++) {
            seen |= strcmp(naive_value(cluster_node_find(cluster, k), field), other) == 0;
        }
        least = there > 0 && there < least ? there : least;
        above += groups > 0 && !seen && there > total / groups;
    }
    if (groups == 0) {
        return here == 0 || here == least;
    }
    return here < total / groups || (here == total / groups && above < total % groups);
}

static bool
naive_allows(struct cluster_app *app, const struct cluster_node *node)
{
    for (uint32_t i = 0; i < app->version->spec->constraints_count; i++) {
        const struct app_constraint *constraint = &app->version->spec->constraints[i];
        const char *value = naive_value(node, constraint->field);
        const uint32_t here = naive_there(app, constraint->field, value);
        const uint32_t all = naive_there(app, constraint->field, NULL);
        const uint32_t number = (uint32_t)(constraint->value[0] != '\0' ? constraint->value[0] - '0'
                                                                        : 0);
        if ((constraint->op == APP_UNIQUE && here > 0) ||
            (constraint->op == APP_CLUSTER && here != all) ||
            (constraint->op == APP_MAX_PER && here >= number) ||
            (constraint->op == APP_GROUP_BY &&
             !naive_group_by(app, constraint->field, value, number))) {
            return false;
        }
    }
    return true;
}

static void
random_constraints(struct rng *rng, char text[200])
{
    static const char *const tails[] = { "UNIQUE\"", "CLUSTER\"", "GROUP_BY\"",
                                         "GROUP_BY\",\"2\"", "GROUP_BY\",\"3\"", "GROUP_BY\",\"7\"",
                                         "MAX_PER\",\"2\"", "MAX_PER\",\"4\"" };
    const uint32_t count = 1 + (uint32_t)rng_below(rng, 2);
    int len = 0;
    for (uint32_t i = 0; i < count; i++) {
        len += snprintf(text + len, 200 - (size_t)len, "%s[\"%s\",\"%s]", i > 0 ? "," : "",
                        rng_below(rng, 2) == 0 ? "hostname" : "@zone", tails[rng_below(rng, 8)]);
    }
}

static void
compare_with_naive(uint64_t seed)
{
    struct constraints_bed bed;
    struct rng rng;
    char constraints[200];
    bed = (struct constraints_bed){ 0 };
    cluster_bed_open(&bed.bed, seed);
    rng_init(&rng, seed, 0, "constraints");
    for (uint32_t i = 0; i < 8; i++) {
        const char zone[2] = { (char)('a' + rng_below(&rng, 4)), '\0' };
        constraints_bed_node(&bed, i, zone);
    }
    random_constraints(&rng, constraints);
    struct cluster_app *app = constraints_bed_app(&bed, (uint32_t)rng_below(&rng, 14), constraints);
    struct cluster_task *probe = cluster_bed_task(app, NULL, TASK_PENDING);
    struct filters *filters = filters_begin(&bed.filters, probe);
    for (uint32_t round = 0; round < 30; round++) {
        for (uint32_t i = 0; i < 8; i++) {
            const struct cluster_node *node = cluster_node_find(&bed.bed.cluster, i);
            cr_assert(filters_allow(filters, node) == naive_allows(app, node),
                      "seed %llu round %u node %u of %s", (unsigned long long)seed, round, i,
                      constraints);
        }
        const uint32_t index = (uint32_t)rng_below(&rng, 8);
        struct cluster_node *node = cluster_node_find(&bed.bed.cluster, index);
        if (app->tasks_last != probe && rng_below(&rng, 4) == 0) {
            cluster_task_forget(app->tasks_last);
            filters = filters_begin(&bed.filters, probe);
        } else if (naive_allows(app, node) || rng_below(&rng, 8) == 0) {
            put(&bed, app, index);
            filters_placed(filters, node);
        }
    }
    constraints_bed_close(&bed);
}

Test(constraints, counting_as_one_goes_equals_looking_at_everything_again)
{
    for (uint64_t seed = 1; seed <= 400; seed++) {
        compare_with_naive(seed);
    }
}

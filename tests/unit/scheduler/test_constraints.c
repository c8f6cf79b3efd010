/*
 * tests/unit/scheduler/test_constraints.c
 *
 * Goal:   each constraint allows exactly the nodes that Marathon's would, and who must wait is told
 *         which one it is.
 * Method: stories on a cluster of three zones with best fit, which heaps everything upon one node
 *         unless a constraint forbids it; then random constraints, clusters and instances against
 *         definitions that look at every task again for every node.
 */
#include <stdio.h>

#include "platform/scheduler/filters/filters.h"
#include "platform/scheduler/place.h"
#include "tests/unit/model/cluster_bed.h"

enum { BED_NODES = 6 };

struct constraints_bed {
    struct cluster_bed bed;
    struct filters     filters;
};

static struct cluster_node *
bed_node(struct constraints_bed *bed, uint32_t index, const char *zone)
{
    struct cluster_node *node =
        cluster_bed_node(&bed->bed, index, 8000, MIB(8192), 31000, 32000);
    (void)snprintf(node->spec.hostname, NODE_NAME_BYTES, "private-%u", index + 1);
    (void)snprintf(node->spec.zone, NODE_NAME_BYTES, "%s", zone);
    return node;
}

/* Nodes private-1..private-6 in zones a, b, c, a, b, c. */
static void
bed_open(struct constraints_bed *bed)
{
    static const char *const zones[] = { "a", "b", "c" };
    *bed = (struct constraints_bed){ 0 };
    cluster_bed_open(&bed->bed, 1);
    for (uint32_t i = 0; i < BED_NODES; i++) {
        bed_node(bed, i, zones[i % 3]);
    }
}

static void
bed_close(struct constraints_bed *bed)
{
    filters_fini(&bed->filters);
    cluster_bed_close(&bed->bed);
}

static const char *
app_text(char text[400], uint32_t instances, const char *constraints)
{
    (void)snprintf(text, 400,
                   "{\"id\":\"/web\",\"cmd\":\"x\",\"cpus\":0.1,\"mem\":32,\"instances\":%u,"
                   "\"constraints\":[%s]}",
                   instances, constraints);
    return text;
}

static struct cluster_app *
bed_app(struct constraints_bed *bed, uint32_t instances, const char *constraints)
{
    char text[400];
    return cluster_bed_app(&bed->bed, "/web", app_text(text, instances, constraints));
}

static void
book(struct cluster_task *task, struct cluster_node *node)
{
    cluster_task_book(task, node);
    cluster_task_state(task, TASK_RUNNING, "");
}

/* One more instance of the app on a node, whatever its constraints say. */
static struct cluster_task *
put(struct constraints_bed *bed, struct cluster_app *app, uint32_t index)
{
    struct cluster_task *task = cluster_bed_task(app, NULL, TASK_PENDING);
    book(task, cluster_node_find(&bed->bed.cluster, index));
    return task;
}

/* Places up to count more instances of the app; how many found a node. */
static uint32_t
place(struct constraints_bed *bed, struct cluster_app *app, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        struct cluster_task *task = cluster_bed_task(app, NULL, TASK_PENDING);
        struct place_request request = place_request_of(task->version);
        request.filters = filters_begin(&bed->filters, task);
        const uint32_t index =
            place_find(&bed->bed.cluster, &request, place_score_best_fit, NULL);
        if (index == PLACE_NONE) {
            cluster_task_forget(task);
            return i;
        }
        book(task, cluster_node_find(&bed->bed.cluster, index));
    }
    return count;
}

/* Tasks on each node: "2 0 0 1 0 0". */
static const char *
placed(struct constraints_bed *bed, char text[100])
{
    int len = 0;
    for (uint32_t i = 0; i < bed->bed.cluster.nodes.count; i++) {
        len += snprintf(text + len, 100 - (size_t)len, "%s%u", i > 0 ? " " : "",
                        cluster_node_find(&bed->bed.cluster, i)->tasks_count);
    }
    return text;
}

/* Which nodes take one more: "yes no ..." as 1 and 0. */
static const char *
allowed(struct constraints_bed *bed, struct cluster_app *app, char text[100])
{
    struct cluster_task *task = cluster_bed_task(app, NULL, TASK_PENDING);
    const struct filters *filters = filters_begin(&bed->filters, task);
    uint32_t i = 0;
    for (; i < bed->bed.cluster.nodes.count; i++) {
        const struct cluster_node *node = cluster_node_find(&bed->bed.cluster, i);
        text[i] = filters == NULL || filters_allow(filters, node) ? '1' : '0';
    }
    text[i] = '\0';
    cluster_task_forget(task);
    return text;
}

static const char *
why(struct constraints_bed *bed, struct cluster_app *app, char text[200])
{
    struct cluster_task *task = cluster_bed_task(app, NULL, TASK_PENDING);
    struct place_request request = place_request_of(task->version);
    struct place_refusals refusals;
    request.filters = filters_begin(&bed->filters, task);
    place_explain(&bed->bed.cluster, &request, &refusals);
    place_print(&refusals, text, 200);
    cluster_task_forget(task);
    return text;
}

struct story {
    const char *constraints;
    uint32_t    instances;
    uint32_t    find;   /* so many of them find a node */
    const char *placed; /* then */
};

Test(constraints, each_operator_places_as_it_says)
{
    static const struct story stories[] = {
        { "", 9, 9, "9 0 0 0 0 0" },
        { "[\"hostname\",\"UNIQUE\"]", 9, 6, "1 1 1 1 1 1" },
        { "[\"@zone\",\"UNIQUE\"]", 9, 3, "1 1 1 0 0 0" },
        { "[\"hostname\",\"MAX_PER\",\"2\"]", 5, 5, "2 2 1 0 0 0" },
        { "[\"@zone\",\"MAX_PER\",\"2\"]", 9, 6, "2 2 2 0 0 0" },
        { "[\"@zone\",\"CLUSTER\",\"b\"]", 4, 4, "0 4 0 0 0 0" },
        { "[\"@zone\",\"CLUSTER\",\"z\"]", 4, 0, "0 0 0 0 0 0" },
        { "[\"@hostname\",\"CLUSTER\",\"private-5\"]", 4, 4, "0 0 0 0 4 0" },
        { "[\"@zone\",\"GROUP_BY\",\"3\"]", 7, 7, "3 2 2 0 0 0" },
        { "[\"@zone\",\"GROUP_BY\",\"3\"]", 2, 2, "1 1 0 0 0 0" },
        { "[\"@zone\",\"GROUP_BY\",\"4\"]", 8, 6, "2 2 2 0 0 0" },
        { "[\"@zone\",\"GROUP_BY\",\"2\"]", 6, 6, "3 3 0 0 0 0" },
        { "[\"@zone\",\"GROUP_BY\"]", 5, 5, "5 0 0 0 0 0" },
        { "[\"hostname\",\"LIKE\",\"private-[35]\"]", 3, 3, "0 0 3 0 0 0" },
        { "[\"hostname\",\"LIKE\",\"private\"]", 3, 0, "0 0 0 0 0 0" },
        { "[\"hostname\",\"UNLIKE\",\"private\"]", 1, 1, "1 0 0 0 0 0" },
        { "[\"@zone\",\"UNLIKE\",\"a|b\"]", 3, 3, "0 0 3 0 0 0" },
        { "[\"@zone\",\"IS\",\"c\"]", 3, 3, "0 0 3 0 0 0" },
        { "[\"@zone\",\"IS\",\"C\"]", 3, 0, "0 0 0 0 0 0" },
        { "[\"@zone\",\"IS\",\"b\"],[\"hostname\",\"UNIQUE\"]", 3, 2, "0 1 0 0 1 0" },
        { "[\"@zone\",\"GROUP_BY\",\"3\"],[\"hostname\",\"MAX_PER\",\"1\"]", 7, 6, "1 1 1 1 1 1" },
    };
    for (size_t i = 0; i < sizeof stories / sizeof stories[0]; i++) {
        struct constraints_bed bed;
        char text[100];
        bed_open(&bed);
        struct cluster_app *app = bed_app(&bed, stories[i].instances, stories[i].constraints);
        cr_expect(eq(u32, place(&bed, app, stories[i].instances), stories[i].find), "%s",
                  stories[i].constraints);
        cr_expect_str_eq(placed(&bed, text), stories[i].placed, "%s of %u: %s",
                         stories[i].constraints, stories[i].instances, text);
        bed_close(&bed);
    }
}

Test(constraints, a_node_without_the_field_satisfies_unlike_alone)
{
    static const char *const tails[] = { "\"UNIQUE\"",          "\"CLUSTER\"",
                                         "\"CLUSTER\",\"x\"",   "\"GROUP_BY\"",
                                         "\"GROUP_BY\",\"2\"",  "\"MAX_PER\",\"5\"",
                                         "\"LIKE\",\".*\"",     "\"IS\",\"x\"",
                                         "\"UNLIKE\",\"x\"" };
    static const char *const fields[] = { "rack", "@region", "@rack", "zone" };
    for (size_t i = 0; i < sizeof tails / sizeof tails[0]; i++) {
        for (size_t k = 0; k < sizeof fields / sizeof fields[0]; k++) {
            struct constraints_bed bed;
            char constraint[80];
            char text[100];
            bed_open(&bed);
            (void)snprintf(constraint, sizeof constraint, "[\"%s\",%s]", fields[k], tails[i]);
            cr_expect_str_eq(allowed(&bed, bed_app(&bed, 1, constraint), text),
                             i == 8 ? "111111" : "000000", "%s", constraint);
            bed_close(&bed);
        }
    }
}

Test(constraints, region_is_a_field)
{
    struct constraints_bed bed;
    char text[100];
    bed_open(&bed);
    for (uint32_t i = 0; i < BED_NODES; i++) {
        (void)snprintf(cluster_node_find(&bed.bed.cluster, i)->spec.region, NODE_NAME_BYTES, "%s",
                       i < 4 ? "eu" : "us");
    }
    struct cluster_app *app = bed_app(&bed, 1, "[\"@region\",\"IS\",\"us\"]");
    cr_assert_str_eq(allowed(&bed, app, text), "000011");
    bed_close(&bed);
}

Test(constraints, cluster_without_a_value_follows_the_first_and_is_free_when_all_have_gone)
{
    struct constraints_bed bed;
    char text[100];
    bed_open(&bed);
    struct cluster_app *app = bed_app(&bed, 3, "[\"@zone\",\"CLUSTER\"]");
    cr_assert_str_eq(allowed(&bed, app, text), "111111");
    struct cluster_task *first = put(&bed, app, 4);
    cr_assert_str_eq(allowed(&bed, app, text), "010010");
    put(&bed, app, 0); /* from before the constraint: no value holds all of them */
    cr_assert_str_eq(allowed(&bed, app, text), "000000");
    cluster_task_forget(first);
    cr_assert_str_eq(allowed(&bed, app, text), "100100");
    bed_close(&bed);
}

Test(constraints, group_by_without_a_number_welcomes_new_groups_and_fills_the_smallest)
{
    struct constraints_bed bed;
    char text[100];
    bed_open(&bed);
    struct cluster_app *app = bed_app(&bed, 9, "[\"@zone\",\"GROUP_BY\"]");
    put(&bed, app, 0);
    cr_assert_str_eq(allowed(&bed, app, text), "111111", "its only group is the smallest");
    put(&bed, app, 0);
    put(&bed, app, 1);
    cr_assert_str_eq(allowed(&bed, app, text), "011011", "a holds two, b one, c is unheard of");
    put(&bed, app, 2);
    put(&bed, app, 4);
    cr_assert_str_eq(allowed(&bed, app, text), "001001");
    bed_close(&bed);
}

Test(constraints, group_by_allows_the_remainder_once_a_group)
{
    struct constraints_bed bed;
    char text[100];
    bed_open(&bed);
    struct cluster_app *app = bed_app(&bed, 8, "[\"@zone\",\"GROUP_BY\",\"3\"]");
    const uint32_t at[] = { 0, 0, 3, 1, 1 };
    for (uint32_t i = 0; i < 5; i++) {
        put(&bed, app, at[i]);
    }
    cr_assert_str_eq(allowed(&bed, app, text), "011011", "a has its share of two and one more");
    put(&bed, app, 1);
    cr_assert_str_eq(allowed(&bed, app, text), "001001", "both of the remainder are taken");
    put(&bed, app, 2);
    put(&bed, app, 2);
    cr_assert_str_eq(allowed(&bed, app, text), "001001", "a rollout's ninth: three for each");
    app->record.instances = 10;
    cr_assert_str_eq(allowed(&bed, app, text), "111111", "wanted ten: anyone may have a fourth");
    bed_close(&bed);
}

Test(constraints, instances_of_every_version_count_until_they_are_gone_or_inactive)
{
    struct constraints_bed bed;
    char text[100];
    bed_open(&bed);
    struct cluster_app *app = bed_app(&bed, 6, "[\"hostname\",\"UNIQUE\"]");
    struct cluster_app *other = cluster_bed_app(
        &bed.bed, "/other", "{\"id\":\"/other\",\"cmd\":\"x\",\"cpus\":0.1,\"mem\":32}");
    put(&bed, other, 5);
    struct cluster_task *old = put(&bed, app, 0);
    char definition[400];
    cluster_app_want(app, cluster_bed_version(&bed.bed, app,
                                              app_text(definition, 7,
                                                       "[\"hostname\",\"UNIQUE\"]")));
    struct cluster_task *killed = put(&bed, app, 1);
    struct cluster_task *lost = put(&bed, app, 2);
    cr_assert_str_eq(allowed(&bed, app, text), "000111");
    killed->record.stop = STOP_KILLING;
    cluster_task_state(killed, TASK_KILLING, "");
    cluster_task_state(lost, TASK_UNREACHABLE, "");
    cluster_task_recount(lost); /* inactive at once, by default */
    cr_assert_str_eq(allowed(&bed, app, text), "001111", "one being killed still counts");
    cluster_task_forget(old);
    cluster_task_forget(killed);
    cr_assert_str_eq(allowed(&bed, app, text), "111111");
    bed_close(&bed);
}

Test(constraints, what_counts_waits_for_agents_that_a_new_master_has_not_heard_of)
{
    static const struct {
        const char *constraint;
        const char *allowed;
    } cases[] = {
        { "[\"@zone\",\"UNIQUE\"]", "0000000" },         { "[\"@zone\",\"CLUSTER\"]", "0000000" },
        { "[\"@zone\",\"GROUP_BY\"]", "0000000" },       { "[\"@zone\",\"IS\",\"b\"]", "0100100" },
        { "[\"@zone\",\"MAX_PER\",\"3\"]", "0000000" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct constraints_bed bed;
        char text[200];
        bed_open(&bed);
        struct cluster_app *app = bed_app(&bed, 2, cases[i].constraint);
        struct cluster_node *awaited = cluster_node_get(&bed.bed.cluster, BED_NODES);
        cluster_task_book(cluster_bed_task(app, NULL, TASK_RUNNING), awaited);
        cr_expect_str_eq(allowed(&bed, app, text), cases[i].allowed, "%s", cases[i].constraint);
        if (i == 0) {
            cr_expect_str_eq(why(&bed, app, text), "6 nodes: 6 UnfulfilledConstraint (@zone UNIQUE, "
                                                   "until its agents are back)");
        }
        bed_node(&bed, BED_NODES, "d");
        cr_expect_str_neq(allowed(&bed, app, text), "0000000");
        bed_close(&bed);
    }
}

Test(constraints, the_reason_comes_after_the_role_and_names_the_constraint)
{
    struct constraints_bed bed;
    char text[200];
    bed_open(&bed);
    struct cluster_node *first = cluster_node_find(&bed.bed.cluster, 0);
    first->role = cluster_role_bit(&bed.bed.cluster, "slave_public");
    cluster_node_find(&bed.bed.cluster, 1)->cpu_milli_used = 8000;
    cluster_node_find(&bed.bed.cluster, 2)->cpu_milli_used = 8000;
    for (uint32_t i = 0; i < 3; i++) {
        cluster_node_refresh(cluster_node_find(&bed.bed.cluster, i));
    }
    struct cluster_app *app = bed_app(&bed, 1, "[\"hostname\",\"LIKE\",\"private-[12]\"]");
    cr_assert_str_eq(why(&bed, app, text),
                     "6 nodes: 1 UnfulfilledRole, 4 UnfulfilledConstraint (hostname LIKE "
                     "private-[12]), 1 InsufficientCpus");
    char definition[400];
    cluster_app_want(app, cluster_bed_version(
                              &bed.bed, app,
                              app_text(definition, 1,
                                       "[\"@zone\",\"LIKE\",\"a|b\"],"
                                       "[\"@zone\",\"UNLIKE\",\"[ab]\"],[\"rack\",\"UNIQUE\"]")));
    cr_assert_str_eq(why(&bed, app, text),
                     "6 nodes: 1 UnfulfilledRole, 5 UnfulfilledConstraint (2 @zone LIKE a|b, 3 "
                     "@zone UNLIKE [ab])");
    cluster_app_want(app, cluster_bed_version(&bed.bed, app,
                                              app_text(definition, 1, "[\"rack\",\"UNIQUE\"]")));
    cr_assert_str_eq(why(&bed, app, text),
                     "6 nodes: 1 UnfulfilledRole, 5 UnfulfilledConstraint (rack UNIQUE: they have "
                     "no rack)");
    bed_close(&bed);
}

/* --- against definitions that look at everything again --- */

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
    *(&bed) = (struct constraints_bed){ 0 };
    cluster_bed_open(&bed.bed, seed);
    rng_init(&rng, seed, 0, "constraints");
    for (uint32_t i = 0; i < 8; i++) {
        const char zone[2] = { (char)('a' + rng_below(&rng, 4)), '\0' };
        bed_node(&bed, i, zone);
    }
    random_constraints(&rng, constraints);
    struct cluster_app *app = bed_app(&bed, (uint32_t)rng_below(&rng, 14), constraints);
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
    bed_close(&bed);
}

Test(constraints, counting_as_one_goes_equals_looking_at_everything_again)
{
    for (uint64_t seed = 1; seed <= 400; seed++) {
        compare_with_naive(seed);
    }
}

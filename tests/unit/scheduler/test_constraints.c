/*
 * tests/unit/scheduler/test_constraints.c
 *
 * Goal:   each constraint allows exactly the nodes that Marathon's would, and who must wait is told
 *         which one it is.
 * Method: stories on a cluster of three zones with best fit, which heaps everything upon one node
 *         unless a constraint forbids it.
 */
#include "platform/base/memory.h"
#include "tests/unit/scheduler/constraints_bed.h"

extern const struct controller scheduler_controller;

/* Places up to count more instances of the app; how many found a node. */
static uint32_t
place(struct constraints_bed *bed, struct cluster_app *app, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        struct cluster_task *task = cluster_bed_task(app, NULL, TASK_PENDING);
        struct place_request request = place_request_of(task->version);
        request.filters = filters_begin(&bed->filters, task);
        const uint32_t index =
            place_find(&bed->bed.cluster, &request, scores_policy(SCHEDULER_BEST_FIT), NULL);
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
    struct explain explain = { 0 };
    struct strbuf counts = { 0 };
    request.filters = filters_begin(&bed->filters, task);
    explain_nodes(&bed->bed.cluster, &request, &explain);
    explain_print(&explain, &counts);
    (void)snprintf(text, 200, "%s", strbuf_text(&counts));
    strbuf_fini(&counts);
    explain_fini(&explain);
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
        constraints_bed_open(&bed);
        struct cluster_app *app =
            constraints_bed_app(&bed, stories[i].instances, stories[i].constraints);
        cr_expect(eq(u32, place(&bed, app, stories[i].instances), stories[i].find), "%s",
                  stories[i].constraints);
        cr_expect_str_eq(placed(&bed, text), stories[i].placed, "%s of %u: %s",
                         stories[i].constraints, stories[i].instances, text);
        constraints_bed_close(&bed);
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
            constraints_bed_open(&bed);
            (void)snprintf(constraint, sizeof constraint, "[\"%s\",%s]", fields[k], tails[i]);
            cr_expect_str_eq(allowed(&bed, constraints_bed_app(&bed, 1, constraint), text),
                             i == 8 ? "111111" : "000000", "%s", constraint);
            constraints_bed_close(&bed);
        }
    }
}

Test(constraints, an_instance_on_a_node_without_the_field_is_in_no_group)
{
    static const char *const tails[] = { "\"UNIQUE\"", "\"GROUP_BY\"", "\"MAX_PER\",\"1\"" };
    for (size_t i = 0; i < sizeof tails / sizeof tails[0]; i++) {
        struct constraints_bed bed;
        char constraint[80];
        char text[100];
        constraints_bed_open(&bed);
        (void)snprintf(constraint, sizeof constraint, "[\"@zone\",%s]", tails[i]);
        struct cluster_app *app = constraints_bed_app(&bed, 3, constraint);
        cluster_node_find(&bed.bed.cluster, 0)->spec.zone = "";
        put(&bed, app, 0);
        cr_expect_str_eq(allowed(&bed, app, text), "011111", "%s", constraint);
        constraints_bed_close(&bed);
    }
}

Test(constraints, region_is_a_field)
{
    struct constraints_bed bed;
    char text[100];
    constraints_bed_open(&bed);
    for (uint32_t i = 0; i < BED_NODES; i++) {
        cluster_node_find(&bed.bed.cluster, i)->spec.region = i < 4 ? "eu" : "us";
    }
    struct cluster_app *app = constraints_bed_app(&bed, 1, "[\"@region\",\"IS\",\"us\"]");
    cr_assert_str_eq(allowed(&bed, app, text), "000011");
    constraints_bed_close(&bed);
}

Test(constraints, cluster_without_a_value_follows_the_first_and_is_free_when_all_have_gone)
{
    struct constraints_bed bed;
    char text[100];
    constraints_bed_open(&bed);
    struct cluster_app *app = constraints_bed_app(&bed, 3, "[\"@zone\",\"CLUSTER\"]");
    cr_assert_str_eq(allowed(&bed, app, text), "111111");
    struct cluster_task *first = put(&bed, app, 4);
    cr_assert_str_eq(allowed(&bed, app, text), "010010");
    put(&bed, app, 0); /* from before the constraint: no value holds all of them */
    cr_assert_str_eq(allowed(&bed, app, text), "000000");
    cluster_task_forget(first);
    cr_assert_str_eq(allowed(&bed, app, text), "100100");
    constraints_bed_close(&bed);
}

Test(constraints, group_by_without_a_number_welcomes_new_groups_and_fills_the_smallest)
{
    struct constraints_bed bed;
    char text[100];
    constraints_bed_open(&bed);
    struct cluster_app *app = constraints_bed_app(&bed, 9, "[\"@zone\",\"GROUP_BY\"]");
    put(&bed, app, 0);
    cr_assert_str_eq(allowed(&bed, app, text), "111111", "its only group is the smallest");
    put(&bed, app, 0);
    put(&bed, app, 1);
    cr_assert_str_eq(allowed(&bed, app, text), "011011", "a holds two, b one, c is unheard of");
    put(&bed, app, 2);
    put(&bed, app, 4);
    cr_assert_str_eq(allowed(&bed, app, text), "001001");
    constraints_bed_close(&bed);
}

Test(constraints, group_by_allows_the_remainder_once_a_group)
{
    struct constraints_bed bed;
    char text[100];
    constraints_bed_open(&bed);
    struct cluster_app *app = constraints_bed_app(&bed, 8, "[\"@zone\",\"GROUP_BY\",\"3\"]");
    const uint32_t at[] = { 0, 0, 3, 1, 1 };
    for (uint32_t i = 0; i < 5; i++) {
        put(&bed, app, at[i]);
    }
    cr_assert_str_eq(allowed(&bed, app, text), "011011", "a has its share of two and one more");
    put(&bed, app, 1);
    cr_assert_str_eq(allowed(&bed, app, text), "001001", "both of the remainder are taken");
    put(&bed, app, 2);
    put(&bed, app, 2);
    cr_assert_str_eq(allowed(&bed, app, text), "001001", "a ninth, while one moves");
    app->record.instances = 10;
    cr_assert_str_eq(allowed(&bed, app, text), "111111", "wanted ten: anyone may have a fourth");
    constraints_bed_close(&bed);
}

Test(constraints, instances_of_their_own_version_count_until_they_are_gone)
{
    struct constraints_bed bed;
    char text[100];
    constraints_bed_open(&bed);
    struct cluster_app *app = constraints_bed_app(&bed, 6, "[\"hostname\",\"UNIQUE\"]");
    struct cluster_app *other = cluster_bed_app(
        &bed.bed, "/other", "{\"id\":\"/other\",\"cmd\":\"x\",\"cpus\":0.1,\"mem\":32}");
    put(&bed, other, 5);
    put(&bed, app, 0);
    cr_assert_str_eq(allowed(&bed, app, text), "011111");
    char definition[400];
    cluster_app_want(app, cluster_bed_version(&bed.bed, app,
                                              app_text(definition, 7,
                                                       "[\"hostname\",\"UNIQUE\"]")));
    cr_assert_str_eq(allowed(&bed, app, text), "111111", "beside the one that it replaces");
    struct cluster_task *killed = put(&bed, app, 1);
    struct cluster_task *lost = put(&bed, app, 2);
    cr_assert_str_eq(allowed(&bed, app, text), "100111");
    killed->record.stop = STOP_KILLING;
    cluster_task_state(killed, TASK_KILLING, "");
    cluster_task_state(lost, TASK_UNREACHABLE, "");
    cluster_task_recount(lost); /* inactive at once, by default */
    cr_assert_str_eq(allowed(&bed, app, text), "100111", "who may return and who is killed");
    cluster_task_forget(lost);
    cr_assert_str_eq(allowed(&bed, app, text), "101111");
    cluster_task_forget(killed);
    cr_assert_str_eq(allowed(&bed, app, text), "111111");
    constraints_bed_close(&bed);
}

Test(constraints, cluster_on_another_value_does_not_wait_for_those_of_before)
{
    struct constraints_bed bed;
    char text[100];
    constraints_bed_open(&bed);
    struct cluster_app *app = constraints_bed_app(&bed, 2, "[\"@zone\",\"CLUSTER\",\"a\"]");
    put(&bed, app, 0);
    put(&bed, app, 3);
    cr_assert_str_eq(allowed(&bed, app, text), "100100");
    char definition[400];
    cluster_app_want(app, cluster_bed_version(&bed.bed, app,
                                              app_text(definition, 2,
                                                       "[\"@zone\",\"CLUSTER\",\"b\"]")));
    cr_assert_str_eq(allowed(&bed, app, text), "010010");
    constraints_bed_close(&bed);
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
        constraints_bed_open(&bed);
        struct cluster_app *app = constraints_bed_app(&bed, 2, cases[i].constraint);
        struct cluster_node *awaited = cluster_node_get(&bed.bed.cluster, BED_NODES);
        cluster_task_book(cluster_bed_task(app, NULL, TASK_RUNNING), awaited);
        cr_expect_str_eq(allowed(&bed, app, text), cases[i].allowed, "%s", cases[i].constraint);
        if (i == 0) {
            cr_expect_str_eq(why(&bed, app, text),
                             "6 nodes: 6 UnfulfilledConstraint (@zone UNIQUE, until its agents are "
                             "back or given up)");
        }
        cluster_node_state(awaited, NODE_UNREACHABLE, "it was silent for too long");
        cr_expect_str_eq(allowed(&bed, app, text), cases[i].allowed, "%s, its time is over",
                         cases[i].constraint);
        constraints_bed_node(&bed, BED_NODES, "d");
        cr_expect_str_neq(allowed(&bed, app, text), "0000000");
        constraints_bed_close(&bed);
    }
}

Test(constraints, the_name_of_a_node_whose_time_is_over_is_none_of_those_that_are_there)
{
    struct constraints_bed bed;
    char text[200];
    constraints_bed_open(&bed);
    struct cluster_app *app = constraints_bed_app(&bed, 2, "[\"hostname\",\"UNIQUE\"]");
    struct cluster_node *awaited = cluster_node_get(&bed.bed.cluster, BED_NODES);
    cluster_task_book(cluster_bed_task(app, NULL, TASK_RUNNING), awaited);
    cr_expect_str_eq(allowed(&bed, app, text), "0000000");
    cluster_node_state(awaited, NODE_UNREACHABLE, "it was silent for too long");
    cr_expect_str_eq(allowed(&bed, app, text), "1111110");
    constraints_bed_close(&bed);
}

Test(constraints, the_reason_comes_after_the_role_and_names_the_constraint)
{
    struct constraints_bed bed;
    char text[200];
    constraints_bed_open(&bed);
    struct cluster_node *first = cluster_node_find(&bed.bed.cluster, 0);
    first->role = cluster_role_bit(&bed.bed.cluster, "slave_public");
    cluster_node_find(&bed.bed.cluster, 1)->cpu_milli_used = 8000;
    cluster_node_find(&bed.bed.cluster, 2)->cpu_milli_used = 8000;
    for (uint32_t i = 0; i < 3; i++) {
        cluster_node_refresh(cluster_node_find(&bed.bed.cluster, i));
    }
    struct cluster_app *app =
        constraints_bed_app(&bed, 1, "[\"hostname\",\"LIKE\",\"private-[12]\"]");
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
    constraints_bed_close(&bed);
}

static void
never_fires(struct env_timer *timer)
{
    (void)timer;
}

/* What the scheduler makes of an app that changed. */
static void
look(struct constraints_bed *bed, void *state, struct cluster_app *app)
{
    scheduler_controller.app(&bed->bed.cluster, state, app);
    scheduler_controller.finish(&bed->bed.cluster, state);
}

Test(constraints, more_wanted_instances_make_room_in_groups_without_any_other_change)
{
    struct constraints_bed bed;
    char text[100];
    constraints_bed_open(&bed);
    for (uint32_t i = 0; i < BED_NODES; i++) {
        env_timer_init(&cluster_node_find(&bed.bed.cluster, i)->resend_timer, never_fires);
    }
    struct cluster_app *app = constraints_bed_app(&bed, 8, "[\"@zone\",\"GROUP_BY\",\"4\"]");
    void *state = memory_alloc_zero(1, scheduler_controller.state_bytes);
    scheduler_controller.open(&bed.bed.cluster, state);
    for (uint32_t i = 0; i < 8; i++) {
        cluster_bed_task(app, NULL, TASK_PENDING);
    }
    look(&bed, state, app);
    cr_assert_str_eq(placed(&bed, text), "2 2 2 0 0 0", "a fourth zone would have the rest");
    cr_assert_str_eq(app->why_pending,
                     "6 nodes: 6 UnfulfilledConstraint (@zone GROUP_BY 4); nearest: private-1, "
                     "refused by constraint");
    app->record.instances = 12;
    look(&bed, state, app);
    cr_assert_str_eq(placed(&bed, text), "3 3 2 0 0 0");
    cr_assert(eq(u32, app->pending_count, 0));
    scheduler_controller.close(&bed.bed.cluster, state);
    memory_free(state);
    constraints_bed_close(&bed);
}

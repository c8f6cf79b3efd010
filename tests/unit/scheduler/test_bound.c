/*
 * tests/unit/scheduler/test_bound.c
 *
 * Goal:   where a volume waits, all constraints but GROUP_BY are asked again; those that count
 *         count the volumes that instances of the same version have.
 * Method: each operator on a cluster of three zones, some of whose nodes have a rack, with
 *         instances on all nodes that have no volumes, or on two that have.
 */
#include <criterion/criterion.h>

#include "platform/model/cluster_reservation.h"
#include "tests/unit/scheduler/constraints_bed.h"

/* Nodes that the next instance may be bound to, as 1 and 0, by a volume that a version had last. */
static const char *
bound_of(struct constraints_bed *bed, struct cluster_app *app, uint64_t had_by,
         char text[BED_NODES + 1])
{
    struct cluster_task *task = cluster_bed_task(app, NULL, TASK_PENDING);
    const struct filters *filters = filters_begin(&bed->filters, task);
    for (uint32_t i = 0; i < BED_NODES; i++) {
        const struct cluster_reservation waiting = {
            .app = app, .node = cluster_node_find(&bed->bed.cluster, i), .record.version = had_by
        };
        text[i] = filters_bound(filters, &waiting) == NULL ? '1' : '0';
    }
    text[BED_NODES] = '\0';
    cluster_task_forget(task);
    return text;
}

static const char *
bound(struct constraints_bed *bed, struct cluster_app *app, char text[BED_NODES + 1])
{
    return bound_of(bed, app, 0, text);
}

/* An app on nodes of which two have a rack. */
static struct cluster_app *
open_with_racks(struct constraints_bed *bed, uint32_t instances, const char *constraints)
{
    constraints_bed_open(bed);
    cluster_node_find(&bed->bed.cluster, 0)->spec.attributes = "rack:r1";
    cluster_node_find(&bed->bed.cluster, 1)->spec.attributes = "rack:r2";
    return constraints_bed_app(bed, instances, constraints);
}

Test(bound, asks_the_node_alone)
{
    static const struct {
        const char *constraints;
        const char *allowed;
    } cases[] = {
        { "[\"@zone\",\"IS\",\"b\"]", "010010" },
        { "[\"@zone\",\"LIKE\",\"[ab]\"]", "110110" },
        { "[\"@zone\",\"UNLIKE\",\"[ab]\"]", "001001" },
        { "[\"@zone\",\"CLUSTER\",\"c\"]", "001001" },
        { "[\"rack\",\"IS\",\"r1\"]", "100000" },
        { "[\"rack\",\"LIKE\",\".*\"]", "110000" },
        { "[\"rack\",\"UNLIKE\",\"r1\"]", "011111" },
        { "[\"hostname\",\"UNIQUE\"]", "111111" },
        { "[\"@zone\",\"MAX_PER\",\"1\"]", "111111" },
        { "[\"@zone\",\"GROUP_BY\",\"3\"]", "111111" },
        { "[\"@zone\",\"CLUSTER\"]", "111111" },
        { "[\"@zone\",\"UNIQUE\"],[\"@zone\",\"IS\",\"a\"]", "100100" },
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct constraints_bed bed;
        char text[BED_NODES + 1];
        struct cluster_app *app = open_with_racks(&bed, 9, cases[i].constraints);
        for (uint32_t node = 0; node < BED_NODES; node++) {
            (void)put(&bed, app, node);
        }
        cr_expect_str_eq(bound(&bed, app, text), cases[i].allowed, "%s", cases[i].constraints);
        constraints_bed_close(&bed);
    }
}

/* One more instance of the app on a node, with a volume there. */
static struct cluster_task *
put_with_volume(struct constraints_bed *bed, struct cluster_app *app, uint32_t index)
{
    struct cluster_task *task = cluster_bed_task(app, NULL, TASK_PENDING);
    struct cluster_node *node = cluster_node_find(&bed->bed.cluster, index);
    cluster_reservation_make(task, node);
    book(task, node);
    return task;
}

Test(bound, counts_volumes_that_are_in_use)
{
    static const struct {
        const char *constraints;
        const char *allowed; /* with instances on nodes 0 and 1, in zones a and b */
        const char *later;   /* when the one on node 0 has ended */
    } cases[] = {
        { "[\"hostname\",\"UNIQUE\"]", "001111", "101111" },
        { "[\"@zone\",\"UNIQUE\"]", "001001", "101101" },
        { "[\"rack\",\"UNIQUE\"]", "000000", "100000" },
        { "[\"@zone\",\"MAX_PER\",\"1\"]", "001001", "101101" },
        { "[\"@zone\",\"MAX_PER\",\"2\"]", "111111", "111111" },
        { "[\"@zone\",\"CLUSTER\"]", "000000", "010010" },
        { "[\"@zone\",\"CLUSTER\",\"a\"]", "100100", "100100" },
        { "[\"@zone\",\"GROUP_BY\",\"3\"]", "111111", "111111" },
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct constraints_bed bed;
        char text[BED_NODES + 1];
        struct cluster_app *app = open_with_racks(&bed, 3, cases[i].constraints);
        struct cluster_task *task = put_with_volume(&bed, app, 0);
        (void)put_with_volume(&bed, app, 1);
        cr_expect_str_eq(bound(&bed, app, text), cases[i].allowed, "%s", cases[i].constraints);
        cluster_task_state(task, TASK_FAILED, "");
        cluster_task_unbook(task);
        cr_expect_str_eq(bound(&bed, app, text), cases[i].later, "%s", cases[i].constraints);
        constraints_bed_close(&bed);
    }
}

/* Constraints may be new to a volume that another version had last, to no other. */
Test(bound, puts_nothing_new_beside_one_that_may_be_anywhere)
{
    static const char *const constraints[] = {
        "[\"@zone\",\"UNIQUE\"]", "[\"@zone\",\"MAX_PER\",\"1\"]", "[\"@zone\",\"CLUSTER\"]"
    };
    for (size_t i = 0; i < COUNT_OF(constraints); i++) {
        struct constraints_bed bed;
        char text[BED_NODES + 1];
        constraints_bed_open(&bed);
        struct cluster_app *app = constraints_bed_app(&bed, 3, constraints[i]);
        struct cluster_task *task = put_with_volume(&bed, app, 0);
        struct cluster_node *node = cluster_node_find(&bed.bed.cluster, 0);
        node->spec.hostname = "";
        node->spec.zone = "";
        cr_expect_str_eq(bound_of(&bed, app, task->version->id, text), "011111", "%s",
                         constraints[i]);
        cr_expect_str_eq(bound(&bed, app, text), "000000", "%s", constraints[i]);
        constraints_bed_close(&bed);
    }
}

/* An upgrade goes beside what it replaces. */
Test(bound, counts_its_own_version)
{
    struct constraints_bed bed;
    char text[BED_NODES + 1];
    char json[400];
    constraints_bed_open(&bed);
    struct cluster_app *app = constraints_bed_app(&bed, 3, "[\"hostname\",\"UNIQUE\"]");
    (void)put_with_volume(&bed, app, 0);
    cr_expect_str_eq(bound(&bed, app, text), "011111");
    (void)app_text(json, 3, "[\"hostname\",\"UNIQUE\"]");
    cluster_app_want(app, cluster_bed_version(&bed.bed, app, json));
    cr_expect_str_eq(bound(&bed, app, text), "111111");
    constraints_bed_close(&bed);
}

Test(bound, names_the_constraint)
{
    struct constraints_bed bed;
    char text[100];
    constraints_bed_open(&bed);
    struct cluster_app *app =
        constraints_bed_app(&bed, 1, "[\"hostname\",\"UNIQUE\"],[\"@zone\",\"IS\",\"b\"]");
    struct cluster_task *task = cluster_bed_task(app, NULL, TASK_PENDING);
    const struct filters *filters = filters_begin(&bed.filters, task);
    const struct app_constraint *refused =
        filters_bound(filters, &(struct cluster_reservation){
                                   .app = app, .node = cluster_node_find(&bed.bed.cluster, 0) });
    cr_assert_not_null(refused);
    filters_print_one(refused, text, sizeof text);
    cr_expect_str_eq(text, "@zone IS b");
    filters_print_one(&app->version->spec->constraints[0], text, sizeof text);
    cr_expect_str_eq(text, "hostname UNIQUE");
    constraints_bed_close(&bed);
}

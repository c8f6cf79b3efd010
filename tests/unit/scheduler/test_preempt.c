/*
 * tests/unit/scheduler/test_preempt.c
 *
 * Goal:   the node and the tasks that cost least are chosen, never a task of equal priority, never
 *         one whose app would be below its minimum health or whose role below its guarantee; what
 *         is leaving counts as room, and what is promised to others does not.
 * Method: clusters of a few nodes, filled by hand; the choice is asked for, and begun.
 */
#include "platform/model/cluster_told.h"
#include "platform/scheduler/preempt.h"

#include "tests/unit/model/cluster_bed.h"

struct preempt_bed {
    struct cluster_bed    bed;
    struct queue          queue;
    struct preempt_choice choice;
};

static void
preempt_bed_open(struct preempt_bed *test, uint32_t nodes_count)
{
    cluster_bed_open(&test->bed, 1);
    queue_init(&test->queue);
    for (uint32_t i = 0; i < nodes_count; i++) {
        (void)cluster_bed_node(&test->bed, i, 4000, MIB(4000), 31000, 32000);
    }
}

static void
preempt_bed_close(struct preempt_bed *test)
{
    queue_fini(&test->queue);
    cluster_bed_close(&test->bed);
}

static struct cluster_app *
preempt_bed_app(struct preempt_bed *test, const char *path, double cpus, int priority,
                double minimum_health)
{
    char text[400];
    (void)snprintf(text, sizeof text,
                   "{\"id\":\"%s\",\"cmd\":\"x\",\"cpus\":%.1f,\"mem\":1,\"role\":\"%.4s\","
                   "\"labels\":{\"REHEARSAL_PRIORITY\":\"%d\"},"
                   "\"upgradeStrategy\":{\"minimumHealthCapacity\":%.2f}}",
                   path, cpus, path + 1, priority, minimum_health);
    return cluster_bed_app(&test->bed, path, text);
}

/* One more of its tasks runs on a node. */
static struct cluster_task *
preempt_bed_run(struct cluster_app *app, uint32_t node)
{
    struct cluster_task *task = cluster_bed_task(app, NULL, TASK_PENDING);
    cluster_task_book(task, cluster_node_find(app->cluster, node));
    cluster_task_state(task, TASK_RUNNING, "");
    app->record.instances = app->tasks_count;
    return task;
}

/* Where room is made for one more task of the app, that waits; NONE: nowhere. */
static struct cluster_task *
preempt_bed_find(struct preempt_bed *test, struct cluster_app *app)
{
    struct cluster_task *task = cluster_bed_task(app, NULL, TASK_PENDING);
    const struct place_request request = place_request_of(app->version);
    queue_begin(&test->queue, &test->bed.cluster);
    preempt_find(&test->bed.cluster, &test->queue, task, &request, &test->choice);
    return task;
}

static bool
preempt_bed_goes(const struct preempt_bed *test, const struct cluster_task *task)
{
    for (uint32_t i = 0; i < test->choice.victims_count; i++) {
        if (test->choice.victims[i] == task) {
            return true;
        }
    }
    return false;
}

Test(preempt, takes_the_lowest_priority_though_more_must_go)
{
    struct preempt_bed test;
    preempt_bed_open(&test, 2);
    struct cluster_app *low = preempt_bed_app(&test, "/low", 1, 1, 0);
    struct cluster_app *middle = preempt_bed_app(&test, "/mid", 4, 2, 0);
    (void)preempt_bed_run(middle, 0);
    for (uint32_t i = 0; i < 4; i++) {
        (void)preempt_bed_run(low, 1);
    }
    (void)preempt_bed_find(&test, preempt_bed_app(&test, "/high", 3, 3, 0));
    cr_assert(eq(u32, test.choice.node->index, 1));
    cr_assert(eq(u32, test.choice.victims_count, 3)); /* and no more than need be */
    cr_assert(not(preempt_bed_goes(&test, low->tasks_first)), "the oldest stays");
    preempt_bed_close(&test);
}

Test(preempt, takes_the_node_where_the_fewest_go_then_the_youngest)
{
    struct preempt_bed test;
    preempt_bed_open(&test, 3);
    struct cluster_app *small = preempt_bed_app(&test, "/one", 2, 1, 0);
    struct cluster_app *large = preempt_bed_app(&test, "/two", 4, 1, 0);
    (void)preempt_bed_run(small, 0);
    (void)preempt_bed_run(small, 0);
    (void)preempt_bed_run(large, 1);
    struct cluster_task *youngest = preempt_bed_run(large, 2);
    (void)preempt_bed_find(&test, preempt_bed_app(&test, "/high", 3, 3, 0));
    cr_assert(eq(u32, test.choice.node->index, 2));
    cr_assert(eq(u32, test.choice.victims_count, 1));
    cr_assert(preempt_bed_goes(&test, youngest));
    preempt_bed_close(&test);
}

Test(preempt, stops_one_large_task_rather_than_several_small_ones)
{
    struct preempt_bed test;
    preempt_bed_open(&test, 1);
    struct cluster_app *small = preempt_bed_app(&test, "/one", 1, 1, 0);
    struct cluster_app *large = preempt_bed_app(&test, "/two", 2, 1, 0);
    struct cluster_task *task = preempt_bed_run(large, 0);
    (void)preempt_bed_run(small, 0);
    (void)preempt_bed_run(small, 0);
    (void)preempt_bed_find(&test, preempt_bed_app(&test, "/high", 2, 3, 0));
    cr_assert(eq(u32, test.choice.victims_count, 1));
    cr_assert(preempt_bed_goes(&test, task));
    preempt_bed_close(&test);
}

Test(preempt, leaves_equal_priorities_alone)
{
    struct preempt_bed test;
    preempt_bed_open(&test, 1);
    (void)preempt_bed_run(preempt_bed_app(&test, "/same", 4, 3, 0), 0);
    (void)preempt_bed_find(&test, preempt_bed_app(&test, "/high", 1, 3, 0));
    cr_assert_null(test.choice.node);
    preempt_bed_close(&test);
}

Test(preempt, keeps_every_app_at_its_minimum_health)
{
    struct preempt_bed test;
    preempt_bed_open(&test, 1);
    struct cluster_app *web = preempt_bed_app(&test, "/web", 1, 0, 0.75);
    for (uint32_t i = 0; i < 4; i++) {
        (void)preempt_bed_run(web, 0);
    }
    struct cluster_app *one = preempt_bed_app(&test, "/one", 1, 1, 0);
    struct cluster_app *two = preempt_bed_app(&test, "/two", 2, 1, 0);
    (void)preempt_bed_find(&test, two); /* would take a second one */
    cr_assert_null(test.choice.node);
    struct cluster_task *task = preempt_bed_find(&test, one);
    cr_assert(eq(u32, test.choice.victims_count, 1));
    preempt_begin(task, &test.choice);
    cr_assert(eq(u32, web->counts.healthy, 3));
    cr_assert_str_eq(web->preempted_by, "/one");
    (void)preempt_bed_find(&test, one); /* one that waits elsewhere is not below, and not above */
    cr_assert_null(test.choice.node);
    web->record.instances = 5; /* it is below now: no sick one of it goes either */
    web->tasks_first->record.state = TASK_STAGING;
    cluster_task_recount(web->tasks_first);
    (void)preempt_bed_find(&test, one);
    cr_assert_null(test.choice.node);
    preempt_bed_close(&test);
}

Test(preempt, keeps_what_another_role_is_guaranteed)
{
    const struct scheduler_role roles[] = {
        { .name = "sure", .weight_milli = 1000, .guarantee = { .of = { 3000 } },
          .limit = { .of = { INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX } } },
    };
    struct preempt_bed test;
    preempt_bed_open(&test, 1);
    test.bed.config.roles = roles;
    test.bed.config.roles_count = 1;
    struct cluster_app *sure = preempt_bed_app(&test, "/sure", 1, 0, 0);
    for (uint32_t i = 0; i < 4; i++) {
        (void)preempt_bed_run(sure, 0);
    }
    (void)preempt_bed_find(&test, preempt_bed_app(&test, "/two", 2, 1, 0));
    cr_assert_null(test.choice.node);
    (void)preempt_bed_find(&test, preempt_bed_app(&test, "/one", 1, 1, 0));
    cr_assert(eq(u32, test.choice.victims_count, 1));
    (void)preempt_bed_find(&test, preempt_bed_app(&test, "/sure/too", 2, 1, 0)); /* its own */
    cr_assert(eq(u32, test.choice.victims_count, 2));
    preempt_bed_close(&test);
}

Test(preempt, counts_who_leaves_as_room_and_stops_nobody_twice)
{
    struct preempt_bed test;
    preempt_bed_open(&test, 1);
    struct cluster_app *low = preempt_bed_app(&test, "/low", 2, 0, 0);
    (void)preempt_bed_run(low, 0);
    (void)preempt_bed_run(low, 0);
    struct cluster_node *node = cluster_node_find(&test.bed.cluster, 0);
    struct cluster_app *high = preempt_bed_app(&test, "/high", 2, 1, 0);
    const struct place_request request = place_request_of(high->version);
    struct cluster_task *first = preempt_bed_find(&test, high);
    preempt_begin(first, &test.choice);
    struct cluster_task *leaving = test.choice.victims[0];
    cr_assert(eq(int, leaving->record.stop_cause, STOP_PREEMPTED));
    cr_assert(eq(u32, first->record.nominated, 1));
    cr_assert(eq(int, preempt_room(node, first, &request), PREEMPT_ROOM_SOON));
    /* the node takes nothing else meanwhile */
    const struct cluster_free *line = vec_at(&test.bed.cluster.free, 0);
    cr_assert(eq(i64, line->mem_bytes, -1));
    /* another of them finds that room promised, and takes the other's */
    struct cluster_task *second = preempt_bed_find(&test, high);
    cr_assert(eq(u32, test.choice.victims_count, 1));
    cr_assert(not(preempt_bed_goes(&test, leaving)));
    preempt_begin(second, &test.choice);
    cr_assert(eq(u32, low->counts.active, 0));
    cluster_task_forget(leaving);
    cr_assert(eq(int, preempt_room(node, second, &request), PREEMPT_ROOM_SOON));
    cluster_task_nominate(second, NULL);
    cr_assert(eq(int, preempt_room(node, first, &request), PREEMPT_ROOM_NOW));
    cluster_task_book(first, node);
    cr_assert(eq(u32, first->record.nominated, 0));
    cr_assert_null(node->nominated_first);
    preempt_bed_close(&test);
}

Test(preempt, leaves_nodes_alone_that_take_nothing)
{
    struct preempt_bed test;
    preempt_bed_open(&test, 2);
    struct cluster_app *low = preempt_bed_app(&test, "/low", 4, 0, 0);
    (void)preempt_bed_run(low, 0);
    (void)preempt_bed_run(low, 1);
    cluster_node_state(cluster_node_find(&test.bed.cluster, 1), NODE_UNREACHABLE, "");
    cluster_node_stray(cluster_node_find(&test.bed.cluster, 0), 77);
    (void)preempt_bed_find(&test, preempt_bed_app(&test, "/high", 1, 1, 0));
    cr_assert_null(test.choice.node);
    preempt_bed_close(&test);
}

Test(preempt, makes_room_for_a_port_that_another_task_has)
{
    struct preempt_bed test;
    preempt_bed_open(&test, 1);
    struct cluster_app *low = preempt_bed_app(&test, "/low", 1, 0, 0);
    struct cluster_task *other = preempt_bed_run(low, 0);
    struct cluster_task *task = cluster_bed_task(low, NULL, TASK_PENDING);
    task->record.ports[0] = 31500;
    task->record.ports_count = 1;
    cluster_task_book(task, cluster_node_find(&test.bed.cluster, 0));
    cluster_task_state(task, TASK_RUNNING, "");
    struct cluster_app *port = cluster_bed_app(
        &test.bed, "/port",
        "{\"id\":\"/port\",\"cmd\":\"x\",\"cpus\":0.5,\"mem\":1,\"requirePorts\":true,"
        "\"portDefinitions\":[{\"port\":31500}],\"labels\":{\"REHEARSAL_PRIORITY\":\"1\"}}");
    (void)preempt_bed_find(&test, port);
    cr_assert(eq(u32, test.choice.victims_count, 1));
    cr_assert(preempt_bed_goes(&test, task));
    cr_assert(not(preempt_bed_goes(&test, other)));
    preempt_bed_close(&test);
}

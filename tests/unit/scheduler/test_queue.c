/*
 * tests/unit/scheduler/test_queue.c
 *
 * Goal:   the role with the least for its weight is next, then the highest priority, then who began
 *         to wait first; a role below its guarantee goes before all others; what is booked and what
 *         is promised counts.
 * Method: the queue on a cluster of one large node; the order of apps is read off as each gets one
 *         task after the other.
 */
#include "platform/scheduler/queue.h"

#include "tests/unit/model/cluster_bed.h"

struct queue_bed {
    struct cluster_bed bed;
    struct queue       queue;
};

static void
queue_bed_open(struct queue_bed *test, const struct scheduler_role *roles, uint32_t roles_count)
{
    cluster_bed_open(&test->bed, 1);
    test->bed.config.roles = roles;
    test->bed.config.roles_count = roles_count;
    (void)cluster_bed_node(&test->bed, 0, 12000, MIB(12000), 31000, 32000);
    queue_init(&test->queue);
}

static void
queue_bed_close(struct queue_bed *test)
{
    queue_fini(&test->queue);
    cluster_bed_close(&test->bed);
}

/* An app that waits with so many tasks. */
static struct cluster_app *
queue_bed_app(struct queue_bed *test, const char *path, const char *role, int priority,
              uint32_t tasks)
{
    char text[300];
    (void)snprintf(text, sizeof text,
                   "{\"id\":\"%s\",\"cmd\":\"x\",\"cpus\":1,\"mem\":1,\"role\":\"%s\","
                   "\"labels\":{\"REHEARSAL_PRIORITY\":\"%d\"}}",
                   path, role, priority);
    struct cluster_app *app = cluster_bed_app(&test->bed, path, text);
    for (uint32_t i = 0; i < tasks; i++) {
        (void)cluster_bed_task(app, NULL, TASK_PENDING);
    }
    queue_add(&test->queue, app);
    return app;
}

/* Letters of the apps in their order; each place takes one of their tasks. */
static void
queue_bed_order(struct queue_bed *test, char *ret)
{
    struct queue_entry *entry = NULL;
    queue_begin(&test->queue, &test->bed.cluster);
    while ((entry = queue_next(&test->queue)) != NULL) {
        struct cluster_app *app = entry->app;
        struct cluster_task *task = app->pending_from;
        while (task != NULL && task->record.state != TASK_PENDING) {
            task = task->app_next;
        }
        if (task == NULL) {
            queue_skip(&test->queue, entry);
            continue;
        }
        const struct amounts wanted = queue_wanted(task);
        cluster_task_book(task, cluster_node_find(&test->bed.cluster, 0));
        cluster_task_state(task, TASK_STAGING, "");
        queue_placed(&test->queue, entry, &wanted);
        *ret++ = app->id[1];
    }
    *ret = '\0';
}

Test(queue, gives_roles_their_turns_and_apps_of_one_all_of_theirs)
{
    struct queue_bed test;
    char order[32];
    queue_bed_open(&test, NULL, 0);
    (void)queue_bed_app(&test, "/x", "one", 0, 2);
    (void)queue_bed_app(&test, "/y", "one", 0, 1);
    (void)queue_bed_app(&test, "/z", "two", 0, 3);
    queue_bed_order(&test, order);
    cr_assert_str_eq(order, "xzxzyz");
    cr_assert(eq(u32, test.queue.apps.count, 3));
    queue_begin(&test.queue, &test.bed.cluster); /* nobody waits any more */
    cr_assert(eq(u32, test.queue.apps.count, 0));
    queue_bed_close(&test);
}

Test(queue, puts_the_highest_priority_of_a_role_first)
{
    struct queue_bed test;
    char order[32];
    queue_bed_open(&test, NULL, 0);
    (void)queue_bed_app(&test, "/l", "*", -3, 2);
    (void)queue_bed_app(&test, "/a", "*", 0, 1);
    (void)queue_bed_app(&test, "/b", "*", 0, 1);
    (void)queue_bed_app(&test, "/h", "*", 7, 2);
    queue_bed_order(&test, order);
    cr_assert_str_eq(order, "hhabll");
    queue_bed_close(&test);
}

Test(queue, puts_a_role_below_its_guarantee_before_all_others)
{
    const struct scheduler_role roles[] = {
        { .name = "sure", .weight_milli = 1, .guarantee = { .of = { 3000 } },
          .limit = { .of = { INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX } } },
    };
    struct queue_bed test;
    char order[32];
    queue_bed_open(&test, roles, 1);
    (void)queue_bed_app(&test, "/a", "any", 100, 3);
    (void)queue_bed_app(&test, "/s", "sure", 0, 5);
    queue_bed_order(&test, order);
    cr_assert_str_eq(order, "sssaaass"); /* and then its weight of a thousandth counts */
    queue_bed_close(&test);
}

Test(queue, counts_what_is_promised_as_if_it_were_there)
{
    const struct scheduler_role roles[] = {
        { .name = "dev", .weight_milli = 1000, .guarantee = { .of = { 0 } },
          .limit = { .of = { 2000, INT64_MAX, INT64_MAX, INT64_MAX } } },
    };
    struct queue_bed test;
    char why[200];
    queue_bed_open(&test, roles, 1);
    struct cluster_app *app = queue_bed_app(&test, "/d", "dev", 0, 3);
    struct cluster_node *node = cluster_node_find(&test.bed.cluster, 0);
    cluster_task_book(app->tasks_first, node);
    cluster_task_state(app->tasks_first, TASK_STAGING, "");
    cluster_task_nominate(app->tasks_first->app_next, node);
    queue_begin(&test.queue, &test.bed.cluster);
    struct queue_entry *entry = queue_next(&test.queue);
    cr_assert_not_null(entry);
    const struct amounts promised = queue_wanted(app->tasks_first->app_next);
    const struct amounts third = queue_wanted(app->tasks_last);
    cr_assert(not(queue_holds(&test.queue, entry, &promised, why, sizeof why)));
    cr_assert(queue_holds(&test.queue, entry, &third, why, sizeof why));
    cr_assert_str_eq(why, "role dev is at its limit of 2 cpus");
    cluster_task_nominate(app->tasks_first->app_next, NULL);
    queue_begin(&test.queue, &test.bed.cluster);
    cr_assert(not(queue_holds(&test.queue, queue_next(&test.queue), &third, why, sizeof why)));
    queue_bed_close(&test);
}

Test(queue, keeps_no_node_for_an_app_inside_its_back_off)
{
    struct queue_bed test;
    queue_bed_open(&test, NULL, 0);
    struct cluster_app *app = queue_bed_app(&test, "/a", "*", 1, 2);
    struct cluster_node *node = cluster_node_find(&test.bed.cluster, 0);
    cluster_task_nominate(app->tasks_last, node);
    cr_assert(eq(ptr, (void *)node->nominated_first, (void *)app->tasks_last));
    app->record.backoff_failures = 1;
    app->record.backoff_until_ns = SEC(60);
    queue_begin(&test.queue, &test.bed.cluster);
    cr_assert_null(queue_next(&test.queue));
    cr_assert_null(node->nominated_first);
    cr_assert(eq(u32, app->tasks_last->record.nominated, 0));
    queue_bed_close(&test);
}

Test(queue, passes_over_who_found_no_room_until_there_is_more)
{
    struct queue_bed test;
    queue_bed_open(&test, NULL, 0);
    struct cluster_app *app = queue_bed_app(&test, "/a", "*", 1, 1);
    app->refused_generation = test.bed.cluster.capacity_generation;
    app->refused_version = app->version->id;
    queue_begin(&test.queue, &test.bed.cluster);
    cr_assert_null(queue_next(&test.queue));
    test.bed.cluster.capacity_generation++;
    queue_begin(&test.queue, &test.bed.cluster);
    cr_assert_not_null(queue_next(&test.queue));
    queue_bed_close(&test);
}

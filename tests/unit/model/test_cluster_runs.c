/*
 * tests/unit/model/test_cluster_runs.c
 *
 * Goal:   each run of an app that runs its tasks once has one active task, until it has ended by
 *         itself; the app's instances count the runs that are left.
 * Method: the master's memory alone (tests/unit/model/cluster_bed.h); tasks are put into the states
 *         that losses leave.
 */
#include "tests/unit/model/cluster_bed.h"

#define ONCE                                                                                       \
    "{\"id\":\"/batch\",\"cmd\":\"x\",\"instances\":0,\"portDefinitions\":[],"                     \
    "\"labels\":{\"REHEARSAL_RUN_ONCE\":\"true\"}}"

static struct cluster_task *
task_of(struct cluster_app *app, uint64_t run)
{
    struct cluster_task *task = app->tasks_first;
    while (task != NULL && task->record.deployment != run) {
        task = task->app_next;
    }
    return task;
}

static struct cluster_task *
task_running(struct cluster_app *app, uint64_t run)
{
    struct cluster_task *task = task_of(app, run);
    cr_assert_not_null(task);
    cluster_task_state(task, TASK_RUNNING, "");
    return task;
}

static void
task_ends(struct cluster_task *task, enum task_state state)
{
    cluster_task_state(task, state, "");
    cluster_run_ended(task);
    cluster_task_forget(task);
}

Test(cluster_runs, runs_are_numbered_and_count_down_as_they_end)
{
    struct cluster_bed bed;
    cluster_bed_open(&bed, 1);
    struct cluster_app *app = cluster_bed_app(&bed, "/batch", ONCE);
    cr_assert(eq(u32, cluster_runs_add(app, 2), 2));
    cr_assert(eq(u32, cluster_runs_add(app, 1), 1));
    cr_assert(eq(u64, app->record.runs, 3));
    cr_assert(eq(u32, app->record.instances, 3));
    task_ends(task_running(app, 2), TASK_FINISHED);
    task_ends(task_running(app, 1), TASK_FAILED);
    cr_assert(eq(u32, app->record.instances, 1));
    cr_assert(eq(u32, app->tasks_count, 1));
    cr_assert(eq(u64, app->record.runs, 3));
    cluster_bed_close(&bed);
}

Test(cluster_runs, a_lost_run_begins_anew_with_its_number)
{
    struct cluster_bed bed;
    cluster_bed_open(&bed, 1);
    struct cluster_app *app = cluster_bed_app(&bed, "/batch", ONCE);
    (void)cluster_runs_add(app, 3);
    const uint64_t before = task_of(app, 2)->record.id;
    task_ends(task_running(app, 2), TASK_GONE);
    cr_assert(eq(u32, app->record.instances, 3));
    cr_assert(eq(u32, app->counts.active, 3));
    cr_assert_not_null(task_of(app, 2));
    cr_assert(ne(u64, task_of(app, 2)->record.id, before));
    cluster_bed_close(&bed);
}

Test(cluster_runs, a_task_that_is_stopped_for_less_is_not_replaced)
{
    struct cluster_bed bed;
    cluster_bed_open(&bed, 1);
    struct cluster_app *app = cluster_bed_app(&bed, "/batch", ONCE);
    (void)cluster_runs_add(app, 3);
    struct cluster_task *task = task_running(app, 3);
    app->record.instances = 2;
    cluster_task_stop(task, STOP_SCALE_DOWN);
    task_ends(task, TASK_KILLED);
    cr_assert(eq(u32, app->record.instances, 2));
    cr_assert(eq(u32, app->tasks_count, 2));
    cluster_bed_close(&bed);
}

Test(cluster_runs, one_that_comes_back_is_stopped_and_ends_nothing_twice)
{
    struct cluster_bed bed;
    cluster_bed_open(&bed, 1);
    struct cluster_app *app = cluster_bed_app(&bed, "/batch", ONCE);
    (void)cluster_runs_add(app, 2);
    struct cluster_task *away = task_running(app, 1);
    away->record.unreachable_at_ns = cluster_now(&bed.cluster);
    cluster_task_state(away, TASK_UNREACHABLE, ""); /* inactive at once: it is replaced */
    test_world_run_until(bed.world, SEC(1));
    cluster_task_recount(away);
    if (app->counts.active < app->record.instances) {
        cluster_runs_fill(app, app->version, app->record.instances - app->counts.active);
    }
    cr_assert(eq(u32, app->tasks_count, 3));
    cr_assert(eq(u64, app->tasks_last->record.deployment, 1), "the same run, not a new one");
    cr_assert(eq(u64, app->record.runs, 2));

    cluster_task_state(away, TASK_RUNNING, "");
    cr_assert(gt(u32, app->counts.active, app->record.instances));
    struct cluster_task *second = app->tasks_last;
    cluster_task_state(second, TASK_RUNNING, "");
    cr_assert(cluster_runs_stop_twice(app));
    cr_assert(eq(int, second->record.stop, STOP_DRAINING));
    cr_assert(eq(int, away->record.stop, STOP_NONE));
    cr_assert(not(cluster_runs_stop_twice(app)));
    task_ends(second, TASK_KILLED);
    task_ends(away, TASK_FINISHED);
    cr_assert(eq(u32, app->record.instances, 1));
    cr_assert(eq(u32, app->tasks_count, 1));
    cluster_bed_close(&bed);
}

Test(cluster_runs, an_end_stops_whoever_does_the_same_run)
{
    struct cluster_bed bed;
    cluster_bed_open(&bed, 1);
    struct cluster_app *app = cluster_bed_app(&bed, "/batch", ONCE);
    (void)cluster_runs_add(app, 1);
    struct cluster_task *first = task_running(app, 1);
    struct cluster_task *second = cluster_task_add(app, app->version, 1, false);
    cluster_task_state(second, TASK_RUNNING, "");
    task_ends(first, TASK_FINISHED);
    cr_assert(eq(u32, app->record.instances, 0));
    cr_assert(eq(int, second->record.stop, STOP_DRAINING));
    cr_assert(eq(int, second->record.stop_cause, STOP_TWICE));
    cluster_bed_close(&bed);
}

Test(cluster_runs, a_new_master_counts_what_is_stored)
{
    struct cluster_bed bed;
    cluster_bed_open(&bed, 1);
    struct cluster_app *app = cluster_bed_app(&bed, "/batch", ONCE);
    (void)cluster_runs_add(app, 4);
    task_ends(task_running(app, 4), TASK_FINISHED);
    app->record.instances = 9; /* as if the last writes of a large step were lost */
    app->record.runs = 2;
    cluster_runs_loaded(app);
    cr_assert(eq(u32, app->record.instances, 3));
    cr_assert(eq(u64, app->record.runs, 3));
    cluster_bed_close(&bed);
}

/* Else a deployment that has nothing to launch would be looked at for ever. */
Test(cluster_runs, filling_with_nothing_changes_nothing)
{
    struct cluster_bed bed;
    cluster_bed_open(&bed, 1);
    struct cluster_app *app = cluster_bed_app(&bed, "/batch", ONCE);
    const uint32_t before = bed.cluster.dirty.count;
    cluster_runs_fill(app, app->version, 0);
    cr_assert(eq(u32, bed.cluster.dirty.count, before));
    cr_assert(not(app->written));
    cluster_runs_fill(app, app->version, 1);
    cr_assert(eq(u32, bed.cluster.dirty.count, before + 1));
    cr_assert(eq(u32, app->pending_count, 1));
    cluster_bed_close(&bed);
}

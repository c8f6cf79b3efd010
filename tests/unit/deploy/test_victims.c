/*
 * tests/unit/deploy/test_victims.c
 *
 * Goal:   the least useful instance is stopped first: Marathon's order of conditions, then age as
 *         killSelection asks.
 * Method: an app with one task of each kind; victims are taken and forgotten one after the other.
 */
#include "platform/deploy/victims.h"
#include "tests/unit/model/cluster_bed.h"

#define CHECKED "\"healthChecks\":[{\"protocol\":\"HTTP\"}]"

static void
expect_next(struct cluster_app *app, enum victims of, const struct cluster_task *task)
{
    struct cluster_task *victim = victims_next(app, of);
    cr_assert_not_null(victim);
    cr_assert(eq(u64, victim->record.id, task->record.id));
    cluster_task_state(victim, TASK_KILLED, "");
    cluster_task_forget(victim);
}

Test(victims, order_follows_how_useful_an_instance_is)
{
    struct cluster_bed bed;
    cluster_bed_open(&bed, 1);
    struct cluster_app *app =
        cluster_bed_app(&bed, "/web",
                        "{\"id\":\"/web\",\"cmd\":\"x\"," CHECKED ",\"unreachableStrategy\":"
                        "{\"inactiveAfterSeconds\":60,\"expungeAfterSeconds\":120}}");
    struct cluster_task *serving = cluster_bed_task(app, NULL, TASK_RUNNING);
    struct cluster_task *unready = cluster_bed_task(app, NULL, TASK_RUNNING);
    struct cluster_task *broken = cluster_bed_task(app, NULL, TASK_RUNNING);
    struct cluster_task *starting = cluster_bed_task(app, NULL, TASK_STARTING);
    struct cluster_task *staging = cluster_bed_task(app, NULL, TASK_STAGING);
    struct cluster_task *unreachable = cluster_bed_task(app, NULL, TASK_UNREACHABLE);
    struct cluster_task *pending = cluster_bed_task(app, NULL, TASK_PENDING);
    struct cluster_task *stopping = cluster_bed_task(app, NULL, TASK_RUNNING);
    serving->record.health = HEALTH_GOOD;
    unready->record.health = HEALTH_GOOD;
    unready->record.wants_ready = 1;
    broken->record.health = HEALTH_BAD;
    stopping->record.stop = STOP_DRAINING;

    expect_next(app, VICTIMS_ALL, pending);
    expect_next(app, VICTIMS_ALL, unreachable);
    expect_next(app, VICTIMS_ALL, staging);
    expect_next(app, VICTIMS_ALL, starting);
    expect_next(app, VICTIMS_ALL, broken);
    expect_next(app, VICTIMS_ALL, unready);
    expect_next(app, VICTIMS_ALL, serving);
    cr_assert_null(victims_next(app, VICTIMS_ALL), "what is being stopped is no victim again");
    cluster_bed_close(&bed);
}

Test(victims, age_decides_among_equals)
{
    for (uint32_t oldest_first = 0; oldest_first < 2; oldest_first++) {
        struct cluster_bed bed;
        cluster_bed_open(&bed, 1);
        struct cluster_app *app = cluster_bed_app(
            &bed, "/web",
            oldest_first ? "{\"id\":\"/web\",\"cmd\":\"x\",\"killSelection\":\"OLDEST_FIRST\"}"
                         : "{\"id\":\"/web\",\"cmd\":\"x\"}");
        struct cluster_task *tasks[3];
        for (uint32_t i = 0; i < 3; i++) {
            tasks[i] = cluster_bed_task(app, NULL, TASK_RUNNING);
        }
        for (uint32_t i = 0; i < 3; i++) {
            expect_next(app, VICTIMS_ALL, tasks[oldest_first ? i : 2 - i]);
        }
        cluster_bed_close(&bed);
    }
}

Test(victims, older_versions_go_before_the_wanted_one)
{
    struct cluster_bed bed;
    cluster_bed_open(&bed, 1);
    struct cluster_app *app = cluster_bed_app(&bed, "/web", "{\"id\":\"/web\",\"cmd\":\"x\"}");
    struct cluster_version *wanted = app->version;
    struct cluster_version *old = cluster_bed_version(&bed, app, "{\"id\":\"/web\",\"cmd\":\"y\"}");
    struct cluster_task *kept = cluster_bed_task(app, old, TASK_RUNNING);
    struct cluster_task *starting = cluster_bed_task(app, wanted, TASK_STARTING);
    struct cluster_task *running = cluster_bed_task(app, wanted, TASK_RUNNING);
    cr_assert(eq(ptr, victims_next(app, VICTIMS_OLD), kept), "only older ones when that is asked");
    cr_assert(eq(ptr, victims_next(app, VICTIMS_NEW), starting), "only new ones");
    expect_next(app, VICTIMS_ALL, starting);
    expect_next(app, VICTIMS_ALL, kept);
    cr_assert_null(victims_next(app, VICTIMS_OLD));
    expect_next(app, VICTIMS_ALL, running);
    cluster_bed_close(&bed);
}

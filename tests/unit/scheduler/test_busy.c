/*
 * tests/unit/scheduler/test_busy.c
 *
 * Goal:   a scheduler whose decisions take time thinks about one app at a time, in the order in
 *         which they came, and places what it thought about when it has thought.
 * Method: the controller alone on a large cluster; jobs are apps that come at given times. The
 *         first three stories, and their numbers, are those of Omega's own tests.
 */
#include <stdio.h>

#include "platform/base/memory.h"
#include "tests/unit/model/cluster_bed.h"

extern const struct controller scheduler_controller;

enum { JOBS_MAX = 40, STEPS_MAX = 1000 };

struct job {
    const char         *priority; /* NULL: none */
    int64_t             at_ns;
    int64_t             runs_ns;
    uint32_t            tasks_count;
    struct cluster_app *app;
    int64_t             placed_at_ns; /* the last task of it; 0: not yet */
};

struct busy_bed {
    struct cluster_bed bed;
    void              *state;
    struct job         jobs[JOBS_MAX];
    uint32_t           jobs_count;
};

static void
resend(struct env_timer *timer)
{
    (void)timer; /* nobody answers */
}

static void
open_bed(struct busy_bed *busy, int64_t app_ns, int64_t task_ns)
{
    *busy = (struct busy_bed){ 0 };
    cluster_bed_open(&busy->bed, 1);
    busy->bed.config.decision_app_ns = app_ns;
    busy->bed.config.decision_task_ns = task_ns;
    for (uint32_t i = 0; i < 10; i++) {
        struct cluster_node *node =
            cluster_bed_node(&busy->bed, i, 64000, MIB(65536), 31000, 32000);
        env_timer_init(&node->resend_timer, resend);
    }
    busy->state = memory_alloc_zero(1, scheduler_controller.state_bytes);
    scheduler_controller.open(&busy->bed.cluster, busy->state);
}

static void
close_bed(struct busy_bed *busy)
{
    scheduler_controller.close(&busy->bed.cluster, busy->state);
    memory_free(busy->state);
    cluster_bed_close(&busy->bed);
}

static void
add_job(struct busy_bed *busy, int64_t at_ns, int64_t runs_ns, uint32_t tasks_count)
{
    busy->jobs[busy->jobs_count++] =
        (struct job){ .at_ns = at_ns, .runs_ns = runs_ns, .tasks_count = tasks_count };
}

static void
begin_job(struct busy_bed *busy, struct job *job)
{
    char path[32];
    char text[200];
    (void)snprintf(path, sizeof path, "/job-%u", (uint32_t)(job - busy->jobs) + 1);
    (void)snprintf(text, sizeof text,
                   "{\"id\":\"%s\",\"cmd\":\"x\",\"cpus\":0.1,\"mem\":32,"
                   "\"labels\":{\"REHEARSAL_PRIORITY\":\"%s\"}}",
                   path, job->priority != NULL ? job->priority : "0");
    job->app = cluster_bed_app(&busy->bed, path, text);
    for (uint32_t i = 0; i < job->tasks_count; i++) {
        (void)cluster_bed_task(job->app, NULL, TASK_PENDING);
    }
}

/* What the master does with what is dirty. */
static void
step(struct busy_bed *busy)
{
    struct cluster *cluster = &busy->bed.cluster;
    for (uint32_t turn = 0; cluster->dirty.count > 0; turn++) {
        cr_assert(lt(u32, turn, STEPS_MAX));
        const struct vec dirty = cluster->dirty;
        vec_init(&cluster->dirty, sizeof(struct cluster_app *));
        for (uint32_t i = 0; i < dirty.count; i++) {
            struct cluster_app *app = *(struct cluster_app **)vec_at(&dirty, i);
            app->dirty = false;
            scheduler_controller.app(cluster, busy->state, app);
        }
        scheduler_controller.finish(cluster, busy->state);
        vec_fini((struct vec *)&dirty);
    }
}

/* Plays second by second for so long. */
static void
play(struct busy_bed *busy, int64_t seconds)
{
    for (int64_t second = 0; second <= seconds; second++) {
        test_world_run_until(busy->bed.world, SEC(second));
        for (uint32_t i = 0; i < busy->jobs_count; i++) {
            if (busy->jobs[i].at_ns == SEC(second)) {
                begin_job(busy, &busy->jobs[i]);
            }
        }
        step(busy);
        for (uint32_t i = 0; i < busy->jobs_count; i++) {
            struct job *job = &busy->jobs[i];
            if (job->app != NULL && job->placed_at_ns == 0 && job->app->pending_count == 0) {
                job->placed_at_ns = SEC(second);
            }
        }
    }
}

static int64_t
last_end_ns(const struct busy_bed *busy)
{
    int64_t end_ns = 0;
    for (uint32_t i = 0; i < busy->jobs_count; i++) {
        const struct job *job = &busy->jobs[i];
        cr_assert(ne(i64, job->placed_at_ns, 0), "job %u waits", i + 1);
        end_ns = job->placed_at_ns + job->runs_ns > end_ns ? job->placed_at_ns + job->runs_ns
                                                           : end_ns;
    }
    return end_ns;
}

Test(busy, forty_jobs_of_one_task_end_after_121_seconds)
{
    static struct busy_bed busy;
    open_bed(&busy, SEC(1), SEC(1));
    for (int64_t i = 1; i <= 40; i++) {
        add_job(&busy, SEC(i), SEC(i), 1);
    }
    play(&busy, 200);
    cr_assert(eq(i64, last_end_ns(&busy), SEC(121)));
    close_bed(&busy);
}

Test(busy, jobs_wait_while_it_thinks_about_others)
{
    static const int64_t waits_ns[] = { 0, SEC(1), SEC(3), SEC(6) };
    static struct busy_bed busy;
    open_bed(&busy, SEC(1), SEC(1));
    for (uint32_t i = 1; i <= 4; i++) {
        add_job(&busy, SEC(i), SEC(i), i);
    }
    play(&busy, 30);
    for (uint32_t i = 0; i < 4; i++) {
        const struct job *job = &busy.jobs[i];
        const int64_t thinks_ns = SEC(1) + SEC(1) * job->tasks_count;
        cr_expect(eq(i64, job->placed_at_ns - thinks_ns - job->at_ns, waits_ns[i]), "job %u",
                  i + 1);
    }
    close_bed(&busy);
}

Test(busy, jobs_that_come_together_have_their_turns_in_order)
{
    static struct busy_bed busy;
    open_bed(&busy, SEC(1), SEC(1));
    for (uint32_t i = 1; i <= 4; i++) {
        add_job(&busy, 0, SEC(i), i);
    }
    play(&busy, 30);
    cr_expect(eq(i64, busy.jobs[0].placed_at_ns, SEC(2)));
    cr_expect(eq(i64, busy.jobs[3].placed_at_ns, SEC(14)));
    cr_assert(eq(i64, last_end_ns(&busy), SEC(18)));
    close_bed(&busy);
}

Test(busy, an_app_that_waits_says_so_and_one_that_is_deleted_holds_up_nobody)
{
    static struct busy_bed busy;
    open_bed(&busy, SEC(5), 0);
    add_job(&busy, 0, SEC(1), 1);
    add_job(&busy, 0, SEC(1), 2);
    add_job(&busy, 0, SEC(1), 3);
    play(&busy, 2);
    cr_assert_str_eq(busy.jobs[1].app->why_pending, "the scheduler is busy");
    for (uint32_t i = 0; i < 2; i++) {
        struct cluster_app *app = busy.jobs[i].app;
        while (app->tasks_first != NULL) {
            cluster_task_state(app->tasks_first, TASK_KILLED, "");
            cluster_task_forget(app->tasks_first);
        }
    }
    for (int64_t second = 3; second <= 10; second++) {
        test_world_run_until(busy.bed.world, SEC(second));
        step(&busy);
        cr_assert(eq(u32, busy.jobs[2].app->pending_count, second < 10 ? 3 : 0), "second %d",
                  (int)second);
    }
    cr_assert_null(busy.jobs[2].app->why_pending);
    close_bed(&busy);
}

Test(busy, where_priorities_decide_they_decide_who_is_thought_about_next)
{
    static const int64_t placed_ns[] = { SEC(5), SEC(20), SEC(15), SEC(10) };
    static const char *const priorities[] = { "0", "0", "10", "100" };
    static struct busy_bed busy;
    open_bed(&busy, SEC(5), 0);
    for (uint32_t i = 0; i < COUNT_OF(priorities); i++) {
        add_job(&busy, SEC(i), SEC(1), 2);
        busy.jobs[i].priority = priorities[i];
    }
    play(&busy, 30);
    for (uint32_t i = 0; i < COUNT_OF(priorities); i++) {
        cr_expect(eq(i64, busy.jobs[i].placed_at_ns, placed_ns[i]), "job %u", i + 1);
    }
    close_bed(&busy);
}

Test(busy, without_decision_time_everything_is_placed_at_once)
{
    static struct busy_bed busy;
    open_bed(&busy, 0, 0);
    add_job(&busy, 0, SEC(1), 5);
    add_job(&busy, 0, SEC(1), 5);
    test_world_run_until(busy.bed.world, 0);
    begin_job(&busy, &busy.jobs[0]);
    begin_job(&busy, &busy.jobs[1]);
    step(&busy);
    cr_assert(eq(u32, busy.jobs[0].app->pending_count + busy.jobs[1].app->pending_count, 0));
    close_bed(&busy);
}

/*
 * tests/unit/model/test_backoff.c
 *
 * Goal:   failures in a row make the next launch wait as Marathon does: 1 s, times 1.15 each, at
 *         most 300 s, forgotten 300 s after the last.
 * Method: the delays by hand, odd factors against 128-bit arithmetic; an app that fails on a
 *         cluster whose time the test moves.
 */
#include "platform/model/backoff.h"
#include "tests/unit/model/cluster_bed.h"

static struct app_spec
spec_of(int64_t backoff_ns, uint32_t factor_ppm, int64_t max_ns)
{
    return (struct app_spec){ .backoff_ns = backoff_ns,
                              .backoff_factor_ppm = factor_ppm,
                              .backoff_max_ns = max_ns };
}

Test(backoff, delays_grow_by_the_factor_up_to_the_cap)
{
    const struct app_spec spec = spec_of(SEC(1), 1150000, SEC(300));
    cr_assert(eq(i64, backoff_delay_ns(&spec, 1), 1000000000));
    cr_assert(eq(i64, backoff_delay_ns(&spec, 2), 1150000000));
    cr_assert(eq(i64, backoff_delay_ns(&spec, 3), 1322500000));
    cr_assert(eq(i64, backoff_delay_ns(&spec, 4), 1520875000));
    cr_assert(lt(i64, backoff_delay_ns(&spec, 41), SEC(300)));
    cr_assert(eq(i64, backoff_delay_ns(&spec, 42), SEC(300)));
    cr_assert(eq(i64, backoff_delay_ns(&spec, UINT32_MAX), SEC(300)));
}

Test(backoff, large_delays_and_factors_reach_the_cap_too)
{
    const struct app_spec fast = spec_of(SEC(3600), 1000000000, SEC(86400) * 365);
    cr_assert(eq(i64, backoff_delay_ns(&fast, 2), SEC(3600) * 1000));
    cr_assert(eq(i64, backoff_delay_ns(&fast, 3), SEC(86400) * 365));
    const struct app_spec slow = spec_of(SEC(86400), 1150000, SEC(864000));
    cr_assert(eq(i64, backoff_delay_ns(&slow, 2), SEC(86400) / 100 * 115));
    cr_assert(eq(i64, backoff_delay_ns(&slow, 100), SEC(864000)));
}

Test(backoff, a_factor_of_one_and_no_delay_stay_as_they_are)
{
    const struct app_spec constant = spec_of(SEC(2), 1000000, SEC(300));
    const struct app_spec none = spec_of(0, 1150000, SEC(300));
    cr_assert(eq(i64, backoff_delay_ns(&constant, 1000000), SEC(2)));
    cr_assert(eq(i64, backoff_delay_ns(&none, 1000000), 0));
}

static void
bed_wait(struct cluster_bed *bed, int64_t ns)
{
    test_world_run_until(bed->world, world_now(bed->world) + ns);
}

Test(backoff, holds_until_the_delay_is_over_and_wakes_the_app)
{
    struct cluster_bed bed;
    cluster_bed_open(&bed, 1);
    struct cluster_app *app = cluster_bed_app(&bed, "/web", "{\"id\":\"/web\",\"cmd\":\"x\"}");
    cr_assert(not(backoff_holds(app)));
    backoff_failed(app);
    cr_assert(backoff_holds(app));
    vec_clear(&bed.cluster.dirty);
    app->dirty = false;
    bed_wait(&bed, SEC(1) - 1);
    cr_assert(backoff_holds(app));
    cr_assert(not(app->dirty));
    bed_wait(&bed, 1);
    cr_assert(app->dirty, "its own timer wakes it");
    cr_assert(not(backoff_holds(app)));
    cluster_bed_close(&bed);
}

Test(backoff, failures_are_forgotten_after_the_longest_delay)
{
    struct cluster_bed bed;
    cluster_bed_open(&bed, 1);
    struct cluster_app *app = cluster_bed_app(&bed, "/web", "{\"id\":\"/web\",\"cmd\":\"x\"}");
    bed_wait(&bed, SEC(10));
    backoff_failed(app);
    bed_wait(&bed, SEC(300) - 1);
    backoff_failed(app);
    cr_assert(eq(u32, app->record.backoff_failures, 2));
    bed_wait(&bed, SEC(300));
    backoff_failed(app);
    cr_assert(eq(u32, app->record.backoff_failures, 3), "not yet: it must be more than that");
    bed_wait(&bed, SEC(300) + 1);
    backoff_failed(app);
    cr_assert(eq(u32, app->record.backoff_failures, 1));
    backoff_reset(app);
    cr_assert(not(backoff_holds(app)));
    cr_assert(eq(u32, app->record.backoff_failures, 0));
    cluster_bed_close(&bed);
}

Test(backoff, a_drained_node_leaves_no_delay_behind)
{
    struct cluster_bed bed;
    cluster_bed_open(&bed, 1);
    struct cluster_app *app = cluster_bed_app(&bed, "/web", "{\"id\":\"/web\",\"cmd\":\"x\"}");
    backoff_drained(app);
    cr_assert(not(app->written), "nothing to forget, nothing to write");
    backoff_failed(app);
    app->written = false;
    backoff_drained(app);
    cr_assert(not(backoff_holds(app)));
    cr_assert(eq(u32, app->record.backoff_failures, 0));
    cr_assert(app->written, "a master that comes later must not wait either");
    cluster_bed_close(&bed);
}

Test(backoff, a_start_keeps_the_failures_in_mind)
{
    struct cluster_bed bed;
    cluster_bed_open(&bed, 1);
    struct cluster_app *app = cluster_bed_app(&bed, "/web", "{\"id\":\"/web\",\"cmd\":\"x\"}");
    struct cluster_task *task = cluster_bed_task(app, NULL, TASK_PENDING);
    bed_wait(&bed, SEC(10));
    backoff_failed(app);
    const int64_t until_ns = app->record.backoff_until_ns;
    bed_wait(&bed, SEC(300));
    cluster_task_state(task, TASK_STAGING, "");
    bed_wait(&bed, SEC(1));
    backoff_failed(app);
    cr_assert(eq(u32, app->record.backoff_failures, 2), "1 s after a start");
    cr_assert(gt(i64, app->record.backoff_until_ns, until_ns));
    bed_wait(&bed, SEC(301));
    cluster_task_state(task, TASK_RUNNING, "");
    backoff_failed(app);
    cr_assert(eq(u32, app->record.backoff_failures, 1), "a start after that brings nothing back");
    cluster_bed_close(&bed);
}

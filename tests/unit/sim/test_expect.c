/*
 * tests/unit/sim/test_expect.c
 *
 * Goal:   each kind of expectation passes and fails at the right instant, and says why.
 * Method: one expectation, a scripted platform, and a look at the row that it leaves.
 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "sim/expect/condition.h"
#include "tests/unit/sim/run_story.h"

static struct story story;

static void
open_story(void)
{
    story_open(&story);
}

static void
close_story(void)
{
    story_close(&story);
}

TestSuite(expect, .init = open_story, .fini = close_story);

static struct condition_data
of_web(enum metric metric)
{
    struct condition_data data = condition_defaults;
    data.metric = metric;
    data.app = "/web";
    return data;
}

static void
starts_well(void)
{
    story_start(&story);
    story_all_well(&story);
}

static void
loses(uint64_t task)
{
    story_container(&story, WORLD_CONTAINER_ENDED, task, (uint32_t)task);
    story_task(&story, task, TASK_RUNNING, TASK_FAILED, (uint32_t)task);
}

static void
ends(enum outcome outcome, int64_t at_ns, const char *detail)
{
    story_until(&story, MIN(13));
    const struct result_expectation *row = story_expectation(&story, 0);
    cr_assert(eq(int, row->outcome, outcome), "%s", row->detail);
    if (at_ns >= 0) {
        cr_assert(eq(i64, row->at_ns, at_ns), "%s", row->detail);
    }
    cr_assert(eq(str, (char *)row->detail, (char *)detail));
}

Test(expect, always_holds_from_the_instant_given)
{
    struct condition_data data = of_web(METRIC_HEALTHY);
    data.at_least = 4;
    data.from_at_ns = MIN(1);
    story_expect(&story, "always", &data);
    starts_well();
    ends(OUTCOME_PASSED, -1, "healthy of /web stayed between 4 and 4, expected at least 4");
}

Test(expect, always_fails_at_the_first_instant_outside)
{
    struct condition_data data = of_web(METRIC_HEALTHY);
    data.at_least = 4;
    data.from_at_ns = MIN(1);
    story_expect(&story, "always", &data);
    starts_well();
    story_until(&story, MIN(3));
    loses(2);
    story_task_up(&story, 5, 2);
    ends(OUTCOME_FAILED, MIN(3), "healthy of /web was 3 at 3m, expected always at least 4");
}

Test(expect, always_looks_no_longer_than_until)
{
    struct condition_data data = of_web(METRIC_HEALTHY);
    data.at_least = 4;
    data.from_at_ns = MIN(1);
    data.until_at_ns = MIN(3);
    story_expect(&story, "always", &data);
    starts_well();
    story_until(&story, MIN(3) + 1);
    loses(2);
    story_until(&story, MIN(12));
    cr_assert(eq(int, story_expectation(&story, 0)->outcome, OUTCOME_PASSED));
}

Test(expect, never_allows_shorter_stretches)
{
    struct condition_data data = of_web(METRIC_UNPLACED);
    data.for_ns = SEC(30);
    data.from_at_ns = MIN(1);
    story_expect(&story, "never", &data);
    starts_well();
    story_until(&story, MIN(3));
    loses(2);
    story_until(&story, MIN(3) + SEC(29));
    story_task_up(&story, 5, 2);
    ends(OUTCOME_PASSED, -1, "unplaced of /web was at least 1 for 29s at the longest");
}

Test(expect, never_fails_when_a_stretch_is_long_enough)
{
    struct condition_data data = of_web(METRIC_UNPLACED);
    data.for_ns = SEC(30);
    data.from_at_ns = MIN(1);
    story_expect(&story, "never", &data);
    starts_well();
    story_until(&story, MIN(3));
    loses(2);
    ends(OUTCOME_FAILED, MIN(3) + SEC(30), "unplaced of /web was at least 1 for 30s since 3m");
}

Test(expect, never_sees_a_stretch_that_just_ended)
{
    struct condition_data data = of_web(METRIC_UNPLACED);
    data.for_ns = MS(1500);
    data.from_at_ns = MIN(1);
    story.scenario.duration_ns = HOUR(10); /* samples are a minute apart */
    story_expect(&story, "never", &data);
    starts_well();
    story_until(&story, MIN(3) + SEC(1));
    loses(2);
    story_until(&story, MIN(3) + SEC(3));
    story_task_up(&story, 5, 2);
    story_until(&story, HOUR(10) + SEC(1));
    cr_assert(eq(int, story_expectation(&story, 0)->outcome, OUTCOME_FAILED));
}

Test(expect, never_without_for_allows_no_instant)
{
    struct condition_data data = of_web(METRIC_FAILED);
    story_expect(&story, "never", &data);
    starts_well();
    story_until(&story, MIN(2));
    loses(2);
    story_task_up(&story, 5, 2);
    ends(OUTCOME_FAILED, MIN(2), "failed of /web was at least 1 for 0s since 2m");
}

Test(expect, eventually_passes_at_the_first_instant_inside)
{
    struct condition_data data = of_web(METRIC_HEALTHY);
    data.at_least = 4;
    data.by_at_ns = MIN(5);
    story_expect(&story, "eventually", &data);
    story_start(&story);
    story_until(&story, MIN(2));
    story_all_well(&story);
    ends(OUTCOME_PASSED, MIN(2), "healthy of /web became 4, expected at least 4");
}

Test(expect, eventually_fails_after_its_time)
{
    struct condition_data data = of_web(METRIC_HEALTHY);
    data.at_least = 5;
    data.by_at_ns = MIN(5);
    story_expect(&story, "eventually", &data);
    starts_well();
    ends(OUTCOME_FAILED, -1, "healthy of /web was not at least 5 by 5m, it was 4");
}

Test(expect, eventually_with_for_wants_it_to_last)
{
    struct condition_data data = of_web(METRIC_HEALTHY);
    data.at_least = 4;
    data.from_at_ns = MIN(1);
    data.for_ns = MIN(2);
    story_expect(&story, "eventually", &data);
    starts_well();
    story_until(&story, MIN(2));
    loses(2);
    story_until(&story, MIN(4));
    story_task_up(&story, 5, 2);
    story_until(&story, MIN(6) - MS(1));
    cr_assert(eq(u32, story.run.watching, 1));
    ends(OUTCOME_PASSED, MIN(6), "healthy of /web was at least 4 since 4m");
}

Test(expect, metrics_without_an_app_are_of_all)
{
    struct condition_data nodes = condition_defaults;
    nodes.metric = METRIC_NODES;
    nodes.at_least = 6;
    nodes.at_most = 6;
    struct condition_data present = condition_defaults;
    present.metric = METRIC_PRESENT;
    present.at_least = 5;
    story_expect(&story, "eventually", &nodes);
    story_expect(&story, "eventually", &present);
    starts_well();
    story_event(&story, (struct env_event){ .kind = ENV_EVENT_APP,
                                            .value = 1,
                                            .version = 2,
                                            .app = "/db",
                                            .text = "accepted" });
    story_event(&story, (struct env_event){
                            .kind = ENV_EVENT_TASK, .old_state = -1, .task = 5, .app = "/db" });
    cr_assert(eq(u32, story.run.watching, 1));
    story_event(&story, (struct env_event){ .kind = ENV_EVENT_TASK,
                                            .new_state = TASK_STAGING,
                                            .task = 5,
                                            .node = 2,
                                            .app = "/db" });
    cr_assert(eq(u32, story.run.watching, 0));
}

/* --- deployments --- */

struct deployment_story { /* as the field table fills it */
    const char *app;
    int         outcome;
    int64_t     within_ns;
};

Test(expect, the_last_deployment_is_judged)
{
    const struct deployment_story data = { .app = "/web", .within_ns = MIN(1) };
    story_expect(&story, "deployment", &data);
    starts_well();
    story_deployment(&story, 1, DEPLOYMENT_RUNNING, "");
    story_deployment(&story, 1, DEPLOYMENT_FAILED, "");
    story_until(&story, MIN(2));
    story_deployment(&story, 2, DEPLOYMENT_RUNNING, "0 of 4");
    story_until(&story, MIN(2) + SEC(40));
    story_deployment(&story, 2, DEPLOYMENT_DONE, "");
    ends(OUTCOME_PASSED, -1, "done after 40s");
}

enum { EXPECT_DONE, EXPECT_ROLLED_BACK }; /* in the order of its words */

Test(expect, a_deployment_is_rolled_back_when_its_way_back_is_done)
{
    const struct deployment_story data = { .app = "/web", .outcome = EXPECT_ROLLED_BACK };
    story_expect(&story, "deployment", &data);
    starts_well();
    story_deployment(&story, 1, DEPLOYMENT_RUNNING, "canary");
    story_until(&story, MIN(2));
    story_deployment(&story, 1, DEPLOYMENT_ROLLED_BACK, "too many errors");
    story_deployment(&story, 2, DEPLOYMENT_RUNNING, "roll-back");
    story_until(&story, MIN(2) + SEC(30));
    story_deployment(&story, 2, DEPLOYMENT_DONE, "");
    ends(OUTCOME_PASSED, -1, "rolled-back after 2m30s");
}

Test(expect, a_deployment_on_its_way_back_is_not_rolled_back)
{
    const struct deployment_story data = { .app = "/web", .outcome = EXPECT_ROLLED_BACK };
    story_expect(&story, "deployment", &data);
    starts_well();
    story_deployment(&story, 1, DEPLOYMENT_RUNNING, "canary");
    story_deployment(&story, 1, DEPLOYMENT_ROLLED_BACK, "too many errors");
    story_deployment(&story, 2, DEPLOYMENT_RUNNING, "roll-back");
    story_deployment(&story, 2, DEPLOYMENT_RUNNING, "2 to be stopped");
    ends(OUTCOME_FAILED, -1,
         "it has failed, and its way back is running; it said last: 2 to be stopped");
}

Test(expect, a_deployment_that_took_too_long_fails)
{
    const struct deployment_story data = { .app = "/web", .within_ns = SEC(30) };
    story_expect(&story, "deployment", &data);
    starts_well();
    story_deployment(&story, 1, DEPLOYMENT_RUNNING, "");
    story_until(&story, SEC(40));
    story_deployment(&story, 1, DEPLOYMENT_DONE, "");
    ends(OUTCOME_FAILED, -1, "it was done after 40s, expected within 30s");
}

Test(expect, a_deployment_that_never_began_fails)
{
    const struct deployment_story data = { .app = "/web" };
    story_expect(&story, "deployment", &data);
    starts_well();
    ends(OUTCOME_FAILED, -1, "no deployment of /web ever began");
}

/* --- questions --- */

Test(expect, a_question_in_sql_is_left_to_the_command_line)
{
    story_expect(&story, "sql", NULL);
    starts_well();
    story_until(&story, MIN(10));
    cr_assert(eq(str, (char *)story_expectation(&story, 0)->kind, "sql"));
    cr_assert(eq(i64, story_expectation(&story, 0)->at_ns, -1));
}

/*
 * tests/unit/sim/test_run.c
 *
 * Goal:   a scenario is played as it is written: apps first, steps in order, scopes undone, and no
 *         verdict before the platform has what it wants or the time for it is over.
 * Method: the runner alone on a scripted world; the test is the master.
 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <jansson.h>
#include <string.h>

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

TestSuite(run, .init = open_story, .fini = close_story);

static const struct node_data one_node = { .targets = { .kind = SELECT_NAME,
                                                        .name = "private-2" } };

Test(run, sends_each_app_until_it_is_answered)
{
    story_start(&story);
    story_until(&story, MS(2500));
    cr_assert(eq(u32, story.sent_count, 3));
    for (uint32_t i = 0; i < 3; i++) {
        cr_assert(eq(u64, story.requests[i], 1), "the same request again");
        cr_assert(eq(str, story.sent[i], (char *)story.app.json));
    }
    story_answer(&story, 1, ST_UNAVAILABLE, 0); /* not now: it is sent again */
    story_until(&story, SEC(4));
    cr_assert(eq(u32, story.sent_count, 5));
    story_answer(&story, 1, ST_OK, 1);
    story_answer(&story, 1, ST_OK, 1); /* a repeated answer is nothing new */
    story_until(&story, SEC(10));
    cr_assert(eq(u32, story.sent_count, 5));
}

Test(run, a_refused_app_ends_it_at_once_with_an_error)
{
    story_start(&story);
    story_until(&story, SEC(1));
    story_answer(&story, 1, ST_INVALID, 0);
    cr_assert(eq(u32, story.finished, 0), "never inside the answer");
    story_until(&story, SEC(1));
    cr_assert(eq(u32, story.finished, 1));
    cr_assert(eq(int, story.run.results.outcome, OUTCOME_ERROR));
    cr_assert(eq(str, (char *)story.run.results.error, "app /web was refused: because (invalid)"));
}

Test(run, passes_when_all_is_well_at_the_end)
{
    story_start(&story);
    story_all_well(&story);
    story_until(&story, MIN(10) - 1);
    cr_assert(eq(int, story.run.phase, RUN_PLAYING));
    story_until(&story, MIN(10));
    cr_assert(eq(int, story.run.phase, RUN_OVER));
    cr_assert(eq(u32, story.finished, 1));
    cr_assert(eq(int, story.run.results.outcome, OUTCOME_PASSED), "%s", story.run.results.error);
    cr_assert(eq(u64, story.run.results.tasks_submitted, 4));
    cr_assert(eq(u64, story.run.results.tasks_by_state[TASK_RUNNING], 4));
    cr_assert(eq(i64, story.run.results.simulated_ns, MIN(10)));
}

Test(run, waits_for_the_platform_and_says_for_what)
{
    story_start(&story);
    story_all_well(&story);
    story_until(&story, MIN(9));
    story_task(&story, 4, TASK_RUNNING, TASK_FAILED, 4);
    story_container(&story, WORLD_CONTAINER_ENDED, 4, 4);
    story_until(&story, MIN(11));
    cr_assert(eq(int, story.run.phase, RUN_SETTLING));
    story_until(&story, MIN(12));
    cr_assert(eq(int, story.run.phase, RUN_OVER));
    cr_assert(eq(int, story.run.results.outcome, OUTCOME_FAILED));
    cr_assert_not_null(strstr(story.run.results.error, "app /web: 3 of 4 healthy"));
}

Test(run, ends_as_soon_as_the_platform_has_what_it_wants)
{
    story_start(&story);
    story_all_well(&story);
    story_task(&story, 4, TASK_RUNNING, TASK_FAILED, 4);
    story_container(&story, WORLD_CONTAINER_ENDED, 4, 4);
    story_until(&story, MIN(11));
    story_task_up(&story, 5, 4);
    story_until(&story, MIN(11) + SEC(1));
    cr_assert(eq(int, story.run.phase, RUN_OVER));
    cr_assert(eq(int, story.run.results.outcome, OUTCOME_PASSED), "%s", story.run.results.error);
}

Test(run, a_task_that_cannot_be_placed_and_says_why_is_settled_after_a_minute)
{
    story_start(&story);
    story_all_well(&story);
    story_until(&story, MIN(9) + SEC(30));
    story_announces(&story, "accepted", 5, 1);
    story_deployment(&story, 9, DEPLOYMENT_RUNNING, "one more");
    story_event(&story, (struct env_event){ .kind = ENV_EVENT_TASK, .old_state = -1, .task = 5 });
    story_event(&story, (struct env_event){ .kind = ENV_EVENT_PENDING,
                                            .old_state = -1,
                                            .new_state = -1,
                                            .text = "6 machines: not enough cpu" });
    story_until(&story, MIN(10) + SEC(29));
    cr_assert(eq(int, story.run.phase, RUN_SETTLING));
    story_until(&story, MIN(10) + SEC(30));
    cr_assert(eq(int, story.run.phase, RUN_OVER));
    cr_assert(eq(int, story.run.results.outcome, OUTCOME_PASSED), "%s", story.run.results.error);
    const struct result_app *app = vec_at(&story.run.results.apps, 0);
    cr_assert(eq(str, (char *)app->why_pending, "6 machines: not enough cpu"));
}

Test(run, a_task_that_waits_without_a_reason_is_not_settled)
{
    story_start(&story);
    story_all_well(&story);
    story_announces(&story, "accepted", 5, 1);
    story_event(&story, (struct env_event){ .kind = ENV_EVENT_TASK, .old_state = -1, .task = 5 });
    story_until(&story, MIN(12));
    cr_assert(eq(int, story.run.results.outcome, OUTCOME_FAILED));
}

Test(run, what_lasts_is_undone_and_waited_for)
{
    story_step(&story, MIN(2), "kill-node", &one_node, MIN(3));
    story_start(&story);
    story_all_well(&story);
    story_until(&story, MIN(12));
    cr_assert(story_noted(&story, "120.000 kill-node 2"));
    cr_assert(story_noted(&story, "300.000 start-node 2"));
    cr_assert(eq(int, story.run.results.outcome, OUTCOME_PASSED), "%s", story.run.results.error);
    const struct result_fault *fault = vec_at(&story.run.results.faults, 0);
    cr_assert(eq(i64, fault->at_ns, MIN(2)));
    cr_assert(eq(i64, fault->until_at_ns, MIN(5)));
    cr_assert(eq(str, (char *)fault->target, "private-2"));
    cr_assert(fault->is_fault && !fault->drawn);
}

/* task * 100 + factor * 10: tasks 1 to 4, two and a half times */
static const struct slow_task_data all_slow = { .targets = { .kind = SELECT_ALL },
                                                .app = "/web",
                                                .factor = 2.5 };

Test(run, slow_tasks_are_themselves_again_and_those_that_ended_need_not_be)
{
    story_step(&story, MIN(2), "slow-task", &all_slow, MIN(3));
    story_start(&story);
    story_all_well(&story);
    story_until(&story, MIN(3));
    cr_assert(story_noted(&story, "120.000 slow 125"));
    cr_assert(story_noted(&story, "120.000 slow 425"));
    cr_assert_not(story_noted(&story, "180.000 well 125"));
    story.world_answer = ST_NOT_FOUND; /* they have ended meanwhile */
    story_until(&story, MIN(5));
    cr_assert(story_noted(&story, "300.000 well 125"));
    cr_assert(story_noted(&story, "300.000 well 425"));
    story_until(&story, MIN(12));
    cr_assert(eq(int, story.run.results.outcome, OUTCOME_PASSED), "%s", story.run.results.error);
    const struct result_fault *fault = vec_at(&story.run.results.faults, 0);
    cr_assert(eq(i64, fault->until_at_ns, MIN(5)));
    cr_assert(eq(str, (char *)fault->target, "4 of /web (task 1, ...)"));
}

Test(run, slowness_that_cannot_be_undone_fails_it)
{
    story_step(&story, MIN(2), "slow-task", &all_slow, MIN(3));
    story_start(&story);
    story_all_well(&story);
    story_until(&story, MIN(3));
    story.world_answer = ST_FAILED;
    story_until(&story, MIN(12));
    cr_assert(eq(int, story.run.results.outcome, OUTCOME_FAILED));
    cr_assert_not_null(strstr(story.run.results.error, "slow-task could not be undone"));
}

Test(run, a_machine_that_never_comes_back_fails_it)
{
    story_step(&story, MIN(2), "kill-node", &one_node, MIN(3));
    story_start(&story);
    story_all_well(&story);
    story_until(&story, MIN(6));
    story.nodes[1].up = false;
    story_until(&story, MIN(12));
    cr_assert(eq(int, story.run.results.outcome, OUTCOME_FAILED));
    cr_assert_not_null(
        strstr(story.run.results.error, "machine private-2 is not back: it is down"));
    cr_assert(eq(int, story_invariant(&story, "faults-undone")->outcome, OUTCOME_FAILED));
}

Test(run, the_time_to_settle_begins_when_the_last_fault_ends)
{
    story_step(&story, MIN(9), "partition", &one_node, MIN(5));
    story_start(&story);
    story_all_well(&story);
    story_until(&story, MIN(14) - 1);
    cr_assert(eq(int, story.run.phase, RUN_SETTLING));
    story_until(&story, MIN(14) + SEC(1));
    cr_assert(story_noted(&story, "840.000 heal 2"));
    cr_assert(eq(int, story.run.results.outcome, OUTCOME_PASSED), "%s", story.run.results.error);
}

Test(run, a_machine_held_by_two_faults_is_let_go_by_the_last)
{
    const struct fail_zone_data zone = { .zone = "b" };
    story_step(&story, MIN(1), "kill-node", &one_node, MIN(4));
    story_step(&story, MIN(2), "fail-zone", &zone, MIN(1));
    story_start(&story);
    story_all_well(&story);
    story_until(&story, MIN(4));
    cr_assert(story_noted(&story, "120.000 kill-node 5"), "zone b holds machines 2 and 5");
    cr_assert(not(story_noted(&story, "120.000 kill-node 2")), "it is down already");
    cr_assert(story_noted(&story, "180.000 start-node 5"));
    cr_assert(not(story_noted(&story, "180.000 start-node 2")), "the other fault still holds it");
    story_until(&story, MIN(5));
    cr_assert(story_noted(&story, "300.000 start-node 2"));
}

Test(run, a_machine_killed_for_good_is_not_waited_for)
{
    story_step(&story, MIN(2), "kill-node", &one_node, 0);
    story_start(&story);
    story_all_well(&story);
    story_until(&story, MIN(10));
    cr_assert(eq(int, story.run.results.outcome, OUTCOME_PASSED), "%s", story.run.results.error);
    cr_assert(not(story_noted(&story, "600.000 start-node 2")));
}

Test(run, steps_at_one_instant_go_in_the_order_of_the_file)
{
    const struct set_traffic_data fast = { .to = "web", .rate_microhertz = INT64_C(9) * PPM };
    story.traffic[0].to = "web";
    story.scenario.traffic_count = 1;
    story_step(&story, SEC(5), "restart-master", NULL, 0);
    story_step(&story, SEC(5), "restart-agent", &one_node, 0);
    story_step(&story, SEC(5), "set-traffic", &fast, 0);
    story_start(&story);
    story_until(&story, SEC(5));
    cr_assert(eq(u32, story.notes_count, 3));
    cr_assert(eq(str, story.notes[0], "5.000 restart-master 5"), "five seconds when not said");
    cr_assert(eq(str, story.notes[1], "5.000 restart-agent 2"));
    cr_assert(eq(str, story.notes[2], "5.000 set-traffic 9"));
    cr_assert(eq(u32, story.run.faults_active, 1));
    story_until(&story, SEC(10));
    cr_assert(eq(u32, story.run.faults_active, 0));
}

Test(run, a_deploy_merges_into_what_was_handed_in_last)
{
    json_t                  *cpus = json_pack("{s:f,s:n}", "cpus", 0.25, "mem");
    const struct scale_data  scale = { .app = "/web", .instances = 7 };
    const struct deploy_data deploy = { .app = "/web", .set = cpus };
    story_step(&story, MIN(1), "scale", &scale, 0);
    story_step(&story, MIN(2), "deploy", &deploy, 0);
    story_start(&story);
    story_answer(&story, 1, ST_OK, 1);
    story_until(&story, MIN(1));
    cr_assert(eq(str, story.sent[story.sent_count - 1], "scale /web 7"));
    story_answer(&story, 2, ST_OK, 1);
    story_until(&story, MIN(2));
    cr_assert(eq(u64, story.requests[story.sent_count - 1], 3));
    cr_assert(eq(str, story.sent[story.sent_count - 1],
                 "{\"id\":\"/web\",\"cpus\":0.25,\"instances\":7}"));
    json_decref(cpus);
}

Test(run, a_refused_step_fails_it_with_its_sentence)
{
    const struct scale_data scale = { .app = "/web", .instances = 7 };
    story_step(&story, MIN(1), "scale", &scale, 0);
    story_start(&story);
    story_all_well(&story);
    story_until(&story, MIN(1));
    story_answer(&story, 2, ST_CONFLICT, 0);
    story_until(&story, MIN(10));
    cr_assert(eq(int, story.run.results.outcome, OUTCOME_FAILED));
    cr_assert(eq(str, (char *)story.run.results.error,
                 "/timeline/0: scale /web to 7 was refused: because (conflict)"));
}

Test(run, a_target_that_matches_nothing_fails_it_unless_it_may_be_empty)
{
    const struct node_data nobody = { .targets = { .kind = SELECT_NAME, .name = "x" } };
    const struct node_data maybe = {
        .targets = { .kind = SELECT_NAME, .name = "x", .may_be_empty = true }
    };
    story_step(&story, MIN(1), "kill-node", &maybe, MIN(1));
    story_step(&story, MIN(2), "kill-node", &nobody, MIN(1));
    story_start(&story);
    story_until(&story, MIN(1));
    cr_assert(eq(int, story.run.results.outcome, OUTCOME_PASSED));
    story_until(&story, MIN(2));
    cr_assert(eq(int, story.run.results.outcome, OUTCOME_FAILED));
    cr_assert_not_null(strstr(story.run.results.error, "no machine fits the name x"));
}

Test(run, what_the_world_refuses_fails_it)
{
    story_step(&story, MIN(1), "restart-agent", &one_node, 0);
    story.world_answer = ST_UNSUPPORTED;
    story_start(&story);
    story_until(&story, MIN(1));
    cr_assert(eq(str, (char *)story.run.results.error,
                 "/timeline/0: restart-agent: the world says no"));
}

Test(run, a_planted_bug_passes_when_its_invariant_is_broken)
{
    story.scenario.violates = "one-leader-per-term";
    story_start(&story);
    story_all_well(&story);
    story_leads(&story, 1);
    story_until(&story, MIN(12));
    cr_assert(eq(int, story_invariant(&story, "one-leader-per-term")->outcome, OUTCOME_FAILED));
    cr_assert(eq(int, story.run.results.outcome, OUTCOME_PASSED));
    cr_assert(eq(str, (char *)story_expectation(&story, 0)->id, "violates-one-leader-per-term"));
}

Test(run, a_planted_bug_that_nobody_catches_fails)
{
    story.scenario.violates = "min-health";
    story_start(&story);
    story_all_well(&story);
    story_until(&story, MIN(12));
    cr_assert(eq(int, story.run.results.outcome, OUTCOME_FAILED));
}

Test(run, stops_with_an_error_when_asked)
{
    story_start(&story);
    story_all_well(&story);
    story_until(&story, MIN(3));
    story.run.stop_asked = true;
    story_until(&story, MIN(3) + SEC(2));
    cr_assert(eq(u32, story.finished, 1));
    cr_assert(eq(int, story.run.results.outcome, OUTCOME_ERROR));
    cr_assert(eq(str, (char *)story.run.results.error, "stopped before its end"));
}

/*
 * tests/unit/sim/test_invariants.c
 *
 * Goal:   each standing invariant catches the one thing that it stands for, and nothing else.
 * Method: a platform that works, then one line or fact that breaks one rule; every story also
 * checks that the other invariants still hold.
 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "tests/unit/sim/run_story.h"

static struct story story;

static void
open_story(void)
{
    story_open(&story);
    story_start(&story);
    story_all_well(&story);
    story_until(&story, MIN(1));
}

static void
close_story(void)
{
    story_close(&story);
}

TestSuite(invariants, .init = open_story, .fini = close_story);

/* Plays to the end; broken names the one invariant that must not hold, NULL: all hold. */
static void
ends_with(const char *broken)
{
    story_until(&story, MIN(13));
    cr_assert(eq(u32, story.run.results.invariants.count, 11));
    for (uint32_t i = 0; i < story.run.results.invariants.count; i++) {
        const struct result_invariant *row = vec_at(&story.run.results.invariants, i);
        const bool breaks = broken != NULL && strcmp(row->id, broken) == 0;
        cr_assert(eq(int, row->outcome, breaks ? OUTCOME_FAILED : OUTCOME_PASSED), "%s: %s",
                  row->id, row->detail);
    }
    cr_assert(eq(int, story.run.results.outcome, broken != NULL ? OUTCOME_FAILED : OUTCOME_PASSED));
}

static void
drain_done(uint64_t task)
{
    story_event(&story,
                (struct env_event){
                    .kind = ENV_EVENT_DRAIN, .old_state = -1, .new_state = 2, .task = task });
}

static void
stopped(uint64_t task, uint32_t node)
{
    story_container(&story, WORLD_CONTAINER_ENDED, task, node);
    story_task(&story, task, TASK_RUNNING, TASK_KILLED, node);
}

/* Another master: it loads, announces what it has found, and leads. */
static void
loads(uint64_t term, int64_t wanted, uint64_t version)
{
    story_event(&story, (struct env_event){ .kind = ENV_EVENT_MASTER, .old_state = -1, .app = "" });
    story_announces(&story, "loaded", wanted, version);
    story_finds_all(&story);
    story_event(&story, (struct env_event){ .kind = ENV_EVENT_MASTER,
                                            .old_state = -1,
                                            .new_state = 1,
                                            .value = (int64_t)term,
                                            .app = "" });
}

/* Says a line of a deployment of the app. */
static void
deployment_says(uint64_t id, enum deployment_state state, const char *text)
{
    story_deployment(&story, id, (int32_t)state, text);
}

Test(invariants, all_hold_while_all_is_well)
{
    ends_with(NULL);
    cr_assert(gt(u64, story_invariant(&story, "resources-never-oversubscribed")->checks, 0));
    cr_assert(gt(u64, story_invariant(&story, "task-runs-at-most-once")->checks, 0));
    cr_assert(gt(u64, story_invariant(&story, "conservation")->checks, 0));
    cr_assert(gt(u64, story_invariant(&story, "no-orphans")->checks, 0));
}

Test(invariants, a_machine_that_runs_more_than_it_has_is_seen)
{
    for (uint64_t task = 10; task < 14; task++) { /* 500 of 2000 each, and one is there */
        story_container(&story, WORLD_CONTAINER_STARTED, task, 2);
    }
    for (uint64_t task = 10; task < 14; task++) {
        story_container(&story, WORLD_CONTAINER_ENDED, task, 2);
    }
    ends_with("resources-never-oversubscribed");
}

static void
with_gpus(uint64_t token, uint16_t gpu_mask, uint16_t gpu_milli)
{
    story_fact(&story, (struct world_fact){ .kind = WORLD_CONTAINER_STARTED,
                                            .node = 6,
                                            .token = token,
                                            .cpu_milli = 1,
                                            .mem_bytes = 1,
                                            .gpu_mask = gpu_mask,
                                            .gpu_milli = gpu_milli });
}

static void
ends(uint64_t token)
{
    story_container(&story, WORLD_CONTAINER_ENDED, token, 6);
}

Test(invariants, gpus_are_shared_and_given_back)
{
    with_gpus(10, 0x1, 600);
    with_gpus(11, 0x1, 400);
    with_gpus(12, 0x2, 0);
    ends(10);
    ends(12);
    with_gpus(13, 0x1, 600);
    ends(11);
    ends(13);
    with_gpus(14, 0x3, 0);
    ends(14);
    ends_with(NULL);
}

Test(invariants, a_share_too_large_for_what_is_left_of_a_gpu_is_seen)
{
    with_gpus(10, 0x1, 600);
    with_gpus(11, 0x1, 401);
    ends(10);
    ends(11);
    ends_with("resources-never-oversubscribed");
}

Test(invariants, a_gpu_that_is_given_away_twice_is_seen)
{
    with_gpus(10, 0x3, 0);
    with_gpus(11, 0x2, 1);
    ends(10);
    ends(11);
    ends_with("resources-never-oversubscribed");
}

Test(invariants, a_gpu_that_is_not_there_is_seen)
{
    with_gpus(10, 0x4, 100);
    ends(10);
    ends_with("resources-never-oversubscribed");
}

Test(invariants, room_is_given_back_by_what_ends_and_by_machines_that_go_down)
{
    for (uint64_t task = 10; task < 100; task += 3) {
        for (uint64_t i = task; i < task + 3; i++) {
            story_container(&story, WORLD_CONTAINER_STARTED, i, 6);
        }
        story_container(&story, WORLD_CONTAINER_ENDED, task, 6);
        story_fact(&story, (struct world_fact){ .kind = WORLD_NODE_DOWN, .node = 6 });
        story_container(&story, WORLD_CONTAINER_ENDED, task + 1, 6); /* told late */
    }
    ends_with(NULL);
}

Test(invariants, a_task_that_starts_twice_is_seen_wherever_it_does)
{
    story_container(&story, WORLD_CONTAINER_ENDED, 2, 2);
    story_container(&story, WORLD_CONTAINER_STARTED, 2, 5);
    ends_with("task-runs-at-most-once");
}

Test(invariants, two_leaders_of_one_term_are_seen)
{
    loads(1, 4, 1);
    ends_with("one-leader-per-term");
}

Test(invariants, a_new_term_is_no_second_leader)
{
    loads(2, 4, 1);
    ends_with(NULL);
}

Test(invariants, an_acknowledged_app_that_is_gone_after_a_load_is_seen)
{
    story_leads(&story, 2);
    ends_with("acknowledged-survives");
    cr_assert_not_null(strstr(story_invariant(&story, "acknowledged-survives")->detail, "/web"));
}

Test(invariants, an_acknowledged_version_that_is_lost_is_seen)
{
    story_announces(&story, "accepted", 4, 9);
    run_call(&story.run, &(struct msg_api_request){ .call = API_PUT_APP }, NULL, NULL);
    story_answer(&story, 2, ST_OK, 9);
    loads(2, 4, 1);
    ends_with("acknowledged-survives");
}

Test(invariants, an_acknowledged_number_of_instances_that_is_lost_is_seen)
{
    story_announces(&story, "accepted", 3, 1);
    run_call(&story.run, &(struct msg_api_request){ .call = API_SCALE_APP, .instances = 3 }, NULL,
             NULL);
    story_answer(&story, 2, ST_OK, 1);
    loads(2, 4, 1);
    ends_with("acknowledged-survives");
}

Test(invariants, what_was_never_acknowledged_may_be_lost)
{
    story_announces(&story, "accepted", 4, 9);
    loads(2, 4, 1);
    ends_with(NULL);
}

Test(invariants, a_drain_below_the_minimum_is_seen)
{
    for (uint64_t task = 2; task <= 4; task++) { /* half of four must remain */
        story_decides(&story, task, "drain", 0);
        stopped(task, (uint32_t)task);
        story_task_up(&story, task + 10, 5);
        story_healthy(&story, task + 10, false);
    }
    for (uint64_t task = 2; task <= 4; task++) {
        story_healthy(&story, task + 10, true);
    }
    ends_with("min-health");
    cr_assert_not_null(strstr(story_invariant(&story, "min-health")->detail, "task 4 of /web"));
}

Test(invariants, a_drain_that_leaves_the_minimum_is_fine_and_so_is_one_for_bad_health)
{
    story_decides(&story, 1, "drain", 0);
    story_decides(&story, 2, "drain", 1);
    story_decides(&story, 3, "drain", 2); /* its health checks failed: not voluntary */
    story_healthy(&story, 4, false);
    story_decides(&story, 4, "drain", 0); /* not healthy: nothing is lost */
    for (uint32_t task = 1; task <= 4; task++) {
        stopped(task, task);
        story_task_up(&story, task + 10, task);
    }
    ends_with(NULL);
    cr_assert(eq(u64, story_invariant(&story, "min-health")->checks, 2));
}

/* All four leave, and come again. */
static void
all_are_drained(void)
{
    for (uint64_t task = 1; task <= 4; task++) {
        story_decides(&story, task, "drain", 0);
    }
    for (uint64_t task = 1; task <= 4; task++) {
        stopped(task, (uint32_t)task);
        story_task_up(&story, task + 10, (uint32_t)task);
    }
}

Test(invariants, a_recreate_has_promised_nothing)
{
    deployment_says(7, DEPLOYMENT_RUNNING, "recreate");
    deployment_says(7, DEPLOYMENT_RUNNING, "4 of 4 new to be healthy and ready");
    all_are_drained();
    deployment_says(7, DEPLOYMENT_DONE, "");
    ends_with(NULL);
}

Test(invariants, what_follows_a_recreate_promises_again)
{
    deployment_says(7, DEPLOYMENT_RUNNING, "recreate");
    deployment_says(7, DEPLOYMENT_DONE, "");
    deployment_says(8, DEPLOYMENT_RUNNING, "rolling");
    all_are_drained();
    deployment_says(8, DEPLOYMENT_DONE, "");
    ends_with("min-health");
}

Test(invariants, a_recreate_that_never_was_durable_promises_nothing_to_nobody)
{
    deployment_says(7, DEPLOYMENT_RUNNING, "recreate");
    loads(2, 4, 1);
    all_are_drained();
    ends_with("min-health");
}

Test(invariants, a_request_after_the_drain_is_seen)
{
    drain_done(3);
    cr_assert(eq(u64, story.watched, 3));
    story_fact(&story, (struct world_fact){ .kind = WORLD_REQUEST_WATCHED, .token = 3, .node = 3 });
    ends_with("no-request-after-drain");
}

static void
drain_expired(uint64_t task)
{
    story_event(&story,
                (struct env_event){
                    .kind = ENV_EVENT_DRAIN, .old_state = -1, .new_state = 3, .task = task });
    stopped(task, (uint32_t)task);
    story_task_up(&story, task + 10, (uint32_t)task);
}

Test(invariants, a_drain_that_had_its_time_is_judged_while_nothing_disturbs_it)
{
    drain_expired(3);
    cr_assert(eq(u64, story.watched, 3));
    ends_with(NULL);
}

Test(invariants, a_drain_that_a_fault_may_have_kept_is_not_judged)
{
    const uint32_t fault = run_note_fault(&story.run, "restart-master", "master", true, false);
    drain_expired(3);
    run_fault_ended(&story.run, fault);
    story_until(&story, MIN(1) + SEC(59));
    drain_expired(4);
    cr_assert(eq(u64, story.watched, 0));
    story_until(&story, MIN(2) + SEC(1));
    story_event(&story, (struct env_event){
                            .kind = ENV_EVENT_DRAIN, .old_state = -1, .new_state = 3, .task = 2 });
    stopped(2, 2);
    story_task_up(&story, 22, 2);
    cr_assert(eq(u64, story.watched, 2));
    ends_with(NULL);
}

Test(invariants, a_container_without_a_task_is_seen)
{
    story_container(&story, WORLD_CONTAINER_STARTED, 99, 5);
    ends_with("no-orphans");
    cr_assert_not_null(strstr(story.run.results.error, "the world is not quiet"));
}

Test(invariants, an_orphan_that_goes_before_the_time_to_settle_is_over_is_waited_for)
{
    story_container(&story, WORLD_CONTAINER_STARTED, 99, 5);
    story_until(&story, MIN(11));
    cr_assert(eq(int, story.run.phase, RUN_SETTLING));
    story_container(&story, WORLD_CONTAINER_ENDED, 99, 5);
    ends_with(NULL);
}

Test(invariants, a_running_task_without_a_container_is_seen)
{
    story_container(&story, WORLD_CONTAINER_ENDED, 3, 3);
    ends_with("no-orphans");
}

Test(invariants, a_task_that_lives_after_its_end_is_seen)
{
    stopped(4, 4);
    story_task(&story, 4, TASK_KILLED, TASK_RUNNING, 4);
    story_healthy(&story, 4, true);
    story_until(&story, MIN(13));
    cr_assert(eq(int, story_invariant(&story, "conservation")->outcome, OUTCOME_FAILED));
}

Test(invariants, a_task_out_of_nowhere_is_seen)
{
    story_task(&story, 50, TASK_STAGING, TASK_FAILED, 4);
    ends_with("conservation");
}

Test(invariants, that_need_facts_are_left_out_where_there_are_none)
{
    story_close(&story);
    story_open(&story);
    story.ops.watch = NULL;
    story_start(&story);
    story_all_well(&story);
    story_until(&story, MIN(10));
    cr_assert(eq(int, story.run.results.outcome, OUTCOME_PASSED), "%s", story.run.results.error);
    cr_assert(eq(u32, story.run.results.invariants.count, 5));
    cr_assert(eq(ptr, (void *)story_invariant(&story, "no-orphans"), NULL));
    cr_assert(ne(ptr, (void *)story_invariant(&story, "min-health"), NULL));
}

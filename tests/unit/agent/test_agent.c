/*
 * tests/unit/agent/test_agent.c
 *
 * Goal:   an agent runs what it is told to, says so until it is heard, and leaves nothing behind.
 * Method: one agent on a fake container engine, a scripted master on the other side.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "tests/unit/agent/agent_bed.h"

static const char plain_app[] = "{\"id\": \"/web\", \"cmd\": \"true\", \"container\": {\"type\":"
                                " \"DOCKER\", \"docker\": {\"image\": \"web:1\"}}}";

static struct agent_bed bed;

static void
bed_ready(const struct fake_containers_options *options)
{
    agent_bed_open(&bed, 1, options);
    agent_bed_app(&bed, 1, plain_app);
    agent_bed_start(&bed);
    agent_bed_run(&bed, SEC(1));
}

static enum task_state
state_of(uint64_t task)
{
    const struct msg_status *status = agent_bed_status(&bed, task);
    return status != NULL ? (enum task_state)status->state : TASK_PENDING;
}

Test(agent, registers_until_it_is_known_and_then_beats)
{
    agent_bed_open(&bed, 1, NULL);
    bed.mute_register = true;
    agent_bed_start(&bed);
    agent_bed_run(&bed, SEC(10));
    cr_assert_eq(agent_bed_count(&bed, &msg_register_type), 4);
    cr_assert_eq(agent_bed_count(&bed, &msg_heartbeat_type), 0);
    bed.mute_register = false;
    agent_bed_run(&bed, SEC(3));
    cr_assert_eq(agent_bed_count(&bed, &msg_register_type), 5);
    agent_bed_run(&bed, SEC(60));
    cr_assert_eq(agent_bed_count(&bed, &msg_register_type), 5);
    cr_assert_eq(agent_bed_count(&bed, &msg_heartbeat_type), 4);
    agent_bed_close(&bed);
}

Test(agent, tells_what_its_node_offers)
{
    int64_t at_ns = 0;
    bed_ready(NULL);
    const struct msg_register *message = agent_bed_message(&bed, &msg_register_type, 0, &at_ns);
    cr_assert_eq(message->node, BED_NODE);
    cr_assert_eq(message->cpu_milli, 4000);
    cr_assert_eq(message->port_ranges_count, 1);
    cr_assert_eq(message->port_first[0], 31000);
    cr_assert_eq(message->port_last[0], 32000);
    cr_assert_str_eq(message->hostname, "private-3");
    cr_assert_eq(message->tail_len, 0);
    agent_bed_close(&bed);
}

Test(agent, runs_a_launched_task_and_reports_it_healthy)
{
    bed_ready(NULL);
    agent_bed_launch(&bed, 7, 1);
    agent_bed_run(&bed, SEC(10));
    const struct msg_status *status = agent_bed_status(&bed, 7);
    cr_assert_not_null(status);
    cr_assert_eq(status->state, TASK_RUNNING);
    cr_assert_eq(status->health, HEALTH_GOOD, "no checks: healthy as soon as it runs");
    cr_assert_eq(status->ready, 1);
    cr_assert_eq(status->ipv4, test_world_ipv4(BED_NODE));
    cr_assert_eq(agent_bed_calls(&bed, "containers.start"), 1);
    cr_assert_eq(fake_engine_find(bed.engine, 7)->state, CONTAINER_RUNNING);
    agent_bed_close(&bed);
}

Test(agent, takes_a_repeated_launch_as_the_same_and_answers_it)
{
    bed_ready(NULL);
    agent_bed_launch(&bed, 7, 1);
    agent_bed_launch(&bed, 7, 1);
    cr_assert_eq(state_of(7), TASK_STAGING);
    agent_bed_run(&bed, SEC(10));
    const uint32_t before = agent_bed_count(&bed, &msg_status_type);
    agent_bed_launch(&bed, 7, 1);
    cr_assert_eq(agent_bed_count(&bed, &msg_status_type), before + 1);
    agent_bed_run(&bed, SEC(10));
    cr_assert_eq(agent_bed_calls(&bed, "containers.start"), 1);
    cr_assert_eq(test_world_count_facts(bed.world, WORLD_CONTAINER_STARTED), 1);
    agent_bed_close(&bed);
}

Test(agent, fetches_a_definition_once_for_many_tasks)
{
    bed_ready(NULL);
    for (uint64_t task = 1; task <= 20; task++) {
        agent_bed_launch(&bed, task, 1);
    }
    agent_bed_run(&bed, SEC(10));
    cr_assert_eq(agent_bed_count(&bed, &msg_spec_get_type), 1);
    cr_assert_eq(test_world_count_facts(bed.world, WORLD_CONTAINER_STARTED), 20);
    agent_bed_close(&bed);
}

Test(agent, asks_for_a_definition_until_it_comes)
{
    bed_ready(NULL);
    bed.mute_spec = true;
    agent_bed_launch(&bed, 7, 1);
    agent_bed_run(&bed, SEC(20));
    cr_assert_eq(agent_bed_count(&bed, &msg_spec_get_type), 4, "at 0, 2, 6 and 14 s");
    bed.mute_spec = false;
    agent_bed_run(&bed, SEC(30));
    cr_assert_eq(state_of(7), TASK_RUNNING);
    agent_bed_close(&bed);
}

Test(agent, repeats_a_status_with_growing_delays_until_it_is_acknowledged)
{
    static const int64_t gaps_s[] = { 2, 4, 8, 16, 16 };
    bed_ready(NULL);
    bed.mute_ack = true;
    agent_bed_launch(&bed, 7, 1);
    agent_bed_run(&bed, SEC(60));
    int64_t before_ns = 0;
    (void)agent_bed_message(&bed, &msg_status_type, 0, &before_ns);
    for (uint32_t i = 0; i < COUNT_OF(gaps_s); i++) {
        int64_t at_ns = 0;
        const struct msg_status *status = agent_bed_message(&bed, &msg_status_type, i + 1, &at_ns);
        cr_assert_not_null(status);
        cr_assert_eq(status->sequence, 1, "the same status");
        cr_assert_eq(at_ns - before_ns, SEC(gaps_s[i]));
        before_ns = at_ns;
    }
    bed.mute_ack = false;
    agent_bed_run(&bed, SEC(20));
    const uint32_t count = agent_bed_count(&bed, &msg_status_type);
    agent_bed_run(&bed, SEC(120));
    cr_assert_eq(agent_bed_count(&bed, &msg_status_type), count, "acknowledged: silent");
    agent_bed_close(&bed);
}

Test(agent, takes_no_acknowledgement_of_an_older_status)
{
    bed_ready(NULL);
    bed.mute_ack = true;
    agent_bed_launch(&bed, 7, 1);
    agent_bed_launch(&bed, 7, 1); /* sequence 1: STAGING */
    agent_bed_run(&bed, SEC(3));  /* sequence 2: RUNNING */
    const struct msg_status_ack old = { .term = 1, .task = 7, .sequence = 1 };
    agent_bed_send(&bed, &msg_status_ack_type, &old);
    const uint32_t count = agent_bed_count(&bed, &msg_status_type);
    agent_bed_run(&bed, SEC(20));
    cr_assert_gt(agent_bed_count(&bed, &msg_status_type), count);
    cr_assert_eq(agent_bed_status(&bed, 7)->sequence, 2);
    agent_bed_close(&bed);
}

Test(agent, kills_with_grace_and_leaves_no_container)
{
    bed_ready(NULL);
    agent_bed_launch(&bed, 7, 1);
    agent_bed_run(&bed, SEC(10));
    agent_bed_kill(&bed, 7, SEC(5));
    agent_bed_run(&bed, SEC(10));
    cr_assert_eq(state_of(7), TASK_KILLED);
    cr_assert_eq(agent_bed_final_count(&bed, 7), 1);
    cr_assert_eq(fake_engine_count(bed.engine), 0);
    agent_bed_close(&bed);
}

Test(agent, answers_a_repeated_kill_while_it_stops)
{
    static const struct behavior slow = { .image = "web:1",
                                          .concurrency = 1,
                                          .stop = { .kind = DIST_CONSTANT, .a_ns = SEC(60) } };
    agent_bed_open(&bed, 1, NULL);
    test_world_set_behavior(bed.world, &slow);
    agent_bed_app(&bed, 1, plain_app);
    agent_bed_start(&bed);
    agent_bed_run(&bed, SEC(1));
    agent_bed_launch(&bed, 7, 1);
    agent_bed_run(&bed, SEC(10));
    agent_bed_kill(&bed, 7, SEC(20));
    agent_bed_run(&bed, SEC(10));
    cr_assert_eq(state_of(7), TASK_RUNNING);
    agent_bed_kill(&bed, 7, SEC(20));
    cr_assert_eq(state_of(7), TASK_KILLING);
    agent_bed_run(&bed, SEC(15));
    cr_assert_eq(state_of(7), TASK_KILLED);
    cr_assert_eq(agent_bed_status(&bed, 7)->exit_code, 137, "SIGKILL after the grace period");
    cr_assert_eq(agent_bed_calls(&bed, "containers.stop"), 1);
    agent_bed_close(&bed);
}

Test(agent, lets_a_kill_overtake_the_start)
{
    bed_ready(NULL);
    agent_bed_launch(&bed, 7, 1);
    while (fake_engine_find(bed.engine, 7) == NULL) {
        agent_bed_run(&bed, MS(1));
    }
    cr_assert(fake_engine_find(bed.engine, 7)->starting);
    agent_bed_kill(&bed, 7, SEC(5));
    agent_bed_run(&bed, SEC(10));
    cr_assert_eq(state_of(7), TASK_KILLED);
    cr_assert_eq(agent_bed_final_count(&bed, 7), 1);
    cr_assert_eq(fake_engine_count(bed.engine), 0);
    agent_bed_close(&bed);
}

Test(agent, kills_a_task_whose_image_is_still_pulled_at_once)
{
    bed_ready(NULL);
    agent_bed_launch(&bed, 7, 1);
    agent_bed_run(&bed, MS(10));
    agent_bed_kill(&bed, 7, SEC(5));
    cr_assert_eq(state_of(7), TASK_KILLED);
    agent_bed_run(&bed, SEC(30));
    cr_assert_eq(agent_bed_calls(&bed, "containers.start"), 0);
    agent_bed_close(&bed);
}

Test(agent, calls_an_unknown_task_lost_and_never_starts_it_later)
{
    bed_ready(NULL);
    agent_bed_kill(&bed, 7, SEC(5));
    cr_assert_eq(state_of(7), TASK_LOST);
    cr_assert_eq(agent_bed_status(&bed, 7)->sequence, 1);
    agent_bed_launch(&bed, 7, 1); /* was overtaken by the kill */
    agent_bed_run(&bed, SEC(30));
    cr_assert_eq(agent_bed_calls(&bed, "containers.start"), 0);
    cr_assert_eq(state_of(7), TASK_LOST);
    agent_bed_close(&bed);
}

Test(agent, starts_nothing_again_when_a_launch_is_late)
{
    bed_ready(NULL);
    agent_bed_launch(&bed, 7, 1);
    agent_bed_run(&bed, SEC(10));
    agent_bed_kill(&bed, 7, SEC(5));
    agent_bed_run(&bed, SEC(10));
    agent_bed_launch(&bed, 7, 1);
    agent_bed_run(&bed, SEC(10));
    cr_assert_eq(test_world_count_facts(bed.world, WORLD_CONTAINER_STARTED), 1);
    agent_bed_close(&bed);
}

Test(agent, obeys_no_master_of_an_older_term)
{
    bed_ready(NULL);
    bed.term = 2;
    agent_bed_launch(&bed, 7, 1);
    agent_bed_run(&bed, SEC(10));
    cr_assert_eq(state_of(7), TASK_RUNNING);
    bed.term = 1;
    agent_bed_kill(&bed, 7, SEC(5));
    agent_bed_launch(&bed, 8, 1);
    agent_bed_run(&bed, SEC(10));
    cr_assert_eq(state_of(7), TASK_RUNNING);
    cr_assert_null(agent_bed_status(&bed, 8));
    agent_bed_close(&bed);
}

Test(agent, tells_a_master_that_forgot_it_everything_again)
{
    bed_ready(NULL);
    agent_bed_launch(&bed, 7, 1);
    agent_bed_run(&bed, SEC(10));
    const uint32_t sequence = agent_bed_status(&bed, 7)->sequence;
    agent_bed_forget_node(&bed);
    int64_t at_ns = 0;
    const uint32_t count = agent_bed_count(&bed, &msg_register_type);
    const struct msg_register *again =
        agent_bed_message(&bed, &msg_register_type, count - 1, &at_ns);
    cr_assert_eq(count, 2);
    cr_assert_eq(again->tail_len, sizeof(uint64_t));
    cr_assert_eq(again->tail[0], 7);
    agent_bed_run(&bed, SEC(1));
    cr_assert_gt(agent_bed_status(&bed, 7)->sequence, sequence);
    cr_assert_eq(state_of(7), TASK_RUNNING);
    agent_bed_close(&bed);
}

Test(agent, ends_with_what_the_process_did)
{
    static const struct {
        int32_t         exit_code;
        enum task_state state;
        const char     *cause;
    } cases[] = { { 0, TASK_FINISHED, "exit code 0" }, { 3, TASK_FAILED, "exit code 3" } };
    for (uint32_t i = 0; i < COUNT_OF(cases); i++) {
        const struct behavior brief = { .image = "web:1",
                                        .concurrency = 1,
                                        .crashes = true,
                                        .lifetime = { .kind = DIST_CONSTANT, .a_ns = SEC(5) },
                                        .exit_code = cases[i].exit_code };
        agent_bed_open(&bed, 1, NULL);
        test_world_set_behavior(bed.world, &brief);
        agent_bed_app(&bed, 1, plain_app);
        agent_bed_start(&bed);
        agent_bed_run(&bed, SEC(1));
        agent_bed_launch(&bed, 7, 1);
        agent_bed_run(&bed, SEC(20));
        cr_assert_eq(state_of(7), cases[i].state);
        cr_assert_eq(agent_bed_status(&bed, 7)->exit_code, cases[i].exit_code);
        cr_assert_str_eq(agent_bed_status(&bed, 7)->cause, cases[i].cause);
        cr_assert_eq(fake_engine_count(bed.engine), 0);
        agent_bed_close(&bed);
    }
}

Test(agent, says_why_an_image_cannot_be_pulled)
{
    static const struct behavior missing = { .image = "web:1", .concurrency = 1, .missing = true };
    agent_bed_open(&bed, 1, NULL);
    test_world_set_behavior(bed.world, &missing);
    agent_bed_app(&bed, 1, plain_app);
    agent_bed_start(&bed);
    agent_bed_run(&bed, SEC(1));
    agent_bed_launch(&bed, 7, 1);
    agent_bed_run(&bed, SEC(2));
    cr_assert_eq(state_of(7), TASK_FAILED);
    cr_assert_str_eq(agent_bed_status(&bed, 7)->cause, "pull: no registry has this image");
    cr_assert_eq(agent_bed_calls(&bed, "containers.pull"), 1, "no retry helps");
    agent_bed_close(&bed);
}

Test(agent, retries_a_pull_five_times_with_growing_delays)
{
    static const struct fake_containers_options no_registry = { .pull_fail_ppm = PPM };
    bed_ready(&no_registry);
    agent_bed_launch(&bed, 7, 1);
    agent_bed_run(&bed, SEC(30));
    cr_assert_null(agent_bed_status(&bed, 7), "1 + 2 + 4 + 8 + 16 s are not over");
    agent_bed_run(&bed, SEC(5));
    cr_assert_eq(state_of(7), TASK_FAILED);
    cr_assert_eq(agent_bed_calls(&bed, "containers.pull"), 6);
    agent_bed_close(&bed);
}

Test(agent, cleans_up_after_a_start_whose_answers_were_lost)
{
    static const struct fake_containers_options lossy = { .lost_ppm = 600000 };
    uint32_t failed = 0;
    for (uint64_t seed = 1; seed <= 100; seed++) {
        agent_bed_open(&bed, seed, &lossy);
        agent_bed_app(&bed, 1, plain_app);
        agent_bed_start(&bed);
        agent_bed_run(&bed, SEC(1));
        agent_bed_launch(&bed, 7, 1);
        agent_bed_run(&bed, SEC(120));
        const enum task_state state = state_of(7);
        cr_assert(state == TASK_RUNNING || state == TASK_FAILED, REPLAY);
        if (state == TASK_FAILED) {
            failed++;
            cr_assert_eq(fake_engine_count(bed.engine), 0, REPLAY);
        }
        cr_assert_eq(test_world_count_facts(bed.world, WORLD_CONTAINER_STARTED), 1, REPLAY);
        agent_bed_close(&bed);
    }
    cr_assert_gt(failed, 0, "no seed lost all answers");
}

Test(agent, refuses_more_tasks_than_it_can_hold, .timeout = 60)
{
    bed_ready(NULL);
    bed.mute_spec = true;
    for (uint64_t task = 1; task <= 4096; task++) {
        agent_bed_launch(&bed, task, 1);
    }
    cr_assert_eq(agent_bed_count(&bed, &msg_status_type), 0);
    agent_bed_launch(&bed, 5000, 1);
    cr_assert_eq(state_of(5000), TASK_FAILED);
    cr_assert_not_null(strstr(agent_bed_status(&bed, 5000)->cause, "as many tasks"));
    agent_bed_close(&bed);
}

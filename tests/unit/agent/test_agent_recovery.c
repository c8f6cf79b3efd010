/*
 * tests/unit/agent/test_agent_recovery.c
 *
 * Goal:   an agent that crashes at any instant carries on: nothing runs twice, nothing is orphaned,
 *         and a healthy task is never reported as anything else because of it.
 * Method: the process is dropped between two events and opened again; then a storm of launches,
 *         kills, crashes and engine faults over many seeds, after which everything must be
 *         accounted for.
 */
#include <criterion/criterion.h>

#include "tests/unit/agent/agent_bed.h"

static struct agent_bed bed;

static const char checked_app[] =
    "{\"id\": \"/web\", \"cmd\": \"true\", \"container\": {\"type\": \"DOCKER\", \"docker\":"
    " {\"image\": \"web:1\"}}, \"portDefinitions\": [{\"port\": 0}], \"healthChecks\":"
    " [{\"protocol\": \"HTTP\", \"path\": \"/\", \"intervalSeconds\": 10}]}";

static void
bed_running(void)
{
    agent_bed_open(&bed, 1, NULL);
    agent_bed_app(&bed, 1, checked_app);
    agent_bed_start(&bed);
    agent_bed_run(&bed, SEC(1));
    agent_bed_launch(&bed, 7, 1);
    agent_bed_run(&bed, SEC(20));
    cr_assert_eq(agent_bed_status(&bed, 7)->health, HEALTH_GOOD);
}

Test(agent_recovery, adopts_what_runs_and_names_it_when_it_registers)
{
    bed_running();
    agent_bed_crash(&bed);
    agent_bed_run(&bed, SEC(5));
    agent_bed_start(&bed);
    agent_bed_run(&bed, SEC(1));
    int64_t at_ns = 0;
    const struct msg_register *first = agent_bed_message(&bed, &msg_register_type, 0, &at_ns);
    const struct msg_register *second = agent_bed_message(&bed, &msg_register_type, 1, &at_ns);
    cr_assert_gt(second->incarnation, first->incarnation);
    cr_assert_eq(second->tail_len, sizeof(uint64_t));
    cr_assert_eq(second->tail[0], 7);
    agent_bed_run(&bed, SEC(30));
    cr_assert_eq(agent_bed_calls(&bed, "containers.start"), 1);
    cr_assert_eq(test_world_count_facts(bed.world, WORLD_CONTAINER_ENDED), 0);
    agent_bed_close(&bed);
}

Test(agent_recovery, is_silent_about_an_adopted_task_until_its_health_is_known)
{
    bed_running();
    const uint32_t sequence = agent_bed_status(&bed, 7)->sequence;
    const uint32_t before = agent_bed_count(&bed, &msg_status_type);
    agent_bed_crash(&bed);
    agent_bed_start(&bed);
    agent_bed_run(&bed, SEC(30));
    int64_t at_ns = 0;
    const struct msg_status *first = agent_bed_message(&bed, &msg_status_type, before, &at_ns);
    cr_assert_not_null(first);
    cr_assert_eq(first->state, TASK_RUNNING);
    cr_assert_eq(first->health, HEALTH_GOOD, "never reported as unknown in between");
    cr_assert_gt(first->sequence, sequence, "an older one would be dropped");
    agent_bed_close(&bed);
}

Test(agent_recovery, answers_a_launch_of_an_adopted_task)
{
    bed_running();
    agent_bed_crash(&bed);
    agent_bed_start(&bed);
    agent_bed_run(&bed, SEC(1));
    const uint32_t before = agent_bed_count(&bed, &msg_status_type);
    agent_bed_launch(&bed, 7, 1);
    cr_assert_eq(agent_bed_count(&bed, &msg_status_type), before + 1);
    cr_assert_eq(agent_bed_status(&bed, 7)->state, TASK_RUNNING);
    agent_bed_run(&bed, SEC(30));
    cr_assert_eq(agent_bed_calls(&bed, "containers.start"), 1);
    agent_bed_close(&bed);
}

Test(agent_recovery, reports_what_ended_while_nobody_looked)
{
    bed_running();
    agent_bed_crash(&bed);
    cr_assert(fake_engine_crash(bed.engine, 7));
    agent_bed_run(&bed, SEC(5));
    agent_bed_start(&bed);
    agent_bed_run(&bed, SEC(5));
    cr_assert_eq(agent_bed_status(&bed, 7)->state, TASK_FAILED);
    cr_assert_str_eq(agent_bed_status(&bed, 7)->cause, "exit code 137");
    cr_assert_eq(fake_engine_count(bed.engine), 0);
    agent_bed_close(&bed);
}

Test(agent_recovery, kills_an_adopted_task)
{
    bed_running();
    agent_bed_crash(&bed);
    agent_bed_start(&bed);
    agent_bed_run(&bed, SEC(1));
    agent_bed_kill(&bed, 7, SEC(5));
    agent_bed_run(&bed, SEC(5));
    cr_assert_eq(agent_bed_status(&bed, 7)->state, TASK_KILLED);
    cr_assert_eq(fake_engine_count(bed.engine), 0);
    agent_bed_close(&bed);
}

Test(agent_recovery, waits_for_an_engine_that_does_not_answer)
{
    static const struct fake_containers_options deaf_once = { .unavailable_nth = 1 };
    agent_bed_open(&bed, 1, &deaf_once);
    agent_bed_start(&bed);
    agent_bed_run(&bed, MS(900));
    cr_assert_eq(agent_bed_count(&bed, &msg_register_type), 0, "what runs is not known yet");
    agent_bed_run(&bed, MS(200));
    cr_assert_eq(agent_bed_count(&bed, &msg_register_type), 1);
    agent_bed_close(&bed);
}

Test(agent_recovery, leaves_containers_of_other_runs_and_nodes_alone)
{
    bed_running();
    agent_bed_crash(&bed);
    bed.config.run_id = "another";
    agent_bed_start(&bed);
    agent_bed_run(&bed, SEC(5));
    int64_t at_ns = 0;
    const struct msg_register *second = agent_bed_message(&bed, &msg_register_type, 1, &at_ns);
    cr_assert_eq(second->tail_len, 0);
    agent_bed_crash(&bed);
    bed.config.run_id = "bed";
    bed.config.node.index = BED_NODE + 1;
    agent_bed_start(&bed);
    agent_bed_run(&bed, SEC(5));
    const struct msg_register *third = agent_bed_message(&bed, &msg_register_type, 2, &at_ns);
    cr_assert_eq(third->tail_len, 0);
    cr_assert_eq(fake_engine_find(bed.engine, 7)->state, CONTAINER_RUNNING);
    agent_bed_close(&bed);
}

Test(agent_recovery, survives_a_crash_at_every_instant_of_a_start)
{
    for (int64_t delay_ns = 0; delay_ns < MS(1500); delay_ns += MS(7)) {
        agent_bed_open(&bed, 1, NULL);
        agent_bed_app(&bed, 1, checked_app);
        agent_bed_start(&bed);
        agent_bed_run(&bed, SEC(1));
        agent_bed_launch(&bed, 7, 1);
        agent_bed_run(&bed, delay_ns);
        agent_bed_crash(&bed);
        agent_bed_run(&bed, MS(100));
        agent_bed_start(&bed);
        agent_bed_run(&bed, SEC(1));
        agent_bed_launch(&bed, 7, 1); /* the master has not heard of it: it says so again */
        agent_bed_run(&bed, SEC(30));
        cr_assert_eq(agent_bed_status(&bed, 7)->state, TASK_RUNNING, "crash after %lld ns",
                     (long long)delay_ns);
        cr_assert_eq(test_world_count_facts(bed.world, WORLD_CONTAINER_STARTED), 1,
                     "crash after %lld ns", (long long)delay_ns);
        agent_bed_close(&bed);
    }
}

/* --- the storm --- */

enum { STORM_TASKS = 12 };

static const struct fake_containers_options stormy = { .unavailable_ppm = 100000,
                                                       .lost_ppm = 100000,
                                                       .start_fail_ppm = 50000,
                                                       .pull_fail_ppm = 100000 };

/* No master launches what it has heard the end of. */
static bool
storm_has_ended(uint64_t task)
{
    const struct msg_status *status = agent_bed_status(&bed, task);
    return status != NULL && task_state_is_final((enum task_state)status->state);
}

static void
storm_step(struct rng *rng)
{
    const uint64_t task = 1 + rng_below(rng, STORM_TASKS);
    switch (rng_below(rng, 6)) {
    case 0:
    case 1:
        if (!storm_has_ended(task)) {
            agent_bed_launch(&bed, task, 1);
        }
        break;
    case 2:
        agent_bed_kill(&bed, task, SEC(rng_below(rng, 3)));
        break;
    case 3:
        (void)fake_engine_crash(bed.engine, task);
        break;
    case 4:
        bed.mute_ack = !bed.mute_ack;
        break;
    default:
        agent_bed_crash(&bed);
        agent_bed_run(&bed, rng_between(rng, 0, MS(500)));
        agent_bed_start(&bed);
        break;
    }
}

static uint32_t
storm_started_count(uint64_t task)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < bed.world->facts.count; i++) {
        const struct world_fact *fact = vec_at(&bed.world->facts, i);
        count += fact->kind == WORLD_CONTAINER_STARTED && fact->token == task ? 1 : 0;
    }
    return count;
}

Test(agent_recovery, accounts_for_every_task_after_a_storm, .timeout = 120)
{
    for (uint64_t seed = 1; seed <= 150; seed++) {
        struct rng rng;
        rng_init(&rng, seed, 0, "storm");
        agent_bed_open(&bed, seed, &stormy);
        agent_bed_app(&bed, 1, checked_app);
        agent_bed_start(&bed);
        agent_bed_run(&bed, SEC(1));
        for (uint32_t i = 0; i < 60; i++) {
            storm_step(&rng);
            agent_bed_run(&bed, rng_between(&rng, 0, MS(800)));
        }
        bed.mute_ack = false;
        agent_bed_run(&bed, MIN(2));
        for (uint64_t task = 1; task <= STORM_TASKS; task++) {
            agent_bed_kill(&bed, task, SEC(1));
        }
        agent_bed_run(&bed, MIN(5));
        cr_assert_eq(fake_engine_count(bed.engine), 0, REPLAY);
        for (uint64_t task = 1; task <= STORM_TASKS; task++) {
            cr_assert(task_state_is_final((enum task_state)agent_bed_status(&bed, task)->state),
                      REPLAY);
            cr_assert_leq(storm_started_count(task), 1, REPLAY);
        }
        agent_bed_close(&bed);
    }
}

/*
 * tests/unit/agent/test_agent_checks.c
 *
 * Goal:   a running task is asked as its definition says, and the master hears what matters.
 * Method: one agent on a fake container engine with an app whose behaviour is chosen; the questions
 *         are counted where they cross the seam.
 */
#include <criterion/criterion.h>
#include <stdio.h>

#include "tests/unit/agent/agent_bed.h"

static struct agent_bed bed;

static const char *
app_with(const char *checks)
{
    static char text[1024];
    (void)snprintf(text, sizeof text,
                   "{\"id\": \"/web\", \"cmd\": \"true\", \"container\": {\"type\": \"DOCKER\","
                   " \"docker\": {\"image\": \"web:1\"}}, \"portDefinitions\": [{\"port\": 0,"
                   " \"name\": \"http-api\"}], %s}",
                   checks);
    return text;
}

static void
bed_running(const struct behavior *behavior, const char *checks)
{
    agent_bed_open(&bed, 1, NULL);
    if (behavior != NULL) {
        test_world_set_behavior(bed.world, behavior);
    }
    agent_bed_app(&bed, 1, app_with(checks));
    agent_bed_start(&bed);
    agent_bed_run(&bed, SEC(1));
    agent_bed_launch(&bed, 7, 1);
    while (agent_bed_status(&bed, 7) == NULL) {
        agent_bed_run(&bed, MS(100));
    }
}

static const struct behavior ill = { .image = "web:1", .concurrency = 1, .unhealthy = true };

static const char quick_http[] = "\"healthChecks\": [{\"protocol\": \"HTTP\", \"path\": \"/\","
                                 " \"intervalSeconds\": 10, \"gracePeriodSeconds\": 0,"
                                 " \"maxConsecutiveFailures\": 3}]";

Test(agent_checks, report_health_when_the_first_answer_is_good)
{
    bed_running(NULL, quick_http);
    cr_assert_eq(agent_bed_status(&bed, 7)->state, TASK_RUNNING);
    cr_assert_eq(agent_bed_status(&bed, 7)->health, HEALTH_UNKNOWN);
    agent_bed_run(&bed, SEC(6));
    cr_assert_eq(agent_bed_status(&bed, 7)->health, HEALTH_GOOD);
    const uint32_t count = agent_bed_count(&bed, &msg_status_type);
    agent_bed_run(&bed, SEC(300));
    cr_assert_eq(agent_bed_count(&bed, &msg_status_type), count, "no news, no message");
    agent_bed_close(&bed);
}

Test(agent_checks, want_a_kill_on_failure_max_plus_one)
{
    bed_running(&ill, quick_http);
    agent_bed_run(&bed, SEC(6));
    cr_assert_eq(agent_bed_status(&bed, 7)->health, HEALTH_BAD);
    agent_bed_run(&bed, SEC(20)); /* three have failed */
    cr_assert_eq(agent_bed_calls(&bed, "probe.ask"), 3);
    cr_assert_eq(agent_bed_status(&bed, 7)->kill_wanted, 0);
    agent_bed_run(&bed, SEC(10));
    cr_assert_eq(agent_bed_calls(&bed, "probe.ask"), 4);
    cr_assert_eq(agent_bed_status(&bed, 7)->kill_wanted, 1);
    cr_assert_eq(agent_bed_status(&bed, 7)->failures, 4);
    cr_assert_eq(agent_bed_status(&bed, 7)->state, TASK_RUNNING, "the master drains and kills it");
    agent_bed_close(&bed);
}

Test(agent_checks, of_mesos_want_a_kill_on_failure_max)
{
    bed_running(&ill, "\"healthChecks\": [{\"protocol\": \"MESOS_HTTP\", \"path\": \"/\","
                      " \"intervalSeconds\": 10, \"gracePeriodSeconds\": 0, \"delaySeconds\": 15,"
                      " \"maxConsecutiveFailures\": 3}]");
    agent_bed_run(&bed, SEC(14));
    cr_assert_eq(agent_bed_calls(&bed, "probe.ask"), 0, "the delay is not over");
    agent_bed_run(&bed, SEC(12));
    cr_assert_eq(agent_bed_calls(&bed, "probe.ask"), 2);
    cr_assert_eq(agent_bed_status(&bed, 7)->kill_wanted, 0);
    agent_bed_run(&bed, SEC(10));
    cr_assert_eq(agent_bed_calls(&bed, "probe.ask"), 3);
    cr_assert_eq(agent_bed_status(&bed, 7)->kill_wanted, 1);
    agent_bed_close(&bed);
}

Test(agent_checks, forgive_failures_inside_the_grace_period)
{
    bed_running(&ill, "\"healthChecks\": [{\"protocol\": \"HTTP\", \"path\": \"/\","
                      " \"intervalSeconds\": 10, \"gracePeriodSeconds\": 100,"
                      " \"maxConsecutiveFailures\": 1}]");
    agent_bed_run(&bed, SEC(90));
    cr_assert_eq(agent_bed_status(&bed, 7)->health, HEALTH_UNKNOWN);
    agent_bed_run(&bed, SEC(20));
    cr_assert_eq(agent_bed_status(&bed, 7)->health, HEALTH_BAD);
    cr_assert_eq(agent_bed_status(&bed, 7)->kill_wanted, 0);
    agent_bed_run(&bed, SEC(10));
    cr_assert_eq(agent_bed_status(&bed, 7)->kill_wanted, 1);
    agent_bed_close(&bed);
}

Test(agent_checks, run_commands_inside_the_container)
{
    bed_running(NULL, "\"healthChecks\": [{\"protocol\": \"COMMAND\", \"command\": {\"value\":"
                      " \"true\"}, \"intervalSeconds\": 10, \"gracePeriodSeconds\": 0,"
                      " \"delaySeconds\": 1}]");
    agent_bed_run(&bed, SEC(20));
    cr_assert_eq(agent_bed_status(&bed, 7)->health, HEALTH_GOOD);
    agent_bed_close(&bed);
}

Test(agent_checks, evaluate_readiness_until_ready_and_no_longer)
{
    static const struct behavior slow = {
        .image = "web:1", .concurrency = 1, .start = { .kind = DIST_CONSTANT, .a_ns = SEC(25) }
    };
    bed_running(&slow, "\"readinessChecks\": [{\"name\": \"r\", \"protocol\": \"HTTP\","
                       " \"path\": \"/ready\", \"portName\": \"http-api\","
                       " \"intervalSeconds\": 10, \"timeoutSeconds\": 5}]");
    cr_assert_eq(agent_bed_status(&bed, 7)->ready, 0);
    cr_assert_eq(agent_bed_status(&bed, 7)->health, HEALTH_GOOD);
    agent_bed_run(&bed, SEC(22));
    cr_assert_eq(agent_bed_status(&bed, 7)->ready, 0);
    agent_bed_run(&bed, SEC(10));
    cr_assert_eq(agent_bed_status(&bed, 7)->ready, 1);
    const uint32_t asked = agent_bed_calls(&bed, "probe.ask");
    agent_bed_run(&bed, SEC(100));
    cr_assert_eq(agent_bed_calls(&bed, "probe.ask"), asked);
    agent_bed_close(&bed);
}

Test(agent_checks, stop_when_the_task_is_being_killed_even_while_one_is_asked)
{
    bed_running(&ill, quick_http);
    bed.probe_options.timeout_ppm = PPM; /* every question hangs for 20 s */
    agent_bed_run(&bed, SEC(6));
    cr_assert_eq(agent_bed_calls(&bed, "probe.ask"), 1);
    agent_bed_kill(&bed, 7, 0);
    agent_bed_run(&bed, SEC(5));
    cr_assert_eq(agent_bed_status(&bed, 7)->state, TASK_KILLED);
    agent_bed_run(&bed, SEC(60));
    cr_assert_eq(agent_bed_calls(&bed, "probe.ask"), 1);
    cr_assert_eq(fake_engine_count(bed.engine), 0, "removed once the question was answered");
    agent_bed_close(&bed);
}

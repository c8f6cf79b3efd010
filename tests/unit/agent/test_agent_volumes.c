/*
 * tests/unit/agent/test_agent_volumes.c
 *
 * Goal:   an agent mounts the volume it is told to, removes one when it is told to and no task has
 *         it, and tells of those that no task has: also in its next life.
 * Method: one agent on a fake container engine; the test is the master.
 */
#include <criterion/criterion.h>

#include "tests/unit/agent/agent_bed.h"

enum { VOLUME = 5 };

static struct agent_bed bed;

static const char db_app[] =
    "{\"id\": \"/db\", \"cmd\": \"true\", \"container\": {\"type\": \"MESOS\", \"volumes\":"
    " [{\"containerPath\": \"data\", \"mode\": \"RW\", \"persistent\": {\"size\": 10}},"
    " {\"containerPath\": \"log\", \"mode\": \"RW\", \"persistent\": {\"size\": 10}}]}}";

static void
launch(uint64_t task)
{
    const struct msg_launch message = {
        .term = bed.term, .task = task, .version = 1, .volume = VOLUME
    };
    agent_bed_send(&bed, &msg_launch_type, &message);
    agent_bed_run(&bed, SEC(5));
    cr_assert_eq(agent_bed_status(&bed, task)->state, TASK_RUNNING);
}

static void
unwanted(uint64_t volume)
{
    const struct msg_volume_remove message = { .term = bed.term, .volume = volume };
    agent_bed_send(&bed, &msg_volume_remove_type, &message);
    agent_bed_run(&bed, SEC(2));
}

static uint32_t
facts(enum world_fact_kind kind)
{
    return test_world_count_facts(bed.world, kind);
}

/* The newest words about volumes. */
static const struct msg_volumes *
told(void)
{
    const uint32_t count = agent_bed_count(&bed, &msg_volumes_type);
    int64_t at_ns = 0;
    return count > 0 ? agent_bed_message(&bed, &msg_volumes_type, count - 1, &at_ns) : NULL;
}

static void
begin(void)
{
    agent_bed_open(&bed, 1, NULL);
    agent_bed_app(&bed, 1, db_app);
    agent_bed_start(&bed);
    agent_bed_run(&bed, SEC(1));
    launch(7);
}

static void
end(void)
{
    agent_bed_close(&bed);
}

TestSuite(agent_volumes, .init = begin, .fini = end);

Test(agent_volumes, is_made_with_the_first_task_and_mounted_again_by_the_next)
{
    cr_assert_eq(facts(WORLD_VOLUME_MADE), 1, "two folders of one volume");
    cr_assert_eq(facts(WORLD_VOLUME_MOUNTED), 1);
    agent_bed_kill(&bed, 7, SEC(1));
    agent_bed_run(&bed, SEC(10));
    launch(8);
    cr_assert_eq(facts(WORLD_VOLUME_MADE), 1);
    cr_assert_eq(facts(WORLD_VOLUME_MOUNTED), 2);
    cr_assert_eq(facts(WORLD_VOLUME_REMOVED), 0);
}

Test(agent_volumes, stays_while_a_task_has_it)
{
    unwanted(VOLUME);
    cr_assert_eq(agent_bed_calls(&bed, "containers.remove-volume"), 0);
    agent_bed_run(&bed, SEC(30));
    cr_assert_null(told(), "nothing is idle");
}

Test(agent_volumes, is_told_of_once_no_task_has_it_and_goes_when_asked)
{
    agent_bed_kill(&bed, 7, SEC(1));
    agent_bed_run(&bed, SEC(30));
    cr_assert_not_null(told());
    cr_assert_eq(told()->tail_len, sizeof(uint64_t));
    cr_assert_eq(told()->tail[0], VOLUME);
    cr_assert_eq(told()->removed, 0);
    unwanted(VOLUME);
    cr_assert_eq(facts(WORLD_VOLUME_REMOVED), 1);
    cr_assert_eq(told()->removed, VOLUME);
    cr_assert_eq(told()->tail_len, 0);
    const uint32_t before = agent_bed_count(&bed, &msg_volumes_type);
    agent_bed_run(&bed, SEC(60));
    cr_assert_eq(agent_bed_count(&bed, &msg_volumes_type), before, "there is nothing to tell");
}

Test(agent_volumes, one_that_is_not_there_is_answered_as_removed)
{
    unwanted(99);
    cr_assert_not_null(told());
    cr_assert_eq(told()->removed, 99);
}

Test(agent_volumes, the_next_life_knows_who_has_it)
{
    agent_bed_crash(&bed);
    agent_bed_start(&bed);
    agent_bed_run(&bed, SEC(5));
    unwanted(VOLUME);
    cr_assert_eq(agent_bed_calls(&bed, "containers.remove-volume"), 0);
    agent_bed_run(&bed, SEC(30));
    cr_assert_null(told());
}

Test(agent_volumes, the_next_life_tells_of_what_an_earlier_one_left)
{
    agent_bed_kill(&bed, 7, SEC(1));
    agent_bed_run(&bed, SEC(10));
    agent_bed_crash(&bed);
    const uint32_t before = agent_bed_count(&bed, &msg_volumes_type);
    agent_bed_start(&bed);
    agent_bed_run(&bed, SEC(60));
    cr_assert_gt(agent_bed_count(&bed, &msg_volumes_type), before);
    cr_assert_eq(told()->tail[0], VOLUME);
}

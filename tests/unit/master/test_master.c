/*
 * tests/unit/master/test_master.c
 *
 * Goal:   what the master tells agents follows what is durable, is said again until it is heard,
 *         and what agents report becomes the truth of the books, whatever is lost, repeated or
 *         late.
 * Method: one master on a fake store; the test plays agents, edges and clients.
 */
#include "tests/unit/master/master_bed.h"

#define WEB "{\"id\":\"/web\",\"cmd\":\"x\",\"cpus\":0.1,\"mem\":32,\"instances\":1}"
#define WEB_2 "{\"id\":\"/web\",\"cmd\":\"y\",\"cpus\":0.1,\"mem\":32,\"instances\":1}"
#define WEB_0 "{\"id\":\"/web\",\"cmd\":\"x\",\"cpus\":0.1,\"mem\":32,\"instances\":0}"

static uint64_t
launched(const struct master_bed *bed)
{
    const struct msg_launch *launch = bed_newest(bed, &msg_launch_type);
    cr_assert_not_null(launch);
    return launch->task;
}

/* One node and one running task of /web. */
static uint64_t
open_running(struct master_bed *bed, uint64_t seed)
{
    bed_open(bed, seed, NULL);
    bed_register(bed, 0, 1, NULL, 0);
    bed_put(bed, 1, WEB, false);
    bed_play(bed, SEC(3));
    return launched(bed);
}

Test(master, an_app_is_launched_runs_and_its_deployment_ends)
{
    struct master_bed bed;
    const uint64_t task = open_running(&bed, 1);
    cr_assert(eq(u32, bed_count(&bed, &msg_launch_type), 1));
    const struct msg_status_ack *ack = bed_newest(&bed, &msg_status_ack_type);
    cr_assert(eq(u64, ack->task, task));
    cr_assert(eq(u32, bed_lines(&bed, ENV_EVENT_DEPLOYMENT, "/web", "scale"), 1));
    cr_assert(eq(u32, fake_store_count(bed.store, TABLE_TASK), 1));
    cr_assert(eq(int, bed_answer(&bed, 1)->status, ST_OK));
    bed_close(&bed);
}

Test(master, nothing_is_told_before_it_is_durable)
{
    const struct fake_store_options slow = { .commit_ns_min = SEC(2), .commit_ns_max = SEC(2) };
    struct master_bed bed;
    bed_open(&bed, 1, &slow);
    bed_play(&bed, SEC(3));
    bed_register(&bed, 0, 1, NULL, 0);
    bed_put(&bed, 1, WEB, false);
    bed_play(&bed, SEC(2) - MS(5));
    cr_assert_null(bed_answer(&bed, 1));
    cr_assert(eq(u32, bed_count(&bed, &msg_launch_type), 0));
    bed_play(&bed, SEC(10));
    cr_assert_not_null(bed_answer(&bed, 1));
    cr_assert(eq(u32, bed_count(&bed, &msg_launch_type), 1));
    bed_close(&bed);
}

Test(master, a_failed_or_lost_commit_loads_again_and_loses_nothing)
{
    for (uint32_t nth = 2; nth < 8; nth++) {
        const struct fake_store_options fails = { .commit_fail_nth = nth };
        struct master_bed bed;
        bed_open(&bed, nth, &fails);
        bed_register(&bed, 0, 1, NULL, 0);
        bed_put(&bed, 1, WEB, false);
        bed_play(&bed, SEC(5));
        bed_register(&bed, 0, 1, NULL, 0); /* the new memory does not know the node */
        if (bed_answer(&bed, 1) == NULL) {
            bed_put(&bed, 1, WEB, false);
        }
        bed_play(&bed, SEC(30));
        cr_assert(eq(u32, fake_store_count(bed.store, TABLE_APP), 1), "nth %u", nth);
        cr_assert(eq(u32, fake_store_count(bed.store, TABLE_TASK), 1), "nth %u", nth);
        cr_assert(eq(int, bed_answer(&bed, 1)->status, ST_OK), "nth %u", nth);
        bed_close(&bed);
    }
}

Test(master, a_launch_nobody_heard_goes_again)
{
    struct master_bed bed;
    bed_open(&bed, 1, NULL);
    bed_register(&bed, 0, 1, NULL, 0);
    bed.mute[0] = true;
    bed_put(&bed, 1, WEB, false);
    bed_play(&bed, SEC(25));
    cr_assert(ge(u32, bed_count(&bed, &msg_launch_type), 3), "at once, then each ten seconds");
    bed.mute[0] = false;
    bed_play(&bed, SEC(12));
    const uint32_t heard = bed_count(&bed, &msg_launch_type);
    bed_play(&bed, SEC(30));
    cr_assert(eq(u32, bed_count(&bed, &msg_launch_type), heard));
    bed_close(&bed);
}

Test(master, a_kill_nobody_heard_goes_again)
{
    struct master_bed bed;
    (void)open_running(&bed, 1);
    bed.mute[0] = true;
    bed_call(&bed, 2, API_SCALE_APP, "/web", 0);
    bed_play(&bed, SEC(25));
    cr_assert(ge(u32, bed_count(&bed, &msg_kill_type), 3));
    bed.mute[0] = false;
    bed_play(&bed, SEC(12));
    cr_assert(eq(u32, fake_store_count(bed.store, TABLE_TASK), 0));
    bed_close(&bed);
}

Test(master, what_nobody_wants_is_killed_and_what_is_gone_is_replaced)
{
    struct master_bed bed;
    const uint64_t task = open_running(&bed, 1);
    bed_status(&bed, 0, 777, TASK_RUNNING);
    bed_play(&bed, MS(20));
    const struct msg_kill *kill = bed_newest(&bed, &msg_kill_type);
    cr_assert(eq(u64, kill->task, 777));
    bed_register(&bed, 0, 2, NULL, 0); /* a new life, and it has nothing */
    bed_play(&bed, SEC(3));
    cr_assert(ne(u64, launched(&bed), task));
    cr_assert(eq(u32, bed_lines(&bed, ENV_EVENT_TASK, "/web", "its agent does not know it"), 1));
    bed_close(&bed);
}

Test(master, a_late_copy_of_a_registration_loses_no_task)
{
    struct master_bed bed;
    const uint64_t task = open_running(&bed, 1);
    bed_register(&bed, 0, 1, NULL, 0); /* made before the launch */
    bed_play(&bed, SEC(3));
    cr_assert(eq(u64, launched(&bed), task));
    cr_assert(eq(u32, bed_lines(&bed, ENV_EVENT_TASK, "/web", "its agent does not know it"), 0));
    bed_register(&bed, 0, 2, &task, 1);
    bed_register(&bed, 0, 1, NULL, 0); /* of an earlier life */
    bed.incarnations[0] = 2;
    bed_play(&bed, SEC(3));
    cr_assert(eq(u64, launched(&bed), task));
    bed_close(&bed);
}

Test(master, a_silent_node_loses_its_tasks_to_another)
{
    struct master_bed bed;
    const uint64_t task = open_running(&bed, 1);
    bed_register(&bed, 1, 1, NULL, 0);
    bed.mute[0] = true;
    bed_play(&bed, SEC(80));
    cr_assert(ne(u64, launched(&bed), task));
    bed.mute[0] = false;
    bed_register(&bed, 0, 1, &task, 1); /* it comes back with what was replaced */
    bed_play(&bed, SEC(2));
    const struct msg_kill *kill = bed_newest(&bed, &msg_kill_type);
    cr_assert(eq(u64, kill->task, task));
    bed_close(&bed);
}

Test(master, a_kill_under_way_on_a_node_that_is_gone_holds_nothing_up)
{
    struct master_bed bed;
    (void)open_running(&bed, 1);
    bed.mute[0] = true;
    bed_call(&bed, 2, API_SCALE_APP, "/web", 0);
    bed_play(&bed, SEC(1));
    cr_assert(eq(u32, bed_count(&bed, &msg_kill_type), 1));
    bed_play(&bed, SEC(80));
    cr_assert(eq(u32, fake_store_count(bed.store, TABLE_TASK), 0));
    bed_put(&bed, 3, WEB, false);
    bed_play(&bed, SEC(1));
    cr_assert(eq(int, bed_answer(&bed, 3)->status, ST_OK), "its deployment has ended");
    bed_close(&bed);
}

Test(master, what_is_never_replaced_waits_for_its_node)
{
    struct master_bed bed;
    bed_open(&bed, 1, NULL);
    bed_register(&bed, 0, 1, NULL, 0);
    bed_put(&bed, 1,
            "{\"id\":\"/db\",\"cmd\":\"x\",\"cpus\":0.1,\"mem\":32,"
            "\"unreachableStrategy\":\"disabled\"}",
            false);
    bed_play(&bed, SEC(3));
    const uint64_t task = launched(&bed);
    bed_register(&bed, 1, 1, NULL, 0);
    bed.mute[0] = true;
    bed_play(&bed, SEC(600));
    cr_assert(eq(u64, launched(&bed), task));
    cr_assert(eq(u32, bed_lines(&bed, ENV_EVENT_TASK, "/db", "its node is unreachable"), 1));
    bed.mute[0] = false;
    bed_register(&bed, 0, 1, &task, 1);
    bed_status(&bed, 0, task, TASK_RUNNING);
    bed_play(&bed, SEC(3));
    cr_assert(eq(u64, launched(&bed), task));
    cr_assert(eq(u32, fake_store_count(bed.store, TABLE_TASK), 1));
    bed_close(&bed);
}

#define LATE                                                                                       \
    "{\"id\":\"/db\",\"cmd\":\"x\",\"cpus\":0.1,\"mem\":32," \
    "\"unreachableStrategy\":{\"inactiveAfterSeconds\":100,\"expungeAfterSeconds\":300}}"

static uint64_t
open_patient(struct master_bed *bed)
{
    bed_open(bed, 1, NULL);
    bed_register(bed, 0, 1, NULL, 0);
    bed_put(bed, 1, LATE, false);
    bed_play(bed, SEC(3));
    bed_register(bed, 1, 1, NULL, 0);
    bed->mute[0] = true;
    return launched(bed);
}

Test(master, what_a_silent_node_says_between_two_silences_does_not_hide_that_it_is_gone)
{
    struct master_bed bed;
    const uint64_t task = open_patient(&bed);
    bed_play(&bed, SEC(80));
    bed_status(&bed, 0, task, TASK_RUNNING); /* it comes through, and no heartbeat after it */
    bed_play(&bed, SEC(120));
    cr_assert(ne(u64, launched(&bed), task), "it is replaced");
    bed_play(&bed, SEC(300));
    cr_assert(eq(u32, fake_store_count(bed.store, TABLE_TASK), 1));
    bed_close(&bed);
}

Test(master, a_master_that_starts_again_does_not_begin_to_wait_anew)
{
    struct master_bed bed;
    const uint64_t task = open_patient(&bed);
    for (uint32_t i = 0; i < 4; i++) {
        bed_play(&bed, SEC(90));
        bed_crash(&bed);
        bed_start(&bed);
    }
    bed_play(&bed, SEC(1));
    bed_register(&bed, 1, 1, NULL, 0);
    bed_play(&bed, SEC(80));
    cr_assert(ne(u64, launched(&bed), task));
    cr_assert(eq(u32, fake_store_count(bed.store, TABLE_TASK), 1), "the old one is forgotten");
    bed_close(&bed);
}

Test(master, a_master_that_starts_again_goes_on)
{
    struct master_bed bed;
    const uint64_t task = open_running(&bed, 1);
    bed_crash(&bed);
    bed_play(&bed, SEC(1));
    bed_start(&bed);
    bed_play(&bed, SEC(1));
    bed_register(&bed, 0, 1, &task, 1);
    bed_status(&bed, 0, task, TASK_RUNNING);
    bed_play(&bed, SEC(5));
    cr_assert(eq(u64, launched(&bed), task), "it is not launched again");
    const struct msg_status_ack *ack = bed_newest(&bed, &msg_status_ack_type);
    cr_assert(eq(u64, ack->term, 2));
    bed_call(&bed, 9, API_SCALE_APP, "/web", 2);
    bed_play(&bed, SEC(3));
    cr_assert(gt(u64, launched(&bed), task));
    bed_close(&bed);
}

Test(master, a_failing_app_is_launched_ever_more_slowly)
{
    struct master_bed bed;
    uint64_t task = open_running(&bed, 1);
    static const int64_t delays_ns[] = { 1000000000, 1150000000, 1322500000 };
    for (uint32_t i = 0; i < COUNT_OF(delays_ns); i++) {
        bed_status(&bed, 0, task, TASK_FAILED);
        bed_play(&bed, delays_ns[i] - MS(20));
        cr_assert(eq(u64, launched(&bed), task), "not before its delay");
        bed_play(&bed, MS(60));
        cr_assert(ne(u64, launched(&bed), task));
        task = launched(&bed);
    }
    bed_close(&bed);
}

Test(master, what_fails_of_an_older_version_does_not_hold_up_the_newer)
{
    struct master_bed bed;
    const uint64_t task = open_running(&bed, 1);
    bed.mute[0] = true;
    bed_put(&bed, 2, WEB_2, false);
    bed_play(&bed, MS(100));
    bed_status(&bed, 0, task, TASK_FAILED);
    bed_play(&bed, MS(100));
    cr_assert(eq(u32, bed_lines(&bed, ENV_EVENT_BACKOFF, "/web", ""), 0));
    bed_close(&bed);
}

Test(master, words_that_nobody_may_say_are_dropped)
{
    struct master_bed bed;
    bed_open(&bed, 1, NULL);
    const uint32_t before = bed.sent.count;
    bed_edge(&bed, UINT32_MAX, 0);
    const struct msg_status status = { .task = 1, .node = 0, .state = 200 };
    bed_send(&bed, env_address_of(ENV_PROCESS_AGENT, 0), &msg_status_type, &status);
    const struct msg_heartbeat beat = { .node = UINT32_MAX };
    bed_send(&bed, env_address_of(ENV_PROCESS_AGENT, 0), &msg_heartbeat_type, &beat);
    const struct msg_spec_get spec = { .version = 12345 };
    bed_send(&bed, env_address_of(ENV_PROCESS_AGENT, 0), &msg_spec_get_type, &spec);
    bed_play(&bed, MS(100));
    cr_assert(eq(u32, bed.sent.count, before));
    bed_close(&bed);
}

Test(master, an_app_of_no_instances_needs_nothing)
{
    struct master_bed bed;
    bed_open(&bed, 1, NULL);
    bed_put(&bed, 1, WEB_0, false);
    bed_play(&bed, SEC(1));
    bed_put(&bed, 2, WEB, false);
    bed_play(&bed, SEC(1));
    cr_assert(eq(int, bed_answer(&bed, 2)->status, ST_OK), "its deployment was over at once");
    bed_close(&bed);
}

/*
 * tests/unit/api/test_runs.c
 *
 * Goal:   runs of an app that runs its tasks once are taken once, in the order of their numbers,
 *         also when answers are lost and masters die.
 * Method: a master on a fake store (tests/unit/master/master_bed.h) and a client that repeats
 *         itself.
 */
#include <string.h>

#include "platform/base/memory.h"
#include "tests/unit/master/master_bed.h"

#define BATCH                                                                                      \
    "{\"id\":\"/batch\",\"cmd\":\"x\",\"cpus\":0.1,\"mem\":32,\"instances\":0,"                    \
    "\"portDefinitions\":[],\"labels\":{\"REHEARSAL_RUN_ONCE\":\"true\"}}"

static void
ask(struct master_bed *bed, uint64_t request, const char *lines)
{
    const size_t len = strlen(lines);
    struct msg_api_request *message = memory_alloc_zero(1, sizeof *message + len);
    message->request = request;
    message->call = API_RUN;
    message->tail_len = (uint32_t)len;
    memcpy(message->tail, lines, len);
    bed_send(bed, env_address_of(ENV_PROCESS_CLIENT, 0), &msg_api_request_type, message);
    memory_free(message);
    bed_play(bed, MS(50));
}

static void
answers(const struct master_bed *bed, uint64_t request, enum status status, const char *text)
{
    const struct msg_api_answer *answer = bed_answer(bed, request);
    cr_assert_not_null(answer, "request %u has no answer", (unsigned)request);
    cr_assert(eq(int, answer->status, status), "%s", answer->text);
    cr_assert_str_eq(answer->text, text);
}

static void
open_with_batch(struct master_bed *bed, uint64_t seed)
{
    bed_open(bed, seed, NULL);
    bed_register(bed, 0, 1, NULL, 0);
    bed_put(bed, 1, BATCH, false);
    bed_play(bed, SEC(1));
}

static uint32_t
tasks_stored(const struct master_bed *bed)
{
    return fake_store_count(bed->store, TABLE_TASK);
}

Test(api_runs, a_request_that_is_repeated_adds_nothing)
{
    struct master_bed bed;
    open_with_batch(&bed, 1);
    ask(&bed, 2, "1 2 /batch\n3 1 /batch\n");
    answers(&bed, 2, ST_OK, "");
    cr_assert(eq(u32, tasks_stored(&bed), 3));
    ask(&bed, 2, "1 2 /batch\n3 1 /batch\n");
    ask(&bed, 3, "2 3 /batch");
    answers(&bed, 3, ST_OK, "");
    cr_assert(eq(u32, tasks_stored(&bed), 4));
    bed_close(&bed);
}

Test(api_runs, a_number_too_high_is_told_to_come_again)
{
    struct master_bed bed;
    open_with_batch(&bed, 1);
    ask(&bed, 2, "2 1 /batch\n");
    answers(&bed, 2, ST_UNAVAILABLE, "run 1 of /batch comes first");
    cr_assert(eq(u32, tasks_stored(&bed), 0));
    ask(&bed, 3, "1 1 /batch\n");
    ask(&bed, 2, "2 1 /batch\n");
    answers(&bed, 2, ST_OK, "");
    cr_assert(eq(u32, tasks_stored(&bed), 2));
    bed_close(&bed);
}

Test(api_runs, the_agent_is_told_the_number_of_the_run)
{
    struct master_bed bed;
    open_with_batch(&bed, 1);
    ask(&bed, 2, "1 1 /batch\n");
    cr_assert(eq(u64, ((const struct msg_launch *)bed_newest(&bed, &msg_launch_type))->run, 1));
    ask(&bed, 3, "2 1 /batch\n");
    cr_assert(eq(u64, ((const struct msg_launch *)bed_newest(&bed, &msg_launch_type))->run, 2));
    bed_close(&bed);
}

Test(api_runs, what_makes_no_sense_is_refused)
{
    static const char *const wrong[] = { "", "1 1", "x 1 /batch", "1 0 /batch", "0 1 /batch",
                                         "1 1001 /batch", "1 1 batch", "-1 1 /batch", "1  1 /batch",
                                         "99999999999999999999 1 /batch" };
    struct master_bed bed;
    open_with_batch(&bed, 1);
    for (uint32_t i = 0; i < COUNT_OF(wrong); i++) {
        ask(&bed, 10 + i, wrong[i]);
        answers(&bed, 10 + i, ST_INVALID,
                "expected lines of a run's number, how many, and an app");
    }
    ask(&bed, 40, "1 1 /nowhere\n");
    answers(&bed, 40, ST_NOT_FOUND, "App '/nowhere' does not exist");
    bed_put(&bed, 41, "{\"id\":\"/web\",\"cmd\":\"x\",\"instances\":0}", false);
    bed_play(&bed, SEC(1));
    ask(&bed, 42, "1 1 /web\n");
    answers(&bed, 42, ST_INVALID,
            "App '/web' does not run its tasks once: it has no label REHEARSAL_RUN_ONCE");
    cr_assert(eq(u32, tasks_stored(&bed), 0));
    bed_close(&bed);
}

Test(api_runs, a_run_that_ended_is_not_taken_again_by_the_next_master)
{
    struct master_bed bed;
    open_with_batch(&bed, 1);
    ask(&bed, 2, "1 2 /batch\n");
    bed_play(&bed, SEC(1));
    const uint64_t last = ((const struct msg_launch *)bed_newest(&bed, &msg_launch_type))->task;
    bed_status(&bed, 0, last, TASK_FINISHED);
    bed_play(&bed, SEC(1));
    cr_assert(eq(u32, tasks_stored(&bed), 1));
    bed_crash(&bed);
    bed_start(&bed);
    bed_play(&bed, SEC(20));
    ask(&bed, 2, "1 2 /batch\n");
    answers(&bed, 2, ST_OK, "");
    bed_play(&bed, SEC(20));
    cr_assert(eq(u32, tasks_stored(&bed), 1), "one run is left, and no other takes its place");
    bed_close(&bed);
}

Test(api_runs, what_failed_is_over_and_what_was_lost_comes_back_as_the_same_run)
{
    struct master_bed bed;
    open_with_batch(&bed, 1);
    ask(&bed, 2, "1 1 /batch\n");
    bed_play(&bed, SEC(1));
    const uint64_t first = ((const struct msg_launch *)bed_newest(&bed, &msg_launch_type))->task;
    bed_status(&bed, 0, first, TASK_LOST);
    bed_play(&bed, SEC(1));
    const struct msg_launch *again = bed_newest(&bed, &msg_launch_type);
    cr_assert(ne(u64, again->task, first));
    cr_assert(eq(u64, again->run, 1));
    bed_status(&bed, 0, again->task, TASK_FAILED);
    bed_play(&bed, SEC(60));
    cr_assert(eq(u32, tasks_stored(&bed), 0));
    cr_assert(eq(u32, bed_lines(&bed, ENV_EVENT_BACKOFF, "/batch", ""), 0));
    bed_close(&bed);
}

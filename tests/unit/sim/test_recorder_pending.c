/*
 * tests/unit/sim/test_recorder_pending.c
 *
 * Goal:   of every wait for a node there is a row while each answer holds, with its numbers; at
 *         the end whoever still waits has one, be it for a reason that no node gave; an expectation
 *         can ask for it.
 * Method: a story told to a run by hand.
 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

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

TestSuite(recorder_pending, .init = open_story, .fini = close_story);

static const struct env_pending two_refuse = {
    .nodes = 3,
    .refused = { [ENV_REFUSAL_ROLE] = 1, [ENV_REFUSAL_CPUS] = 2 },
    .nearest = 2,
    .hostname = "private-2",
    .shortfall = "0.5 cpus short",
};

static void
says(const char *text, const struct env_pending *pending)
{
    story_event(&story, (struct env_event){ .kind = ENV_EVENT_PENDING,
                                            .old_state = -1,
                                            .new_state = -1,
                                            .text = text,
                                            .pending = pending });
}

static void
task(int32_t old_state, int32_t new_state)
{
    story_event(&story, (struct env_event){ .kind = ENV_EVENT_TASK,
                                            .old_state = old_state,
                                            .new_state = new_state,
                                            .task = 5 });
}

static const struct result_pending *
row(uint32_t index)
{
    cr_assert(gt(u32, story.run.results.pending.count, index));
    return vec_at(&story.run.results.pending, index);
}

static const char *
text_of(uint32_t interned)
{
    return interned == 0 ? "" : intern_text(&story.run.results.names, interned);
}

Test(recorder_pending, each_answer_has_a_row_while_it_holds)
{
    story_start(&story);
    story_all_well(&story);
    story_until(&story, MIN(2));
    task(-1, TASK_PENDING);
    says("3 nodes: 1 UnfulfilledRole, 2 InsufficientCpus; nearest: private-2, 0.5 cpus short",
         &two_refuse);
    story_until(&story, MIN(3));
    says("no node is ready", NULL);
    story_until(&story, MIN(4));
    task(TASK_PENDING, TASK_STAGING);
    cr_assert(eq(u32, story.run.results.pending.count, 2));
    cr_assert(eq(i64, row(0)->at_ns, MIN(2)));
    cr_assert(eq(i64, row(0)->until_at_ns, MIN(3)));
    cr_assert(eq(u32, row(0)->tasks, 1));
    cr_assert(eq(u32, row(0)->nodes, 3));
    cr_assert(eq(u32, row(0)->refused[ENV_REFUSAL_ROLE], 1));
    cr_assert(eq(u32, row(0)->refused[ENV_REFUSAL_CPUS], 2));
    cr_assert_str_eq(text_of(row(0)->nearest), "private-2");
    cr_assert_str_eq(text_of(row(0)->shortfall), "0.5 cpus short");
    cr_assert(eq(i64, row(1)->at_ns, MIN(3)));
    cr_assert(eq(i64, row(1)->since_at_ns, MIN(2)), "it waited all the time");
    cr_assert(eq(i64, row(1)->until_at_ns, MIN(4)));
    cr_assert(eq(u32, row(1)->nodes, 0));
    cr_assert_str_eq(text_of(row(1)->text), "no node is ready");
    task(TASK_STAGING, TASK_FAILED);
    task(-1, TASK_PENDING);
    says("no node is ready", NULL);
    cr_assert(eq(i64, row(2)->since_at_ns, MIN(4)), "a wait of its own");
    cr_assert(eq(i64, row(2)->until_at_ns, -1));
}

Test(recorder_pending, who_waits_out_a_back_off_says_so_at_the_end)
{
    story_start(&story);
    story_all_well(&story);
    story_announces(&story, "accepted", 5, 1);
    story_until(&story, MIN(9));
    task(-1, TASK_PENDING);
    story_event(&story, (struct env_event){ .kind = ENV_EVENT_BACKOFF,
                                            .old_state = -1,
                                            .new_state = -1,
                                            .value = MIN(30) });
    story_until(&story, MIN(20));
    cr_assert(eq(int, story.run.phase, RUN_OVER));
    cr_assert(eq(u32, story.run.results.pending.count, 1));
    cr_assert_str_eq(text_of(row(0)->text), "its launch back-off lasts until 39m");
    const struct result_app *app = vec_at(&story.run.results.apps, 0);
    cr_assert_str_eq(app->why_pending, "its launch back-off lasts until 39m");
}

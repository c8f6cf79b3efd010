/*
 * tests/unit/sim/test_expect_pending.c
 *
 * Goal:   that an app waits, for which reason, how near the nearest node is and for how long, can
 *         be expected; each may fail, and says what was found.
 * Method: one expectation, a story that ends with a task without a node, and the row it leaves.
 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "sim/expect/pending.h"
#include "tests/unit/sim/run_story.h"

#define WHY "3 nodes: 3 InsufficientCpus; nearest: private-2, 0.5 cpus short"

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

TestSuite(expect_pending, .init = open_story, .fini = close_story);

/* The story's scenario lasts ten minutes; from its ninth on one of five waits. */
static void
ends(const struct pending_expect *expected, const char *why, enum outcome outcome,
     const char *detail)
{
    struct pending_expect data = *expected;
    data.app = "/web";
    story_expect(&story, "pending", &data);
    story_start(&story);
    story_all_well(&story);
    story_until(&story, MIN(8));
    story_announces(&story, "accepted", 5, 1);
    story_event(&story, (struct env_event){ .kind = ENV_EVENT_TASK, .old_state = -1, .task = 5 });
    if (why != NULL) {
        story_event(&story, (struct env_event){
                                .kind = ENV_EVENT_PENDING, .old_state = -1, .new_state = -1,
                                .text = why });
    }
    story_until(&story, MIN(25));
    const struct result_expectation *row = story_expectation(&story, 0);
    cr_assert(eq(int, row->outcome, outcome), "%s", row->detail);
    cr_assert_str_eq(row->detail, detail);
}

Test(expect_pending, holds_with_the_reason_and_the_nearest_node)
{
    ends(&(struct pending_expect){ .because = "3 InsufficientCpus",
                                   .nearest = "private-2, 0.5",
                                   .for_ns = MIN(2) },
         WHY, OUTCOME_PASSED, "1 wait for 2m: " WHY);
}

Test(expect_pending, fails_for_another_reason)
{
    ends(&(struct pending_expect){ .because = "InsufficientGpus" }, WHY, OUTCOME_FAILED,
         "it waits because of: " WHY "; expected: InsufficientGpus");
}

Test(expect_pending, fails_when_another_node_is_nearest)
{
    ends(&(struct pending_expect){ .nearest = "private-1" }, WHY, OUTCOME_FAILED,
         "it waits because of: " WHY "; expected as nearest: private-1");
}

Test(expect_pending, fails_when_no_node_was_asked_and_one_is_expected)
{
    ends(&(struct pending_expect){ .nearest = "private-1" }, "no node is ready", OUTCOME_FAILED,
         "it waits because of: no node is ready; expected as nearest: private-1");
}

Test(expect_pending, fails_when_it_has_not_waited_for_long)
{
    ends(&(struct pending_expect){ .for_ns = MIN(3) }, WHY, OUTCOME_FAILED,
         "it waits only for 2m");
}

Test(expect_pending, fails_without_a_reason)
{
    ends(&(struct pending_expect){ .because = NULL }, NULL, OUTCOME_FAILED,
         "/web waits for a node, and no reason was said");
}

Test(expect_pending, fails_when_nothing_waits)
{
    const struct pending_expect data = { .app = "/web" };
    story_expect(&story, "pending", &data);
    story_start(&story);
    story_all_well(&story);
    story_until(&story, MIN(13));
    const struct result_expectation *row = story_expectation(&story, 0);
    cr_assert(eq(int, row->outcome, OUTCOME_FAILED));
    cr_assert_str_eq(row->detail, "no task of /web waits for a node");
}

/*
 * tests/unit/sim/test_littles_law.c
 *
 * Goal:   Little's law holds for what really happened, and is broken by one request that is lost,
 *         told twice, or told with another time than its own.
 * Method: a scripted world whose ledger the test writes, and requests that it tells the run of.
 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "sim/traffic.h"
#include "tests/unit/sim/run_story.h"

static struct story story;
static struct traffic_ledger ledger;

static void
tell_ledger(void *world, uint32_t line, struct traffic_ledger *ret)
{
    (void)world;
    cr_assert(eq(u32, line, 0));
    *ret = ledger;
}

static void
open_story(void)
{
    story_open(&story);
    memset(&ledger, 0, sizeof ledger);
    story.ops.ledger = tell_ledger;
    story.traffic[0] = (struct scenario_traffic){ .to = "web", .timeout_ns = SEC(1) };
    story.scenario.traffic_count = 1;
    story_start(&story);
    story_all_well(&story);
}

static void
close_story(void)
{
    story_close(&story);
}

TestSuite(littles_law, .init = open_story, .fini = close_story);

static uint64_t
now(void)
{
    return (uint64_t)env_clock_now(story.run.env->clock);
}

/* A client makes a request, which is open from here on. */
static int64_t
make(void)
{
    ledger.made++;
    ledger.made_at_sum += now();
    ledger.open++;
    ledger.open_made_sum += now();
    return (int64_t)now();
}

static void
tell(int64_t made_at_ns)
{
    run_request_end(&story.run, &(struct request_end){ .tries = 1,
                                                       .outcome = REQUEST_OK,
                                                       .made_at_ns = made_at_ns,
                                                       .ended_at_ns = (int64_t)now() });
}

static void
end(int64_t made_at_ns)
{
    ledger.open--;
    ledger.open_made_sum -= (uint64_t)made_at_ns;
    tell(made_at_ns);
}

static void
is(enum outcome outcome, const char *detail)
{
    story_until(&story, MIN(13));
    const struct result_invariant *row = story_invariant(&story, "littles-law");
    cr_assert(eq(int, row->outcome, outcome), "%s", row->detail != NULL ? row->detail : "");
    cr_assert(gt(u64, row->checks, 600), "at every sample");
    if (detail != NULL) {
        cr_assert(eq(str, (char *)row->detail, (char *)detail));
    }
}

Test(littles_law, holds_while_every_request_is_told_once)
{
    const int64_t first = make();
    story_until(&story, SEC(10));
    const int64_t second = make();
    story_until(&story, SEC(11));
    end(first);
    story_until(&story, MIN(1));
    end(second);
    (void)make(); /* still open at the end */
    is(OUTCOME_PASSED, NULL);
}

Test(littles_law, is_broken_by_a_request_that_is_lost)
{
    const int64_t lost = make();
    end(make());
    story_until(&story, SEC(10));
    ledger.open--;
    ledger.open_made_sum -= (uint64_t)lost;
    is(OUTCOME_FAILED,
       "of 2 requests to web (line 0 of traffic) 1 have ended and 0 are open");
}

Test(littles_law, is_broken_by_a_request_that_is_told_twice)
{
    const int64_t one = make();
    story_until(&story, SEC(10));
    end(one);
    tell(one);
    is(OUTCOME_FAILED,
       "of 1 requests to web (line 0 of traffic) 2 have ended and 0 are open");
}

Test(littles_law, is_broken_by_a_time_that_is_one_nanosecond_wrong)
{
    const int64_t one = make();
    story_until(&story, SEC(10));
    ledger.open--;
    ledger.open_made_sum -= (uint64_t)one;
    tell(one + 1);
    is(OUTCOME_FAILED,
       "requests to web (line 0 of traffic) spent -1 ns more in the system than the number of them "
       "there says");
}

/*
 * tests/scenario/test_sweep.c
 *
 * Goal:   every single call to the store, the proxy and the container engine may fail: an upgrade
 *         ends all the same, everything settles, and every invariant holds.
 * Method: counting instead of chance: the first call fails, then the second, ... until the run no
 *         longer notices, since it makes no more calls: its trace is that of the run without.
 */
#include "tests/scenario/play.h"

#include <criterion/criterion.h>

enum { CALLS_MAX = 2000 }; /* far more than the story makes */

static const char story[] =
    "{ \"name\": \"sweep\", \"extends\": \"scenarios/base/rolling.json\", \"duration\": \"3m\","
    " \"vars\": { \"instances\": 3, \"minimum_health\": 0.5, \"over_capacity\": 0.5 },"
    " \"traffic\": [ { \"to\": \"web.example.com\", \"rate\": \"5/s\", \"from\": \"40s\" } ],"
    " \"timeline\": ["
    "  { \"at\": \"60s\", \"do\": \"deploy\", \"app\": \"/web\","
    "    \"set\": { \"container\": { \"docker\": { \"image\": \"shop/web:2.0\" } } } } ],"
    " \"expect\": ["
    "  { \"deployment\": \"/web\", \"outcome\": \"done\", \"within\": \"110s\" },"
    "  { \"eventually\": \"healthy\", \"app\": \"/web\", \"at_least\": 3, \"by\": \"3m\" } ] }";

typedef void fail_nth_fn(struct play_options *options, uint32_t nth);

static void
sweep(fail_nth_fn *fail_nth)
{
    const uint64_t quiet = play_passes(&(struct play_options){ .text = story });
    uint32_t       nth = 0;
    bool           noticed = true;
    while (noticed && nth < CALLS_MAX) {
        nth++;
        struct play_options options = { .text = story };
        fail_nth(&options, nth);
        struct play *play = play_open(&options);
        play_run(play);
        cr_expect(play->results != NULL && play->results->outcome == OUTCOME_PASSED,
                  "call %u fails: %s", nth, play_said(play));
        noticed = play->results != NULL && play->results->trace_hash != quiet;
        play_close(play);
    }
    cr_expect(nth > 5, "only %u calls were made", nth);
    cr_expect(nth < CALLS_MAX);
}

static void
fail_commit(struct play_options *options, uint32_t nth)
{
    options->store.commit_fail_nth = nth;
}

static void
fail_apply(struct play_options *options, uint32_t nth)
{
    options->proxy.apply_fail_nth = nth;
}

static void
fail_engine(struct play_options *options, uint32_t nth)
{
    options->containers.unavailable_nth = nth;
}

Test(sweep, any_commit_may_fail)
{
    sweep(fail_commit);
}

Test(sweep, any_change_of_the_routes_may_fail)
{
    sweep(fail_apply);
}

Test(sweep, any_call_to_the_engine_may_fail)
{
    sweep(fail_engine);
}

/*
 * tests/scenario/test_races.c
 *
 * Goal:   a kill that overtakes a start leaves no container behind; a machine that returns after
 *         its tasks were replaced runs nothing twice, is not overfilled, and ends whole.
 * Method: small worlds in which both come close, over many instants or seeds; the standing
 *         invariants judge: no-orphans, task-runs-at-most-once, resources-never-oversubscribed.
 */
#include "tests/scenario/play.h"

#include <stdio.h>

#include <criterion/criterion.h>

enum { RACES_COUNT = 60, RETURNS_COUNT = 20 };

/* Ten are asked for, and taken back while they are pulled, created or started. */
static const char takes_back[] =
    "{ \"name\": \"kill-race\", \"extends\": \"scenarios/base/rolling.json\", \"duration\": \"3m\","
    " \"vars\": { \"instances\": 1, \"minimum_health\": 0.5, \"over_capacity\": 0.5 },"
    " \"images\": { \"shop/web:1.0\": { \"size\": \"50MB\" } },"
    " \"traffic\": [],"
    " \"timeline\": ["
    "  { \"at\": \"60s\", \"do\": \"scale\", \"app\": \"/web\", \"instances\": 10,"
    "    \"force\": true },"
    "  { \"at\": \"%ums\", \"do\": \"scale\", \"app\": \"/web\", \"instances\": 1,"
    "    \"force\": true } ],"
    " \"expect\": ["
    "  { \"eventually\": \"present\", \"app\": \"/web\", \"at_least\": 1, \"at_most\": 1,"
    "    \"from\": \"70s\", \"by\": \"2m\", \"for\": \"50s\" } ] }";

Test(races, a_kill_that_overtakes_the_start_leaves_nothing_behind)
{
    for (uint32_t i = 0; i < RACES_COUNT; i++) {
        char text[2048];
        (void)snprintf(text, sizeof text, takes_back, 60000 + 1 + i * 47);
        struct play *play = play_open(&(struct play_options){ .text = text, .seed = i + 1 });
        play_run(play);
        play_expect_passed(play);
        play_close(play);
    }
}

/* Each machine holds one; containers take long to stop, so that what returns stays a while. */
static const char returns[] =
    "{ \"name\": \"returns\", \"extends\": \"scenarios/base/rolling.json\", \"duration\": \"6m\","
    " \"vars\": { \"instances\": 4, \"minimum_health\": 0.5, \"over_capacity\": 0.5 },"
    " \"cluster\": { \"groups\": { \"private\": { \"min\": 4 } } },"
    " \"scheduler\": { \"agent_timeout\": \"45s\" }," /* a lost heartbeat alone is no silence */
    " \"images\": { \"shop/web:1.0\": { \"stop\": \"8s\" } },"
    " \"apps\": [ { \"file\": \"scenarios/apps/web.json\", \"set\": {"
    "   \"instances\": \"${instances}\", \"cpus\": 1.5, \"taskKillGracePeriodSeconds\": 20,"
    "   \"upgradeStrategy\": {"
    "     \"minimumHealthCapacity\": \"${minimum_health}\","
    "     \"maximumOverCapacity\": \"${over_capacity}\" } } } ],"
    " \"timeline\": ["
    "  { \"at\": \"90s\", \"do\": \"partition\", \"target\": \"one\", \"hosting\": \"/web\","
    "    \"for\": \"60s\" } ],"
    " \"expect\": ["
    "  { \"eventually\": \"healthy\", \"app\": \"/web\", \"at_most\": 3, \"from\": \"90s\","
    "    \"by\": \"150s\" },"
    "  { \"eventually\": \"healthy\", \"app\": \"/web\", \"at_least\": 4, \"from\": \"150s\","
    "    \"by\": \"5m\" } ] }";

Test(races, a_machine_that_returns_is_not_filled_before_what_was_replaced_has_ended)
{
    for (uint64_t seed = 1; seed <= RETURNS_COUNT; seed++) {
        (void)play_passes(&(struct play_options){ .text = returns, .seed = seed });
        (void)play_passes(&(struct play_options){ .text = returns,
                                                  .seed = seed,
                                                  .net = { .loss_ppm = 100000 } });
    }
}

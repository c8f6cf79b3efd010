/*
 * tests/scenario/test_rollout_sweep.c
 *
 * Goal:   the master may die at every step of every strategy, and the deployment ends as it would
 *         have: the same outcome, no request lost, minimum health kept, every invariant held.
 * Method: counting instead of chance. The world is stepped event by event; a step in which the
 *         master began a transaction, had one become durable, or wrote a line of its journal is a
 *         point. The master dies right after the first point of the deployment, in the next play
 *         after the second, and so on until the deployment has no more. Then the same with
 *         transactions that fail.
 */
#include "tests/scenario/play.h"

#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>

enum {
    POINTS_MAX = 5000, /* far more than any of the stories has */
    SEEDS = 3          /* when things happen, and how much of what was on its way is durable */
};

#define DOWN_NS SEC(2)

/* Version 1.0 runs when the deployment begins. minimum_health, the steps, what is expected. */
#define STORY(minimum_health, steps, expects)                                                      \
    "{ \"name\": \"sweep\", \"extends\": \"scenarios/base/rollout.json\", \"duration\": \"4m\","   \
    " \"vars\": { \"instances\": 3, \"minimum_health\": " minimum_health ","                       \
    "   \"over_capacity\": 0.5, \"nodes\": 5, \"rate\": \"4/s\" },"                                \
    " \"images\": { \"shop/web:bad\": { \"like\": \"shop/web:1.0\", \"errors\": \"60%\" },"        \
    "   \"shop/web:gone\": { \"missing\": true } },"                                               \
    " \"timeline\": [" steps "], \"expect\": [" expects ","                                        \
    "  { \"eventually\": \"healthy\", \"app\": \"/web\", \"at_least\": 3, \"by\": \"4m\" },"       \
    "  { \"id\": \"all-have-ended\", \"equals\": 0,"                                               \
    "    \"sql\": \"SELECT count(*) FROM deployments WHERE to_at_ns IS NULL\" } ] }"

#define SET(image) "\"set\": { \"container\": { \"docker\": { \"image\": \"" image "\" } } }"
#define DEPLOY(image, strategy)                                                                    \
    "{ \"at\": \"60s\", \"do\": \"deploy\", \"app\": \"/web\", " SET(image)                        \
    ", \"strategy\": " strategy " }"
#define SAY(at, verb) ", { \"at\": \"" at "\", \"do\": " verb ", \"app\": \"/web\" }"
#define ENDS(outcome)                                                                              \
    "{ \"deployment\": \"/web\", \"outcome\": \"" outcome "\" },"                                  \
    "{ \"always\": \"healthy\", \"app\": \"/web\", \"at_least\": 2, \"from\": \"50s\" }"
#define NO_ERRORS ", { \"slo\": \"errors\", \"to\": \"web.example.com\", \"at_most\": 0 }"
/* How many versions there are, and which of them runs in the end. */
#define RUNS(version)                                                                              \
    ", { \"id\": \"which-runs\", \"equals\": " version ", \"sql\": \"SELECT group_concat(DISTINCT" \
    " (SELECT count(DISTINCT o.version_new) FROM deployments o WHERE o.version_new <= t.version))" \
    " + 0 FROM tasks t WHERE state = 'running'\" }"

static const struct {
    const char *name; /* or a file, without text */
    const char *text;
} stories[] = {
    { "scenarios/deploy/group-layers.json", NULL },
    { "rolling", STORY("0.6", DEPLOY("shop/web:2.0", "\"rolling\""),
                       ENDS("done") NO_ERRORS RUNS("2")) },
    { "rolling by batch", STORY("0.6", DEPLOY("shop/web:2.0", "{\"rolling\": {\"batch\": 1}}"),
                                ENDS("done") NO_ERRORS RUNS("2")) },
    { "rolling held and resumed",
      STORY("0.6",
            DEPLOY("shop/web:2.0", "{\"rolling\": {\"batch\": 1}}") SAY("67s", "\"pause\"")
                SAY("90s", "\"resume\""),
            ENDS("done") NO_ERRORS RUNS("2")) },
    { "recreate", STORY("0.6", DEPLOY("shop/web:2.0", "\"recreate\""),
                        "{ \"deployment\": \"/web\", \"outcome\": \"done\" }" RUNS("2")) },
    { "canary", STORY("0.6",
                      DEPLOY("shop/web:2.0",
                             "{\"canary\": {\"steps\": [{\"weight\": 25, \"hold\": \"5s\"},"
                             " {\"weight\": 50, \"hold\": \"5s\"}], \"linger\": \"5s\"}}"),
                      ENDS("done") NO_ERRORS RUNS("2")) },
    { "canary promoted by hand",
      STORY("0.6",
            DEPLOY("shop/web:2.0", "{\"canary\": {\"steps\": [{\"weight\": 25, \"pause\": true},"
                                   " {\"weight\": 50, \"hold\": \"1h\"}], \"linger\": \"5s\"}}")
                SAY("95s", "\"promote\"") SAY("130s", "\"skip\""),
            ENDS("done") NO_ERRORS RUNS("2")) },
    { "canary nobody promotes",
      STORY("0.6",
            DEPLOY("shop/web:2.0", "{\"canary\": {\"steps\": [{\"weight\": 25, \"pause\": true,"
                                   " \"pause_timeout\": \"10s\"}]}}"),
            ENDS("rolled-back") NO_ERRORS RUNS("1")) },
    { "canary aborted in the middle of its promotion",
      STORY("0.6",
            DEPLOY("shop/web:2.0", "{\"canary\": {\"steps\": [{\"weight\": 25, \"hold\": \"5s\"}],"
                                   " \"linger\": \"1m\"}}") SAY("85s", "\"abort\""),
            ENDS("rolled-back") NO_ERRORS RUNS("1")) },
    { "canary measured and found bad",
      STORY("0.6",
            DEPLOY("shop/web:bad",
                   "{\"canary\": {\"steps\": [{\"weight\": 50, \"hold\": \"2m\"}], \"analysis\":"
                   " [{\"metric\": \"error_rate\", \"at_most\": \"10%\", \"every\": \"5s\","
                   " \"failures\": 1, \"inconclusive\": 9}]}}"),
            ENDS("rolled-back") RUNS("1")) },
    { "canary measured and found good",
      STORY("0.6",
            DEPLOY("shop/web:2.0",
                   "{\"canary\": {\"steps\": [{\"weight\": 50, \"hold\": \"20s\"}], \"linger\":"
                   " \"5s\", \"analysis\": [{\"metric\": \"error_rate\", \"at_most\": \"10%\","
                   " \"every\": \"5s\", \"inconclusive\": 99}]}}"),
            ENDS("done") NO_ERRORS RUNS("2")) },
    { "canary of no image", STORY("0.6",
                                  DEPLOY("shop/web:gone", "{\"canary\": {\"steps\": [{\"weight\":"
                                                          " 25, \"hold\": \"5s\"}]}}"),
                                  ENDS("rolled-back") NO_ERRORS RUNS("1")) },
    { "blue-green", STORY("0.6", DEPLOY("shop/web:2.0", "{\"blue-green\": {\"step\": \"3s\"}}"),
                          ENDS("done") NO_ERRORS RUNS("2")) },
    { "blue-green hybrid",
      STORY("0.6",
            DEPLOY("shop/web:2.0", "{\"blue-green\": {\"step\": \"3s\", \"hybrid\": 1}}")
                SAY("95s", "\"promote\""),
            ENDS("done") NO_ERRORS RUNS("2")) },
    { "blue-green aborted",
      STORY("0.6",
            DEPLOY("shop/web:2.0", "{\"blue-green\": {\"step\": \"3s\", \"hybrid\": 2}}")
                SAY("90s", "\"abort\""),
            ENDS("rolled-back") NO_ERRORS RUNS("1")) },
    { "ab", STORY("0.6",
                  DEPLOY("shop/web:2.0", "{\"ab\": {\"header\": \"x-shop\", \"value\": \"beta\","
                                         " \"hold\": \"10s\", \"linger\": \"5s\"}}"),
                  ENDS("done") NO_ERRORS RUNS("2")) },
    { "restart", STORY("0.6", "{ \"at\": \"60s\", \"do\": \"restart\", \"app\": \"/web\" }",
                       ENDS("done") NO_ERRORS RUNS("2")) },
    { "roll-back",
      STORY("0.6", "{ \"at\": \"55s\", \"do\": \"deploy\", \"app\": \"/web\", " SET("shop/web:2.0")
                   "} " SAY("100s", "\"roll-back\", \"to\": 1"),
            ENDS("done") NO_ERRORS RUNS("1")) },
};

/* The master's lines among those that came since. */
static bool
master_wrote(const struct play *play, uint32_t *events_count)
{
    const struct vec *events = &play->results->events;
    bool              wrote = false;
    for (; *events_count < events->count; (*events_count)++) {
        const struct result_event *event = vec_at(events, *events_count);
        wrote = wrote || env_address_kind(event->process) == ENV_PROCESS_MASTER;
    }
    return wrote;
}

/* Until the timeline's deployments have ended, and a little longer. */
static bool
is_under_way(const struct play *play)
{
    const struct books *books = &play->world->run.books;
    uint32_t            begun = 0;
    for (uint32_t i = 0; i < books->deployments.count; i++) {
        const struct book_deployment *deployment = vec_at(&books->deployments, i);
        begun += strcmp(deployment->strategy, "scale") != 0;
        if (deployment->state == DEPLOYMENT_RUNNING) {
            return true;
        }
    }
    return begun == 0 || play->world->now_ns - play->scenario->start_at_ns < SEC(105);
}

/* Plays on to the point with this number, counted from 1, from the first step of the timeline on;
 * false when there is none. */
static bool
play_to_point(struct play *play, uint32_t number)
{
    uint32_t events_count = 0;
    uint64_t moves = 0;
    uint32_t points = 0;
    if (!play_until(play, play->scenario->steps[0].at_ns)) {
        return false;
    }
    (void)master_wrote(play, &events_count);
    moves = fake_store_moves(play->world->store);
    while (points < number && is_under_way(play) && world_step(play->world)) {
        const bool wrote = master_wrote(play, &events_count);
        if (wrote || fake_store_moves(play->world->store) != moves) {
            points++;
        }
        moves = fake_store_moves(play->world->store);
    }
    return points == number;
}

/* Plays a story as it is: the options of its next plays. */
static struct play_options
story_options(size_t story, uint64_t seed)
{
    const bool is_file = stories[story].text == NULL;
    return (struct play_options){ .text = stories[story].text,
                                  .file = is_file ? stories[story].name : NULL,
                                  .seed = seed };
}

/* What happens at the point with this number. False: there is no such point. */
static bool
dies_at(size_t story, uint64_t seed, uint32_t number)
{
    const struct play_options options = story_options(story, seed);
    struct play              *play = play_open(&options);
    cr_assert(play->world != NULL, "%s: %s", stories[story].name, play_said(play));
    const bool   exists = play_to_point(play, number);
    const double at_s = (double)(play->world->now_ns - play->scenario->start_at_ns) / 1e9;
    if (exists) {
        cr_assert(world_ops_fake.restart_master(play->world, DOWN_NS, NULL) == ST_OK);
        play_run(play);
        cr_expect(play->results->outcome == OUTCOME_PASSED,
                  "%s: the master dies at point %u, %.9f s: %s", stories[story].name, number, at_s,
                  play_said(play));
    }
    play_close(play);
    return exists;
}

Test(rollout_sweep, the_master_may_die_at_every_step_of_every_strategy)
{
    for (size_t story = 0; story < COUNT_OF(stories); story++) {
        for (uint64_t seed = 1; seed <= SEEDS; seed++) {
            uint32_t number = 1;
            const struct play_options options = story_options(story, seed);
            (void)play_passes(&options);
            while (number < POINTS_MAX && dies_at(story, seed, number)) {
                number++;
            }
            cr_expect(number > 5, "%s: only %u points", stories[story].name, number);
            cr_expect(number < POINTS_MAX, "%s", stories[story].name);
        }
    }
}

/* The n-th transaction fails: a master then forgets everything and loads. False: there is none. */
static bool
commit_fails(size_t story, uint32_t number, uint64_t quiet)
{
    struct play_options options = story_options(story, 1);
    options.store.commit_fail_nth = number;
    struct play *play = play_open(&options);
    play_run(play);
    cr_expect(play->results != NULL && play->results->outcome == OUTCOME_PASSED,
              "%s: transaction %u fails: %s", stories[story].name, number, play_said(play));
    const bool noticed = play->results != NULL && play->results->trace_hash != quiet;
    play_close(play);
    return noticed;
}

Test(rollout_sweep, every_transaction_of_every_strategy_may_fail)
{
    for (size_t story = 0; story < COUNT_OF(stories); story++) {
        const struct play_options options = story_options(story, 1);
        const uint64_t            quiet = play_passes(&options);
        uint32_t       number = 1;
        while (number < POINTS_MAX && commit_fails(story, number, quiet)) {
            number++;
        }
        cr_expect(number > 10, "%s: only %u transactions", stories[story].name, number);
        cr_expect(number < POINTS_MAX, "%s", stories[story].name);
    }
}

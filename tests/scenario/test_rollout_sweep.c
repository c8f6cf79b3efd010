/*
 * tests/scenario/test_rollout_sweep.c
 *
 * Goal:   the master may die at every step of every strategy, and the deployment ends as it would
 *         have: the same outcome, no request lost, minimum health kept, every invariant held.
 * Method: the master dies right after the first of master_points.h in the deployment, in the next
 *         play after the second, and so on until the deployment has no more. Then the same with
 *         transactions that fail. What runs in the end is looked up in the results.
 */
#include "tests/scenario/master_points.h"

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
    "  { \"eventually\": \"healthy\", \"app\": \"/web\", \"at_least\": 3, \"by\": \"4m\" } ] }"

#define SET(image) "\"set\": { \"container\": { \"docker\": { \"image\": \"" image "\" } } }"
#define DEPLOY(image, strategy)                                                                    \
    "{ \"at\": \"60s\", \"do\": \"deploy\", \"app\": \"/web\", " SET(image)                        \
    ", \"strategy\": " strategy " }"
#define SAY(at, verb) ", { \"at\": \"" at "\", \"do\": " verb ", \"app\": \"/web\" }"
#define ENDS(outcome)                                                                              \
    "{ \"deployment\": \"/web\", \"outcome\": \"" outcome "\" },"                                  \
    "{ \"always\": \"healthy\", \"app\": \"/web\", \"at_least\": 2, \"from\": \"50s\" }"
#define NO_ERRORS ", { \"slo\": \"errors\", \"to\": \"web.example.com\", \"at_most\": 0 }"

static const struct {
    const char *name; /* or a file, without text */
    const char *text;
    uint32_t    runs; /* in the end: 1: the first version, 2: the new one; 0: not asked */
} stories[] = {
    { "scenarios/deploy/group-layers.json", NULL, 0 },
    { "rolling", STORY("0.6", DEPLOY("shop/web:2.0", "\"rolling\""),
                       ENDS("done") NO_ERRORS), 2 },
    { "rolling by batch", STORY("0.6", DEPLOY("shop/web:2.0", "{\"rolling\": {\"batch\": 1}}"),
                                ENDS("done") NO_ERRORS), 2 },
    { "rolling held and resumed",
      STORY("0.6",
            DEPLOY("shop/web:2.0", "{\"rolling\": {\"batch\": 1}}") SAY("67s", "\"pause\"")
                SAY("90s", "\"resume\""),
            ENDS("done") NO_ERRORS), 2 },
    { "recreate", STORY("0.6", DEPLOY("shop/web:2.0", "\"recreate\""),
                        "{ \"deployment\": \"/web\", \"outcome\": \"done\" }"), 2 },
    { "canary", STORY("0.6",
                      DEPLOY("shop/web:2.0",
                             "{\"canary\": {\"steps\": [{\"weight\": 25, \"hold\": \"5s\"},"
                             " {\"weight\": 50, \"hold\": \"5s\"}], \"linger\": \"5s\"}}"),
                      ENDS("done") NO_ERRORS), 2 },
    { "canary promoted by hand",
      STORY("0.6",
            DEPLOY("shop/web:2.0", "{\"canary\": {\"steps\": [{\"weight\": 25, \"pause\": true},"
                                   " {\"weight\": 50, \"hold\": \"1h\"}], \"linger\": \"5s\"}}")
                SAY("95s", "\"promote\"") SAY("130s", "\"skip\""),
            ENDS("done") NO_ERRORS), 2 },
    { "canary nobody promotes",
      STORY("0.6",
            DEPLOY("shop/web:2.0", "{\"canary\": {\"steps\": [{\"weight\": 25, \"pause\": true,"
                                   " \"pause_timeout\": \"10s\"}]}}"),
            ENDS("rolled-back") NO_ERRORS), 1 },
    { "canary aborted in the middle of its promotion",
      STORY("0.6",
            DEPLOY("shop/web:2.0", "{\"canary\": {\"steps\": [{\"weight\": 25, \"hold\": \"5s\"}],"
                                   " \"linger\": \"1m\"}}") SAY("85s", "\"abort\""),
            ENDS("rolled-back") NO_ERRORS), 1 },
    { "canary measured and found bad",
      STORY("0.6",
            DEPLOY("shop/web:bad",
                   "{\"canary\": {\"steps\": [{\"weight\": 50, \"hold\": \"2m\"}], \"analysis\":"
                   " [{\"metric\": \"error_rate\", \"at_most\": \"10%\", \"every\": \"5s\","
                   " \"failures\": 1, \"inconclusive\": 9}]}}"),
            ENDS("rolled-back")), 1 },
    { "canary measured and found good",
      STORY("0.6",
            DEPLOY("shop/web:2.0",
                   "{\"canary\": {\"steps\": [{\"weight\": 50, \"hold\": \"20s\"}], \"linger\":"
                   " \"5s\", \"analysis\": [{\"metric\": \"error_rate\", \"at_most\": \"10%\","
                   " \"every\": \"5s\", \"inconclusive\": 99}]}}"),
            ENDS("done") NO_ERRORS), 2 },
    { "canary of no image", STORY("0.6",
                                  DEPLOY("shop/web:gone", "{\"canary\": {\"steps\": [{\"weight\":"
                                                          " 25, \"hold\": \"5s\"}]}}"),
                                  ENDS("rolled-back") NO_ERRORS), 1 },
    { "blue-green", STORY("0.6", DEPLOY("shop/web:2.0", "{\"blue-green\": {\"step\": \"3s\"}}"),
                          ENDS("done") NO_ERRORS), 2 },
    { "blue-green hybrid",
      STORY("0.6",
            DEPLOY("shop/web:2.0", "{\"blue-green\": {\"step\": \"3s\", \"hybrid\": 1}}")
                SAY("95s", "\"promote\""),
            ENDS("done") NO_ERRORS), 2 },
    { "blue-green aborted",
      STORY("0.6",
            DEPLOY("shop/web:2.0", "{\"blue-green\": {\"step\": \"3s\", \"hybrid\": 2}}")
                SAY("90s", "\"abort\""),
            ENDS("rolled-back") NO_ERRORS), 1 },
    { "ab", STORY("0.6",
                  DEPLOY("shop/web:2.0", "{\"ab\": {\"header\": \"x-shop\", \"value\": \"beta\","
                                         " \"hold\": \"10s\", \"linger\": \"5s\"}}"),
                  ENDS("done") NO_ERRORS), 2 },
    { "restart", STORY("0.6", "{ \"at\": \"60s\", \"do\": \"restart\", \"app\": \"/web\" }",
                       ENDS("done") NO_ERRORS), 2 },
    { "roll-back",
      STORY("0.6", "{ \"at\": \"55s\", \"do\": \"deploy\", \"app\": \"/web\", " SET("shop/web:2.0")
                   "} " SAY("100s", "\"roll-back\", \"to\": 1"),
            ENDS("done") NO_ERRORS), 1 },
};

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

/* Which version runs in the end: 1: the first, 2: one that came later; 0: several, or none. */
static uint32_t
version_that_runs(const struct results *results)
{
    uint64_t first = 0; /* that ever ran: one that was never durable does not count */
    uint64_t version = 0;
    for (uint32_t i = 0; i < results->tasks.count; i++) {
        const struct result_task *task = vec_at(&results->tasks, i);
        if (first == 0 && task->running_at_ns >= 0) {
            first = task->version;
        }
        if (task->state == TASK_RUNNING) {
            if (version != 0 && task->version != version) {
                return 0;
            }
            version = task->version;
        }
    }
    return version == 0 ? 0 : version == first ? 1 : 2;
}

/* It passed, every deployment has ended, and what ought to run does. */
static void
expect_story_ended(struct play *play, size_t story, const char *what)
{
    const struct results *results = play->results;
    const char           *name = stories[story].name;
    cr_assert(results != NULL, "%s: %s", name, play_said(play));
    cr_expect(results->outcome == OUTCOME_PASSED, "%s: %s: %s", name, what, play_said(play));
    for (uint32_t i = 0; i < results->deployments.count; i++) {
        const struct result_deployment *deployment = vec_at(&results->deployments, i);
        cr_expect(deployment->to_at_ns >= 0, "%s: %s: deployment %llu has not ended", name, what,
                  (unsigned long long)deployment->id);
    }
    if (stories[story].runs != 0) {
        const uint32_t runs = version_that_runs(results);
        cr_expect(runs == stories[story].runs, "%s: %s: version %u runs; %s", name, what, runs,
                  play_said(play));
    }
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

/* Nothing happens to it; the hash of its trace. */
static uint64_t
ends_undisturbed(const struct play_options *options, size_t story)
{
    struct play *play = play_open(options);
    play_run(play);
    expect_story_ended(play, story, "undisturbed");
    const uint64_t hash = play->results->trace_hash;
    play_close(play);
    return hash;
}

/* What happens at the point with this number. False: there is no such point. */
static bool
dies_at(size_t story, uint64_t seed, uint32_t number)
{
    const struct play_options options = story_options(story, seed);
    struct play              *play = play_open(&options);
    char                      what[64];
    cr_assert(play->world != NULL, "%s: %s", stories[story].name, play_said(play));
    const bool   exists = master_points_play(play, play->scenario->steps[0].at_ns,
                                               is_under_way, number);
    const double at_s = (double)(play->world->now_ns - play->scenario->start_at_ns) / 1e9;
    if (exists) {
        cr_assert(world_ops_fake.restart_master(play->world, DOWN_NS, NULL) == ST_OK);
        play_run(play);
        (void)snprintf(what, sizeof what, "the master dies at point %u, %.9f s", number, at_s);
        expect_story_ended(play, story, what);
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
            (void)ends_undisturbed(&options, story);
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
    char what[64];
    (void)snprintf(what, sizeof what, "transaction %u fails", number);
    expect_story_ended(play, story, what);
    const bool noticed = play->results->trace_hash != quiet;
    play_close(play);
    return noticed;
}

Test(rollout_sweep, every_transaction_of_every_strategy_may_fail)
{
    for (size_t story = 0; story < COUNT_OF(stories); story++) {
        const struct play_options options = story_options(story, 1);
        const uint64_t            quiet = ends_undisturbed(&options, story);
        uint32_t       number = 1;
        while (number < POINTS_MAX && commit_fails(story, number, quiet)) {
            number++;
        }
        cr_expect(number > 10, "%s: only %u transactions", stories[story].name, number);
        cr_expect(number < POINTS_MAX, "%s", stories[story].name);
    }
}

/*
 * tests/scenario/test_refresh.c
 *
 * Goal:   a group of machines goes to a new image, or back from a bad one, whatever single thing
 *         goes wrong on the way: the master dies, a transaction fails, the cloud does not answer or
 *         its answer is lost. No request is lost and every invariant holds.
 * Method: counting instead of chance. A small story is played over and over: the master dies at
 *         each moment of it; each commit fails in turn, then each call to the cloud, until the run
 *         no longer notices.
 */
#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>

#include "tests/scenario/play.h"

enum { CALLS_MAX = 3000 }; /* far more than a story makes */

#define STORY(image, outcome, timeline)                                                            \
    "{ \"name\": \"refresh-sweep\", \"extends\": \"scenarios/base/refresh.json\","                 \
    " \"duration\": \"12m\","                                                                      \
    " \"cluster\": { \"zones\": [\"a\"], \"groups\": {"                                            \
    "   \"public\": { \"boot\": \"5s\" },"                                                         \
    "   \"private\": { \"min\": 2, \"max\": 3, \"boot\": \"5s\" } },"                              \
    "   \"images\": { \"good\": { \"boot\": \"20s\" }, \"bad\": { \"broken\": true } } },"         \
    " \"traffic\": ["                                                                              \
    " { \"to\": \"web.example.com\", \"rate\": \"10/s\", \"from\": \"50s\" },"                     \
    " { \"to\": \"lone.example.com\", \"rate\": \"10/s\", \"from\": \"50s\" } ],"                  \
    " \"apps\": ["                                                                                 \
    "   { \"id\": \"/web\", \"instances\": 2, \"cpus\": 0.4, \"mem\": 64, " BODY("web") " },"      \
    "   { \"id\": \"/lone\", \"instances\": 1, \"cpus\": 0.4, \"mem\": 64, " BODY("lone") " } ],"  \
    " \"timeline\": [ { \"at\": \"60s\", \"do\": \"refresh-group\", \"group\": \"private\","       \
    "   \"image\": \"" image "\", \"boot_deadline\": \"60s\", \"min_healthy\": \"50%\" }"          \
    timeline " ],"                                                                                 \
    " \"expect\": [ { \"refresh\": \"private\", \"outcome\": \"" outcome "\" },"                   \
    "   { \"always\": \"healthy\", \"app\": \"/web\", \"at_least\": 2, \"from\": \"50s\" },"       \
    "   { \"always\": \"healthy\", \"app\": \"/lone\", \"at_least\": 1, \"from\": \"50s\" },"      \
    "   { \"slo\": \"errors\", \"to\": \"web.example.com\", \"at_most\": 0 },"                     \
    "   { \"slo\": \"errors\", \"to\": \"lone.example.com\", \"at_most\": 0 } ] }"

#define BODY(name)                                                                                 \
    "\"container\": { \"type\": \"DOCKER\", \"docker\": { \"image\": \"shop/web:1\" },"            \
    " \"portMappings\": [ { \"containerPort\": 80 } ] },"                                          \
    " \"networks\": [ { \"mode\": \"container/bridge\" } ],"                                       \
    " \"healthChecks\": [ { \"protocol\": \"HTTP\", \"path\": \"/\","                              \
    "   \"gracePeriodSeconds\": 30, \"intervalSeconds\": 2 } ],"                                  \
    " \"labels\": { \"HAPROXY_GROUP\": \"external\","                                              \
    "   \"HAPROXY_0_VHOST\": \"" name ".example.com\" }"

static const char good[] = STORY("good", "done", "");
static const char bad[] = STORY("bad", "rolled-back", "");

#define DIES ", { \"at\": \"${at}ms\", \"do\": \"restart-master\", \"for\": \"3s\" }"
static const char good_dies[] = STORY("good", "done", DIES);
static const char bad_dies[] = STORY("bad", "rolled-back", DIES);

static void
dies_at_each(const char *story, int64_t until_ms)
{
    for (int64_t at_ms = 60000; at_ms < until_ms; at_ms += 730) {
        char text[sizeof good_dies + 64];
        const char *hole = strstr(story, "${at}");
        (void)snprintf(text, sizeof text, "%.*s%lld%s", (int)(hole - story), story,
                       (long long)at_ms, hole + strlen("${at}"));
        const struct play_options options = { .text = text };
        struct play *play = play_open(&options);
        play_run(play);
        cr_expect(play->results != NULL && play->results->outcome == OUTCOME_PASSED,
                  "the master dies at %lld ms: %s", (long long)at_ms, play_said(play));
        play_close(play);
    }
}

Test(refresh, goes_on_when_the_master_dies_at_any_moment)
{
    dies_at_each(good_dies, 220 * 1000);
}

Test(refresh, goes_back_when_the_master_dies_at_any_moment)
{
    dies_at_each(bad_dies, 200 * 1000);
}

typedef void fail_nth_fn(struct play_options *options, uint32_t nth);

static void
sweep(const char *story, fail_nth_fn *fail_nth, uint32_t least)
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
    cr_expect(nth > least, "only %u calls were made", nth);
    cr_expect(nth < CALLS_MAX);
}

static void
fail_commit(struct play_options *options, uint32_t nth)
{
    options->store.commit_fail_nth = nth;
}

static void
fail_cloud(struct play_options *options, uint32_t nth)
{
    options->cloud_unavailable_nth = nth;
}

static void
lose_answer(struct play_options *options, uint32_t nth)
{
    options->cloud_unanswered_nth = nth;
}

Test(refresh, goes_on_when_any_commit_fails)
{
    sweep(good, fail_commit, 20);
}

Test(refresh, goes_on_when_any_call_to_the_cloud_fails)
{
    sweep(good, fail_cloud, 20);
    sweep(bad, fail_cloud, 20);
}

Test(refresh, goes_on_when_any_answer_of_the_cloud_is_lost)
{
    sweep(good, lose_answer, 20);
    sweep(bad, lose_answer, 20);
}

/*
 * tests/scenario/test_flow.c
 *
 * Goal:   requests that are counted come out as requests that are made: as many, as fast, as often
 *         wrong, up to a load of 0.9; and what happens to servers and rates is seen.
 * Method: the same scenario in both modes with the same seed: throughput, mean and errors within
 *         2 %, p99 within 5 %; then overload, a service without servers, a machine that dies, a
 *         rate that is changed.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>

#include "tests/scenario/play.h"

enum { FLOW_TEXT_BYTES = 4096 };

struct flow_story {
    const char *service;  /* of an image */
    const char *more;     /* of the image: ", \"queue\": 5" */
    const char *balance;
    uint32_t    instances;
    uint32_t    rate;     /* a second */
    const char *timeout;
    const char *duration;
    const char *timeline;
};

static struct play *
flow_play(const struct flow_story *story, const char *mode, char text[FLOW_TEXT_BYTES],
          struct play_options *options)
{
    (void)snprintf(
        text, FLOW_TEXT_BYTES,
        "{\"name\":\"flow\",\"duration\":\"%s\",\"cluster\":{\"groups\":{"
        "\"public\":{\"role\":\"slave_public\",\"type\":\"m5.xlarge\",\"min\":1,\"boot\":\"1s\"},"
        "\"private\":{\"type\":\"m5.4xlarge\",\"min\":4,\"boot\":\"1s\"}}},"
        "\"scheduler\":{\"policy\":\"worst-fit\"},"
        "\"images\":{\"q:1\":{\"size\":\"1MB\",\"start\":\"100ms\",\"service_time\":%s%s}},"
        "\"apps\":[{\"id\":\"/q\",\"instances\":%u,\"cpus\":0.1,\"mem\":32,\"container\":{"
        "\"type\":\"DOCKER\",\"docker\":{\"image\":\"q:1\"},\"portMappings\":[{\"containerPort\":"
        "80}]},\"networks\":[{\"mode\":\"container/bridge\"}],\"labels\":{\"HAPROXY_GROUP\":"
        "\"external\",\"HAPROXY_0_VHOST\":\"q.example.com\",\"HAPROXY_0_BALANCE\":\"%s\"}}],"
        "\"traffic\":[{\"to\":\"q.example.com\",\"rate\":\"%u/s\",\"mode\":\"%s\",\"timeout\":"
        "\"%s\",\"from\":\"10s\",\"measure_from\":\"20500ms\"}],\"timeline\":[%s]}",
        story->duration, story->service, story->more != NULL ? story->more : "",
        story->instances, story->balance, story->rate, mode,
        story->timeout != NULL ? story->timeout : "10s",
        story->timeline != NULL ? story->timeline : "");
    *options = (struct play_options){ .text = text, .seed = 1 };
    struct play *play = play_open(options);
    play_run(play);
    play_expect_passed(play); /* invariants: Little's law too */
    return play;
}

static const struct result_service *
flow_service(const struct play *play)
{
    cr_assert_eq(play->results->services.count, 1);
    return vec_at(&play->results->services, 0);
}

static void
assert_near(const char *what, double flow, double request, double ratio)
{
    cr_assert(fabs(flow - request) <= request * ratio, "%s: %g in flow mode, %g when made", what,
              flow, request);
}

/* Both modes, and what they have in common. */
static void
expect_alike(const struct flow_story *story)
{
    static char          texts[2][FLOW_TEXT_BYTES];
    struct play_options  options[2];
    struct play         *made = flow_play(story, "request", texts[0], &options[0]);
    struct play         *counted = flow_play(story, "flow", texts[1], &options[1]);
    const struct result_service *a = flow_service(made);
    const struct result_service *b = flow_service(counted);
    const double ok_made = (double)a->outcomes[REQUEST_OK] / (double)a->requests;
    const double ok_counted = (double)b->outcomes[REQUEST_OK] / (double)b->requests;
    assert_near("requests", (double)b->requests, (double)a->requests, 0.02);
    assert_near("answered well", ok_counted, ok_made, 0.02);
    assert_near("mean", (double)sketch_mean_ns(&b->latency), (double)sketch_mean_ns(&a->latency),
                0.02);
    assert_near("p99", (double)sketch_quantile_ns(&b->latency, 990000),
                (double)sketch_quantile_ns(&a->latency, 990000), 0.05);
    play_close(counted);
    play_close(made);
}

#define EXPONENTIAL "{\"dist\":\"exponential\",\"mean\":\"10ms\"}"
#define LOGNORMAL   "{\"dist\":\"lognormal\",\"median\":\"8352702ns\",\"sigma\":0.6}"
#define ONE_WORKER  ",\"concurrency\":1,\"queue\":100000"

/* Twenty servers of one worker, at a load of 0.8: 400 thousand requests. */
static void
expect_policy(const char *balance, const char *service)
{
    expect_alike(&(struct flow_story){ .service = service,
                                       .more = ONE_WORKER,
                                       .balance = balance,
                                       .instances = 20,
                                       .rate = 1600,
                                       .duration = "270s" });
}

Test(flow, roundrobin_exponential, .timeout = 300)
{
    expect_policy("roundrobin", EXPONENTIAL);
}

Test(flow, roundrobin_constant, .timeout = 300)
{
    expect_policy("roundrobin", "\"10ms\"");
}

Test(flow, random_exponential, .timeout = 300)
{
    expect_policy("random(2)", EXPONENTIAL);
}

Test(flow, random_lognormal, .timeout = 300)
{
    expect_policy("random(2)", LOGNORMAL);
}

Test(flow, leastconn_constant, .timeout = 300)
{
    expect_policy("leastconn", "\"10ms\"");
}

Test(flow, leastconn_lognormal, .timeout = 300)
{
    expect_policy("leastconn", LOGNORMAL);
}

Test(flow, p2c_exponential, .timeout = 300)
{
    expect_policy("p2c", EXPONENTIAL);
}

Test(flow, p2c_constant, .timeout = 300)
{
    expect_policy("p2c", "\"10ms\"");
}

Test(flow, several_workers_errors_and_impatience, .timeout = 300)
{
    expect_alike(&(struct flow_story){ .service = LOGNORMAL,
                                       .more = ",\"concurrency\":4,\"queue\":20,\"errors\":\"3%\"",
                                       .balance = "leastconn",
                                       .instances = 5,
                                       .rate = 1800, /* a load of 0.9 */
                                       .timeout = "30ms",
                                       .duration = "200s" });
}

Test(flow, overload_fills_queues_and_turns_the_rest_away, .timeout = 300)
{
    const struct flow_story story = { .service = EXPONENTIAL,
                                      .more = ",\"concurrency\":1,\"queue\":50",
                                      .balance = "leastconn",
                                      .instances = 20,
                                      .rate = 2500,
                                      .duration = "120s" };
    expect_alike(&(struct flow_story){ .service = story.service,
                                       .more = ",\"concurrency\":1,\"queue\":50",
                                       .balance = "leastconn",
                                       .instances = 20,
                                       .rate = 1000,
                                       .duration = "200s" });
    static char         text[FLOW_TEXT_BYTES];
    struct play_options options;
    struct play        *play = flow_play(&story, "flow", text, &options);
    const struct result_service *service = flow_service(play);
    const double errors = (double)service->outcomes[REQUEST_ERROR] / (double)service->requests;
    assert_near("turned away", errors, 0.2, 0.01); /* 2,000 of 2,500 can be done */
    /* a queue of 50 services of 10 ms, and one's own */
    assert_near("mean", (double)sketch_mean_ns(&service->latency), (double)MS(510), 0.03);
    play_close(play);
}

Test(flow, an_overload_that_ends_is_worked_off)
{
    static char         text[FLOW_TEXT_BYTES];
    struct play_options options;
    const struct flow_story story = {
        .service = EXPONENTIAL,
        .more = ONE_WORKER,
        .balance = "leastconn",
        .instances = 20,
        .rate = 1000,
        .timeout = "1m",
        .duration = "200s",
        .timeline = "{\"at\":\"50s\",\"do\":\"set-traffic\",\"to\":\"q.example.com\",\"rate\":"
                    "\"3000/s\"},{\"at\":\"60s\",\"do\":\"set-traffic\",\"to\":\"q.example.com\","
                    "\"rate\":\"1000/s\"}",
    };
    struct play *play = flow_play(&story, "flow", text, &options);
    const struct result_service *service = flow_service(play);
    /* ten thousand too many wait up to 5 s, and are gone ten seconds later */
    cr_assert_eq(service->outcomes[REQUEST_OK], service->requests);
    cr_assert_float_eq((double)service->requests, 179500 + 20000, 1.5, "%llu",
                       (unsigned long long)service->requests);
    assert_near("slowest", (double)service->latency.max_ns, (double)SEC(5), 0.05);
    /* 2.5 s in the mean for 30,000 that came, then for 10,000 */
    const double wait_sum_s = 2.5 * 40000;
    const double mean_s = wait_sum_s / (double)service->requests + 0.0108;
    assert_near("mean", (double)sketch_mean_ns(&service->latency) / 1e9, mean_s, 0.05);
    play_close(play);
}

Test(flow, a_machine_that_dies_resets_what_it_held)
{
    static char         text[FLOW_TEXT_BYTES];
    struct play_options options;
    const struct flow_story story = {
        .service = "\"100ms\"",
        .more = ",\"concurrency\":100",
        .balance = "roundrobin",
        .instances = 8,
        .rate = 4000,
        .duration = "200s",
        .timeline = "{\"at\":\"60s\",\"do\":\"kill-node\",\"target\":\"one\",\"hosting\":\"/q\"}",
    };
    struct play *play = flow_play(&story, "flow", text, &options);
    const struct result_service *service = flow_service(play);
    const uint64_t reset = service->outcomes[REQUEST_RESET];
    cr_assert(reset >= 90 && reset <= 110, "%llu: two of eight servers held 50 each",
              (unsigned long long)reset);
    cr_assert_eq(service->outcomes[REQUEST_OK] + reset, service->requests);
    play_close(play);
}

Test(flow, a_service_without_servers_answers_nobody)
{
    static char         text[FLOW_TEXT_BYTES];
    struct play_options options;
    const struct flow_story story = {
        .service = "\"10ms\"",
        .balance = "roundrobin",
        .instances = 1,
        .rate = 1000,
        .duration = "100s",
        .timeline = "{\"at\":\"40s\",\"do\":\"scale\",\"app\":\"/q\",\"instances\":0}",
    };
    struct play *play = flow_play(&story, "flow", text, &options);
    const struct result_service *service = flow_service(play);
    const uint64_t none = service->outcomes[REQUEST_NO_SERVER] +
                          service->outcomes[REQUEST_NO_ROUTE];
    cr_assert(none >= 58000 && none <= 60500, "%llu", (unsigned long long)none);
    cr_assert_eq(service->outcomes[REQUEST_OK] + none, service->requests);
    play_close(play);
}

Test(flow, is_one_history)
{
    static char         texts[2][FLOW_TEXT_BYTES];
    struct play_options options[2];
    const struct flow_story story = { .service = EXPONENTIAL,
                                      .more = ONE_WORKER,
                                      .balance = "p2c",
                                      .instances = 4,
                                      .rate = 100,
                                      .duration = "60s" };
    struct play *once = flow_play(&story, "flow", texts[0], &options[0]);
    struct play *again = flow_play(&story, "flow", texts[1], &options[1]);
    cr_assert_eq(once->results->trace_hash, again->results->trace_hash);
    play_close(again);
    play_close(once);
}

/*
 * tests/unit/sim/test_slo.c
 *
 * Goal:   an slo judges the requests that it is about, by when they were made, and nothing else.
 * Method: a scripted platform that works; requests are told to the run by hand.
 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <jansson.h>
#include <string.h>

#include "sim/expect/slo.h"
#include "tests/unit/sim/run_story.h"

enum { BOUNDS_MAX = 8 };

static struct story story;
static json_t *bounds[BOUNDS_MAX];
static uint32_t bounds_count;

static void
open_story(void)
{
    story_open(&story);
}

static void
close_story(void)
{
    story_close(&story);
    while (bounds_count > 0) {
        json_decref(bounds[--bounds_count]);
    }
}

TestSuite(slo, .init = open_story, .fini = close_story);

static json_t *
bound(json_t *value)
{
    cr_assert(bounds_count < BOUNDS_MAX);
    bounds[bounds_count++] = value;
    return value;
}

static json_t *
text(const char *value)
{
    return bound(json_string(value));
}

static json_t *
number(json_int_t value)
{
    return bound(json_integer(value));
}

/* Of the line to "web"; no window. */
static struct slo_data
slo_of(enum slo_kind kind)
{
    struct slo_data data = slo_defaults;
    data.kind = kind;
    data.to = "web";
    return data;
}

static void
starts_with(struct scenario_traffic line)
{
    line.to = "web";
    line.until_at_ns = line.until_at_ns > 0 ? line.until_at_ns : MIN(10);
    story.traffic[0] = line;
    story.scenario.traffic_count = 1;
    story_start(&story);
    story_all_well(&story);
}

static void
requests(uint32_t count, enum request_outcome outcome, int64_t latency_ns)
{
    for (uint32_t i = 0; i < count; i++) {
        run_request(&story.run, 0, outcome, latency_ns);
    }
}

static void
ends(uint32_t index, enum outcome outcome, const char *detail)
{
    story_until(&story, MIN(13));
    const struct result_expectation *row = story_expectation(&story, index);
    cr_assert(eq(int, row->outcome, outcome), "%s", row->detail);
    cr_assert(eq(str, (char *)row->detail, (char *)detail));
}

/* 990 quick answers, nine slow ones, and a client that gave up. */
static void
some_requests(void)
{
    starts_with((struct scenario_traffic){ .timeout_ns = SEC(1) });
    requests(990, REQUEST_OK, MS(10));
    requests(9, REQUEST_OK, MS(100));
    requests(1, REQUEST_TIMEOUT, SEC(1));
}

Test(slo, availability_counts_what_was_answered_well)
{
    struct slo_data data = slo_of(SLO_AVAILABILITY);
    data.at_least = text("99.9%");
    story_expect(&story, "slo", &data);
    some_requests();
    ends(0, OUTCOME_PASSED,
         "999 of 1000 requests answered well, 99.9000% (1 timed out), expected at least 99.9000%");
}

Test(slo, availability_is_not_rounded)
{
    struct slo_data data = slo_of(SLO_AVAILABILITY);
    data.at_least = text("99.9001%");
    story_expect(&story, "slo", &data);
    some_requests();
    ends(0, OUTCOME_FAILED,
         "999 of 1000 requests answered well, 99.9000% (1 timed out), expected at least 99.9001%");
}

Test(slo, what_the_rules_refuse_is_neither_a_success_nor_an_error)
{
    struct slo_data available = slo_of(SLO_AVAILABILITY);
    struct slo_data errors = slo_of(SLO_ERRORS);
    struct slo_data limited = slo_of(SLO_LIMITED);
    struct slo_data denied = slo_of(SLO_DENIED);
    available.at_least = text("99.9%");
    errors.at_most = number(1);
    limited.at_least = number(50);
    limited.at_most = number(70);
    denied.at_most = number(19);
    story_expect(&story, "slo", &available);
    story_expect(&story, "slo", &errors);
    story_expect(&story, "slo", &limited);
    story_expect(&story, "slo", &denied);
    some_requests();
    requests(60, REQUEST_LIMITED, 0);
    requests(20, REQUEST_DENIED, 0);
    ends(0, OUTCOME_PASSED,
         "999 of 1000 requests answered well, 99.9000% (1 timed out), expected at least 99.9000%");
    ends(1, OUTCOME_PASSED, "1 of 1080 requests failed (1 timed out), expected at most 1");
    ends(2, OUTCOME_PASSED,
         "60 of 1080 requests were limited, expected at least 50 and at most 70");
    ends(3, OUTCOME_FAILED, "20 of 1080 requests were denied, expected at most 19");
}

Test(slo, nothing_is_available_where_everything_is_refused)
{
    struct slo_data data = slo_of(SLO_AVAILABILITY);
    data.at_least = text("1%");
    story_expect(&story, "slo", &data);
    starts_with((struct scenario_traffic){ .timeout_ns = SEC(1) });
    requests(5, REQUEST_DENIED, 0);
    ends(0, OUTCOME_FAILED, "all of 5 requests were denied or limited: there is no availability");
}

Test(slo, latency_is_judged_at_its_quantile)
{
    struct slo_data half = slo_of(SLO_LATENCY);
    struct slo_data most = slo_of(SLO_LATENCY);
    half.quantile = 0.5;
    half.at_most = text("20ms");
    most.quantile = 0.999;
    most.at_most = text("20ms");
    story_expect(&story, "slo", &half);
    story_expect(&story, "slo", &most);
    some_requests();
    story_until(&story, MIN(10));
    cr_assert(eq(int, story_expectation(&story, 0)->outcome, OUTCOME_PASSED));
    cr_assert(eq(int, story_expectation(&story, 1)->outcome, OUTCOME_FAILED));
}

Test(slo, throughput_is_good_answers_over_the_measured_part)
{
    struct slo_data enough = slo_of(SLO_THROUGHPUT);
    struct slo_data little = slo_of(SLO_THROUGHPUT);
    enough.at_least = text("10/s");
    little.at_most = text("9.9/s");
    story_expect(&story, "slo", &enough);
    story_expect(&story, "slo", &little);
    starts_with((struct scenario_traffic){
        .timeout_ns = SEC(1), .measure_from_at_ns = MIN(1), .until_at_ns = MIN(3) });
    story_until(&story, MIN(2));
    requests(1200, REQUEST_OK, MS(10));
    requests(500, REQUEST_ERROR, MS(10));
    ends(0, OUTCOME_PASSED, "1200 requests answered well, 10.00/s, expected at least 10/s");
    ends(1, OUTCOME_FAILED, "1200 requests answered well, 10.00/s, expected at most 9.9/s");
}

Test(slo, a_window_holds_the_requests_that_were_made_in_it)
{
    struct slo_data early = slo_of(SLO_ERRORS);
    struct slo_data late = slo_of(SLO_THROUGHPUT);
    early.until_at_ns = MIN(2);
    early.at_most = number(0);
    late.from_at_ns = MIN(2);
    late.until_at_ns = MIN(2) + SEC(10);
    late.at_least = text("1/s");
    story_expect(&story, "slo", &early);
    story_expect(&story, "slo", &late);
    starts_with((struct scenario_traffic){ .timeout_ns = SEC(30), .measure_from_at_ns = MIN(9) });
    story_until(&story, MIN(2));
    requests(3, REQUEST_ERROR, 0);    /* made at 2m: the late window's */
    requests(2, REQUEST_ERROR, 1); /* made just before: the early one's */
    requests(7, REQUEST_OK, SEC(1));
    story_until(&story, MIN(2) + SEC(10));
    requests(10, REQUEST_OK, SEC(1)); /* made at 2m9s */
    requests(9, REQUEST_OK, 0);       /* at 2m10s: nobody's */
    ends(0, OUTCOME_FAILED,
         "2 of 9 requests failed (2 answered with an error), expected at most 0");
    ends(1, OUTCOME_PASSED, "10 requests answered well, 1.00/s, expected at least 1/s");
}

Test(slo, it_is_told_how_requests_failed)
{
    struct slo_data errors = slo_of(SLO_ERRORS);
    errors.at_most = number(20);
    story_expect(&story, "slo", &errors);
    starts_with((struct scenario_traffic){ .timeout_ns = SEC(1) });
    requests(1, REQUEST_ERROR, MS(1));
    requests(2, REQUEST_TIMEOUT, SEC(1));
    requests(3, REQUEST_RESET, MS(1));
    requests(4, REQUEST_REFUSED, MS(1));
    requests(5, REQUEST_NO_SERVER, MS(1));
    requests(6, REQUEST_NO_ROUTE, MS(1));
    requests(7, REQUEST_OK, MS(1));
    ends(0, OUTCOME_FAILED,
         "21 of 28 requests failed (1 answered with an error, 2 timed out, 3 reset, 4 refused, 5 "
         "without a server, 6 without a route), expected at most 20");
}

Test(slo, a_class_is_judged_alone)
{
    static const struct scenario_class classes[] = { { .name = "read" }, { .name = "write" } };
    struct slo_data writes = slo_of(SLO_ERRORS);
    struct slo_data early = slo_of(SLO_ERRORS);
    struct slo_data all = slo_of(SLO_ERRORS);
    writes.class_name = "write";
    writes.at_most = number(2);
    early.class_name = "read";
    early.until_at_ns = MIN(5);
    early.at_most = number(0);
    all.at_most = number(7);
    story_expect(&story, "slo", &writes);
    story_expect(&story, "slo", &early);
    story_expect(&story, "slo", &all);
    starts_with((struct scenario_traffic){
        .timeout_ns = SEC(1), .classes = classes, .classes_count = 2 });
    for (uint32_t i = 0; i < 10; i++) {
        const int64_t now_ns = env_clock_now(story.run.env->clock);
        run_request_end(&story.run, &(struct request_end){
                                        .number = 1 + i % 2,
                                        .tries = 3,
                                        .outcome = i < 4 ? REQUEST_OK : REQUEST_ERROR,
                                        .made_at_ns = now_ns,
                                        .ended_at_ns = now_ns });
    }
    ends(0, OUTCOME_FAILED,
         "3 of 5 requests failed (3 answered with an error), expected at most 2");
    ends(1, OUTCOME_FAILED,
         "3 of 5 requests failed (3 answered with an error), expected at most 0");
    ends(2, OUTCOME_PASSED,
         "6 of 10 requests failed (6 answered with an error), expected at most 7");
    cr_assert(eq(u32, story.run.results.services.count, 3));
    const struct result_service *rows = story.run.results.services.items;
    cr_assert(eq(str, (char *)intern_text(&story.run.results.names, rows[2].service),
                 "web write"));
    cr_assert(eq(u64, rows[2].requests, 5));
    cr_assert(eq(u64, rows[2].retries, 10));
    cr_assert(rows[2].is_class && !rows[0].is_class);
    cr_assert(eq(u64, rows[0].requests, 10), "its line has them too");
}

Test(slo, traffic_that_was_never_measured_fails)
{
    struct slo_data data = slo_of(SLO_AVAILABILITY);
    data.at_least = text("0.0001%");
    story_expect(&story, "slo", &data);
    starts_with((struct scenario_traffic){ 0 });
    ends(0, OUTCOME_FAILED, "not one request to web was measured");
}

/*
 * tests/peers/test_load.c
 *
 * Goal:   the load generator keeps its rate whatever the answers do, and counts every outcome once.
 * Method: real instances of the proxy bed, asked directly; they hold answers back on demand.
 */
#include "tests/peers/proxy_bed_haproxy.h"

#include <string.h>

#include "platform/backends/load/load.h"

struct load_story {
    struct haproxy_bed *half;
    struct load        *load;
    uint64_t            outcomes[LOAD_OUTCOME_COUNT];
    uint32_t            numbers[3]; /* by class */
    uint32_t            tries;
    uint32_t            ended;
    uint32_t            wanted;
    int64_t             latency_ns_max;
    int64_t             meant_first_hr_ns;
    int64_t             meant_last_hr_ns;
    bool                closed;
};

static void
story_done(void *context, const struct load_result *result)
{
    struct load_story *story = context;
    story->outcomes[result->outcome]++;
    if (story->ended == 0) {
        story->meant_first_hr_ns = result->meant_hr_ns;
    }
    story->ended++;
    story->tries += result->tries;
    story->numbers[result->number]++;
    story->meant_last_hr_ns = int64_max(story->meant_last_hr_ns, result->meant_hr_ns);
    story->latency_ns_max = int64_max(story->latency_ns_max, result->latency_ns);
}

static bool
story_has_ended(void *context)
{
    const struct load_story *story = context;
    return story->ended >= story->wanted;
}

static bool
story_has_asked(void *context)
{
    const struct load_story *story = context;
    return load_counts(story->load).requests >= story->wanted;
}

static bool
story_is_idle(void *context)
{
    const struct load_story *story = context;
    return load_in_flight(story->load) == 0;
}

static bool
story_is_closed(void *context)
{
    const struct load_story *story = context;
    return story->closed;
}

static void
story_closed(void *context)
{
    struct load_story *story = context;
    story->closed = true;
}

static void
story_open(struct load_story *story, struct proxy_bed *bed)
{
    struct error err = { "" };
    *story = (struct load_story){ .half = bed->half };
    cr_assert(load_open(&story->half->loop, story_done, story, &story->load, &err) == ST_OK, "%s",
              err.text);
}

/* Every request has exactly one outcome, told and counted alike. */
static void
story_close(struct load_story *story)
{
    load_stop(story->load);
    bed_wait(story->half->bed, story_is_idle, story);
    const struct load_counts counts = load_counts(story->load);
    uint64_t sum = 0;
    for (uint32_t i = 0; i < LOAD_OUTCOME_COUNT; i++) {
        cr_expect(story->tries > story->ended || counts.outcomes[i] == story->outcomes[i]);
        sum += counts.outcomes[i];
    }
    cr_expect(sum == counts.requests && sum == story->tries);
    load_close(story->load, story_closed, story);
    bed_wait(story->half->bed, story_is_closed, story);
}

/* A line to instance 0, a thousand a second. */
static struct load_line
story_line(const struct proxy_bed *bed)
{
    struct load_line line = {
        .host = "web.example.com",
        .path = "/",
        .port = bed->instances[0].port,
        .rate_microhertz = INT64_C(1000) * 1000000,
        .timeout_ns = SEC(5),
    };
    rng_init(&line.rng, 1, 0, "arrivals");
    return line;
}

#define LOAD_TEST(story_name)                                                                      \
    static void load_##story_name(struct proxy_bed *bed, struct load_story *story);                \
    Test(load, story_name, .timeout = 60)                                                          \
    {                                                                                              \
        struct load_story story;                                                                   \
        struct proxy_bed *bed = bed_open(PROXY_BED_HAPROXY);                                       \
        story_open(&story, bed);                                                                   \
        load_##story_name(bed, &story);                                                            \
        story_close(&story);                                                                       \
        bed_close(bed);                                                                            \
    }                                                                                              \
    static void load_##story_name(struct proxy_bed *bed, struct load_story *story)

static uint32_t
story_add(struct load_story *story, const struct load_line *line)
{
    uint32_t index = 0;
    struct error err = { "" };
    cr_assert(load_add(story->load, line, &index, &err) == ST_OK, "%s", err.text);
    return index;
}

LOAD_TEST(constant_arrivals_are_meant_at_equal_distances)
{
    const struct load_line line = story_line(bed);
    (void)story_add(story, &line);
    story->wanted = 300;
    load_start(story->load);
    bed_wait(bed, story_has_ended, story);
    load_stop(story->load);
    bed_wait(bed, story_is_idle, story);
    cr_expect(story->outcomes[LOAD_OK] == story->ended);
    /* meant instants do not depend on how busy this machine is */
    cr_expect(story->meant_last_hr_ns - story->meant_first_hr_ns ==
              (int64_t)(story->ended - 1) * MS(1));
    cr_expect(bed->hits[0] == story->ended);
}

LOAD_TEST(kept_connections_are_few_and_new_ones_one_a_request)
{
    struct load_line kept = story_line(bed);
    struct load_line fresh = story_line(bed);
    kept.rate_microhertz = INT64_C(200) * 1000000;
    fresh.rate_microhertz = 0;
    fresh.new_connections = true;
    fresh.port = bed->instances[1].port;
    (void)story_add(story, &kept);
    const uint32_t second = story_add(story, &fresh);
    load_start(story->load);
    story->wanted = 100;
    bed_wait(bed, story_has_ended, story);
    load_set_rate(story->load, 0, 0);
    bed_wait(bed, story_is_idle, story);
    const struct load_counts before = load_counts(story->load);
    cr_expect(before.connections < before.requests / 2, "%u", (unsigned)before.connections);

    load_set_rate(story->load, second, INT64_C(200) * 1000000);
    story->wanted = story->ended + 50;
    bed_wait(bed, story_has_ended, story);
    load_stop(story->load);
    bed_wait(bed, story_is_idle, story);
    const struct load_counts after = load_counts(story->load);
    cr_expect(after.connections - before.connections == after.requests - before.requests);
    cr_expect(after.outcomes[LOAD_OK] == after.requests);
}

LOAD_TEST(arrivals_do_not_wait_for_answers)
{
    const struct load_line line = story_line(bed);
    (void)story_add(story, &line);
    bed->holds[0] = true;
    load_start(story->load);
    story->wanted = 200;
    bed_wait(bed, story_has_asked, story);
    load_stop(story->load);
    cr_expect(story->ended == 0, "nothing was answered yet");
    bed_wait_held(bed, 0, 200);
    bed_release(bed, 0);
    bed_wait(bed, story_has_ended, story);
    /* the first was meant 199 ms before the last was asked: its latency shows the whole wait */
    cr_expect(story->latency_ns_max >= MS(199));
    cr_expect(story->outcomes[LOAD_OK] >= 200);
}

LOAD_TEST(an_answer_that_does_not_come_is_a_timeout)
{
    struct load_line line = story_line(bed);
    line.timeout_ns = MS(50);
    line.rate_microhertz = INT64_C(100) * 1000000;
    (void)story_add(story, &line);
    bed->holds[0] = true;
    load_start(story->load);
    story->wanted = 10;
    bed_wait(bed, story_has_ended, story);
    cr_expect(story->outcomes[LOAD_TIMEOUT] == story->ended);
    cr_expect(story->latency_ns_max >= MS(50));
}

LOAD_TEST(nobody_listens_is_refused)
{
    struct load_line line = story_line(bed);
    line.port = haproxy_bed_free_port();
    (void)story_add(story, &line);
    load_start(story->load);
    story->wanted = 20;
    bed_wait(bed, story_has_ended, story);
    cr_expect(story->outcomes[LOAD_REFUSED] == story->ended);
    cr_expect(load_counts(story->load).over_limit == 0);
}

LOAD_TEST(a_proxy_without_server_is_told_apart)
{
    struct load_line line = story_line(bed);
    (void)bed_service(bed, "web", "web.example.com", "", 0, 0);
    cr_assert(bed_apply(bed) == ST_OK);
    line.port = story->half->http_port;
    (void)story_add(story, &line);
    load_start(story->load);
    story->wanted = 20;
    bed_wait(bed, story_has_ended, story);
    cr_expect(story->outcomes[LOAD_NO_SERVER] == story->ended);
}

LOAD_TEST(more_than_its_limit_is_refused_and_counted)
{
    struct load_line line = story_line(bed);
    line.rate_microhertz = INT64_C(20000) * 1000000;
    line.timeout_ns = SEC(20);
    (void)story_add(story, &line);
    bed->holds[0] = true;
    load_start(story->load);
    story->wanted = LOAD_IN_FLIGHT_MAX + 500;
    bed_wait(bed, story_has_asked, story);
    load_stop(story->load);
    const struct load_counts counts = load_counts(story->load);
    cr_expect(load_in_flight(story->load) == LOAD_IN_FLIGHT_MAX);
    cr_expect(counts.over_limit == counts.requests - LOAD_IN_FLIGHT_MAX);
    cr_expect(counts.outcomes[LOAD_REFUSED] == counts.over_limit);
    bed_wait_held(bed, 0, LOAD_IN_FLIGHT_MAX);
    bed_release(bed, 0);
}

LOAD_TEST(a_line_that_would_break_the_head_is_refused)
{
    static const char *const bad[] = { "", "a b", "a\r\nX: y", "a\tb" };
    struct load_line line = story_line(bed);
    struct error err;
    uint32_t index = 0;
    for (uint32_t i = 0; i < COUNT_OF(bad); i++) {
        line.host = bad[i];
        cr_expect(load_add(story->load, &line, &index, &err) == ST_INVALID, "%s", bad[i]);
    }
    line.host = "web.example.com";
    line.path = "no-slash";
    cr_expect(load_add(story->load, &line, &index, &err) == ST_INVALID);
}

/* --- more than plain requests --- */

static void
story_ends(struct proxy_bed *bed, struct load_story *story, uint32_t wanted)
{
    story->wanted = wanted;
    load_start(story->load);
    bed_wait(bed, story_has_ended, story);
    load_stop(story->load);
    bed_wait(bed, story_is_idle, story);
}

LOAD_TEST(classes_come_by_their_shares_with_method_headers_and_body)
{
    static const struct env_header headers[] = { { .name = "X-Kind", .value = "a b" } };
    static const struct load_class classes[] = {
        { .share_ppm = 800000, .method = "GET", .path = "/read" },
        { .share_ppm = 200000, .method = "POST", .path = "/write", .headers = headers,
          .headers_count = 1, .body_bytes = 5 },
    };
    struct load_line line = story_line(bed);
    line.classes = classes;
    line.classes_count = 2;
    (void)story_add(story, &line);
    story_ends(bed, story, 500);
    cr_expect(story->outcomes[LOAD_OK] == story->ended);
    cr_expect(story->numbers[0] == 0);
    cr_expect(story->numbers[1] + story->numbers[2] == story->ended);
    /* 100 of 500 expected, standard deviation 9 */
    cr_expect(story->numbers[2] > 55 && story->numbers[2] < 145, "%u", story->numbers[2]);

    struct load_line post = story_line(bed);
    static const struct load_class only[] = {
        { .share_ppm = 1000000, .method = "POST", .path = "/write", .headers = headers,
          .headers_count = 1, .body_bytes = 5 },
    };
    post.classes = only;
    post.classes_count = 1;
    (void)story_add(story, &post);
    story->numbers[1] = 0;
    load_set_rate(story->load, 0, 0);
    story_ends(bed, story, story->ended + 1);
    const char *head = story->half->instances[0].head;
    cr_expect(strncmp(head, "POST /write HTTP/1.1\r\n", 22) == 0, "%s", head);
    cr_expect(strstr(head, "\r\nX-Kind: a b\r\nContent-Length: 5\r\nConnection: close\r\n\r\n"
                           "xxxxx") != NULL,
              "%s", head);
}

LOAD_TEST(a_session_sends_back_its_newest_cookie)
{
    struct load_line line = story_line(bed);
    line.sessions = 1;
    (void)story_add(story, &line);
    story->half->instances[0].cookie = "who=7";
    story_ends(bed, story, 20);
    cr_expect(strstr(story->half->instances[0].head, "\r\nCookie: who=7\r\n\r\n") != NULL, "%s",
              story->half->instances[0].head);
}

LOAD_TEST(what_failed_is_tried_again_within_its_budget)
{
    struct load_line line = story_line(bed);
    line.retries = (struct load_retries){ .max = 3, .backoff_ns = MS(2), .backoff_max_ns = MS(10),
                                          .factor = 2 };
    (void)story_add(story, &line);
    story->half->instances[0].status = 500;
    story_ends(bed, story, 100);
    cr_expect(story->outcomes[LOAD_ERROR] == story->ended);
    /* those that ended after the stop were not tried again */
    cr_expect(story->tries >= 4 * 90 && bed->hits[0] == story->tries, "%u tries", story->tries);
}

LOAD_TEST(retries_stay_within_their_budget)
{
    struct load_line line = story_line(bed);
    line.retries = (struct load_retries){ .max = 3, .backoff_ns = MS(1), .backoff_max_ns = MS(1),
                                          .factor = 1, .budget_ppm = 200000 };
    (void)story_add(story, &line);
    story->half->instances[0].status = 500;
    story_ends(bed, story, 400);
    const uint32_t retries = story->tries - story->ended;
    cr_expect(retries > story->ended / 8 && retries <= story->ended / 5 + 1, "%u of %u", retries,
              story->ended);
}

LOAD_TEST(closed_clients_wait_for_their_answers)
{
    struct load_line line = story_line(bed);
    line.closed = true;
    line.clients = 5;
    line.rate_microhertz = 1;
    line.think = (struct dist){ .kind = DIST_CONSTANT, .a_ns = MS(1) };
    const uint32_t index = story_add(story, &line);
    bed->holds[0] = true;
    load_start(story->load);
    bed_wait_held(bed, 0, 5);
    cr_expect(load_in_flight(story->load) == 5);
    bed_release(bed, 0);
    story->wanted = 200;
    bed_wait(bed, story_has_ended, story);
    bed->holds[0] = true;
    bed_wait_held(bed, 0, 5);
    load_set_clients(story->load, index, 2);
    bed_release(bed, 0);
    bed->holds[0] = true;
    bed_wait_held(bed, 0, 2);
    bed_release(bed, 0);
    load_stop(story->load);
    bed_wait(bed, story_is_idle, story);
    cr_expect(story->outcomes[LOAD_OK] == story->ended);
}

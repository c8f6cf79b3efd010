/*
 * tests/unit/sim/test_traffic_clients.c
 *
 * Goal:   clients that wait, think, try again and ask for different things do so as they are told,
 *         and each of their requests has one outcome.
 * Method: a small world with instances whose service time is known; instants are compared exactly
 *         where nothing is drawn.
 */
#include "tests/unit/sim/traffic_story.h"

#define HOPS_NS (2 * FAKE_PROXY_HOP_NS) /* of an answer that comes home */

/* --- closed lines --- */

static struct scenario_traffic
clients_of(uint32_t clients, int64_t think_ns)
{
    struct scenario_traffic line = line_of(ARRIVALS_POISSON, 0, SEC(10));
    line.closed = true;
    line.clients = clients;
    line.think = (struct dist){ .kind = DIST_CONSTANT, .a_ns = think_ns };
    return line;
}

Test(traffic_clients, wait_for_their_answer_then_think_then_ask_again)
{
    const struct scenario_traffic line = clients_of(1, SEC(1));
    story_open(1, 1, &line, 1);
    bed.behavior.service_time.a_ns = MS(300);
    story_run_for(SEC(1) - 1);
    cr_assert_eq(traffic_requests(traffic), 0, "it thinks first");
    story_run_for(1);
    cr_assert_eq(traffic_requests(traffic), 1);
    story_run_for(MS(300) + HOPS_NS + SEC(1) - 1);
    cr_assert_eq(traffic_requests(traffic), 1);
    cr_assert_eq(last.latency_ns, MS(300) + HOPS_NS);
    story_run_for(1);
    cr_assert_eq(traffic_requests(traffic), 2);
    story_close();
}

Test(traffic_clients, are_never_more_than_there_are)
{
    struct scenario_traffic line = clients_of(7, 0);
    line.think = (struct dist){ .kind = DIST_EXPONENTIAL, .a_ns = MS(20) };
    story_open(1, 1, &line, 1);
    bed.behavior.service_time = (struct dist){ .kind = DIST_EXPONENTIAL, .a_ns = MS(50) };
    bed.behavior.concurrency = 2;
    uint64_t open_max = 0;
    for (uint32_t i = 0; i < 20000; i++) {
        story_run_for(MS(5));
        const uint64_t open = traffic_open_count(traffic);
        open_max = open > open_max ? open : open_max;
        story_obeys_littles_law(0);
    }
    cr_assert_eq(open_max, 7);
    cr_assert(outcomes[0][REQUEST_OK] > 3800 && outcomes[0][REQUEST_OK] < 4200,
              "%u, expected nearly what two workers can do", outcomes[0][REQUEST_OK]);
    story_close();
}

Test(traffic_clients, may_become_more_and_fewer)
{
    const struct scenario_traffic line = clients_of(5, MS(100));
    story_open(1, 1, &line, 1);
    bed.behavior.service_time.a_ns = SEC(2);
    bed.behavior.concurrency = 100;
    story_run_for(SEC(1));
    cr_assert_eq(traffic_open_count(traffic), 5);
    traffic_set_clients(traffic, 0, 2);
    story_run_for(MS(500));
    cr_assert_eq(traffic_open_count(traffic), 5, "what they have asked for they wait for");
    story_run_for(SEC(2));
    cr_assert_eq(traffic_open_count(traffic), 2);
    traffic_set_clients(traffic, 0, 200);
    story_run_for(MS(200));
    cr_assert_eq(traffic_open_count(traffic), 200);
    traffic_set_clients(traffic, 0, 0);
    story_run_for(SEC(10));
    cr_assert_eq(traffic_open_count(traffic), 0);
    cr_assert_eq(traffic_requests(traffic), outcomes_count);
    story_close();
}

Test(traffic_clients, end_with_their_line)
{
    struct scenario_traffic line = clients_of(3, MS(500));
    line.from_at_ns = SEC(2);
    line.until_at_ns = SEC(4);
    story_open(1, 1, &line, 1);
    bed.behavior.service_time.a_ns = MS(100);
    story_run_for(SEC(2));
    cr_assert_eq(traffic_requests(traffic), 0);
    story_run_for(SEC(60));
    cr_assert_eq(traffic_requests(traffic), 9, "at 2.5, 3.1 and 3.7 seconds");
    story_close();
}

Test(traffic_clients, that_are_turned_away_at_once_do_not_stop_time)
{
    const struct scenario_traffic line = clients_of(2, 0);
    story_open(1, 1, &line, 1);
    instance_end(bed.world, &bed.instances[0]);
    fake_proxy_power_off(bed.proxy);
    story_run_for(SEC(1));
    cr_assert(outcomes[0][REQUEST_NO_ROUTE] > 1000 && outcomes[0][REQUEST_NO_ROUTE] < 3000, "%u",
              outcomes[0][REQUEST_NO_ROUTE]);
    story_close();
}

/* --- trying again --- */

static struct scenario_traffic
retrying(int64_t rate, uint32_t max)
{
    struct scenario_traffic line = line_of(ARRIVALS_CONSTANT, rate, SEC(1));
    line.retries = (struct scenario_retries){ .max = max,
                                              .backoff_ns = MS(100),
                                              .backoff_max_ns = SEC(10),
                                              .factor = 2 };
    return line;
}

Test(traffic_clients, try_again_after_growing_pauses_and_then_give_up)
{
    struct scenario_traffic line = retrying(RATE(1), 3);
    line.until_at_ns = MS(500);
    story_open(1, 1, &line, 1);
    bed.behavior.service_time.a_ns = MS(10);
    bed.behavior.errors_ppm = PPM;
    story_run_for(MS(50));
    cr_assert_eq(outcomes_count, 0);
    cr_assert_eq(traffic_open_count(traffic), 1, "it waits for its next try");
    story_obeys_littles_law(0);
    story_run_for(SEC(5));
    cr_assert_eq(outcomes_count, 1);
    cr_assert_eq(outcomes[0][REQUEST_ERROR], 1);
    cr_assert_eq(last.tries, 4);
    cr_assert_eq(last.latency_ns, 4 * (MS(10) + HOPS_NS) + MS(100) + MS(200) + MS(400),
                 "counted from the first try");
    story_close();
}

Test(traffic_clients, have_the_outcome_of_their_last_try)
{
    struct scenario_traffic line = retrying(RATE(200), 4);
    story_open(1, 1, &line, 1);
    bed.behavior.service_time.a_ns = MS(1);
    bed.behavior.errors_ppm = PPM / 2;
    story_run_for(SEC(100));
    story_close();
    const double failed = (double)outcomes[0][REQUEST_ERROR] / outcomes_count;
    const double mean = (double)tries[0] / outcomes_count;
    cr_assert(failed > 0.027 && failed < 0.036, "%f, expected 1 of 32", failed);
    cr_assert(mean > 1.9 && mean < 1.98, "%f, expected 31 of 16", mean);
}

Test(traffic_clients, that_gave_a_try_up_leave_its_work_to_the_instance)
{
    struct scenario_traffic line = retrying(RATE(1), 1);
    line.timeout_ns = MS(200);
    line.until_at_ns = MS(500);
    story_open(1, 1, &line, 1);
    bed.behavior.service_time.a_ns = SEC(2);
    story_run_for(MS(400));
    cr_assert_eq(instance_open(&bed.instances[0]), 2, "the try given up, and the next one");
    story_run_for(MS(101));
    cr_assert_eq(outcomes[0][REQUEST_TIMEOUT], 1);
    cr_assert_eq(last.latency_ns, MS(500));
    story_close();
}

Test(traffic_clients, try_again_within_their_budget)
{
    struct scenario_traffic line = retrying(RATE(100), 5);
    line.retries.budget_ppm = PPM / 10;
    story_open(1, 1, &line, 1);
    bed.behavior.service_time.a_ns = MS(1);
    bed.behavior.errors_ppm = PPM;
    story_run_for(SEC(100));
    story_close();
    const uint32_t retries = tries[0] - outcomes_count;
    cr_assert(retries > 995 && retries <= 1001, "%u, expected a tenth of 10,001", retries);
}

Test(traffic_clients, save_up_no_more_than_a_hundred_tries)
{
    struct scenario_traffic line = retrying(RATE(100), 1);
    line.retries.budget_ppm = PPM / 10;
    story_open(1, 1, &line, 1);
    bed.behavior.service_time.a_ns = MS(1);
    story_run_for(SEC(1000));
    cr_assert_eq(tries[0], outcomes_count);
    bed.behavior.errors_ppm = PPM;
    story_run_for(SEC(10));
    story_close();
    const uint32_t retries = tries[0] - outcomes_count;
    cr_assert(retries >= 195 && retries <= 201, "%u: saved and earned", retries);
}

Test(traffic_clients, shorten_their_pauses_by_the_jitter)
{
    struct scenario_traffic line = retrying(RATE(10), 1);
    line.retries.jitter_ppm = PPM / 2;
    line.until_at_ns = SEC(100);
    story_open(1, 1, &line, 1);
    bed.behavior.service_time.a_ns = MS(1);
    bed.behavior.errors_ppm = PPM;
    int64_t pause_min_ns = SEC(1);
    int64_t pause_max_ns = 0;
    for (uint32_t i = 0; i < 1000; i++) {
        story_run_for(MS(100));
        const int64_t pause_ns = last.latency_ns - 2 * (MS(1) + HOPS_NS);
        if (outcomes_count > 0) {
            pause_min_ns = int64_min(pause_min_ns, pause_ns);
            pause_max_ns = int64_max(pause_max_ns, pause_ns);
        }
    }
    cr_assert(pause_min_ns >= MS(50) && pause_min_ns < MS(52), "%lld", (long long)pause_min_ns);
    cr_assert(pause_max_ns <= MS(100) && pause_max_ns > MS(98), "%lld", (long long)pause_max_ns);
    story_close();
}

Test(traffic_clients, of_a_closed_line_try_again_too)
{
    struct scenario_traffic line = clients_of(10, MS(100));
    line.retries = retrying(RATE(1), 2).retries;
    line.timeout_ns = MS(40);
    story_open(1, 1, &line, 1);
    bed.behavior.service_time = (struct dist){ .kind = DIST_EXPONENTIAL, .a_ns = MS(30) };
    bed.behavior.concurrency = 3;
    for (uint32_t i = 0; i < 1000; i++) {
        story_run_for(MS(33));
        story_obeys_littles_law(0);
        cr_assert(traffic_open_count(traffic) <= 10);
    }
    story_close();
    cr_assert(outcomes[0][REQUEST_OK] > 500);
    cr_assert(outcomes[0][REQUEST_TIMEOUT] > 50);
    cr_assert(tries[0] > outcomes_count + outcomes_count / 10);
}

/* --- classes --- */

Test(traffic_clients, ask_for_each_class_by_its_share)
{
    static const struct scenario_class classes[] = {
        { .name = "a", .share_ppm = 700000,
          .request = { .method = "GET", .host = "/web", .path = "/" } },
        { .name = "b", .share_ppm = 299000,
          .request = { .method = "PUT", .host = "/web", .path = "/" } },
        { .name = "c", .share_ppm = 1000,
          .request = { .method = "GET", .host = "nobody.example.com", .path = "/" } },
    };
    struct scenario_traffic lines[2] = { line_of(ARRIVALS_POISSON, RATE(1000), SEC(1)),
                                         line_of(ARRIVALS_POISSON, RATE(1000), SEC(1)) };
    lines[0].classes = lines[1].classes = classes;
    lines[0].classes_count = lines[1].classes_count = COUNT_OF(classes);
    lines[1].retries = retrying(RATE(1), 1).retries;
    story_open(1, 2, lines, 2);
    bed.behavior.service_time.a_ns = MS(1);
    story_run_for(SEC(100));
    story_close();
    for (uint32_t i = 0; i < 2; i++) {
        cr_assert(by_class[i][1][REQUEST_OK] > 69300 && by_class[i][1][REQUEST_OK] < 70700);
        cr_assert(by_class[i][2][REQUEST_OK] > 29400 && by_class[i][2][REQUEST_OK] < 30400);
        cr_assert(by_class[i][3][REQUEST_NO_ROUTE] > 60 && by_class[i][3][REQUEST_NO_ROUTE] < 150);
        cr_assert_eq(by_class[i][3][REQUEST_OK] + by_class[i][0][REQUEST_OK], 0);
    }
    cr_assert_eq(tries[1], outcomes_count - tries[0] + by_class[1][3][REQUEST_NO_ROUTE]);
}

/* --- addresses and sessions --- */

Test(traffic_clients, of_one_session_come_from_one_address)
{
    struct scenario_traffic line = line_of(ARRIVALS_CONSTANT, RATE(100), SEC(10));
    line.sessions = 1;
    story_open(1, 3, &line, 1);
    datapath_bed_set_policy(&bed, "source");
    cr_assert_eq(datapath_bed_apply(&bed, 2), ST_OK);
    bed.behavior.service_time.a_ns = SEC(5);
    bed.behavior.concurrency = 1000;
    story_run_for(SEC(2));
    uint32_t used = 0;
    for (uint32_t i = 0; i < 3; i++) {
        used += instance_open(&bed.instances[i]) > 100 ? 1 : 0;
    }
    cr_assert_eq(used, 1);
    story_close();
}

Test(traffic_clients, of_one_session_stay_with_their_server)
{
    struct scenario_traffic line = line_of(ARRIVALS_CONSTANT, RATE(100), SEC(10));
    line.sessions = 1;
    story_open(1, 3, &line, 1);
    bed.service.sticky = true;
    cr_assert_eq(datapath_bed_apply(&bed, 2), ST_OK);
    bed.behavior.service_time.a_ns = SEC(5);
    bed.behavior.concurrency = 1000;
    story_run_for(SEC(2));
    uint32_t used = 0;
    for (uint32_t i = 0; i < 3; i++) {
        used += instance_open(&bed.instances[i]) > 100 ? 1 : 0;
    }
    cr_assert_eq(used, 1);
    story_close();
}

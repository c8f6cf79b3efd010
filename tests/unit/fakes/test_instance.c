/*
 * tests/unit/fakes/test_instance.c
 *
 * Goal:   an instance queues as theory says, and every request that it was given ends exactly once.
 * Method: requests handed over through a proxy with one server; constant service times where
 *         instants are counted, exponential ones against the M/M/1 and M/M/2 formulas with a fixed
 *         seed.
 */
#include <criterion/criterion.h>

#include "tests/unit/fakes/datapath_bed.h"

#define HOPS (2 * FAKE_PROXY_HOP_NS)

static struct bed bed;

static void
bed_of_one(uint32_t concurrency, uint32_t queue_max, int64_t service_ns)
{
    datapath_bed_open(&bed, 1, 1, NULL);
    bed.behavior.concurrency = concurrency;
    bed.behavior.queue_max = queue_max;
    bed.behavior.service_time = (struct dist){ .kind = DIST_CONSTANT, .a_ns = service_ns };
    cr_assert_eq(datapath_bed_apply(&bed, 1), ST_OK);
}

Test(instance, works_on_so_many_at_once_and_queues_the_rest_in_order)
{
    bed_of_one(2, 10, MS(10));
    for (uint32_t i = 0; i < 5; i++) {
        datapath_bed_request(&bed, SEC(1));
    }
    cr_assert_eq(instance_open(&bed.instances[0]), 5);
    const int64_t start_ns = bed.world->now_ns;
    static const int64_t latency_ms[] = { 10, 10, 20, 20, 30 };
    for (uint32_t i = 0; i < 5; i++) {
        cr_assert(test_world_step(bed.world));
        cr_assert_eq(bed.ended, i + 1);
        cr_assert_eq(bed.last_latency_ns, MS(latency_ms[i]) + HOPS);
        cr_assert_eq(bed.world->now_ns, start_ns + MS(latency_ms[i]));
    }
    cr_assert_eq(bed.outcomes[REQUEST_OK], 5);
    cr_assert_eq(fake_datapath_requests_open(bed.datapath), 0);
    datapath_bed_close(&bed);
}

Test(instance, answers_with_an_error_at_once_when_its_queue_is_full)
{
    bed_of_one(1, 2, MS(10));
    for (uint32_t i = 0; i < 5; i++) {
        datapath_bed_request(&bed, SEC(1));
    }
    cr_assert_eq(bed.outcomes[REQUEST_ERROR], 2);
    cr_assert_eq(bed.last_latency_ns, HOPS);
    test_world_run(bed.world, 100);
    cr_assert_eq(bed.outcomes[REQUEST_OK], 3);
    datapath_bed_close(&bed);
}

Test(instance, resets_what_it_held_when_it_ends)
{
    bed_of_one(2, 10, MS(10));
    for (uint32_t i = 0; i < 7; i++) {
        datapath_bed_request(&bed, SEC(1));
    }
    test_world_run_until(bed.world, bed.world->now_ns + MS(15)); /* two are done by then */
    cr_assert_eq(bed.outcomes[REQUEST_OK], 2);
    instance_end(bed.world, &bed.instances[0]);
    cr_assert_eq(bed.outcomes[REQUEST_RESET], 5);
    cr_assert_eq(bed.last_latency_ns, MS(15));
    cr_assert_eq(fake_datapath_requests_open(bed.datapath), 0);
    instance_end(bed.world, &bed.instances[0]);
    cr_assert_not(test_world_step(bed.world), "work that was reset leaves no event");
    datapath_bed_request(&bed, SEC(1));
    cr_assert_eq(bed.last_outcome, REQUEST_REFUSED, "nobody listens any more");
    datapath_bed_close(&bed);
}

Test(instance, leaves_a_zeroed_one_alone)
{
    bed_of_one(1, 1, MS(1));
    struct instance never = { 0 };
    instance_end(bed.world, &never);
    datapath_bed_close(&bed);
}

Test(instance, fails_the_share_of_requests_that_its_image_fails)
{
    bed_of_one(1000, 0, MS(1));
    bed.behavior.errors_ppm = 50000;
    for (uint32_t i = 0; i < 20000; i++) {
        datapath_bed_request(&bed, SEC(1));
        test_world_run(bed.world, 1);
    }
    cr_assert(bed.outcomes[REQUEST_ERROR] > 900 && bed.outcomes[REQUEST_ERROR] < 1100, "%u",
              bed.outcomes[REQUEST_ERROR]);
    datapath_bed_close(&bed);
}

Test(instance, tells_of_requests_when_it_is_watched)
{
    bed_of_one(1, 1, MS(1));
    datapath_bed_request(&bed, SEC(1));
    cr_assert_eq(test_world_count_facts(bed.world, WORLD_REQUEST_WATCHED), 0);
    bed.instances[0].service.watched = true;
    datapath_bed_request(&bed, SEC(1));
    cr_assert_eq(test_world_count_facts(bed.world, WORLD_REQUEST_WATCHED), 1);
    const struct world_fact *fact = vec_at(&bed.world->facts, 0);
    cr_assert_eq(fact->token, 100);
    cr_assert_eq(fact->node, 1);
    datapath_bed_close(&bed);
}

Test(instance, answers_probes_as_its_image_is)
{
    bed_of_one(1, 1, MS(3));
    struct world_service *service = &bed.instances[0].service;
    int64_t delay_ns = 0;
    cr_assert_eq(service->probe(bed.world, service, "/", &delay_ns), WORLD_ANSWER_OK);
    cr_assert_eq(delay_ns, MS(3));
    bed.behavior.unhealthy = true;
    cr_assert_eq(service->probe(bed.world, service, "/", &delay_ns), WORLD_ANSWER_ERROR);
    datapath_bed_close(&bed);
}

Test(instance, draws_the_same_service_times_whether_it_is_probed_or_not)
{
    int64_t latency_ns[2][20];
    for (uint32_t probed = 0; probed < 2; probed++) {
        bed_of_one(1, 1, 0);
        bed.behavior.service_time = (struct dist){ .kind = DIST_EXPONENTIAL, .a_ns = MS(5) };
        struct world_service *service = &bed.instances[0].service;
        for (uint32_t i = 0; i < 20; i++) {
            int64_t delay_ns = 0;
            if (probed == 1) {
                (void)service->probe(bed.world, service, "/", &delay_ns);
            }
            datapath_bed_request(&bed, SEC(10));
            test_world_run(bed.world, 1);
            latency_ns[probed][i] = bed.last_latency_ns;
        }
        datapath_bed_close(&bed);
    }
    for (uint32_t i = 0; i < 20; i++) {
        cr_assert_eq(latency_ns[0][i], latency_ns[1][i]);
    }
    cr_assert_neq(latency_ns[0][0], latency_ns[0][1]);
}

/* --- against theory --- */

struct mm_source {
    struct rng rng;
    uint32_t   left;
    double     sum_ns;
};

static struct mm_source source;

static void
mm_done(void *context, struct world_request *request, enum request_outcome outcome,
        int64_t latency_ns)
{
    (void)context;
    (void)request;
    cr_assert_eq(outcome, REQUEST_OK);
    source.sum_ns += (double)(latency_ns - HOPS);
    bed.ended++;
}

static void
mm_arrival(struct world *world, void *context, uint64_t argument)
{
    const struct dist *gap = context;
    (void)argument;
    datapath_bed_request(&bed, HOUR(1));
    if (--source.left > 0) {
        world_at(world, world_now(world) + dist_draw_ns(gap, &source.rng), WORLD_CLASS_REQUEST,
                 NULL, mm_arrival, context, 0);
    }
}

/* The mean response time in service times. */
static double
mm_response(uint32_t workers, int64_t gap_ns)
{
    enum { ARRIVALS = 400000 };
    struct dist gap = { .kind = DIST_EXPONENTIAL, .a_ns = gap_ns };
    bed_of_one(workers, 1000000, 0);
    bed.behavior.service_time = (struct dist){ .kind = DIST_EXPONENTIAL, .a_ns = MS(1) };
    bed.client = fake_datapath_client_add(bed.datapath, mm_done, NULL);
    source = (struct mm_source){ .left = ARRIVALS };
    rng_init(&source.rng, 1, 0, "arrivals");
    world_at(bed.world, world_now(bed.world), WORLD_CLASS_REQUEST, NULL, mm_arrival, &gap, 0);
    test_world_run(bed.world, UINT64_MAX);
    cr_assert_eq(bed.ended, ARRIVALS);
    const double mean_ns = source.sum_ns / ARRIVALS;
    datapath_bed_close(&bed);
    return mean_ns / (double)MS(1);
}

Test(instance, responds_as_an_mm1_queue_at_half_load)
{
    const double response = mm_response(1, MS(2)); /* 1 / (1 - rho) = 2 */
    cr_assert(response > 1.95 && response < 2.05, "%f service times, expected 2", response);
}

Test(instance, responds_as_an_mm2_queue_at_three_quarters_load)
{
    /* Erlang C with rho = 3/4: 1 / (1 - rho^2) = 16/7 */
    const double response = mm_response(2, US(667));
    cr_assert(response > 2.19 && response < 2.38, "%f service times, expected 2.286", response);
}

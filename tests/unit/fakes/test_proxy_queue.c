/*
 * tests/unit/fakes/test_proxy_queue.c
 *
 * Goal:   no server has more requests open than it may; the others wait in the proxy in order of
 *         arrival, as long and as many as may, and end once whatever happens to them.
 * Method: one edge and one or two instances that may have one or two requests open.
 */
#include <criterion/criterion.h>

#include "tests/unit/fakes/datapath_bed.h"

static struct bed bed;

static void
bed_begin(uint32_t instances, const struct env_resilience *resilience)
{
    datapath_bed_open(&bed, 5, instances, NULL);
    bed.behavior.service_time.a_ns = MS(10);
    bed.service.resilience = *resilience;
    cr_assert_eq(datapath_bed_apply(&bed, 1), ST_OK);
}

Test(proxy_queue, sends_no_more_than_a_server_may_have_open)
{
    bed_begin(2, &(struct env_resilience){ .server_requests_max = 2 });
    for (uint32_t i = 0; i < 10; i++) {
        datapath_bed_request(&bed, SEC(1));
        cr_assert(instance_open(&bed.instances[0]) <= 2);
        cr_assert(instance_open(&bed.instances[1]) <= 2);
    }
    cr_assert_eq(instance_open(&bed.instances[0]) + instance_open(&bed.instances[1]), 4);
    datapath_bed_wait(&bed, MS(10));
    cr_assert_eq(bed.ended, 4);
    cr_assert_eq(instance_open(&bed.instances[0]) + instance_open(&bed.instances[1]), 4);
    datapath_bed_wait(&bed, MS(20));
    cr_assert_eq(bed.ended, 10);
    cr_assert_eq(bed.last_latency_ns, MS(30) + 2 * FAKE_PROXY_HOP_NS);
    datapath_bed_ends_conserved(&bed);
    cr_assert_eq(bed.outcomes[REQUEST_OK], 10);
}

Test(proxy_queue, lets_nobody_overtake)
{
    bed_begin(1, &(struct env_resilience){ .server_requests_max = 1 });
    uint32_t indices[5];
    for (uint32_t i = 0; i < 5; i++) {
        indices[i] = datapath_bed_request(&bed, SEC(1));
    }
    for (uint32_t i = 0; i < 5; i++) {
        cr_assert_eq(bed.instances[0].working_first, indices[i], "turn %u", i);
        datapath_bed_wait(&bed, MS(10));
    }
    datapath_bed_ends_conserved(&bed);
}

/* A client that asks anew as soon as it is answered. */
static void
ask_again(void *context, struct world_request *request, enum request_outcome outcome,
          int64_t latency_ns)
{
    uint32_t *left = context;
    (void)request;
    (void)latency_ns;
    cr_assert_eq(outcome, REQUEST_OK);
    bed.ended++;
    if (*left > 0) {
        --*left;
        datapath_bed_request(&bed, SEC(1));
    }
}

Test(proxy_queue, lets_nobody_overtake_who_asks_while_a_server_becomes_free)
{
    uint32_t again = 1;
    bed_begin(1, &(struct env_resilience){ .server_requests_max = 1 });
    const uint32_t first_client = bed.client;
    bed.client = fake_datapath_client_add(bed.datapath, ask_again, &again);
    datapath_bed_request(&bed, SEC(1));
    const uint32_t eager = bed.client;
    bed.client = first_client;
    const uint32_t waiting = datapath_bed_request(&bed, SEC(1));
    bed.client = eager;
    datapath_bed_wait(&bed, MS(10));
    cr_assert_eq(again, 0);
    cr_assert_eq(bed.instances[0].working_first, waiting);
    datapath_bed_ends_conserved(&bed);
}

Test(proxy_queue, refuses_what_finds_the_queue_full)
{
    bed_begin(1, &(struct env_resilience){ .server_requests_max = 1, .queue_max = 2 });
    for (uint32_t i = 0; i < 5; i++) {
        datapath_bed_request(&bed, SEC(1));
    }
    cr_assert_eq(bed.outcomes[REQUEST_REFUSED], 2);
    datapath_bed_ends_conserved(&bed);
    cr_assert_eq(bed.outcomes[REQUEST_OK], 3);
}

Test(proxy_queue, lets_requests_wait_only_so_long)
{
    bed_begin(1, &(struct env_resilience){ .server_requests_max = 1,
                                           .queue_timeout_ns = MS(15) });
    for (uint32_t i = 0; i < 4; i++) {
        datapath_bed_request(&bed, SEC(1));
    }
    datapath_bed_wait(&bed, MS(15));
    cr_assert_eq(bed.outcomes[REQUEST_REFUSED], 2);
    cr_assert_eq(bed.last_latency_ns, MS(15));
    datapath_bed_ends_conserved(&bed);
    cr_assert_eq(bed.outcomes[REQUEST_OK], 2);
}

Test(proxy_queue, forgets_those_whose_client_has_left)
{
    bed_begin(1, &(struct env_resilience){ .server_requests_max = 1 });
    datapath_bed_request(&bed, SEC(1));
    datapath_bed_request(&bed, MS(5)); /* its deadline comes while it waits */
    const uint32_t tired = datapath_bed_request(&bed, SEC(1));
    datapath_bed_request(&bed, SEC(1));
    world_request_at(bed.world, tired)->client_gone = true;
    bed.ended++;
    datapath_bed_wait(&bed, MS(5));
    cr_assert_eq(bed.outcomes[REQUEST_TIMEOUT], 1);
    cr_assert_eq(bed.last_latency_ns, MS(5));
    datapath_bed_ends_conserved(&bed);
    cr_assert_eq(bed.outcomes[REQUEST_OK], 2);
}

Test(proxy_queue, gives_up_when_no_server_is_left)
{
    bed_begin(1, &(struct env_resilience){ .server_requests_max = 1 });
    for (uint32_t i = 0; i < 3; i++) {
        datapath_bed_request(&bed, SEC(60));
    }
    bed.endpoints[0].draining = true;
    bed.behavior.service_time.a_ns = SEC(1);
    cr_assert_eq(datapath_bed_apply(&bed, 2), ST_OK);
    cr_assert(bed.outcomes[REQUEST_NO_SERVER] >= 1);
    datapath_bed_ends_conserved(&bed);
    cr_assert_eq(bed.outcomes[REQUEST_OK] + bed.outcomes[REQUEST_NO_SERVER], 3);
}

Test(proxy_queue, serves_those_who_wait_when_servers_join_or_limits_go)
{
    bed_begin(2, &(struct env_resilience){ .server_requests_max = 1 });
    bed.behavior.service_time.a_ns = SEC(5);
    bed.endpoints_count = 1;
    cr_assert_eq(datapath_bed_apply(&bed, 2), ST_OK);
    for (uint32_t i = 0; i < 6; i++) {
        datapath_bed_request(&bed, SEC(60));
    }
    cr_assert_eq(instance_open(&bed.instances[0]), 1);
    bed.endpoints_count = 2;
    cr_assert_eq(datapath_bed_apply(&bed, 3), ST_OK);
    cr_assert_eq(instance_open(&bed.instances[1]), 1);
    bed.service.resilience.server_requests_max = 0;
    cr_assert_eq(datapath_bed_apply(&bed, 4), ST_OK);
    cr_assert_eq(instance_open(&bed.instances[0]) + instance_open(&bed.instances[1]), 6);
    datapath_bed_ends_conserved(&bed);
    cr_assert_eq(bed.outcomes[REQUEST_OK], 6);
}

Test(proxy_queue, sends_those_who_wait_elsewhere_when_their_service_is_renamed)
{
    bed_begin(1, &(struct env_resilience){ .server_requests_max = 1 });
    bed.behavior.service_time.a_ns = SEC(1);
    for (uint32_t i = 0; i < 3; i++) {
        datapath_bed_request(&bed, SEC(60));
    }
    bed.service.name = "green_10000";
    cr_assert_eq(datapath_bed_apply(&bed, 2), ST_OK);
    datapath_bed_ends_conserved(&bed);
    cr_assert_eq(bed.outcomes[REQUEST_OK], 3);
}

Test(proxy_queue, resets_those_who_wait_when_the_power_goes)
{
    bed_begin(1, &(struct env_resilience){ .server_requests_max = 1,
                                           .attempt_timeout_ns = SEC(1) });
    for (uint32_t i = 0; i < 4; i++) {
        datapath_bed_request(&bed, SEC(60));
    }
    fake_proxy_power_off(bed.proxy);
    cr_assert_eq(bed.outcomes[REQUEST_RESET], 4);
    datapath_bed_ends_conserved(&bed);
}

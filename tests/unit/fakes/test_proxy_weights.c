/*
 * tests/unit/fakes/test_proxy_weights.c
 *
 * Goal:   the policy sees the weights in force, slow start included, hears of every change and of
 *         every request, keeps its memory as long as it serves the service; zones go first.
 * Method: a policy of the test's own that picks the first eligible server and writes down what it
 *         is told.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "platform/base/memory.h"
#include "tests/unit/fakes/datapath_bed.h"

static struct bed bed;

static struct {
    uint32_t changed;
    uint32_t sent;
    uint32_t ended;
    uint32_t ended_ok;
    uint32_t released;
    uint32_t eligible;
    uint32_t weights[BED_INSTANCES_MAX];
    int64_t  latency_ns;
    int64_t  now_ns;
    void    *memory;
} seen;

static uint32_t
noting_pick(struct env_balance_state *state, struct env_balance_server *servers,
            uint32_t servers_count, uint32_t eligible_count)
{
    cr_assert_eq(state->now_ns, bed.world->now_ns);
    uint32_t eligible = 0;
    uint32_t first = UINT32_MAX;
    for (uint32_t i = servers_count; i > 0; i--) {
        first = servers[i - 1].eligible ? i - 1 : first;
        eligible += servers[i - 1].eligible ? 1 : 0;
    }
    cr_assert_eq(eligible, eligible_count);
    cr_assert_eq(eligible, seen.eligible, "it was told of the change");
    return first;
}

static void
noting_changed(struct env_balance_state *state, struct env_balance_server *servers,
               uint32_t servers_count, uint32_t eligible_count)
{
    if (state->memory == NULL) {
        state->memory = memory_alloc_zero(1, 1);
    }
    seen.memory = state->memory;
    seen.now_ns = state->now_ns;
    seen.changed++;
    seen.eligible = eligible_count;
    bool equal = true;
    for (uint32_t i = 0; i < servers_count; i++) {
        seen.weights[i] = servers[i].weight;
        equal = equal && servers[i].weight == servers[0].weight;
        cr_assert(servers[i].weight >= 1 && servers[i].weight <= ENV_BALANCE_WEIGHT_MAX);
    }
    cr_assert_eq(equal, state->weights_equal);
}

static void
noting_sent(struct env_balance_state *state, struct env_balance_server *servers, uint32_t index)
{
    (void)state;
    cr_assert(servers[index].open > 0);
    seen.sent++;
}

static void
noting_ended(struct env_balance_state *state, struct env_balance_server *servers, uint32_t index,
             int64_t latency_ns, bool ok)
{
    (void)servers;
    (void)index;
    cr_assert_eq(state->now_ns, bed.world->now_ns);
    seen.ended++;
    seen.ended_ok += ok ? 1 : 0;
    seen.latency_ns = latency_ns;
}

static void
noting_release(struct env_balance_state *state)
{
    cr_assert_eq(state->memory, seen.memory);
    memory_free(state->memory);
    state->memory = NULL;
    seen.released++;
}

static const struct env_balance_policy noting = { .name = "noting",
                                                  .pick = noting_pick,
                                                  .changed = noting_changed,
                                                  .sent = noting_sent,
                                                  .ended = noting_ended,
                                                  .release = noting_release };

static void
bed_begin(uint32_t instances)
{
    datapath_bed_open(&bed, 13, instances, NULL);
    memset(&seen, 0, sizeof seen);
    bed.service.policy = &noting;
}

Test(proxy_weights, are_sixteen_times_those_of_the_endpoints)
{
    bed_begin(3);
    bed.endpoints[1].weight = 256;
    cr_assert_eq(datapath_bed_apply(&bed, 1), ST_OK);
    cr_assert_eq(seen.changed, 1);
    cr_assert_eq(seen.now_ns, bed.world->now_ns);
    cr_assert_eq(seen.weights[0], ENV_BALANCE_WEIGHT_SCALE);
    cr_assert_eq(seen.weights[1], ENV_BALANCE_WEIGHT_MAX);
    datapath_bed_ends_conserved(&bed);
    cr_assert_eq(seen.released, 1);
}

Test(proxy_weights, are_told_with_every_change_and_every_request)
{
    bed_begin(3);
    bed.service.check_interval_ns = SEC(2);
    cr_assert_eq(datapath_bed_apply(&bed, 1), ST_OK);
    datapath_bed_request(&bed, SEC(1));
    cr_assert_eq(seen.sent, 1);
    datapath_bed_wait(&bed, MS(5));
    cr_assert_eq(seen.ended_ok, 1);
    cr_assert_eq(seen.latency_ns, MS(5) + 2 * FAKE_PROXY_HOP_NS);
    instance_end(bed.world, &bed.instances[0]);
    datapath_bed_request(&bed, SEC(1)); /* refused there, sent to the second */
    cr_assert_eq(seen.sent, 3);
    cr_assert_eq(seen.ended, 2);
    cr_assert_eq(instance_open(&bed.instances[1]), 1);
    cr_assert_eq(seen.eligible, 3);
    datapath_bed_wait(&bed, SEC(5));
    cr_assert_eq(seen.eligible, 2, "the checks took it out");
    datapath_bed_request(&bed, SEC(1));
    datapath_bed_ends_conserved(&bed);
    cr_assert_eq(seen.sent, seen.ended);
}

Test(proxy_weights, leave_their_memory_to_the_next_generation)
{
    bed_begin(2);
    cr_assert_eq(datapath_bed_apply(&bed, 1), ST_OK);
    void *memory = seen.memory;
    cr_assert_eq(datapath_bed_apply(&bed, 2), ST_OK);
    cr_assert_eq(seen.memory, memory);
    cr_assert_eq(seen.changed, 2);
    cr_assert_eq(seen.released, 0);
    datapath_bed_set_policy(&bed, "roundrobin");
    cr_assert_eq(datapath_bed_apply(&bed, 3), ST_OK);
    cr_assert_eq(seen.released, 1, "another policy");
    bed.service.policy = &noting;
    cr_assert_eq(datapath_bed_apply(&bed, 4), ST_OK);
    bed.service.name = "other_1";
    cr_assert_eq(datapath_bed_apply(&bed, 5), ST_OK);
    cr_assert_eq(seen.released, 2, "another service");
    fake_proxy_power_off(bed.proxy);
    cr_assert_eq(seen.released, 3);
    datapath_bed_close(&bed);
}

Test(proxy_weights, rise_in_steps_in_a_slow_start)
{
    bed_begin(3);
    bed.service.slow_start_ns = SEC(32);
    bed.endpoints[2].weight = 10;
    bed.endpoints_count = 2;
    cr_assert_eq(datapath_bed_apply(&bed, 1), ST_OK);
    cr_assert_eq(seen.weights[1], ENV_BALANCE_WEIGHT_SCALE, "the first generation is not slow");
    bed.endpoints_count = 3;
    cr_assert_eq(datapath_bed_apply(&bed, 2), ST_OK);
    cr_assert_eq(seen.weights[0], ENV_BALANCE_WEIGHT_SCALE);
    cr_assert_eq(seen.weights[2], 10, "a sixteenth");
    const uint64_t events = bed.world->events_fired;
    for (uint32_t i = 0; i < 1000; i++) {
        datapath_bed_request(&bed, SEC(60));
    }
    uint32_t last = 10;
    for (uint32_t second = 1; second < 32; second++) {
        datapath_bed_wait(&bed, SEC(1));
        cr_assert(seen.weights[2] >= last && seen.weights[2] <= 10 + second * 5);
        cr_assert(seen.weights[2] + 10 >= 10 + second * 5 - 10, "at second %u", second);
        last = seen.weights[2];
    }
    datapath_bed_wait(&bed, SEC(1));
    cr_assert_eq(seen.weights[2], 10 * ENV_BALANCE_WEIGHT_SCALE);
    cr_assert(bed.world->events_fired - events < 1000 + 40, "one event a step");
    datapath_bed_ends_conserved(&bed);
}

Test(proxy_weights, that_are_static_never_rise)
{
    static struct env_balance_policy fixed;
    bed_begin(2);
    fixed = noting;
    fixed.weights_static = true;
    bed.service.policy = &fixed;
    bed.service.slow_start_ns = SEC(32);
    bed.endpoints_count = 1;
    cr_assert_eq(datapath_bed_apply(&bed, 1), ST_INVALID, "it says what it cannot do");
    bed.endpoints_count = 2;
    cr_assert_eq(datapath_bed_apply(&bed, 2), ST_INVALID);
    cr_assert_eq(seen.weights[1], ENV_BALANCE_WEIGHT_SCALE, "and serves without");
    datapath_bed_request(&bed, SEC(1));
    datapath_bed_ends_conserved(&bed);
    cr_assert_eq(bed.outcomes[REQUEST_OK], 1);
}

Test(proxy_weights, rise_again_after_a_server_was_down)
{
    bed_begin(2);
    bed.service.slow_start_ns = SEC(20);
    bed.service.check_interval_ns = SEC(1);
    bed.service.check_fall = 1;
    cr_assert_eq(datapath_bed_apply(&bed, 1), ST_OK);
    instance_end(bed.world, &bed.instances[0]);
    datapath_bed_wait(&bed, SEC(3));
    cr_assert_eq(seen.eligible, 1);
    datapath_bed_instance_start(&bed, 0);
    datapath_bed_wait(&bed, SEC(3));
    cr_assert_eq(seen.eligible, 2);
    cr_assert(seen.weights[0] <= 3);
    cr_assert_eq(datapath_bed_apply(&bed, 2), ST_OK);
    datapath_bed_wait(&bed, SEC(8));
    cr_assert(seen.weights[0] >= 7 && seen.weights[0] <= 10, "generations do not disturb it");
    bed.service.slow_start_ns = 0;
    cr_assert_eq(datapath_bed_apply(&bed, 3), ST_OK);
    cr_assert_eq(seen.weights[0], ENV_BALANCE_WEIGHT_SCALE);
    datapath_bed_ends_conserved(&bed);
}

Test(proxy_weights, let_a_server_in_slow_start_have_fewer_open)
{
    bed_begin(2);
    bed.behavior.service_time.a_ns = SEC(30);
    bed.service.slow_start_ns = SEC(16);
    bed.service.resilience.server_requests_max = 16;
    bed.endpoints_count = 1;
    cr_assert_eq(datapath_bed_apply(&bed, 1), ST_OK);
    bed.endpoints_count = 2;
    cr_assert_eq(datapath_bed_apply(&bed, 2), ST_OK);
    for (uint32_t i = 0; i < 40; i++) {
        datapath_bed_request(&bed, SEC(600));
    }
    cr_assert_eq(instance_open(&bed.instances[0]), 16);
    cr_assert_eq(instance_open(&bed.instances[1]), 1);
    datapath_bed_wait(&bed, SEC(4));
    cr_assert(instance_open(&bed.instances[1]) >= 4 && instance_open(&bed.instances[1]) <= 5);
    datapath_bed_wait(&bed, MIN(3));
    datapath_bed_ends_conserved(&bed);
    cr_assert_eq(bed.outcomes[REQUEST_OK], 40);
}

Test(proxy_zones, go_first_when_they_are_the_proxys_own)
{
    bed_begin(4);
    bed.service.zone_affinity = true;
    bed.apply.zone = 2;
    bed.endpoints[0].zone = 1;
    bed.endpoints[1].zone = 2;
    bed.endpoints[2].zone = 2;
    cr_assert_eq(datapath_bed_apply(&bed, 1), ST_OK);
    cr_assert_eq(seen.eligible, 2);
    datapath_bed_request(&bed, SEC(1));
    cr_assert_eq(instance_open(&bed.instances[1]), 1);
    bed.endpoints[1].draining = true;
    cr_assert_eq(datapath_bed_apply(&bed, 2), ST_OK);
    cr_assert_eq(seen.eligible, 1);
    bed.endpoints[2].leaving = true;
    cr_assert_eq(datapath_bed_apply(&bed, 3), ST_OK);
    cr_assert_eq(seen.eligible, 2, "other zones and unknown ones");
    bed.endpoints[2].leaving = false;
    cr_assert_eq(datapath_bed_apply(&bed, 4), ST_OK);
    cr_assert_eq(seen.eligible, 1);
    bed.apply.zone = 0; /* the proxy does not know its own */
    cr_assert_eq(datapath_bed_apply(&bed, 5), ST_OK);
    cr_assert_eq(seen.eligible, 3);
    datapath_bed_ends_conserved(&bed);
}

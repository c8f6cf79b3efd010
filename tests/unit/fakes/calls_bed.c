/* tests/unit/fakes/calls_bed.c - wiring for tests of apps that call apps. */
#include "tests/unit/fakes/calls_bed.h"

#include <criterion/criterion.h>

#include "platform/balancer/policy.h"

static const char *const app_ids[CALLS_APPS] = { "/front", "/a", "/b" };
static const char *const app_names[CALLS_APPS] = { "front_80", "a_80", "b_80" };

static void
calls_bed_done(void *context, struct world_request *request, enum request_outcome outcome,
               int64_t latency_ns)
{
    struct calls_bed *bed = context;
    (void)request;
    bed->outcomes[outcome]++;
    bed->ended++;
    bed->last_outcome = outcome;
    bed->last_latency_ns = latency_ns;
    bed->last_at_ns = world_now(bed->world);
}

static void
calls_bed_applied(struct env_op *op)
{
    struct calls_bed *bed =
        container_of(container_of(op, struct env_proxy_apply, op), struct calls_bed, apply);
    ASSERT(op->status == ST_OK);
    bed->applied_count++;
}

void
calls_bed_service_ns(struct calls_bed *bed, int app, int64_t service_ns)
{
    bed->behaviors[app].service_time = (struct dist){ .kind = DIST_CONSTANT, .a_ns = service_ns };
}

void
calls_bed_open(struct calls_bed *bed, uint64_t seed, const struct fake_proxy_options *options)
{
    static const struct fake_proxy_options no_hop = { .hop_ns = FAKE_PROXY_HOP_NONE };
    *bed = (struct calls_bed){ .ended = 0 };
    bed->world = test_world_open(seed);
    bed->datapath = fake_datapath_open(bed->world, options != NULL ? options : &no_hop, 100000);
    bed->world->datapath = bed->datapath;
    (void)fake_datapath_client_add(bed->datapath, calls_bed_done, bed);
    const struct env_request request = { .method = "GET", .host = "/front", .path = "/" };
    bed->target = fake_datapath_target(bed->datapath, &request);
    for (int i = 0; i < CALLS_APPS; i++) {
        bed->behaviors[i] = behavior_default;
        calls_bed_service_ns(bed, i, MS(i == CALLS_FRONT ? 5 : 10 * i));
    }
    bed->behaviors[CALLS_FRONT].stages = bed->stages;
}

static struct behavior_call *
calls_bed_fill(struct behavior_call *call, int to)
{
    *call = (struct behavior_call){ .to = app_ids[to], .path = "/", .probability_ppm = PPM };
    return call;
}

struct behavior_call *
calls_bed_call(struct calls_bed *bed, int to)
{
    const uint32_t stage = bed->behaviors[CALLS_FRONT].stages_count++;
    ASSERT(stage < CALLS_STAGES_MAX);
    bed->stages[stage] =
        (struct behavior_stage){ .calls = bed->calls[stage], .calls_count = 1 };
    return calls_bed_fill(&bed->calls[stage][0], to);
}

struct behavior_call *
calls_bed_also(struct calls_bed *bed, int to)
{
    const uint32_t stage = bed->behaviors[CALLS_FRONT].stages_count - 1;
    ASSERT(bed->stages[stage].calls_count == 1);
    bed->stages[stage].calls_count = 2;
    return calls_bed_fill(&bed->calls[stage][1], to);
}

void
calls_bed_instance_start(struct calls_bed *bed, int app)
{
    const uint32_t node = 1 + (uint32_t)app;
    bed->addresses[app] =
        (struct instance_address){ .ipv4 = test_world_ipv4(node), .port = 31000 };
    instance_init(&bed->instances[app], bed->world, 100 + node, node, &bed->behaviors[app]);
    bed->instances[app].service.watched = true;
    instance_listen(bed->world, &bed->instances[app], &bed->addresses[app], 1);
    bed->endpoints[app] = (struct env_endpoint){ .id = 100 + node,
                                                 .ipv4 = bed->addresses[app].ipv4,
                                                 .port = 31000,
                                                 .weight = 1 };
    bed->services[app] = (struct env_service){ .name = app_names[app],
                                               .app = app_ids[app],
                                               .vhosts = "",
                                               .path = "",
                                               .http = true,
                                               .external = app == CALLS_FRONT,
                                               .endpoints = &bed->endpoints[app],
                                               .endpoints_count = 1 };
    bed->services[app].policy =
        balance_policy_find("roundrobin", &bed->services[app].policy_argument);
}

void
calls_bed_start(struct calls_bed *bed)
{
    for (int i = 0; i < CALLS_APPS; i++) {
        calls_bed_instance_start(bed, i);
    }
    bed->apply.op.done = calls_bed_applied;
    bed->apply.services = bed->services;
    bed->apply.services_count = CALLS_APPS;
    bed->apply.generation = 1;
    for (uint32_t node = 0; node < CALLS_PROXIES; node++) {
        bed->proxies[node] = fake_proxy_open(bed->datapath, node, node == 0);
        fake_proxy_port_init(
            &bed->ports[node], bed->proxies[node],
            test_world_process(bed->world, env_address_of(ENV_PROCESS_EDGE, node), node));
        env_proxy_apply(&bed->ports[node].base, &bed->apply);
        while (bed->applied_count == node) {
            ASSERT(test_world_step(bed->world));
        }
    }
}

void
calls_bed_close(struct calls_bed *bed)
{
    for (int i = 0; i < CALLS_APPS; i++) {
        instance_forget(&bed->instances[i]);
    }
    fake_datapath_close(bed->datapath);
    test_world_close(bed->world);
}

uint32_t
calls_bed_arrived(const struct calls_bed *bed, int app)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < bed->world->facts.count; i++) {
        const struct world_fact *fact = vec_at(&bed->world->facts, i);
        count += fact->kind == WORLD_REQUEST_WATCHED && fact->token == 101 + (uint64_t)app;
    }
    return count;
}

void
calls_bed_request(struct calls_bed *bed, int64_t patience_ns)
{
    struct world_request *request = world_request_new(bed->world);
    ASSERT(request != NULL);
    request->arrived_at_ns = world_now(bed->world);
    request->deadline_at_ns =
        patience_ns == INT64_MAX ? INT64_MAX : request->arrived_at_ns + patience_ns;
    bed->sent++;
    fake_proxy_request(bed->proxies[0], bed->target, request);
}

void
calls_bed_run(struct calls_bed *bed, int64_t for_ns)
{
    test_world_run_until(bed->world, bed->world->now_ns + for_ns);
}

void
calls_bed_ask(struct calls_bed *bed, int64_t patience_ns)
{
    calls_bed_request(bed, patience_ns);
    const uint32_t before = bed->ended;
    while (bed->ended == before) {
        cr_assert(test_world_step(bed->world));
    }
}

void
calls_bed_close_empty(struct calls_bed *bed)
{
    test_world_run(bed->world, UINT64_MAX);
    cr_assert_eq(bed->ended, bed->sent);
    cr_assert_eq(fake_datapath_requests_open(bed->datapath), 0, "every call is given back");
    calls_bed_close(bed);
}

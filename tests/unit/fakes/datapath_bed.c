/* tests/unit/fakes/datapath_bed.c - wiring for tests of the modelled data path. */
#include <criterion/criterion.h>

#include "tests/unit/fakes/datapath_bed.h"

#include "platform/balancer/policy.h"

static void
datapath_bed_done(void *context, struct world_request *request, enum request_outcome outcome,
         int64_t latency_ns)
{
    struct bed *bed = context;
    (void)request;
    bed->outcomes[outcome]++;
    bed->ended++;
    bed->last_outcome = outcome;
    bed->last_latency_ns = latency_ns;
}

static void
datapath_bed_applied(struct env_op *op)
{
    struct bed *bed = container_of(container_of(op, struct env_proxy_apply, op), struct bed, apply);
    bed->applied_count++;
}

static void
datapath_bed_opened(struct env_op *op)
{
    struct bed *bed = container_of(container_of(op, struct env_proxy_open, op), struct bed, open);
    bed->opened_count++;
}

static void
datapath_bed_asked(struct env_op *op)
{
    struct bed *bed = container_of(container_of(op, struct env_proxy_stats, op), struct bed, ask);
    bed->asked_count++;
}

void
datapath_bed_instance_start(struct bed *bed, uint32_t index)
{
    struct instance *instance = &bed->instances[index];
    bed->addresses[index] = (struct instance_address){ .ipv4 = test_world_ipv4(1 + index),
                                                       .port = (uint16_t)(31000 + index) };
    instance_init(instance, bed->world, 100 + index, 1 + index, &bed->behavior);
    instance_listen(bed->world, instance, &bed->addresses[index], 1);
}

struct behavior *
datapath_bed_own_behavior(struct bed *bed, uint32_t index)
{
    bed->own[index] = bed->behavior;
    bed->instances[index].behavior = &bed->own[index];
    return &bed->own[index];
}

void
datapath_bed_set_policy(struct bed *bed, const char *label)
{
    bed->service.policy = balance_policy_find(label, &bed->service.policy_argument);
    ASSERT(bed->service.policy != NULL);
}

uint32_t
datapath_bed_target(struct bed *bed, const char *host, const char *path)
{
    const struct env_request request = { .method = "GET", .host = host, .path = path };
    return fake_datapath_target(bed->datapath, &request);
}

void
datapath_bed_open(struct bed *bed, uint64_t seed, uint32_t instances,
         const struct fake_proxy_options *options)
{
    *bed = (struct bed){ .behavior = behavior_default, .endpoints_count = instances };
    bed->world = test_world_open(seed);
    bed->datapath = fake_datapath_open(bed->world, options, 100000);
    bed->world->datapath = bed->datapath;
    (void)fake_datapath_client_add(bed->datapath, datapath_bed_done, bed);
    bed->proxy = fake_proxy_open(bed->datapath, 0, true);
    bed->process =
        test_world_process(bed->world, env_address_of(ENV_PROCESS_EDGE, 0), 0);
    fake_proxy_port_init(&bed->port, bed->proxy, bed->process);
    bed->target = datapath_bed_target(bed, "web.example.com", "/");
    bed->apply.op.done = datapath_bed_applied;
    bed->open.op.done = datapath_bed_opened;
    bed->ask = (struct env_proxy_stats){ .op.done = datapath_bed_asked,
                                         .ret_stats = bed->stats,
                                         .stats_max = BED_INSTANCES_MAX };
    bed->service = (struct env_service){ .name = "web_10000",
                                         .app = "/web",
                                         .vhosts = "web.example.com",
                                         .path = "",
                                         .http = true,
                                         .external = true };
    datapath_bed_set_policy(bed, "roundrobin");
    for (uint32_t i = 0; i < instances; i++) {
        datapath_bed_instance_start(bed, i);
        bed->endpoints[i] = (struct env_endpoint){ .id = 100 + i,
                                                   .ipv4 = test_world_ipv4(1 + i),
                                                   .port = (uint16_t)(31000 + i),
                                                   .weight = 1 };
    }
}

void
datapath_bed_close(struct bed *bed)
{
    fake_datapath_close(bed->datapath);
    test_world_close(bed->world);
}

enum status
datapath_bed_apply(struct bed *bed, uint64_t generation)
{
    const uint32_t before = bed->applied_count;
    bed->service.endpoints = bed->endpoints;
    bed->service.endpoints_count = bed->endpoints_count;
    bed->apply.generation = generation;
    bed->apply.services = &bed->service;
    bed->apply.services_count = 1;
    env_proxy_apply(&bed->port.base, &bed->apply);
    ASSERT(bed->applied_count == before);
    while (bed->applied_count == before) {
        ASSERT(test_world_step(bed->world));
    }
    return bed->apply.op.status;
}

uint32_t
datapath_bed_ask_open(struct bed *bed, uint32_t index)
{
    const uint32_t before = bed->opened_count;
    bed->open.endpoint_id = 100 + index;
    env_proxy_open(&bed->port.base, &bed->open);
    while (bed->opened_count == before) {
        ASSERT(test_world_step(bed->world));
    }
    return bed->open.op.status == ST_OK ? bed->open.ret_open : UINT32_MAX;
}

enum status
datapath_bed_ask_stats(struct bed *bed)
{
    const uint32_t before = bed->asked_count;
    env_proxy_stats(&bed->port.base, &bed->ask);
    ASSERT(bed->asked_count == before);
    while (bed->asked_count == before) {
        ASSERT(test_world_step(bed->world));
    }
    return bed->ask.op.status;
}

uint32_t
datapath_bed_request(struct bed *bed, int64_t patience_ns)
{
    struct world_request *request = world_request_new(bed->world);
    ASSERT(request != NULL);
    const uint32_t index = request->index;
    request->client = bed->client;
    request->arrived_at_ns = world_now(bed->world);
    request->deadline_at_ns = request->arrived_at_ns + patience_ns;
    request->key_hash = index;
    request->session = bed->session;
    request->parent = bed->parent;
    bed->sent++;
    fake_proxy_request(bed->proxy, bed->target, request);
    return index;
}

void
datapath_bed_wait(struct bed *bed, int64_t for_ns)
{
    test_world_run_until(bed->world, bed->world->now_ns + for_ns);
}

void
datapath_bed_ends_conserved(struct bed *bed)
{
    datapath_bed_wait(bed, MIN(1));
    cr_assert_eq(bed->ended, bed->sent);
    cr_assert_eq(fake_datapath_requests_open(bed->datapath), 0);
    datapath_bed_close(bed);
}

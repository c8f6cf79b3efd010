/*
 * tests/unit/fakes/test_proxy_history.c
 *
 * Goal:   whatever happens to a modelled proxy, every request ends exactly once for its client,
 *         none is lost at an instance, and the same seed tells the same history.
 * Method: random histories: generations with every feature switched on and off, services renamed,
 *         split and gone, instances that die, return, are slow or broken, cuts, power cycles,
 *         clients that leave at their deadline or try again at once. Each request has a ticket,
 *         whose end is noted once.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "platform/balancer/policy.h"
#include "platform/base/record.h"
#include "tests/unit/fakes/datapath_bed.h"

enum { INSTANCES = 5, EDGES = 2, STEPS = 3000, TICKETS_MAX = 40000, SEEDS = 12, AGAIN_MAX = 2 };

enum ticket_state { TICKET_UNUSED, TICKET_OPEN, TICKET_ENDED };

struct history {
    struct bed             bed;
    struct rng             rng;
    struct fake_proxy     *edges[EDGES];
    struct fake_proxy_port ports[EDGES];
    struct env_proxy_apply applies[EDGES];
    bool                   applying[EDGES];
    bool                   power[EDGES];
    bool                   alive[INSTANCES];
    uint64_t               generation;
    uint32_t               client;
    uint32_t               targets[3];
    uint32_t               tickets_count;
    uint8_t                tickets[TICKETS_MAX];
    uint8_t                again[TICKETS_MAX];
    uint32_t               requests[TICKETS_MAX]; /* index */
    uint32_t               outcomes[REQUEST_OUTCOME_COUNT];
    uint64_t               hash;
};

static struct history history;

static uint32_t
below(uint32_t bound)
{
    return rng_below(&history.rng, bound);
}

static bool
chance(uint32_t percent)
{
    return below(100) < percent;
}

/* --- the client --- */

static void
ticket_end(uint32_t ticket, enum request_outcome outcome, int64_t latency_ns)
{
    cr_assert_lt(ticket, history.tickets_count);
    cr_assert_eq(history.tickets[ticket], TICKET_OPEN, "ticket %u ends twice", ticket);
    cr_assert(latency_ns >= 0);
    history.tickets[ticket] = TICKET_ENDED;
    history.outcomes[outcome]++;
    history.hash = hash_step(history.hash, (uint64_t)latency_ns << 4 | outcome);
}

static void
client_leaves(struct world *world, void *context, uint64_t argument)
{
    (void)context;
    const uint32_t ticket = (uint32_t)argument;
    if (history.tickets[ticket] == TICKET_OPEN) {
        struct world_request *request = world_request_at(world, history.requests[ticket]);
        cr_assert_eq(request->ticket, ticket, "the client's request stays the client's");
        request->client_gone = true;
        ticket_end(ticket, REQUEST_TIMEOUT, request->deadline_at_ns - request->arrived_at_ns);
    }
}

static void
client_request(uint8_t again)
{
    struct world *world = history.bed.world;
    const uint32_t edge = below(EDGES);
    struct world_request *request = world_request_new(world);
    if (history.tickets_count == TICKETS_MAX || request == NULL) {
        cr_assert_null(request);
        return;
    }
    const uint32_t ticket = history.tickets_count++;
    const int64_t patience_ns = MS(1 + below(300));
    request->client = history.client;
    request->ticket = ticket;
    request->session = chance(50) ? 1 + below(20) : 0;
    request->key_hash = below(50);
    request->arrived_at_ns = world_now(world);
    request->deadline_at_ns = chance(90) ? request->arrived_at_ns + patience_ns : INT64_MAX;
    history.tickets[ticket] = TICKET_OPEN;
    history.again[ticket] = again;
    history.requests[ticket] = request->index;
    if (request->deadline_at_ns != INT64_MAX) {
        (void)world_at(world, request->deadline_at_ns, WORLD_CLASS_REQUEST, NULL, client_leaves,
                       NULL, ticket);
    }
    fake_proxy_request(history.edges[edge], history.targets[below(3)], request);
}

static void
client_done(void *context, struct world_request *request, enum request_outcome outcome,
            int64_t latency_ns)
{
    (void)context;
    const uint32_t ticket = request->ticket;
    cr_assert_eq(history.requests[ticket], request->index);
    ticket_end(ticket, outcome, latency_ns);
    if (outcome != REQUEST_OK && history.again[ticket] < AGAIN_MAX && chance(30)) {
        client_request((uint8_t)(history.again[ticket] + 1));
    }
}

/* --- what happens --- */

static void
history_applied(struct env_op *op)
{
    struct env_proxy_apply *apply = container_of(op, struct env_proxy_apply, op);
    history.applying[apply - history.applies] = false;
}

static void
service_shuffle(struct env_service *service, struct env_endpoint *endpoints)
{
    static const char *const policies[] = { "roundrobin", "leastconn", "random(2)", "source",
                                            "p2c", "uri" };
    service->policy = balance_policy_find(policies[below(COUNT_OF(policies))],
                                          &service->policy_argument);
    service->sticky = chance(50);
    service->zone_affinity = chance(30);
    service->slow_start_ns = chance(30) ? SEC(below(5)) : 0;
    service->check_interval_ns = chance(40) ? MS(50) : 0;
    service->check_fall = 1 + below(3);
    service->resilience = (struct env_resilience){
        .attempt_timeout_ns = chance(50) ? MS(1 + below(80)) : 0,
        .retries = chance(50) ? below(5) : 0,
        .budget_ppm = chance(50) ? below(PPM) : 0,
        .budget_min_per_s = below(5),
        .eject_failures = chance(50) ? 1 + below(4) : 0,
        .eject_ns = MS(1 + below(200)),
        .eject_max_ns = MS(below(1000)),
        .server_requests_max = chance(50) ? 1 + below(4) : 0,
        .queue_max = chance(50) ? 1 + below(20) : 0,
        .queue_timeout_ns = chance(50) ? MS(1 + below(100)) : 0,
    };
    service->endpoints = endpoints;
    service->endpoints_count = 0;
    for (uint32_t i = 0; i < INSTANCES; i++) {
        if (chance(80)) {
            struct env_endpoint *endpoint = &endpoints[service->endpoints_count++];
            *endpoint = history.bed.endpoints[i];
            endpoint->weight = (uint16_t)(1 + below(3));
            endpoint->draining = chance(10);
            endpoint->leaving = chance(10);
            endpoint->zone = (uint8_t)below(3);
        }
    }
}

static void
happens_generation(uint32_t edge)
{
    static const char *const names[] = { "blue_1", "green_1", "red_1" };
    struct env_service services[2];
    struct env_endpoint endpoints[2][INSTANCES];
    if (history.applying[edge]) {
        return;
    }
    const uint32_t first = below(3);
    for (uint32_t i = 0; i < 2; i++) {
        services[i] = history.bed.service;
        services[i].name = names[(first + i) % 3];
        services[i].vhosts = i == 0 ? "web.example.com" : "api.example.com";
        service_shuffle(&services[i], endpoints[i]);
    }
    if (chance(60)) { /* to the second, to one that is not there, or to itself */
        services[0].split_to = names[chance(80) ? (first + 1) % 3 : below(3)];
        services[0].split_ppm = chance(20) ? below(2) * PPM : below(PPM + 1);
    }
    struct env_proxy_apply *apply = &history.applies[edge];
    apply->op = (struct env_op){ .done = history_applied };
    apply->generation = ++history.generation;
    apply->services = services;
    apply->services_count = chance(90) ? 2 : below(2);
    apply->zone = (uint8_t)below(3);
    history.applying[edge] = true;
    env_proxy_apply(&history.ports[edge].base, apply);
}

static void
happens_power(uint32_t edge)
{
    history.power[edge] = !history.power[edge];
    if (history.power[edge]) {
        fake_proxy_power_on(history.edges[edge]);
    } else {
        fake_proxy_power_off(history.edges[edge]);
    }
}

static void
happens_instance(uint32_t index)
{
    struct bed *bed = &history.bed;
    history.alive[index] = !history.alive[index];
    if (!history.alive[index]) {
        instance_end(bed->world, &bed->instances[index]);
        return;
    }
    datapath_bed_instance_start(bed, index);
    struct behavior *behavior = datapath_bed_own_behavior(bed, index);
    behavior->concurrency = 1 + below(8);
    behavior->queue_max = below(20);
    behavior->errors_ppm = chance(30) ? below(PPM + 1) : 0;
    behavior->service_time = (struct dist){ .kind = DIST_EXPONENTIAL, .a_ns = MS(1 + below(60)) };
}

static void
happens_something(void)
{
    const uint32_t what = below(1000);
    if (what < 900) {
        client_request(0);
    } else if (what < 940) {
        happens_generation(below(EDGES));
    } else if (what < 945) {
        happens_power(below(EDGES));
    } else if (what < 985) {
        happens_instance(below(INSTANCES));
    } else {
        test_world_set_cut(history.bed.world, below(EDGES) * 40, 1 + below(INSTANCES), chance(30));
    }
}

/* --- a history from begin to end --- */

static void
history_begin(uint64_t seed)
{
    memset(&history, 0, sizeof history);
    struct bed *bed = &history.bed;
    datapath_bed_open(bed, seed, INSTANCES, NULL);
    rng_init(&history.rng, seed, 0, "history");
    history.client = fake_datapath_client_add(bed->datapath, client_done, NULL);
    history.edges[0] = bed->proxy;
    history.edges[1] = fake_proxy_open(bed->datapath, 40, true);
    for (uint32_t i = 0; i < EDGES; i++) {
        fake_proxy_port_init(&history.ports[i], history.edges[i], bed->process);
        history.power[i] = true;
        happens_generation(i);
    }
    for (uint32_t i = 0; i < INSTANCES; i++) {
        history.alive[i] = true;
    }
    history.targets[0] = datapath_bed_target(bed, "web.example.com", "/");
    history.targets[1] = datapath_bed_target(bed, "api.example.com", "/a");
    history.targets[2] = datapath_bed_target(bed, "/web", "/");
}

/* All that is broken is mended, and nobody comes any more. */
static void
history_settle(void)
{
    struct world *world = history.bed.world;
    for (uint32_t i = 0; i < INSTANCES; i++) {
        for (uint32_t edge = 0; edge < EDGES; edge++) {
            test_world_set_cut(world, edge * 40, 1 + i, false);
        }
        if (!history.alive[i]) {
            happens_instance(i);
        }
    }
    test_world_run_until(world, world->now_ns + MIN(10));
    for (uint32_t i = 0; i < EDGES; i++) {
        if (!history.power[i]) {
            happens_power(i);
        }
        happens_generation(i);
    }
    test_world_run_until(world, world->now_ns + MIN(10));
}

static uint64_t
history_run(uint64_t seed)
{
    history_begin(seed);
    struct world *world = history.bed.world;
    for (uint32_t i = 0; i < STEPS; i++) {
        test_world_run_until(world, world->now_ns + (int64_t)below((uint32_t)MS(4)));
        happens_something();
    }
    history_settle();
    for (uint32_t ticket = 0; ticket < history.tickets_count; ticket++) {
        cr_assert_eq(history.tickets[ticket], TICKET_ENDED, "seed %u: ticket %u never ended",
                     (uint32_t)seed, ticket);
    }
    cr_assert_eq(fake_datapath_requests_open(history.bed.datapath), 0, "seed %u", (uint32_t)seed);
    for (uint32_t edge = 0; edge < EDGES; edge++) {
        for (uint32_t i = 0; i < INSTANCES; i++) {
            cr_assert_eq(fake_proxy_endpoint_open(history.edges[edge], 100 + i), 0);
        }
    }
    datapath_bed_close(&history.bed);
    return history.hash;
}

Test(proxy_history, ends_every_request_once)
{
    uint64_t outcomes[REQUEST_OUTCOME_COUNT] = { 0 };
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        (void)history_run(seed);
        for (uint32_t i = 0; i < REQUEST_OUTCOME_COUNT; i++) {
            outcomes[i] += history.outcomes[i];
        }
    }
    static const enum request_outcome wanted[] = { REQUEST_OK,      REQUEST_ERROR,
                                                   REQUEST_TIMEOUT, REQUEST_RESET,
                                                   REQUEST_REFUSED, REQUEST_NO_SERVER,
                                                   REQUEST_NO_ROUTE };
    for (uint32_t i = 0; i < COUNT_OF(wanted); i++) {
        cr_assert(outcomes[wanted[i]] >= SEEDS, "outcome %u hardly ever happens", wanted[i]);
    }
}

Test(proxy_history, is_told_by_its_seed)
{
    const uint64_t first = history_run(77);
    cr_assert_eq(history_run(77), first);
    cr_assert_neq(history_run(78), first);
}

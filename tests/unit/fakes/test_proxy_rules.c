/*
 * tests/unit/fakes/test_proxy_rules.c
 *
 * Goal:   a request reaches the service that its host, path, port or name means from where it
 *         comes, or the answer that the service's rules or the gateway have for it.
 * Method: one generation of several services with an instance each; a gateway of the test's own
 *         with one route, which counts.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "platform/base/arena.h"
#include "platform/base/memory.h"
#include "tests/unit/fakes/datapath_bed.h"

static struct bed bed;

enum { SERVICES_MAX = 8 };
static struct env_service  services[SERVICES_MAX];
static struct env_endpoint endpoints[SERVICES_MAX];

/* Service i has instance i alone. */
static void
bed_begin(uint32_t count)
{
    datapath_bed_open(&bed, 11, count, NULL);
    for (uint32_t i = 0; i < count; i++) {
        static const char *const names[SERVICES_MAX] = { "a_1", "b_2", "c_3", "d_4",
                                                         "e_5", "f_6", "g_7", "h_8" };
        endpoints[i] = bed.endpoints[i];
        services[i] = bed.service;
        services[i].name = names[i];
        services[i].app = "/none";
        services[i].vhosts = "";
        services[i].endpoints = &endpoints[i];
        services[i].endpoints_count = 1;
    }
}

static void
bed_apply(uint64_t generation, uint32_t count)
{
    const uint32_t before = bed.applied_count;
    bed.apply.generation = generation;
    bed.apply.services = services;
    bed.apply.services_count = count;
    env_proxy_apply(&bed.port.base, &bed.apply);
    while (bed.applied_count == before) {
        cr_assert(test_world_step(bed.world));
    }
    cr_assert_eq(bed.apply.op.status, ST_OK);
}

/* The service that answers, or UINT32_MAX. */
static uint32_t
ask_with(const struct env_request *request)
{
    uint32_t before[SERVICES_MAX];
    for (uint32_t i = 0; i < SERVICES_MAX; i++) {
        before[i] = instance_open(&bed.instances[i]);
    }
    bed.target = fake_datapath_target(bed.datapath, request);
    datapath_bed_request(&bed, SEC(10));
    for (uint32_t i = 0; i < SERVICES_MAX; i++) {
        if (instance_open(&bed.instances[i]) > before[i]) {
            return i;
        }
    }
    return UINT32_MAX;
}

static uint32_t
ask(const char *host, const char *path)
{
    return ask_with(&(struct env_request){ .method = "GET", .host = host, .path = path });
}

Test(proxy_routes, match_higher_ranks_before_longer_paths)
{
    bed_begin(3);
    services[0].vhosts = "web.example.com";
    services[1].vhosts = "web.example.com";
    services[1].path = "/shop";
    services[2].vhosts = "web.example.com";
    services[2].path = "/";
    bed_apply(1, 3);
    cr_assert_eq(ask("web.example.com", "/shop/1"), 1);
    cr_assert_eq(ask("WEB.example.com", "/other"), 2);
    services[0].rank = 1;
    bed_apply(2, 3);
    cr_assert_eq(ask("web.example.com", "/shop/1"), 0);
    datapath_bed_ends_conserved(&bed);
}

Test(proxy_routes, let_clients_outside_reach_external_services_only)
{
    bed_begin(2);
    services[0].vhosts = "a.example.com";
    services[0].external = false;
    services[0].app = "/a";
    services[1].vhosts = "a.example.com,b.example.com";
    services[1].names = "b.marathon.l4lb.thisdcos.directory:80";
    bed_apply(1, 2);
    cr_assert_eq(ask("a.example.com", "/"), 1);
    cr_assert_eq(ask("b.marathon.l4lb.thisdcos.directory:80", "/"), UINT32_MAX);
    cr_assert_eq(bed.last_outcome, REQUEST_NO_ROUTE);
    cr_assert_eq(ask("/a", "/"), 0, "an app's id means its first service for everybody");
    datapath_bed_ends_conserved(&bed);
}

Test(proxy_routes, know_a_service_by_its_port)
{
    bed_begin(2);
    services[0].port = 10000;
    services[1].port = 10001;
    services[1].vhosts = "edge.example.com";
    bed_apply(1, 2);
    cr_assert_eq(ask("edge.example.com:10000", "/"), 0);
    cr_assert_eq(ask("edge.example.com:10001", "/"), 1);
    cr_assert_eq(ask("edge.example.com", "/"), 1);
    cr_assert_eq(ask("edge.example.com:80", "/"), 1);
    cr_assert_eq(ask("other.example.com:80", "/"), UINT32_MAX);
    datapath_bed_ends_conserved(&bed);
}

Test(proxy_routes, let_containers_call_by_name)
{
    bed_begin(3);
    services[0].external = false;
    services[0].names = "a.thisdcos.directory:80, a.mesos";
    services[0].port = 10000;
    services[1].external = false;
    services[1].names = "b.thisdcos.directory:80";
    services[2].vhosts = "c.example.com";
    bed_apply(1, 3);
    bed.parent = 1; /* a call of a container on the edge's node */
    cr_assert_eq(ask("a.thisdcos.directory:80", "/"), 0);
    cr_assert_eq(ask("B.thisdcos.directory:80", "/"), 1);
    cr_assert_eq(ask("a.mesos", "/"), 0);
    cr_assert_eq(ask("a.mesos:10000", "/"), 0);
    cr_assert_eq(ask("a.mesos:10001", "/"), UINT32_MAX);
    cr_assert_eq(ask("c.example.com", "/"), 2);
    bed.parent = 0;
    cr_assert_eq(ask("a.mesos", "/"), UINT32_MAX);
    datapath_bed_ends_conserved(&bed);
}

Test(proxy_routes, let_containers_use_the_proxy_of_their_node)
{
    bed_begin(1);
    cr_assert_null(fake_datapath_local(bed.datapath, 0), "not configured yet");
    services[0].external = false;
    services[0].names = "a.mesos";
    struct fake_proxy *inner = fake_proxy_open(bed.datapath, 7, false);
    fake_proxy_port_init(&bed.port, inner, bed.process);
    bed_apply(1, 1);
    cr_assert_eq(fake_datapath_local(bed.datapath, 7), inner);
    cr_assert_null(fake_datapath_local(bed.datapath, 0));
    cr_assert_null(fake_datapath_local(bed.datapath, 8));
    struct rng rng = { .key = 1 };
    cr_assert_null(fake_datapath_pick_edge(bed.datapath, &rng), "clients outside never get it");
    bed.proxy = inner;
    cr_assert_eq(ask("a.mesos", "/"), 0);
    fake_proxy_power_off(inner);
    cr_assert_null(fake_datapath_local(bed.datapath, 7));
    datapath_bed_ends_conserved(&bed);
}

Test(proxy_rules, redirect_what_should_be_https)
{
    bed_begin(1);
    services[0].vhosts = "a.example.com";
    services[0].tls.redirect_to_https = true;
    bed_apply(1, 1);
    cr_assert_eq(ask("a.example.com", "/"), UINT32_MAX, "the proxy answers");
    cr_assert_eq(bed.last_outcome, REQUEST_OK);
    cr_assert_eq(bed.last_latency_ns, 0);
    struct env_request request = {
        .method = "GET", .host = "a.example.com", .path = "/", .https = true
    };
    cr_assert_eq(ask_with(&request), 0);
    bed.parent = 1;
    cr_assert_eq(ask("a.example.com", "/"), 0, "containers speak plainly");
    datapath_bed_ends_conserved(&bed);
}

Test(proxy_rules, let_in_the_networks_that_are_allowed)
{
    static const struct {
        const char *allowed;
        uint32_t    ipv4;
        bool        let_in;
    } cases[] = {
        { "10.0.0.0/8", 0x0A010203, true },
        { "10.0.0.0/8", 0x0B010203, false },
        { "192.168.1.0/24 , 10.1.2.3", 0x0A010203, true },
        { "10.1.2.4", 0x0A010203, false },
        { "10.1.2.3/32", 0x0A010203, true },
        { "0.0.0.0/0", 0x0A010203, true },
        { "0.0.0.0/0", 0, true },
        { "0.0.0.0/8", 0, false }, /* not known where it comes from */
        { "10.1.2", 0x0A010203, false },
        { "10.1.2.300,10.1.2.3/33", 0x0A010203, false },
        { "nonsense", 0x0A010203, false },
    };
    for (uint32_t i = 0; i < COUNT_OF(cases); i++) {
        bed_begin(1);
        services[0].vhosts = "a.example.com";
        services[0].allowed = cases[i].allowed;
        bed_apply(1, 1);
        const struct env_request request = { .method = "GET",
                                             .host = "a.example.com",
                                             .path = "/",
                                             .source_ipv4 = cases[i].ipv4 };
        cr_assert_eq(ask_with(&request), cases[i].let_in ? 0 : UINT32_MAX, "case %u", i);
        datapath_bed_ends_conserved(&bed);
        cr_assert_eq(bed.last_outcome, cases[i].let_in ? REQUEST_OK : REQUEST_DENIED);
    }
}

Test(proxy_rules, let_in_who_knows_the_password)
{
    static const struct {
        const char *password; /* the service's */
        const char *header;
        bool        let_in;
    } cases[] = {
        { "secret", "Basic YW5uOnNlY3JldA==", true },   /* ann:secret */
        { "secret", "basic YW5uOnNlY3JldA==", true },
        { "secret", "Basic YW5uOndyb25n", false },      /* ann:wrong */
        { "secret", "Basic Ym9iOnNlY3JldA==", false },  /* bob:secret */
        { "$6$salt$hash", "Basic YW5uOnNlY3JldA==", true },
        { "$6$salt$hash", "Basic YW5uOg==", false },    /* ann: */
        { "$6$salt$hash", "Basic Ym9iOnNlY3JldA==", false },
        { "secret", "Bearer YW5uOnNlY3JldA==", false },
        { "secret", "Basic", false },
        { "secret", "Basic YW5u", false },              /* ann */
        { "secret", "Basic =YW5uOnNlY3JldA", false },
        { "secret", NULL, false },
    };
    for (uint32_t i = 0; i < COUNT_OF(cases); i++) {
        bed_begin(1);
        services[0].vhosts = "a.example.com";
        services[0].auth_realm = "home";
        services[0].auth_user = "ann";
        services[0].auth_password = cases[i].password;
        bed_apply(1, 1);
        const struct env_header header = { .name = "Authorization", .value = cases[i].header };
        const struct env_request request = { .method = "GET",
                                             .host = "a.example.com",
                                             .path = "/",
                                             .headers = &header,
                                             .headers_count = header.value != NULL ? 1 : 0 };
        cr_assert_eq(ask_with(&request), cases[i].let_in ? 0 : UINT32_MAX, "case %u", i);
        datapath_bed_ends_conserved(&bed);
        cr_assert_eq(bed.last_outcome, cases[i].let_in ? REQUEST_OK : REQUEST_DENIED);
    }
}

/* --- a gateway: one route for one host; answers a status, or counts to a limit --- */

struct counting_gateway {
    struct env_gateway base;
    const char        *host;
    const char        *service;
    uint32_t           limit;
    uint32_t           status;
};

static uint32_t releases;

static uint32_t
counting_match(const struct env_gateway *gateway, const struct env_request *request)
{
    const struct counting_gateway *own = (const struct counting_gateway *)gateway;
    return strcmp(request->host, own->host) == 0 ? 7 : ENV_GATEWAY_NO_ROUTE;
}

static void
counting_admit(const struct env_gateway *gateway, struct env_gateway_state *state, uint32_t route,
               const struct env_request *request, int64_t now_ns,
               struct env_gateway_verdict *ret_verdict)
{
    const struct counting_gateway *own = (const struct counting_gateway *)gateway;
    cr_assert_eq(route, 7);
    cr_assert_eq(now_ns, bed.world->now_ns);
    cr_assert_str_eq(request->host, own->host);
    if (state->memory == NULL) {
        state->memory = memory_alloc_zero(1, sizeof(uint32_t));
    }
    uint32_t *count = state->memory;
    const bool limited = ++*count > own->limit;
    *ret_verdict = (struct env_gateway_verdict){ .status = limited ? 429 : own->status,
                                                 .message = "",
                                                 .service = own->service };
}

static void
counting_release(struct env_gateway_state *state)
{
    memory_free(state->memory);
    state->memory = NULL;
    releases++;
}

static const struct env_gateway *
counting_copy(const struct env_gateway *gateway, struct arena *arena)
{
    struct counting_gateway *copy = ARENA_NEW(arena, struct counting_gateway);
    *copy = *(const struct counting_gateway *)gateway;
    copy->host = arena_strdup(arena, copy->host);
    copy->service = arena_strdup(arena, copy->service);
    return &copy->base;
}

static const struct env_gateway_ops counting_ops = { .match = counting_match,
                                                     .admit = counting_admit,
                                                     .release = counting_release,
                                                     .copy = counting_copy };

static struct counting_gateway gateway;

static void
gateway_begin(void)
{
    bed_begin(2);
    releases = 0;
    services[1].vhosts = "api.example.com,b.example.com";
    gateway = (struct counting_gateway){ .base = { .ops = &counting_ops },
                                         .host = "api.example.com",
                                         .service = "a_1",
                                         .limit = 2 };
    bed.apply.gateway = &gateway.base;
    bed_apply(1, 2);
    gateway.service = "gone"; /* a copy was made */
}

Test(proxy_gateway, sends_what_its_route_admits_to_its_service)
{
    gateway_begin();
    cr_assert_eq(ask("api.example.com", "/"), 0);
    cr_assert_eq(ask("b.example.com", "/"), 1, "no route of the gateway's");
    bed.parent = 1;
    cr_assert_eq(ask("api.example.com", "/"), 1, "containers pass it by");
    datapath_bed_ends_conserved(&bed);
    cr_assert_eq(releases, 1);
}

Test(proxy_gateway, counts_over_generations_and_forgets_without_power)
{
    gateway_begin();
    gateway.service = "a_1";
    cr_assert_eq(ask("api.example.com", "/"), 0);
    bed_apply(2, 2);
    cr_assert_eq(ask("api.example.com", "/"), 0);
    cr_assert_eq(ask("api.example.com", "/"), UINT32_MAX);
    cr_assert_eq(bed.last_outcome, REQUEST_LIMITED);
    fake_proxy_power_off(bed.proxy);
    cr_assert_eq(releases, 1);
    fake_proxy_power_on(bed.proxy);
    bed_apply(3, 2);
    cr_assert_eq(ask("api.example.com", "/"), 0, "counts begin anew");
    bed.apply.gateway = NULL;
    bed_apply(4, 2);
    cr_assert_eq(releases, 2, "no gateway, no counts");
    cr_assert_eq(ask("api.example.com", "/"), 1);
    datapath_bed_ends_conserved(&bed);
}

Test(proxy_gateway, answers_with_the_outcome_of_its_status)
{
    static const struct {
        uint32_t             status;
        enum request_outcome outcome;
    } cases[] = { { 200, REQUEST_OK },     { 401, REQUEST_DENIED },    { 404, REQUEST_DENIED },
                  { 413, REQUEST_DENIED }, { 429, REQUEST_LIMITED },   { 500, REQUEST_ERROR },
                  { 502, REQUEST_ERROR },  { 503, REQUEST_NO_SERVER }, { 301, REQUEST_OK } };
    for (uint32_t i = 0; i < COUNT_OF(cases); i++) {
        gateway_begin();
        gateway.service = "";
        gateway.status = cases[i].status;
        bed_apply(2, 2);
        cr_assert_eq(ask("api.example.com", "/"), UINT32_MAX);
        cr_assert_eq(bed.last_outcome, cases[i].outcome, "status %u", cases[i].status);
        datapath_bed_ends_conserved(&bed);
    }
}

Test(proxy_gateway, has_nobody_behind_a_service_that_is_not_there)
{
    gateway_begin();
    bed_apply(2, 2);
    cr_assert_eq(ask("api.example.com", "/"), UINT32_MAX);
    cr_assert_eq(bed.last_outcome, REQUEST_NO_SERVER);
    datapath_bed_ends_conserved(&bed);
}

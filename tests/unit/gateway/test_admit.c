/*
 * tests/unit/gateway/test_admit.c
 *
 * Goal:   every plugin answers as Kong does, in Kong's order, the most specific setting counting;
 *         what is admitted goes to the service that its host means.
 * Method: small gateways bound to four services; requests, and the verdict of each.
 */
#include "tests/unit/gateway/gateway_bed.h"

#define SERVICES                                                                                   \
    "_format_version: \"3.0\"\n"                                                                   \
    "services:\n- {name: web, host: web.marathon.mesos}\n"                                         \
    "routes:\n- {name: all, service: web, paths: [/]}\n"
#define CONSUMERS                                                                                  \
    "consumers:\n"                                                                                 \
    "- {username: alice, keyauth_credentials: [{key: k-alice}], acls: [{group: staff}]}\n"         \
    "- {username: bob, keyauth_credentials: [{key: 'k bob'}],"                                     \
    " basicauth_credentials: [{username: bob, password: 'p:w'}]}\n"                                \
    "- {username: guest}\n"

#define EXPECT_VERDICT(verdict, code, words)                                                       \
    do {                                                                                           \
        const struct env_gateway_verdict found = (verdict);                                        \
        cr_expect(eq(u32, found.status, code));                                                    \
        cr_expect(eq(str, (char *)found.message, (char *)(words)));                                \
    } while (0)
#define EXPECT_SERVICE(verdict, name)                                                              \
    do {                                                                                           \
        const struct env_gateway_verdict found = (verdict);                                        \
        cr_expect(eq(u32, found.status, 0), "%s", found.message);                                  \
        cr_expect(eq(str, (char *)found.service, (char *)(name)));                                 \
    } while (0)

Test(admit, resolves_a_host_by_name_port_vhost_service_and_app)
{
    static const struct { const char *host; uint32_t port; const char *service; } cases[] = {
        { "web.marathon.mesos", 8080, "web_10000" },
        { "web.marathon.l4lb.thisdcos.directory", 80, "web_10000" },
        { "web.marathon.l4lb.thisdcos.directory", 81, NULL },
        { "api-shop.marathon.mesos", 8080, "api_10001" },
        { "api-shop.marathon.mesos", 80, "api_10001" },
        { "api-shop.marathon.mesos", 9, NULL },
        { "Web.Example.com", 80, "web_10000" },
        { "canary_10002", 80, "canary_10002" },
        { "canary", 80, "canary_10002" },
        { "db.marathon.mesos", 80, NULL }, /* no HTTP */
        { "nobody.test", 80, NULL },
    };
    for (uint32_t i = 0; i < COUNT_OF(cases); i++) {
        struct gateway_bed bed;
        char text[400];
        (void)snprintf(text, sizeof text,
                       "{\"_format_version\":\"3.0\",\"services\":[{\"name\":\"s\",\"host\":\"%s\","
                       "\"port\":%u,\"routes\":[{\"paths\":[\"/\"]}]}]}", cases[i].host,
                       cases[i].port);
        bed_open(&bed, text);
        if (cases[i].service != NULL) {
            EXPECT_SERVICE(bed_get(&bed, "x", "/", NULL, NULL), cases[i].service);
        } else {
            EXPECT_VERDICT(bed_get(&bed, "x", "/", NULL, NULL), 503, "name resolution failed");
        }
        bed_close(&bed);
    }
}

Test(admit, shares_requests_among_the_targets_of_an_upstream_by_weight)
{
    struct gateway_bed bed;
    uint32_t canary_count = 0;
    bed_open(&bed, "_format_version: \"3.0\"\n"
                   "services: [{name: s, host: up, routes: [{name: r, paths: [/]}]}]\n"
                   "upstreams:\n- name: up\n  targets:\n"
                   "  - {target: 'web.marathon.mesos:80', weight: 90}\n"
                   "  - {target: 'canary.marathon.mesos:80', weight: 10}\n"
                   "  - {target: 'gone.test:80', weight: 500}\n"
                   "  - {target: 'api-shop.marathon.mesos:8080', weight: 0}\n");
    for (uint32_t i = 0; i < 100; i++) {
        const struct env_gateway_verdict verdict = bed_get(&bed, "x", "/", NULL, NULL);
        cr_assert(eq(u32, verdict.status, 0));
        cr_assert(eq(str, (char *)verdict.service,
                     (char *)bed_services[verdict.service_index].name));
        canary_count += strcmp(verdict.service, "canary_10002") == 0;
    }
    cr_assert(eq(u32, canary_count, 10));
    bed_close(&bed);
}

Test(admit, says_when_nothing_serves)
{
    struct gateway_bed bed;
    bed_open(&bed, "_format_version: \"3.0\"\n"
                   "services: [{name: s, host: up}, {name: closed, host: web, enabled: false}]\n"
                   "routes: [{name: a, service: s, paths: [/a]}, {name: b, paths: [/b]},"
                   " {name: c, service: closed, paths: [/c]}]\n"
                   "upstreams: [{name: up, targets: [{target: gone.test}]}]\n");
    EXPECT_VERDICT(bed_get(&bed, "x", "/a", NULL, NULL), 503,
                   "failure to get a peer from the ring-balancer");
    EXPECT_VERDICT(bed_get(&bed, "x", "/b", NULL, NULL), 503, "no Service found with those values");
    EXPECT_VERDICT(bed_get(&bed, "x", "/c", NULL, NULL), 503, "no Service found with those values");
    bed_close(&bed);
}

Test(admit, knows_a_key_in_a_header_and_in_the_query)
{
    struct gateway_bed bed;
    bed_open(&bed, SERVICES CONSUMERS "plugins: [{name: key-auth}]\n");
    EXPECT_VERDICT(bed_get(&bed, "x", "/", NULL, NULL), 401, "No API key found in request");
    EXPECT_VERDICT(bed_get(&bed, "x", "/", "apikey", ""), 401, "No API key found in request");
    EXPECT_VERDICT(bed_get(&bed, "x", "/", "apikey", "wrong"), 401, "Unauthorized");
    EXPECT_SERVICE(bed_get(&bed, "x", "/", "ApiKey", "k-alice"), "web_10000");
    EXPECT_SERVICE(bed_get(&bed, "x", "/?a=b&apikey=k%20bob&c", NULL, NULL), "web_10000");
    EXPECT_VERDICT(bed_get(&bed, "x", "/?xapikey=k-alice", NULL, NULL), 401,
                   "No API key found in request");
    bed_close(&bed);
    bed_open(&bed, SERVICES CONSUMERS
             "plugins: [{name: key-auth, config: {key_in_query: false, key_names: [x-key]}}]\n");
    EXPECT_VERDICT(bed_get(&bed, "x", "/?x-key=k-alice", NULL, NULL), 401,
                   "No API key found in request");
    EXPECT_SERVICE(bed_get(&bed, "x", "/", "X-Key", "k-alice"), "web_10000");
    bed_close(&bed);
}

Test(admit, knows_a_name_and_password)
{
    struct gateway_bed bed;
    bed_open(&bed, SERVICES CONSUMERS "plugins: [{name: basic-auth}]\n");
    EXPECT_VERDICT(bed_get(&bed, "x", "/", NULL, NULL), 401, "Unauthorized");
    EXPECT_SERVICE(bed_get(&bed, "x", "/", "Authorization", "Basic Ym9iOnA6dw=="), "web_10000");
    EXPECT_VERDICT(bed_get(&bed, "x", "/", "Authorization", "Basic Ym9iOnA6eA=="), 401,
                   "Unauthorized");
    EXPECT_VERDICT(bed_get(&bed, "x", "/", "Authorization", "Basic Ym9i"), 401, "Unauthorized");
    EXPECT_VERDICT(bed_get(&bed, "x", "/", "Authorization", "Basic !!!!"), 401, "Unauthorized");
    EXPECT_VERDICT(bed_get(&bed, "x", "/", "Authorization", "B"), 401, "Unauthorized");
    bed_close(&bed);
}

Test(admit, lets_the_unknown_in_as_somebody_when_told_so)
{
    struct gateway_bed bed;
    bed_open(&bed, SERVICES CONSUMERS
             "plugins: [{name: key-auth, config: {anonymous: guest}},"
             " {name: acl, config: {deny: [staff]}}]\n");
    EXPECT_SERVICE(bed_get(&bed, "x", "/", NULL, NULL), "web_10000");
    EXPECT_SERVICE(bed_get(&bed, "x", "/", "apikey", "wrong"), "web_10000");
    EXPECT_VERDICT(bed_get(&bed, "x", "/", "apikey", "k-alice"), 403,
                   "You cannot consume this service");
    bed_close(&bed);
}

Test(admit, lets_groups_in_or_keeps_them_out)
{
    struct gateway_bed bed;
    bed_open(&bed, SERVICES CONSUMERS
             "plugins: [{name: key-auth}, {name: acl, config: {allow: [staff]}}]\n");
    EXPECT_SERVICE(bed_get(&bed, "x", "/", "apikey", "k-alice"), "web_10000");
    EXPECT_VERDICT(bed_get(&bed, "x", "/", "apikey", "k bob"), 403,
                   "You cannot consume this service");
    bed_close(&bed);
    bed_open(&bed, SERVICES "plugins: [{name: acl, config: {allow: [staff]}}]\n");
    EXPECT_VERDICT(bed_get(&bed, "x", "/", NULL, NULL), 401, "Unauthorized");
    bed_close(&bed);
}

Test(admit, restricts_networks)
{
    static const struct { const char *config; bool in; } cases[] = {
        { "{allow: [10.0.0.0/8]}", true },
        { "{allow: [11.0.0.0/8, 10.0.0.1]}", true },
        { "{allow: [10.0.0.2]}", false },
        { "{deny: [10.0.0.0/30]}", false },
        { "{deny: [10.0.0.4/30]}", true },
        { "{allow: [0.0.0.0/0], deny: [10.0.0.1]}", false },
        { "{allow: ['::1']}", false },
    };
    for (uint32_t i = 0; i < COUNT_OF(cases); i++) {
        struct gateway_bed bed;
        char text[600];
        (void)snprintf(text, sizeof text,
                       SERVICES "plugins: [{name: ip-restriction, config: %s}]\n", cases[i].config);
        bed_open(&bed, text);
        const struct env_gateway_verdict verdict = bed_get(&bed, "x", "/", NULL, NULL);
        cr_expect(eq(u32, verdict.status, cases[i].in ? 0 : 403), "%s", cases[i].config);
        cr_expect(eq(str, (char *)verdict.message,
                     cases[i].in ? "" : "Your IP address is not allowed"));
        bed_close(&bed);
    }
}

Test(admit, limits_the_size_of_bodies)
{
    struct gateway_bed bed;
    struct env_request request = { .method = "POST", .host = "x", .path = "/" };
    bed_open(&bed, SERVICES "plugins: [{name: request-size-limiting, config: "
                            "{allowed_payload_size: 2, size_unit: kilobytes}}]\n");
    request.body_bytes = 2048;
    EXPECT_SERVICE(bed_ask(&bed, &request, 0), "web_10000");
    request.body_bytes = 2049;
    EXPECT_VERDICT(bed_ask(&bed, &request, 0), 413, "Request size limit exceeded");
    const struct env_header expects = { "Expect", "100-continue" };
    request.headers = &expects;
    request.headers_count = 1;
    EXPECT_VERDICT(bed_ask(&bed, &request, 0), 417, "Request size limit exceeded");
    bed_close(&bed);
}

Test(admit, answers_what_browsers_ask_before_anything_else)
{
    struct gateway_bed bed;
    const struct env_header headers[] = { { "Origin", "https://a.test" },
                                          { "Access-Control-Request-Method", "PUT" } };
    struct env_request request = { .method = "OPTIONS", .host = "x", .path = "/",
                                   .headers = headers, .headers_count = 2 };
    bed_open(&bed, SERVICES CONSUMERS "plugins: [{name: cors}, {name: key-auth}]\n");
    EXPECT_VERDICT(bed_ask(&bed, &request, 0), 200, "");
    request.headers_count = 1;
    EXPECT_VERDICT(bed_ask(&bed, &request, 0), 401, "No API key found in request");
    bed_close(&bed);
    request.headers_count = 2;
    bed_open(&bed, SERVICES CONSUMERS "plugins: [{name: cors, config: {preflight_continue: true}},"
                                      " {name: key-auth, config: {run_on_preflight: false}}]\n");
    EXPECT_SERVICE(bed_ask(&bed, &request, 0), "web_10000");
    bed_close(&bed);
}

Test(admit, runs_plugins_in_the_order_of_kong)
{
    struct gateway_bed bed;
    bed_open(&bed, SERVICES CONSUMERS
             "plugins: [{name: rate-limiting, config: {minute: 1}},"
             " {name: ip-restriction, config: {deny: [10.0.0.1]}}, {name: key-auth}]\n");
    /* a key first, then the address; what is refused before is not counted */
    EXPECT_VERDICT(bed_get(&bed, "x", "/", NULL, NULL), 401, "No API key found in request");
    EXPECT_VERDICT(bed_get(&bed, "x", "/", "apikey", "k-alice"), 403,
                   "Your IP address is not allowed");
    bed_close(&bed);
}

Test(admit, takes_the_most_specific_setting)
{
    struct gateway_bed bed;
    bed_open(&bed, SERVICES
             "- {name: other, paths: [/other], service: web}\n" CONSUMERS
             "plugins:\n"
             "- {name: key-auth, config: {anonymous: guest}}\n"
             "- {name: ip-restriction, config: {deny: [10.0.0.1], status: 451}}\n"
             "- {name: ip-restriction, service: web, config: {deny: [10.0.0.1], status: 452}}\n"
             "- {name: ip-restriction, route: other, config: {deny: [10.0.0.1], status: 453}}\n"
             "- {name: ip-restriction, consumer: bob, config: {deny: [10.0.0.1], status: 454}}\n"
             "- {name: ip-restriction, consumer: bob, route: other,"
             " config: {deny: [10.0.0.1], status: 455}}\n"
             "- {name: ip-restriction, consumer: alice, config: {deny: [10.9.9.9]}}\n");
    cr_expect(eq(u32, bed_get(&bed, "x", "/", NULL, NULL).status, 452));
    cr_expect(eq(u32, bed_get(&bed, "x", "/other", NULL, NULL).status, 453));
    cr_expect(eq(u32, bed_get(&bed, "x", "/", "apikey", "k bob").status, 454));
    cr_expect(eq(u32, bed_get(&bed, "x", "/other", "apikey", "k bob").status, 455));
    cr_expect(eq(u32, bed_get(&bed, "x", "/", "apikey", "k-alice").status, 0));
    bed_close(&bed);
}

Test(admit, wants_tls_where_the_route_does)
{
    struct gateway_bed bed;
    bed_open(&bed, "_format_version: \"3.0\"\n"
                   "services: [{name: s, host: web, routes: [{paths: [/],"
                   " protocols: [https]}]}]\n");
    EXPECT_VERDICT(bed_get(&bed, "x", "/", NULL, NULL), 426, "Please use HTTPS protocol");
    bed_close(&bed);
}

Test(admit, decides_the_same_after_a_copy)
{
    struct gateway_bed bed;
    struct arena       arena;
    arena_init(&arena, 0x55);
    bed_open(&bed, SERVICES CONSUMERS "plugins: [{name: key-auth}]\n");
    const struct env_gateway *copy = bed.gateway->ops->copy(bed.gateway, &arena);
    arena_fini(&bed.arena);
    arena_init(&bed.arena, 0);
    bed.diags = (struct diag_list){ 0 };
    diag_list_init(&bed.diags, &bed.arena);
    bed.gateway = copy;
    EXPECT_SERVICE(bed_get(&bed, "x", "/", "apikey", "k-alice"), "web_10000");
    EXPECT_VERDICT(bed_get(&bed, "x", "/", NULL, NULL), 401, "No API key found in request");
    bed_close(&bed);
    arena_fini(&arena);
}

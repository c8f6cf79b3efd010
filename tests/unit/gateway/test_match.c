/*
 * tests/unit/gateway/test_match.c
 *
 * Goal:   a request is of the route that Kong would find: what more is looked at goes first.
 * Method: one gateway with routes that overlap, in an order of the file that is wrong on purpose;
 *         a table of requests and the route of each.
 */
#include "tests/unit/gateway/gateway_bed.h"

static const char overlapping[] =
    "_format_version: \"3.0\"\n"
    "routes:\n"
    "- {name: root, paths: [/]}\n"
    "- {name: api, paths: [/api]}\n"
    "- {name: longer, paths: [/api/v1]}\n"
    "- {name: digits, paths: ['~/api/\\d+']}\n"
    "- {name: digits-first, paths: ['~/api/9\\d*'], regex_priority: 5}\n"
    "- {name: named, paths: ['~/users/(?<id>[a-z]+)$']}\n"
    "- {name: wild, hosts: ['*.example.com'], paths: [/]}\n"
    "- {name: plain, hosts: [shop.example.com], paths: [/]}\n"
    "- {name: tail, hosts: ['mail.*']}\n"
    "- {name: posts, methods: [POST], paths: [/api]}\n"
    "- {name: tenant, headers: {X-Tenant: [blue, GREEN]}}\n"
    "- {name: tenant-two, headers: {x-tenant: [blue], x-ring: [inner]}}\n"
    "- {name: secure, hosts: [secure.test], protocols: [https]}\n"
    "- {name: insecure, hosts: [both.test], protocols: [http]}\n"
    "- {name: first, hosts: [same.test]}\n"
    "- {name: second, hosts: [same.test]}\n"
    "- {name: two-paths, hosts: [two.test], paths: [/a, /a/b/c]}\n"
    "- {name: middle, hosts: [two.test], paths: [/a/b]}\n";

struct match_case {
    const char *method, *host, *path, *header, *value;
    bool        https;
    const char *route;
};

Test(match, finds_the_route_that_kong_would_find)
{
    static const struct match_case cases[] = {
        { "GET", "x.test", "/", NULL, NULL, false, "root" },
        { "GET", "x.test", "/apinot", NULL, NULL, false, "api" },
        { "GET", "x.test", "/api/v1/x?y=/", NULL, NULL, false, "longer" },
        { "GET", "x.test", "/api/12", NULL, NULL, false, "digits" },
        { "GET", "x.test", "/api/12/more", NULL, NULL, false, "digits" },
        { "GET", "x.test", "/api/93", NULL, NULL, false, "digits-first" },
        { "GET", "x.test", "/users/bob", NULL, NULL, false, "named" },
        { "GET", "x.test", "/users/bob/x", NULL, NULL, false, "root" },
        { "GET", "a.example.com", "/", NULL, NULL, false, "wild" },
        { "GET", "A.Example.COM:8000", "/", NULL, NULL, false, "wild" },
        { "GET", "example.com", "/", NULL, NULL, false, "root" },
        { "GET", ".example.com", "/api", NULL, NULL, false, "api" },
        { "GET", "shop.example.com", "/", NULL, NULL, false, "plain" },
        { "GET", "mail.org", "/", NULL, NULL, false, "tail" },
        { "GET", "mail.", "/", NULL, NULL, false, "root" },
        { "POST", "x.test", "/api/v1", NULL, NULL, false, "posts" },
        { "GET", "x.test", "/", "x-tenant", "Blue", false, "tenant" },
        { "GET", "x.test", "/", "X-TENANT", "green", false, "tenant" },
        { "GET", "x.test", "/", "x-tenant", "red", false, "root" },
        { "GET", "secure.test", "/", NULL, NULL, true, "secure" },
        { "GET", "secure.test", "/", NULL, NULL, false, "secure" },
        { "GET", "both.test", "/", NULL, NULL, false, "insecure" },
        { "GET", "both.test", "/", NULL, NULL, true, "root" },
        { "GET", "same.test", "/", NULL, NULL, false, "first" },
        { "GET", "two.test", "/a/b/c", NULL, NULL, false, "two-paths" },
        { "GET", "two.test", "/a/b/x", NULL, NULL, false, "middle" },
        { "GET", "two.test", "/a/x", NULL, NULL, false, "two-paths" },
    };
    struct gateway_bed bed;
    bed_open(&bed, overlapping);
    for (uint32_t i = 0; i < COUNT_OF(cases); i++) {
        const struct match_case *c = &cases[i];
        const struct env_header  header = { c->header, c->value };
        const struct env_request request = {
            .method = c->method, .host = c->host, .path = c->path, .headers = &header,
            .headers_count = c->header != NULL, .https = c->https,
        };
        cr_expect(eq(str, (char *)bed_route(&bed, &request), (char *)c->route), "%s %s%s %s: %s",
                  c->method, c->host, c->path, c->header != NULL ? c->header : "",
                  c->value != NULL ? c->value : "");
    }
    bed_close(&bed);
}

Test(match, takes_the_route_that_looks_at_more_headers)
{
    struct gateway_bed bed;
    const struct env_header headers[] = { { "X-Ring", "inner" }, { "X-Tenant", "blue" } };
    const struct env_request request = {
        .method = "GET", .host = "x.test", .path = "/", .headers = headers, .headers_count = 2,
    };
    bed_open(&bed, overlapping);
    cr_assert(eq(str, (char *)bed_route(&bed, &request), "tenant-two"));
    bed_close(&bed);
}

Test(match, leaves_what_no_route_is_for_to_virtual_hosts)
{
    struct gateway_bed bed;
    const struct env_request request = { .method = "GET", .host = "x.test", .path = "/" };
    bed_open(&bed, "{\"_format_version\":\"3.0\",\"routes\":[{\"name\":\"a\",\"hosts\":"
                   "[\"y.test\"]}]}");
    cr_assert(eq(u32, bed.gateway->ops->match(bed.gateway, &request), ENV_GATEWAY_NO_ROUTE));
    bed_close(&bed);
}

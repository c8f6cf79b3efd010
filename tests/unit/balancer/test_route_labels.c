/*
 * tests/unit/balancer/test_route_labels.c
 *
 * Goal:   an app's HAPROXY labels mean what marathon-lb says; what is not acted upon, or would
 *         break a proxy's configuration, is named and left out alone.
 * Method: definitions in, services and sentences out.
 */
#include "platform/balancer/route_labels.h"

#include "platform/balancer/policy.h"
#include "tests/unit/model/test_app.h"

struct labels_case {
    struct app_case app;
    struct label_service services[LABEL_SERVICES_MAX];
    uint32_t count;
    struct strbuf warnings;
};

/* An app of two ports with these labels. */
static void
case_open(struct labels_case *test, const char *labels)
{
    char text[1024];
    *test = (struct labels_case){0};
    (void)snprintf(text, sizeof text,
                   "{\"id\":\"/shop/web\",\"cmd\":\"x\",\"portDefinitions\":[{\"port\":10000},"
                   "{\"port\":0}],\"healthChecks\":[{\"protocol\":\"HTTP\",\"portIndex\":0,"
                   "\"intervalSeconds\":7,\"maxConsecutiveFailures\":2}],\"labels\":{%s}}",
                   labels);
    app_case_read(&test->app, text);
    cr_assert_not_null(test->app.spec);
    test->count = route_labels_read(test->app.spec, "external", &test->app.arena, test->services,
                                    &test->warnings);
}

static void
case_close(struct labels_case *test)
{
    strbuf_fini(&test->warnings);
    app_case_close(&test->app);
}

#define EXTERNAL "\"HAPROXY_GROUP\":\"external\""

Test(route_labels, a_group_takes_in_every_port)
{
    struct labels_case test;
    case_open(&test, EXTERNAL ",\"HAPROXY_0_VHOST\":\"a.example.com,b.example.com\","
                              "\"HAPROXY_0_PATH\":\"/shop\",\"HAPROXY_0_BALANCE\":\"leastconn\"");
    cr_assert(eq(u32, test.count, 2));
    cr_assert_str_eq(test.services[0].name, "shop_web_10000");
    cr_assert_str_eq(test.services[0].vhosts, "a.example.com,b.example.com");
    cr_assert_str_eq(test.services[0].path, "/shop");
    cr_assert_str_eq(test.services[0].policy->name, "leastconn");
    cr_assert(test.services[0].http);
    cr_assert(eq(i64, test.services[0].check_interval_ns, SEC(7)));
    cr_assert(eq(u32, test.services[0].check_fall, 3), "one more than maxConsecutiveFailures");
    cr_assert_str_eq(test.services[1].name, "shop_web_1");
    cr_assert_str_eq(test.services[1].policy->name, "roundrobin");
    cr_assert(not(test.services[1].http));
    cr_assert(eq(i64, test.services[1].check_interval_ns, 0));
    cr_assert_str_eq(strbuf_text(&test.warnings), "");
    case_close(&test);
}

Test(route_labels, groups_are_lists_and_ports_may_differ)
{
    static const struct {
        const char *labels;
        uint32_t count;
    } rows[] = {
        {"", 0},
        {"\"HAPROXY_GROUP\":\"internal\"", 0},
        {"\"HAPROXY_GROUP\":\"externals\"", 0},
        {"\"HAPROXY_GROUP\":\"internal,external\"", 2},
        {"\"HAPROXY_GROUP\":\"*\"", 2},
        {"\"HAPROXY_0_GROUP\":\"external\"", 1},
        {EXTERNAL ",\"HAPROXY_0_GROUP\":\"internal\"", 1},
        {EXTERNAL ",\"HAPROXY_1_ENABLED\":\"false\"", 1},
        {EXTERNAL ",\"HAPROXY_1_ENABLED\":\"true\"", 2},
    };
    for (uint32_t i = 0; i < COUNT_OF(rows); i++) {
        struct labels_case test;
        case_open(&test, rows[i].labels);
        cr_assert(eq(u32, test.count, rows[i].count), "%s", rows[i].labels);
        case_close(&test);
    }
}

Test(route_labels, an_offender_is_refused_alone)
{
    static const struct {
        const char *label;
        const char *sentence;
    } rows[] = {
        {"\"HAPROXY_0_BALANCE\":\"best\"", "HAPROXY_0_BALANCE: no policy 'best'\n"},
        {"\"HAPROXY_0_VHOST\":\"a b\"", "HAPROXY_0_VHOST: 'a b' is not a list of host names\n"},
        {"\"HAPROXY_0_VHOST\":\"a\\nacl\"",
         "HAPROXY_0_VHOST: 'a\nacl' is not a list of host names\n"},
        {"\"HAPROXY_0_PATH\":\"shop\"", "HAPROXY_0_PATH: 'shop' is not a path\n"},
        {"\"HAPROXY_0_PATH\":\"/a#b\"", "HAPROXY_0_PATH: '/a#b' is not a path\n"},
    };
    for (uint32_t i = 0; i < COUNT_OF(rows); i++) {
        char labels[200];
        struct labels_case test;
        (void)snprintf(labels, sizeof labels, EXTERNAL ",%s", rows[i].label);
        case_open(&test, labels);
        cr_assert(eq(u32, test.count, 1), "%s", rows[i].label);
        cr_assert(eq(u32, test.services[0].port_index, 1));
        cr_assert_str_eq(strbuf_text(&test.warnings), rows[i].sentence);
        case_close(&test);
    }
}

Test(route_labels, what_is_not_acted_upon_is_named)
{
    struct labels_case test;
    case_open(&test, EXTERNAL ",\"HAPROXY_0_STICKY\":\"true\",\"HAPROXY_HTTP\":\"x\","
                              "\"HAPROXY_1_MODE\":\"http\",\"OTHER\":\"y\"");
    cr_assert(eq(u32, test.count, 2));
    cr_assert(test.services[1].http, "its mode says so");
    cr_assert_not_null(
        strstr(strbuf_text(&test.warnings), "HAPROXY_0_STICKY: not acted upon yet\n"));
    cr_assert_not_null(strstr(strbuf_text(&test.warnings), "HAPROXY_HTTP: not acted upon yet\n"));
    cr_assert_null(strstr(strbuf_text(&test.warnings), "OTHER"));
    cr_assert_null(strstr(strbuf_text(&test.warnings), "MODE"));
    case_close(&test);
}

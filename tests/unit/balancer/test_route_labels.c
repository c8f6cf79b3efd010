/*
 * tests/unit/balancer/test_route_labels.c
 *
 * Goal:   an app's HAPROXY labels mean what marathon-lb says and its REHEARSAL labels what our guide
 *         says; what is not acted upon, or would break a proxy's configuration, is named and left
 *         out alone.
 * Method: definitions in, services and sentences out.
 */
#include "platform/balancer/route_labels.h"

#include "platform/balancer/policy.h"
#include "tests/unit/model/test_app.h"

struct labels_case {
    struct app_case app;
    struct route_labels labels;
    const struct env_service *service; /* of the first port */
    struct strbuf warnings;            /* "key: text", a line each */
};

static const struct label_options plain = { .group = "external" };

/* An app of two ports with these labels. */
static void
case_open_with(struct labels_case *test, const char *labels, const struct label_options *options)
{
    char text[2048];
    *test = (struct labels_case){0};
    (void)snprintf(text, sizeof text,
                   "{\"id\":\"/shop/web\",\"cmd\":\"x\",\"portDefinitions\":[{\"port\":10000},"
                   "{\"port\":0}],\"healthChecks\":[{\"protocol\":\"HTTP\",\"portIndex\":0,"
                   "\"intervalSeconds\":7,\"maxConsecutiveFailures\":2}],\"labels\":{%s}}",
                   labels);
    app_case_read(&test->app, text);
    cr_assert_not_null(test->app.spec, "%s", labels);
    route_labels_read(test->app.spec, options, &test->app.arena, &test->labels);
    for (uint32_t i = 0; i < test->labels.warnings_count; i++) {
        const struct label_warning *warning = &test->labels.warnings[i];
        strbuf_printf(&test->warnings, "%s: %s\n", warning->key, warning->text);
    }
    if (test->labels.services_count > 0) {
        test->service = &test->labels.services[0].service;
    }
}

static void
case_open(struct labels_case *test, const char *labels)
{
    case_open_with(test, labels, &plain);
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
    case_open(&test, EXTERNAL ",\"HAPROXY_0_VHOST\":\"A.example.com, b.example.com\","
                              "\"HAPROXY_0_PATH\":\"/shop\",\"HAPROXY_0_BALANCE\":\"leastconn\"");
    cr_assert(eq(u32, test.labels.services_count, 2));
    cr_assert_str_eq(test.service->name, "shop_web_10000");
    cr_assert_str_eq(test.service->app, "/shop/web");
    cr_assert_str_eq(test.service->vhosts, "a.example.com,b.example.com");
    cr_assert_str_eq(test.service->path, "/shop");
    cr_assert(eq(i32, test.service->rank, 1), "a path is matched before none");
    cr_assert_str_eq(test.service->policy->name, "leastconn");
    cr_assert(test.service->http && test.service->external);
    cr_assert(eq(i64, test.service->check_interval_ns, SEC(7)));
    cr_assert(eq(u32, test.service->check_fall, 3), "one more than maxConsecutiveFailures");
    const struct env_service *second = &test.labels.services[1].service;
    cr_assert_str_eq(second->name, "shop_web_1");
    cr_assert_str_eq(second->policy->name, "roundrobin");
    cr_assert(not(second->http));
    cr_assert(eq(i32, second->rank, 0));
    cr_assert(eq(i64, second->check_interval_ns, 0));
    cr_assert(eq(u32, test.labels.services[1].weight, 1));
    cr_assert_str_eq(strbuf_text(&test.warnings), "");
    case_close(&test);
}

Test(route_labels, groups_are_lists_and_ports_may_differ)
{
    static const struct {
        const char *labels;
        uint32_t count;
        uint32_t strict_count;
    } rows[] = {
        {"", 0, 0},
        {"\"HAPROXY_GROUP\":\"internal\"", 0, 0},
        {"\"HAPROXY_GROUP\":\"externals\"", 0, 0},
        {"\"HAPROXY_GROUP\":\"internal,external\"", 2, 0},
        {"\"HAPROXY_GROUP\":\"*\"", 2, 0},
        {"\"HAPROXY_0_GROUP\":\"external\"", 1, 0},
        {EXTERNAL ",\"HAPROXY_0_GROUP\":\"internal\"", 1, 0},
        {EXTERNAL ",\"HAPROXY_1_ENABLED\":\"false\"", 1, 0},
        {EXTERNAL ",\"HAPROXY_1_ENABLED\":\"NO\"", 1, 0},
        {EXTERNAL ",\"HAPROXY_1_ENABLED\":\"true\"", 2, 1},
        {"\"HAPROXY_0_ENABLED\":\"true\"", 0, 0},
    };
    static const struct label_options strict = { .group = "external", .strict = true };
    for (uint32_t i = 0; i < COUNT_OF(rows); i++) {
        struct labels_case test;
        case_open(&test, rows[i].labels);
        cr_assert(eq(u32, test.labels.services_count, rows[i].count), "%s", rows[i].labels);
        case_close(&test);
        case_open_with(&test, rows[i].labels, &strict);
        cr_assert(eq(u32, test.labels.services_count, rows[i].strict_count), "%s", rows[i].labels);
        case_close(&test);
    }
}

Test(route_labels, callers_inside_reach_the_ports_of_other_groups_too)
{
    static const struct label_options inside = { .group = "external", .inside = true };
    struct labels_case test;
    case_open_with(&test, "\"HAPROXY_1_GROUP\":\"external\"", &inside);
    cr_assert(eq(u32, test.labels.services_count, 2));
    cr_assert(not(test.labels.services[0].service.external));
    cr_assert(test.labels.services[1].service.external);
    cr_assert_not_null(strstr(test.service->names, "web-shop.marathon.mesos"));
    case_close(&test);
    case_open(&test, EXTERNAL);
    cr_assert_str_eq(test.service->names, "", "nobody is inside");
    case_close(&test);
    case_open_with(&test, "\"HAPROXY_0_AUTH\":\"broken\"", &inside);
    cr_assert(eq(u32, test.labels.services_count, 1), "a bad guard holds for them as well");
    cr_assert(eq(u32, test.labels.services[0].port_index, 1));
    case_close(&test);
}

Test(route_labels, every_label_of_marathon_lb_has_its_place)
{
    struct labels_case test;
    case_open(&test, EXTERNAL
              ",\"HAPROXY_0_VHOST\":\"a.example.com\",\"HAPROXY_0_PORT\":\"80\""
              ",\"HAPROXY_0_STICKY\":\"true\",\"HAPROXY_0_REDIRECT_TO_HTTPS\":\"yes\""
              ",\"HAPROXY_0_USE_HSTS\":\"T\",\"HAPROXY_0_SSL_CERT\":\"/etc/ssl/cert.pem\""
              ",\"HAPROXY_0_AUTH\":\"My realm:ann:$5$salt$Ab./9\""
              ",\"HAPROXY_0_BACKEND_WEIGHT\":\"-5\",\"HAPROXY_0_BIND_ADDR\":\"127.0.0.1\""
              ",\"HAPROXY_0_BACKEND_NETWORK_ALLOWED_ACL\":\"10.1.40.0/24 10.1.55.43\""
              ",\"HAPROXY_0_HTTP_BACKEND_PROXYPASS_PATH\":\"/old\",\"HAPROXY_0_MODE\":\"http\""
              ",\"HAPROXY_1_BACKEND_HEALTHCHECK_PORT_INDEX\":\"0\"");
    cr_assert_str_eq(strbuf_text(&test.warnings), "");
    cr_assert_str_eq(test.service->name, "shop_web_80");
    cr_assert(eq(u16, test.service->port, 80));
    cr_assert(test.service->sticky && test.service->tls.redirect_to_https);
    cr_assert(test.service->tls.hsts);
    cr_assert_str_eq(test.service->tls.certificate, "/etc/ssl/cert.pem");
    cr_assert_str_eq(test.service->auth_realm, "My realm");
    cr_assert_str_eq(test.service->auth_user, "ann");
    cr_assert_str_eq(test.service->auth_password, "$5$salt$Ab./9");
    cr_assert(eq(i32, test.service->rank, -5));
    cr_assert_str_eq(test.service->allowed, "10.1.40.0/24,10.1.55.43");
    cr_assert_str_eq(test.service->rewrite_from, "/old");
    cr_assert_str_eq(test.service->rewrite_to, "/");
    const struct env_service *second = &test.labels.services[1].service;
    cr_assert(eq(i64, second->check_interval_ns, SEC(7)), "the check of the other port counts");
    cr_assert(second->http, "as that check is HTTP");
    case_close(&test);
}

Test(route_labels, our_own_labels_say_how_a_service_behaves)
{
    struct labels_case test;
    case_open(&test, EXTERNAL
              ",\"HAPROXY_0_STICKY\":\"true\",\"REHEARSAL_0_WEIGHT\":\"256\""
              ",\"REHEARSAL_0_SLOW_START\":\"30s\",\"REHEARSAL_0_SESSION_DRAIN\":\"1m30s\""
              ",\"REHEARSAL_0_ZONE_AFFINITY\":\"prefer\",\"REHEARSAL_0_TIMEOUT\":\"250ms\""
              ",\"REHEARSAL_0_RETRIES\":\"2\",\"REHEARSAL_0_RETRY_BUDGET\":\"20%\""
              ",\"REHEARSAL_0_RETRY_MIN\":\"10/s\",\"REHEARSAL_0_EJECT\":\"5\""
              ",\"REHEARSAL_0_EJECT_FOR\":\"2s..40s\",\"REHEARSAL_0_MAXCONN\":\"64\""
              ",\"REHEARSAL_0_QUEUE\":\"1000\",\"REHEARSAL_0_QUEUE_TIMEOUT\":\"2s\"");
    const struct env_resilience *resilience = &test.service->resilience;
    cr_assert_str_eq(strbuf_text(&test.warnings), "");
    cr_assert(eq(u32, test.labels.services[0].weight, 256));
    cr_assert(eq(i64, test.labels.services[0].session_drain_ns, SEC(90)));
    cr_assert(eq(i64, test.service->slow_start_ns, SEC(30)));
    cr_assert(test.service->zone_affinity);
    cr_assert(eq(i64, resilience->attempt_timeout_ns, MS(250)));
    cr_assert(eq(u32, resilience->retries, 2));
    cr_assert(eq(u32, resilience->budget_ppm, 200000));
    cr_assert(eq(u32, resilience->budget_min_per_s, 10));
    cr_assert(eq(u32, resilience->eject_failures, 5));
    cr_assert(eq(i64, resilience->eject_ns, SEC(2)));
    cr_assert(eq(i64, resilience->eject_max_ns, SEC(40)));
    cr_assert(eq(u32, resilience->server_requests_max, 64));
    cr_assert(eq(u32, resilience->queue_max, 1000));
    cr_assert(eq(i64, resilience->queue_timeout_ns, SEC(2)));
    case_close(&test);
}

Test(route_labels, an_ejection_lasts_as_in_linkerd_unless_it_is_said)
{
    static const struct {
        const char *label;
        int64_t ns;
        int64_t max_ns;
    } rows[] = {
        {"\"OTHER\":\"\"", SEC(5), SEC(300)},
        {"\"REHEARSAL_0_EJECT_FOR\":\"7s\"", SEC(7), SEC(7)},
        {"\"REHEARSAL_0_EJECT_FOR\":\"1s..1m\"", SEC(1), SEC(60)},
    };
    for (uint32_t i = 0; i < COUNT_OF(rows); i++) {
        char labels[200];
        struct labels_case test;
        (void)snprintf(labels, sizeof labels, EXTERNAL ",\"REHEARSAL_0_EJECT\":\"3\",%s",
                       rows[i].label);
        case_open(&test, labels);
        cr_assert(eq(i64, test.service->resilience.eject_ns, rows[i].ns));
        cr_assert(eq(i64, test.service->resilience.eject_max_ns, rows[i].max_ns));
        case_close(&test);
    }
}

/* A bad value of who may get to a service leaves it out. */
Test(route_labels, an_offender_is_left_out_alone)
{
    static const struct {
        const char *label;
        const char *sentence;
    } rows[] = {
        {"\"HAPROXY_0_VHOST\":\"a b\"", "HAPROXY_0_VHOST: 'a b' is not a list of host names"},
        {"\"HAPROXY_0_VHOST\":\"a\\nacl\"", "HAPROXY_0_VHOST: 'a?acl' is not a list of host names"},
        {"\"HAPROXY_0_VHOST\":\"a,,b\"", "HAPROXY_0_VHOST: 'a,,b' is not a list of host names"},
        {"\"HAPROXY_0_VHOST\":\"a,\"", "HAPROXY_0_VHOST: 'a,' is not a list of host names"},
        {"\"HAPROXY_0_VHOST\":\"\"", "HAPROXY_0_VHOST: '' is not a list of host names"},
        {"\"HAPROXY_0_VHOST\":\"*.example.com\"",
         "HAPROXY_0_VHOST: '*.example.com' is not a list of host names"},
        {"\"HAPROXY_0_VHOST\":\"-a.example.com\"",
         "HAPROXY_0_VHOST: '-a.example.com' is not a list of host names"},
        {"\"HAPROXY_0_VHOST\":\"a..b\"", "HAPROXY_0_VHOST: 'a..b' is not a list of host names"},
        {"\"HAPROXY_0_VHOST\":\"a\",\"HAPROXY_0_PATH\":\"shop\"",
         "HAPROXY_0_PATH: 'shop' is not a path (one: a list is not acted upon)"},
        {"\"HAPROXY_0_VHOST\":\"a\",\"HAPROXY_0_PATH\":\"/a#b\"",
         "HAPROXY_0_PATH: '/a#b' is not a path (one: a list is not acted upon)"},
        {"\"HAPROXY_0_VHOST\":\"a\",\"HAPROXY_0_PATH\":\"-i /a /b\"",
         "HAPROXY_0_PATH: '-i /a /b' is not a path (one: a list is not acted upon)"},
        {"\"HAPROXY_0_PORT\":\"0\"", "HAPROXY_0_PORT: '0' is not a port"},
        {"\"HAPROXY_0_PORT\":\"65536\"", "HAPROXY_0_PORT: '65536' is not a port"},
        {"\"HAPROXY_0_SSL_CERT\":\"cert.pem\"",
         "HAPROXY_0_SSL_CERT: 'cert.pem' is not the path of a certificate"},
        {"\"HAPROXY_0_SSL_CERT\":\"/etc/../x\"",
         "HAPROXY_0_SSL_CERT: '/etc/../x' is not the path of a certificate"},
        {"\"HAPROXY_0_AUTH\":\"realm:ann\"",
         "HAPROXY_0_AUTH: 'realm:ann' is not realm:user:crypted-password"},
        {"\"HAPROXY_0_AUTH\":\"r:ann:a b\"",
         "HAPROXY_0_AUTH: 'r:ann:a b' is not realm:user:crypted-password"},
        {"\"HAPROXY_0_BACKEND_NETWORK_ALLOWED_ACL\":\"10.0.0.0/33\"",
         "HAPROXY_0_BACKEND_NETWORK_ALLOWED_ACL: '10.0.0.0/33' is not a list of IPv4 networks"},
        {"\"HAPROXY_0_BACKEND_NETWORK_ALLOWED_ACL\":\"10.0.0.256\"",
         "HAPROXY_0_BACKEND_NETWORK_ALLOWED_ACL: '10.0.0.256' is not a list of IPv4 networks"},
        {"\"HAPROXY_0_BACKEND_NETWORK_ALLOWED_ACL\":\"\"",
         "HAPROXY_0_BACKEND_NETWORK_ALLOWED_ACL: '' is not a list of IPv4 networks"},
    };
    for (uint32_t i = 0; i < COUNT_OF(rows); i++) {
        char labels[200];
        char sentence[300];
        struct labels_case test;
        (void)snprintf(labels, sizeof labels, EXTERNAL ",%s", rows[i].label);
        (void)snprintf(sentence, sizeof sentence, "%s; the service of this port is left out\n",
                       rows[i].sentence);
        case_open(&test, labels);
        cr_assert(eq(u32, test.labels.services_count, 1), "%s", rows[i].label);
        cr_assert(eq(u32, test.labels.services[0].port_index, 1));
        cr_assert_str_eq(strbuf_text(&test.warnings), sentence);
        case_close(&test);
    }
}

/* A bad value of how a service is served is as if it were not there. */
Test(route_labels, a_bad_manner_is_ignored_alone)
{
    static const struct {
        const char *label;
        const char *value;
    } rows[] = {
        {"HAPROXY_0_BALANCE", "best"},       {"HAPROXY_0_BALANCE", "random(0)"},
        {"HAPROXY_0_MODE", "udp"},           {"HAPROXY_0_STICKY", "maybe"},
        {"HAPROXY_0_USE_HSTS", ""},          {"HAPROXY_0_BACKEND_WEIGHT", "1.5"},
        {"HAPROXY_0_BACKEND_WEIGHT", "99999999999"},
        {"HAPROXY_0_ENABLED", "on"},         {"HAPROXY_0_BIND_ADDR", "0.0.0.0"},
        {"HAPROXY_0_BACKEND_HEALTHCHECK_PORT_INDEX", "x"},
        {"HAPROXY_0_HTTP_BACKEND_PROXYPASS_PATH", "a b"},
        {"HAPROXY_DEPLOYMENT_GROUP", "a b"}, {"HAPROXY_DEPLOYMENT_TARGET_INSTANCES", "many"},
        {"HAPROXY_DEPLOYMENT_STARTED_AT", "yesterday"},
        {"REHEARSAL_0_WEIGHT", "0"},         {"REHEARSAL_0_WEIGHT", "257"},
        {"REHEARSAL_0_SLOW_START", "30"},    {"REHEARSAL_0_SLOW_START", "-1s"},
        {"REHEARSAL_0_ZONE_AFFINITY", "yes"},
        {"REHEARSAL_0_TIMEOUT", "0s"},       {"REHEARSAL_0_RETRIES", "101"},
        {"REHEARSAL_0_EJECT", "0"},          {"REHEARSAL_0_MAXCONN", "-1"},
    };
    for (uint32_t i = 0; i < COUNT_OF(rows); i++) {
        char labels[200];
        struct labels_case plain_one;
        struct labels_case test;
        (void)snprintf(labels, sizeof labels, EXTERNAL ",\"%s\":\"%s\"", rows[i].label,
                       rows[i].value);
        case_open(&plain_one, EXTERNAL);
        case_open(&test, labels);
        cr_assert(eq(u32, test.labels.services_count, 2), "%s", rows[i].label);
        cr_assert(eq(u32, test.labels.warnings_count, 1), "%s", labels);
        cr_assert_str_eq(test.labels.warnings[0].key, rows[i].label);
        cr_assert_not_null(strstr(test.labels.warnings[0].text, "; it is ignored"));
        const struct env_service *want = plain_one.service;
        cr_assert_str_eq(test.service->name, want->name);
        cr_assert_eq(test.service->policy, want->policy);
        cr_assert(eq(i32, test.service->rank, want->rank));
        cr_assert_eq(memcmp(&test.service->resilience, &want->resilience,
                            sizeof want->resilience), 0);
        cr_assert(eq(i64, test.service->slow_start_ns, 0));
        cr_assert(eq(u32, test.labels.services[0].weight, 1));
        cr_assert(not(test.service->sticky));
        cr_assert(not(test.service->zone_affinity));
        case_close(&test);
        case_close(&plain_one);
    }
}

Test(route_labels, a_label_that_wants_another_says_so)
{
    static const struct {
        const char *label;
        const char *needed;
    } rows[] = {
        {"\"HAPROXY_0_PATH\":\"/shop\"", "HAPROXY_0_VHOST"},
        {"\"HAPROXY_0_REDIRECT_TO_HTTPS\":\"true\"", "HAPROXY_0_VHOST"},
        {"\"REHEARSAL_0_SESSION_DRAIN\":\"30s\"", "HAPROXY_0_STICKY"},
        {"\"REHEARSAL_0_RETRY_BUDGET\":\"20%\"", "REHEARSAL_0_RETRIES"},
        {"\"REHEARSAL_0_RETRY_MIN\":\"10/s\"", "REHEARSAL_0_RETRY_BUDGET"},
        {"\"REHEARSAL_0_EJECT_FOR\":\"10s\"", "REHEARSAL_0_EJECT"},
        {"\"REHEARSAL_0_QUEUE\":\"10\"", "REHEARSAL_0_MAXCONN"},
        {"\"REHEARSAL_0_QUEUE_TIMEOUT\":\"10s\"", "REHEARSAL_0_MAXCONN"},
    };
    for (uint32_t i = 0; i < COUNT_OF(rows); i++) {
        char labels[200];
        char want[200];
        struct labels_case test;
        (void)snprintf(labels, sizeof labels, EXTERNAL ",%s", rows[i].label);
        (void)snprintf(want, sizeof want, "has no effect without %s", rows[i].needed);
        case_open(&test, labels);
        cr_assert(eq(u32, test.labels.services_count, 2));
        cr_assert(eq(u32, test.labels.warnings_count, 1));
        cr_assert_str_eq(test.labels.warnings[0].text, want);
        cr_assert_str_eq(test.service->path, "");
        cr_assert(not(test.service->tls.redirect_to_https));
        case_close(&test);
    }
}

Test(route_labels, a_tcp_service_is_never_open_without_its_password)
{
    struct labels_case test;
    case_open(&test, EXTERNAL ",\"HAPROXY_0_MODE\":\"tcp\",\"HAPROXY_0_AUTH\":\"r:ann:x\","
                              "\"HAPROXY_0_STICKY\":\"true\",\"HAPROXY_1_STICKY\":\"true\"");
    cr_assert(eq(u32, test.labels.services_count, 1));
    cr_assert(eq(u32, test.labels.services[0].port_index, 1));
    cr_assert(not(test.service->sticky));
    cr_assert_not_null(strstr(strbuf_text(&test.warnings),
                              "HAPROXY_0_AUTH: a TCP service cannot ask for it"));
    cr_assert_not_null(strstr(strbuf_text(&test.warnings),
                              "HAPROXY_1_STICKY: has no effect on a TCP service"));
    case_close(&test);
    case_open(&test, EXTERNAL ",\"HAPROXY_0_MODE\":\"tcp\",\"HAPROXY_0_VHOST\":\"a.example.com\"");
    cr_assert(test.service->http, "a virtual host needs to see requests");
    cr_assert_str_eq(strbuf_text(&test.warnings),
                     "HAPROXY_0_MODE: 'tcp' has no effect: a service with virtual hosts is HTTP\n");
    case_close(&test);
    case_open(&test, EXTERNAL ",\"HAPROXY_0_MODE\":\"tcp\"");
    cr_assert(not(test.service->http), "its HTTP check alone does not make it HTTP");
    case_close(&test);
}

Test(route_labels, what_is_not_acted_upon_is_named)
{
    static const struct {
        const char *key;
        const char *text;
    } rows[] = {
        {"HAPROXY_0_FRONTEND_HEAD", "is not acted upon: it is free text for a configuration"},
        {"HAPROXY_1_BACKEND_HTTP_OPTIONS", "is not acted upon: it is free text"},
        {"HAPROXY_0_BIND_OPTIONS", "is not acted upon"},
        {"HAPROXY_0_HTTP_BACKEND_REVPROXY_PATH", "is not acted upon"},
        {"HAPROXY_0_VHOTS", "is not a known label, the nearest valid one is HAPROXY_0_VHOST"},
        {"HAPROXY_0_vhost", "is not a known label, the nearest valid one is HAPROXY_0_VHOST"},
        {"HAPROXY_00_VHOST", "is not a known label, the nearest valid one is HAPROXY_0_VHOST"},
        {"HAPROXY_VHOST", "is not a known label, the nearest valid one is HAPROXY_0_VHOST"},
        {"HAPROXY_DEPLOYMENT_GRUOP",
         "is not a known label, the nearest valid one is HAPROXY_DEPLOYMENT_GROUP"},
        {"REHEARSAL_1_WIEGHT", "is not a known label, the nearest valid one is REHEARSAL_1_WEIGHT"},
        {"REHEARSAL_1_XYZXYZXYZ", "is not a known label"},
        {"HAPROXY_2_VHOST", "the app has no port of index 2"},
    };
    for (uint32_t i = 0; i < COUNT_OF(rows); i++) {
        char labels[200];
        struct labels_case test;
        (void)snprintf(labels, sizeof labels, EXTERNAL ",\"%s\":\"x\",\"OTHER\":\"y\"",
                       rows[i].key);
        case_open(&test, labels);
        cr_assert(eq(u32, test.labels.services_count, 2), "%s", rows[i].key);
        cr_assert(eq(u32, test.labels.warnings_count, 1), "%s", rows[i].key);
        cr_assert_str_eq(test.labels.warnings[0].key, rows[i].key);
        cr_assert(strncmp(test.labels.warnings[0].text, rows[i].text, strlen(rows[i].text)) == 0,
                  "%s", test.labels.warnings[0].text);
        case_close(&test);
    }
}

Test(route_labels, a_deployment_group_gives_its_services_one_name)
{
    struct labels_case test;
    case_open(&test, EXTERNAL ",\"HAPROXY_DEPLOYMENT_GROUP\":\"/web\",\"HAPROXY_0_PORT\":\"80\","
                              "\"HAPROXY_DEPLOYMENT_STARTED_AT\":\"2016-02-01T15:51:38.184623\","
                              "\"HAPROXY_DEPLOYMENT_TARGET_INSTANCES\":\"3\","
                              "\"HAPROXY_DEPLOYMENT_NEW_INSTANCES\":\"1\","
                              "\"HAPROXY_DEPLOYMENT_COLOUR\":\"blue\",\"HAPROXY_APP_ID\":\"web\","
                              "\"HAPROXY_DEPLOYMENT_ALT_PORT\":\"10001\"");
    cr_assert_str_eq(strbuf_text(&test.warnings), "");
    cr_assert_str_eq(test.service->name, "web_80");
    cr_assert_str_eq(test.service->app, "/shop/web");
    cr_assert_str_eq(test.labels.group.name, "web");
    cr_assert(test.labels.group.has_target);
    cr_assert(eq(u32, test.labels.group.target, 3));
    cr_assert(eq(u32, test.labels.group.new_instances, 1));
    cr_assert(eq(i64, test.labels.group.started_at_ns,
                 SEC(INT64_C(1454341898)) + 184623 * INT64_C(1000)));
    case_close(&test);
}

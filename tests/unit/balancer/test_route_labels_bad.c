/*
 * tests/unit/balancer/test_route_labels_bad.c
 *
 * Goal:   a label that is not acted upon, or would break a proxy's configuration, is named and left
 *         out alone.
 * Method: definitions in, services and sentences out.
 */
#include "tests/unit/balancer/labels_case.h"

/* A bad value of who may get to a service leaves it out. */
Test(route_labels_bad, an_offender_is_left_out_alone)
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
Test(route_labels_bad, a_bad_manner_is_ignored_alone)
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

Test(route_labels_bad, a_label_that_wants_another_says_so)
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

Test(route_labels_bad, a_tcp_service_is_never_open_without_its_password)
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

Test(route_labels_bad, what_is_not_acted_upon_is_named)
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

Test(route_labels_bad, a_slow_start_needs_weights_that_change)
{
    struct labels_case test;
    case_open(&test, EXTERNAL ",\"HAPROXY_0_BALANCE\":\"static-rr\","
                              "\"REHEARSAL_0_SLOW_START\":\"30s\","
                              "\"REHEARSAL_1_SLOW_START\":\"30s\"");
    cr_assert_str_eq(strbuf_text(&test.warnings),
                     "REHEARSAL_0_SLOW_START: has no effect: weights of static-rr never change\n");
    cr_assert(eq(i64, test.labels.services[0].service.slow_start_ns, 0));
    cr_assert(eq(i64, test.labels.services[1].service.slow_start_ns, SEC(30)));
    case_close(&test);
}

Test(route_labels_bad, a_vip_that_is_none_is_named_with_its_port)
{
    static const struct label_warning wanted[] = {
        {"VIP_3", "has no effect on an app: a VIP is a label of a port", LABEL_OF_APP},
        {"VIP_0", "'web:80' is not /name:port or an IPv4 address with its port; it is ignored", 0},
        {"VIP", "is not a known label, the nearest valid one is VIP_0", 1},
        {"VIP_1", "'/web:99999' is not /name:port or an IPv4 address with its port; it is ignored",
         1},
        {"VIP_x", "is not a known label, the nearest valid one is VIP_0", 1},
    };
    struct app_case app;
    struct route_labels labels;
    app_case_read(&app, "{\"id\":\"/web\",\"cmd\":\"x\",\"labels\":{\"VIP_3\":\"/web:80\"},"
                        "\"portDefinitions\":[{\"port\":0,\"labels\":{\"VIP_0\":\"web:80\","
                        "\"VIPER\":\"x\"}},{\"port\":0,\"labels\":{\"VIP_0\":\"/web:80\","
                        "\"VIP_1\":\"/web:99999\",\"VIP\":\"/web:80\",\"VIP_x\":\"/web:80\"}}]}");
    cr_assert_not_null(app.spec);
    route_labels_read(app.spec, &labels_plain, &app.arena, &labels);
    cr_assert(eq(u32, labels.warnings_count, COUNT_OF(wanted)));
    for (uint32_t i = 0; i < COUNT_OF(wanted); i++) {
        cr_assert_str_eq(labels.warnings[i].key, wanted[i].key);
        cr_assert_str_eq(labels.warnings[i].text, wanted[i].text);
        cr_assert(eq(u32, labels.warnings[i].port_index, wanted[i].port_index));
    }
    app_case_close(&app);
}

/*
 * tests/unit/balancer/test_route_labels.c
 *
 * Goal:   an app's HAPROXY labels mean what marathon-lb says, and its REHEARSAL labels what our
 *         guide says.
 * Method: definitions in, services out.
 */
#include "tests/unit/balancer/labels_case.h"

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

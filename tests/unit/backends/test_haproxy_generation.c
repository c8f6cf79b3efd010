/*
 * tests/unit/backends/test_haproxy_generation.c
 *
 * Goal:   an offender is left out alone, by name; what is taken is a copy in a known order.
 * Method: a good service before and after each kind of offender.
 */
#include "tests/unit/backends/haproxy_words.h"

/* Only the middle one is refused, and the sentence says which and why. */
static void
expect_refused(const struct env_service *bad, const char *why)
{
    struct haproxy_generation generation = { 0 };
    struct env_service services[] = { words_service("first"), *bad, words_service("last") };
    words_copy(&generation, services, 3);
    cr_expect(generation.services.count == 2, "%s", why);
    cr_expect(generation.refused_count == 1, "%s", why);
    cr_expect(strstr(generation.refused.text, "service ") == generation.refused.text);
    cr_expect(strstr(generation.refused.text, why) != NULL, "%s", generation.refused.text);
    cr_expect(strcmp(haproxy_generation_at(&generation, 0)->name, "first") == 0);
    cr_expect(strcmp(haproxy_generation_at(&generation, 1)->name, "last") == 0);
    haproxy_generation_fini(&generation);
}

Test(haproxy_generation, an_offender_is_left_out_alone)
{
    static const struct env_balance_policy p2c = { .name = "p2c" };
    static const struct env_endpoint twice[] = {
        { .id = 1, .ipv4 = 1, .port = 1, .weight = 1 },
        { .id = 1, .ipv4 = 2, .port = 2, .weight = 1 },
    };
    static const struct env_endpoint heavy = { .id = 1, .ipv4 = 1, .port = 1, .weight = 257 };
    struct env_service bad = words_service("na me");
    expect_refused(&bad, "its name");
    bad = words_service("first");
    expect_refused(&bad, "twice");
    bad = words_service("bad");
    bad.vhosts = "ok.example.com,#";
    expect_refused(&bad, "vhost");
    bad = words_service("bad");
    bad.path = "/a b";
    expect_refused(&bad, "path");
    bad = words_service("bad");
    bad.app = "/a\nb";
    expect_refused(&bad, "app");
    bad = words_service("bad");
    bad.policy = &p2c;
    expect_refused(&bad, "policy");
    bad = words_service("bad");
    bad.policy = &words_random;
    bad.policy_argument = 65;
    expect_refused(&bad, "argument");
    bad = words_service("bad");
    bad.http = false;
    expect_refused(&bad, "vhosts");
    bad = words_service("bad");
    bad.port = WORDS_HTTP_PORT;
    expect_refused(&bad, "service port");
    bad = words_service("bad");
    bad.endpoints = twice;
    bad.endpoints_count = 2;
    expect_refused(&bad, "twice");
    bad = words_service("bad");
    bad.endpoints = &heavy;
    bad.endpoints_count = 1;
    expect_refused(&bad, "weight");
}

static void
expect_weights(uint16_t light, uint16_t heavy, uint16_t light_wanted, uint16_t heavy_wanted)
{
    const struct env_endpoint servers[] = {
        { .id = 1, .ipv4 = 1, .port = 1, .weight = light },
        { .id = 2, .ipv4 = 2, .port = 2, .weight = heavy },
    };
    struct haproxy_generation generation = { 0 };
    struct env_service service = words_service("web");
    service.endpoints = servers;
    service.endpoints_count = 2;
    words_copy(&generation, &service, 1);
    const struct haproxy_service *taken = haproxy_generation_at(&generation, 0);
    cr_expect(taken->servers[0].weight == light_wanted, "%u", taken->servers[0].weight);
    cr_expect(taken->servers[1].weight == heavy_wanted, "%u", taken->servers[1].weight);
    haproxy_generation_fini(&generation);
}

Test(haproxy_generation, writes_weights_as_finely_as_haproxy_can)
{
    expect_weights(1, 1, 16, 16);
    expect_weights(3, 16, 48, 256);
    expect_weights(1, 17, 15, 255);
    expect_weights(2, 200, 2, 200);
    expect_weights(1, 256, 1, 256);
}

static void
expect_without(const struct env_service *service, const char *words, uint32_t refused_count)
{
    struct haproxy_generation generation = { 0 };
    words_copy(&generation, service, 1);
    cr_expect(generation.services.count == 1, "in force all the same");
    cr_expect(generation.refused_count == refused_count, "%s", generation.refused.text);
    cr_expect(strstr(generation.refused.text, words) != NULL, "%s", generation.refused.text);
    haproxy_generation_fini(&generation);
}

Test(haproxy_generation, a_part_that_haproxy_lacks_is_named_and_left_out)
{
    struct env_service service = words_service("web");
    service.resilience = (struct env_resilience){ .retries = 2, .budget_ppm = 200000 };
    expect_without(&service, "service web: HAProxy has no retry budget", 1);
    service = words_service("web");
    service.resilience = (struct env_resilience){ .eject_failures = 5,
                                                  .eject_ns = SEC(5),
                                                  .eject_max_ns = SEC(300) };
    expect_without(&service, "eject for longer each time", 1);
    service.resilience.eject_max_ns = SEC(5);
    expect_without(&service, "", 0);
    service = words_service("web");
    service.tls.certificate = "no/absolute.pem";
    expect_without(&service, "certificate", 1);
    service = words_service("web");
    service.vhosts = "";
    service.http = false;
    service.sticky = true;
    service.tls.hsts = true;
    expect_without(&service, "sessions", 2);
}

Test(haproxy_generation, what_was_to_be_closed_is_not_opened_for_want_of_a_word)
{
    struct env_service bad = words_service("bad");
    bad.allowed = "10.0.0.0/8, everybody";
    expect_refused(&bad, "networks");
    bad = words_service("bad");
    bad.auth_realm = "it's mine";
    bad.auth_user = "bob";
    bad.auth_password = "x";
    expect_refused(&bad, "realm");
    bad.auth_realm = "mine";
    bad.auth_password = "";
    expect_refused(&bad, "password");
    bad = words_service("bad");
    bad.rewrite_from = "/a b";
    bad.rewrite_to = "/";
    expect_refused(&bad, "rewriting");
    bad = words_service("bad");
    bad.names = "web.marathon.example:80:80";
    expect_refused(&bad, "names");
}

Test(haproxy_generation, two_services_cannot_have_one_port)
{
    struct haproxy_generation generation = { 0 };
    struct env_service services[] = { words_service("a"), words_service("b") };
    services[0].port = 10000;
    services[1].port = 10000;
    words_copy(&generation, services, 2);
    cr_expect(generation.services.count == 1);
    cr_expect(strstr(generation.refused.text, "service b") != NULL);
    haproxy_generation_fini(&generation);
}

Test(haproxy_generation, a_name_in_a_sentence_is_cut_and_printable)
{
    struct haproxy_generation generation = { 0 };
    struct env_service bad = words_service("x\n\x1b[31m\xff");
    words_copy(&generation, &bad, 1);
    cr_expect(strncmp(generation.refused.text, "service x??[31m?:", 17) == 0, "%s",
              generation.refused.text);
    haproxy_generation_fini(&generation);
}

Test(haproxy_generation, copies_hosts_in_lower_case_and_endpoints_in_order)
{
    struct haproxy_generation generation = { 0 };
    struct env_service service = words_service("web");
    char vhosts[] = "WEB.example.com, b.Example.com,";
    service.vhosts = vhosts;
    service.policy = &words_random;
    words_copy(&generation, &service, 1);
    memset(vhosts, 'x', sizeof vhosts - 1);

    const struct haproxy_service *copy = haproxy_generation_at(&generation, 0);
    cr_assert(copy->hosts_count == 2);
    cr_expect(strcmp(copy->hosts[0], "web.example.com") == 0);
    cr_expect(strcmp(copy->hosts[1], "b.example.com") == 0);
    cr_expect(strcmp(copy->balance, "random(2)") == 0);
    cr_assert(copy->servers_count == 3);
    cr_expect(copy->servers[0].id == 5 && copy->servers[1].id == 6 && copy->servers[2].id == 7);
    haproxy_generation_fini(&generation);
}

Test(haproxy_generation, too_many_services_or_endpoints_are_no_capacity)
{
    static struct env_service services[HAPROXY_SERVICES_MAX + 1];
    struct haproxy_generation generation = { 0 };
    struct error err;
    struct env_service service = words_service("web");
    service.endpoints_count = 0;
    for (uint32_t i = 0; i <= HAPROXY_SERVICES_MAX; i++) {
        services[i] = service;
    }
    struct env_proxy_apply apply = { .generation = 1,
                                     .services = services,
                                     .services_count = HAPROXY_SERVICES_MAX + 1 };
    cr_expect(haproxy_generation_copy(&generation, &apply, words_ports, &err) == ST_NO_CAPACITY);
    services[0].endpoints_count = HAPROXY_SERVERS_MAX + 1; /* refused before anything is read */
    apply.services_count = 1;
    cr_expect(haproxy_generation_copy(&generation, &apply, words_ports, &err) == ST_NO_CAPACITY);
}

Test(haproxy_generation, knows_when_an_endpoint_is_lost)
{
    struct haproxy_generation before = { 0 };
    struct haproxy_generation after = { 0 };
    struct env_service service = words_service("web");
    struct env_endpoint endpoints[3];
    memcpy(endpoints, words_endpoints, sizeof endpoints);
    service.endpoints = endpoints;
    words_copy(&before, &service, 1);

    words_copy(&after, &service, 1);
    cr_expect(!haproxy_generation_loses(&before, &after));
    service.endpoints_count = 2; /* without the one that was draining */
    words_copy(&after, &service, 1);
    cr_expect(!haproxy_generation_loses(&before, &after));
    endpoints[0].draining = true;
    words_copy(&after, &service, 1);
    cr_expect(haproxy_generation_loses(&before, &after));
    service.endpoints_count = 0;
    words_copy(&after, &service, 1);
    cr_expect(haproxy_generation_loses(&before, &after));
    words_copy(&after, NULL, 0);
    cr_expect(haproxy_generation_loses(&before, &after));
    cr_expect(!haproxy_generation_loses(&after, &before));
    haproxy_generation_fini(&before);
    haproxy_generation_fini(&after);
}

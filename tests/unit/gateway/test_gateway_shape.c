/*
 * tests/unit/gateway/test_gateway_shape.c
 *
 * Goal:   retries, timeouts, algorithms and passive checks of Kong's file become words of the
 *         services that they lead to; labels of an app go before; the rest is named.
 * Method: files read, bound to three services, shaped, and looked at.
 */
#include "platform/env/proxy.h"
#include "tests/unit/gateway/gateway_bed.h"

static const struct env_balance_policy turn = { .name = "roundrobin" };
static const struct env_balance_policy other = { .name = "other", .argument_default = 7 };

struct shaped {
    struct env_service        given[3];
    const struct env_service *services;
};

static char asked_for[64];

static const struct env_balance_policy *
named(const char *name)
{
    (void)snprintf(asked_for, sizeof asked_for, "%s", name);
    return &other;
}

/* The gateway bound to copies of the bed's services, as an edge has them. */
static void
shape(struct gateway_bed *bed, struct shaped *shaped, const char *text)
{
    bed_open(bed, text);
    asked_for[0] = '\0';
    for (uint32_t i = 0; i < COUNT_OF(shaped->given); i++) {
        shaped->given[i].name = bed_services[i].name;
        shaped->given[i].policy = shaped->given[i].policy != NULL ? shaped->given[i].policy : &turn;
    }
    shaped->services = bed->gateway->ops->shape(bed->gateway, shaped->given,
                                                COUNT_OF(shaped->given), named, &bed->arena);
}

Test(gateway_shape, gives_retries_and_a_timeout)
{
    struct gateway_bed bed;
    struct shaped      shaped = { 0 };
    shape(&bed, &shaped, "_format_version: \"3.0\"\nservices:\n"
                         "- {name: a, host: web, read_timeout: 250, retries: 2}\n"
                         "- {name: b, host: web, read_timeout: 900, retries: 9}\n");
    cr_assert(eq(i64, shaped.services[0].resilience.attempt_timeout_ns, MS(250)));
    cr_assert(eq(u32, shaped.services[0].resilience.retries, 2));
    cr_assert(shaped.services[0].answers_stand);
    cr_assert(eq(u32, shaped.services[1].resilience.retries, 0));
    cr_assert(eq(u32, shaped.given[0].resilience.retries, 0));
    bed_close(&bed);
}

Test(gateway_shape, leaves_services_alone_when_nothing_is_said)
{
    struct gateway_bed bed;
    struct shaped      shaped = { 0 };
    shape(&bed, &shaped, "_format_version: \"3.0\"\nservices:\n"
                         "- {name: a, host: web, read_timeout: 60000, retries: 5}\n"
                         "- {name: b, host: web, enabled: false, retries: 2}\n"
                         "- {name: c, host: nobody.test, retries: 2}\n");
    cr_assert(shaped.services == shaped.given);
    bed_close(&bed);
}

Test(gateway_shape, lets_the_labels_of_an_app_go_before)
{
    struct gateway_bed bed;
    struct shaped      shaped = { 0 };
    shaped.given[0].resilience = (struct env_resilience){
        .attempt_timeout_ns = SEC(1), .retries = 1, .eject_failures = 9
    };
    shaped.given[0].policy = &other;
    shape(&bed, &shaped, "_format_version: \"3.0\"\nservices:\n"
                         "- {name: a, host: pool, read_timeout: 250, retries: 2}\nupstreams:\n"
                         "- {name: pool, algorithm: latency, targets: [{target: 'web:80'}],\n"
                         "   healthchecks: {passive: {unhealthy: {timeouts: 3}}}}\n");
    cr_assert(shaped.services == shaped.given);
    cr_assert(eq(str, asked_for, ""));
    bed_close(&bed);
}

Test(gateway_shape, shapes_both_services_of_a_split)
{
    struct gateway_bed bed;
    struct shaped      shaped = { 0 };
    shaped.given[0].split_to = "canary_10002";
    shape(&bed, &shaped,
          "_format_version: \"3.0\"\nservices:\n- {name: a, host: web, retries: 2}\n");
    cr_assert(eq(u32, shaped.services[0].resilience.retries, 2));
    cr_assert(eq(u32, shaped.services[1].resilience.retries, 0));
    cr_assert(eq(u32, shaped.services[2].resilience.retries, 2));
    bed_close(&bed);
}

Test(gateway_shape, ejects_by_the_lowest_limit_that_is_on)
{
    struct gateway_bed bed;
    struct shaped      shaped = { 0 };
    shape(&bed, &shaped,
          "_format_version: \"3.0\"\nservices:\n- {name: a, host: pool}\nupstreams:\n"
          "- {name: pool, targets: [{target: 'web:80'}, {target: 'canary:80', weight: 0}],\n"
          "   healthchecks: {passive: {unhealthy: {timeouts: 0, tcp_failures: 4, "
          "http_failures: 6}}}}\n");
    cr_assert(eq(u32, shaped.services[0].resilience.eject_failures, 4));
    cr_assert(eq(i64, shaped.services[0].resilience.eject_ns, SEC(5)));
    cr_assert(eq(u32, shaped.services[2].resilience.eject_failures, 0));
    cr_assert(shaped.services[0].policy == &turn);
    bed_close(&bed);
}

Test(gateway_shape, finds_the_policy_of_each_algorithm)
{
    static const char *const cases[][2] = {
        { "least-connections", "leastconn" },
        { "latency", "peak-ewma" },
        { "consistent-hashing, hash_on: ip", "source" },
        { "consistent-hashing, hash_on: path", "uri" },
        { "consistent-hashing, hash_on: header", "" },
        { "round-robin", "" },
    };
    for (uint32_t i = 0; i < COUNT_OF(cases); i++) {
        struct gateway_bed bed;
        struct shaped      shaped = { 0 };
        char               text[512];
        (void)snprintf(text, sizeof text,
                       "_format_version: \"3.0\"\nservices:\n- {name: a, host: pool}\nupstreams:\n"
                       "- {name: pool, targets: [{target: 'web:80'}], algorithm: %s}\n",
                       cases[i][0]);
        shape(&bed, &shaped, text);
        cr_assert(eq(str, asked_for, (char *)cases[i][1]));
        cr_assert(eq(u32, shaped.services[0].policy_argument, cases[i][1][0] != '\0' ? 7 : 0));
        bed_close(&bed);
    }
}

Test(gateway_shape, refuses_and_names_with_the_place)
{
    struct gateway_bed bed;
    bed_read(&bed, "_format_version: \"3.0\"\nupstreams:\n- name: pool\n  healthchecks:\n"
                   "    passive: {unhealthy: {timeouts: 256}}\n");
    cr_assert(bed.text == NULL);
    cr_assert(strstr(bed_said(&bed, DIAG_ERROR),
                     "kong:5:27: /upstreams/0/healthchecks/passive/unhealthy/timeouts: 256 is too "
                     "large, expected a whole number of at most 255") != NULL,
              "%s", bed_said(&bed, DIAG_ERROR));
    bed_close(&bed);
    bed_read(&bed, "_format_version: \"3.0\"\nservices:\n- {name: a, host: web, retries: 0}\n"
                   "upstreams:\n- name: pool\n  algorithm: consistent-hashing\n"
                   "  hash_on: cookie\n  healthchecks: {active: {}}\n");
    const char *said = bed_said(&bed, DIAG_WARNING);
    cr_assert(strstr(said, "/services/0/retries: 0 is not acted upon") != NULL, "%s", said);
    cr_assert(strstr(said, "/upstreams/0/hash_on: found \"cookie\"") != NULL, "%s", said);
    cr_assert(strstr(said, "/upstreams/0/healthchecks/active: \"active\" is kept and not acted "
                           "upon") != NULL, "%s", said);
    bed_close(&bed);
}

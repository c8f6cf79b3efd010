/*
 * platform/gateway/upstream_rules.c - health checks, algorithm and retries: what of them the
 * balancer can do, and what is only kept.
 *
 * Source: Kong 3.x's schemas of upstreams and services. Kong's counters of failures run in a row;
 *         each of them is at most 255, 0 switches it off.
 */
#include "platform/gateway/gateway_parts.h"

#include <string.h>

static const char *const check_types[] = { "http", "https", "tcp", "grpc", "grpcs", NULL };

#define COUNTER(key) { .name = key, .kind = APP_INTEGER, .max = 255 }
#define KEPT(key)    { .name = key, .kind = APP_ANY, .flags = APP_LATER }

static const struct app_field unhealthy_fields[] = {
    COUNTER("http_failures"), COUNTER("tcp_failures"), COUNTER("timeouts"), KEPT("http_statuses"),
};
const struct app_shape gateway_unhealthy = { .fields = unhealthy_fields,
                                             .fields_count = COUNT_OF(unhealthy_fields),
                                             .knows_all = true };

static const struct app_field passive_fields[] = {
    { .name = "type", .kind = APP_WORD, .words = check_types },
    KEPT("healthy"),
    { .name = "unhealthy", .kind = APP_OBJECT, .shape = &gateway_unhealthy },
};
const struct app_shape gateway_passive = { .fields = passive_fields,
                                           .fields_count = COUNT_OF(passive_fields),
                                           .knows_all = true };

static const struct app_field healthchecks_fields[] = {
    KEPT("active"), /* apps have their own checks, which their agents make */
    { .name = "passive", .kind = APP_OBJECT, .shape = &gateway_passive },
    KEPT("threshold"),
};
const struct app_shape gateway_healthchecks = { .fields = healthchecks_fields,
                                                .fields_count = COUNT_OF(healthchecks_fields),
                                                .knows_all = true };

const char *
gateway_upstream_policy(const json_t *upstream)
{
    const char *algorithm = gateway_text(upstream, "algorithm");
    const char *hash_on = gateway_text(upstream, "hash_on");
    if (strcmp(algorithm, "least-connections") == 0) {
        return "leastconn";
    }
    if (strcmp(algorithm, "latency") == 0) {
        return "peak-ewma";
    }
    if (strcmp(algorithm, "consistent-hashing") != 0) {
        return "";
    }
    return strcmp(hash_on, "ip") == 0 ? "source" : strcmp(hash_on, "path") == 0 ? "uri" : NULL;
}

void
gateway_upstream_rules_check(struct gateway_draft *draft, const struct gateway_entity *upstream)
{
    const char   *hash_on = gateway_text(upstream->json, "hash_on");
    const json_t *checks = json_object_get(upstream->json, "healthchecks");
    const json_t *passive = json_object_get(checks, "passive");
    if (gateway_upstream_policy(upstream->json) == NULL) {
        gateway_say(draft, upstream, "hash_on", DIAG_WARNING,
                    "found \"%s\", which is not hashed: its servers take turns; expected \"ip\" or "
                    "\"path\"", hash_on);
    } else if (strcmp(gateway_text(upstream->json, "algorithm"), "consistent-hashing") != 0 &&
               hash_on[0] != '\0' && strcmp(hash_on, "none") != 0) {
        gateway_say(draft, upstream, "hash_on", DIAG_WARNING,
                    "\"hash_on\" counts with the algorithm \"consistent-hashing\" alone");
    }
    gateway_rules_later(draft, upstream, &gateway_healthchecks, checks, "healthchecks/");
    gateway_rules_later(draft, upstream, &gateway_passive, passive, "healthchecks/passive/");
    gateway_rules_later(draft, upstream, &gateway_unhealthy, json_object_get(passive, "unhealthy"),
                        "healthchecks/passive/unhealthy/");
}

void
gateway_service_rules_check(struct gateway_draft *draft, const struct gateway_entity *service)
{
    const json_t *retries = json_object_get(service->json, "retries");
    if (json_is_integer(retries) && json_integer_value(retries) == 0) {
        gateway_say(draft, service, "retries", DIAG_WARNING,
                    "0 is not acted upon: a connection that is refused is tried again");
    }
}

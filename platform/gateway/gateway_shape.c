/*
 * platform/gateway/gateway_shape.c - what Kong's services and upstreams ask of the balancer, as
 * words of the services of a generation.
 *
 * Defaults: a value that is Kong's default counts as not said, so that an app's service stays as
 *           its labels make it.
 * Reach:    the services are shaped, not the requests: what comes by a virtual host or an inside
 *           name is treated the same.
 */
#include <string.h>

#include "platform/env/proxy.h"
#include "platform/gateway/gateway_load.h"

/* For how long a server is out: linkerd's, as the label EJECT has it. Kong waits for its own active
 * checks, or for somebody's hand. */
#define SHAPE_EJECT_NS     SEC(5)
#define SHAPE_EJECT_NS_MAX SEC(300)

struct shaper {
    const struct env_service *given;
    struct env_service       *made; /* the copy; NULL while nothing has changed */
    uint32_t                  count;
    env_gateway_policy_fn    *policy_named;
    struct arena             *arena;
};

static uint32_t
shape_number(const json_t *object, const char *key)
{
    return (uint32_t)json_integer_value(json_object_get(object, key));
}

void
gateway_shape_load_service(const json_t *from, struct env_gateway_service *service)
{
    const uint32_t retries = shape_number(from, "retries");
    const int64_t  timeout_ms = shape_number(from, "read_timeout");
    service->retries = retries == GATEWAY_RETRIES_DEFAULT ? 0 : retries;
    service->read_timeout_ns = timeout_ms == GATEWAY_TIMEOUT_MS_DEFAULT ? 0 : MS(timeout_ms);
}

/* There is one count of failures in a row whatever they are: the lowest limit decides. */
void
gateway_shape_load_upstream(const json_t *from, struct env_gateway_upstream *upstream)
{
    static const char *const counters[] = { "http_failures", "tcp_failures", "timeouts" };
    const json_t *checks = json_object_get(from, "healthchecks");
    const json_t *unhealthy =
        json_object_get(json_object_get(checks, "passive"), "unhealthy");
    const char *policy = gateway_upstream_policy(from);
    upstream->policy = policy != NULL ? policy : "";
    for (uint32_t i = 0; i < COUNT_OF(counters); i++) {
        const uint32_t limit = shape_number(unhealthy, counters[i]);
        if (limit > 0 && (upstream->eject_failures == 0 || limit < upstream->eject_failures)) {
            upstream->eject_failures = limit;
        }
    }
}

static struct env_service *
shape_writable(struct shaper *shaper, uint32_t index)
{
    if (shaper->made == NULL) {
        shaper->made = ARENA_ARRAY(shaper->arena, struct env_service, shaper->count);
        memcpy(shaper->made, shaper->given, sizeof *shaper->made * shaper->count);
    }
    return &shaper->made[index];
}

static void
shape_one(struct shaper *shaper, uint32_t index, const struct env_gateway_service *service,
          const struct env_gateway_upstream *upstream)
{
    const struct env_service *now =
        shaper->made != NULL ? &shaper->made[index] : &shaper->given[index];
    const struct env_resilience *has = &now->resilience;
    const struct env_balance_policy *policy = NULL;
    if (service->retries > 0 && has->retries == 0) {
        struct env_service *made = shape_writable(shaper, index);
        made->resilience.retries = service->retries;
        made->answers_stand = true;
        has = &made->resilience;
    }
    if (service->read_timeout_ns > 0 && has->attempt_timeout_ns == 0) {
        struct env_service *made = shape_writable(shaper, index);
        made->resilience.attempt_timeout_ns = service->read_timeout_ns;
        has = &made->resilience;
    }
    if (upstream != NULL && upstream->eject_failures > 0 && has->eject_failures == 0) {
        struct env_resilience *made = &shape_writable(shaper, index)->resilience;
        made->eject_failures = upstream->eject_failures;
        made->eject_ns = made->eject_ns > 0 ? made->eject_ns : SHAPE_EJECT_NS;
        made->eject_max_ns = made->eject_max_ns > 0 ? made->eject_max_ns : SHAPE_EJECT_NS_MAX;
    }
    if (upstream != NULL && upstream->policy[0] != '\0' &&
        strcmp(now->policy->name, "roundrobin") == 0) {
        policy = shaper->policy_named(upstream->policy);
    }
    if (policy != NULL) {
        struct env_service *made = shape_writable(shaper, index);
        made->policy = policy;
        made->policy_argument = policy->argument_default;
    }
}

/* A service that splits and the one that it splits to are shaped alike. */
static void
shape_bound(struct shaper *shaper, const struct env_gateway_bound *bound,
            const struct env_gateway_service *service, const struct env_gateway_upstream *upstream)
{
    if (bound->index >= shaper->count) {
        return; /* ENV_GATEWAY_NONE: not known */
    }
    const char *other = shaper->given[bound->index].split_to;
    shape_one(shaper, bound->index, service, upstream);
    for (uint32_t i = 0; other != NULL && other[0] != '\0' && i < shaper->count; i++) {
        if (strcmp(shaper->given[i].name, other) == 0) {
            shape_one(shaper, i, service, upstream);
        }
    }
}

const struct env_service *
gateway_shape(const struct env_gateway *gateway, const struct env_service *services,
              uint32_t services_count, env_gateway_policy_fn *policy_named, struct arena *arena)
{
    ASSERT(policy_named != NULL);
    struct shaper shaper = { services, NULL, services_count, policy_named, arena };
    for (uint32_t i = 0; i < gateway->services_count; i++) {
        const struct env_gateway_service *service = &gateway->services[i];
        if (!service->enabled) {
            continue;
        }
        if (service->upstream == ENV_GATEWAY_NONE) {
            shape_bound(&shaper, &service->bound, service, NULL);
            continue;
        }
        const struct env_gateway_upstream *upstream = &gateway->upstreams[service->upstream];
        for (uint32_t t = 0; t < upstream->targets_count; t++) {
            const struct env_gateway_target *target =
                &gateway->targets[upstream->targets_first + t];
            if (target->weight > 0) {
                shape_bound(&shaper, &target->bound, service, upstream);
            }
        }
    }
    return shaper.made != NULL ? shaper.made : services;
}

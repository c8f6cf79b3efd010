/* platform/balancer/route_readers.c - values of labels that are more than a number. */
#include "platform/balancer/route_readers.h"

#include <string.h>

#include "platform/balancer/policy.h"
#include "platform/balancer/route_values.h"
#include "platform/base/units.h"

/* Source: linkerd 1.7, its failure accrual: 5 s to 300 s. */
#define ROUTE_EJECT_NS     SEC(5)
#define ROUTE_EJECT_NS_MAX SEC(300)

enum { ROUTE_EJECT_FOR_BYTES = 32 };

/* --- of a port --- */

bool
route_read_groups(void *base, const char *value, struct arena *arena)
{
    (void)arena;
    ((struct label_port *)base)->groups = value;
    return true;
}

bool
route_read_enabled(void *base, const char *value, struct arena *arena)
{
    struct label_port *port = base;
    bool enabled = false;
    (void)arena;
    if (!route_value_bool(value, &enabled)) {
        return false;
    }
    port->enabled = enabled;
    port->disabled = !enabled;
    return true;
}

bool
route_read_hosts(void *base, const char *value, struct arena *arena)
{
    const char *hosts = route_value_hosts(value, arena);
    if (hosts != NULL) {
        ((struct label_port *)base)->label.service.vhosts = hosts;
    }
    return hosts != NULL;
}

bool
route_read_path(void *base, const char *value, struct arena *arena)
{
    (void)arena;
    ((struct label_port *)base)->label.service.path = value;
    return route_value_is_path(value);
}

bool
route_read_mode(void *base, const char *value, struct arena *arena)
{
    struct label_port *port = base;
    (void)arena;
    port->mode_is_said = strcmp(value, "http") == 0 || strcmp(value, "tcp") == 0;
    port->mode_http = strcmp(value, "http") == 0;
    return port->mode_is_said;
}

bool
route_read_balance(void *base, const char *value, struct arena *arena)
{
    struct env_service *service = &((struct label_port *)base)->label.service;
    uint32_t argument = 0;
    const struct env_balance_policy *policy = balance_policy_find(value, &argument);
    (void)arena;
    if (policy != NULL) {
        service->policy = policy;
        service->policy_argument = argument;
    }
    return policy != NULL;
}

bool
route_read_port(void *base, const char *value, struct arena *arena)
{
    int64_t port = 0;
    (void)arena;
    if (!route_value_count(value, 1, UINT16_MAX, &port)) {
        return false;
    }
    ((struct label_port *)base)->label.service.port = (uint16_t)port;
    return true;
}

/* Proxies listen where their machine says: only what asks for no more than that is taken. */
bool
route_read_address(void *base, const char *value, struct arena *arena)
{
    (void)base;
    (void)arena;
    return strcmp(value, "*") == 0 || strcmp(value, "127.0.0.1") == 0 ||
           strcmp(value, "localhost") == 0;
}

bool
route_read_certificate(void *base, const char *value, struct arena *arena)
{
    (void)arena;
    ((struct label_port *)base)->label.service.tls.certificate = value;
    return route_value_is_file(value);
}

bool
route_read_auth(void *base, const char *value, struct arena *arena)
{
    struct env_service *service = &((struct label_port *)base)->label.service;
    return route_value_auth(value, arena, &service->auth_realm, &service->auth_user,
                            &service->auth_password);
}

bool
route_read_allowed(void *base, const char *value, struct arena *arena)
{
    const char *networks = route_value_networks(value, arena);
    if (networks != NULL) {
        ((struct label_port *)base)->label.service.allowed = networks;
    }
    return networks != NULL;
}

bool
route_read_checks(void *base, const char *value, struct arena *arena)
{
    struct label_port *port = base;
    int64_t index = 0;
    (void)arena;
    if (!route_value_count(value, 0, TASK_PORTS_MAX - 1, &index)) {
        return false;
    }
    port->checks_elsewhere = true;
    port->checks_index = (uint32_t)index;
    return true;
}

bool
route_read_proxypass(void *base, const char *value, struct arena *arena)
{
    struct env_service *service = &((struct label_port *)base)->label.service;
    (void)arena;
    if (!route_value_is_path(value)) {
        return false;
    }
    service->rewrite_from = value;
    service->rewrite_to = "/";
    return true;
}

bool
route_read_affinity(void *base, const char *value, struct arena *arena)
{
    (void)arena;
    if (strcmp(value, "prefer") != 0 && strcmp(value, "none") != 0) {
        return false;
    }
    ((struct label_port *)base)->label.service.zone_affinity = strcmp(value, "prefer") == 0;
    return true;
}

/* "5s": each time; "5s..300s": the first time, and at most. */
bool
route_read_eject_for(void *base, const char *value, struct arena *arena)
{
    struct env_resilience *resilience = &((struct label_port *)base)->label.service.resilience;
    char first[ROUTE_EJECT_FOR_BYTES];
    const char *dots = strstr(value, "..");
    const size_t first_len = dots != NULL ? (size_t)(dots - value) : strlen(value);
    int64_t min_ns = 0;
    int64_t max_ns = 0;
    (void)arena;
    if (first_len >= sizeof first) {
        return false;
    }
    memcpy(first, value, first_len);
    first[first_len] = '\0';
    if (!units_parse_duration(first, &min_ns) ||
        !units_parse_duration(dots != NULL ? dots + 2 : first, &max_ns) || min_ns <= 0 ||
        max_ns < min_ns || max_ns > HOUR(24)) {
        return false;
    }
    resilience->eject_ns = min_ns;
    resilience->eject_max_ns = max_ns;
    return true;
}

bool
route_read_eject(void *base, const char *value, struct arena *arena)
{
    struct env_resilience *resilience = &((struct label_port *)base)->label.service.resilience;
    int64_t failures = 0;
    (void)arena;
    if (!route_value_count(value, 1, 1000000, &failures)) {
        return false;
    }
    resilience->eject_failures = (uint32_t)failures;
    if (resilience->eject_ns == 0) { /* EJECT_FOR says otherwise before or after */
        resilience->eject_ns = ROUTE_EJECT_NS;
        resilience->eject_max_ns = ROUTE_EJECT_NS_MAX;
    }
    return true;
}

/* --- of the app --- */

bool
route_read_group(void *base, const char *value, struct arena *arena)
{
    (void)arena;
    if (!route_value_is_name(value)) {
        return false;
    }
    ((struct label_group *)base)->name = value + (value[0] == '/' ? 1 : 0);
    return true;
}

bool
route_read_started(void *base, const char *value, struct arena *arena)
{
    (void)arena;
    return value[0] == '\0' || /* as zdd leaves it in a definition */
           route_value_instant(value, &((struct label_group *)base)->started_at_ns);
}

bool
route_read_target(void *base, const char *value, struct arena *arena)
{
    struct label_group *group = base;
    int64_t target = 0;
    (void)arena;
    group->has_target = route_value_count(value, 0, INT32_MAX, &target);
    group->target = (uint32_t)target;
    return group->has_target;
}

/* Book-keeping of the tool that deploys: only its shape is looked at. */
bool
route_read_name(void *base, const char *value, struct arena *arena)
{
    (void)base;
    (void)arena;
    return route_value_is_name(value);
}

bool
route_read_other_port(void *base, const char *value, struct arena *arena)
{
    int64_t port = 0;
    (void)base;
    (void)arena;
    return route_value_count(value, 1, UINT16_MAX, &port);
}

/* platform/balancer/route_labels.c - what an app's HAPROXY_* and REHEARSAL_* labels ask for. */
#include "platform/balancer/route_labels.h"

#include <stdio.h>
#include <string.h>

#include "platform/balancer/policy.h"
#include "platform/balancer/route_words.h"
#include "platform/model/names.h"

enum {
    ROUTE_VALUE_SHOWN = 60,     /* bytes of a bad value that a warning repeats */
    ROUTE_WARNINGS_A_LABEL = 2, /* a bad value, and a mode or policy that it does not go with */
};

struct route_reading {
    const struct app_spec *spec;
    struct arena          *arena;
    struct label_port      ports[TASK_PORTS_MAX];
    struct label_group     group;
    struct label_warning  *warnings;
    uint32_t               warnings_count;
    uint32_t               warnings_max;
    const char            *groups; /* of the app: HAPROXY_GROUP, or NULL */
};

static void
route_labels_warn_port(struct route_reading *reading, uint32_t port_index, const char *key,
                       const char *text)
{
    ASSERT(reading->warnings_count < reading->warnings_max);
    reading->warnings[reading->warnings_count] =
        (struct label_warning){ .key = key, .text = text, .port_index = port_index };
    reading->warnings_count++;
}

static void
route_labels_warn(struct route_reading *reading, const char *key, const char *text)
{
    route_labels_warn_port(reading, LABEL_OF_APP, key, text);
}

/* The value as a warning may show it: short, and of one line. */
static const char *
route_labels_shown(const char *value, struct arena *arena)
{
    char *shown = arena_strndup(arena, value, strnlen(value, ROUTE_VALUE_SHOWN));
    for (char *c = shown; *c != '\0'; c++) {
        *c = *c < ' ' || *c > '~' ? '?' : *c;
    }
    return shown;
}

/* --- one label --- */

static void
route_labels_apply(struct route_reading *reading, const struct route_key *key,
                   const struct container_pair *label)
{
    const struct route_word *word = key->word;
    struct arena *arena = reading->arena;
    char needed[64];
    if (word->needs != NULL) {
        (void)snprintf(needed, sizeof needed, word->needs, key->port_index);
        if (app_label(reading->spec, needed) == NULL) {
            route_labels_warn(reading, label->key,
                              arena_printf(arena, "has no effect without %s", needed));
            return;
        }
    }
    struct label_port *port = key->of_port ? &reading->ports[key->port_index] : NULL;
    void *base = port != NULL ? (void *)port : (void *)&reading->group;
    if (route_word_apply(word, base, label->value, arena)) {
        return;
    }
    if (word->guards) {
        port->left_out = true;
    }
    route_labels_warn(reading, label->key,
                      arena_printf(arena, "'%s' is not %s; %s",
                                   route_labels_shown(label->value, arena), word->expected,
                                   word->guards ? "the service of this port is left out"
                                                : "it is ignored"));
}

static void
route_labels_take(struct route_reading *reading, const struct container_pair *label)
{
    struct route_key key;
    if (names_is_vip_label(label->key)) {
        route_labels_warn(reading, label->key,
                          "has no effect on an app: a VIP is a label of a port");
    }
    if (!route_word_find(label->key, &key)) {
        return; /* somebody else's */
    }
    if (key.word == NULL) {
        route_labels_warn(reading, label->key, route_word_unknown(label->key, reading->arena));
    } else if (key.of_port && key.port_index >= reading->spec->ports_count) {
        route_labels_warn(reading, label->key,
                          arena_printf(reading->arena, "the app has no port of index %u",
                                       key.port_index));
    } else if (key.word->kind != ROUTE_WORD_UNUSED) {
        route_labels_apply(reading, &key, label);
    } else if (key.word->expected != NULL) {
        route_labels_warn(reading, label->key, key.word->expected);
    } else if (strcmp(key.word->word, "GROUP") == 0) {
        reading->groups = label->value;
    }
}

/* --- one port --- */

static const struct app_health_check *
route_labels_check(const struct app_spec *spec, uint32_t port_index)
{
    for (uint32_t i = 0; i < spec->health_checks_count; i++) {
        const struct app_health_check *check = &spec->health_checks[i];
        if (check->kind != ENV_PROBE_COMMAND && check->port == 0 &&
            check->port_index == port_index) {
            return check;
        }
    }
    return NULL;
}

/* The labels of a port itself: of them only VIPs are ours. */
static void
route_labels_vips(struct route_reading *reading, uint32_t port_index)
{
    const struct app_port *port = &reading->spec->ports[port_index];
    for (uint32_t i = 0; i < port->labels_count; i++) {
        const struct container_pair *label = &port->labels[i];
        struct names_vip vip;
        const bool is_ours = strncmp(label->key, "VIP", 3) == 0 &&
                             (label->key[3] < 'A' || label->key[3] == '_');
        if (!is_ours) {
            continue;
        }
        if (!names_is_vip_label(label->key)) {
            route_labels_warn_port(reading, port_index, label->key,
                                   "is not a known label, the nearest valid one is VIP_0");
        } else if (!names_vip_read(label->value, &vip)) {
            const char *shown = route_labels_shown(label->value, reading->arena);
            route_labels_warn_port(reading, port_index, label->key,
                                   arena_printf(reading->arena,
                                                "'%s' is not /name:port or an IPv4 address with "
                                                "its port; it is ignored",
                                                shown));
        }
    }
}

/* A slow start is a weight that rises, and some policies have weights that never change. */
static void
route_labels_slow_start(struct route_reading *reading, struct label_port *port)
{
    struct env_service *service = &port->label.service;
    if (service->slow_start_ns == 0 || !service->policy->weights_static) {
        return;
    }
    route_labels_warn(reading,
                      arena_printf(reading->arena, "REHEARSAL_%u_SLOW_START",
                                   port->label.port_index),
                      arena_printf(reading->arena, "has no effect: weights of %s never change",
                                   service->policy->name));
    service->slow_start_ns = 0;
}

/* A label that a TCP service cannot follow. AUTH leaves it out: it must not be open to all. */
static void
route_labels_tcp_only(struct route_reading *reading, struct label_port *port)
{
    static const char *const words[] = { "STICKY", "USE_HSTS", "HTTP_BACKEND_PROXYPASS_PATH",
                                         "AUTH" };
    struct env_service *service = &port->label.service;
    for (uint32_t i = 0; i < COUNT_OF(words); i++) {
        char *key = arena_printf(reading->arena, "HAPROXY_%u_%s", port->label.port_index, words[i]);
        const bool is_auth = strcmp(words[i], "AUTH") == 0;
        if (app_label(reading->spec, key) == NULL || port->left_out) {
            continue;
        }
        route_labels_warn(reading, key,
                          is_auth ? "a TCP service cannot ask for it; the service of this port is "
                                    "left out (HAPROXY_n_VHOST or _MODE makes it HTTP)"
                                  : "has no effect on a TCP service");
        port->left_out = is_auth;
    }
    service->sticky = false;
    service->tls.hsts = false;
    service->rewrite_from = "";
    service->rewrite_to = "";
}

static void
route_labels_finish(struct route_reading *reading, struct label_port *port)
{
    struct env_service *service = &port->label.service;
    const bool has_hosts = service->vhosts[0] != '\0';
    const struct app_health_check *check =
        route_labels_check(reading->spec, port->label.port_index);
    if (check == NULL && port->checks_elsewhere) {
        check = route_labels_check(reading->spec, port->checks_index);
    }
    if (check != NULL) {
        service->check_interval_ns = check->interval_ns;
        service->check_fall = check->failures_max + 1;
    }
    service->http = has_hosts || (port->mode_is_said
                                      ? port->mode_http
                                      : check != NULL && check->kind == ENV_PROBE_HTTP);
    if (has_hosts && port->mode_is_said && !port->mode_http) {
        route_labels_warn(reading,
                          arena_printf(reading->arena, "HAPROXY_%u_MODE", port->label.port_index),
                          "'tcp' has no effect: a service with virtual hosts is HTTP");
    }
    if (!service->http) {
        route_labels_tcp_only(reading, port);
    }
    route_labels_slow_start(reading, port);
    route_labels_vips(reading, port->label.port_index);
    if (service->path[0] != '\0' && service->rank == 0) {
        service->rank = 1; /* marathon-lb's default for a path */
    }
    if (!service->sticky) {
        port->label.session_drain_ns = 0;
    }
    const char *owner = reading->group.name[0] != '\0' ? reading->group.name
                                                       : reading->spec->id + 1;
    char *name = arena_printf(reading->arena, "%s_%u", owner,
                              service->port > 0 ? service->port : port->label.port_index);
    for (char *c = name; *c != '\0'; c++) {
        *c = *c == '/' ? '_' : *c;
    }
    service->name = name;
}

static bool
route_labels_group_matches(const char *groups, const char *group)
{
    const size_t len = strlen(group);
    if (strcmp(group, "*") == 0) {
        return true;
    }
    while (groups != NULL && *groups != '\0') {
        const char *end = strchr(groups, ',');
        const size_t word_len = end != NULL ? (size_t)(end - groups) : strlen(groups);
        if ((word_len == len && strncmp(groups, group, len) == 0) ||
            (word_len == 1 && groups[0] == '*')) {
            return true;
        }
        groups = end != NULL ? end + 1 : NULL;
    }
    return false;
}

/* How callers inside name the port. */
static const char *
route_labels_names(const struct route_reading *reading, uint32_t port_index)
{
    struct strbuf names = { 0 };
    names_service(reading->spec, port_index, &names);
    const char *text = arena_strdup(reading->arena, strbuf_text(&names));
    strbuf_fini(&names);
    return text;
}

static void
route_labels_prepare(struct route_reading *reading, uint32_t ports_count)
{
    uint32_t argument = 0;
    reading->warnings_max = reading->spec->labels_count * ROUTE_WARNINGS_A_LABEL;
    for (uint32_t i = 0; i < ports_count; i++) {
        reading->warnings_max += reading->spec->ports[i].labels_count;
    }
    reading->warnings =
        ARENA_ARRAY(reading->arena, struct label_warning, reading->warnings_max);
    const struct env_balance_policy *policy = balance_policy_find("roundrobin", &argument);
    for (uint32_t i = 0; i < ports_count; i++) {
        reading->ports[i].label =
            (struct label_service){ .service = { .name = "",
                                                 .app = reading->spec->id,
                                                 .vhosts = "",
                                                 .path = "",
                                                 .names = "",
                                                 .port = reading->spec->ports[i].service_port,
                                                 .policy = policy,
                                                 .policy_argument = argument,
                                                 .tls = { .certificate = "" },
                                                 .allowed = "",
                                                 .auth_realm = "",
                                                 .auth_user = "",
                                                 .auth_password = "",
                                                 .rewrite_from = "",
                                                 .rewrite_to = "" },
                                    .port_index = i,
                                    .weight = 1 };
    }
}

void
route_labels_read(const struct app_spec *spec, const struct label_options *options,
                  struct arena *arena, struct route_labels *ret)
{
    struct route_reading reading = { .spec = spec, .arena = arena, .group = { .name = "" } };
    ASSERT(spec->ports_count <= TASK_PORTS_MAX);
    route_labels_prepare(&reading, spec->ports_count);
    for (uint32_t i = 0; i < spec->labels_count; i++) {
        route_labels_take(&reading, &spec->labels[i]);
    }
    struct label_service *services = ARENA_ARRAY(arena, struct label_service, spec->ports_count);
    uint32_t services_count = 0;
    for (uint32_t i = 0; i < spec->ports_count; i++) {
        struct label_port *port = &reading.ports[i];
        struct env_service *service = &port->label.service;
        route_labels_finish(&reading, port);
        service->external =
            route_labels_group_matches(port->groups != NULL ? port->groups : reading.groups,
                                       options->group) &&
            !port->disabled && (port->enabled || !options->strict);
        if (port->left_out || (!service->external && !options->inside)) {
            continue;
        }
        if (options->inside) {
            service->names = route_labels_names(&reading, i);
        }
        services[services_count] = port->label;
        services_count++;
    }
    *ret = (struct route_labels){ .services = services,
                                  .services_count = services_count,
                                  .group = reading.group,
                                  .warnings = reading.warnings,
                                  .warnings_count = reading.warnings_count };
}

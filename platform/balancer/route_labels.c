/* platform/balancer/route_labels.c - what an app's HAPROXY_* labels ask for. */
#include "platform/balancer/route_labels.h"

#include <stdio.h>
#include <string.h>

#include "platform/balancer/policy.h"

/* The label HAPROXY_<index>_<word>, or NULL. */
static const char *
route_labels_of_port(const struct app_spec *spec, uint32_t index, const char *word)
{
    char key[64];
    (void)snprintf(key, sizeof key, "HAPROXY_%u_%s", index, word);
    return app_label(spec, key);
}

static bool
route_labels_group_matches(const char *groups, const char *group)
{
    const size_t len = strlen(group);
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

/* Host names, paths: what may appear in a proxy's configuration. Everything else is refused. */
static bool
route_labels_is_plain(const char *text, const char *also)
{
    for (const char *c = text; *c != '\0'; c++) {
        const bool alnum = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
                           (*c >= '0' && *c <= '9');
        if (!alnum && strchr(also, *c) == NULL) {
            return false;
        }
    }
    return true;
}

static const char *
route_labels_service_name(const struct app_spec *spec, uint32_t index, struct arena *arena)
{
    const uint16_t port = spec->ports[index].service_port;
    char *name = arena_printf(arena, "%s_%u", spec->id + 1, port > 0 ? port : index);
    for (char *c = name; *c != '\0'; c++) {
        *c = *c == '/' ? '_' : *c;
    }
    return name;
}

static void
route_labels_checks(const struct app_spec *spec, struct label_service *service)
{
    for (uint32_t i = 0; i < spec->health_checks_count; i++) {
        const struct app_health_check *check = &spec->health_checks[i];
        if (check->kind != ENV_PROBE_COMMAND && check->port == 0 &&
            check->port_index == service->port_index) {
            service->check_interval_ns = check->interval_ns;
            service->check_fall = check->failures_max + 1;
            service->http = service->http || check->kind == ENV_PROBE_HTTP;
            return;
        }
    }
}

static bool
route_labels_read_one(const struct app_spec *spec, uint32_t index, struct arena *arena,
                struct label_service *service, struct strbuf *warnings)
{
    const char *vhosts = route_labels_of_port(spec, index, "VHOST");
    const char *path = route_labels_of_port(spec, index, "PATH");
    const char *mode = route_labels_of_port(spec, index, "MODE");
    const char *balance = route_labels_of_port(spec, index, "BALANCE");
    *service = (struct label_service){
        .name = route_labels_service_name(spec, index, arena),
        .vhosts = vhosts != NULL ? vhosts : "",
        .path = path != NULL ? path : "",
        .port_index = index,
        .port = spec->ports[index].service_port,
        .http = vhosts != NULL || (mode != NULL && strcmp(mode, "http") == 0),
    };
    service->policy = balance_policy_find(balance != NULL ? balance : "roundrobin",
                                          &service->policy_argument);
    if (service->policy == NULL) {
        strbuf_printf(warnings, "HAPROXY_%u_BALANCE: no policy '%s'\n", index, balance);
        return false;
    }
    if (!route_labels_is_plain(service->vhosts, ".-,*") || strlen(service->vhosts) > 255) {
        strbuf_printf(warnings, "HAPROXY_%u_VHOST: '%.60s' is not a list of host names\n", index,
                      service->vhosts);
        return false;
    }
    if ((path != NULL && path[0] != '/') || !route_labels_is_plain(service->path, "/-._~%")) {
        strbuf_printf(warnings, "HAPROXY_%u_PATH: '%.60s' is not a path\n", index, service->path);
        return false;
    }
    route_labels_checks(spec, service);
    return true;
}

/* HAPROXY_GROUP, or HAPROXY_<digits>_<one of the words>. */
static bool
route_labels_is_known(const char *key)
{
    static const char *const words[] = { "GROUP", "ENABLED", "VHOST", "PATH", "MODE", "BALANCE" };
    const char *word = key + strlen("HAPROXY_");
    while (*word >= '0' && *word <= '9') {
        word++;
    }
    word += *word == '_' ? 1 : 0;
    for (uint32_t i = 0; i < COUNT_OF(words); i++) {
        if (strcmp(word, words[i]) == 0) {
            return true;
        }
    }
    return false;
}

uint32_t
route_labels_read(const struct app_spec *spec, const char *group, struct arena *arena,
            struct label_service services[LABEL_SERVICES_MAX], struct strbuf *warnings)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < spec->labels_count; i++) {
        if (strncmp(spec->labels[i].key, "HAPROXY_", strlen("HAPROXY_")) == 0 &&
            !route_labels_is_known(spec->labels[i].key)) {
            strbuf_printf(warnings, "%s: not acted upon yet\n", spec->labels[i].key);
        }
    }
    for (uint32_t i = 0; i < spec->ports_count && i < LABEL_SERVICES_MAX; i++) {
        const char *of_port = route_labels_of_port(spec, i, "GROUP");
        const char *enabled = route_labels_of_port(spec, i, "ENABLED");
        const char *groups = of_port != NULL ? of_port : app_label(spec, "HAPROXY_GROUP");
        if (!route_labels_group_matches(groups, group) ||
            (enabled != NULL && strcmp(enabled, "false") == 0)) {
            continue;
        }
        if (route_labels_read_one(spec, i, arena, &services[count], warnings)) {
            count++;
        }
    }
    return count;
}

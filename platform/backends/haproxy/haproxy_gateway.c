/* platform/backends/haproxy/haproxy_gateway.c - routes of a gateway: matched, and sent on. */
#include "platform/backends/haproxy/haproxy_gateway.h"
#include "platform/backends/haproxy/haproxy_split.h"

#include <stdio.h>
#include <string.h>

#include "platform/backends/haproxy/haproxy_values.h"

enum { GATEWAY_RULES_MAX = 2000 };

#define LINE(render, ...) haproxy_render_line((render)->rendered, 0, __VA_ARGS__)

bool
haproxy_gateway_is_quotable(const char *text)
{
    const size_t len = strlen(text);
    for (size_t i = 0; i < len; i++) {
        if (text[i] < ' ' || text[i] > '~' || text[i] == '\'') {
            return false;
        }
    }
    return len > 0 && len <= HAPROXY_GATEWAY_WORD_MAX;
}

bool
haproxy_gateway_is_plain(const char *text)
{
    return haproxy_gateway_is_quotable(text) && strpbrk(text, "\\\"%") == NULL;
}

bool
haproxy_gateway_is_header(const char *text)
{
    const size_t len = strlen(text);
    for (size_t i = 0; i < len; i++) {
        const char c = text[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              c == '-' || c == '_' || c == '.')) {
            return false;
        }
    }
    return len > 0 && len <= HAPROXY_NAME_LEN_MAX;
}

void
haproxy_gateway_note(struct haproxy_generation *generation, const char *what, const char *reason)
{
    char shown[64];
    size_t len = 0;
    for (; what[len] != '\0' && len + 1 < sizeof(shown); len++) {
        shown[len] = what[len] > ' ' && what[len] < 0x7f ? what[len] : '?';
    }
    shown[len] = '\0';
    generation->refused_count++;
    if (generation->refused_count == 1) {
        (void)error_set(&generation->refused, ST_INVALID, "gateway, %s: %s", shown, reason);
    }
}

/* --- what can be had --- */

static const char *
gateway_route_refused(const struct env_gateway *gateway, const struct env_gateway_route *route)
{
    for (uint32_t i = 0; i < route->hosts.count; i++) {
        const char *host = route->hosts.items[i];
        const size_t star = strcspn(host, "*");
        if (!haproxy_gateway_is_plain(host) || strchr(host, ' ') != NULL ||
            (host[star] == '*' && strchr(host, ':') != NULL)) {
            return "a host of it cannot be matched by HAProxy";
        }
    }
    for (uint32_t i = 0; i < route->headers_count; i++) {
        bool good = haproxy_gateway_is_header(route->headers[i].name);
        for (uint32_t v = 0; v < route->headers[i].values.count; v++) {
            good = good && haproxy_gateway_is_quotable(route->headers[i].values.items[v]);
        }
        if (!good) {
            return "a header of it has characters that cannot be written for HAProxy";
        }
    }
    for (uint32_t i = 0; i < route->paths_count; i++) {
        const char *text = route->paths[i].text;
        if (route->paths[i].pattern != NULL ? !haproxy_gateway_is_quotable(text)
                                            : !haproxy_value_is_path(text) ||
                                                  strlen(text) > HAPROXY_GATEWAY_WORD_MAX) {
            return "a path of it has characters that cannot be written for HAProxy";
        }
    }
    const struct env_gateway_service *service =
        route->service != ENV_GATEWAY_NONE ? &gateway->services[route->service] : NULL;
    if (service != NULL && service->path[0] != '\0' && !haproxy_value_is_path(service->path)) {
        return "the path of its service has characters that cannot be written for HAProxy";
    }
    return NULL;
}

static bool
gateway_strips(const struct env_gateway *gateway, const struct env_gateway_route *route)
{
    const bool has_path = route->service != ENV_GATEWAY_NONE &&
                          gateway->services[route->service].path[0] != '\0';
    return route->strip_path || has_path;
}

/* Whoever has a credential that cannot be written does not get in by it. */
static void
gateway_take_credentials(struct haproxy_generation *generation,
                         const struct env_gateway_credential *credentials, uint32_t count,
                         const char *what)
{
    uint32_t refused_count = count > HAPROXY_GATEWAY_CREDENTIALS_MAX ? 1 : 0;
    for (uint32_t i = 0; i < count; i++) {
        refused_count += !haproxy_gateway_is_quotable(credentials[i].name) ||
                         (credentials[i].secret[0] != '\0' &&
                          !haproxy_gateway_is_quotable(credentials[i].secret));
    }
    if (refused_count > 0) {
        haproxy_gateway_note(generation, what,
                             "some are left out: too many, too long, or with other than printable "
                             "characters and no \"'\"");
    }
}

void
haproxy_gateway_take(struct haproxy_generation *generation, const struct env_gateway *gateway)
{
    generation->gateway = NULL;
    if (gateway == NULL) {
        return;
    }
    if (gateway->rules_count > GATEWAY_RULES_MAX) {
        haproxy_gateway_note(generation, "routes", "they are more than HAProxy is given here");
        return;
    }
    const struct env_gateway *copy = gateway->ops->copy(gateway, &generation->arena);
    uint8_t *ways = ARENA_ARRAY(&generation->arena, uint8_t, copy->routes_count + 1);
    for (uint32_t r = 0; r < copy->routes_count; r++) {
        const struct env_gateway_route *route = &copy->routes[r];
        const char *reason = gateway_route_refused(copy, route);
        ways[r] = reason != NULL ? HAPROXY_GATEWAY_LEFT_OUT : HAPROXY_GATEWAY_OPEN;
        for (uint32_t i = 0; reason == NULL && i < copy->plugins_count; i++) {
            const struct env_gateway_plugin *plugin = &copy->plugins[i];
            if ((plugin->route == ENV_GATEWAY_NONE || plugin->route == r) &&
                (plugin->service == ENV_GATEWAY_NONE || plugin->service == route->service)) {
                reason = haproxy_gateway_plugin_refused(generation, plugin);
            }
        }
        reason = reason != NULL ? reason : haproxy_gateway_consumers_refused(copy, r);
        for (uint32_t p = 0; reason == NULL && p < route->paths_count; p++) {
            if (route->paths[p].pattern != NULL && gateway_strips(copy, route)) {
                haproxy_gateway_note(generation, route->name,
                                     "what an expression matched is not taken off its path");
            }
        }
        if (reason != NULL) {
            ways[r] = ways[r] == HAPROXY_GATEWAY_OPEN ? HAPROXY_GATEWAY_CLOSED : ways[r];
            haproxy_gateway_note(generation, route->name, reason);
        }
    }
    for (uint32_t i = 0; i < copy->plugins_count; i++) {
        haproxy_gateway_headers_note(generation, &copy->plugins[i]);
    }
    gateway_take_credentials(generation, copy->keys, copy->keys_count, "keys");
    gateway_take_credentials(generation, copy->logins, copy->logins_count, "passwords");
    generation->gateway = copy;
    generation->gateway_ways = ways;
}

void
haproxy_gateway_answer(const struct haproxy_gateway_render *render, uint32_t status,
                       const char *headers, const char *message, const char *condition)
{
    LINE(render,
         "    http-request return status %u content-type application/json%s string "
         "'{\"message\":\"%s\"}' if %s\n",
         status, headers, message, condition);
}

/* --- sending on --- */

static const struct haproxy_service *
gateway_backend(const struct haproxy_gateway_render *render, const struct env_gateway_bound *bound)
{
    for (uint32_t i = 0; i < render->generation->services.count; i++) {
        const struct haproxy_service *service = haproxy_generation_at(render->generation, i);
        if (bound->name[0] != '\0' && service->http && strcmp(service->name, bound->name) == 0) {
            return service;
        }
    }
    return NULL;
}

/* Whether a target of an upstream gets requests. */
static bool
gateway_is_usable(const struct haproxy_gateway_render *render,
                  const struct env_gateway_target *target)
{
    return target->weight > 0 && gateway_backend(render, &target->bound) != NULL;
}

static void
gateway_send_upstream(const struct haproxy_gateway_render *render, uint32_t r,
                      const struct env_gateway_upstream *upstream, bool answers)
{
    const struct env_gateway_target *targets = &render->gateway->targets[upstream->targets_first];
    char condition[32];
    uint32_t total = 0;
    for (uint32_t i = 0; i < upstream->targets_count; i++) {
        total += gateway_is_usable(render, &targets[i]) ? targets[i].weight : 0;
    }
    (void)snprintf(condition, sizeof(condition), "gw_r%u", r);
    if (answers && total == 0) {
        haproxy_gateway_answer(render, 503, "", "failure to get a peer from the ring-balancer",
                               condition);
    } else if (answers) {
        LINE(render, "    http-request set-var(txn.gw_draw) rand(%u) if %s\n", total, condition);
    }
    uint32_t below = 0;
    for (uint32_t i = 0; i < upstream->targets_count && !answers; i++) {
        if (gateway_is_usable(render, &targets[i])) {
            below += targets[i].weight;
            char drawn[80];
            (void)snprintf(drawn, sizeof(drawn), "%s { var(txn.gw_draw) -m int lt %u }", condition,
                           below);
            haproxy_split_use(render->generation, render->rendered, 0,
                              gateway_backend(render, &targets[i].bound), drawn);
        }
    }
}

/* Twice: what is answered instead, then the backends. */
static void
gateway_send(const struct haproxy_gateway_render *render, bool answers)
{
    const struct env_gateway *gateway = render->gateway;
    for (uint32_t r = 0; r < gateway->routes_count; r++) {
        const uint32_t index = gateway->routes[r].service;
        const struct env_gateway_service *service =
            index != ENV_GATEWAY_NONE ? &gateway->services[index] : NULL;
        char condition[32];
        (void)snprintf(condition, sizeof(condition), "gw_r%u", r);
        if (service == NULL || !service->enabled) {
            if (answers) {
                haproxy_gateway_answer(render, 503, "", "no Service found with those values",
                                       condition);
            }
        } else if (service->upstream != ENV_GATEWAY_NONE) {
            gateway_send_upstream(render, r, &gateway->upstreams[service->upstream], answers);
        } else if (gateway_backend(render, &service->bound) == NULL) {
            if (answers) {
                haproxy_gateway_answer(render, 503, "", "name resolution failed", condition);
            }
        } else if (!answers) {
            haproxy_split_use(render->generation, render->rendered, 0,
                              gateway_backend(render, &service->bound), condition);
        }
    }
}

/* A prefix as a regular expression. */
static void
gateway_escape(const char *path, char *out, size_t out_bytes)
{
    size_t len = 0;
    for (; *path != '\0' && len + 3 < out_bytes; path++) {
        if (*path == '.' || *path == '+') {
            out[len++] = '\\';
        }
        out[len++] = *path;
    }
    out[len] = '\0';
}

/* What the route matched is taken off, the service's own path goes before. */
static void
gateway_paths(const struct haproxy_gateway_render *render)
{
    const struct env_gateway *gateway = render->gateway;
    for (uint32_t i = 0; i < gateway->rules_count; i++) {
        const struct env_gateway_rule *rule = &gateway->rules[i];
        const struct env_gateway_route *route = &gateway->routes[rule->route];
        const struct env_gateway_path *path =
            rule->path != ENV_GATEWAY_NONE ? &route->paths[rule->path] : NULL;
        const char *base =
            route->service != ENV_GATEWAY_NONE ? gateway->services[route->service].path : "";
        char match[2 * HAPROXY_GATEWAY_WORD_MAX + 8];
        size_t base_len = strlen(base);
        base_len -= base_len > 0 && base[base_len - 1] == '/';
        const bool strips = route->strip_path && path != NULL && path->pattern == NULL;
        if (!gateway_strips(gateway, route) ||
            (base_len == 0 && (!strips || strcmp(path->text, "/") == 0))) {
            continue;
        }
        gateway_escape(strips ? path->text : "", match, sizeof(match));
        LINE(render,
             "    http-request replace-path '^%s/?(.*)$' '%.*s/\\1' "
             "if { var(txn.gw_rule) -m int %u }\n",
             match, (int)base_len, base, i + 1);
    }
}

/* The app is asked by the name that the service has, unless the route keeps the client's. */
static void
gateway_hosts(const struct haproxy_gateway_render *render)
{
    const struct env_gateway *gateway = render->gateway;
    for (uint32_t r = 0; r < gateway->routes_count; r++) {
        const struct env_gateway_route *route = &gateway->routes[r];
        const struct env_gateway_service *service =
            route->service != ENV_GATEWAY_NONE ? &gateway->services[route->service] : NULL;
        if (service != NULL && !route->preserve_host &&
            haproxy_value_is_host(service->host, strlen(service->host))) {
            char port[16] = "";
            if (service->port != 80) {
                (void)snprintf(port, sizeof(port), ":%u", (unsigned)service->port);
            }
            LINE(render, "    http-request set-header Host '%s%s' if gw_r%u\n", service->host,
                 port, r);
        }
    }
}

static void
gateway_answers_first(const struct haproxy_gateway_render *render)
{
    const struct env_gateway *gateway = render->gateway;
    for (uint32_t r = 0; r < gateway->routes_count; r++) {
        char condition[64];
        (void)snprintf(condition, sizeof(condition), "gw_r%u", r);
        if (render->generation->gateway_ways[r] == HAPROXY_GATEWAY_CLOSED) {
            haproxy_gateway_answer(render, 503, "", "this route cannot be had here", condition);
        }
        if (!gateway->routes[r].http) {
            (void)snprintf(condition, sizeof(condition), "gw_r%u !{ ssl_fc }", r);
            haproxy_gateway_answer(render, 426,
                                   " hdr Upgrade 'TLS/1.2, HTTP/1.1' hdr Connection Upgrade",
                                   "Please use HTTPS protocol", condition);
        }
    }
}

void
haproxy_gateway_front(const struct haproxy_generation *generation,
                      struct haproxy_rendered *rendered)
{
    const struct haproxy_gateway_render render = { generation, generation->gateway, rendered };
    if (render.gateway == NULL) {
        return;
    }
    haproxy_gateway_match(&render);
    gateway_answers_first(&render);
    haproxy_gateway_plugins(&render);
    gateway_send(&render, true);
    gateway_paths(&render);
    gateway_hosts(&render);
    haproxy_gateway_transforms(&render);
    haproxy_gateway_responses(&render);
    gateway_send(&render, false);
    LINE(&render, "    default_backend gateway_none\n");
}

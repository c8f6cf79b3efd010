/* platform/backends/haproxy/haproxy_gateway_match.c - which rule of the gateway a request is of. */
#include <stdio.h>
#include <string.h>

#include "platform/backends/haproxy/haproxy_gateway.h"

#define LINE(render, ...) haproxy_render_line((render)->rendered, 0, __VA_ARGS__)

static void
gateway_match_hosts(const struct haproxy_gateway_render *render, uint32_t r)
{
    const struct env_gateway_route *route = &render->gateway->routes[r];
    for (uint32_t i = 0; i < route->hosts.count; i++) {
        const char *host = route->hosts.items[i];
        const size_t len = strlen(host);
        const char *only = strchr(host, ':') != NULL ? "" : ",host_only";
        if (host[0] == '*') {
            LINE(render, "    acl gw_h%u req.hdr(host)%s -i -m end '%s'\n", r, only, host + 1);
        } else if (host[len - 1] == '*') {
            LINE(render, "    acl gw_h%u req.hdr(host)%s -i -m beg '%.*s'\n", r, only,
                 (int)len - 1, host);
        } else {
            LINE(render, "    acl gw_h%u req.hdr(host)%s -i -m str '%s'\n", r, only, host);
        }
    }
}

static void
gateway_match_rest(const struct haproxy_gateway_render *render, uint32_t r)
{
    const struct env_gateway_route *route = &render->gateway->routes[r];
    for (uint32_t i = 0; i < route->methods.count; i++) {
        LINE(render, "    acl gw_m%u method '%s'\n", r, route->methods.items[i]);
    }
    for (uint32_t i = 0; i < route->headers_count; i++) {
        for (uint32_t v = 0; v < route->headers[i].values.count; v++) {
            LINE(render, "    acl gw_x%u_%u req.fhdr(%s) -i -m str '%s'\n", r, i,
                 route->headers[i].name, route->headers[i].values.items[v]);
        }
    }
}

static void
gateway_match_rule(const struct haproxy_gateway_render *render, uint32_t index)
{
    const struct env_gateway_rule *rule = &render->gateway->rules[index];
    const struct env_gateway_route *route = &render->gateway->routes[rule->route];
    char condition[HAPROXY_GATEWAY_CONDITION_BYTES];
    int len = snprintf(condition, sizeof(condition), "%s", route->https ? "" : " !{ ssl_fc }");
    if (render->generation->gateway_ways[rule->route] == HAPROXY_GATEWAY_LEFT_OUT) {
        return;
    }
    if (route->hosts.count > 0) {
        len += snprintf(condition + len, sizeof(condition) - (size_t)len, " gw_h%u", rule->route);
    }
    if (route->methods.count > 0) {
        len += snprintf(condition + len, sizeof(condition) - (size_t)len, " gw_m%u", rule->route);
    }
    for (uint32_t i = 0; i < route->headers_count && len < 300; i++) {
        len += snprintf(condition + len, sizeof(condition) - (size_t)len, " gw_x%u_%u",
                        rule->route, i);
    }
    const struct env_gateway_path *path =
        rule->path != ENV_GATEWAY_NONE ? &route->paths[rule->path] : NULL;
    LINE(render, "    http-request set-var(txn.gw_rule) int(%u) if gw_open%s%s%s%s\n", index + 1,
         condition,
         path == NULL            ? ""
         : path->pattern != NULL ? " { path -m reg '^("
                                 : " { path -m beg '",
         path == NULL ? "" : path->text,
         path == NULL            ? ""
         : path->pattern != NULL ? ")' }"
                                 : "' }");
}

/* gw_rN: a rule of route N has matched. */
static void
gateway_route_acls(const struct haproxy_gateway_render *render)
{
    for (uint32_t i = 0; i < render->gateway->rules_count; i++) {
        LINE(render, "    acl gw_r%u var(txn.gw_rule) -m int %u\n",
             render->gateway->rules[i].route, i + 1);
    }
    for (uint32_t c = 0; c < render->gateway->consumers_count; c++) {
        bool named = false;
        for (uint32_t i = 0; i < render->gateway->plugins_count; i++) {
            named = named || render->gateway->plugins[i].consumer == c;
        }
        if (named) {
            LINE(render, "    acl gw_c%u var(txn.gw_consumer) -m int %u\n", c, c + 1);
        }
    }
}

void
haproxy_gateway_match(const struct haproxy_gateway_render *render)
{
    const struct env_gateway *gateway = render->gateway;
    LINE(render, "    acl gw_matched var(txn.gw_rule) -m found\n"
                 "    acl gw_open var(txn.gw_rule) -m int 0\n"
                 "    http-request set-var(txn.gw_rule) int(0) "
                 "if !{ req.hdr(x-marathon-app-id) -m found }\n");
    gateway_route_acls(render);
    for (uint32_t r = 0; r < gateway->routes_count; r++) {
        if (render->generation->gateway_ways[r] != HAPROXY_GATEWAY_LEFT_OUT) {
            gateway_match_hosts(render, r);
            gateway_match_rest(render, r);
        }
    }
    for (uint32_t i = 0; i < gateway->rules_count; i++) {
        gateway_match_rule(render, i);
    }
    LINE(render, "    http-request unset-var(txn.gw_rule) if gw_open\n");
}

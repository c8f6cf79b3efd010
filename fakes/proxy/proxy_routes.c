/*
 * fakes/proxy/proxy_routes.c - which service a request means.
 *
 * Outside: external services only: by virtual host and path, or by the service's own port when the
 *          host names one. Higher rank first, then the longer path, then a host over none, then the
 *          order of the generation. A host that is an app's id is the way of scenarios: it means
 *          that app's first service, external or not.
 * Inside:  what a container calls through its node's proxy: an app's id, an inside name with or
 *          without its port, and all that can be reached from outside.
 */
#include "fakes/proxy/inner.h"

#include <string.h>

static char
route_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool
route_text_equal(const char *a, size_t a_len, const char *b, size_t b_len)
{
    if (a_len != b_len) {
        return false;
    }
    for (size_t i = 0; i < a_len; i++) {
        if (route_lower(a[i]) != route_lower(b[i])) {
            return false;
        }
    }
    return true;
}

/* Whether a comma list holds the text; blanks around an item do not count. */
static bool
route_list_holds(const char *list, const char *text, size_t text_len)
{
    while (*list != '\0') {
        list += strspn(list, " ,");
        const size_t item_len = strcspn(list, " ,");
        if (item_len > 0 && route_text_equal(list, item_len, text, text_len)) {
            return true;
        }
        list += item_len;
    }
    return false;
}

/* The port behind the host's colon, 0: none. */
static uint32_t
route_port(const char *host, size_t name_len)
{
    uint32_t port = 0;
    if (host[name_len] == ':') {
        for (const char *c = host + name_len + 1; *c >= '0' && *c <= '9' && port <= 65535; c++) {
            port = port * 10 + (uint32_t)(*c - '0');
        }
    }
    return port;
}

/* How well an external service fits: 0 not at all; a longer path wins, then a host over none. */
static size_t
route_fit_outside(const struct proxy_rules *rules, const struct env_request *request)
{
    const size_t name_len = strcspn(request->host, ":");
    const uint32_t port = route_port(request->host, name_len);
    const size_t path_len = strlen(rules->path);
    if (!rules->external) {
        return 0;
    }
    if (port != 0 && port == rules->port) {
        return SIZE_MAX; /* its own port is nobody else's */
    }
    if (strncmp(request->path, rules->path, path_len) != 0) {
        return 0;
    }
    if (route_list_holds(rules->vhosts, request->host, name_len)) {
        return 2 * path_len + 2;
    }
    return rules->vhosts[0] == '\0' && path_len > 0 ? 2 * path_len + 1 : 0;
}

static size_t
route_fit_inside(const struct proxy_rules *rules, const struct env_request *request)
{
    const size_t host_len = strlen(request->host);
    const size_t name_len = strcspn(request->host, ":");
    const uint32_t port = route_port(request->host, name_len);
    if (route_list_holds(rules->names, request->host, host_len)) {
        return SIZE_MAX; /* the whole of it is a name */
    }
    if (name_len < host_len && port == rules->port &&
        route_list_holds(rules->names, request->host, name_len)) {
        return SIZE_MAX;
    }
    return route_fit_outside(rules, request);
}

/* PROXY_NONE: no service fits. */
static uint32_t
route_service(const struct fake_proxy *proxy, const struct env_request *request, bool inside)
{
    const struct proxy_config *config = proxy->config;
    const bool is_app = request->host[0] == '/';
    uint32_t best = PROXY_NONE;
    size_t best_fit = 0;
    for (uint32_t i = 0; i < config->services_count; i++) {
        const struct proxy_service *service = &config->services[i];
        if (is_app) {
            if (strcmp(intern_text(&proxy->datapath->names, service->app), request->host) == 0) {
                return i;
            }
            continue;
        }
        const size_t fit = inside ? route_fit_inside(&service->rules, request)
                                  : route_fit_outside(&service->rules, request);
        const int32_t best_rank = best != PROXY_NONE ? config->services[best].rules.rank : 0;
        if (fit > 0 && (best == PROXY_NONE || service->rules.rank > best_rank ||
                        (service->rules.rank == best_rank && fit > best_fit))) {
            best_fit = fit;
            best = i;
        }
    }
    return best;
}

void
proxy_route_find(const struct fake_proxy *proxy, const struct proxy_target *target, bool inside,
                 struct proxy_route *route)
{
    const struct proxy_config *config = proxy->config;
    const struct env_request *request = &target->request;
    *route = (struct proxy_route){ .serial = proxy->serial,
                                   .service = PROXY_NONE,
                                   .gateway = ENV_GATEWAY_NO_ROUTE,
                                   .answer = REQUEST_OUTCOME_COUNT };
    if (config->gateway != NULL && !inside && request->host[0] != '/') {
        route->gateway = config->gateway->ops->match(config->gateway, request);
    }
    if (route->gateway != ENV_GATEWAY_NO_ROUTE) {
        return;
    }
    route->service = route_service(proxy, request, inside);
    if (route->service != PROXY_NONE) {
        const struct proxy_service *service = &config->services[route->service];
        if (!inside) {
            route->answer = proxy_rules_answer(&service->rules, request);
        }
        route->by_header = proxy_split_is_by_header(service, request);
        route->plain = service->plain && route->answer == REQUEST_OUTCOME_COUNT &&
                       (!service->splits || config->services[service->peer].plain);
    }
}

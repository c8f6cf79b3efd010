/*
 * platform/gateway/match.c - which route a request is of, by the rules of Kong's traditional
 * router.
 *
 * Order: routes that look at more of a request (hosts, headers, paths, methods) go first, then
 *        among as many those that look at hosts, headers, paths, methods, in this order; then hosts
 *        without "*", expressions before prefixes, more headers, the higher regex_priority among
 *        expressions, the longer path, the earlier place in the file. Each path of a route is
 *        ranked by itself.
 * A route for HTTPS alone takes requests by HTTP too, in order to refuse them.
 */
#include "platform/gateway/admit.h"

#include <string.h>

#include "platform/base/pattern.h"
#include "platform/gateway/gateway_load.h"

enum { MATCH_PATH_BYTES_MAX = 2048 }; /* a longer one matches prefixes alone */

/* What is compared, the most important first. */
enum match_rank {
    RANK_FIELDS, RANK_WHICH, RANK_HOSTS, RANK_EXPRESSION, RANK_HEADERS, RANK_PRIORITY, RANK_LENGTH
};
#define MATCH_RANK_COUNT (RANK_LENGTH + 1)

struct match_entry {
    struct env_gateway_rule rule;
    int64_t                 ranks[MATCH_RANK_COUNT];
};

static void
match_rank(const struct env_gateway_route *route, uint32_t path, struct match_entry *entry)
{
    const bool hosts = route->hosts.count > 0;
    const bool headers = route->headers_count > 0;
    const bool methods = route->methods.count > 0;
    const bool paths = path != ENV_GATEWAY_NONE;
    const bool expression = paths && route->paths[path].pattern != NULL;
    bool plain_hosts = hosts;
    for (uint32_t i = 0; i < route->hosts.count; i++) {
        plain_hosts = plain_hosts && strchr(route->hosts.items[i], '*') == NULL;
    }
    entry->ranks[RANK_FIELDS] = hosts + headers + methods + paths;
    entry->ranks[RANK_WHICH] = 8 * hosts + 4 * headers + 2 * paths + methods;
    entry->ranks[RANK_HOSTS] = plain_hosts;
    entry->ranks[RANK_EXPRESSION] = expression;
    entry->ranks[RANK_HEADERS] = route->headers_count;
    entry->ranks[RANK_PRIORITY] = expression ? route->regex_priority : 0;
    entry->ranks[RANK_LENGTH] = paths ? (int64_t)strlen(route->paths[path].text) : 0;
}

static bool
match_goes_before(const struct match_entry *a, const struct match_entry *b)
{
    for (uint32_t i = 0; i < MATCH_RANK_COUNT; i++) {
        if (a->ranks[i] != b->ranks[i]) {
            return a->ranks[i] > b->ranks[i];
        }
    }
    return false;
}

/* One pass of a bottom-up merge sort; equal entries stay in their order. */
static void
match_merge(const struct match_entry *from, struct match_entry *to, uint32_t count, uint32_t width)
{
    for (uint32_t start = 0; start < count; start += 2 * width) {
        uint32_t       left = start;
        const uint32_t left_end = start + width < count ? start + width : count;
        uint32_t       right = left_end;
        const uint32_t right_end = left_end + width < count ? left_end + width : count;
        for (uint32_t i = start; i < right_end; i++) {
            const bool take_left =
                left < left_end &&
                (right == right_end || !match_goes_before(&from[right], &from[left]));
            to[i] = take_left ? from[left++] : from[right++];
        }
    }
}

void
gateway_order(struct gateway_loader *loader)
{
    struct env_gateway *gateway = loader->gateway;
    uint32_t            count = 0;
    uint32_t            filled = 0;
    for (uint32_t r = 0; r < gateway->routes_count; r++) {
        const uint32_t paths_count = gateway->routes[r].paths_count;
        count += paths_count > 0 ? paths_count : 1;
    }
    struct match_entry *entries = ARENA_ARRAY(loader->scratch, struct match_entry, count);
    struct match_entry *other = ARENA_ARRAY(loader->scratch, struct match_entry, count);
    struct env_gateway_rule *rules = ARENA_ARRAY(loader->arena, struct env_gateway_rule, count);
    for (uint32_t r = 0; r < gateway->routes_count; r++) {
        const struct env_gateway_route *route = &gateway->routes[r];
        for (uint32_t p = 0; p < route->paths_count || p == 0; p++) {
            const uint32_t path = route->paths_count > 0 ? p : ENV_GATEWAY_NONE;
            entries[filled].rule = (struct env_gateway_rule){ r, path };
            match_rank(route, path, &entries[filled++]);
        }
    }
    ASSERT(filled == count);
    for (uint32_t width = 1; width < count; width *= 2) {
        match_merge(entries, other, count, width);
        struct match_entry *swap = entries;
        entries = other;
        other = swap;
    }
    for (uint32_t i = 0; i < count; i++) {
        rules[i] = entries[i].rule;
    }
    gateway->rules = rules;
    gateway->rules_count = count;
}

/* --- one request --- */

/* A host of a route, lower case, against what was asked for. */
static bool
match_host(const char *wanted, const char *host)
{
    const size_t wanted_len = strlen(wanted);
    /* a port counts only where the route names one */
    const size_t len = strchr(wanted, ':') != NULL ? strlen(host) : strcspn(host, ":");
    if (len >= wanted_len && wanted[0] == '*') { /* "*.example.com": at least one more part */
        host += len - (wanted_len - 1);
        wanted++;
    } else if (wanted_len > 0 && len >= wanted_len && wanted[wanted_len - 1] == '*') {
        for (size_t i = 0; i + 1 < wanted_len; i++) {
            if (wanted[i] != app_shape_lower(host[i])) {
                return false;
            }
        }
        return true;
    } else if (len != wanted_len) {
        return false;
    }
    for (size_t i = 0; wanted[i] != '\0'; i++) {
        if (wanted[i] != app_shape_lower(host[i])) {
            return false;
        }
    }
    return true;
}

static bool
match_hosts(const struct env_gateway_texts *hosts, const char *host)
{
    for (uint32_t i = 0; i < hosts->count; i++) {
        if (match_host(hosts->items[i], host)) {
            return true;
        }
    }
    return hosts->count == 0;
}

static bool
match_methods(const struct env_gateway_texts *methods, const char *method)
{
    for (uint32_t i = 0; i < methods->count; i++) {
        if (strcmp(methods->items[i], method) == 0) {
            return true;
        }
    }
    return methods->count == 0;
}

static bool
match_headers(const struct env_gateway_route *route, const struct env_request *request)
{
    for (uint32_t i = 0; i < route->headers_count; i++) {
        const struct env_gateway_header *wanted = &route->headers[i];
        bool found = false;
        for (uint32_t h = 0; h < request->headers_count && !found; h++) {
            for (uint32_t v = 0; v < wanted->values.count && !found; v++) {
                found = gateway_same(request->headers[h].name, wanted->name) &&
                        gateway_same(request->headers[h].value, wanted->values.items[v]);
            }
        }
        if (!found) {
            return false;
        }
    }
    return true;
}

static bool
match_path(const struct env_gateway_path *wanted, const char *path)
{
    char         plain[MATCH_PATH_BYTES_MAX];
    const size_t len = strcspn(path, "?#");
    const size_t wanted_len = strlen(wanted->text);
    if (wanted->pattern == NULL) {
        return len >= wanted_len && strncmp(path, wanted->text, wanted_len) == 0;
    }
    if (len >= sizeof plain) {
        return false;
    }
    memcpy(plain, path, len);
    plain[len] = '\0';
    return pattern_matches(wanted->pattern, plain);
}

uint32_t
gateway_match(const struct env_gateway *gateway, const struct env_request *request)
{
    for (uint32_t i = 0; i < gateway->rules_count; i++) {
        const struct env_gateway_rule  *rule = &gateway->rules[i];
        const struct env_gateway_route *route = &gateway->routes[rule->route];
        if ((request->https ? route->https : route->http || route->https) &&
            match_methods(&route->methods, request->method) &&
            match_hosts(&route->hosts, request->host) && match_headers(route, request) &&
            (rule->path == ENV_GATEWAY_NONE ||
             match_path(&route->paths[rule->path], request->path))) {
            return rule->route;
        }
    }
    return ENV_GATEWAY_NO_ROUTE;
}

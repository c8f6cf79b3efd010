/* platform/backends/haproxy/haproxy_generation.c - copying and checking a routing generation. */
#include "platform/backends/haproxy/haproxy_generation.h"

#include <stdio.h>
#include <string.h>

#include "platform/backends/haproxy/haproxy_gateway.h"
#include "platform/backends/haproxy/haproxy_parts.h"
#include "platform/backends/haproxy/haproxy_split.h"
#include "platform/backends/haproxy/haproxy_values.h"

enum { HAPROXY_DRAWS_MAX = 64 }; /* of ours, one service */
/* HAProxy's ring has 16 points for each unit of a weight: too few with 1 for even shares. */
enum { HAPROXY_WEIGHT_MAX = 256, HAPROXY_WEIGHT_TIMES = 16 };

static const int64_t check_interval_ms_max = 24 * 3600 * 1000; /* HAProxy's timers end at 24 days */

void
haproxy_generation_init(struct haproxy_generation *generation)
{
    *generation = (struct haproxy_generation){ 0 };
    arena_init(&generation->arena, 0);
    vec_init(&generation->services, sizeof(struct haproxy_service));
}

void
haproxy_generation_fini(struct haproxy_generation *generation)
{
    vec_fini(&generation->services);
    arena_fini(&generation->arena);
    *generation = (struct haproxy_generation){ 0 };
}

/* The offender's name in a sentence: at most 60 bytes of it, and only printable ones. */
void
haproxy_generation_note(struct haproxy_generation *generation, const char *name, const char *reason)
{
    char shown[64];
    size_t len = 0;
    for (; name[len] != '\0' && len + 4 < sizeof(shown); len++) {
        shown[len] = name[len] > ' ' && name[len] < 0x7f ? name[len] : '?';
    }
    shown[len] = '\0';

    generation->refused_count++;
    if (generation->refused_count == 1) {
        (void)error_set(&generation->refused, ST_INVALID, "service %s: %s", shown, reason);
    }
}

/* Cuts a comma list into lower-case words that are all valid; false when one is not, or when there
 * are more than HAPROXY_WORDS_MAX. */
bool
haproxy_generation_words(struct haproxy_generation *generation, const char *list,
                         bool (*valid)(const char *text, size_t len), struct haproxy_words *ret)
{
    const char *words[HAPROXY_WORDS_MAX];
    uint32_t count = 0;

    for (;;) {
        list += strspn(list, " ,"); /* people write "a.example, b.example" */
        const size_t len = strcspn(list, " ,");
        if (len == 0) {
            break;
        }
        if (count == HAPROXY_WORDS_MAX || !valid(list, len)) {
            return false;
        }
        char *word = arena_strndup(&generation->arena, list, len);
        for (char *c = word; *c != '\0'; c++) {
            *c = (char)(*c >= 'A' && *c <= 'Z' ? *c - 'A' + 'a' : *c);
        }
        words[count++] = word;
        list += len;
    }

    const char **kept = ARENA_ARRAY(&generation->arena, const char *, count + 1);
    for (uint32_t i = 0; i < count; i++) {
        kept[i] = words[i];
    }
    *ret = (struct haproxy_words){ .words = kept, .count = count };
    return true;
}

/* NULL, or why the hosts or names cannot be used. */
static const char *
haproxy_generation_hosts(struct haproxy_generation *generation, const struct env_service *from,
                         struct haproxy_service *service)
{
    struct haproxy_words words;
    if (!haproxy_generation_words(generation, from->vhosts, haproxy_value_is_host, &words)) {
        return "its vhosts are not at most 100 host names (letters, digits, '.', '-' and '_')";
    }
    service->hosts = words.words;
    service->hosts_count = words.count;
    if (!haproxy_generation_words(generation, from->names != NULL ? from->names : "",
                                  haproxy_value_is_host_port, &words)) {
        return "its inside names are not at most 100 host names, each with a port or without";
    }
    service->names = words.words;
    service->names_count = words.count;
    return NULL;
}

static const char *
haproxy_generation_balance(struct haproxy_generation *generation, const struct env_service *from,
                           struct haproxy_service *service)
{
    const struct env_balance_policy *policy = from->policy;
    if (policy == NULL || policy->haproxy == NULL) {
        return arena_printf(&generation->arena, "HAProxy has no balance policy %.40s",
                            policy != NULL ? policy->name : "without a name");
    }
    if (!haproxy_value_is_balance(policy->haproxy)) {
        return "the balance policy's words are not words";
    }
    if (!from->http && strncmp(policy->haproxy, "uri", 3) == 0) {
        return "balancing by URI needs HTTP";
    }
    service->fixed = strncmp(policy->haproxy, "static-rr", 9) == 0;
    if (!policy->takes_argument) {
        service->balance = arena_strdup(&generation->arena, policy->haproxy);
        return NULL;
    }
    const uint32_t argument =
        from->policy_argument > 0 ? from->policy_argument : policy->argument_default;
    if (argument < 1 || argument > HAPROXY_DRAWS_MAX) {
        return "the balance policy's argument is not in 1..64";
    }
    service->balance =
        arena_printf(&generation->arena, "%s(%u)", policy->haproxy, (unsigned)argument);
    return NULL;
}

/* The same proportions in finer units, as far as HAProxy's largest weight lets them. */
static void
haproxy_generation_weigh(struct env_endpoint *servers, uint32_t count)
{
    uint32_t most = 1;
    for (uint32_t i = 0; i < count; i++) {
        most = servers[i].weight > most ? servers[i].weight : most;
    }
    const uint32_t fits = HAPROXY_WEIGHT_MAX / most;
    const uint32_t times = fits < HAPROXY_WEIGHT_TIMES ? fits : HAPROXY_WEIGHT_TIMES;
    for (uint32_t i = 0; i < count; i++) {
        servers[i].weight = (uint16_t)(servers[i].weight * times);
    }
}

/* Copies the endpoints in order of id: an insertion, since they come nearly sorted. */
static const char *
haproxy_generation_servers(struct haproxy_generation *generation, const struct env_service *from,
                           struct haproxy_service *service)
{
    const uint32_t count = from->endpoints_count;
    struct env_endpoint *servers = ARENA_ARRAY(&generation->arena, struct env_endpoint, count + 1);

    for (uint32_t i = 0; i < count; i++) {
        const struct env_endpoint *endpoint = &from->endpoints[i];
        if (endpoint->id == 0 || endpoint->port == 0 || endpoint->ipv4 == 0) {
            return "an endpoint without id, address or port";
        }
        if (endpoint->weight < 1 || endpoint->weight > HAPROXY_WEIGHT_MAX) {
            return "an endpoint's weight is not in 1..256";
        }
        uint32_t at = i;
        for (; at > 0 && servers[at - 1].id > endpoint->id; at--) {
            servers[at] = servers[at - 1];
        }
        if (at > 0 && servers[at - 1].id == endpoint->id) {
            return "an endpoint is named twice";
        }
        servers[at] = *endpoint;
    }
    haproxy_generation_weigh(servers, count);
    service->servers = servers;
    service->servers_count = count;
    return NULL;
}

static const char *
haproxy_generation_clash(const struct haproxy_generation *generation,
                         const struct haproxy_service *service,
                         const uint16_t ports_taken[HAPROXY_PORTS_TAKEN])
{
    for (uint32_t i = 0; i < HAPROXY_PORTS_TAKEN; i++) {
        if (service->port != 0 && service->external && service->port == ports_taken[i]) {
            return "its service port is one of the proxy's own";
        }
    }
    for (uint32_t i = 0; i < generation->services.count; i++) {
        const struct haproxy_service *other = haproxy_generation_at(generation, i);
        if (strcmp(other->name, service->name) == 0) {
            return "named twice in one generation";
        }
        if (service->port != 0 && service->external && other->external &&
            service->port == other->port) {
            return "its service port belongs to another service";
        }
    }
    return NULL;
}

/* NULL when the service was taken over, else why not. */
static const char *
haproxy_generation_take(struct haproxy_generation *generation, const struct env_service *from,
                        const uint16_t ports_taken[HAPROXY_PORTS_TAKEN])
{
    if (!haproxy_value_is_name(from->name)) {
        return "its name has other than letters, digits, '_', '.' and '-'";
    }
    if (from->path[0] != '\0' && !haproxy_value_is_path(from->path)) {
        return "its path is not '/' and plain URL characters";
    }
    if (from->app[0] != '\0' && !haproxy_value_is_path(from->app)) {
        return "its app is not '/' and plain URL characters";
    }
    if (!from->http && from->vhosts[0] != '\0') {
        return "a TCP service cannot have vhosts";
    }
    if (from->check_interval_ns < 0 || from->check_fall > 1000) {
        return "its checks are out of range";
    }

    struct haproxy_service service = {
        .name = arena_strdup(&generation->arena, from->name),
        .app = arena_strdup(&generation->arena, from->app),
        .path = arena_strdup(&generation->arena, from->path),
        .port = from->port,
        .http = from->http,
        .external = from->external,
        .rank = from->rank,
        .measured = from->http ? from->measured : 0,
        .check_fall = from->check_fall > 0 ? from->check_fall : 3, /* HAProxy's own default */
    };
    if (from->check_interval_ns > 0) {
        service.check_interval_ms = int64_min(
            int64_max((from->check_interval_ns + NS_PER_MS - 1) / NS_PER_MS, 10),
            check_interval_ms_max);
    }
    const char *reason = haproxy_generation_hosts(generation, from, &service);
    if (reason == NULL) {
        reason = haproxy_generation_balance(generation, from, &service);
    }
    if (reason == NULL) {
        reason = haproxy_generation_servers(generation, from, &service);
    }
    if (reason == NULL) {
        reason = haproxy_parts_take(generation, from, &service);
    }
    if (reason == NULL) {
        haproxy_split_take(generation, from, &service);
        reason = haproxy_generation_clash(generation, &service, ports_taken);
    }
    if (reason == NULL && from->measured != service.measured) {
        haproxy_generation_note(generation, from->name, "only HTTP can be measured");
    }
    if (reason == NULL) {
        struct haproxy_service *kept = vec_push(&generation->services);
        *kept = service;
        generation->servers_count += service.servers_count;
    }
    return reason;
}

enum status
haproxy_generation_copy(struct haproxy_generation *generation, const struct env_proxy_apply *apply,
                        const uint16_t ports_taken[HAPROXY_PORTS_TAKEN], struct error *err)
{
    uint64_t servers_count = 0;
    for (uint32_t i = 0; i < apply->services_count; i++) {
        servers_count += apply->services[i].endpoints_count;
    }
    if (apply->services_count > HAPROXY_SERVICES_MAX || servers_count > HAPROXY_SERVERS_MAX) {
        return error_set(err, ST_NO_CAPACITY,
                         "%u services with %llu endpoints are more than %d with %d",
                         (unsigned)apply->services_count, (unsigned long long)servers_count,
                         HAPROXY_SERVICES_MAX, HAPROXY_SERVERS_MAX);
    }

    haproxy_generation_fini(generation);
    haproxy_generation_init(generation);
    generation->number = apply->generation;
    generation->zone = apply->zone;
    for (uint32_t i = 0; i < apply->services_count; i++) {
        const struct env_service *from = &apply->services[i];
        const char *reason = haproxy_generation_take(generation, from, ports_taken);
        if (reason != NULL) {
            haproxy_generation_note(generation, from->name, reason);
        }
    }
    for (uint32_t i = 0; i < generation->services.count; i++) {
        const struct haproxy_service *service = haproxy_generation_at(generation, i);
        if (service->split_to[0] != '\0' && haproxy_split_target(generation, service) == NULL) {
            haproxy_generation_note(generation, service->name,
                                    "the service that it shares its requests with cannot be had");
        }
    }
    haproxy_gateway_take(generation, apply->gateway);
    return ST_OK;
}

void
haproxy_generation_refuse(struct haproxy_generation *generation, uint32_t index, const char *reason)
{
    const struct haproxy_service *service = haproxy_generation_at(generation, index);
    generation->servers_count -= service->servers_count;
    haproxy_generation_note(generation, service->name, reason);
    vec_remove_at(&generation->services, index);
}

static const struct haproxy_service *
haproxy_generation_find(const struct haproxy_generation *generation, const char *name)
{
    for (uint32_t i = 0; i < generation->services.count; i++) {
        const struct haproxy_service *service = haproxy_generation_at(generation, i);
        if (strcmp(service->name, name) == 0) {
            return service;
        }
    }
    return NULL;
}

/* Both lists are in order of id, so one walk through each is enough. */
static bool
haproxy_generation_service_loses(const struct haproxy_service *before,
                                 const struct haproxy_service *after)
{
    uint32_t at = 0;
    for (uint32_t i = 0; i < before->servers_count; i++) {
        const struct env_endpoint *server = &before->servers[i];
        while (after != NULL && at < after->servers_count && after->servers[at].id < server->id) {
            at++;
        }
        const bool stays = after != NULL && at < after->servers_count &&
                           after->servers[at].id == server->id && !after->servers[at].draining;
        if (!server->draining && !stays) {
            return true;
        }
    }
    return false;
}

bool
haproxy_generation_loses(const struct haproxy_generation *before,
                         const struct haproxy_generation *after)
{
    for (uint32_t i = 0; i < before->services.count; i++) {
        const struct haproxy_service *service = haproxy_generation_at(before, i);
        if (haproxy_generation_service_loses(service,
                                             haproxy_generation_find(after, service->name))) {
            return true;
        }
    }
    return false;
}

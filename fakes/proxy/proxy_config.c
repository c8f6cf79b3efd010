/* fakes/proxy/proxy_config.c - one routing generation: a copy, and the way to its services. */
#include "fakes/proxy/inner.h"

#include <string.h>

#include "platform/base/memory.h"

static void
proxy_service_copy(struct fake_datapath *datapath, struct arena *arena,
                   const struct env_service *from, struct proxy_service *to)
{
    const size_t endpoints_bytes = sizeof(struct env_endpoint) * from->endpoints_count;
    struct env_endpoint *endpoints =
        ARENA_ARRAY(arena, struct env_endpoint, from->endpoints_count);
    if (endpoints_bytes > 0) {
        memcpy(endpoints, from->endpoints, endpoints_bytes);
    }
    *to = (struct proxy_service){
        .name = intern_id(&datapath->names, from->name),
        .app = intern_id(&datapath->names, from->app),
        .vhosts = arena_strdup(arena, from->vhosts),
        .path = arena_strdup(arena, from->path),
        .policy = from->policy,
        .state = { .argument = from->policy_argument },
        .check_interval_ns = from->check_interval_ns,
        .check_fall = from->check_fall > 0 ? from->check_fall : 1,
        .count = from->endpoints_count,
        .endpoints = endpoints,
        .balance = ARENA_ARRAY(arena, struct env_balance_server, from->endpoints_count),
        .slots = ARENA_ARRAY(arena, uint32_t, from->endpoints_count),
    };
}

/* What a proxy refuses in one service; NULL: nothing. */
static const char *
proxy_service_fault(const struct env_service *service)
{
    if (service->name[0] == '\0') {
        return "it has no name";
    }
    for (uint32_t i = 0; i < service->endpoints_count; i++) {
        const struct env_endpoint *endpoint = &service->endpoints[i];
        if (endpoint->id == 0 || endpoint->weight == 0 || endpoint->weight > 256) {
            return "an endpoint has no id, or a weight outside 1..256";
        }
    }
    return NULL;
}

struct proxy_config *
proxy_config_make(struct fake_proxy *proxy, const struct env_proxy_apply *apply,
                  enum status *ret_status, struct error *error)
{
    struct fake_datapath *datapath = proxy->datapath;
    struct proxy_config *config = memory_alloc_zero(1, sizeof *config);
    struct map64 names = { 0 };
    arena_init(&config->arena, world_poison(datapath->world));
    config->proxy = proxy;
    config->generation = apply->generation;
    config->services =
        ARENA_ARRAY(&config->arena, struct proxy_service, apply->services_count);
    *ret_status = ST_OK;
    for (uint32_t i = 0; i < apply->services_count; i++) {
        const struct env_service *service = &apply->services[i];
        ASSERT(service->policy != NULL);
        const char *fault = proxy_service_fault(service);
        const uint32_t name = intern_id(&datapath->names, service->name);
        if (fault == NULL && map64_get(&names, name) != 0) {
            fault = "its name was given twice";
        }
        if (fault != NULL) {
            *ret_status = error_set(error, ST_INVALID, "service %s: %s", service->name, fault);
            continue;
        }
        map64_put(&names, name, 1);
        proxy_service_copy(datapath, &config->arena, service,
                           &config->services[config->services_count]);
        config->services_count++;
    }
    map64_fini(&names);
    return config;
}

void
proxy_config_free(struct proxy_config *config)
{
    arena_fini(&config->arena);
    memory_free(config);
}

/* --- which service a request is for --- */

static char
proxy_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool
proxy_host_equal(const char *host, const char *item, size_t item_len)
{
    size_t i = 0;
    while (i < item_len && host[i] != '\0' && proxy_lower(host[i]) == proxy_lower(item[i])) {
        i++;
    }
    return i == item_len && host[i] == '\0';
}

/* Whether a comma list holds the host; blanks around an item do not count. */
static bool
proxy_vhosts_hold(const char *vhosts, const char *host)
{
    while (*vhosts != '\0') {
        vhosts += strspn(vhosts, " ,");
        const size_t item_len = strcspn(vhosts, " ,");
        if (item_len > 0 && proxy_host_equal(host, vhosts, item_len)) {
            return true;
        }
        vhosts += item_len;
    }
    return false;
}

/* How well a service fits: 0 not at all; a longer path wins, then a host name over none. */
static size_t
proxy_service_fit(const struct proxy_service *service, const struct proxy_target *target)
{
    const size_t path_len = strlen(service->path);
    if (strncmp(target->request.path, service->path, path_len) != 0) {
        return 0;
    }
    if (proxy_vhosts_hold(service->vhosts, target->request.host)) {
        return 2 * path_len + 2;
    }
    return service->vhosts[0] == '\0' && path_len > 0 ? 2 * path_len + 1 : 0;
}

uint32_t
proxy_config_route(const struct proxy_config *config, const struct proxy_target *target)
{
    const struct fake_datapath *datapath = config->proxy->datapath;
    const bool is_app = target->request.host[0] == '/';
    uint32_t best = PROXY_NONE;
    size_t best_fit = 0;
    for (uint32_t i = 0; i < config->services_count; i++) {
        const struct proxy_service *service = &config->services[i];
        if (is_app) {
            if (strcmp(intern_text(&datapath->names, service->app), target->request.host) == 0) {
                return i;
            }
        } else {
            const size_t fit = proxy_service_fit(service, target);
            if (fit > best_fit) {
                best_fit = fit;
                best = i;
            }
        }
    }
    return best;
}

/* fakes/proxy/proxy_config.c - one routing generation: a copy of what was given. */
#include "fakes/proxy/inner.h"

#include <string.h>

#include "platform/base/memory.h"

static const char *
config_text(struct arena *arena, const char *text)
{
    return arena_strdup(arena, text != NULL ? text : "");
}

static void
proxy_rules_copy(struct arena *arena, const struct env_service *from, struct proxy_rules *to)
{
    *to = (struct proxy_rules){
        .vhosts = config_text(arena, from->vhosts),
        .path = config_text(arena, from->path),
        .names = config_text(arena, from->names),
        .allowed = config_text(arena, from->allowed),
        .auth_realm = config_text(arena, from->auth_realm),
        .auth_user = config_text(arena, from->auth_user),
        .auth_password = config_text(arena, from->auth_password),
        .port = from->port,
        .rank = from->rank,
        .external = from->external,
        .redirect_to_https = from->tls.redirect_to_https,
    };
}

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
        .policy = from->policy,
        .state = { .argument = from->policy_argument },
        .check_interval_ns = from->check_interval_ns,
        .check_fall = from->check_fall > 0 ? from->check_fall : 1,
        .slow_start_ns = from->policy->weights_static ? 0 : from->slow_start_ns,
        .sticky = from->sticky,
        .zone_affinity = from->zone_affinity,
        .answers_stand = from->answers_stand,
        .resilience = from->resilience,
        .measured = from->measured,
        .count = from->endpoints_count,
        .endpoints = endpoints,
        .balance = ARENA_ARRAY(arena, struct env_balance_server, from->endpoints_count),
        .slots = ARENA_ARRAY(arena, uint32_t, from->endpoints_count),
    };
    proxy_rules_copy(arena, from, &to->rules);
    to->plain = proxy_service_is_plain(to);
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
    arena_init(&config->arena, world_poison(datapath->world));
    config->proxy = proxy;
    config->generation = apply->generation;
    config->zone = apply->zone;
    if (apply->gateway != NULL) {
        config->gateway = apply->gateway->ops->copy(apply->gateway, &config->arena);
    }
    config->services =
        ARENA_ARRAY(&config->arena, struct proxy_service, apply->services_count);
    *ret_status = ST_OK;
    for (uint32_t i = 0; i < apply->services_count; i++) {
        const struct env_service *service = &apply->services[i];
        ASSERT(service->policy != NULL);
        const char *fault = proxy_service_fault(service);
        const uint32_t name = intern_id(&datapath->names, service->name);
        if (fault == NULL && map64_get(&config->by_name, name) != 0) {
            fault = "its name was given twice";
        }
        if (fault != NULL) {
            *ret_status = error_set(error, ST_INVALID, "service %s: %s", service->name, fault);
            continue;
        }
        if (service->policy->weights_static && service->slow_start_ns > 0) {
            *ret_status = error_set(error, ST_INVALID,
                                    "service %s: servers of a static policy do not start slowly",
                                    service->name);
        }
        proxy_service_copy(datapath, &config->arena, service,
                           &config->services[config->services_count]);
        config->services_count++;
        map64_put(&config->by_name, name, config->services_count);
    }
    proxy_split_bind(datapath, config, apply, ret_status, error);
    return config;
}

void
proxy_config_free(struct proxy_config *config)
{
    map64_fini(&config->by_name);
    arena_fini(&config->arena);
    memory_free(config);
}

struct proxy_service *
proxy_service_named(const struct fake_proxy *proxy, uint32_t name)
{
    const uint32_t found =
        proxy->config != NULL && name != 0 ? map64_get(&proxy->config->by_name, name) : 0;
    return found != 0 ? &proxy->config->services[found - 1] : NULL;
}

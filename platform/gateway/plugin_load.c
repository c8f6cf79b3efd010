/* platform/gateway/plugin_load.c - the settings of plugins, and which is in force where. */
#include <string.h>

#include "platform/base/record.h"
#include "platform/gateway/gateway_load.h"

static struct env_gateway_texts
load_list(const struct gateway_loader *loader, const json_t *config, const char *key)
{
    return gateway_load_texts(loader->arena, json_object_get(config, key));
}

static const char *
load_text(const struct gateway_loader *loader, const json_t *config, const char *key)
{
    return arena_strdup(loader->arena, gateway_text(config, key));
}

static bool
load_is(const json_t *config, const char *key)
{
    return json_is_true(json_object_get(config, key));
}

static uint32_t
load_consumer(const struct gateway_loader *loader, const json_t *config)
{
    return gateway_load_index(loader, GATEWAY_CONSUMERS, gateway_text(config, "anonymous"));
}

static void
load_cors(const struct gateway_loader *loader, const json_t *config, struct env_gateway_cors *cors)
{
    const json_t *origins = json_object_get(config, "origins");
    const json_t *max_age = json_object_get(config, "max_age");
    const uint32_t count = (uint32_t)json_array_size(origins);
    struct env_gateway_origin *items =
        ARENA_ARRAY(loader->arena, struct env_gateway_origin, count);
    *cors = (struct env_gateway_cors){
        .origins = items,
        .origins_count = count,
        .methods = load_list(loader, config, "methods"),
        .headers = load_list(loader, config, "headers"),
        .exposed_headers = load_list(loader, config, "exposed_headers"),
        .max_age_s = max_age != NULL ? (int64_t)json_integer_value(max_age) : -1,
        .credentials = load_is(config, "credentials"),
        .preflight_continue = load_is(config, "preflight_continue"),
    };
    for (uint32_t i = 0; i < count; i++) {
        const char *why = NULL;
        items[i].text = arena_strdup(loader->arena, json_string_value(json_array_get(origins, i)));
        for (const char *c = items[i].text; *c != '\0' && strcmp(items[i].text, "*") != 0; c++) {
            const bool plain = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
                               (*c >= '0' && *c <= '9') || strchr(".:/-", *c) != NULL;
            if (!plain && items[i].pattern == NULL) {
                items[i].pattern = gateway_pattern(items[i].text, true, loader->arena, &why);
            }
        }
    }
}

static struct env_gateway_networks
load_networks(const struct gateway_loader *loader, const json_t *config, const char *key)
{
    const json_t *list = json_object_get(config, key);
    struct env_gateway_network *items =
        ARENA_ARRAY(loader->arena, struct env_gateway_network, json_array_size(list));
    uint32_t count = 0;
    for (size_t i = 0; i < json_array_size(list); i++) {
        if (gateway_network_read(json_string_value(json_array_get(list, i)), &items[count])) {
            count++;
        }
    }
    return (struct env_gateway_networks){ items, count };
}

static int64_t
load_bytes_max(const json_t *config)
{
    static const int64_t units[] = { INT64_C(1) << 20, INT64_C(1) << 10, 1 };
    const int32_t unit = app_shape_word(gateway_size_words, gateway_text(config, "size_unit"));
    return json_integer_value(json_object_get(config, "allowed_payload_size")) *
           units[unit >= 0 ? unit : 0];
}

static void
load_rate_limiting(const struct gateway_loader *loader, const json_t *plugin, const json_t *config,
                   struct env_gateway_rate_limiting *rate)
{
    const char *service = gateway_text(plugin, "service");
    const char *route = gateway_text(plugin, "route");
    const int32_t by = app_shape_word(gateway_limit_by_words, gateway_text(config, "limit_by"));
    for (uint32_t i = 0; i < ENV_GATEWAY_PERIOD_COUNT; i++) {
        rate->limits[i] = json_integer_value(json_object_get(config, gateway_period_words[i]));
    }
    rate->limit_by = (enum env_gateway_limit_by)(by >= 0 ? by : 0);
    rate->header_name = load_text(loader, config, "header_name");
    rate->path = load_text(loader, config, "path");
    rate->message = load_text(loader, config, "error_message");
    rate->status = (uint32_t)json_integer_value(json_object_get(config, "error_code"));
    rate->hide_client_headers = load_is(config, "hide_client_headers");
    rate->key = hash_bytes(hash_bytes(1, route, strlen(route)), service, strlen(service));
}

static struct env_gateway_fields
load_fields(const struct gateway_loader *loader, const json_t *config, const char *part,
            const char *key)
{
    const json_t *list = json_object_get(json_object_get(config, part), key);
    struct env_gateway_field *items =
        ARENA_ARRAY(loader->arena, struct env_gateway_field, json_array_size(list));
    uint32_t count = 0;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char  *text = json_string_value(json_array_get(list, i));
        const size_t name_len = strcspn(text, ":");
        if (strstr(text + name_len, "$(") != NULL) {
            continue; /* a template: said by the rules */
        }
        items[count].name = arena_strndup(loader->arena, text, name_len);
        items[count++].value =
            arena_strdup(loader->arena, text[name_len] == ':' ? text + name_len + 1 : "");
    }
    return (struct env_gateway_fields){ items, count };
}

static bool
load_asks_for_bodies(const json_t *config)
{
    static const char *const parts[] = { "remove", "rename", "replace", "add", "append" };
    bool asks = false;
    for (uint32_t i = 0; i < COUNT_OF(parts); i++) {
        const json_t *part = json_object_get(config, parts[i]);
        asks = asks || json_array_size(json_object_get(part, "body")) > 0 ||
               json_array_size(json_object_get(part, "json")) > 0;
    }
    return asks;
}

static void
load_transformer(const struct gateway_loader *loader, const json_t *config,
                 struct env_gateway_transformer *to)
{
    const char *uri = gateway_text(json_object_get(config, "replace"), "uri");
    *to = (struct env_gateway_transformer){
        .http_method = load_text(loader, config, "http_method"),
        .uri = strstr(uri, "$(") == NULL ? arena_strdup(loader->arena, uri) : "",
        .remove = load_fields(loader, config, "remove", "headers"),
        .rename = load_fields(loader, config, "rename", "headers"),
        .replace = load_fields(loader, config, "replace", "headers"),
        .add = load_fields(loader, config, "add", "headers"),
        .append = load_fields(loader, config, "append", "headers"),
        .query_remove = load_fields(loader, config, "remove", "querystring"),
        .query_rename = load_fields(loader, config, "rename", "querystring"),
        .query_replace = load_fields(loader, config, "replace", "querystring"),
        .query_add = load_fields(loader, config, "add", "querystring"),
        .query_append = load_fields(loader, config, "append", "querystring"),
        .body = load_asks_for_bodies(config),
    };
}

static void
load_auth(const struct gateway_loader *loader, const json_t *config,
          struct env_gateway_plugin *plugin)
{
    if (plugin->kind == ENV_GATEWAY_KEY_AUTH) {
        plugin->key_auth = (struct env_gateway_key_auth){
            .key_names = load_list(loader, config, "key_names"),
            .anonymous = load_consumer(loader, config),
            .key_in_header = load_is(config, "key_in_header"),
            .key_in_query = load_is(config, "key_in_query"),
            .hide_credentials = load_is(config, "hide_credentials"),
            .run_on_preflight = load_is(config, "run_on_preflight"),
        };
        return;
    }
    plugin->basic_auth = (struct env_gateway_basic_auth){
        .realm = load_text(loader, config, "realm"),
        .anonymous = load_consumer(loader, config),
        .hide_credentials = load_is(config, "hide_credentials"),
    };
}

static void
load_access(const struct gateway_loader *loader, const json_t *config,
            struct env_gateway_plugin *plugin)
{
    if (plugin->kind == ENV_GATEWAY_IP_RESTRICTION) {
        plugin->ip_restriction = (struct env_gateway_ip_restriction){
            .allow = load_networks(loader, config, "allow"),
            .deny = load_networks(loader, config, "deny"),
            .has_allow = json_array_size(json_object_get(config, "allow")) > 0,
            .message = load_text(loader, config, "message"),
            .status = (uint32_t)json_integer_value(json_object_get(config, "status")),
        };
        return;
    }
    const bool denies = json_array_size(json_object_get(config, "deny")) > 0;
    plugin->acl = (struct env_gateway_acl){
        .groups = load_list(loader, config, denies ? "deny" : "allow"),
        .deny = denies,
    };
}

static void
load_config(const struct gateway_loader *loader, const json_t *from,
            struct env_gateway_plugin *plugin)
{
    const json_t *config = json_object_get(from, "config");
    switch (plugin->kind) {
    case ENV_GATEWAY_CORRELATION_ID:
        plugin->correlation_id = (struct env_gateway_correlation_id){
            .header_name = load_text(loader, config, "header_name"),
            .generator = load_text(loader, config, "generator"),
            .echo_downstream = load_is(config, "echo_downstream"),
        };
        break;
    case ENV_GATEWAY_CORS:
        load_cors(loader, config, &plugin->cors);
        break;
    case ENV_GATEWAY_KEY_AUTH:
    case ENV_GATEWAY_BASIC_AUTH:
        load_auth(loader, config, plugin);
        break;
    case ENV_GATEWAY_IP_RESTRICTION:
    case ENV_GATEWAY_ACL:
        load_access(loader, config, plugin);
        break;
    case ENV_GATEWAY_REQUEST_SIZE:
        plugin->request_size.bytes_max = load_bytes_max(config);
        plugin->request_size.require_content_length = load_is(config, "require_content_length");
        break;
    case ENV_GATEWAY_RATE_LIMITING:
        load_rate_limiting(loader, from, config, &plugin->rate_limiting);
        break;
    case ENV_GATEWAY_REQUEST_TRANSFORMER:
    case ENV_GATEWAY_RESPONSE_TRANSFORMER:
        load_transformer(loader, config, &plugin->transformer);
        break;
    case ENV_GATEWAY_PROMETHEUS:
        break;
    }
}

void
gateway_load_plugins(struct gateway_loader *loader)
{
    const json_t *list = gateway_load_list(loader, GATEWAY_PLUGINS);
    struct env_gateway        *gateway = loader->gateway;
    struct env_gateway_plugin *plugins =
        ARENA_ARRAY(loader->arena, struct env_gateway_plugin, json_array_size(list));
    gateway->plugins = plugins;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t  *from = json_array_get(list, i);
        const uint32_t kind = gateway_plugin_kind(gateway_text(from, "name"));
        if (kind == ENV_GATEWAY_KIND_COUNT || !load_is(from, "enabled")) {
            continue;
        }
        struct env_gateway_plugin *plugin = &plugins[gateway->plugins_count++];
        plugin->kind = (enum env_gateway_kind)kind;
        plugin->service =
            gateway_load_index(loader, GATEWAY_SERVICES, gateway_text(from, "service"));
        plugin->route = gateway_load_index(loader, GATEWAY_ROUTES, gateway_text(from, "route"));
        plugin->consumer =
            gateway_load_index(loader, GATEWAY_CONSUMERS, gateway_text(from, "consumer"));
        load_config(loader, from, plugin);
        gateway->consumers_have[kind] =
            gateway->consumers_have[kind] || plugin->consumer != ENV_GATEWAY_NONE;
    }
    for (uint32_t r = 0; r < gateway->routes_count; r++) {
        struct env_gateway_route *route =
            (struct env_gateway_route *)(uintptr_t)&gateway->routes[r];
        for (uint32_t kind = 0; kind < ENV_GATEWAY_KIND_COUNT; kind++) {
            route->plugins[kind] = gateway_plugin_of(gateway, kind, r, ENV_GATEWAY_NONE);
        }
    }
}

/* How much a setting says about whom it is for; 0: it is for others. The order is Kong's. */
static uint32_t
plugin_rank(const struct env_gateway *gateway, const struct env_gateway_plugin *plugin,
            uint32_t route, uint32_t consumer)
{
    enum { FOR_SERVICE = 1, FOR_ROUTE = 2, FOR_CONSUMER = 4 };
    static const uint32_t ranks[] = {
        [0] = 1,
        [FOR_SERVICE] = 2,
        [FOR_ROUTE] = 3,
        [FOR_CONSUMER] = 4,
        [FOR_ROUTE | FOR_SERVICE] = 5,
        [FOR_CONSUMER | FOR_SERVICE] = 6,
        [FOR_CONSUMER | FOR_ROUTE] = 7,
        [FOR_CONSUMER | FOR_ROUTE | FOR_SERVICE] = 8,
    };
    const bool has_consumer = plugin->consumer != ENV_GATEWAY_NONE;
    const bool has_route = plugin->route != ENV_GATEWAY_NONE;
    const bool has_service = plugin->service != ENV_GATEWAY_NONE;
    if ((has_consumer && plugin->consumer != consumer) || (has_route && plugin->route != route) ||
        (has_service && plugin->service != gateway->routes[route].service)) {
        return 0;
    }
    return ranks[(has_consumer ? FOR_CONSUMER : 0) | (has_route ? FOR_ROUTE : 0) |
                 (has_service ? FOR_SERVICE : 0)];
}

const struct env_gateway_plugin *
gateway_plugin_of(const struct env_gateway *gateway, uint32_t kind, uint32_t route,
                  uint32_t consumer)
{
    const struct env_gateway_plugin *best = NULL;
    uint32_t                         best_rank = 0;
    for (uint32_t i = 0; i < gateway->plugins_count; i++) {
        const struct env_gateway_plugin *plugin = &gateway->plugins[i];
        const uint32_t rank =
            plugin->kind == kind ? plugin_rank(gateway, plugin, route, consumer) : 0;
        if (rank > best_rank) {
            best = plugin;
            best_rank = rank;
        }
    }
    return best;
}

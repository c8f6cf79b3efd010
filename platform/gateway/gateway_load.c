/* platform/gateway/gateway_load.c - the canonical text as structures in an arena. */
#include "platform/gateway/gateway_load.h"

#include <string.h>

#include "platform/base/record.h"
#include "platform/gateway/admit.h"

enum { TARGET_PORT = 8000 }; /* of a target that names none: Kong's */

const json_t *
gateway_load_list(const struct gateway_loader *loader, enum gateway_section section)
{
    return json_object_get(loader->document, gateway_sections[section].name);
}

static const char *
load_text(const struct gateway_loader *loader, const json_t *object, const char *key)
{
    return arena_strdup(loader->arena, gateway_text(object, key));
}

static json_int_t
load_integer(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

static bool
load_bool(const json_t *object, const char *key)
{
    return json_is_true(json_object_get(object, key));
}

struct env_gateway_texts
gateway_load_texts(struct arena *arena, const json_t *list)
{
    const uint32_t count = (uint32_t)json_array_size(list);
    const char   **items = ARENA_ARRAY(arena, const char *, count + 1);
    for (uint32_t i = 0; i < count; i++) {
        const char *text = json_string_value(json_array_get(list, i));
        items[i] = arena_strdup(arena, text != NULL ? text : "");
    }
    return (struct env_gateway_texts){ items, count };
}

static struct env_gateway_texts
load_lower_texts(struct arena *arena, const json_t *list)
{
    struct env_gateway_texts texts = gateway_load_texts(arena, list);
    for (uint32_t i = 0; i < texts.count; i++) {
        char *c = (char *)(uintptr_t)texts.items[i];
        for (; *c != '\0'; c++) {
            *c = app_shape_lower(*c);
        }
    }
    return texts;
}

uint32_t
gateway_load_index(const struct gateway_loader *loader, enum gateway_section section,
                   const char *name)
{
    const json_t *list = gateway_load_list(loader, section);
    for (size_t i = 0; name[0] != '\0' && i < json_array_size(list); i++) {
        const json_t *entity = json_array_get(list, i);
        if (strcmp(gateway_text(entity, gateway_sections[section].identity), name) == 0 ||
            strcmp(gateway_text(entity, "id"), name) == 0) {
            return (uint32_t)i;
        }
    }
    return ENV_GATEWAY_NONE;
}

/* --- services, upstreams, targets --- */

static void
load_services(struct gateway_loader *loader)
{
    const json_t  *list = gateway_load_list(loader, GATEWAY_SERVICES);
    const uint32_t count = (uint32_t)json_array_size(list);
    struct env_gateway_service *services =
        ARENA_ARRAY(loader->arena, struct env_gateway_service, count);
    for (uint32_t i = 0; i < count; i++) {
        const json_t *from = json_array_get(list, i);
        services[i] = (struct env_gateway_service){
            .name = load_text(loader, from, "name"),
            .host = load_text(loader, from, "host"),
            .path = load_text(loader, from, "path"),
            .port = (uint16_t)load_integer(from, "port"),
            .enabled = load_bool(from, "enabled"),
            .upstream = gateway_load_index(loader, GATEWAY_UPSTREAMS, gateway_text(from, "host")),
            .bound = { "", ENV_GATEWAY_NONE },
        };
        gateway_shape_load_service(from, &services[i]);
        if (services[i].upstream == ENV_GATEWAY_NONE) {
            services[i].bound = gateway_bind(loader, services[i].host, services[i].port);
        }
    }
    loader->gateway->services = services;
    loader->gateway->services_count = count;
}

static void
load_target(struct gateway_loader *loader, const json_t *from, struct env_gateway_target *target)
{
    const char  *text = gateway_text(from, "target");
    const size_t host_len = strcspn(text, ":");
    uint32_t     port = 0;
    for (const char *c = text + host_len + (text[host_len] == ':'); *c != '\0'; c++) {
        port = port * 10 + (uint32_t)(*c - '0'); /* the rules bound it */
    }
    target->host = arena_strndup(loader->arena, text, host_len);
    target->port = (uint16_t)(text[host_len] == ':' ? port : (uint32_t)TARGET_PORT);
    target->weight = (uint16_t)load_integer(from, "weight");
    target->bound = gateway_bind(loader, target->host, target->port);
}

static void
load_upstreams(struct gateway_loader *loader)
{
    const json_t  *list = gateway_load_list(loader, GATEWAY_UPSTREAMS);
    const json_t  *all = gateway_load_list(loader, GATEWAY_TARGETS);
    const uint32_t count = (uint32_t)json_array_size(list);
    struct env_gateway_upstream *upstreams =
        ARENA_ARRAY(loader->arena, struct env_gateway_upstream, count);
    struct env_gateway_target *targets =
        ARENA_ARRAY(loader->arena, struct env_gateway_target, json_array_size(all));
    uint32_t targets_count = 0;
    for (uint32_t i = 0; i < count; i++) {
        upstreams[i].name = load_text(loader, json_array_get(list, i), "name");
        gateway_shape_load_upstream(json_array_get(list, i), &upstreams[i]);
        upstreams[i].targets_first = targets_count;
        for (size_t t = 0; t < json_array_size(all); t++) {
            const json_t *from = json_array_get(all, t);
            if (strcmp(gateway_text(from, "upstream"), upstreams[i].name) == 0) {
                load_target(loader, from, &targets[targets_count++]);
                upstreams[i].targets_count++;
            }
        }
    }
    loader->gateway->upstreams = upstreams;
    loader->gateway->upstreams_count = count;
    loader->gateway->targets = targets;
    loader->gateway->targets_count = targets_count;
}

/* --- consumers and their credentials --- */

static void
load_consumers(struct gateway_loader *loader)
{
    const json_t  *list = gateway_load_list(loader, GATEWAY_CONSUMERS);
    const json_t  *acls = gateway_load_list(loader, GATEWAY_GROUPS);
    const uint32_t count = (uint32_t)json_array_size(list);
    struct env_gateway_consumer *consumers =
        ARENA_ARRAY(loader->arena, struct env_gateway_consumer, count);
    for (uint32_t i = 0; i < count; i++) {
        const json_t *from = json_array_get(list, i);
        json_t       *groups = json_array();
        consumers[i].name = load_text(loader, from, "username");
        consumers[i].custom_id = load_text(loader, from, "custom_id");
        for (size_t g = 0; g < json_array_size(acls); g++) {
            const json_t *acl = json_array_get(acls, g);
            if (strcmp(gateway_text(acl, "consumer"), consumers[i].name) == 0) {
                (void)json_array_append_new(groups, json_string(gateway_text(acl, "group")));
            }
        }
        consumers[i].groups = gateway_load_texts(loader->arena, groups);
        json_decref(groups);
    }
    loader->gateway->consumers = consumers;
    loader->gateway->consumers_count = count;
}

/* One pass of a bottom-up merge sort by name. */
static void
load_merge(const struct env_gateway_credential *from, struct env_gateway_credential *to,
           uint32_t count, uint32_t width)
{
    for (uint32_t start = 0; start < count; start += 2 * width) {
        uint32_t       left = start;
        const uint32_t left_end = start + width < count ? start + width : count;
        uint32_t       right = left_end;
        const uint32_t right_end = left_end + width < count ? left_end + width : count;
        for (uint32_t i = start; i < right_end; i++) {
            const bool take_left =
                left < left_end &&
                (right == right_end || strcmp(from[left].name, from[right].name) <= 0);
            to[i] = take_left ? from[left++] : from[right++];
        }
    }
}

static const struct env_gateway_credential *
load_credentials(struct gateway_loader *loader, enum gateway_section section, const char *name,
                 const char *secret, uint32_t *ret_count)
{
    const json_t  *list = gateway_load_list(loader, section);
    const uint32_t count = (uint32_t)json_array_size(list);
    struct env_gateway_credential *items =
        ARENA_ARRAY(loader->arena, struct env_gateway_credential, count);
    struct env_gateway_credential *other =
        ARENA_ARRAY(loader->arena, struct env_gateway_credential, count);
    for (uint32_t i = 0; i < count; i++) {
        const json_t *from = json_array_get(list, i);
        items[i] = (struct env_gateway_credential){
            .name = load_text(loader, from, name),
            .secret = load_text(loader, from, secret),
            .consumer =
                gateway_load_index(loader, GATEWAY_CONSUMERS, gateway_text(from, "consumer")),
        };
        ASSERT(items[i].consumer != ENV_GATEWAY_NONE);
    }
    for (uint32_t width = 1; width < count; width *= 2) {
        load_merge(items, other, count, width);
        struct env_gateway_credential *swap = items;
        items = other;
        other = swap;
    }
    *ret_count = count;
    return items;
}

/* --- routes --- */

static void
load_route_headers(struct gateway_loader *loader, const json_t *from,
                   struct env_gateway_route *route)
{
    json_t     *in = json_object_get(from, "headers");
    const char *name;
    json_t     *values;
    struct env_gateway_header *headers =
        ARENA_ARRAY(loader->arena, struct env_gateway_header, json_object_size(in));
    json_object_foreach(in, name, values) {
        char *lower = arena_strdup(loader->arena, name);
        for (char *c = lower; *c != '\0'; c++) {
            *c = app_shape_lower(*c);
        }
        headers[route->headers_count++] = (struct env_gateway_header){
            lower, load_lower_texts(loader->arena, values)
        };
    }
    route->headers = headers;
}

static bool
load_route_paths(struct gateway_loader *loader, const json_t *from,
                 struct env_gateway_route *route)
{
    const json_t *list = json_object_get(from, "paths");
    struct env_gateway_path *paths =
        ARENA_ARRAY(loader->arena, struct env_gateway_path, json_array_size(list));
    route->paths = paths;
    route->paths_count = (uint32_t)json_array_size(list);
    for (uint32_t i = 0; i < route->paths_count; i++) {
        const char *text = json_string_value(json_array_get(list, i));
        const char *why = NULL;
        const bool  is_pattern = text != NULL && text[0] == '~';
        if (text == NULL) {
            return false;
        }
        paths[i].text = arena_strdup(loader->arena, is_pattern ? text + 1 : text);
        paths[i].pattern =
            is_pattern ? gateway_pattern(text + 1, false, loader->arena, &why) : NULL;
        if (is_pattern && paths[i].pattern == NULL) {
            return false;
        }
    }
    return true;
}

static bool
load_routes(struct gateway_loader *loader)
{
    const json_t  *list = gateway_load_list(loader, GATEWAY_ROUTES);
    const uint32_t count = (uint32_t)json_array_size(list);
    struct env_gateway_route *routes = ARENA_ARRAY(loader->arena, struct env_gateway_route, count);
    loader->gateway->routes = routes;
    loader->gateway->routes_count = count;
    for (uint32_t i = 0; i < count; i++) {
        const json_t *from = json_array_get(list, i);
        const json_t *protocols = json_object_get(from, "protocols");
        struct env_gateway_route *route = &routes[i];
        route->name = load_text(loader, from, "name");
        route->service =
            gateway_load_index(loader, GATEWAY_SERVICES, gateway_text(from, "service"));
        route->methods =
            gateway_load_texts(loader->arena, json_object_get(from, "methods"));
        route->hosts = load_lower_texts(loader->arena, json_object_get(from, "hosts"));
        route->regex_priority = (int32_t)load_integer(from, "regex_priority");
        route->strip_path = load_bool(from, "strip_path");
        route->preserve_host = load_bool(from, "preserve_host");
        for (size_t p = 0; p < json_array_size(protocols); p++) {
            const char *word = json_string_value(json_array_get(protocols, p));
            route->http = route->http || (word != NULL && strcmp(word, "http") == 0);
            route->https = route->https || (word != NULL && strcmp(word, "https") == 0);
        }
        load_route_headers(loader, from, route);
        if (!load_route_paths(loader, from, route)) {
            return false;
        }
    }
    return true;
}

static bool
load_all(struct gateway_loader *loader)
{
    load_upstreams(loader);
    load_services(loader);
    load_consumers(loader);
    loader->gateway->keys =
        load_credentials(loader, GATEWAY_KEYS, "key", "", &loader->gateway->keys_count);
    loader->gateway->logins = load_credentials(loader, GATEWAY_LOGINS, "username", "password",
                                               &loader->gateway->logins_count);
    if (!load_routes(loader)) {
        return false;
    }
    gateway_load_plugins(loader);
    gateway_order(loader);
    return true;
}

const struct env_gateway *
gateway_load(const char *text, const struct env_service *services, uint32_t services_count,
             struct arena *arena)
{
    struct arena     scratch;
    struct diag_list diags;
    arena_init(&scratch, 0);
    diag_list_init(&diags, &scratch);
    struct env_gateway   *gateway = NULL;
    struct gateway_loader loader = {
        .arena = arena, .scratch = &scratch, .services = services, .services_count = services_count
    };
    json_t     *json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    const char *canonical = gateway_read_json(json, NULL, "", &scratch, &diags);
    if (canonical != NULL && strcmp(canonical, text) == 0) {
        gateway = ARENA_NEW(arena, struct env_gateway);
        gateway->ops = &gateway_ops;
        gateway->text = arena_strdup(arena, text);
        gateway->text_hash = hash_bytes(0, text, strlen(text));
        loader.document = json;
        loader.gateway = gateway;
        gateway = load_all(&loader) ? gateway : NULL;
    }
    json_decref(json);
    diag_list_fini(&diags);
    arena_fini(&scratch);
    return gateway;
}

const struct gateway_format gateway_format = { .read = gateway_read, .load = gateway_load };

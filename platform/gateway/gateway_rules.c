/* platform/gateway/gateway_rules.c - what tables cannot say of services, routes and targets. */
#include "platform/gateway/gateway_parts.h"

#include <string.h>

static bool
rules_is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
}

/* Says one sentence at an entry of a list of an entity. */
static void
rules_say_at(struct gateway_draft *draft, const struct gateway_entity *entity, const char *key,
             size_t index, const char *sentence)
{
    const char *at = arena_printf(draft->reader.scratch, "%s/%zu", key, index);
    const json_t *value = json_array_get(json_object_get(entity->json, key), index);
    gateway_say(draft, entity, at, DIAG_ERROR, "found %s, %s",
                app_say_found(value, draft->reader.scratch), sentence);
}

/* A name or an address, perhaps with one "*" label at its beginning or end, perhaps with a port. */
static bool
rules_is_host(const char *host)
{
    const size_t len = strcspn(host, ":");
    uint32_t     stars = 0;
    for (size_t i = 0; i < len; i++) {
        if (host[i] == '*') {
            const bool first = i == 0 && host[1] == '.';
            const bool last = i + 1 == len && i > 0 && host[i - 1] == '.';
            stars++;
            if (!first && !last) {
                return false;
            }
        } else if (!rules_is_plain(host[i])) {
            return false;
        }
    }
    uint32_t port = 0;
    uint32_t digits = 0;
    for (const char *c = host + len + (host[len] == ':'); *c != '\0'; c++) {
        if (*c < '0' || *c > '9' || port > 65535) {
            return false;
        }
        port = port * 10 + (uint32_t)(*c - '0');
        digits++;
    }
    return len > 0 && stars <= 1 && port <= 65535 && (host[len] == '\0' || digits > 0);
}

/* Before 3.0 a path with characters that no plain path has is an expression; now it says "~". */
static void
rules_old_path(struct gateway_draft *draft, json_t *paths, size_t index)
{
    const char *path = json_string_value(json_array_get(paths, index));
    bool        plain = path[0] == '/';
    for (const char *c = path; *c != '\0'; c++) {
        plain = plain && (rules_is_plain(*c) || strchr("/~%", *c) != NULL);
    }
    if (draft->is_old && path[0] == '/' && !plain) {
        const char *now = arena_printf(draft->reader.scratch, "~%s", path);
        (void)json_array_set_new(paths, index, json_string(now));
    }
}

static void
rules_paths(struct gateway_draft *draft, const struct gateway_entity *route)
{
    json_t *paths = json_object_get(route->json, "paths");
    for (size_t i = 0; i < json_array_size(paths); i++) {
        if (!json_is_string(json_array_get(paths, i))) {
            continue; /* said already */
        }
        rules_old_path(draft, paths, i);
        const char *path = json_string_value(json_array_get(paths, i));
        const char *why = NULL;
        if (path[0] == '~' && path[1] == '/') {
            if (gateway_pattern(path + 1, false, draft->reader.scratch, &why) == NULL) {
                rules_say_at(draft, route, "paths", i,
                             arena_printf(draft->reader.scratch,
                                          "an expression that is not read here: %s", why));
            }
        } else if (path[0] != '/') {
            rules_say_at(draft, route, "paths", i,
                         "expected a path that begins with \"/\", or \"~/\" for an expression");
        } else if (strstr(path, "//") != NULL) {
            rules_say_at(draft, route, "paths", i, "expected a path without empty parts");
        }
    }
}

static void
rules_headers(struct gateway_draft *draft, const struct gateway_entity *route)
{
    const char *name;
    json_t     *values;
    json_object_foreach(json_object_get(route->json, "headers"), name, values) {
        const struct app_place root = { 0 };
        const struct app_place headers = { &root, "headers", 0 };
        const struct app_place at = { &headers, name, 0 };
        draft->reader.prefix = route->pointer;
        if (strspn(name, "Hh") == 1 && strlen(name) == 4 && app_shape_lower(name[1]) == 'o' &&
            app_shape_lower(name[2]) == 's' && app_shape_lower(name[3]) == 't') {
            app_say_at(&draft->reader, DIAG_ERROR, &at,
                       "hosts are matched by \"hosts\", expected another header");
        }
        for (size_t i = 0; i < json_array_size(values); i++) {
            const char *value = json_string_value(json_array_get(values, i));
            if (value != NULL && strncmp(value, "~*", 2) == 0) {
                app_say_at(&draft->reader, DIAG_ERROR, &at,
                           "expressions of header values are not read here, expected the values");
            }
        }
    }
}

static void
rules_methods(struct gateway_draft *draft, const struct gateway_entity *entity, const char *key)
{
    const json_t *methods = json_object_get(entity->json, key);
    for (size_t i = 0; i < json_array_size(methods); i++) {
        const char *method = json_string_value(json_array_get(methods, i));
        if (method != NULL && strspn(method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != strlen(method)) {
            rules_say_at(draft, entity, key, i, "expected a method in capitals, such as \"GET\"");
        }
    }
}

static void
rules_route(struct gateway_draft *draft, const struct gateway_entity *route)
{
    static const char *const matched[] = { "methods", "hosts", "paths" };
    const json_t *hosts = json_object_get(route->json, "hosts");
    bool          has_any = json_object_size(json_object_get(route->json, "headers")) > 0;
    bool          has_http = false;
    for (uint32_t i = 0; i < COUNT_OF(matched); i++) {
        has_any = has_any || json_array_size(json_object_get(route->json, matched[i])) > 0;
    }
    const json_t *protocols = json_object_get(route->json, "protocols");
    for (size_t i = 0; i < json_array_size(protocols); i++) {
        const char *word = json_string_value(json_array_get(protocols, i));
        has_http = has_http || (word != NULL && strncmp(word, "http", 4) == 0);
    }
    if (!has_http) {
        gateway_say(draft, route, "protocols", DIAG_WARNING,
                    "neither \"http\" nor \"https\" is in it: the route is kept, not acted upon");
    } else if (!has_any) {
        gateway_say(draft, route, NULL, DIAG_ERROR,
                    "it matches nothing, expected \"methods\", \"hosts\", \"headers\" or "
                    "\"paths\"");
    }
    for (size_t i = 0; i < json_array_size(hosts); i++) {
        const char *host = json_string_value(json_array_get(hosts, i));
        if (host != NULL && !rules_is_host(host)) {
            rules_say_at(draft, route, "hosts", i,
                         "expected a host name, with \"*\" as its first or last part at most");
        }
    }
    rules_paths(draft, route);
    rules_headers(draft, route);
    rules_methods(draft, route, "methods");
}

static void
rules_host(struct gateway_draft *draft, const struct gateway_entity *entity, const char *key)
{
    const char *host = gateway_text(entity->json, key);
    if (host[0] != '\0' && (!rules_is_host(host) || strchr(host, '*') != NULL)) {
        gateway_say(draft, entity, key, DIAG_ERROR, "found \"%.60s\", expected a host name", host);
    }
}

static void
rules_service(struct gateway_draft *draft, const struct gateway_entity *service)
{
    const char *protocol = gateway_text(service->json, "protocol");
    const char *path = gateway_text(service->json, "path");
    if (protocol[0] != '\0' && strcmp(protocol, "http") != 0) {
        gateway_say(draft, service, "protocol", DIAG_WARNING,
                    "\"%s\" is not acted upon: its apps are spoken to by HTTP", protocol);
    }
    if (path[0] != '\0' && path[0] != '/') {
        gateway_say(draft, service, "path", DIAG_ERROR,
                    "found \"%.60s\", expected a path that begins with \"/\"", path);
    }
    rules_host(draft, service, "host");
    if (strchr(gateway_text(service->json, "host"), ':') != NULL) {
        gateway_say(draft, service, "host", DIAG_ERROR, "expected the port in \"port\"");
    }
}

/* Says what is kept without effect: a value other than the default of a field that waits. */
void
gateway_rules_later(struct gateway_draft *draft, const struct gateway_entity *entity,
                    const struct app_shape *shape, const json_t *object, const char *under)
{
    for (uint32_t i = 0; i < shape->fields_count; i++) {
        const struct app_field *field = &shape->fields[i];
        const json_t *value = json_object_get(object, field->name);
        if (!(field->flags & APP_LATER) || value == NULL) {
            continue;
        }
        json_t *fallback =
            field->fallback != NULL ? json_loads(field->fallback, JSON_DECODE_ANY, NULL) : NULL;
        if (fallback == NULL || json_equal(fallback, value) == 0) {
            gateway_say(draft, entity,
                        arena_printf(draft->reader.scratch, "%s%s", under, field->name),
                        DIAG_WARNING, "\"%s\" is kept and not acted upon", field->name);
        }
        json_decref(fallback);
    }
}

void
gateway_rules_check(struct gateway_draft *draft)
{
    for (uint32_t s = 0; s < GATEWAY_SECTION_COUNT; s++) {
        for (uint32_t i = 0; i < draft->entities[s].count; i++) {
            const struct gateway_entity *entity = vec_at(&draft->entities[s], i);
            gateway_rules_later(draft, entity, gateway_sections[s].shape, entity->json, "");
            if (s == GATEWAY_SERVICES) {
                rules_service(draft, entity);
                gateway_service_rules_check(draft, entity);
            } else if (s == GATEWAY_ROUTES) {
                rules_route(draft, entity);
            } else if (s == GATEWAY_UPSTREAMS) {
                rules_host(draft, entity, "name");
                gateway_upstream_rules_check(draft, entity);
            } else if (s == GATEWAY_TARGETS) {
                rules_host(draft, entity, "target");
            } else if (s == GATEWAY_LOGINS) {
                if (strchr(gateway_text(entity->json, "username"), ':') != NULL) {
                    gateway_say(draft, entity, "username", DIAG_ERROR,
                                "a \":\" ends the name when it is sent, expected a name without");
                }
            } else if (s == GATEWAY_PLUGINS) {
                const uint32_t kind = gateway_plugin_kind(gateway_text(entity->json, "name"));
                if (kind < ENV_GATEWAY_KIND_COUNT) {
                    gateway_rules_later(draft, entity, gateway_plugin_shapes[kind],
                                        json_object_get(entity->json, "config"), "config/");
                    gateway_plugin_rules_check(draft, entity);
                }
            }
        }
    }
}

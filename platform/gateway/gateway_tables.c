/*
 * platform/gateway/gateway_tables.c - every key of Kong's entities: kind, range, default, order.
 *
 * Source: Kong 3.x's schemas of its core entities; a range that Kong does not state is ours.
 */
#include "platform/gateway/gateway_parts.h"

#include <string.h>

#define NAME_BYTES_MAX 255.0
#define TIMEOUT_MS_MAX 2147483646.0

#define SHAPE(name)                                                                                \
    static const struct app_shape name = { .fields = name##_fields,                                \
                                           .fields_count = COUNT_OF(name##_fields),                \
                                           .knows_all = true }

static const char *const protocols[] = {
    "http", "https", "grpc", "grpcs", "tcp", "tls", "tls_passthrough", "udp", "ws", "wss", NULL,
};
static const char *const path_handlings[] = { "v0", "v1", NULL };
static const char *const algorithms[] = {
    "round-robin", "least-connections", "consistent-hashing", "latency", NULL,
};
static const char *const hash_inputs[] = {
    "none", "consumer", "ip", "header", "cookie", "path", "query_arg", "uri_capture", NULL,
};

static const struct app_field text_item = { .kind = APP_TEXT, .min = 1 };
static const struct app_field protocol_item = { .kind = APP_WORD, .words = protocols };

/* A name, or an object with the name or id. Canonical: the text alone. */
static json_t *
tables_reference(struct app_reader *reader, const struct app_place *place, json_t *in)
{
    static const char *const keys[] = { "name", "username", "id" };
    const json_t *text = in;
    for (uint32_t i = 0; json_is_object(in) && i < COUNT_OF(keys); i++) {
        const json_t *member = json_object_get(in, keys[i]);
        text = json_is_string(member) && text == in ? member : text;
    }
    if (!json_is_string(text) || json_string_length(text) == 0) {
        app_say_at(reader, DIAG_ERROR, place,
                   "found %s, expected the name of another entity of this file",
                   app_say_found(in, reader->scratch));
        return NULL;
    }
    return json_string(json_string_value(text));
}

/* The value is never shown. */
static json_t *
tables_secret(struct app_reader *reader, const struct app_place *place, json_t *in)
{
    if (!json_is_string(in) || json_string_length(in) == 0) {
        app_say_at(reader, DIAG_ERROR, place, "found %s, expected a text in quotes",
                   json_is_string(in)   ? "an empty text"
                   : json_is_number(in) ? "a number"
                                        : app_say_found(in, reader->scratch));
        return NULL;
    }
    return json_string(json_string_value(in));
}

/* Header names and, for each, a list of values. */
static json_t *
tables_headers(struct app_reader *reader, const struct app_place *place, json_t *in)
{
    static const struct app_field list = { .kind = APP_LIST, .min = 1, .item = &text_item };
    if (!json_is_object(in)) {
        app_say_at(reader, DIAG_ERROR, place,
                   "found %s, expected an object of header names, a list of values each",
                   app_say_found(in, reader->scratch));
        return NULL;
    }
    json_t      *headers = json_object();
    uint32_t     count;
    const char **keys = app_shape_keys(in, reader->scratch, &count);
    for (uint32_t i = 0; i < count; i++) {
        const struct app_place at = { place, keys[i], 0 };
        json_t *values = app_shape_value(reader, &at, &list, json_object_get(in, keys[i]));
        if (values != NULL) {
            json_object_set_new_nocheck(headers, keys[i], values);
        }
    }
    return headers;
}

#define ID          { .name = "id", .kind = APP_TEXT, .min = 1, .max = NAME_BYTES_MAX }
#define NAME        { .name = "name", .kind = APP_TEXT, .min = 1, .max = NAME_BYTES_MAX }
#define TAGS        { .name = "tags", .kind = APP_LIST, .item = &text_item }
#define CREATED     { .name = "created_at", .kind = APP_ANY }
#define UPDATED     { .name = "updated_at", .kind = APP_ANY }
#define REFERENCE(key) { .name = key, .kind = APP_SPECIAL, .special = tables_reference }
#define OWNER(key)                                                                                 \
    { .name = key, .kind = APP_SPECIAL, .special = tables_reference, .flags = APP_REQUIRED }
#define LATER(key)  { .name = key, .kind = APP_ANY, .flags = APP_LATER }
#define TEXTS(key)  { .name = key, .kind = APP_LIST, .item = &text_item }
#define TIMEOUT(key, waits)                                                                        \
    { .name = key, .kind = APP_INTEGER, .min = 1, .max = TIMEOUT_MS_MAX, .fallback = "60000",     \
      .flags = (waits) }

static const struct app_field service_fields[] = {
    ID, NAME,
    { .name = "protocol", .kind = APP_WORD, .words = protocols, .fallback = "\"http\"" },
    { .name = "host", .kind = APP_TEXT, .flags = APP_REQUIRED, .min = 1, .max = NAME_BYTES_MAX },
    { .name = "port", .kind = APP_INTEGER, .min = 1, .max = 65535, .fallback = "80" },
    { .name = "path", .kind = APP_TEXT, .min = 1 },
    { .name = "enabled", .kind = APP_BOOL, .fallback = "true" },
    { .name = "retries", .kind = APP_INTEGER, .max = 32767, .fallback = "5" },
    TIMEOUT("connect_timeout", APP_LATER), TIMEOUT("write_timeout", APP_LATER),
    TIMEOUT("read_timeout", 0), TAGS,
    LATER("client_certificate"), LATER("ca_certificates"), LATER("tls_verify"),
    LATER("tls_verify_depth"), LATER("tls_sans"), CREATED, UPDATED,
};
SHAPE(service);

static const struct app_field route_fields[] = {
    ID, NAME, REFERENCE("service"),
    { .name = "protocols", .kind = APP_LIST, .min = 1, .item = &protocol_item,
      .fallback = "[\"http\",\"https\"]" },
    TEXTS("methods"), TEXTS("hosts"), TEXTS("paths"),
    { .name = "headers", .kind = APP_SPECIAL, .special = tables_headers },
    { .name = "strip_path", .kind = APP_BOOL, .fallback = "true" },
    { .name = "preserve_host", .kind = APP_BOOL, .fallback = "false" },
    { .name = "regex_priority", .kind = APP_INTEGER, .min = -2147483648.0, .max = 2147483647.0,
      .fallback = "0" },
    { .name = "path_handling", .kind = APP_WORD, .words = path_handlings, .fallback = "\"v0\"" },
    { .name = "https_redirect_status_code", .kind = APP_INTEGER, .min = 301, .max = 426,
      .fallback = "426" },
    { .name = "request_buffering", .kind = APP_BOOL, .fallback = "true", .flags = APP_LATER },
    { .name = "response_buffering", .kind = APP_BOOL, .fallback = "true", .flags = APP_LATER },
    LATER("snis"), LATER("sources"), LATER("destinations"), LATER("expression"),
    LATER("priority"), TAGS, CREATED, UPDATED,
};
SHAPE(route);

static const struct app_field upstream_fields[] = {
    ID,
    { .name = "name", .kind = APP_TEXT, .flags = APP_REQUIRED, .min = 1, .max = NAME_BYTES_MAX },
    { .name = "algorithm", .kind = APP_WORD, .words = algorithms, .fallback = "\"round-robin\"" },
    { .name = "hash_on", .kind = APP_WORD, .words = hash_inputs, .fallback = "\"none\"" },
    { .name = "hash_fallback", .kind = APP_WORD, .words = hash_inputs, .fallback = "\"none\"",
      .flags = APP_LATER },
    LATER("hash_on_header"), LATER("hash_fallback_header"), LATER("hash_on_cookie"),
    LATER("hash_on_cookie_path"), LATER("hash_on_query_arg"), LATER("hash_fallback_query_arg"),
    LATER("hash_on_uri_capture"), LATER("hash_fallback_uri_capture"),
    { .name = "slots", .kind = APP_INTEGER, .min = 10, .max = 65536, .fallback = "10000" },
    { .name = "healthchecks", .kind = APP_OBJECT, .shape = &gateway_healthchecks },
    LATER("host_header"), LATER("client_certificate"),
    LATER("use_srv_name"), TAGS, CREATED, UPDATED,
};
SHAPE(upstream);

static const struct app_field target_fields[] = {
    ID, OWNER("upstream"),
    { .name = "target", .kind = APP_TEXT, .flags = APP_REQUIRED, .min = 1, .max = NAME_BYTES_MAX },
    { .name = "weight", .kind = APP_INTEGER, .min = 0, .max = 65535, .fallback = "100" },
    TAGS, CREATED, UPDATED,
};
SHAPE(target);

static const struct app_field consumer_fields[] = {
    ID,
    { .name = "username", .kind = APP_TEXT, .min = 1, .max = NAME_BYTES_MAX },
    { .name = "custom_id", .kind = APP_TEXT, .min = 1, .max = NAME_BYTES_MAX },
    TAGS, CREATED, UPDATED,
};
SHAPE(consumer);

static const struct app_field key_fields[] = {
    ID, OWNER("consumer"),
    { .name = "key", .kind = APP_SPECIAL, .special = tables_secret, .flags = APP_REQUIRED },
    LATER("ttl"), TAGS, CREATED, UPDATED,
};
SHAPE(key);

static const struct app_field login_fields[] = {
    ID, OWNER("consumer"),
    { .name = "username", .kind = APP_TEXT, .flags = APP_REQUIRED, .min = 1,
      .max = NAME_BYTES_MAX },
    { .name = "password", .kind = APP_SPECIAL, .special = tables_secret, .flags = APP_REQUIRED },
    TAGS, CREATED, UPDATED,
};
SHAPE(login);

static const struct app_field group_fields[] = {
    ID, OWNER("consumer"),
    { .name = "group", .kind = APP_TEXT, .flags = APP_REQUIRED, .min = 1, .max = NAME_BYTES_MAX },
    TAGS, CREATED, UPDATED,
};
SHAPE(group);

static const struct app_field plugin_fields[] = {
    ID,
    { .name = "name", .kind = APP_TEXT, .flags = APP_REQUIRED, .min = 1, .max = NAME_BYTES_MAX },
    { .name = "instance_name", .kind = APP_TEXT, .min = 1, .max = NAME_BYTES_MAX },
    { .name = "enabled", .kind = APP_BOOL, .fallback = "true" },
    REFERENCE("service"), REFERENCE("route"), REFERENCE("consumer"), LATER("consumer_group"),
    { .name = "protocols", .kind = APP_LIST, .item = &protocol_item, .flags = APP_LATER },
    { .name = "config", .kind = APP_ANY, .fallback = "{}" },
    LATER("ordering"), LATER("run_on"), TAGS, CREATED, UPDATED,
};
SHAPE(plugin);

const struct gateway_section_about gateway_sections[GATEWAY_SECTION_COUNT] = {
    [GATEWAY_SERVICES] = { "services", "service", "service", "name", &service,
                           { GATEWAY_ROUTES, GATEWAY_PLUGINS }, 2 },
    [GATEWAY_ROUTES] = { "routes", "route", "route", "name", &route, { GATEWAY_PLUGINS }, 1 },
    [GATEWAY_UPSTREAMS] = { "upstreams", "upstream", "upstream", "name", &upstream,
                            { GATEWAY_TARGETS }, 1 },
    [GATEWAY_TARGETS] = { "targets", "target", NULL, NULL, &target, { 0 }, 0 },
    [GATEWAY_CONSUMERS] = { "consumers", "consumer", "consumer", "username", &consumer,
                            { GATEWAY_KEYS, GATEWAY_LOGINS, GATEWAY_GROUPS, GATEWAY_PLUGINS }, 4 },
    [GATEWAY_KEYS] = { "keyauth_credentials", "key", NULL, NULL, &key, { 0 }, 0 },
    [GATEWAY_LOGINS] = { "basicauth_credentials", "login", NULL, NULL, &login, { 0 }, 0 },
    [GATEWAY_GROUPS] = { "acls", "group", NULL, NULL, &group, { 0 }, 0 },
    [GATEWAY_PLUGINS] = { "plugins", "plugin", NULL, NULL, &plugin, { 0 }, 0 },
};

const char *const gateway_tables_later[] = {
    "certificates", "snis", "ca_certificates", "jwt_secrets", "hmacauth_credentials",
    "oauth2_credentials", "oauth2_tokens", "oauth2_authorization_codes", "mtls_auth_credentials",
    "consumer_groups", "consumer_group_consumers", "consumer_group_plugins", "vaults", "keys",
    "key_sets", "parameters", "filter_chains", "plugin_configs", "partials", NULL,
};

const char *const gateway_tables_later_credentials[] = {
    "jwt_secrets", "hmacauth_credentials", "oauth2_credentials", "mtls_auth_credentials", "groups",
    NULL,
};

/*
 * platform/gateway/plugin_tables.c - the "config" of every plugin that is acted upon.
 *
 * Source: the schemas of Kong 3.x's bundled plugins, and what of 2.x they still accept. A range
 *         that Kong does not state is ours.
 */
#include "platform/gateway/gateway_parts.h"

#include <string.h>

#define LIMIT_MAX 1000000000.0 /* requests in a window: a limit of ours */

#define SHAPE(name)                                                                                \
    static const struct app_shape name = { .fields = name##_fields,                                \
                                           .fields_count = COUNT_OF(name##_fields),                \
                                           .knows_all = true }

static const char *const generators[] = { "uuid", "uuid#counter", "tracker", NULL };
static const char *const policies[] = { "local", "cluster", "redis", NULL };
const char *const gateway_size_words[] = { "megabytes", "kilobytes", "bytes", NULL };
const char *const gateway_period_words[] = {
    "second", "minute", "hour", "day", "month", "year", NULL,
};
const char *const gateway_limit_by_words[] = {
    "consumer", "credential", "ip", "service", "header", "path", NULL,
};

static const struct app_field text_item = { .kind = APP_TEXT, .min = 1 };

#define TEXT(key)         { .name = key, .kind = APP_TEXT, .min = 1 }
#define TEXTS(key)        { .name = key, .kind = APP_LIST, .item = &text_item }
#define YES_NO(key, by)   { .name = key, .kind = APP_BOOL, .fallback = by }
#define LATER(key)        { .name = key, .kind = APP_ANY, .flags = APP_LATER }
#define LATER_BOOL(key, by) { .name = key, .kind = APP_BOOL, .fallback = by, .flags = APP_LATER }
#define STATUS(key, least, by)                                                                     \
    { .name = key, .kind = APP_INTEGER, .min = least, .max = 599, .fallback = by }

static const struct app_field correlation_id_fields[] = {
    { .name = "header_name", .kind = APP_TEXT, .min = 1, .fallback = "\"Kong-Request-ID\"" },
    { .name = "generator", .kind = APP_WORD, .words = generators,
      .fallback = "\"uuid#counter\"" },
    YES_NO("echo_downstream", "false"),
};
SHAPE(correlation_id);

static const struct app_field cors_fields[] = {
    TEXTS("origins"),
    { .name = "methods", .kind = APP_LIST, .item = &text_item,
      .fallback = "[\"GET\",\"HEAD\",\"PUT\",\"PATCH\",\"POST\",\"DELETE\",\"OPTIONS\",\"TRACE\","
                  "\"CONNECT\"]" },
    TEXTS("headers"), TEXTS("exposed_headers"),
    { .name = "max_age", .kind = APP_INTEGER, .min = 0, .max = 2147483647.0 },
    YES_NO("credentials", "false"), YES_NO("preflight_continue", "false"),
    LATER_BOOL("private_network", "false"), LATER_BOOL("allow_origin_absent", "true"),
};
SHAPE(cors);

static const struct app_field key_auth_fields[] = {
    { .name = "key_names", .kind = APP_LIST, .min = 1, .item = &text_item,
      .fallback = "[\"apikey\"]" },
    YES_NO("hide_credentials", "false"), TEXT("anonymous"), YES_NO("key_in_header", "true"),
    YES_NO("key_in_query", "true"), LATER_BOOL("key_in_body", "false"),
    YES_NO("run_on_preflight", "true"), LATER("realm"), LATER("identity_realms"),
};
SHAPE(key_auth);

static const struct app_field basic_auth_fields[] = {
    TEXT("anonymous"), YES_NO("hide_credentials", "false"),
    { .name = "realm", .kind = APP_TEXT, .min = 1, .fallback = "\"service\"" },
};
SHAPE(basic_auth);

static const struct app_field ip_restriction_fields[] = {
    TEXTS("allow"), TEXTS("deny"), STATUS("status", 400, "403"),
    { .name = "message", .kind = APP_TEXT, .min = 1,
      .fallback = "\"Your IP address is not allowed\"" },
};
SHAPE(ip_restriction);

static const struct app_field request_size_fields[] = {
    { .name = "allowed_payload_size", .kind = APP_INTEGER, .min = 0, .max = 1048576,
      .fallback = "128" },
    { .name = "size_unit", .kind = APP_WORD, .words = gateway_size_words,
      .fallback = "\"megabytes\"" },
    YES_NO("require_content_length", "false"),
};
SHAPE(request_size);

static const struct app_field acl_fields[] = {
    TEXTS("allow"), TEXTS("deny"), LATER_BOOL("hide_groups_header", "false"),
    LATER_BOOL("always_use_authenticated_groups", "false"),
    LATER_BOOL("include_consumer_groups", "false"),
};
SHAPE(acl);

#define LIMIT(key) { .name = key, .kind = APP_INTEGER, .min = 1, .max = LIMIT_MAX }

static const struct app_field rate_limiting_fields[] = {
    LIMIT("second"), LIMIT("minute"), LIMIT("hour"), LIMIT("day"), LIMIT("month"), LIMIT("year"),
    { .name = "limit_by", .kind = APP_WORD, .words = gateway_limit_by_words,
      .fallback = "\"consumer\"" },
    TEXT("header_name"), TEXT("path"),
    { .name = "policy", .kind = APP_WORD, .words = policies, .fallback = "\"local\"" },
    YES_NO("fault_tolerant", "true"), YES_NO("hide_client_headers", "false"),
    STATUS("error_code", 400, "429"),
    { .name = "error_message", .kind = APP_TEXT, .min = 1,
      .fallback = "\"API rate limit exceeded\"" },
    LATER("sync_rate"), LATER("redis"), LATER("redis_host"), LATER("redis_port"),
    LATER("redis_username"), LATER("redis_password"), LATER("redis_timeout"),
    LATER("redis_database"), LATER("redis_ssl"), LATER("redis_ssl_verify"),
    LATER("redis_server_name"),
};
SHAPE(rate_limiting);

#define REQUEST_LISTS TEXTS("headers"), TEXTS("querystring"), TEXTS("body")

static const struct app_field request_part_fields[] = { REQUEST_LISTS };
SHAPE(request_part);

static const struct app_field request_replace_fields[] = { TEXT("uri"), REQUEST_LISTS };
SHAPE(request_replace);

#define PART(key, of) { .name = key, .kind = APP_OBJECT, .shape = &of }

static const struct app_field request_transformer_fields[] = {
    TEXT("http_method"), PART("remove", request_part), PART("rename", request_part),
    PART("replace", request_replace), PART("add", request_part), PART("append", request_part),
};
SHAPE(request_transformer);

static const struct app_field response_part_fields[] = {
    TEXTS("headers"), TEXTS("json"), TEXTS("json_types"),
};
SHAPE(response_part);

static const struct app_field response_transformer_fields[] = {
    PART("remove", response_part), PART("rename", response_part), PART("replace", response_part),
    PART("add", response_part), PART("append", response_part),
};
SHAPE(response_transformer);

static const struct app_field prometheus_fields[] = {
    LATER_BOOL("per_consumer", "false"), LATER_BOOL("status_code_metrics", "false"),
    LATER_BOOL("ai_metrics", "false"), LATER_BOOL("latency_metrics", "false"),
    LATER_BOOL("bandwidth_metrics", "false"), LATER_BOOL("upstream_health_metrics", "false"),
    LATER_BOOL("wasm_metrics", "false"),
};
SHAPE(prometheus);

const char *const gateway_plugin_names[ENV_GATEWAY_KIND_COUNT] = {
    [ENV_GATEWAY_CORRELATION_ID] = "correlation-id",
    [ENV_GATEWAY_CORS] = "cors",
    [ENV_GATEWAY_KEY_AUTH] = "key-auth",
    [ENV_GATEWAY_BASIC_AUTH] = "basic-auth",
    [ENV_GATEWAY_IP_RESTRICTION] = "ip-restriction",
    [ENV_GATEWAY_REQUEST_SIZE] = "request-size-limiting",
    [ENV_GATEWAY_ACL] = "acl",
    [ENV_GATEWAY_RATE_LIMITING] = "rate-limiting",
    [ENV_GATEWAY_REQUEST_TRANSFORMER] = "request-transformer",
    [ENV_GATEWAY_RESPONSE_TRANSFORMER] = "response-transformer",
    [ENV_GATEWAY_PROMETHEUS] = "prometheus",
};

const struct app_shape *const gateway_plugin_shapes[ENV_GATEWAY_KIND_COUNT] = {
    [ENV_GATEWAY_CORRELATION_ID] = &correlation_id,
    [ENV_GATEWAY_CORS] = &cors,
    [ENV_GATEWAY_KEY_AUTH] = &key_auth,
    [ENV_GATEWAY_BASIC_AUTH] = &basic_auth,
    [ENV_GATEWAY_IP_RESTRICTION] = &ip_restriction,
    [ENV_GATEWAY_REQUEST_SIZE] = &request_size,
    [ENV_GATEWAY_ACL] = &acl,
    [ENV_GATEWAY_RATE_LIMITING] = &rate_limiting,
    [ENV_GATEWAY_REQUEST_TRANSFORMER] = &request_transformer,
    [ENV_GATEWAY_RESPONSE_TRANSFORMER] = &response_transformer,
    [ENV_GATEWAY_PROMETHEUS] = &prometheus,
};

uint32_t
gateway_plugin_kind(const char *name)
{
    uint32_t kind = 0;
    while (kind < ENV_GATEWAY_KIND_COUNT && strcmp(gateway_plugin_names[kind], name) != 0) {
        kind++;
    }
    return kind;
}

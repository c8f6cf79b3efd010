/* platform/backends/haproxy/haproxy_gateway_plugins.c - plugins that let requests in or answer. */
#include "platform/backends/haproxy/haproxy_gateway.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Consumers that are told apart are words of one condition, of which HAProxy reads 64. */
enum { PLUGIN_CONSUMERS_MAX = 20, PLUGIN_WINDOWS_MAX = 3 };

#define LINE(render, ...) haproxy_render_line((render)->rendered, 0, __VA_ARGS__)

static const struct {
    const char *word; /* of headers */
    const char *text;
    int64_t     seconds; /* 0: longer than HAProxy counts */
} windows[ENV_GATEWAY_PERIOD_COUNT] = {
    [ENV_GATEWAY_SECOND] = { "Second", "second", 1 },
    [ENV_GATEWAY_MINUTE] = { "Minute", "minute", 60 },
    [ENV_GATEWAY_HOUR] = { "Hour", "hour", 3600 },
    [ENV_GATEWAY_DAY] = { "Day", "day", 86400 },
    [ENV_GATEWAY_MONTH] = { "Month", "month", 0 },
    [ENV_GATEWAY_YEAR] = { "Year", "year", 0 },
};

static bool
plugin_texts_are(const struct env_gateway_texts *texts, bool (*valid)(const char *text))
{
    for (uint32_t i = 0; i < texts->count; i++) {
        if (!valid(texts->items[i])) {
            return false;
        }
    }
    return true;
}

static const char *
plugin_rate_refused(struct haproxy_generation *generation,
                    const struct env_gateway_rate_limiting *rate)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < ENV_GATEWAY_PERIOD_COUNT; i++) {
        count += rate->limits[i] > 0 && windows[i].seconds > 0;
        if (rate->limits[i] > 0 && windows[i].seconds == 0) {
            haproxy_gateway_note(generation, "rate-limiting",
                                 "HAProxy counts no months and no years: that limit is left out");
        }
    }
    if (count > PLUGIN_WINDOWS_MAX) {
        return "HAProxy counts in three windows at most";
    }
    if (rate->limit_by == ENV_GATEWAY_BY_HEADER && !haproxy_gateway_is_header(rate->header_name)) {
        return "the header it limits by has characters that cannot be written for HAProxy";
    }
    if (rate->limit_by == ENV_GATEWAY_BY_PATH && !haproxy_gateway_is_plain(rate->path)) {
        return "the path it limits by has characters that cannot be written for HAProxy";
    }
    return NULL;
}

const char *
haproxy_gateway_plugin_refused(struct haproxy_generation *generation,
                               const struct env_gateway_plugin *plugin)
{
    switch (plugin->kind) {
    case ENV_GATEWAY_KEY_AUTH:
        return plugin_texts_are(&plugin->key_auth.key_names, haproxy_gateway_is_header)
                   ? NULL
                   : "a name of its key has characters that cannot be written for HAProxy";
    case ENV_GATEWAY_BASIC_AUTH:
        return haproxy_gateway_is_plain(plugin->basic_auth.realm)
                   ? NULL
                   : "its realm has characters that cannot be written for HAProxy";
    case ENV_GATEWAY_IP_RESTRICTION:
        return haproxy_gateway_is_plain(plugin->ip_restriction.message)
                   ? NULL
                   : "the message of its ip-restriction cannot be written for HAProxy";
    case ENV_GATEWAY_RATE_LIMITING:
        return haproxy_gateway_is_plain(plugin->rate_limiting.message)
                   ? plugin_rate_refused(generation, &plugin->rate_limiting)
                   : "the message of its rate-limiting cannot be written for HAProxy";
    case ENV_GATEWAY_CORS:
    case ENV_GATEWAY_CORRELATION_ID:
    case ENV_GATEWAY_REQUEST_SIZE:
    case ENV_GATEWAY_ACL:
    case ENV_GATEWAY_REQUEST_TRANSFORMER:
    case ENV_GATEWAY_RESPONSE_TRANSFORMER:
    case ENV_GATEWAY_PROMETHEUS:
        break;
    }
    return NULL;
}

/* --- which setting is in force when --- */

static uint32_t
plugin_consumers_count(const struct env_gateway *gateway, enum env_gateway_kind kind, uint32_t r)
{
    uint32_t count = 0;
    for (uint32_t c = 0; c < gateway->consumers_count && gateway->consumers_have[kind]; c++) {
        const struct env_gateway_plugin *own = gateway->ops->plugin_of(gateway, kind, r, c);
        count += own != NULL && own != gateway->routes[r].plugins[kind];
    }
    return count;
}

const char *
haproxy_gateway_consumers_refused(const struct env_gateway *gateway, uint32_t route)
{
    for (uint32_t kind = 0; kind < ENV_GATEWAY_KIND_COUNT; kind++) {
        if (plugin_consumers_count(gateway, kind, route) > PLUGIN_CONSUMERS_MAX) {
            return "more than 20 consumers have a setting of their own for one plugin of it";
        }
    }
    return NULL;
}

static void
plugin_each_consumer(const struct haproxy_gateway_render *render, enum env_gateway_kind kind,
                     uint32_t r, haproxy_gateway_emit_fn *emit)
{
    const struct env_gateway *gateway = render->gateway;
    const struct env_gateway_plugin *common = gateway->routes[r].plugins[kind];
    char others[HAPROXY_GATEWAY_CONDITION_BYTES];
    int len = snprintf(others, sizeof(others), "gw_r%u", r);
    uint32_t count = 0;
    for (uint32_t c = 0; c < gateway->consumers_count && gateway->consumers_have[kind]; c++) {
        const struct env_gateway_plugin *own = gateway->ops->plugin_of(gateway, kind, r, c);
        if (own == common || own == NULL) {
            continue;
        }
        ASSERT(count < PLUGIN_CONSUMERS_MAX); /* else the route is closed */
        count++;
        char condition[64];
        (void)snprintf(condition, sizeof(condition), "gw_r%u gw_c%u", r, c);
        emit(render, own, condition);
        len += snprintf(others + len, sizeof(others) - (size_t)len, " !gw_c%u", c);
    }
    if (common != NULL) {
        emit(render, common, others);
    }
}

void
haproxy_gateway_each(const struct haproxy_gateway_render *render, enum env_gateway_kind kind,
                     haproxy_gateway_emit_fn *emit)
{
    for (uint32_t r = 0; r < render->gateway->routes_count; r++) {
        if (render->generation->gateway_ways[r] == HAPROXY_GATEWAY_OPEN) {
            plugin_each_consumer(render, kind, r, emit);
        }
    }
}

/* --- who may --- */

static void
plugin_networks(const struct haproxy_gateway_render *render, const char *name, uint32_t index,
                const struct env_gateway_networks *networks)
{
    char ipv4[HAPROXY_IPV4_TEXT_BYTES];
    for (uint32_t i = 0; i < networks->count; i++) {
        uint32_t bits = 0;
        for (uint32_t mask = networks->items[i].mask; mask != 0; mask <<= 1) {
            bits++;
        }
        LINE(render, "    acl gw_%s%u src %s/%u\n", name, index,
             haproxy_render_ipv4(networks->items[i].ipv4, ipv4), bits);
    }
}

static void
plugin_ip(const struct haproxy_gateway_render *render, const struct env_gateway_plugin *plugin,
          const char *condition)
{
    const struct env_gateway_ip_restriction *ip = &plugin->ip_restriction;
    const uint32_t index = (uint32_t)(plugin - render->gateway->plugins);
    char whole[HAPROXY_GATEWAY_CONDITION_BYTES + 64];
    plugin_networks(render, "deny", index, &ip->deny);
    plugin_networks(render, "allow", index, &ip->allow);
    if (ip->deny.count > 0) {
        (void)snprintf(whole, sizeof(whole), "%s gw_deny%u", condition, index);
        haproxy_gateway_answer(render, ip->status, "", ip->message, whole);
    }
    if (ip->has_allow) {
        (void)snprintf(whole, sizeof(whole), ip->allow.count > 0 ? "%s !gw_allow%u" : "%s",
                       condition, index);
        haproxy_gateway_answer(render, ip->status, "", ip->message, whole);
    }
}

static void
plugin_size(const struct haproxy_gateway_render *render, const struct env_gateway_plugin *plugin,
            const char *condition)
{
    const struct env_gateway_request_size *size = &plugin->request_size;
    char whole[HAPROXY_GATEWAY_CONDITION_BYTES + 128];
    if (size->require_content_length) {
        (void)snprintf(whole, sizeof(whole), "%s !{ req.hdr(content-length) -m found }", condition);
        haproxy_gateway_answer(render, 411, "", "A valid Content-Length header is required", whole);
    }
    (void)snprintf(whole, sizeof(whole),
                   "%s { req.hdr_val(content-length) gt %" PRId64 " } "
                   "{ req.hdr(expect) -i -m str 100-continue }",
                   condition, size->bytes_max);
    haproxy_gateway_answer(render, 417, "", "Request size limit exceeded", whole);
    (void)snprintf(whole, sizeof(whole), "%s { req.hdr_val(content-length) gt %" PRId64 " }",
                   condition, size->bytes_max);
    haproxy_gateway_answer(render, 413, "", "Request size limit exceeded", whole);
}

static bool
plugin_in_groups(const struct env_gateway_texts *wanted, const struct env_gateway_texts *groups)
{
    for (uint32_t i = 0; i < wanted->count; i++) {
        for (uint32_t k = 0; k < groups->count; k++) {
            if (strcmp(wanted->items[i], groups->items[k]) == 0) {
                return true;
            }
        }
    }
    return false;
}

static void
plugin_acl(const struct haproxy_gateway_render *render, const struct env_gateway_plugin *plugin,
           const char *condition)
{
    const struct env_gateway *gateway = render->gateway;
    const uint32_t index = (uint32_t)(plugin - gateway->plugins);
    char whole[HAPROXY_GATEWAY_CONDITION_BYTES + 64];
    bool any = false;
    for (uint32_t c = 0; c < gateway->consumers_count; c++) {
        if (plugin_in_groups(&plugin->acl.groups, &gateway->consumers[c].groups)) {
            LINE(render, "    acl gw_in%u var(txn.gw_consumer) -m int %u\n", index, c + 1);
            any = true;
        }
    }
    (void)snprintf(whole, sizeof(whole), "%s !{ var(txn.gw_consumer) -m found }", condition);
    haproxy_gateway_answer(render, 401, "", "Unauthorized", whole);
    if (any || !plugin->acl.deny) {
        (void)snprintf(whole, sizeof(whole), !any ? "%s" : plugin->acl.deny ? "%s gw_in%u"
                                                                            : "%s !gw_in%u",
                       condition, index);
        haproxy_gateway_answer(render, 403, "", "You cannot consume this service", whole);
    }
}

/* --- how often --- */

static void
plugin_rate_identity(const struct haproxy_gateway_render *render,
                     const struct env_gateway_rate_limiting *rate, const char *condition)
{
    char more[HAPROXY_GATEWAY_WORD_MAX + 64] = "";
    const char *format = NULL;
    char header[HAPROXY_GATEWAY_WORD_MAX + 64];
    switch (rate->limit_by) {
    case ENV_GATEWAY_BY_CONSUMER:
        format = "c%[var(txn.gw_consumer)]";
        (void)snprintf(more, sizeof(more), " { var(txn.gw_consumer) -m found }");
        break;
    case ENV_GATEWAY_BY_CREDENTIAL:
        format = "k%[var(txn.gw_keyed)]n%[var(txn.gw_named)]";
        (void)snprintf(more, sizeof(more), " { var(txn.gw_consumer) -m found }");
        break;
    case ENV_GATEWAY_BY_SERVICE:
        format = "all";
        break;
    case ENV_GATEWAY_BY_HEADER: /* a digest: what is in it may be a secret, or long */
        (void)snprintf(header, sizeof(header), "%%[req.fhdr(%s),xxh64]", rate->header_name);
        (void)snprintf(more, sizeof(more), " { req.fhdr(%s) -m found }", rate->header_name);
        format = header;
        break;
    case ENV_GATEWAY_BY_PATH:
        format = "path";
        (void)snprintf(more, sizeof(more), " { path -m str '%s' }", rate->path);
        break;
    case ENV_GATEWAY_BY_IP:
        break;
    }
    LINE(render, "    http-request set-var-fmt(txn.gw_id) 'ip%%[src]' if %s\n", condition);
    if (format != NULL) {
        LINE(render, "    http-request set-var-fmt(txn.gw_id) '%s' if %s%s\n", format, condition,
             more);
    }
}

static void
plugin_rate(const struct haproxy_gateway_render *render, const struct env_gateway_plugin *plugin,
            const char *condition)
{
    const struct env_gateway_rate_limiting *rate = &plugin->rate_limiting;
    const uint32_t index = (uint32_t)(plugin - render->gateway->plugins);
    char whole[HAPROXY_GATEWAY_CONDITION_BYTES + 96];
    char headers[64];
    uint32_t counter = 0;
    plugin_rate_identity(render, rate, condition);
    for (uint32_t i = 0; i < ENV_GATEWAY_PERIOD_COUNT; i++) {
        if (rate->limits[i] == 0 || windows[i].seconds == 0) {
            continue;
        }
        LINE(render,
             "    http-request track-sc%u var(txn.gw_id) table gateway_rate_%u_%s if %s\n", counter,
             index, windows[i].text, condition);
        (void)snprintf(whole, sizeof(whole), "%s { sc_gpc0_rate(%u) ge %" PRId64 " }", condition,
                       counter, rate->limits[i]);
        (void)snprintf(headers, sizeof(headers), " hdr Retry-After %" PRId64, windows[i].seconds);
        haproxy_gateway_answer(render, rate->status, headers, rate->message, whole);
        counter++;
    }
    for (uint32_t i = 0; i < counter; i++) {
        LINE(render, "    http-request sc-inc-gpc0(%u) if %s\n", i, condition);
    }
    counter = 0;
    for (uint32_t i = 0; i < ENV_GATEWAY_PERIOD_COUNT && !rate->hide_client_headers; i++) {
        if (rate->limits[i] > 0 && windows[i].seconds > 0) {
            LINE(render,
                 "    http-request set-var(txn.gw_used) sc_gpc0_rate(%u) if %s\n"
                 "    http-request set-var(txn.gw_limit_%s) int(%" PRId64 ") if %s\n"
                 "    http-request set-var(txn.gw_left_%s) int(%" PRId64
                 "),sub(txn.gw_used) if %s\n",
                 counter, condition, windows[i].text, rate->limits[i], condition, windows[i].text,
                 rate->limits[i], condition);
            counter++;
        }
    }
}

void
haproxy_gateway_plugins(const struct haproxy_gateway_render *render)
{
    haproxy_gateway_each(render, ENV_GATEWAY_CORRELATION_ID, haproxy_gateway_correlation);
    haproxy_gateway_each(render, ENV_GATEWAY_CORS, haproxy_gateway_cors);
    haproxy_gateway_who(render);
    haproxy_gateway_each(render, ENV_GATEWAY_IP_RESTRICTION, plugin_ip);
    haproxy_gateway_each(render, ENV_GATEWAY_REQUEST_SIZE, plugin_size);
    haproxy_gateway_each(render, ENV_GATEWAY_ACL, plugin_acl);
    haproxy_gateway_each(render, ENV_GATEWAY_RATE_LIMITING, plugin_rate);
    haproxy_gateway_who_is_told(render);
}

/* --- sections --- */

void
haproxy_gateway_sections(const struct haproxy_generation *generation,
                         struct haproxy_rendered *rendered)
{
    const struct haproxy_gateway_render render = { generation, generation->gateway, rendered };
    if (render.gateway == NULL) {
        return;
    }
    haproxy_gateway_users(&render);
    for (uint32_t p = 0; p < render.gateway->plugins_count; p++) {
        const struct env_gateway_plugin *plugin = &render.gateway->plugins[p];
        for (uint32_t i = 0; i < ENV_GATEWAY_PERIOD_COUNT; i++) {
            if (plugin->kind == ENV_GATEWAY_RATE_LIMITING && windows[i].seconds > 0 &&
                plugin->rate_limiting.limits[i] > 0) {
                LINE(&render,
                     "backend gateway_rate_%u_%s\n"
                     "    stick-table type string len 64 size 100k expire %" PRId64 "s "
                     "store gpc0,gpc0_rate(%" PRId64 "s)\n",
                     p, windows[i].text, 2 * windows[i].seconds, windows[i].seconds);
            }
        }
    }
    LINE(&render, "backend gateway_none\n"
                  "    http-request return status 404 content-type application/json string "
                  "'{\"message\":\"no Route matched with those values\"}'\n");
}

void
haproxy_gateway_responses(const struct haproxy_gateway_render *render)
{
    for (uint32_t i = 0; i < ENV_GATEWAY_PERIOD_COUNT; i++) {
        if (windows[i].seconds > 0) {
            LINE(render,
                 "    http-after-response set-header X-RateLimit-Limit-%s "
                 "'%%[var(txn.gw_limit_%s)]' if { var(txn.gw_limit_%s) -m found }\n"
                 "    http-after-response set-header X-RateLimit-Remaining-%s "
                 "'%%[var(txn.gw_left_%s)]' if { var(txn.gw_left_%s) -m found }\n",
                 windows[i].word, windows[i].text, windows[i].text, windows[i].word,
                 windows[i].text, windows[i].text);
        }
    }
    LINE(render,
         "    http-after-response set-header Access-Control-Allow-Origin "
         "'%%[var(txn.gw_origin)]' if { var(txn.gw_origin) -m found }\n"
         "    http-after-response add-header Vary Origin if { var(txn.gw_vary) -m found }\n"
         "    http-after-response set-header Access-Control-Allow-Credentials true "
         "if { var(txn.gw_cors_credentials) -m found }\n"
         "    http-after-response set-header Access-Control-Expose-Headers "
         "'%%[var(txn.gw_expose)]' if { var(txn.gw_expose) -m found }\n");
}

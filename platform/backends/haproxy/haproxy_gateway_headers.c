/* platform/backends/haproxy/haproxy_gateway_headers.c - plugins that change headers and paths. */
#include "platform/backends/haproxy/haproxy_gateway.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "platform/backends/haproxy/haproxy_values.h"

enum { HEADERS_LIST_BYTES = 400 };

#define LINE(render, ...) haproxy_render_line((render)->rendered, 0, __VA_ARGS__)

void
haproxy_gateway_correlation(const struct haproxy_gateway_render *render,
                            const struct env_gateway_plugin *plugin, const char *condition)
{
    const struct env_gateway_correlation_id *id = &plugin->correlation_id;
    const char *name = id->header_name;
    const char *format = strcmp(id->generator, "uuid") == 0           ? "%[uuid()]"
                         : strcmp(id->generator, "uuid#counter") == 0 ? "%[uuid()]#%rt"
                                                                      : "%fi-%fp-%pid-%rt-%Ts";
    if (!haproxy_gateway_is_header(name)) {
        return; /* named */
    }
    LINE(render, "    http-request set-header %s '%s' if %s !{ req.fhdr(%s) -m found }\n", name,
         format, condition, name);
    if (id->echo_downstream) {
        LINE(render,
             "    http-request set-var(txn.gw_correlation) req.fhdr(%s) if %s\n"
             "    http-after-response set-header %s '%%[var(txn.gw_correlation)]' "
             "if { var(txn.gw_correlation) -m found } %s\n",
             name, condition, name, condition);
    }
}

/* "a,b,c", or "" when some word cannot be written. */
static const char *
headers_list(const struct env_gateway_texts *texts, char *out)
{
    size_t len = 0;
    out[0] = '\0';
    for (uint32_t i = 0; i < texts->count; i++) {
        const size_t word_len = strlen(texts->items[i]);
        if ((!haproxy_gateway_is_header(texts->items[i]) && strcmp(texts->items[i], "*") != 0) ||
            len + word_len + 2 > HEADERS_LIST_BYTES) {
            out[0] = '\0';
            return out;
        }
        len += (size_t)snprintf(out + len, HEADERS_LIST_BYTES - len, "%s%s", i > 0 ? "," : "",
                                texts->items[i]);
    }
    return out;
}

/* txn.gw_origin is what the client may be told; none of it when its origin is not in the list. */
static void
headers_origin(const struct haproxy_gateway_render *render, const struct env_gateway_cors *cors,
               uint32_t index, const char *condition)
{
    bool any = cors->origins_count == 0;
    for (uint32_t i = 0; i < cors->origins_count; i++) {
        any = any || strcmp(cors->origins[i].text, "*") == 0;
    }
    if (any) {
        LINE(render, "    http-request set-var(txn.gw_origin) %s if %s%s\n",
             cors->credentials ? "req.fhdr(origin)" : "str(*)", condition,
             cors->credentials ? " { req.fhdr(origin) -m found }" : "");
    } else {
        for (uint32_t i = 0; i < cors->origins_count; i++) {
            const struct env_gateway_origin *origin = &cors->origins[i];
            if (haproxy_gateway_is_quotable(origin->text)) {
                const char *begin = origin->pattern != NULL ? "-m reg '^(" : "-m str '";
                LINE(render, "    acl gw_origin%u req.fhdr(origin) %s%s%s\n", index, begin,
                     origin->text, origin->pattern != NULL ? ")$'" : "'");
            }
        }
        LINE(render, "    http-request set-var(txn.gw_origin) req.fhdr(origin) if %s gw_origin%u\n",
             condition, index);
    }
    if (!any || cors->credentials) {
        LINE(render, "    http-request set-var(txn.gw_vary) int(1) if %s\n", condition);
    }
    if (cors->credentials) {
        LINE(render,
             "    http-request set-var(txn.gw_cors_credentials) int(1) if %s "
             "{ var(txn.gw_origin) -m found }\n",
             condition);
    }
}

void
haproxy_gateway_cors(const struct haproxy_gateway_render *render,
                     const struct env_gateway_plugin *plugin, const char *condition)
{
    const struct env_gateway_cors *cors = &plugin->cors;
    char methods[HEADERS_LIST_BYTES];
    char headers[HEADERS_LIST_BYTES];
    char age[64] = "";
    headers_origin(render, cors, (uint32_t)(plugin - render->gateway->plugins), condition);
    if (headers_list(&cors->exposed_headers, headers)[0] != '\0') {
        LINE(render, "    http-request set-var-fmt(txn.gw_expose) '%s' if %s\n", headers,
             condition);
    }
    if (cors->preflight_continue) {
        return;
    }
    if (cors->max_age_s >= 0) {
        (void)snprintf(age, sizeof(age), " hdr Access-Control-Max-Age %" PRId64, cors->max_age_s);
    }
    (void)headers_list(&cors->methods, methods);
    (void)headers_list(&cors->headers, headers);
    LINE(render,
         "    http-request return status 200 hdr Access-Control-Allow-Methods '%s' "
         "hdr Access-Control-Allow-Headers '%s'%s if %s { method OPTIONS } "
         "{ req.fhdr(origin) -m found } { req.fhdr(access-control-request-method) -m found }\n",
         methods, cors->headers.count > 0 ? headers
                                          : "%[req.fhdr(access-control-request-headers)]",
         age, condition);
}

static bool
headers_is_value(const struct env_gateway_field *field)
{
    return haproxy_gateway_is_header(field->name) && haproxy_gateway_is_plain(field->value);
}

/* One list of headers, of requests or of answers. */
static void
headers_change(const struct haproxy_gateway_render *render, const struct env_gateway_fields *fields,
               const char *verb, const char *found, bool is_request, const char *condition)
{
    const char *rule = is_request ? "http-request" : "http-response";
    for (uint32_t i = 0; i < fields->count; i++) {
        const struct env_gateway_field *field = &fields->items[i];
        if (headers_is_value(field)) {
            char when[HAPROXY_GATEWAY_WORD_MAX];
            (void)snprintf(when, sizeof(when), "%s%s%s%s", found,
                           found[0] != '\0' ? (is_request ? "req" : "res") : "",
                           found[0] != '\0' ? ".fhdr(" : "",
                           found[0] != '\0' ? field->name : "");
            LINE(render, "    %s %s %s '%s' if %s%s%s\n", rule, verb, field->name, field->value,
                 condition, when, found[0] != '\0' ? ") -m found }" : "");
        }
    }
}

static void
headers_transform(const struct haproxy_gateway_render *render,
                  const struct env_gateway_transformer *change, bool is_request,
                  const char *condition)
{
    const char *rule = is_request ? "http-request" : "http-response";
    const char *side = is_request ? "req" : "res";
    for (uint32_t i = 0; i < change->remove.count; i++) {
        if (haproxy_gateway_is_header(change->remove.items[i].name)) {
            LINE(render, "    %s del-header %s if %s\n", rule, change->remove.items[i].name,
                 condition);
        }
    }
    for (uint32_t i = 0; i < change->rename.count; i++) {
        const struct env_gateway_field *field = &change->rename.items[i];
        if (haproxy_gateway_is_header(field->name) && haproxy_gateway_is_header(field->value)) {
            LINE(render,
                 "    %s set-header %s '%%[%s.fhdr(%s)]' if %s { %s.fhdr(%s) -m found }\n"
                 "    %s del-header %s if %s\n",
                 rule, field->value, side, field->name, condition, side, field->name, rule,
                 field->name, condition);
        }
    }
    headers_change(render, &change->replace, "set-header", " { ", is_request, condition);
    headers_change(render, &change->add, "set-header", " !{ ", is_request, condition);
    headers_change(render, &change->append, "add-header", "", is_request, condition);
}

static void
headers_request(const struct haproxy_gateway_render *render,
                const struct env_gateway_plugin *plugin, const char *condition)
{
    const struct env_gateway_transformer *change = &plugin->transformer;
    if (haproxy_gateway_is_header(change->http_method)) {
        LINE(render, "    http-request set-method '%s' if %s\n", change->http_method, condition);
    }
    if (haproxy_gateway_is_plain(change->uri)) {
        LINE(render, "    http-request set-path '%s' if %s\n", change->uri, condition);
    }
    headers_transform(render, change, true, condition);
}

static void
headers_response(const struct haproxy_gateway_render *render,
                 const struct env_gateway_plugin *plugin, const char *condition)
{
    headers_transform(render, &plugin->transformer, false, condition);
}

void
haproxy_gateway_transforms(const struct haproxy_gateway_render *render)
{
    haproxy_gateway_each(render, ENV_GATEWAY_REQUEST_TRANSFORMER, headers_request);
    haproxy_gateway_each(render, ENV_GATEWAY_RESPONSE_TRANSFORMER, headers_response);
}

static bool
headers_all(const struct env_gateway_fields *fields, bool (*valid)(const char *text), bool values)
{
    for (uint32_t i = 0; i < fields->count; i++) {
        if (!haproxy_gateway_is_header(fields->items[i].name) ||
            (values && !valid(fields->items[i].value))) {
            return false;
        }
    }
    return true;
}

void
haproxy_gateway_headers_note(struct haproxy_generation *generation,
                             const struct env_gateway_plugin *plugin)
{
    const struct env_gateway_transformer *change = &plugin->transformer;
    if (plugin->kind == ENV_GATEWAY_CORRELATION_ID) {
        if (!haproxy_gateway_is_header(plugin->correlation_id.header_name)) {
            haproxy_gateway_note(generation, "correlation-id", "its header cannot be written");
        }
        return;
    }
    if (plugin->kind != ENV_GATEWAY_REQUEST_TRANSFORMER &&
        plugin->kind != ENV_GATEWAY_RESPONSE_TRANSFORMER) {
        return;
    }
    const char *name = plugin->kind == ENV_GATEWAY_REQUEST_TRANSFORMER ? "request-transformer"
                                                                       : "response-transformer";
    if (change->body) {
        haproxy_gateway_note(generation, name, "HAProxy changes no bodies: left out");
    }
    if (change->query_remove.count + change->query_rename.count + change->query_replace.count +
            change->query_add.count + change->query_append.count > 0) {
        haproxy_gateway_note(generation, name, "queries are not changed here: left out");
    }
    if (!headers_all(&change->remove, haproxy_gateway_is_header, false) ||
        !headers_all(&change->rename, haproxy_gateway_is_header, true) ||
        !headers_all(&change->replace, haproxy_gateway_is_plain, true) ||
        !headers_all(&change->add, haproxy_gateway_is_plain, true) ||
        !headers_all(&change->append, haproxy_gateway_is_plain, true)) {
        haproxy_gateway_note(generation, name,
                             "headers with characters that cannot be written are left out");
    }
}

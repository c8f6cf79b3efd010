/* platform/backends/haproxy/haproxy_render.c - writing the configuration. */
#include "platform/backends/haproxy/haproxy_gateway.h"
#include "platform/backends/haproxy/haproxy_split.h"
#include "platform/backends/haproxy/haproxy_tally.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { HAPROXY_LINE_BYTES = 2048 }; /* what HAProxy reads of a line */

static const char render_head[] = "global\n"
                                  "    fd-hard-limit 20000\n"
                                  "    hard-stop-after 40s\n";

static const char render_defaults[] = "defaults\n"
                                      "    mode http\n"
                                      "    retries 3\n"
                                      "    option redispatch 1\n"
                                      "    timeout connect 3s\n"
                                      "    timeout client 30s\n"
                                      "    timeout server 30s\n"
                                      "    timeout tunnel 3600s\n"
                                      "    timeout http-keep-alive 1s\n"
                                      "    timeout http-request 15s\n"
                                      "    timeout queue 30s\n";

void
haproxy_rendered_init(struct haproxy_rendered *rendered)
{
    *rendered = (struct haproxy_rendered){ 0 };
    vec_init(&rendered->owners, sizeof(uint32_t));
}

void
haproxy_rendered_fini(struct haproxy_rendered *rendered)
{
    strbuf_fini(&rendered->text);
    strbuf_fini(&rendered->shape);
    strbuf_fini(&rendered->certificates);
    strbuf_fini(&rendered->shares);
    vec_fini(&rendered->owners);
    *rendered = (struct haproxy_rendered){ 0 };
}

static void
haproxy_render_own(struct haproxy_rendered *rendered, uint32_t owner, const char *text)
{
    for (const char *c = strchr(text, '\n'); c != NULL; c = strchr(c + 1, '\n')) {
        uint32_t *line = vec_push(&rendered->owners);
        *line = owner;
    }
}

/* Lines that are part of the shape. */
static void
haproxy_render_text(struct haproxy_rendered *rendered, uint32_t owner, const char *text)
{
    haproxy_render_own(rendered, owner, text);
    strbuf_add(&rendered->text, text);
    strbuf_add(&rendered->shape, text);
}

void
haproxy_render_line(struct haproxy_rendered *rendered, uint32_t owner, const char *format, ...)
{
    char line[HAPROXY_LINE_BYTES];
    va_list args;
    va_start(args, format);
    const int len = vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    ASSERT(len > 0 && (size_t)len < sizeof(line)); /* the grammars bound every value */
    haproxy_render_text(rendered, owner, line);
}

char *
haproxy_render_ipv4(uint32_t ipv4, char *text)
{
    (void)snprintf(text, HAPROXY_IPV4_TEXT_BYTES, "%u.%u.%u.%u", (unsigned)(ipv4 >> 24),
                   (unsigned)(ipv4 >> 16 & 0xff), (unsigned)(ipv4 >> 8 & 0xff),
                   (unsigned)(ipv4 & 0xff));
    return text;
}

/* What all servers of a service have in common; a part of the shape. */
static void
haproxy_render_server_words(struct strbuf *out, const struct haproxy_service *service)
{
    if (service->slow_start_ms > 0) {
        strbuf_printf(out, " slowstart %" PRId64, service->slow_start_ms);
    }
    if (service->server_requests_max > 0) {
        strbuf_printf(out, " maxconn %u", (unsigned)service->server_requests_max);
    }
    if (service->check_interval_ms == 0) {
        return;
    }
    strbuf_printf(out, " check inter %" PRId64 " fall %u", service->check_interval_ms,
                  (unsigned)service->check_fall);
    if (service->check_rise > 0) {
        strbuf_printf(out, " rise %u", (unsigned)service->check_rise);
    }
    if (service->eject_failures > 0) {
        strbuf_printf(out, " observe %s error-limit %u on-error mark-down",
                      service->http ? "layer7" : "layer4", (unsigned)service->eject_failures);
    }
}

void
haproxy_render_server(struct strbuf *out, const struct haproxy_service *service,
                      const struct env_endpoint *server)
{
    char ipv4[HAPROXY_IPV4_TEXT_BYTES];
    strbuf_printf(out, "%s:%u weight %u", haproxy_render_ipv4(server->ipv4, ipv4),
                  (unsigned)server->port, (unsigned)server->weight);
    haproxy_render_server_words(out, service);
    if (service->zone != 0 && server->zone != 0 && server->zone != service->zone) {
        strbuf_add(out, " backup");
    }
}

/* Who may come in, and what is answered at once. The lines' order is the order of asking. */
static void
haproxy_render_admission(struct haproxy_rendered *rendered, uint32_t owner,
                         const struct haproxy_service *service,
                         const struct haproxy_render_options *options, bool has_gateway)
{
    /* what the gateway has let in meets no rules of its virtual host */
    const char *direct = has_gateway && service->http ? " !{ var(txn.gw_rule) -m found }" : "";
    for (uint32_t i = 0; i < service->allowed_count; i++) { /* lines of one name add up */
        haproxy_render_line(rendered, owner, "    acl network_allowed src %s\n",
                            service->allowed[i]);
    }
    if (service->allowed_count > 0) {
        haproxy_render_line(rendered, owner, "    %s if !network_allowed%s\n",
                            service->http ? "http-request deny" : "tcp-request content reject",
                            direct);
    }
    if (service->redirect_to_https) {
        char port[16] = "";
        if (options->https_port != 0 && options->https_port != 443) {
            (void)snprintf(port, sizeof(port), ":%u", (unsigned)options->https_port);
        }
        haproxy_render_line(rendered, owner,
                            "    http-request redirect code 301 location "
                            "https://%%[req.hdr(host),host_only]%s%%[pathq] "
                            "if { fe_name http } !{ ssl_fc } "
                            "!{ req.hdr(x-marathon-app-id) -m found }%s\n",
                            port, direct);
    }
    if (service->auth_realm[0] != '\0') {
        haproxy_render_line(rendered, owner,
                            "    http-request auth realm '%s' if !{ http_auth(users_%s) }%s\n",
                            service->auth_realm, service->name, direct);
    }
    if (service->queue_max > 0) {
        haproxy_render_line(rendered, owner,
                            "    http-request deny deny_status 503 if { queue ge %u }\n",
                            (unsigned)service->queue_max);
    }
}

/* A request that may change something is not sent twice: nobody knows what the first has done. */
static void
haproxy_render_attempts(struct haproxy_rendered *rendered, uint32_t owner,
                        const struct haproxy_service *service)
{
    if (service->attempt_timeout_ms > 0) {
        haproxy_render_line(rendered, owner, "    timeout server %" PRId64 "\n",
                            service->attempt_timeout_ms);
    }
    if (service->queue_timeout_ms > 0) {
        haproxy_render_line(rendered, owner, "    timeout queue %" PRId64 "\n",
                            service->queue_timeout_ms);
    }
    if (service->retries > 0) {
        haproxy_render_line(rendered, owner, "    retries %u\n", (unsigned)service->retries);
    }
    if (service->retries > 0 && service->http) {
        haproxy_render_line(rendered, owner,
                            "    retry-on %s\n"
                            "    http-request disable-l7-retry if { method POST PATCH }\n",
                            service->answers_stand
                                ? "conn-failure empty-response response-timeout"
                                : "all-retryable-errors");
    }
}

static void
haproxy_render_content(struct haproxy_rendered *rendered, uint32_t owner,
                       const struct haproxy_service *service)
{
    if (service->sticky) {
        /* made of a server's address: it needs no configuration, and a reload keeps it */
        haproxy_render_line(rendered, owner,
                            "    cookie " HAPROXY_COOKIE " insert indirect nocache dynamic\n"
                            "    dynamic-cookie-key rehearsal\n");
    }
    if (service->rewrites) {
        haproxy_render_line(rendered, owner, "    http-request replace-path %s %s\n",
                            service->rewrite_match, service->rewrite_format);
    }
    if (service->hsts) {
        haproxy_render_line(rendered, owner,
                            "    http-response set-header Strict-Transport-Security "
                            "max-age=15768000 if { ssl_fc }\n");
    }
    if (service->zone != 0) {
        haproxy_render_line(rendered, owner,
                            "    option allbackups\n"
                            "    # zone %u goes first\n",
                            (unsigned)service->zone);
    }
}

/* What drains has its open requests in the worker before: here it gets none. */
static void
haproxy_render_servers(struct haproxy_rendered *rendered, uint32_t owner,
                       const struct haproxy_service *service)
{
    struct strbuf line = { 0 };
    haproxy_render_server_words(&line, service);
    if (line.len > 0) {
        haproxy_render_line(rendered, owner, "    # servers:%s\n", strbuf_text(&line));
    }
    for (uint32_t i = 0; i < service->servers_count; i++) {
        const struct env_endpoint *server = &service->servers[i];
        strbuf_clear(&line);
        strbuf_printf(&line, "    server " HAPROXY_SERVER_PREFIX "%" PRIu64 " ", server->id);
        haproxy_render_server(&line, service, server);
        strbuf_add(&rendered->text, strbuf_text(&line));
        strbuf_add(&rendered->text, server->draining ? " disabled\n" : "\n");
        haproxy_render_own(rendered, owner, "\n");
        if (service->fixed) {
            strbuf_add(&rendered->shape, strbuf_text(&line));
            strbuf_add_char(&rendered->shape, '\n');
        }
    }
    strbuf_fini(&line);
}

/*
 * Servers come and go at run time only under an algorithm that HAProxy calls dynamic; with
 * consistent hashing `source` and `uri` are. Under a static one servers and weights are a part of
 * the shape. What servers have in common stands in a comment too, since a change of it needs a
 * reload.
 */
static void
haproxy_render_backend(struct haproxy_rendered *rendered, uint32_t owner,
                       const struct haproxy_generation *generation,
                       const struct haproxy_render_options *options)
{
    const struct haproxy_service *service = haproxy_generation_at(generation, owner - 1);
    if (service->auth_realm[0] != '\0') {
        haproxy_render_line(rendered, owner,
                            "userlist users_%s\n"
                            "    user %s password %s\n",
                            service->name, service->auth_user, service->auth_password);
    }
    haproxy_render_line(rendered, owner,
                        "backend " HAPROXY_BACKEND_PREFIX "%s\n"
                        "    mode %s\n"
                        "    balance %s\n",
                        service->name, service->http ? "http" : "tcp", service->balance);
    if (!service->fixed) {
        haproxy_render_line(rendered, owner, "    hash-type consistent\n");
    }
    haproxy_render_admission(rendered, owner, service, options, generation->gateway != NULL);
    haproxy_render_attempts(rendered, owner, service);
    haproxy_render_content(rendered, owner, service);
    haproxy_tally_backend(generation, rendered, owner);
    haproxy_split_mark(generation, rendered, owner, service);
    haproxy_render_servers(rendered, owner, service);
}

void
haproxy_render(const struct haproxy_generation *generation,
               const struct haproxy_render_options *options, struct haproxy_rendered *ret_rendered)
{
    haproxy_rendered_fini(ret_rendered);
    haproxy_rendered_init(ret_rendered);
    ret_rendered->shares_path = options->shares_path;
    haproxy_split_shares(generation, &ret_rendered->shares);

    haproxy_render_text(ret_rendered, 0, render_head);
    haproxy_render_line(ret_rendered, 0, "    stats socket %s mode 600 level admin %s\n",
                        options->stats_path, "expose-fd listeners");
    haproxy_tally_ring(generation, options->tally_path, ret_rendered);
    haproxy_render_text(ret_rendered, 0, render_defaults);
    haproxy_render_fronts(generation, options, ret_rendered);
    for (uint32_t i = 0; i < generation->services.count; i++) {
        haproxy_render_backend(ret_rendered, i + 1, generation, options);
    }
    haproxy_gateway_sections(generation, ret_rendered);
    strbuf_add(&ret_rendered->shape, strbuf_text(&ret_rendered->certificates));
}

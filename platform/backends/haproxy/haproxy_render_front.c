/* platform/backends/haproxy/haproxy_render_front.c - where clients come in, and where they go. */
#include <stdio.h>
#include <string.h>

#include "platform/backends/haproxy/haproxy_gateway.h"
#include "platform/backends/haproxy/haproxy_split.h"
#include "platform/backends/haproxy/haproxy_tally.h"
#include "platform/base/memory.h"

enum { FRONT_CONDITION_BYTES = 1500 }; /* a host and a path, which have their limits */

/* Client side: a connection that is idle when the worker is replaced waits for its next request
 * instead of being closed under the client's hands. Server side: one connection a request, so that
 * a request never meets an idle connection that its server is just closing. */
static const char front_options[] = "    option http-server-close\n"
                                    "    option forwardfor\n"
                                    "    option idle-close-on-response\n";

/* --- certificates --- */

static bool
front_certificate_known(const struct strbuf *list, const char *path)
{
    const size_t len = strlen(path);
    for (const char *at = strbuf_text(list); *at != '\0';) {
        const size_t line_len = strcspn(at, "\n");
        if (line_len == len && strncmp(at, path, len) == 0) {
            return true;
        }
        at += line_len + 1;
    }
    return false;
}

/* Which one a client gets is HAProxy's choice, by the names in them; the first is for the rest. */
static void
front_certificates(const struct haproxy_generation *generation,
                   const struct haproxy_render_options *options, struct haproxy_rendered *rendered)
{
    for (uint32_t i = 0; options->https_port != 0 && i < generation->services.count; i++) {
        const struct haproxy_service *service = haproxy_generation_at(generation, i);
        if (service->http && service->external && service->certificate[0] != '\0' &&
            !front_certificate_known(&rendered->certificates, service->certificate)) {
            strbuf_printf(&rendered->certificates, "%s\n", service->certificate);
        }
    }
}

/* --- rules --- */

/* A longer path goes first, then a host name before none. */
static size_t
front_specificity(const struct haproxy_service *service)
{
    return 2 * strlen(service->path) + (service->hosts_count > 0 ? 1 : 0);
}

static bool
front_goes_before(const struct haproxy_service *service, const struct haproxy_service *other)
{
    return service->rank != other->rank ? service->rank > other->rank
                                        : front_specificity(service) > front_specificity(other);
}

/* Indexes of the services by rank; equal ones in the order given. */
static uint32_t *
front_order(const struct haproxy_generation *generation)
{
    const uint32_t count = generation->services.count;
    uint32_t *order = memory_alloc_zero((size_t)count + 1, sizeof(*order));
    for (uint32_t i = 0; i < count; i++) {
        const struct haproxy_service *service = haproxy_generation_at(generation, i);
        uint32_t at = i;
        while (at > 0 &&
               front_goes_before(service, haproxy_generation_at(generation, order[at - 1]))) {
            order[at] = order[at - 1];
            at--;
        }
        order[at] = i;
    }
    return order;
}

/* One rule a vhost: HAProxy takes 64 words a line. */
static void
front_outside_rules(const struct haproxy_generation *generation, struct haproxy_rendered *rendered,
                    uint32_t index)
{
    const struct haproxy_service *service = haproxy_generation_at(generation, index);
    const bool has_path = service->path[0] != '\0';
    char condition[FRONT_CONDITION_BYTES];
    for (uint32_t h = 0; h < service->hosts_count; h++) {
        (void)snprintf(condition, sizeof(condition),
                       "{ req.hdr(host),host_only -m str %s }%s%s%s", service->hosts[h],
                       has_path ? " { path_beg " : "", service->path, has_path ? " }" : "");
        haproxy_split_use(generation, rendered, index + 1, service, condition);
    }
    if (service->hosts_count == 0 && has_path) {
        (void)snprintf(condition, sizeof(condition), "{ path_beg %s }", service->path);
        haproxy_split_use(generation, rendered, index + 1, service, condition);
    }
}

/* A service that only gets what another one shares with it is asked for by nobody. */
static bool
front_is_apart(const struct haproxy_generation *generation, const struct haproxy_service *service)
{
    for (uint32_t i = 0; i < generation->services.count; i++) {
        if (haproxy_split_target(generation, haproxy_generation_at(generation, i)) == service) {
            return true;
        }
    }
    return false;
}

/* Names with a port are compared whole. An app is reached by its id too, as on marathon-lb's port
 * 9091; its first service is meant. */
static void
front_inside_rules(const struct haproxy_generation *generation, struct haproxy_rendered *rendered)
{
    char condition[FRONT_CONDITION_BYTES];
    for (uint32_t i = 0; i < generation->services.count; i++) {
        const struct haproxy_service *service = haproxy_generation_at(generation, i);
        if (service->http && service->app[0] != '\0' && !front_is_apart(generation, service)) {
            (void)snprintf(condition, sizeof(condition),
                           "{ req.hdr(x-marathon-app-id) -m str %s }", service->app);
            haproxy_split_use(generation, rendered, i + 1, service, condition);
        }
        for (uint32_t n = 0; service->http && n < service->names_count; n++) {
            const char *name = service->names[n];
            (void)snprintf(condition, sizeof(condition), "{ req.hdr(host)%s -i -m str %s }",
                           strchr(name, ':') != NULL ? "" : ",host_only", name);
            haproxy_split_use(generation, rendered, i + 1, service, condition);
        }
    }
}

/* --- frontends --- */

static void
front_outside(const struct haproxy_generation *generation,
              const struct haproxy_render_options *options, struct haproxy_rendered *rendered)
{
    haproxy_render_line(rendered, 0,
                        "frontend http\n"
                        "    bind 127.0.0.1:%u\n",
                        (unsigned)options->http_port);
    if (rendered->certificates.len > 0) {
        haproxy_render_line(rendered, 0, "    bind 127.0.0.1:%u ssl crt-list %s\n",
                            (unsigned)options->https_port, options->certificates_path);
    }
    haproxy_render_line(rendered, 0, "%s", front_options);
    haproxy_tally_front(generation, rendered, 0);
    haproxy_split_draw(generation, rendered, 0, NULL, true);
    haproxy_gateway_front(generation, rendered);
    if (options->mesh_port == 0) {
        front_inside_rules(generation, rendered);
    }
    uint32_t *order = front_order(generation);
    for (uint32_t i = 0; i < generation->services.count; i++) {
        const struct haproxy_service *service = haproxy_generation_at(generation, order[i]);
        if (service->http && service->external) {
            front_outside_rules(generation, rendered, order[i]);
        }
    }
    memory_free(order);
}

static void
front_inside(const struct haproxy_generation *generation,
             const struct haproxy_render_options *options, struct haproxy_rendered *rendered)
{
    haproxy_render_line(rendered, 0,
                        "frontend mesh\n"
                        "    bind 127.0.0.1:%u\n"
                        "%s",
                        (unsigned)options->mesh_port, front_options);
    haproxy_tally_front(generation, rendered, 0);
    haproxy_split_draw(generation, rendered, 0, NULL, true);
    front_inside_rules(generation, rendered);
}

static void
front_stats(const struct haproxy_render_options *options, struct haproxy_rendered *rendered)
{
    haproxy_render_line(rendered, 0,
                        "frontend stats\n"
                        "    bind 127.0.0.1:%u\n"
                        "    monitor-uri /_haproxy_health_check\n"
                        "    http-request use-service prometheus-exporter if { path /metrics }\n"
                        "    stats enable\n"
                        "    stats uri /haproxy?stats\n",
                        (unsigned)options->stats_port);
}

/* A service of its own port, whatever the host and path; under TLS when it has a certificate. */
static void
front_port(const struct haproxy_generation *generation, struct haproxy_rendered *rendered,
           uint32_t index)
{
    const struct haproxy_service *service = haproxy_generation_at(generation, index);
    const bool tls = service->certificate[0] != '\0';
    haproxy_render_line(rendered, index + 1,
                        "frontend port_%u\n"
                        "    bind 127.0.0.1:%u%s%s\n"
                        "    mode %s\n"
                        "%s",
                        (unsigned)service->port, (unsigned)service->port, tls ? " ssl crt " : "",
                        service->certificate, service->http ? "http" : "tcp",
                        service->http ? front_options : "");
    if (service->http) {
        haproxy_tally_front(generation, rendered, index + 1);
    }
    haproxy_split_draw(generation, rendered, index + 1, service, service->http);
    haproxy_split_use(generation, rendered, index + 1, service, "");
}

void
haproxy_render_fronts(const struct haproxy_generation *generation,
                      const struct haproxy_render_options *options,
                      struct haproxy_rendered *rendered)
{
    front_certificates(generation, options, rendered);
    front_outside(generation, options, rendered);
    if (options->mesh_port != 0) {
        front_inside(generation, options, rendered);
    }
    if (options->stats_port != 0) {
        front_stats(options, rendered);
    }
    for (uint32_t i = 0; i < generation->services.count; i++) {
        const struct haproxy_service *service = haproxy_generation_at(generation, i);
        if (service->port != 0 && service->external) {
            front_port(generation, rendered, i);
        }
    }
}

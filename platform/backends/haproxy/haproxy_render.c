/* platform/backends/haproxy/haproxy_render.c - writing the configuration. */
#include "platform/backends/haproxy/haproxy_render.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "platform/base/memory.h"

enum { HAPROXY_LINE_BYTES = 2048 }; /* what HAProxy reads of a line */

/* Client side: a connection that is idle when the worker is replaced waits for its next request
 * instead of being closed under the client's hands. Server side: one connection a request, so that
 * a request never meets an idle connection that its server is just closing. */
static const char render_front_options[] = "    option http-server-close\n"
                                           "    option forwardfor\n"
                                           "    option idle-close-on-response\n";

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

static void PRINTF_LIKE(3, 4)
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

void
haproxy_render_server(struct strbuf *out, const struct haproxy_service *service,
                      const struct env_endpoint *server)
{
    char ipv4[HAPROXY_IPV4_TEXT_BYTES];
    strbuf_printf(out, "%s:%u weight %u", haproxy_render_ipv4(server->ipv4, ipv4),
                  (unsigned)server->port, (unsigned)server->weight);
    if (service->check_interval_ms > 0) {
        strbuf_printf(out, " check inter %" PRId64 " fall %u", service->check_interval_ms,
                      (unsigned)service->check_fall);
    }
}

/* A longer path goes first, then a host name before none. */
static size_t
haproxy_render_rank(const struct haproxy_service *service)
{
    return 2 * strlen(service->path) + (service->hosts_count > 0 ? 1 : 0);
}

/* Indexes of the services by rank; equal ones in the order given. */
static uint32_t *
haproxy_render_order(const struct haproxy_generation *generation)
{
    const uint32_t count = generation->services.count;
    uint32_t *order = memory_alloc_zero((size_t)count + 1, sizeof(*order));
    for (uint32_t i = 0; i < count; i++) {
        const size_t rank = haproxy_render_rank(haproxy_generation_at(generation, i));
        uint32_t at = i;
        while (at > 0 &&
               haproxy_render_rank(haproxy_generation_at(generation, order[at - 1])) < rank) {
            order[at] = order[at - 1];
            at--;
        }
        order[at] = i;
    }
    return order;
}

/* One rule a vhost: HAProxy takes 64 words a line. */
static void
haproxy_render_rules(struct haproxy_rendered *rendered, uint32_t owner,
                     const struct haproxy_service *service)
{
    const bool has_path = service->path[0] != '\0';
    for (uint32_t h = 0; h < service->hosts_count; h++) {
        haproxy_render_line(rendered, owner,
                            "    use_backend " HAPROXY_BACKEND_PREFIX
                            "%s if { req.hdr(host),host_only -m str %s }%s%s%s\n",
                            service->name, service->hosts[h], has_path ? " { path_beg " : "",
                            service->path, has_path ? " }" : "");
    }
    if (service->hosts_count == 0 && has_path) {
        haproxy_render_line(rendered, owner,
                            "    use_backend " HAPROXY_BACKEND_PREFIX "%s if { path_beg %s }\n",
                            service->name, service->path);
    }
}

/* An app is reached by its id too, as on marathon-lb's port 9091; its first service is meant. */
static void
haproxy_render_front(const struct haproxy_generation *generation,
                     const struct haproxy_render_options *options,
                     struct haproxy_rendered *rendered)
{
    haproxy_render_line(rendered, 0,
                        "frontend http\n"
                        "    bind 127.0.0.1:%u\n"
                        "%s",
                        (unsigned)options->http_port, render_front_options);

    for (uint32_t i = 0; i < generation->services.count; i++) {
        const struct haproxy_service *service = haproxy_generation_at(generation, i);
        if (service->http && service->app[0] != '\0') {
            haproxy_render_line(rendered, i + 1,
                                "    use_backend " HAPROXY_BACKEND_PREFIX
                                "%s if { req.hdr(x-marathon-app-id) -m str %s }\n",
                                service->name, service->app);
        }
    }
    uint32_t *order = haproxy_render_order(generation);
    for (uint32_t i = 0; i < generation->services.count; i++) {
        const struct haproxy_service *service = haproxy_generation_at(generation, order[i]);
        if (service->http) {
            haproxy_render_rules(rendered, order[i] + 1, service);
        }
    }
    memory_free(order);
}

/* A service of its own port, whatever the host and path. */
static void
haproxy_render_port(struct haproxy_rendered *rendered, uint32_t owner,
                    const struct haproxy_service *service)
{
    haproxy_render_line(rendered, owner,
                        "frontend port_%u\n"
                        "    bind 127.0.0.1:%u\n"
                        "    mode %s\n"
                        "%s"
                        "    default_backend " HAPROXY_BACKEND_PREFIX "%s\n",
                        (unsigned)service->port, (unsigned)service->port,
                        service->http ? "http" : "tcp",
                        service->http ? render_front_options : "", service->name);
}

/* Servers come and go at run time only under an algorithm that HAProxy calls dynamic; with
 * consistent hashing `source` and `uri` are. The interval of the checks stands in a comment too,
 * since the shape has no server lines and a change of it needs a reload. */
static void
haproxy_render_backend(struct haproxy_rendered *rendered, uint32_t owner,
                       const struct haproxy_service *service)
{
    haproxy_render_line(rendered, owner,
                        "backend " HAPROXY_BACKEND_PREFIX "%s\n"
                        "    mode %s\n"
                        "    balance %s\n"
                        "    hash-type consistent\n",
                        service->name, service->http ? "http" : "tcp", service->balance);
    if (service->check_interval_ms > 0) {
        haproxy_render_line(rendered, owner, "    # checks: inter %" PRId64 " fall %u\n",
                            service->check_interval_ms, (unsigned)service->check_fall);
    }
    for (uint32_t i = 0; i < service->servers_count; i++) {
        const struct env_endpoint *server = &service->servers[i];
        strbuf_printf(&rendered->text, "    server " HAPROXY_SERVER_PREFIX "%" PRIu64 " ",
                      server->id);
        haproxy_render_server(&rendered->text, service, server);
        /* what drains has its open requests in the worker before: here it gets none */
        strbuf_add(&rendered->text, server->draining ? " disabled\n" : "\n");
        haproxy_render_own(rendered, owner, "\n");
    }
}

void
haproxy_render(const struct haproxy_generation *generation,
               const struct haproxy_render_options *options, struct haproxy_rendered *ret_rendered)
{
    haproxy_rendered_fini(ret_rendered);
    haproxy_rendered_init(ret_rendered);

    haproxy_render_text(ret_rendered, 0, render_head);
    haproxy_render_line(ret_rendered, 0, "    stats socket %s mode 600 level admin %s\n",
                        options->stats_path, "expose-fd listeners");
    haproxy_render_text(ret_rendered, 0, render_defaults);
    haproxy_render_front(generation, options, ret_rendered);
    for (uint32_t i = 0; i < generation->services.count; i++) {
        const struct haproxy_service *service = haproxy_generation_at(generation, i);
        if (service->port != 0) {
            haproxy_render_port(ret_rendered, i + 1, service);
        }
        haproxy_render_backend(ret_rendered, i + 1, service);
    }
}

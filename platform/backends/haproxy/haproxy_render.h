/*
 * platform/backends/haproxy/haproxy_render.h - a routing generation as the text of a configuration.
 *
 * The shape is the text without its server lines: while it stays the same, a new generation needs
 * no reload. Names: backend be_<service>, server e<endpoint id>.
 * Source: HAProxy 2.6 configuration manual; the timeouts and retries are marathon-lb's defaults.
 */
#ifndef PLATFORM_BACKENDS_HAPROXY_HAPROXY_RENDER_H
#define PLATFORM_BACKENDS_HAPROXY_HAPROXY_RENDER_H

#include "platform/backends/haproxy/haproxy_generation.h"
#include "platform/base/strbuf.h"

#define HAPROXY_BACKEND_PREFIX "be_"
#define HAPROXY_SERVER_PREFIX  "e"

struct haproxy_render_options {
    uint16_t    http_port;
    const char *stats_path; /* of the unix socket that a reload inherits its listeners through */
};

struct haproxy_rendered {
    struct strbuf text;
    struct strbuf shape;
    struct vec    owners; /* uint32_t, one a line of text: service index + 1, or 0 */
};

void haproxy_rendered_init(struct haproxy_rendered *rendered);
void haproxy_rendered_fini(struct haproxy_rendered *rendered); /* a zeroed one is valid */

void haproxy_render(const struct haproxy_generation *generation,
                    const struct haproxy_render_options *options,
                    struct haproxy_rendered *ret_rendered);

/* "127.0.0.1:80 weight 4 check inter 500 fall 3": what `server` and `add server` have in common. */
void haproxy_render_server(struct strbuf *out, const struct haproxy_service *service,
                           const struct env_endpoint *server);

enum { HAPROXY_IPV4_TEXT_BYTES = 16 };

char *haproxy_render_ipv4(uint32_t ipv4, char *text); /* HAPROXY_IPV4_TEXT_BYTES; returns text */

#endif

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
#define HAPROXY_COOKIE         "mesosphere_server_id" /* marathon-lb's */

struct haproxy_render_options { /* ports: of 127.0.0.1, 0 for none */
    uint16_t    http_port;         /* the vhosts */
    uint16_t    https_port;        /* the same under TLS, once a service has a certificate */
    uint16_t    mesh_port;         /* inside names and app ids; 0: they are had at http_port */
    uint16_t    stats_port;        /* /haproxy?stats;csv and /metrics, as on marathon-lb's 9090 */
    const char *stats_path;        /* of the unix socket that hands listeners to the next */
    const char *certificates_path; /* where the list of certificates will be */
    const char *shares_path;       /* where the map of shares will be */
    const char *tally_path;        /* of the unix socket that is told of measured services */
};

struct haproxy_rendered {
    struct strbuf text;
    struct strbuf shape;        /* and what the certificates are */
    struct strbuf certificates; /* the file at certificates_path: a path a line */
    struct strbuf shares;       /* the file at shares_path; no part of the shape */
    const char   *shares_path;  /* borrowed while it is rendered */
    struct vec    owners; /* uint32_t, one a line of text: service index + 1, or 0 */
};

void haproxy_rendered_init(struct haproxy_rendered *rendered);
void haproxy_rendered_fini(struct haproxy_rendered *rendered); /* a zeroed one is valid */

void haproxy_render(const struct haproxy_generation *generation,
                    const struct haproxy_render_options *options,
                    struct haproxy_rendered *ret_rendered);

/* "127.0.0.1:80 weight 4 check inter 500 fall 3 backup": what `server` and `add server` have in
 * common. */
void haproxy_render_server(struct strbuf *out, const struct haproxy_service *service,
                           const struct env_endpoint *server);

/* A line of the shape, owned by a service (index + 1) or by none (0). */
void haproxy_render_line(struct haproxy_rendered *rendered, uint32_t owner, const char *format,
                         ...) PRINTF_LIKE(3, 4);

/* haproxy_render_front.c: the frontends, and the list of certificates. */
void haproxy_render_fronts(const struct haproxy_generation *generation,
                           const struct haproxy_render_options *options,
                           struct haproxy_rendered *rendered);

enum { HAPROXY_IPV4_TEXT_BYTES = 16 };

char *haproxy_render_ipv4(uint32_t ipv4, char *text); /* HAPROXY_IPV4_TEXT_BYTES; returns text */

#endif

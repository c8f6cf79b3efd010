/* platform/backends/dns/dns_server.c - opened, asked over UDP, closed. */
#include "platform/backends/dns/dns_inner.h"

#include <arpa/inet.h>
#include <string.h>

#include "platform/base/memory.h"

enum { DNS_BACKLOG = 16, DNS_OPEN_TRIES = 8 };

static void
dns_serve(struct env_names *names, struct env_names_answerer *answerer)
{
    struct dns_server *server = container_of(names, struct dns_server, port);
    server->answerer = answerer;
}

static const struct env_names_ops dns_names_ops = { .name = "dns", .serve = dns_serve };

/* --- UDP --- */

static void
dns_udp_room(uv_handle_t *handle, size_t suggested, uv_buf_t *ret)
{
    struct dns_server *server = handle->data;
    (void)suggested;
    *ret = uv_buf_init((char *)server->question, sizeof server->question);
}

/* What cannot be sent at once is lost, as packets are. */
static void
dns_udp_receive(uv_udp_t *udp, ssize_t len, const uv_buf_t *buffer, const struct sockaddr *from,
                unsigned flags)
{
    struct dns_server *server = udp->data;
    if (len <= 0 || from == NULL || (flags & UV_UDP_PARTIAL) != 0 || server->answerer == NULL) {
        return;
    }
    const struct env_names_query query = { .bytes = (const uint8_t *)buffer->base,
                                           .len = (size_t)len };
    const size_t answer_len =
        server->answerer->answer(server->answerer, &query, server->answer);
    if (answer_len > 0) {
        const uv_buf_t answer = uv_buf_init((char *)server->answer, (unsigned)answer_len);
        (void)uv_udp_try_send(udp, &answer, 1, from);
    }
}

/* --- open and close --- */

void
dns_server_let_go(struct dns_server *server)
{
    ASSERT(server->handles > 0);
    server->handles--;
    if (server->handles == 0 && server->closing) {
        void (*closed)(void *context) = server->closed;
        void *context = server->closed_context;
        memory_free(server);
        if (closed != NULL) {
            closed(context);
        }
    }
}

static void
dns_handle_closed(uv_handle_t *handle)
{
    dns_server_let_go(handle->data);
}

void
dns_server_close(struct dns_server *server, void (*closed)(void *context), void *context)
{
    ASSERT(!server->closing);
    server->closing = true;
    server->answerer = NULL;
    server->closed = closed;
    server->closed_context = context;
    dns_client_close_all(server);
    uv_close((uv_handle_t *)&server->udp, dns_handle_closed);
    uv_close((uv_handle_t *)&server->tcp, dns_handle_closed);
}

/* Both sockets at one number; libuv's word for what is wrong, 0: nothing. */
static int
dns_server_listen(struct dns_server *server, uint16_t port)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons(port),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int len = sizeof address;
    int result = uv_udp_bind(&server->udp, (const struct sockaddr *)&address, 0);
    if (result == 0) {
        result = uv_udp_getsockname(&server->udp, (struct sockaddr *)&address, &len);
    }
    if (result == 0) {
        server->number = ntohs(address.sin_port);
        result = uv_tcp_bind(&server->tcp, (const struct sockaddr *)&address, 0);
    }
    if (result == 0) {
        result = uv_listen((uv_stream_t *)&server->tcp, DNS_BACKLOG, dns_client_accept);
    }
    return result == 0 ? uv_udp_recv_start(&server->udp, dns_udp_room, dns_udp_receive) : result;
}

enum status
dns_server_open(uv_loop_t *uv, uint16_t port, struct dns_server **ret_server, struct error *err)
{
    int result = 0;
    /* the number that UDP got may be somebody else's over TCP: then another one */
    for (uint32_t tries = 0; tries < (port == 0 ? DNS_OPEN_TRIES : 1); tries++) {
        struct dns_server *server = memory_alloc_zero(1, sizeof *server);
        server->port.ops = &dns_names_ops;
        (void)uv_udp_init(uv, &server->udp);
        (void)uv_tcp_init(uv, &server->tcp);
        server->udp.data = server;
        server->tcp.data = server;
        server->handles = 2;
        result = dns_server_listen(server, port);
        if (result == 0) {
            *ret_server = server;
            return ST_OK;
        }
        dns_server_close(server, NULL, NULL);
    }
    return error_set(err, ST_UNAVAILABLE, "cannot answer DNS questions at 127.0.0.1:%u: %s",
                     (unsigned)port, uv_strerror(result));
}

uint16_t
dns_server_number(const struct dns_server *server)
{
    return server->number;
}

struct env_names *
dns_server_port(struct dns_server *server)
{
    return &server->port;
}

/*
 * tests/peers/proxy_bed_haproxy.c - the real half: HAProxy in a folder of its own, instances that
 * are small HTTP servers of this program, and the load generator's client.
 */
#include "tests/peers/proxy_bed_haproxy.h"

#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "platform/base/memory.h"

/* One connection from HAProxy to an instance. */
struct bed_peer {
    uv_tcp_t             tcp;
    uv_write_t           write;
    struct bed_instance *instance;
    struct bed_peer     *next_held;
    uint32_t             end_seen; /* of "\r\n\r\n" */
    bool                 held;
    char                 bytes[2048];
    char                 answer[128];
};

uint16_t
haproxy_bed_free_port(void)
{
    const int file = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof address;
    cr_assert(file >= 0);
    cr_assert(bind(file, (struct sockaddr *)&address, sizeof address) == 0);
    cr_assert(getsockname(file, (struct sockaddr *)&address, &len) == 0);
    (void)close(file);
    return ntohs(address.sin_port);
}

/* --- instances --- */

static void
bed_peer_closed(uv_handle_t *handle)
{
    memory_free(container_of(handle, struct bed_peer, tcp));
}

static void
bed_peer_close(struct bed_peer *peer)
{
    if (peer->held) {
        struct bed_peer **link = &peer->instance->held_first;
        while (*link != peer) {
            link = &(*link)->next_held;
        }
        *link = peer->next_held;
        peer->held = false;
        peer->instance->half->bed->held[peer->instance->index]--;
    }
    if (!uv_is_closing((uv_handle_t *)&peer->tcp)) {
        uv_close((uv_handle_t *)&peer->tcp, bed_peer_closed);
    }
}

static void
bed_peer_answer(struct bed_peer *peer)
{
    const uint32_t status = peer->instance->status != 0 ? peer->instance->status : 200;
    const char *cookie = peer->instance->cookie;
    const int len = snprintf(peer->answer, sizeof peer->answer,
                             "HTTP/1.1 %u Words\r\nContent-Length: 3\r\nX-Instance: %u\r\n"
                             "%s%s%s\r\nok\n",
                             status, peer->instance->index, cookie != NULL ? "Set-Cookie: " : "",
                             cookie != NULL ? cookie : "", cookie != NULL ? "; path=/\r\n" : "");
    const uv_buf_t buf = uv_buf_init(peer->answer, (unsigned)len);
    peer->end_seen = 0;
    (void)uv_write(&peer->write, (uv_stream_t *)&peer->tcp, &buf, 1, NULL);
}

static void
bed_peer_asked(struct bed_peer *peer)
{
    struct bed_instance *instance = peer->instance;
    struct proxy_bed *bed = instance->half->bed;
    bed->hits[instance->index]++;
    if (!bed->holds[instance->index]) {
        bed_peer_answer(peer);
        return;
    }
    bed->held[instance->index]++;
    peer->held = true;
    peer->next_held = instance->held_first;
    instance->held_first = peer;
}

static void
bed_peer_allocate(uv_handle_t *handle, size_t suggested, uv_buf_t *ret_buf)
{
    (void)suggested;
    struct bed_peer *peer = container_of(handle, struct bed_peer, tcp);
    *ret_buf = uv_buf_init(peer->bytes, sizeof peer->bytes);
}

static void
bed_peer_read(uv_stream_t *stream, ssize_t len, const uv_buf_t *buf)
{
    static const char end[] = "\r\n\r\n";
    struct bed_peer *peer = container_of(stream, struct bed_peer, tcp);
    if (len < 0) {
        bed_peer_close(peer);
        return;
    }
    (void)snprintf(peer->instance->head, sizeof peer->instance->head, "%.*s", (int)len, buf->base);
    for (ssize_t i = 0; i < len; i++) {
        peer->end_seen = buf->base[i] == end[peer->end_seen] ? peer->end_seen + 1
                         : buf->base[i] == '\r'              ? 1
                                                             : 0;
        if (peer->end_seen == 4) {
            bed_peer_asked(peer);
            return;
        }
    }
}

static void
bed_instance_accept(uv_stream_t *server, int result)
{
    struct bed_instance *instance = container_of(server, struct bed_instance, tcp);
    cr_assert(result == 0);
    struct bed_peer *peer = memory_alloc_zero(1, sizeof *peer);
    peer->instance = instance;
    (void)uv_tcp_init(server->loop, &peer->tcp);
    peer->tcp.data = peer; /* tells it from a listener */
    cr_assert(uv_accept(server, (uv_stream_t *)&peer->tcp) == 0);
    (void)uv_read_start((uv_stream_t *)&peer->tcp, bed_peer_allocate, bed_peer_read);
}

void
haproxy_bed_instance_listen(struct haproxy_bed *half, uint32_t index)
{
    struct bed_instance *instance = &half->instances[index];
    struct env_endpoint *endpoint = &half->bed->instances[index];
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons(endpoint->port),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int len = sizeof address;
    *instance = (struct bed_instance){ .half = half, .index = index };
    (void)uv_tcp_init(&half->loop, &instance->tcp);
    cr_assert(uv_tcp_bind(&instance->tcp, (struct sockaddr *)&address, 0) == 0);
    cr_assert(uv_listen((uv_stream_t *)&instance->tcp, 128, bed_instance_accept) == 0);
    cr_assert(uv_tcp_getsockname(&instance->tcp, (struct sockaddr *)&address, &len) == 0);
    *endpoint = (struct env_endpoint){
        .id = 100 + index,
        .ipv4 = INADDR_LOOPBACK,
        .port = ntohs(address.sin_port),
        .weight = 1,
    };
}

static bool
bed_instance_is_closed(void *context)
{
    return !uv_is_active(context);
}

void
haproxy_bed_instance_stop(struct haproxy_bed *half, uint32_t index)
{
    uv_handle_t *handle = (uv_handle_t *)&half->instances[index].tcp;
    uv_close(handle, NULL);
    bed_wait(half->bed, bed_instance_is_closed, handle);
}

static void
half_release(struct proxy_bed *bed, uint32_t instance)
{
    struct haproxy_bed *half = bed->half;
    struct bed_instance *at = &half->instances[instance];
    while (at->held_first != NULL) {
        struct bed_peer *peer = at->held_first;
        at->held_first = peer->next_held;
        peer->held = false;
        bed->held[instance]--;
        bed_peer_answer(peer);
    }
}

/* --- clients --- */

static void
half_result(void *context, const struct load_result *result)
{
    struct haproxy_bed *half = context;
    bed_request_ended(half->bed, result->outcome);
}

void
haproxy_bed_send_to(struct haproxy_bed *half, uint16_t port, const char *host, const char *path,
                    const char *header)
{
    struct load_target *target = memory_alloc_zero(1, sizeof *target);
    char text[1024];
    const int len =
        snprintf(text, sizeof text, "GET %s HTTP/1.1\r\nHost: %s\r\n%s%s\r\n", path, host, header,
                 half->bed->new_connections ? "Connection: close\r\n" : "");
    cr_assert(len > 0 && (size_t)len < sizeof text);
    *target = (struct load_target){
        .port = port,
        .new_connections = half->bed->new_connections,
        .timeout_ns = SEC(20),
        .text = memory_alloc((size_t)len),
        .text_len = (uint32_t)len,
    };
    memcpy(target->text, text, (size_t)len);
    *(struct load_target **)vec_push(&half->targets) = target;
    load_client_send(half->client, target, (int64_t)uv_hrtime());
}

static void
half_send(struct proxy_bed *bed, const char *host, const char *path)
{
    struct haproxy_bed *half = bed->half;
    haproxy_bed_send_to(half, half->http_port, host, path, "");
}

/* --- turning, opening, closing --- */

static void
half_tick(uv_timer_t *timer)
{
    (void)timer; /* only so that a turn never lasts */
}

static bool
half_run_until(struct proxy_bed *bed, bool (*done)(void *context), void *context, int64_t bound_ns)
{
    struct haproxy_bed *half = bed->half;
    const int64_t end_ns = (int64_t)uv_hrtime() + bound_ns;
    (void)uv_timer_start(&half->tick, half_tick, 5, 5);
    while (!done(context) && (int64_t)uv_hrtime() < end_ns) {
        (void)uv_run(&half->loop, UV_RUN_ONCE);
    }
    (void)uv_timer_stop(&half->tick);
    return done(context);
}

static void
half_part_closed(void *context)
{
    struct haproxy_bed *half = context;
    half->parts_open--;
}

static bool
half_is_closed(void *context)
{
    const struct haproxy_bed *half = context;
    return half->parts_open == 0;
}

void
haproxy_bed_start(struct haproxy_bed *half)
{
    const struct haproxy_options options = { .dir = half->dir,
                                             .http_port = half->http_port,
                                             .https_port = half->https_port,
                                             .mesh_port = half->mesh_port,
                                             .stats_port = half->stats_port };
    struct error err = { "" };
    cr_assert(haproxy_open(&half->loop, &options, &half->haproxy, &err) == ST_OK, "%s", err.text);
    half->bed->port = haproxy_port(half->haproxy);
}

void
haproxy_bed_end(struct haproxy_bed *half)
{
    half->parts_open = 1;
    haproxy_close(half->haproxy, half_part_closed, half);
    half->haproxy = NULL;
    bed_wait(half->bed, half_is_closed, half);
}

void
haproxy_bed_restart(struct haproxy_bed *half)
{
    haproxy_bed_end(half);
    haproxy_bed_start(half);
}

/* --- opening, closing --- */

static void
half_open(struct proxy_bed *bed)
{
    struct haproxy_bed *half = memory_alloc_zero(1, sizeof *half);
    bed->half = half;
    half->bed = bed;
    (void)signal(SIGPIPE, SIG_IGN); /* as a real run does: HAProxy closes what it likes */
    (void)uv_loop_init(&half->loop);
    (void)uv_timer_init(&half->loop, &half->tick);
    (void)snprintf(half->dir, sizeof half->dir, "/tmp/rehearsal-proxy-XXXXXX");
    cr_assert(mkdtemp(half->dir) != NULL);
    for (uint32_t i = 0; i < BED_INSTANCES; i++) {
        haproxy_bed_instance_listen(half, i);
    }
    vec_init(&half->targets, sizeof(struct load_target *));
    half->client = load_client_open(&half->loop, half_result, half);
    half->http_port = haproxy_bed_free_port();
    half->https_port = haproxy_bed_free_port();
    half->stats_port = haproxy_bed_free_port();
    haproxy_bed_start(half);
}

static void
half_close_handle(uv_handle_t *handle, void *context)
{
    (void)context;
    if (uv_is_closing(handle)) {
        return;
    }
    if (handle->type == UV_TCP && handle->data != NULL) {
        bed_peer_close(handle->data);
    } else {
        uv_close(handle, NULL);
    }
}

static void
half_close(struct proxy_bed *bed)
{
    struct haproxy_bed *half = bed->half;
    bed->pumping = 0;
    half->parts_open = 1;
    load_client_close(half->client, half_part_closed, half);
    bed_wait(bed, half_is_closed, half);
    if (half->haproxy != NULL) {
        haproxy_bed_end(half);
    }
    uv_walk(&half->loop, half_close_handle, NULL);
    (void)uv_run(&half->loop, UV_RUN_DEFAULT);
    cr_assert(uv_loop_close(&half->loop) == 0, "something is left on the loop");
    cr_assert(rmdir(half->dir) == 0, "HAProxy's folder is not empty");
    for (uint32_t i = 0; i < half->targets.count; i++) {
        struct load_target *target = *(struct load_target **)vec_at(&half->targets, i);
        memory_free(target->text);
        memory_free(target);
    }
    vec_fini(&half->targets);
    strbuf_fini(&half->printed);
    memory_free(half);
}

const struct proxy_bed_half proxy_bed_half_haproxy = {
    .open = half_open,
    .close = half_close,
    .send = half_send,
    .release = half_release,
    .run_until = half_run_until,
};

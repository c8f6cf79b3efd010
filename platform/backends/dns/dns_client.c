/*
 * platform/backends/dns/dns_client.c - questions over TCP: two bytes of length before each packet,
 * one question after the other.
 */
#include "platform/backends/dns/dns_inner.h"

#include <string.h>

#include "platform/base/memory.h"

struct dns_client {
    struct dns_server *server; /* borrowed */
    struct dns_client *next;
    struct dns_client *previous;
    uv_tcp_t           tcp;
    uv_timer_t         idle;
    uv_write_t         write;
    uint8_t           *answer; /* owned, while it is being written */
    uint32_t           handles;
    bool               closing;
    size_t             have; /* bytes in question */
    uint8_t            question[2 + DNS_QUESTION_MAX];
};

static void
dns_client_let_go(uv_handle_t *handle)
{
    struct dns_client *client = handle->data;
    struct dns_server *server = client->server;
    client->handles--;
    if (client->handles == 0) {
        memory_free(client->answer);
        memory_free(client);
    }
    dns_server_let_go(server);
}

static void
dns_client_close(struct dns_client *client)
{
    if (client->closing) {
        return;
    }
    client->closing = true;
    struct dns_server *server = client->server;
    server->clients_count--;
    if (client->previous != NULL) {
        client->previous->next = client->next;
    } else {
        server->clients = client->next;
    }
    if (client->next != NULL) {
        client->next->previous = client->previous;
    }
    uv_close((uv_handle_t *)&client->tcp, dns_client_let_go);
    uv_close((uv_handle_t *)&client->idle, dns_client_let_go);
}

void
dns_client_close_all(struct dns_server *server)
{
    while (server->clients != NULL) {
        dns_client_close(server->clients);
    }
}

static void
dns_client_expired(uv_timer_t *timer)
{
    dns_client_close(timer->data);
}

static void
dns_client_room(uv_handle_t *handle, size_t suggested, uv_buf_t *ret)
{
    struct dns_client *client = handle->data;
    (void)suggested;
    *ret = uv_buf_init((char *)client->question + client->have,
                       (unsigned)(sizeof client->question - client->have));
}

static void dns_client_next(struct dns_client *client);

static void
dns_client_written(uv_write_t *write, int status)
{
    struct dns_client *client = write->data;
    memory_free(client->answer);
    client->answer = NULL;
    if (status < 0) {
        dns_client_close(client);
    } else if (!client->closing) {
        dns_client_next(client);
    }
}

static void
dns_client_received(uv_stream_t *stream, ssize_t len, const uv_buf_t *buffer)
{
    struct dns_client *client = stream->data;
    (void)buffer;
    if (len < 0) {
        dns_client_close(client);
        return;
    }
    client->have += (size_t)len;
    (void)uv_timer_start(&client->idle, dns_client_expired, DNS_IDLE_MS, 0);
    dns_client_next(client);
}

static bool
dns_client_answer(struct dns_client *client, const uint8_t *question, size_t len)
{
    struct env_names_answerer *answerer = client->server->answerer;
    const struct env_names_query query = { .bytes = question, .len = len, .over_tcp = true };
    client->answer = memory_alloc(2 + ENV_NAMES_PACKET_MAX);
    const size_t answer_len =
        answerer != NULL ? answerer->answer(answerer, &query, client->answer + 2) : 0;
    client->answer[0] = (uint8_t)(answer_len >> 8);
    client->answer[1] = (uint8_t)answer_len;
    const uv_buf_t bytes = uv_buf_init((char *)client->answer, (unsigned)(2 + answer_len));
    client->write.data = client;
    return answer_len > 0 && uv_write(&client->write, (uv_stream_t *)&client->tcp, &bytes, 1,
                                      dns_client_written) == 0;
}

/* Answers the question at the front when all of it is there; the next one when that is sent. */
static void
dns_client_next(struct dns_client *client)
{
    const size_t len =
        client->have >= 2 ? (size_t)(client->question[0] << 8 | client->question[1]) : 0;
    (void)uv_read_stop((uv_stream_t *)&client->tcp);
    if (len > DNS_QUESTION_MAX) {
        dns_client_close(client);
        return;
    }
    if (client->have < 2 || client->have < 2 + len) {
        (void)uv_read_start((uv_stream_t *)&client->tcp, dns_client_room, dns_client_received);
        return;
    }
    if (!dns_client_answer(client, client->question + 2, len)) {
        dns_client_close(client);
        return;
    }
    client->have -= 2 + len;
    memmove(client->question, client->question + 2 + len, client->have);
}

void
dns_client_accept(uv_stream_t *listener, int status)
{
    struct dns_server *server = listener->data;
    if (status < 0) {
        return;
    }
    struct dns_client *client = memory_alloc_zero(1, sizeof *client);
    client->server = server;
    client->handles = 2;
    server->handles += 2;
    (void)uv_tcp_init(listener->loop, &client->tcp);
    (void)uv_timer_init(listener->loop, &client->idle);
    client->tcp.data = client;
    client->idle.data = client;
    client->next = server->clients;
    if (client->next != NULL) {
        client->next->previous = client;
    }
    server->clients = client;
    server->clients_count++;
    if (uv_accept(listener, (uv_stream_t *)&client->tcp) != 0 ||
        server->clients_count > DNS_CLIENTS_MAX) {
        dns_client_close(client);
        return;
    }
    (void)uv_timer_start(&client->idle, dns_client_expired, DNS_IDLE_MS, 0);
    dns_client_next(client);
}

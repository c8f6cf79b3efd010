/* platform/backends/load/load_client.c - an HTTP/1.1 client for many small requests. */
#include "platform/backends/load/load_client.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "platform/base/memory.h"

static void client_connect(struct load_request *request);

/* --- the end of a request --- */

static void
client_finish(struct load_request *request, enum load_outcome outcome, int32_t http_status)
{
    struct load_client *client = request->client;
    char cookie[LOAD_COOKIE_BYTES] = "";
    if (request->connection != NULL && http_status != 0) {
        memcpy(cookie, request->connection->answer.cookie, sizeof(cookie));
    }
    const struct load_result result = {
        .line = request->target->line,
        .outcome = outcome,
        .latency_ns = (int64_t)uv_hrtime() - request->meant_hr_ns,
        .meant_hr_ns = request->meant_hr_ns,
        .http_status = http_status,
        .note = request->note,
        .cookie = cookie,
    };
    if (request->connection != NULL && request->connection->keeps) {
        load_client_idle_keep(request->connection);
        request->connection = NULL;
    } else if (request->connection != NULL) {
        load_client_disconnect(request->connection);
    }
    (void)uv_timer_stop(&request->timer);
    request->target = NULL;
    request->next_free = client->free_first;
    client->free_first = (uint32_t)(request - client->requests) + 1;
    client->in_flight--;
    client->counts.outcomes[outcome]++;
    client->done(client->context, &result);
}

static enum load_outcome
client_outcome(int32_t http_status)
{
    if (http_status == 503) {
        return LOAD_NO_SERVER;
    }
    return http_status >= 200 && http_status < 400 ? LOAD_OK : LOAD_ERROR;
}

static void
client_answered(struct load_connection *connection)
{
    struct load_request *request = connection->request;
    const struct load_answer *answer = &connection->answer;
    const int32_t http_status = answer->status;
    if (answer->state == LOAD_ANSWER_BROKEN) {
        client_finish(request, LOAD_ERROR, http_status);
        return;
    }
    /* kept after its request has ended: what the answer set is told before */
    const bool keeps = answer->keeps && !request->target->new_connections;
    connection->keeps = keeps;
    client_finish(request, client_outcome(http_status), http_status);
}

/* The connection has ended under the request. */
static void
client_lost(struct load_connection *connection)
{
    struct load_request *request = connection->request;
    const bool again = connection->reused && !connection->answer.begun && !request->resent;
    load_client_disconnect(connection);
    if (again) {
        request->resent = true;
        request->client->counts.resent++;
        client_connect(request);
        return;
    }
    client_finish(request, LOAD_RESET, 0);
}

/* --- the life of a connection --- */

static void
client_allocate(uv_handle_t *handle, size_t suggested, uv_buf_t *ret_buf)
{
    (void)suggested;
    struct load_connection *connection = container_of(handle, struct load_connection, tcp);
    *ret_buf = uv_buf_init(connection->client->bytes, sizeof(connection->client->bytes));
}

static void
client_read(uv_stream_t *stream, ssize_t len, const uv_buf_t *buf)
{
    struct load_connection *connection = container_of(stream, struct load_connection, tcp);
    if (uv_is_closing((uv_handle_t *)stream) || len == 0) {
        return;
    }
    if (connection->request == NULL) {
        load_client_disconnect(connection); /* idle: closed by the other side, or out of step */
    } else if (len > 0) {
        load_answer_take(&connection->answer, buf->base, (size_t)len);
        if (connection->answer.state >= LOAD_ANSWER_DONE) {
            client_answered(connection);
        }
    } else if (load_answer_ended(&connection->answer)) {
        client_answered(connection);
    } else {
        client_lost(connection);
    }
}

static void
client_written(uv_write_t *write, int result)
{
    struct load_connection *connection = container_of(write, struct load_connection, write);
    if (result < 0 && connection->request != NULL && !connection->answer.begun) {
        client_lost(connection);
    }
}

static void
client_write(struct load_connection *connection)
{
    const struct load_target *target = connection->request->target;
    struct load_request *request = connection->request;
    const unsigned cookie_len = (unsigned)strlen(request->cookie);
    const uv_buf_t whole = uv_buf_init(target->text, target->text_len);
    const uv_buf_t parts[] = {
        uv_buf_init(target->text, target->head_len),
        uv_buf_init(request->cookie, cookie_len),
        uv_buf_init(target->text + target->head_len, target->text_len - target->head_len),
    };
    load_answer_init(&connection->answer);
    connection->keeps = false;
    if (uv_write(&connection->write, (uv_stream_t *)&connection->tcp,
                 cookie_len > 0 ? parts : &whole, cookie_len > 0 ? COUNT_OF(parts) : 1,
                 client_written) < 0) {
        client_lost(connection);
    }
}

static void
client_connected(uv_connect_t *connect, int result)
{
    struct load_connection *connection = container_of(connect, struct load_connection, connect);
    struct load_request *request = connection->request;
    if (request == NULL) {
        return; /* closing: its request ran out of time */
    }
    if (result < 0 ||
        uv_read_start((uv_stream_t *)&connection->tcp, client_allocate, client_read) < 0) {
        client_finish(request, LOAD_REFUSED, 0);
        return;
    }
    client_write(connection);
}

static void
client_connect(struct load_request *request)
{
    struct load_client *client = request->client;
    struct load_connection *connection = memory_alloc_zero(1, sizeof(*connection));
    (void)uv_tcp_init(client->loop, &connection->tcp);
    client->handles_count++;
    client->counts.connections++;
    connection->client = client;
    connection->request = request;
    connection->port = request->target->port;
    request->connection = connection;

    const struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons(connection->port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    (void)uv_tcp_nodelay(&connection->tcp, 1);
    if (uv_tcp_connect(&connection->connect, &connection->tcp, (const struct sockaddr *)&address,
                       client_connected) < 0) {
        client_finish(request, LOAD_REFUSED, 0);
    }
}

/* The loop counts in whole milliseconds: its timers may come a part of one too early. */
static void
client_timed_out(uv_timer_t *timer)
{
    struct load_request *request = container_of(timer, struct load_request, timer);
    const int64_t waited_ns = (int64_t)uv_hrtime() - request->meant_hr_ns;
    if (waited_ns < request->target->timeout_ns) {
        (void)uv_timer_start(timer, client_timed_out, 1, 0);
        return;
    }
    client_finish(request, LOAD_TIMEOUT, 0);
}

/* --- for the lines --- */

void
load_client_send(struct load_client *client, const struct load_target *target, int64_t meant_hr_ns)
{
    load_client_send_as(client, target, meant_hr_ns, NULL, "");
}

void
load_client_send_as(struct load_client *client, const struct load_target *target,
                    int64_t meant_hr_ns, void *note, const char *cookie)
{
    ASSERT(!client->closing);
    client->counts.requests++;
    const int64_t late_ns = (int64_t)uv_hrtime() - meant_hr_ns;
    if (client->free_first == 0) {
        client->counts.over_limit++;
        client->counts.outcomes[LOAD_REFUSED]++;
        const struct load_result result = { .line = target->line, .outcome = LOAD_REFUSED,
                                            .latency_ns = late_ns, .meant_hr_ns = meant_hr_ns,
                                            .note = note, .cookie = "" };
        client->done(client->context, &result);
        return;
    }
    struct load_request *request = &client->requests[client->free_first - 1];
    client->free_first = request->next_free;
    client->in_flight++;
    request->target = target;
    request->meant_hr_ns = meant_hr_ns;
    request->connection = NULL;
    request->resent = false;
    request->note = note;
    request->cookie[0] = '\0';
    if (cookie[0] != '\0') {
        (void)snprintf(request->cookie, sizeof(request->cookie), "Cookie: %s\r\n", cookie);
    }

    const int64_t left_ns = int64_max(target->timeout_ns - late_ns, 0);
    uv_update_time(client->loop);
    (void)uv_timer_start(&request->timer, client_timed_out, (uint64_t)(left_ns / NS_PER_MS), 0);

    struct load_connection *connection =
        target->new_connections ? NULL : load_client_idle_take(client, target->port);
    if (connection == NULL) {
        client_connect(request);
        return;
    }
    connection->request = request;
    connection->reused = true;
    request->connection = connection;
    client_write(connection);
}

uint32_t
load_client_in_flight(const struct load_client *client)
{
    return client->in_flight;
}

const struct load_counts *
load_client_counts(const struct load_client *client)
{
    return &client->counts;
}

struct load_client *
load_client_open(uv_loop_t *loop, load_done_fn *done, void *context)
{
    struct load_client *client = memory_alloc_zero(1, sizeof(*client));
    client->loop = loop;
    client->done = done;
    client->context = context;
    client->requests = memory_alloc_zero(LOAD_IN_FLIGHT_MAX, sizeof(*client->requests));
    for (uint32_t i = LOAD_IN_FLIGHT_MAX; i > 0; i--) {
        struct load_request *request = &client->requests[i - 1];
        (void)uv_timer_init(loop, &request->timer);
        request->client = client;
        request->next_free = client->free_first;
        client->free_first = i;
    }
    client->handles_count = LOAD_IN_FLIGHT_MAX;
    return client;
}

static void
client_timer_closed(uv_handle_t *handle)
{
    load_client_handle_gone(container_of(handle, struct load_request, timer)->client);
}

void
load_client_close(struct load_client *client, load_closed_fn *closed, void *context)
{
    ASSERT(!client->closing);
    client->closing = true;
    client->closed = closed;
    client->closed_context = context;
    while (client->idle_first != NULL) {
        load_client_disconnect(client->idle_first);
    }
    for (uint32_t i = 0; i < LOAD_IN_FLIGHT_MAX; i++) {
        struct load_request *request = &client->requests[i];
        if (request->connection != NULL) {
            load_client_disconnect(request->connection);
        }
        uv_close((uv_handle_t *)&request->timer, client_timer_closed);
    }
}

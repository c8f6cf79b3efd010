/* platform/backends/haproxy/haproxy_cli.c - the client of the master socket. */
#include "platform/backends/haproxy/haproxy_cli.h"

#include <string.h>

#include "platform/base/memory.h"
#include "platform/base/strbuf.h"

enum { CLI_DEADLINE_MS = 5000, CLI_RETRY_MS = 10 };

static const size_t cli_answer_len_max = 32U * 1024 * 1024;

struct cli_request {
    struct cli_request  *next;
    haproxy_cli_done_fn *done;
    void                *context;
    char                *text; /* owned */
    bool                 once;
};

/* One connection; outlives its request until libuv has closed it. */
struct cli_connection {
    uv_pipe_t           pipe;
    uv_connect_t        connect;
    uv_write_t          write;
    uv_shutdown_t       shutdown;
    struct haproxy_cli *cli;
    char                bytes[16 * 1024];
};

struct haproxy_cli {
    uv_loop_t             *loop; /* borrowed */
    const char            *path; /* borrowed */
    uv_timer_t             deadline;
    uv_timer_t             retry;
    struct cli_request    *first; /* owned: the one being asked, and those that wait */
    struct cli_request    *last;
    struct cli_connection *connection; /* owned by libuv once closing; NULL: none */
    struct strbuf          answer;
    uint32_t               handles_count;
    bool                   closing;
    haproxy_cli_closed_fn *closed;
    void                  *closed_context;
};

static void cli_connect(struct haproxy_cli *cli);

static void
cli_handle_closed(struct haproxy_cli *cli)
{
    ASSERT(cli->handles_count > 0);
    cli->handles_count--;
    if (cli->handles_count == 0) {
        haproxy_cli_closed_fn *closed = cli->closed;
        void *context = cli->closed_context;
        strbuf_fini(&cli->answer);
        memory_free(cli);
        closed(context);
    }
}

static void
cli_connection_closed(uv_handle_t *handle)
{
    struct cli_connection *connection = container_of(handle, struct cli_connection, pipe);
    struct haproxy_cli *cli = connection->cli;
    memory_free(connection);
    cli_handle_closed(cli);
}

static void
cli_timer_closed(uv_handle_t *handle)
{
    cli_handle_closed(handle->data);
}

static void
cli_disconnect(struct haproxy_cli *cli)
{
    if (cli->connection != NULL) {
        uv_close((uv_handle_t *)&cli->connection->pipe, cli_connection_closed);
        cli->connection = NULL;
    }
}

static void
cli_request_free(struct cli_request *request)
{
    memory_free(request->text);
    memory_free(request);
}

static void cli_deadline_passed(uv_timer_t *timer);

static void
cli_next(struct haproxy_cli *cli)
{
    if (cli->first != NULL && !cli->closing) {
        (void)uv_timer_start(&cli->deadline, cli_deadline_passed, CLI_DEADLINE_MS, 0);
        cli_connect(cli);
    }
}

/* Ends the first request. The answer is valid during done(), which may send the next one. */
static void
cli_answer(struct haproxy_cli *cli, enum status status)
{
    struct cli_request *request = cli->first;
    ASSERT(request != NULL);
    (void)uv_timer_stop(&cli->deadline);
    (void)uv_timer_stop(&cli->retry);
    cli_disconnect(cli);

    struct strbuf answer = cli->answer;
    cli->answer = (struct strbuf){ 0 };
    /* unlinked only afterwards: what done() sends must queue behind, not connect on its own */
    request->done(request->context, status, strbuf_text(&answer));
    strbuf_fini(&answer);
    if (cli->closing) {
        return; /* done() closed us: the queue is gone */
    }
    cli->first = request->next;
    if (cli->first == NULL) {
        cli->last = NULL;
    }
    cli_request_free(request);
    cli_next(cli);
}

static void
cli_deadline_passed(uv_timer_t *timer)
{
    cli_answer(timer->data, ST_TIMEOUT);
}

static void
cli_retry_due(uv_timer_t *timer)
{
    cli_connect(timer->data);
}

static void
cli_failed(struct haproxy_cli *cli)
{
    if (cli->first->once) {
        cli_answer(cli, ST_UNAVAILABLE);
        return;
    }
    cli_disconnect(cli);
    strbuf_clear(&cli->answer);
    (void)uv_timer_start(&cli->retry, cli_retry_due, CLI_RETRY_MS, 0);
}

static void
cli_allocate(uv_handle_t *handle, size_t suggested, uv_buf_t *ret_buf)
{
    (void)suggested;
    struct cli_connection *connection = container_of(handle, struct cli_connection, pipe);
    *ret_buf = uv_buf_init(connection->bytes, sizeof(connection->bytes));
}

static void
cli_read(uv_stream_t *stream, ssize_t len, const uv_buf_t *buf)
{
    struct cli_connection *connection = container_of(stream, struct cli_connection, pipe);
    struct haproxy_cli *cli = connection->cli;
    if (connection != cli->connection) {
        return; /* being closed */
    }
    if (len > 0 && cli->answer.len + (size_t)len <= cli_answer_len_max) {
        strbuf_add_bytes(&cli->answer, buf->base, (size_t)len);
    } else if (len > 0) {
        cli_answer(cli, ST_UNAVAILABLE);
    } else if (len < 0 && cli->answer.len > 0) {
        cli_answer(cli, ST_OK);
    } else if (len < 0) {
        cli_failed(cli);
    }
}

static void
cli_written(uv_write_t *write, int result)
{
    struct cli_connection *connection = container_of(write, struct cli_connection, write);
    if (result < 0 && connection == connection->cli->connection) {
        cli_failed(connection->cli);
    }
}

static void
cli_connected(uv_connect_t *connect, int result)
{
    struct cli_connection *connection = container_of(connect, struct cli_connection, connect);
    struct haproxy_cli *cli = connection->cli;
    if (connection != cli->connection) {
        return;
    }
    if (result < 0) {
        cli_failed(cli);
        return;
    }
    const uv_buf_t buf = uv_buf_init(cli->first->text, (unsigned)strlen(cli->first->text));
    uv_stream_t *stream = (uv_stream_t *)&connection->pipe;
    /* the master ends a connection only when it sees that no more requests will come */
    if (uv_write(&connection->write, stream, &buf, 1, cli_written) < 0 ||
        uv_shutdown(&connection->shutdown, stream, NULL) < 0 ||
        uv_read_start(stream, cli_allocate, cli_read) < 0) {
        cli_failed(cli);
    }
}

static void
cli_connect(struct haproxy_cli *cli)
{
    ASSERT(cli->connection == NULL);
    struct cli_connection *connection = memory_alloc_zero(1, sizeof(*connection));
    connection->cli = cli;
    (void)uv_pipe_init(cli->loop, &connection->pipe, 0);
    cli->handles_count++;
    cli->connection = connection;
    uv_pipe_connect(&connection->connect, &connection->pipe, cli->path, cli_connected);
}

struct haproxy_cli *
haproxy_cli_open(uv_loop_t *loop, const char *path)
{
    struct haproxy_cli *cli = memory_alloc_zero(1, sizeof(*cli));
    cli->loop = loop;
    cli->path = path;
    (void)uv_timer_init(loop, &cli->deadline);
    (void)uv_timer_init(loop, &cli->retry);
    cli->deadline.data = cli;
    cli->retry.data = cli;
    cli->handles_count = 2;
    return cli;
}

static void
cli_queue(struct haproxy_cli *cli, const char *text, bool once, haproxy_cli_done_fn *done,
          void *context)
{
    ASSERT(!cli->closing);
    const size_t len = strlen(text);
    ASSERT(len > 0 && len <= HAPROXY_CLI_BYTES_MAX);

    struct cli_request *request = memory_alloc_zero(1, sizeof(*request));
    request->done = done;
    request->context = context;
    request->once = once;
    request->text = memory_alloc(len + 2);
    memcpy(request->text, text, len);
    memcpy(request->text + len, "\n", 2);

    if (cli->first == NULL) {
        cli->first = request;
        cli->last = request;
        cli_next(cli);
    } else {
        cli->last->next = request;
        cli->last = request;
    }
}

void
haproxy_cli_send(struct haproxy_cli *cli, const char *text, haproxy_cli_done_fn *done,
                 void *context)
{
    cli_queue(cli, text, false, done, context);
}

void
haproxy_cli_send_once(struct haproxy_cli *cli, const char *text, haproxy_cli_done_fn *done,
                      void *context)
{
    cli_queue(cli, text, true, done, context);
}

void
haproxy_cli_drop(struct haproxy_cli *cli)
{
    (void)uv_timer_stop(&cli->deadline);
    (void)uv_timer_stop(&cli->retry);
    while (cli->first != NULL) {
        struct cli_request *request = cli->first;
        cli->first = request->next;
        cli_request_free(request);
    }
    cli->last = NULL;
    strbuf_clear(&cli->answer);
    cli_disconnect(cli);
}

void
haproxy_cli_close(struct haproxy_cli *cli, haproxy_cli_closed_fn *closed, void *context)
{
    ASSERT(!cli->closing);
    cli->closing = true;
    cli->closed = closed;
    cli->closed_context = context;
    haproxy_cli_drop(cli);
    uv_close((uv_handle_t *)&cli->deadline, cli_timer_closed);
    uv_close((uv_handle_t *)&cli->retry, cli_timer_closed);
}

/* platform/backends/probe/probe.c - one question, one of three ways to ask it. */
#include "platform/backends/probe/probe.h"

#include <arpa/inet.h>
#include <stdio.h>

#include "platform/backends/loop/http.h"
#include "platform/base/memory.h"

struct probe_port {
    struct env_probe base; /* first */
    struct real_item item;
    struct real_process *process;      /* borrowed */
    struct env_containers *containers; /* borrowed; NULL: no commands */
};

/* --- HTTP --- */

struct probe_http {
    struct real_item item;
    struct http_call http;
    struct env_probe_ask *ask;
};

static void
probe_http_drop(struct real_item *item)
{
    struct probe_http *own = container_of(item, struct probe_http, item);
    http_cancel(&own->http);
    memory_free(own);
}

static enum status
probe_http_status(enum http_end end)
{
    switch (end) {
    case HTTP_ANSWERED:
        return ST_OK;
    case HTTP_REFUSED:
    case HTTP_BROKEN: /* somebody listens, but does not speak HTTP to us */
        return ST_FAILED;
    case HTTP_UNREACHABLE:
        return ST_UNAVAILABLE;
    case HTTP_TIMED_OUT:
        return ST_TIMEOUT;
    }
    return ST_FAILED;
}

static void
probe_http_done(struct http_call *call)
{
    struct probe_http *own = container_of(call, struct probe_http, http);
    struct env_probe_ask *ask = own->ask;
    const enum status status = probe_http_status(call->end);
    struct error err;
    (void)error_set(&err, status, "%s", call->message);
    ask->ret_http_code = status == ST_OK ? call->code : 0;
    real_item_remove(&own->item);
    memory_free(own);
    env_op_complete(&ask->op, status, err.text);
}

static void
probe_address(uint32_t ipv4, char *text)
{
    const struct in_addr address = {.s_addr = htonl(ipv4)};
    (void)inet_ntop(AF_INET, &address, text, INET_ADDRSTRLEN);
}

static void
probe_http(struct probe_port *port, struct env_probe_ask *ask)
{
    struct probe_http *own = memory_alloc_zero(1, sizeof *own);
    struct strbuf url = {0};
    char address[INET_ADDRSTRLEN];
    own->ask = ask;
    own->http.done = probe_http_done;
    probe_address(ask->ipv4, address);
    strbuf_printf(&url, "%s://%s:%u", ask->kind == ENV_PROBE_HTTPS ? "https" : "http", address,
                  ask->port);
    const char *path = ask->path != NULL ? ask->path : "";
    strbuf_add(&url, path[0] == '/' ? "" : "/");
    strbuf_add(&url, path);
    real_scope_add(&port->process->scope, &own->item, probe_http_drop);
    const struct http_question question = {
        .method = "GET", .url = strbuf_text(&url), .timeout_ns = ask->timeout_ns, .is_probe = true};
    http_start(port->process->loop->http, &question, &own->http);
    strbuf_fini(&url);
}

/* --- TCP: a connection that comes about is the answer --- */

struct probe_tcp {
    struct real_item item;
    uv_tcp_t tcp;
    uv_connect_t connect;
    struct real_process *process; /* borrowed while asked for */
    struct env_timer timeout;
    struct env_probe_ask *ask; /* NULL: answered, or the process has died */
};

static void
probe_tcp_closed(uv_handle_t *handle)
{
    memory_free(container_of(handle, struct probe_tcp, tcp));
}

/* libuv gives the memory back when the handle is closed, a turn later. */
static void
probe_tcp_drop(struct real_item *item)
{
    struct probe_tcp *own = container_of(item, struct probe_tcp, item);
    own->ask = NULL;
    uv_close((uv_handle_t *)&own->tcp, probe_tcp_closed);
}

static void
probe_tcp_answer(struct probe_tcp *own, enum status status, const char *message)
{
    struct env_probe_ask *ask = own->ask;
    env_timer_cancel(own->process->env.clock, &own->timeout);
    real_item_remove(&own->item);
    probe_tcp_drop(&own->item);
    env_op_complete(&ask->op, status, message);
}

static void
probe_tcp_timed_out(struct env_timer *timer)
{
    struct probe_tcp *own = container_of(timer, struct probe_tcp, timeout);
    probe_tcp_answer(own, ST_TIMEOUT, "no connection in time");
}

static enum status
probe_tcp_status(int code)
{
    switch (code) {
    case 0:
        return ST_OK;
    case UV_ENETUNREACH:
    case UV_EHOSTUNREACH:
        return ST_UNAVAILABLE;
    case UV_ETIMEDOUT:
        return ST_TIMEOUT;
    default:
        return ST_FAILED;
    }
}

static void
probe_tcp_connected(uv_connect_t *connect, int code)
{
    struct probe_tcp *own = container_of(connect, struct probe_tcp, connect);
    if (own->ask != NULL) {
        probe_tcp_answer(own, probe_tcp_status(code), code == 0 ? NULL : uv_strerror(code));
    }
}

static void
probe_tcp(struct probe_port *port, struct env_probe_ask *ask)
{
    struct probe_tcp *own = memory_alloc_zero(1, sizeof *own);
    struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons(ask->port), .sin_addr.s_addr = htonl(ask->ipv4)};
    own->ask = ask;
    own->process = port->process;
    (void)uv_tcp_init(&port->process->loop->uv, &own->tcp);
    real_scope_add(&port->process->scope, &own->item, probe_tcp_drop);
    env_timer_init(&own->timeout, probe_tcp_timed_out);
    env_timer_start(port->process->env.clock, &own->timeout, ask->timeout_ns);
    const int code =
        uv_tcp_connect(&own->connect, &own->tcp, (const struct sockaddr *)&to, probe_tcp_connected);
    if (code != 0) {
        env_timer_cancel(port->process->env.clock, &own->timeout);
        real_item_remove(&own->item);
        probe_tcp_drop(&own->item);
        real_process_answer(port->process, &ask->op, probe_tcp_status(code), uv_strerror(code));
    }
}

/* --- commands --- */

struct probe_command {
    struct real_item item;
    struct env_containers_exec exec;
    struct env_probe_ask *ask;
};

static void
probe_command_drop(struct real_item *item)
{
    memory_free(container_of(item, struct probe_command, item));
}

static void
probe_command_done(struct env_op *op)
{
    struct probe_command *own = container_of(op, struct probe_command, exec.op);
    struct env_probe_ask *ask = own->ask;
    struct error err;
    const enum status status = error_set(&err, op->status, "%s", op->message);
    ask->ret_exit_code = own->exec.ret_exit_code;
    real_item_remove(&own->item);
    memory_free(own);
    env_op_complete(&ask->op, status, err.text);
}

static void
probe_command(struct probe_port *port, struct env_probe_ask *ask)
{
    if (port->containers == NULL) {
        real_process_answer(port->process, &ask->op, ST_UNSUPPORTED,
                            "no container engine to run a command in");
        return;
    }
    struct probe_command *own = memory_alloc_zero(1, sizeof *own);
    own->ask = ask;
    own->exec = (struct env_containers_exec){.op.done = probe_command_done,
                                             .token = ask->token,
                                             .shell = ask->shell,
                                             .timeout_ns = ask->timeout_ns};
    real_scope_add(&port->process->scope, &own->item, probe_command_drop);
    env_containers_exec(port->containers, &own->exec);
}

/* --- the port --- */

static env_probe_ask_fn probe_ask;

static void
probe_ask(struct env_probe *base, struct env_probe_ask *ask)
{
    struct probe_port *port = container_of(base, struct probe_port, base);
    switch (ask->kind) {
    case ENV_PROBE_HTTP:
    case ENV_PROBE_HTTPS:
        probe_http(port, ask);
        break;
    case ENV_PROBE_TCP:
        probe_tcp(port, ask);
        break;
    case ENV_PROBE_COMMAND:
        probe_command(port, ask);
        break;
    }
}

static const struct env_probe_ops probe_ops = {.name = "probe", .ask = probe_ask};

static void
probe_port_drop(struct real_item *item)
{
    memory_free(container_of(item, struct probe_port, item));
}

struct env_probe *
probe_port_open(struct real_process *process, struct env_containers *containers)
{
    struct probe_port *port = memory_alloc_zero(1, sizeof *port);
    port->base.ops = &probe_ops;
    port->process = process;
    port->containers = containers;
    real_scope_add(&process->scope, &port->item, probe_port_drop);
    return &port->base;
}

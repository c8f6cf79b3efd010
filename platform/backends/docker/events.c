/*
 * platform/backends/docker/events.c - the exits of our containers, from the engine's event stream.
 *
 * The stream is asked for from the instant of the last event on, so that a lost connection loses
 * nothing; an engine that was started again has forgotten its events, so that after a loss the
 * containers that have ended are listed too. An exit may be told twice that way, never not at all.
 */
#include <stdio.h>
#include <time.h>

#include "platform/backends/docker/port.h"
#include "platform/base/memory.h"

enum { EVENTS_RETRY_SECONDS = 1 };

struct docker_events {
    struct docker_port *port; /* borrowed */
    struct http_call http;
    struct env_timer retry; /* in the process' scope: nobody has to cancel it */
    struct env_op caught_up;
    int64_t since_ns;
};

/* --- telling --- */

struct docker_exit {
    struct real_item item;
    struct real_later later;
    struct docker_port *port;
    uint64_t token;
    int32_t exit_code;
    bool out_of_memory;
};

static void
exit_drop(struct real_item *item)
{
    struct docker_exit *ending = container_of(item, struct docker_exit, item);
    real_later_cancel(&ending->later);
    memory_free(ending);
}

static void
exit_tell(struct real_later *later)
{
    struct docker_exit *ending = container_of(later, struct docker_exit, later);
    const struct docker_exit told = *ending;
    real_item_remove(&ending->item);
    memory_free(ending);
    if (!docker_start_holds(told.port, told.token, told.exit_code, told.out_of_memory) &&
        told.port->listener != NULL) {
        told.port->listener->exited(told.port->listener, told.token, told.exit_code,
                                    told.out_of_memory);
    }
}

void
docker_exited(struct docker_port *port, uint64_t token, int32_t exit_code, bool out_of_memory)
{
    struct docker_exit *ending = memory_alloc_zero(1, sizeof *ending);
    ending->port = port;
    ending->token = token;
    ending->exit_code = exit_code;
    ending->out_of_memory = out_of_memory;
    real_scope_add(&port->process->scope, &ending->item, exit_drop);
    real_later_push(port->process->loop, &ending->later, exit_tell);
}

/* --- an exit: the container itself knows whether it ran out of memory --- */

struct docker_look {
    struct docker_op base;
    uint64_t token;
    int32_t exit_code; /* the event's, should the container be gone by now */
};

static void
look_seen(struct docker_op *op)
{
    struct docker_look *own = container_of(op, struct docker_look, base);
    struct docker_container container;
    if (op->http.code != 200 ||
        !docker_json_container(strbuf_text(&op->http.body), op->http.body.len, &container)) {
        docker_exited(op->port, own->token, own->exit_code, false);
        docker_op_finish(op, ST_OK, NULL);
        return;
    }
    if (container.info.state == CONTAINER_EXITED) {
        docker_exited(op->port, own->token, container.info.exit_code, container.info.out_of_memory);
    } else {
        /* The event comes a moment before the state is written. */
        docker_exited(op->port, own->token, own->exit_code, false);
    }
    docker_container_fini(&container);
    docker_op_finish(op, ST_OK, NULL);
}

static void
look_begin(struct docker_port *port, uint64_t token, int32_t exit_code)
{
    struct docker_look *own = docker_op_begin(port, sizeof *own, NULL, NULL);
    own->token = token;
    own->exit_code = exit_code;
    struct strbuf path = {0};
    strbuf_add(&path, "/containers/");
    docker_name(port, token, &path);
    strbuf_add(&path, "/json");
    docker_ask(&own->base, "GET", strbuf_text(&path), NULL, SEC(DOCKER_ASK_SECONDS), look_seen);
    strbuf_fini(&path);
}

/* --- the stream --- */

static void
events_line(struct http_call *call, const char *line, size_t len)
{
    struct docker_events *events = container_of(call, struct docker_events, http);
    struct docker_event event;
    if (!docker_json_event(line, len, &event)) {
        return;
    }
    events->since_ns = int64_max(events->since_ns, event.at_ns + 1);
    if (event.is_exit) {
        look_begin(events->port, event.token, event.exit_code);
    }
}

static void
events_wait(struct docker_events *events)
{
    env_timer_start(events->port->process->env.clock, &events->retry, SEC(EVENTS_RETRY_SECONDS));
}

static void
events_ended(struct http_call *call)
{
    events_wait(container_of(call, struct docker_events, http));
}

static void
events_connect(struct docker_events *events)
{
    struct strbuf url = {0};
    strbuf_printf(&url, "http://docker/v1.41/events?since=%lld.%09lld&",
                  (long long)(events->since_ns / NS_PER_SEC),
                  (long long)(events->since_ns % NS_PER_SEC));
    docker_filters(events->port, NULL, ",\"type\":[\"container\"],\"event\":[\"die\"]", &url);
    const struct http_question question = {
        .method = "GET", .url = strbuf_text(&url), .socket_path = events->port->socket_path};
    events->http.line = events_line;
    events->http.done = events_ended;
    http_start(events->port->process->loop->http, &question, &events->http);
    strbuf_fini(&url);
}

/* --- after a loss --- */

static void
catch_up_listed(struct docker_op *op)
{
    struct vec tokens;
    vec_init(&tokens, sizeof(uint64_t));
    const bool is_list = op->http.code == 200 && docker_json_tokens(strbuf_text(&op->http.body),
                                                                    op->http.body.len, &tokens);
    for (uint32_t i = 0; i < tokens.count; i++) {
        look_begin(op->port, *(const uint64_t *)vec_at(&tokens, i), 0);
    }
    vec_fini(&tokens);
    if (is_list) {
        docker_op_finish(op, ST_OK, NULL);
    } else {
        docker_op_refuse(op, ST_UNAVAILABLE);
    }
}

static void
events_caught_up(struct env_op *op)
{
    struct docker_events *events = container_of(op, struct docker_events, caught_up);
    if (op->status == ST_OK) {
        events_connect(events);
    } else {
        events_wait(events);
    }
}

static void
events_retry(struct env_timer *timer)
{
    struct docker_events *events = container_of(timer, struct docker_events, retry);
    struct strbuf path = {0};
    env_op_begin(&events->caught_up);
    struct docker_op *op = docker_op_begin(events->port, sizeof *op, &events->caught_up, NULL);
    strbuf_add(&path, "/containers/json?all=1&");
    docker_filters(events->port, NULL, ",\"status\":[\"exited\",\"dead\"]", &path);
    docker_ask(op, "GET", strbuf_text(&path), NULL, SEC(DOCKER_ASK_SECONDS), catch_up_listed);
    env_op_begun(&events->caught_up);
    strbuf_fini(&path);
}

void
docker_listen(struct env_containers *base, struct env_containers_listener *listener)
{
    struct docker_port *port = docker_port_of(base);
    struct timespec wall = {0};
    port->listener = listener;
    if (port->events != NULL) {
        return;
    }
    /* The engine's clock, which is this machine's: the loop's own does not follow its changes. */
    (void)clock_gettime(CLOCK_REALTIME, &wall);
    port->events = memory_alloc_zero(1, sizeof *port->events);
    port->events->port = port;
    port->events->since_ns = SEC(wall.tv_sec) + wall.tv_nsec;
    port->events->caught_up.done = events_caught_up;
    env_timer_init(&port->events->retry, events_retry);
    events_connect(port->events);
}

void
docker_events_close(struct docker_port *port)
{
    if (port->events != NULL) {
        http_cancel(&port->events->http);
        memory_free(port->events);
        port->events = NULL;
    }
}

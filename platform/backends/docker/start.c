/*
 * platform/backends/docker/start.c - start: create, start, inspect.
 *
 * The name carries the token, so that the engine itself refuses a second container for it: the one
 * that is there is taken over then. What cannot be started is removed again before the answer.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "platform/backends/docker/port.h"
#include "platform/base/memory.h"

/* Guesses: an engine under load makes or removes a container within that. */
enum { START_AGAINS_MAX = 50 };
#define START_AGAIN_NS MS(100)

struct docker_start {
    struct docker_op base;
    struct ring link; /* in port->starts */
    struct env_containers_start *start;
    uint64_t token;
    char *name;
    char *body;             /* of the create call */
    struct env_timer again; /* in the process' scope: nobody has to cancel it */
    uint32_t agains_count;
    enum status failed; /* why it is being removed again */
    char message[sizeof(((struct error *)0)->text)];
    bool exited; /* it ended meanwhile: told after the answer */
    int32_t exit_code;
    bool out_of_memory;
};

static struct docker_start *
start_of(struct docker_op *op)
{
    return container_of(op, struct docker_start, base);
}

static void
start_fini(struct docker_op *op)
{
    struct docker_start *own = start_of(op);
    ring_remove(&own->link);
    memory_free(own->name);
    memory_free(own->body);
}

static void
start_finish(struct docker_start *own, enum status status, const char *message)
{
    struct docker_port *port = own->base.port;
    ring_remove(&own->link);
    if (own->exited && status == ST_OK) {
        /* on a later turn: after the answer */
        docker_exited(port, own->token, own->exit_code, own->out_of_memory);
    }
    docker_op_finish(&own->base, status, message);
}

static void
start_ask(struct docker_start *own, const char *method, const char *suffix, docker_step_fn *step)
{
    struct strbuf path = {0};
    strbuf_printf(&path, "/containers/%s%s", own->name, suffix);
    docker_ask(&own->base, method, strbuf_text(&path), NULL, SEC(DOCKER_ASK_SECONDS), step);
    strbuf_fini(&path);
}

static void
start_removed(struct docker_op *op)
{
    struct docker_start *own = start_of(op);
    start_finish(own, own->failed, own->message);
}

/* Keeps the engine's words, removes what was made, and answers. */
static void
start_undo(struct docker_start *own, enum status status)
{
    own->failed = status;
    docker_json_message(strbuf_text(&own->base.http.body), own->base.http.body.len, own->message,
                        sizeof own->message);
    start_ask(own, "DELETE", "?force=1&v=1", start_removed);
}

static void
start_inspected(struct docker_op *op)
{
    struct docker_start *own = start_of(op);
    struct docker_container container;
    if (op->http.code != 200 ||
        !docker_json_container(strbuf_text(&op->http.body), op->http.body.len, &container)) {
        ring_remove(&own->link);
        docker_op_refuse(op, op->http.code == 404 ? ST_NOT_FOUND : ST_UNAVAILABLE);
        return;
    }
    own->start->ret_ipv4 = container.info.ipv4;
    docker_container_fini(&container);
    start_finish(own, ST_OK, NULL);
}

static void
start_started(struct docker_op *op)
{
    struct docker_start *own = start_of(op);
    switch (op->http.code) {
    case 204:
    case 304:
        start_ask(own, "GET", "/json", start_inspected);
        break;
    case 400: /* no such command in the image */
        start_undo(own, ST_INVALID);
        break;
    case 404:
        start_undo(own, ST_NOT_FOUND);
        break;
    default: /* a port that is taken, a limit of the machine */
        start_undo(own, ST_FAILED);
        break;
    }
}

static void start_create(struct docker_start *own);

static void
start_again(struct env_timer *timer)
{
    start_create(container_of(timer, struct docker_start, again));
}

/* A container of that name is there: it is the same start when the token is the same. */
static void
start_adopt(struct docker_op *op)
{
    struct docker_start *own = start_of(op);
    struct docker_container container;
    if (op->http.code == 404 && own->agains_count < START_AGAINS_MAX) {
        /* its name is taken, and it is not there: just being made, or just being removed */
        own->agains_count++;
        env_timer_init(&own->again, start_again);
        env_timer_start(op->port->process->env.clock, &own->again, START_AGAIN_NS);
        return;
    }
    if (op->http.code != 200 ||
        !docker_json_container(strbuf_text(&op->http.body), op->http.body.len, &container)) {
        ring_remove(&own->link);
        docker_op_finish(op, op->http.code == 404 ? ST_UNAVAILABLE : ST_CONFLICT,
                         "another container has that name");
        return;
    }
    const bool is_same = container.info.token == own->token;
    const enum container_state state = container.info.state;
    own->start->ret_ipv4 = container.info.ipv4;
    if (state == CONTAINER_EXITED) {
        own->exited = true;
        own->exit_code = container.info.exit_code;
        own->out_of_memory = container.info.out_of_memory;
    }
    docker_container_fini(&container);
    if (!is_same) {
        start_finish(own, ST_CONFLICT, "another container has that name");
    } else if (state == CONTAINER_CREATED) {
        start_ask(own, "POST", "/start", start_started);
    } else {
        start_finish(own, ST_OK, NULL);
    }
}

static void
start_created(struct docker_op *op)
{
    struct docker_start *own = start_of(op);
    switch (op->http.code) {
    case 201:
        start_ask(own, "POST", "/start", start_started);
        return;
    case 409:
        start_ask(own, "GET", "/json", start_adopt);
        return;
    case 400:
        ring_remove(&own->link);
        docker_op_refuse(op, ST_INVALID);
        return;
    case 404:
        ring_remove(&own->link);
        docker_op_refuse(op, ST_NOT_FOUND);
        return;
    default:
        ring_remove(&own->link);
        docker_op_refuse(op, ST_FAILED);
        return;
    }
}

static void
start_create(struct docker_start *own)
{
    struct strbuf path = {0};
    strbuf_printf(&path, "/containers/create?name=%s", own->name);
    docker_ask(&own->base, "POST", strbuf_text(&path), own->body, SEC(DOCKER_ASK_SECONDS),
               start_created);
    strbuf_fini(&path);
}

/* NULL when this port may start that. */
static const char *
start_refusal(const struct docker_port *port, const struct container_spec *spec,
              enum status *ret_status)
{
    size_t name_len = 0;
    size_t tag_at = 0;
    const char *image = docker_image(port, spec->image);
    *ret_status = ST_DENIED;
    if (spec->privileged && !port->allow_privileged) {
        return "privileged containers are not allowed here";
    }
    for (uint32_t i = 0; i < spec->volumes_count && !port->allow_host_volumes; i++) {
        if (spec->volumes[i].part == 0) {
            return "volumes of the host are not allowed here";
        }
    }
    *ret_status = ST_INVALID;
    if (image == NULL) {
        return "the app names no image, and there is no plain one";
    }
    if (docker_image_split(image, &name_len, &tag_at) != ST_OK) {
        return "that is no name of an image";
    }
    *ret_status = ST_OK;
    return NULL;
}

void
docker_start(struct env_containers *base, struct env_containers_start *start)
{
    struct docker_port *port = docker_port_of(base);
    const struct container_spec *spec = start->spec;
    enum status status = ST_OK;
    const char *refusal = start_refusal(port, spec, &status);
    if (refusal != NULL) {
        real_process_answer(port->process, &start->op, status, refusal);
        return;
    }
    struct docker_start *own = docker_op_begin(port, sizeof *own, &start->op, start_fini);
    ring_init(&own->link);
    ring_push(&port->starts, &own->link);
    own->start = start;
    own->token = spec->token;
    struct strbuf name = {0};
    docker_name(port, spec->token, &name);
    own->name = name.text; /* taken over */

    struct strbuf body = {0};
    const struct docker_identity identity = {
        .image = docker_image(port, spec->image), .run_id = port->run_id, .agent = port->agent};
    docker_json_create(spec, &identity, &body);
    own->body = body.text; /* taken over */
    start_create(own);
}

bool
docker_start_holds(struct docker_port *port, uint64_t token, int32_t exit_code, bool out_of_memory)
{
    for (struct ring *at = port->starts.next; at != &port->starts; at = at->next) {
        struct docker_start *own = container_of(at, struct docker_start, link);
        if (own->token == token) {
            own->exited = true;
            own->exit_code = exit_code;
            own->out_of_memory = out_of_memory;
            return true;
        }
    }
    return false;
}

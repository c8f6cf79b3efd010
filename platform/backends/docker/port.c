/* platform/backends/docker/port.c - the port itself, and how its operations ask the engine. */
#include "platform/backends/docker/port.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "platform/base/memory.h"
#include "platform/model/config.h"

/* --- operations --- */

static void
docker_op_free(struct docker_op *op)
{
    http_cancel(&op->http);
    if (op->fini != NULL) {
        op->fini(op);
    }
    memory_free(op);
}

static void
docker_op_drop(struct real_item *item)
{
    docker_op_free(container_of(item, struct docker_op, item));
}

void *
docker_op_begin(struct docker_port *port, size_t bytes, struct env_op *answer,
                void (*fini)(struct docker_op *op))
{
    ASSERT(bytes >= sizeof(struct docker_op));
    struct docker_op *op = memory_alloc_zero(1, bytes);
    op->port = port;
    op->answer = answer;
    op->fini = fini;
    real_scope_add(&port->process->scope, &op->item, docker_op_drop);
    return op;
}

void
docker_op_finish(struct docker_op *op, enum status status, const char *message)
{
    /* The caller may end its process in done(): by then nothing of the process may hold the op. */
    real_item_remove(&op->item);
    if (op->answer != NULL) {
        env_op_complete(op->answer, status, message);
    }
    docker_op_free(op);
}

void
docker_op_refuse(struct docker_op *op, enum status status)
{
    char message[sizeof(((struct error *)0)->text)];
    docker_json_message(strbuf_text(&op->http.body), op->http.body.len, message, sizeof message);
    docker_op_finish(op, status, message[0] != '\0' ? message : "the engine gives no reason");
}

static void
docker_answered(struct http_call *call)
{
    struct docker_op *op = container_of(call, struct docker_op, http);
    if (call->end == HTTP_ANSWERED) {
        op->step(op);
        return;
    }
    struct error err;
    const enum status status =
        error_set(&err, call->end == HTTP_TIMED_OUT ? ST_TIMEOUT : ST_UNAVAILABLE,
                  "Docker Engine at %s: %s", op->port->socket_path, call->message);
    docker_op_finish(op, status, err.text);
}

void
docker_ask(struct docker_op *op, const char *method, const char *path, const char *body,
           int64_t timeout_ns, docker_step_fn *step)
{
    struct strbuf url = {0};
    strbuf_printf(&url, "http://docker/v1.41%s", path);
    const struct http_question question = {.method = method,
                                           .url = strbuf_text(&url),
                                           .socket_path = op->port->socket_path,
                                           .body = body,
                                           .timeout_ns = timeout_ns};
    op->step = step;
    op->http.done = docker_answered;
    http_start(op->port->process->loop->http, &question, &op->http);
    strbuf_fini(&url);
}

/* --- texts --- */

void
docker_name(const struct docker_port *port, uint64_t token, struct strbuf *out)
{
    strbuf_printf(out, "rehearsal-%s-%llu", port->run_id, (unsigned long long)token);
}

void
docker_escape(struct strbuf *out, const char *text)
{
    for (const char *at = text; *at != '\0'; at++) {
        const unsigned char byte = (unsigned char)*at;
        if (isalnum(byte) || strchr("-._~", byte) != NULL) {
            strbuf_add_char(out, *at);
        } else {
            strbuf_printf(out, "%%%02X", byte);
        }
    }
}

void
docker_filters(const struct docker_port *port, const char *label_key, const char *more,
               struct strbuf *out)
{
    json_t *labels = json_pack("[s++, s++]", AGENT_CONTAINER_LABEL, "=", port->run_id,
                               DOCKER_LABEL_AGENT, "=", port->agent);
    if (label_key != NULL) {
        (void)json_array_append_new(labels, json_string(label_key));
    }
    char *text = json_dumps(labels, JSON_COMPACT);
    struct strbuf filters = {0};
    ASSERT(text != NULL);
    strbuf_printf(&filters, "{\"label\":%s%s}", text, more);
    strbuf_add(out, "filters=");
    docker_escape(out, strbuf_text(&filters));
    strbuf_fini(&filters);
    free(text);
    json_decref(labels);
}

const char *
docker_image(const struct docker_port *port, const char *image)
{
    return image != NULL && image[0] != '\0' ? image : port->default_image;
}

/* --- the port --- */

static bool
docker_word_is_valid(const char *word)
{
    const size_t len = strlen(word);
    for (size_t i = 0; i < len; i++) {
        if (!isalnum((unsigned char)word[i]) && (i == 0 || strchr("_.-", word[i]) == NULL)) {
            return false;
        }
    }
    return len > 0 && len <= DOCKER_RUN_ID_MAX;
}

static char *
docker_copy(const char *text)
{
    if (text == NULL) {
        return NULL;
    }
    const size_t bytes = strlen(text) + 1;
    return memcpy(memory_alloc(bytes), text, bytes);
}

static void
docker_port_drop(struct real_item *item)
{
    struct docker_port *port = container_of(item, struct docker_port, item);
    docker_events_close(port);
    memory_free(port->socket_path);
    memory_free(port->run_id);
    memory_free(port->agent);
    memory_free(port->default_image);
    memory_free(port);
}

static const struct env_containers_ops docker_containers_ops = {
    .name = "docker",
    .pull = docker_pull,
    .start = docker_start,
    .stop = docker_stop,
    .remove = docker_remove,
    .list = docker_list,
    .inspect = docker_inspect,
    .exec = docker_exec,
    .listen = docker_listen,
    .volumes = docker_volumes,
    .remove_volume = docker_remove_volume,
};

enum status
docker_port_open(struct real_process *process, const struct docker_options *options,
                 struct env_containers **ret_port, struct error *err)
{
    if (!docker_word_is_valid(options->run_id) || !docker_word_is_valid(options->agent)) {
        return error_set(err, ST_INVALID,
                         "\"%s\" and \"%s\": run and agent are 1 to %d letters, digits, '_', '.' "
                         "or '-'",
                         options->run_id, options->agent, DOCKER_RUN_ID_MAX);
    }
    struct docker_port *port = memory_alloc_zero(1, sizeof *port);
    port->base.ops = &docker_containers_ops;
    port->process = process;
    port->socket_path =
        docker_copy(options->socket_path != NULL ? options->socket_path : DOCKER_SOCKET_DEFAULT);
    port->run_id = docker_copy(options->run_id);
    port->agent = docker_copy(options->agent);
    port->default_image = docker_copy(options->default_image);
    port->allow_privileged = options->allow_privileged;
    port->allow_host_volumes = options->allow_host_volumes;
    ring_init(&port->starts);
    real_scope_add(&process->scope, &port->item, docker_port_drop);
    *ret_port = &port->base;
    return ST_OK;
}

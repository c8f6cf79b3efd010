/* platform/backends/docker/exec.c - exec: make it, run it to its end, ask for its exit code. */
#include <stdio.h>
#include <string.h>

#include "platform/backends/docker/port.h"

enum { EXEC_ID_BYTES = 80 };

struct docker_exec {
    struct docker_op base;
    struct env_containers_exec *exec;
    int64_t deadline_ns;
    char id[EXEC_ID_BYTES]; /* hexadecimal */
};

static struct docker_exec *
exec_of(struct docker_op *op)
{
    return container_of(op, struct docker_exec, base);
}

/* What is left of the timeout; at least a millisecond, because none means forever. */
static int64_t
exec_left_ns(const struct docker_exec *own)
{
    return int64_max(own->deadline_ns - real_loop_now(own->base.port->process->loop), MS(1));
}

static void
exec_refuse(struct docker_op *op)
{
    /* 409: it is not running */
    docker_op_refuse(op, op->http.code == 404 ? ST_NOT_FOUND : ST_FAILED);
}

static void
exec_inspected(struct docker_op *op)
{
    struct docker_exec *own = exec_of(op);
    json_t *root = json_loadb(strbuf_text(&op->http.body), op->http.body.len, 0, NULL);
    const json_t *code = json_object_get(root, "ExitCode");
    const bool is_known = op->http.code == 200 && json_is_integer(code);
    own->exec->ret_exit_code = (int32_t)json_integer_value(code);
    json_decref(root);
    if (is_known) {
        docker_op_finish(op, ST_OK, NULL);
    } else {
        exec_refuse(op);
    }
}

static void
exec_ran(struct docker_op *op)
{
    struct docker_exec *own = exec_of(op);
    if (op->http.code != 200) {
        exec_refuse(op);
        return;
    }
    char path[EXEC_ID_BYTES + 16];
    (void)snprintf(path, sizeof path, "/exec/%s/json", own->id);
    docker_ask(op, "GET", path, NULL, exec_left_ns(own), exec_inspected);
}

static void
exec_made(struct docker_op *op)
{
    struct docker_exec *own = exec_of(op);
    json_t *root = json_loadb(strbuf_text(&op->http.body), op->http.body.len, 0, NULL);
    const char *id = json_string_value(json_object_get(root, "Id"));
    const bool is_made = op->http.code == 201 && id != NULL && strlen(id) < EXEC_ID_BYTES &&
                         id[strspn(id, "0123456789abcdef")] == '\0';
    if (is_made) {
        (void)snprintf(own->id, sizeof own->id, "%s", id);
    }
    json_decref(root);
    if (!is_made) {
        exec_refuse(op);
        return;
    }
    char path[EXEC_ID_BYTES + 16];
    (void)snprintf(path, sizeof path, "/exec/%s/start", own->id);
    docker_ask(op, "POST", path, "{\"Detach\":false,\"Tty\":false}", exec_left_ns(own), exec_ran);
}

void
docker_exec(struct env_containers *base, struct env_containers_exec *exec)
{
    struct docker_port *port = docker_port_of(base);
    struct docker_exec *own = docker_op_begin(port, sizeof *own, &exec->op, NULL);
    own->exec = exec;
    own->deadline_ns = real_loop_now(port->process->loop) + exec->timeout_ns;
    struct strbuf path = {0};
    struct strbuf body = {0};
    strbuf_add(&path, "/containers/");
    docker_name(port, exec->token, &path);
    strbuf_add(&path, "/exec");
    docker_json_exec(exec->shell, exec->timeout_ns, &body);
    docker_ask(&own->base, "POST", strbuf_text(&path), strbuf_text(&body), exec->timeout_ns,
               exec_made);
    strbuf_fini(&path);
    strbuf_fini(&body);
}

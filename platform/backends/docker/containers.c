/* platform/backends/docker/containers.c - stop, remove, inspect and list. */
#include <stdlib.h>

#include "platform/backends/docker/port.h"
#include "platform/base/memory.h"

/* Asks about one container. */
static void
containers_ask(struct docker_op *op, const char *method, uint64_t token, const char *suffix,
               int64_t timeout_ns, docker_step_fn *step)
{
    struct strbuf path = {0};
    strbuf_add(&path, "/containers/");
    docker_name(op->port, token, &path);
    strbuf_add(&path, suffix);
    docker_ask(op, method, strbuf_text(&path), NULL, timeout_ns, step);
    strbuf_fini(&path);
}

/* --- stop --- */

static void
stop_answered(struct docker_op *op)
{
    switch (op->http.code) {
    case 204:
    case 304: /* it had ended already */
        docker_op_finish(op, ST_OK, NULL);
        return;
    case 404:
        docker_op_refuse(op, ST_NOT_FOUND);
        return;
    default:
        docker_op_refuse(op, ST_FAILED);
        return;
    }
}

void
docker_stop(struct env_containers *base, struct env_containers_stop *stop)
{
    struct docker_op *op = docker_op_begin(docker_port_of(base), sizeof *op, &stop->op, NULL);
    /* The engine counts whole seconds: a grace is never cut short. */
    const int64_t grace_s = int64_min((stop->grace_ns + NS_PER_SEC - 1) / NS_PER_SEC, 1000000);
    struct strbuf suffix = {0};
    strbuf_printf(&suffix, "/stop?t=%lld", (long long)grace_s);
    containers_ask(op, "POST", stop->token, strbuf_text(&suffix), SEC(grace_s + DOCKER_ASK_SECONDS),
                   stop_answered);
    strbuf_fini(&suffix);
}

/* --- remove --- */

static void
remove_answered(struct docker_op *op)
{
    switch (op->http.code) {
    case 204:
    case 404:
        docker_op_finish(op, ST_OK, NULL);
        return;
    case 409: /* somebody else is removing it just now */
        docker_op_refuse(op, ST_UNAVAILABLE);
        return;
    default:
        docker_op_refuse(op, ST_FAILED);
        return;
    }
}

void
docker_remove(struct env_containers *base, struct env_containers_remove *remove)
{
    struct docker_op *op = docker_op_begin(docker_port_of(base), sizeof *op, &remove->op, NULL);
    containers_ask(op, "DELETE", remove->token, "?force=1&v=1", SEC(DOCKER_ASK_SECONDS),
                   remove_answered);
}

/* --- inspect --- */

struct docker_inspect {
    struct docker_op base;
    struct env_containers_inspect *inspect;
    struct docker_container container; /* until after done() */
};

static void
inspect_fini(struct docker_op *op)
{
    docker_container_fini(&container_of(op, struct docker_inspect, base)->container);
}

static void
inspect_answered(struct docker_op *op)
{
    struct docker_inspect *own = container_of(op, struct docker_inspect, base);
    if (op->http.code == 200 &&
        docker_json_container(strbuf_text(&op->http.body), op->http.body.len, &own->container)) {
        own->inspect->ret = own->container.info;
        docker_op_finish(op, ST_OK, NULL);
    } else {
        docker_op_refuse(op, op->http.code == 404 ? ST_NOT_FOUND : ST_FAILED);
    }
}

void
docker_inspect(struct env_containers *base, struct env_containers_inspect *inspect)
{
    struct docker_inspect *own =
        docker_op_begin(docker_port_of(base), sizeof *own, &inspect->op, inspect_fini);
    own->inspect = inspect;
    containers_ask(&own->base, "GET", inspect->token, "/json", SEC(DOCKER_ASK_SECONDS),
                   inspect_answered);
}

/* --- list: the engine's own list lacks exit codes, so that each container is inspected --- */

struct docker_list {
    struct docker_op base;
    struct env_containers_list *list;
    struct vec tokens;     /* uint64_t, ascending */
    struct vec containers; /* struct docker_container */
    uint32_t next;
};

static void
list_fini(struct docker_op *op)
{
    struct docker_list *own = container_of(op, struct docker_list, base);
    for (uint32_t i = 0; i < own->containers.count; i++) {
        docker_container_fini(vec_at(&own->containers, i));
    }
    vec_fini(&own->containers);
    vec_fini(&own->tokens);
}

static void list_step(struct docker_list *own);

static void
list_inspected(struct docker_op *op)
{
    struct docker_list *own = container_of(op, struct docker_list, base);
    struct docker_container container;
    /* One that is gone by now is left out. */
    if (op->http.code == 200 &&
        docker_json_container(strbuf_text(&op->http.body), op->http.body.len, &container)) {
        struct docker_container *kept = vec_push(&own->containers);
        *kept = container;
    } else if (op->http.code != 404) {
        docker_op_refuse(op, ST_FAILED);
        return;
    }
    list_step(own);
}

static void
list_step(struct docker_list *own)
{
    if (own->next < own->tokens.count) {
        const uint64_t *token = vec_at(&own->tokens, own->next++);
        containers_ask(&own->base, "GET", *token, "/json", SEC(DOCKER_ASK_SECONDS), list_inspected);
        return;
    }
    for (uint32_t i = 0; i < own->containers.count; i++) {
        const struct docker_container *container = vec_at(&own->containers, i);
        own->list->row(own->list, &container->info);
    }
    docker_op_finish(&own->base, ST_OK, NULL);
}

static void
list_answered(struct docker_op *op)
{
    struct docker_list *own = container_of(op, struct docker_list, base);
    if (op->http.code != 200 ||
        !docker_json_tokens(strbuf_text(&op->http.body), op->http.body.len, &own->tokens)) {
        docker_op_refuse(op, ST_FAILED);
        return;
    }
    list_step(own);
}

void
docker_list(struct env_containers *base, struct env_containers_list *list)
{
    struct docker_list *own =
        docker_op_begin(docker_port_of(base), sizeof *own, &list->op, list_fini);
    own->list = list;
    vec_init(&own->tokens, sizeof(uint64_t));
    vec_init(&own->containers, sizeof(struct docker_container));
    struct strbuf path = {0};
    strbuf_add(&path, "/containers/json?all=1&");
    docker_filters(own->base.port, list->label_key, "", &path);
    docker_ask(&own->base, "GET", strbuf_text(&path), NULL, SEC(DOCKER_ASK_SECONDS), list_answered);
    strbuf_fini(&path);
}

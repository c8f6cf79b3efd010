/*
 * platform/backends/docker/pull.c - pull: nothing when the image is there, else the registry is
 * asked.
 *
 * The engine answers 200 before it knows how a pull ends: its last lines say.
 */
#include <string.h>

#include "platform/backends/docker/port.h"
#include "platform/base/memory.h"

/* A limit of ours: an image of gigabytes over a slow line. */
enum { PULL_SECONDS_MAX = 3600 };

struct docker_pull {
    struct docker_op base;
    char *image;
    bool failed;
    char message[sizeof(((struct error *)0)->text)];
};

static struct docker_pull *
pull_of(struct docker_op *op)
{
    return container_of(op, struct docker_pull, base);
}

static void
pull_fini(struct docker_op *op)
{
    memory_free(pull_of(op)->image);
}

static void
pull_line(struct http_call *call, const char *line, size_t len)
{
    struct docker_pull *own = pull_of(container_of(call, struct docker_op, http));
    if (docker_json_pull_error(line, len, own->message, sizeof own->message)) {
        own->failed = true;
    } else if (!own->failed) {
        /* an answer other than 200 is one line, with its reason */
        docker_json_message(line, len, own->message, sizeof own->message);
    }
}

static void
pull_ended(struct docker_op *op)
{
    struct docker_pull *own = pull_of(op);
    if (op->http.code == 200 && !own->failed) {
        docker_op_finish(op, ST_OK, NULL);
        return;
    }
    const int32_t code = op->http.code == 200 ? 0 : op->http.code;
    docker_op_finish(op, docker_pull_status(code, own->message), own->message);
}

static void
pull_ask_registry(struct docker_pull *own)
{
    size_t name_len = 0;
    size_t tag_at = 0;
    struct strbuf path = {0};
    const enum status status = docker_image_split(own->image, &name_len, &tag_at);
    ASSERT(status == ST_OK); /* looked at before */
    strbuf_add(&path, "/images/create?fromImage=");
    const char *tag = own->image + tag_at;
    if (tag[0] == '\0' && strchr(own->image, '@') == NULL) {
        tag = "latest";
    }
    own->image[name_len] = '\0'; /* the name ends there; the tag, if any, stays behind it */
    docker_escape(&path, own->image);
    if (tag[0] != '\0') {
        strbuf_add(&path, "&tag=");
        docker_escape(&path, tag);
    }
    own->base.http.line = pull_line;
    docker_ask(&own->base, "POST", strbuf_text(&path), NULL, SEC(PULL_SECONDS_MAX), pull_ended);
    strbuf_fini(&path);
}

static void
pull_looked(struct docker_op *op)
{
    switch (op->http.code) {
    case 200:
        docker_op_finish(op, ST_OK, NULL);
        return;
    case 404:
        pull_ask_registry(pull_of(op));
        return;
    default:
        docker_op_refuse(op, ST_FAILED);
        return;
    }
}

void
docker_pull(struct env_containers *base, struct env_containers_pull *pull)
{
    struct docker_port *port = docker_port_of(base);
    const char *image = docker_image(port, pull->image);
    size_t name_len = 0;
    size_t tag_at = 0;
    if (image == NULL || docker_image_split(image, &name_len, &tag_at) != ST_OK) {
        real_process_answer(port->process, &pull->op, ST_INVALID, "that is no name of an image");
        return;
    }
    struct docker_pull *own = docker_op_begin(port, sizeof *own, &pull->op, pull_fini);
    const size_t bytes = strlen(image) + 1;
    own->image = memcpy(memory_alloc(bytes), image, bytes);
    if (pull->force) {
        pull_ask_registry(own);
        return;
    }
    struct strbuf path = {0};
    strbuf_printf(&path, "/images/%s/json", own->image);
    docker_ask(&own->base, "GET", strbuf_text(&path), NULL, SEC(DOCKER_ASK_SECONDS), pull_looked);
    strbuf_fini(&path);
}

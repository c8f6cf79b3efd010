/*
 * platform/backends/docker/volumes.c - named volumes: which there are, and their removal.
 *
 * The engine makes them with the first container that mounts them (json.c), one for each part,
 * called rehearsal-<run_id>-volume-<volume>-<part>. Their labels say whose they are; the engine's
 * local driver keeps no size.
 */
#include "platform/backends/docker/port.h"

struct docker_volumes {
    struct docker_op base;
    struct env_containers_volumes *list;
    struct vec volumes; /* uint64_t, ascending, each once */
};

static void
volumes_fini(struct docker_op *op)
{
    vec_fini(&container_of(op, struct docker_volumes, base)->volumes);
}

static void
volumes_answered(struct docker_op *op)
{
    struct docker_volumes *own = container_of(op, struct docker_volumes, base);
    if (op->http.code != 200 ||
        !docker_json_volumes(strbuf_text(&op->http.body), op->http.body.len, &own->volumes, NULL)) {
        docker_op_refuse(op, ST_FAILED);
        return;
    }
    for (uint32_t i = 0; i < own->volumes.count; i++) {
        own->list->row(own->list, *(uint64_t *)vec_at(&own->volumes, i));
    }
    docker_op_finish(op, ST_OK, NULL);
}

static void
volumes_ask(struct docker_op *op, const char *label, docker_step_fn *step)
{
    struct strbuf path = {0};
    strbuf_add(&path, "/volumes?");
    docker_filters(op->port, label, "", &path);
    docker_ask(op, "GET", strbuf_text(&path), NULL, SEC(DOCKER_ASK_SECONDS), step);
    strbuf_fini(&path);
}

void
docker_volumes(struct env_containers *base, struct env_containers_volumes *volumes)
{
    struct docker_volumes *own =
        docker_op_begin(docker_port_of(base), sizeof *own, &volumes->op, volumes_fini);
    own->list = volumes;
    vec_init(&own->volumes, sizeof(uint64_t));
    volumes_ask(&own->base, DOCKER_LABEL_VOLUME, volumes_answered);
}

/* --- remove: the parts of one, then each of them --- */

struct docker_volume_remove {
    struct docker_op base;
    struct vec volumes; /* uint64_t: ours alone */
    json_t *names;      /* owned; a list of texts */
    size_t next;
};

static void
volume_fini(struct docker_op *op)
{
    struct docker_volume_remove *own = container_of(op, struct docker_volume_remove, base);
    vec_fini(&own->volumes);
    json_decref(own->names);
}

static void volume_removed(struct docker_op *op);

static void
volume_next(struct docker_volume_remove *own)
{
    const char *name = json_string_value(json_array_get(own->names, own->next));
    if (name == NULL) {
        docker_op_finish(&own->base, ST_OK, NULL);
        return;
    }
    own->next++;
    struct strbuf path = {0};
    strbuf_add(&path, "/volumes/");
    docker_escape(&path, name);
    docker_ask(&own->base, "DELETE", strbuf_text(&path), NULL, SEC(DOCKER_ASK_SECONDS),
               volume_removed);
    strbuf_fini(&path);
}

static void
volume_removed(struct docker_op *op)
{
    if (op->http.code != 204 && op->http.code != 404) { /* 409: a container mounts it */
        docker_op_refuse(op, ST_FAILED);
        return;
    }
    volume_next(container_of(op, struct docker_volume_remove, base));
}

static void
volume_found(struct docker_op *op)
{
    struct docker_volume_remove *own = container_of(op, struct docker_volume_remove, base);
    own->names = json_array();
    if (op->http.code != 200 || !docker_json_volumes(strbuf_text(&op->http.body), op->http.body.len,
                                                     &own->volumes, own->names)) {
        docker_op_refuse(op, ST_FAILED);
        return;
    }
    volume_next(own);
}

void
docker_remove_volume(struct env_containers *base, struct env_containers_remove_volume *remove)
{
    struct docker_volume_remove *own =
        docker_op_begin(docker_port_of(base), sizeof *own, &remove->op, volume_fini);
    vec_init(&own->volumes, sizeof(uint64_t));
    struct strbuf label = {0};
    strbuf_printf(&label, "%s=%llu", DOCKER_LABEL_VOLUME, (unsigned long long)remove->volume);
    volumes_ask(&own->base, strbuf_text(&label), volume_found);
    strbuf_fini(&label);
}

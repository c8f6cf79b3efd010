/*
 * platform/backends/docker/json.h - the engine's JSON: what is asked, and what its answers say.
 * Pure.
 *
 * Errors: text that is not what the engine is documented to say is false or ST_INVALID, never a
 * crash.
 */
#ifndef PLATFORM_BACKENDS_DOCKER_JSON_H
#define PLATFORM_BACKENDS_DOCKER_JSON_H

#include <jansson.h>

#include "platform/base/strbuf.h"
#include "platform/base/vec.h"
#include "platform/env/containers.h"

struct docker_identity {
    const char *image; /* resolved */
    const char *run_id;
    const char *agent;
};

/* The body of POST /containers/create. */
void docker_json_create(const struct container_spec *spec, const struct docker_identity *identity,
                        struct strbuf *out);

/* The body of POST /containers/{id}/exec: the shell command, ended from inside after the timeout.
 */
void docker_json_exec(const char *shell, int64_t timeout_ns, struct strbuf *out);

/* The engine's sentence in {"message": "..."} , or "" . */
void docker_json_message(const char *body, size_t len, char *text, size_t text_bytes);

/* One container, from GET /containers/{id}/json. Pointers go into root, which the owner frees. */
struct docker_container {
    json_t *root;
    struct container_info info;
    struct container_pair *labels; /* owned */
};

bool docker_json_container(const char *body, size_t len, struct docker_container *ret);
void docker_container_fini(struct docker_container *container);

/* The tokens in GET /containers/json, ascending; ret is a vec of uint64_t. */
bool docker_json_tokens(const char *body, size_t len, struct vec *ret);

/* The volumes in GET /volumes, ascending and each once; ret is a vec of uint64_t. ret_names, when
 * it is not NULL, is a list that gets the engine's names of all their parts. */
bool docker_json_volumes(const char *body, size_t len, struct vec *ret, json_t *ret_names);

/* One line of GET /events. */
struct docker_event {
    uint64_t token;
    int32_t exit_code;
    int64_t at_ns;
    bool is_exit; /* of a container with a token; else only at_ns is meaningful */
};

bool docker_json_event(const char *line, size_t len, struct docker_event *ret);

/* A line of a pull's progress: true when it is the error that ended it. */
bool docker_json_pull_error(const char *line, size_t len, char *text, size_t text_bytes);

/* What a failed pull means, by the engine's code (0: told in the stream) and its words. */
enum status docker_pull_status(int32_t code, const char *text);

/* "name:tag" or "name@sha256:..." by the rules of the engine; ST_INVALID otherwise. tag_at is where
 * the tag begins, or the length when there is none (a digest is part of the name). */
enum status docker_image_split(const char *image, size_t *ret_name_len,
                               size_t *ret_tag_at) MUST_USE;

#endif

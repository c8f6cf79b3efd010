/*
 * platform/backends/docker/port.h - what the files of this folder share: the port, and an operation
 * that asks the engine one question after the other.
 *
 * An operation is a struct that begins with a struct docker_op. docker_op_begin makes it,
 * docker_ask asks and names the step that looks at the answer, docker_op_finish answers the caller
 * and frees it. When the process dies it is dropped at any step.
 */
#ifndef PLATFORM_BACKENDS_DOCKER_PORT_H
#define PLATFORM_BACKENDS_DOCKER_PORT_H

#include "platform/backends/docker/docker.h"
#include "platform/backends/docker/json.h"
#include "platform/backends/loop/http.h"

struct docker_events;
struct docker_start;

struct docker_port {
    struct env_containers base; /* first */
    struct real_item item;
    struct real_process *process; /* borrowed */
    char *socket_path;
    char *run_id;
    char *agent;
    char *default_image; /* NULL: none */
    bool allow_privileged;
    bool allow_host_volumes;
    struct ring starts;           /* struct docker_start under way */
    struct docker_events *events; /* owned; NULL until somebody listens */
    struct env_containers_listener *listener;
};

struct docker_op;
typedef void docker_step_fn(struct docker_op *op);

struct docker_op {
    struct real_item item;
    struct docker_port *port;
    struct env_op *answer; /* the caller's; NULL: an operation of our own */
    struct http_call http;
    docker_step_fn *step;
    void (*fini)(struct docker_op *op); /* frees what the operation owns; may be NULL */
};

static inline struct docker_port *
docker_port_of(struct env_containers *base)
{
    return container_of(base, struct docker_port, base);
}

/* bytes: of the operation's own struct. */
void *docker_op_begin(struct docker_port *port, size_t bytes, struct env_op *answer,
                      void (*fini)(struct docker_op *op));

/* path: below /v1.41. step sees an answer of the engine, whatever its code. When there is none, the
 * operation ends with ST_TIMEOUT or ST_UNAVAILABLE. */
void docker_ask(struct docker_op *op, const char *method, const char *path, const char *body,
                int64_t timeout_ns, docker_step_fn *step);

/* The last thing done with an operation. */
void docker_op_finish(struct docker_op *op, enum status status, const char *message);

/* The same with the engine's own words, from the answer at hand. */
void docker_op_refuse(struct docker_op *op, enum status status);

void docker_name(const struct docker_port *port, uint64_t token, struct strbuf *out);

/* An argument of a query: percent-encoded. */
void docker_escape(struct strbuf *out, const char *text);

/* "filters={...}": the containers of this port, and more conditions ("type":["container"]), or "".
 */
void docker_filters(const struct docker_port *port, const char *label_key, const char *more,
                    struct strbuf *out);

/* The image that an app means; NULL when there is none. */
const char *docker_image(const struct docker_port *port, const char *image);

/* Tells the listener on a later turn, and after the answer of a start of that token under way. */
void docker_exited(struct docker_port *port, uint64_t token, int32_t exit_code, bool out_of_memory);

enum { DOCKER_ASK_SECONDS = 60 }; /* a guess: a loaded engine takes seconds for a start */

extern env_containers_pull_fn docker_pull;
extern env_containers_start_fn docker_start;
extern env_containers_stop_fn docker_stop;
extern env_containers_remove_fn docker_remove;
extern env_containers_list_fn docker_list;
extern env_containers_inspect_fn docker_inspect;
extern env_containers_exec_fn docker_exec;
extern env_containers_listen_fn docker_listen;
extern env_containers_volumes_fn docker_volumes;
extern env_containers_remove_volume_fn docker_remove_volume;

/* start.c: whether a start of that token is under way; it tells of the exit after its answer then.
 */
bool docker_start_holds(struct docker_port *port, uint64_t token, int32_t exit_code,
                        bool out_of_memory);

void docker_events_close(struct docker_port *port); /* when the port goes */

#endif

/*
 * platform/env/containers.h - the containers port: what the platform asks of a container engine.
 *
 * Behind it: platform/backends/docker/ (Docker Engine API 1.41) and fakes/containers/;
 *            tests/peers/test_containers.c holds both to the words below.
 * Calling:   nothing blocks; done() comes exactly once, and never before the call returns.
 * Memory:    ops are the caller's until done(). Specs are copied at the call.
 * Tokens:    chosen by the caller, never 0; a token names its container ever after, and a repeated
 *            start with the same token is the same start.
 * Errors:    ST_NOT_FOUND image or container, ST_INVALID spec or command, ST_DENIED registry login,
 *            ST_FAILED the engine said no. Worth a retry: ST_THROTTLED, ST_UNAVAILABLE, ST_TIMEOUT.
 */
#ifndef PLATFORM_ENV_CONTAINERS_H
#define PLATFORM_ENV_CONTAINERS_H

#include "platform/env/op.h"

enum { CONTAINER_CPU_MILLI_MAX = 512 * 1000 }; /* a limit of ours: 512 cores */

struct container_pair {
    const char *key;
    const char *value;
};

struct container_port {
    uint16_t container_port;
    uint16_t host_port; /* 0: not published */
    bool     udp;
};

/*
 * A folder of the host, or one of the parts of a volume that the caller has named: it is made when
 * it is not there yet, outlives its containers, and goes by remove_volume alone.
 */
struct container_volume {
    const char *container_path;
    const char *host_path; /* NULL: a part of the volume below */
    bool        read_only;
    uint8_t     part;   /* from 1 */
    uint64_t    volume; /* > 0 */
    int64_t     bytes;  /* what it is expected to hold; engines may let it grow beyond */
};

enum container_network { CONTAINER_HOST, CONTAINER_BRIDGE, CONTAINER_OWN_ADDRESS };

struct container_spec {
    uint64_t                       token; /* > 0 */
    /* "name:tag"; NULL or "": the backend's plain shell image */
    const char                    *image;
    /* run through /bin/sh -c; NULL: args or the image's own */
    const char                    *shell;
    const char *const             *args;
    uint32_t                       args_count;
    const struct container_pair   *env;
    uint32_t                       env_count;
    const struct container_pair   *labels;
    uint32_t                       labels_count;
    const struct container_port   *ports; /* host network: host_port = what the app listens on */
    uint32_t                       ports_count;
    const struct container_volume *volumes;
    uint32_t                       volumes_count;
    enum container_network         network;
    /* thousandths of a core, 1..CONTAINER_CPU_MILLI_MAX */
    int32_t                        cpu_milli;
    int64_t                        mem_bytes; /* hard limit, > 0 */
    uint16_t                       gpu_mask;  /* bit i: it may use GPU i of the machine */
    uint16_t                       gpu_milli; /* a share of it; 0: whole ones */
    bool                           privileged;
    const char                    *user; /* NULL: the image's own */
};

enum container_state { CONTAINER_CREATED, CONTAINER_RUNNING, CONTAINER_EXITED };
#define CONTAINER_STATE_COUNT (CONTAINER_EXITED + 1)

struct container_info {
    uint64_t                     token;
    enum container_state         state;
    int32_t                      exit_code; /* when exited; 128 + signal when killed by one */
    bool                         out_of_memory;
    uint32_t                     ipv4; /* its own address, host byte order; 0 when it has none */
    const char                  *image;
    const struct container_pair *labels;
    uint32_t                     labels_count;
};

/* Makes the image present. */
struct env_containers_pull {
    struct env_op op;
    const char   *image;
    bool          force; /* ask the registry even when the image is present */
};

struct env_containers_start {
    struct env_op                op;
    const struct container_spec *spec;     /* borrowed during the call only */
    uint32_t                     ret_ipv4; /* as container_info.ipv4 */
};

/*
 * stop: SIGTERM, then SIGKILL after grace_ns; done when the process has ended. kill: signal only.
 */
struct env_containers_stop {
    struct env_op op;
    uint64_t      token;
    int64_t       grace_ns; /* >= 0 */
};

/* Removes the container, running or not. Absent is ST_OK. */
struct env_containers_remove {
    struct env_op op;
    uint64_t      token;
};

/* All containers, running or not, that carry the label key, in order of token. */
struct env_containers_list {
    struct env_op op;
    const char   *label_key;
    /* once a container, before done(); info is valid during the call */
    void (*row)(struct env_containers_list *list, const struct container_info *info);
};

/* The volumes that callers have named and that are there, each once, in order. */
struct env_containers_volumes {
    struct env_op op;
    /* once a volume, before done() */
    void (*row)(struct env_containers_volumes *volumes, uint64_t volume);
};

/*
 * Removes a volume with all its parts, and what they hold. Absent is ST_OK. ST_FAILED: a container,
 * running or not, mounts it; nothing is removed then.
 */
struct env_containers_remove_volume {
    struct env_op op;
    uint64_t      volume;
};

struct env_containers_inspect {
    struct env_op         op;
    uint64_t              token;
    struct container_info ret; /* pointers valid in done() only */
};

/* Runs a shell command inside; ST_OK whatever its exit code. ST_TIMEOUT after timeout_ns. */
struct env_containers_exec {
    struct env_op op;
    uint64_t      token;
    const char   *shell;
    int64_t       timeout_ns;
    int32_t       ret_exit_code;
};

/* The exits of containers of this engine, each at least once, also those that stop() caused.
 * out_of_memory is what the engine knows by then: Docker may learn it a moment after the exit. */
struct env_containers_listener;
typedef void env_containers_exited_fn(struct env_containers_listener *listener, uint64_t token,
                                      int32_t exit_code, bool out_of_memory);
struct env_containers_listener {
    env_containers_exited_fn *exited;
};

struct env_containers {
    const struct env_containers_ops *ops;
};

typedef void env_containers_pull_fn(struct env_containers *, struct env_containers_pull *);
typedef void env_containers_start_fn(struct env_containers *, struct env_containers_start *);
typedef void env_containers_stop_fn(struct env_containers *, struct env_containers_stop *);
typedef void env_containers_remove_fn(struct env_containers *, struct env_containers_remove *);
typedef void env_containers_list_fn(struct env_containers *, struct env_containers_list *);
typedef void env_containers_volumes_fn(struct env_containers *, struct env_containers_volumes *);
typedef void env_containers_remove_volume_fn(struct env_containers *,
                                             struct env_containers_remove_volume *);
typedef void env_containers_inspect_fn(struct env_containers *, struct env_containers_inspect *);
typedef void env_containers_exec_fn(struct env_containers *, struct env_containers_exec *);
typedef void env_containers_listen_fn(struct env_containers *, struct env_containers_listener *);

struct env_containers_ops {
    const char                *name;
    env_containers_pull_fn    *pull;
    env_containers_start_fn   *start;
    env_containers_stop_fn    *stop;
    env_containers_remove_fn  *remove;
    env_containers_list_fn    *list;
    env_containers_inspect_fn *inspect;
    env_containers_exec_fn    *exec;
    env_containers_listen_fn  *listen;
    env_containers_volumes_fn *volumes;
    env_containers_remove_volume_fn *remove_volume;
};

/* The seam: preconditions are checked here, once, whatever stands behind it. */
static inline void
env_containers_pull(struct env_containers *port, struct env_containers_pull *pull)
{
    ASSERT(pull->image != NULL);
    env_op_begin(&pull->op);
    port->ops->pull(port, pull);
    env_op_begun(&pull->op);
}

static inline void
env_containers_start(struct env_containers *port, struct env_containers_start *start)
{
    ASSERT(start->spec->token > 0);
    ASSERT(start->spec->cpu_milli > 0 && start->spec->cpu_milli <= CONTAINER_CPU_MILLI_MAX);
    ASSERT(start->spec->mem_bytes > 0);
    env_op_begin(&start->op);
    port->ops->start(port, start);
    env_op_begun(&start->op);
}

static inline void
env_containers_stop(struct env_containers *port, struct env_containers_stop *stop)
{
    ASSERT(stop->token > 0);
    ASSERT(stop->grace_ns >= 0);
    env_op_begin(&stop->op);
    port->ops->stop(port, stop);
    env_op_begun(&stop->op);
}

static inline void
env_containers_remove(struct env_containers *port, struct env_containers_remove *remove)
{
    ASSERT(remove->token > 0);
    env_op_begin(&remove->op);
    port->ops->remove(port, remove);
    env_op_begun(&remove->op);
}

static inline void
env_containers_list(struct env_containers *port, struct env_containers_list *list)
{
    ASSERT(list->row != NULL);
    ASSERT(list->label_key != NULL);
    env_op_begin(&list->op);
    port->ops->list(port, list);
    env_op_begun(&list->op);
}

static inline void
env_containers_volumes(struct env_containers *port, struct env_containers_volumes *volumes)
{
    ASSERT(volumes->row != NULL);
    env_op_begin(&volumes->op);
    port->ops->volumes(port, volumes);
    env_op_begun(&volumes->op);
}

static inline void
env_containers_remove_volume(struct env_containers *port,
                             struct env_containers_remove_volume *remove)
{
    ASSERT(remove->volume > 0);
    env_op_begin(&remove->op);
    port->ops->remove_volume(port, remove);
    env_op_begun(&remove->op);
}

static inline void
env_containers_inspect(struct env_containers *port, struct env_containers_inspect *inspect)
{
    ASSERT(inspect->token > 0);
    env_op_begin(&inspect->op);
    port->ops->inspect(port, inspect);
    env_op_begun(&inspect->op);
}

static inline void
env_containers_exec(struct env_containers *port, struct env_containers_exec *exec)
{
    ASSERT(exec->token > 0);
    ASSERT(exec->timeout_ns > 0);
    env_op_begin(&exec->op);
    port->ops->exec(port, exec);
    env_op_begun(&exec->op);
}

static inline void
env_containers_listen(struct env_containers *port, struct env_containers_listener *listener)
{
    ASSERT(listener->exited != NULL);
    port->ops->listen(port, listener);
}

#endif

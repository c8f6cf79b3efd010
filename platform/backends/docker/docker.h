/*
 * platform/backends/docker/docker.h - the containers port on a Docker Engine (API 1.41).
 *
 * Calling:  docker_port_open for each agent; the port goes with the process.
 * Labels:   every container carries AGENT_CONTAINER_LABEL = run_id, DOCKER_LABEL_AGENT = agent and
 *           DOCKER_LABEL_TOKEN = token, and is called rehearsal-<run_id>-<token>. A port sees and
 *           touches those of its own run and agent, and no others: agents may share an engine.
 *           Named volumes carry the same labels, and DOCKER_LABEL_VOLUME instead of the token.
 * Refused:  privileged containers and volumes of the host are ST_DENIED unless the options allow
 * it. Limits:   the engine wants 6 MiB and a hundredth of a core at the least; what is below is
 * raised. Source:   Docker Engine API 1.41, and what Engine 20.10 was seen to answer.
 */
#ifndef PLATFORM_BACKENDS_DOCKER_DOCKER_H
#define PLATFORM_BACKENDS_DOCKER_DOCKER_H

#include "platform/backends/loop/loop.h"

#define DOCKER_SOCKET_DEFAULT "/var/run/docker.sock"
#define DOCKER_LABEL_AGENT    "rehearsal.agent"
#define DOCKER_LABEL_TOKEN    "rehearsal.token"
#define DOCKER_LABEL_VOLUME   "rehearsal.volume"

struct docker_options {
    const char *socket_path;   /* NULL: DOCKER_SOCKET_DEFAULT. All texts are copied */
    const char *run_id;        /* letters, digits, '_', '.', '-'; at most DOCKER_RUN_ID_MAX */
    const char *agent;         /* the same grammar */
    const char *default_image; /* for an app without one; NULL: such an app is ST_INVALID */
    bool allow_privileged;
    bool allow_host_volumes;
};

enum { DOCKER_RUN_ID_MAX = 64 };

/* ST_INVALID a run_id or agent outside the grammar. */
enum status docker_port_open(struct real_process *process, const struct docker_options *options,
                             struct env_containers **ret_port, struct error *err) MUST_USE;

/* --- blocking, for the command line before and after a run; socket_path NULL: the default --- */

/* Whether an engine answers there. err is one line that says what to start. */
enum status docker_backend_ping(const char *socket_path, struct error *err) MUST_USE;

/* Removes every container of a run, and then every volume, whoever its agent was. */
enum status docker_backend_sweep(const char *socket_path, const char *run_id,
                                 uint32_t *ret_removed_count, struct error *err) MUST_USE;

#endif

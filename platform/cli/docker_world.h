/*
 * platform/cli/docker_world.h - the real world of a docker run: every process of the platform in
 * this program, on one loop, with an env each. Private to platform/cli/run_docker.c and docker_*.c.
 */
#ifndef PLATFORM_CLI_DOCKER_WORLD_H
#define PLATFORM_CLI_DOCKER_WORLD_H

#include "platform/backends/dns/dns_server.h"
#include "platform/backends/haproxy/haproxy.h"
#include "platform/backends/load/load.h"
#include "platform/backends/loop/loop.h"
#include "platform/backends/sqlite/store.h"
#include "platform/env/process.h"
#include "platform/model/config.h"
#include "sim/run.h"

struct docker_world;

/* One process of the platform, up or down. */
struct docker_process {
    struct docker_world       *world; /* borrowed */
    const struct process_kind *kind;  /* NULL: the client */
    env_address                address;
    const void                *config; /* in the world's arena */
    uint32_t                   node;   /* index into nodes; UINT32_MAX: none */
    struct real_process       *real;   /* NULL while it is down */
    struct process            *process;
    uv_timer_t                 restart;
    bool                       restart_open;
};

struct docker_node {
    uint32_t               index;
    const char            *name;
    const char            *zone;
    const char            *role;
    const char            *group;
    const char            *type;
    int32_t                cpu_milli;
    int64_t                mem_bytes;
    struct docker_process  agent;
    struct env_containers *hand; /* an engine port of the scenario's own, to kill tasks with */
};

/* A line of traffic: the load generator knows no instants of the scenario. */
struct docker_traffic {
    int64_t rate_microhertz; /* wanted, while between from and until */
    bool    begun;
    bool    ended;
};

enum { DOCKER_NODES_MAX = 32 }; /* a limit of ours: they share one machine */

struct docker_world {
    const struct scenario *scenario; /* borrowed */
    struct arena          *arena;    /* borrowed */
    const char            *socket_path;
    const char            *run_id;
    const char            *state_dir; /* absolute */
    bool                   allow_privileged;
    bool                   allow_host_volumes;
    bool                   dns_wanted;
    uint16_t               dns_number; /* wanted, 0: any; then the one that it is */
    struct dns_server     *dns;        /* NULL: nobody asked for it */
    struct real_loop      *loop;
    struct sqlite_store   *store;
    struct haproxy        *haproxy;
    struct load           *load;
    uint16_t               http_port; /* each of HAProxy's is another one */
    uint16_t               https_port;
    uint16_t               mesh_port;
    struct docker_process  master;
    struct docker_process  edge;
    struct docker_process  client;
    struct docker_node     nodes[DOCKER_NODES_MAX];
    uint32_t               nodes_count;
    struct docker_traffic *traffic; /* by line, in the arena */
    struct docker_servers *servers; /* owned */
    struct run             run;
    bool                   run_open; /* run_init was called */
    bool                   over;
    bool                   haproxy_gone;
    bool                   dns_gone;
    bool                   load_gone;
};

extern const struct world_ops world_ops_docker;

/* Opens everything; ST_UNAVAILABLE with one line that says what to start. */
enum status docker_world_open(struct docker_world *world, struct error *err) MUST_USE;
/* Until the run is over, or stop() answers true. */
void docker_world_play(struct docker_world *world, bool (*stop)(void));
void docker_world_close(struct docker_world *world);

/* docker_traffic.c */
/* Says on standard error what of the traffic cannot be made for real; true when all can. */
bool        docker_traffic_can(const struct scenario *scenario, const char *file);
enum status docker_traffic_open(struct docker_world *world, struct error *err) MUST_USE;
void        docker_traffic_steer(struct docker_world *world); /* every turn */

/* docker_servers.c: what containers got is told to the results */
void docker_servers_open(struct docker_world *world);
void docker_servers_steer(struct docker_world *world); /* every turn */
void docker_servers_close(struct docker_world *world); /* after HAProxy; half-made is fine */

enum status docker_process_start(struct docker_process *process, struct error *err) MUST_USE;
void        docker_process_kill(struct docker_process *process);
void        docker_process_restart(struct docker_process *process, int64_t delay_ns);

#endif

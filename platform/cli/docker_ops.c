/*
 * platform/cli/docker_ops.c - what a scenario may do to the real world: struct world_ops' other
 * half.
 */
#include <string.h>

#include "platform/base/memory.h"
#include "platform/cli/docker_world.h"

#define DOCKER_AGENT_RESTART_NS SEC(2)

static struct env *
docker_client_env(void *context)
{
    struct docker_world *world = context;
    return &world->client.real->env;
}

static uint32_t
docker_nodes(void *context, struct world_node_view *views, uint32_t views_max)
{
    struct docker_world *world = context;
    for (uint32_t i = 0; i < world->nodes_count && i < views_max; i++) {
        const struct docker_node *node = &world->nodes[i];
        views[i] = (struct world_node_view){ .index = node->index,
                                             .name = node->name,
                                             .zone = node->zone,
                                             .role = node->role,
                                             .up = true,
                                             .reachable = true,
                                             .group = node->group,
                                             .type = node->type,
                                             .cpu_milli = node->cpu_milli,
                                             .mem_bytes = node->mem_bytes };
    }
    return world->nodes_count;
}

/* One kill on its way to the engine. */
struct docker_kill {
    struct env_containers_stop stop;
};

static void
docker_killed(struct env_op *op)
{
    memory_free(container_of(op, struct docker_kill, stop.op));
}

static enum status
docker_kill_task(void *context, uint64_t task, struct error *err)
{
    struct docker_world *world = context;
    const struct book_task *book = books_task_find(&world->run.books, task);
    if (book == NULL || book->node == 0 || book->node > world->nodes_count) {
        return error_set(err, ST_NOT_FOUND, "task %llu has no running container",
                         (unsigned long long)task);
    }
    struct docker_kill *kill = memory_alloc_zero(1, sizeof *kill);
    kill->stop.op.done = docker_killed;
    kill->stop.token = task;
    kill->stop.grace_ns = 0;
    env_containers_stop(world->nodes[book->node - 1].hand, &kill->stop);
    return ST_OK;
}

static enum status
docker_refuse(struct error *err, const char *what)
{
    return error_set(err, ST_UNSUPPORTED, "%s cannot be done to this machine", what);
}

static enum status
docker_kill_node(void *context, uint32_t node, struct error *err)
{
    (void)context;
    (void)node;
    return docker_refuse(err, "kill-node");
}

static enum status
docker_start_node(void *context, uint32_t node, struct error *err)
{
    (void)context;
    (void)node;
    return docker_refuse(err, "start-node");
}

static enum status
docker_restart_agent(void *context, uint32_t node, struct error *err)
{
    struct docker_world *world = context;
    if (node >= world->nodes_count) {
        return error_set(err, ST_NOT_FOUND, "no node with index %u", node);
    }
    docker_process_restart(&world->nodes[node].agent, DOCKER_AGENT_RESTART_NS);
    return ST_OK;
}

static enum status
docker_restart_master(void *context, int64_t down_ns, struct error *err)
{
    (void)err;
    struct docker_world *world = context;
    docker_process_restart(&world->master, down_ns);
    return ST_OK;
}

static enum status
docker_partition(void *context, const uint32_t *nodes, uint32_t count, bool on, struct error *err)
{
    (void)context;
    (void)nodes;
    (void)count;
    (void)on;
    return docker_refuse(err, "partition");
}

static enum status
docker_set_traffic(void *context, uint32_t line, int64_t rate_microhertz, struct error *err)
{
    (void)err;
    struct docker_world *world = context;
    struct docker_traffic *traffic = &world->traffic[line];
    traffic->rate_microhertz = rate_microhertz;
    if (traffic->begun && !traffic->ended) {
        load_set_rate(world->load, line, rate_microhertz);
    }
    return ST_OK;
}

static enum status
docker_set_clients(void *context, uint32_t line, uint32_t clients, struct error *err)
{
    struct docker_world *world = context;
    if (clients > LOAD_IN_FLIGHT_MAX) {
        return error_set(err, ST_NO_CAPACITY, "a real backend has at most %d clients",
                         LOAD_IN_FLIGHT_MAX);
    }
    load_set_clients(world->load, line, clients);
    return ST_OK;
}

static uint64_t
docker_requests_open(void *context)
{
    const struct docker_world *world = context;
    return load_in_flight(world->load);
}

const struct world_ops world_ops_docker = {
    .name = "docker",
    .client_env = docker_client_env,
    .nodes = docker_nodes,
    .kill_task = docker_kill_task,
    .kill_node = docker_kill_node,
    .start_node = docker_start_node,
    .restart_agent = docker_restart_agent,
    .restart_master = docker_restart_master,
    .partition = docker_partition,
    .set_traffic = docker_set_traffic,
    .set_clients = docker_set_clients,
    .requests_open = docker_requests_open,
};

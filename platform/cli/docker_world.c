/* platform/cli/docker_world.c - the real world of a docker run: opened, played, closed. */
#include "platform/cli/docker_world.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "fakes/cloud/instance_types.h"
#include "platform/backends/docker/docker.h"
#include "platform/cli/free_port.h"
#include "platform/gateway/gateway.h"

/* Host ports of the nodes: they share one machine, so each has a range of its own. Ours. */
enum { DOCKER_PORTS_FIRST = 20000, DOCKER_PORTS_EACH = 300 };

#define DOCKER_LOOPBACK UINT32_C(0x7F000001) /* 127.0.0.1 */
#define DOCKER_BOUND_NS HOUR(24 * 365)

static void
docker_journal(void *context, env_address process, const struct env_event *event)
{
    struct docker_world *world = context;
    run_event(&world->run, process, event);
}

static void
docker_run_finished(struct run *run, void *context)
{
    (void)run;
    struct docker_world *world = context;
    world->over = true;
}

static void
docker_agent_config(struct docker_world *world, struct docker_node *node)
{
    const struct instance_type *type = instance_type_find(node->type);
    struct agent_config *config = ARENA_NEW(world->arena, struct agent_config);
    const uint32_t first = DOCKER_PORTS_FIRST + node->index * DOCKER_PORTS_EACH;
    *config = (struct agent_config){
        .master = env_address_of(ENV_PROCESS_MASTER, 0),
        .heartbeat_ns = world->scenario->heartbeat_ns,
        .status_resend_ns = SEC(10),
        .status_resend_max_ns = MIN(10),
        .run_id = world->run_id,
        .mesh = arena_printf(world->arena, "127.0.0.1:%u", (unsigned)world->mesh_port),
        .node = { .index = node->index,
                  .hostname = node->name,
                  .region = world->scenario->region,
                  .zone = node->zone,
                  .role = node->role,
                  .attributes = "",
                  .ipv4 = DOCKER_LOOPBACK,
                  .cpu_milli = type->cpu_milli,
                  .mem_bytes = type->mem_bytes,
                  .disk_bytes = type->disk_bytes,
                  .port_ranges_count = 1,
                  .ports[0] = { .first = (uint16_t)first,
                                .last = (uint16_t)(first + DOCKER_PORTS_EACH - 1) } },
    };
    node->cpu_milli = type->cpu_milli;
    node->mem_bytes = type->mem_bytes;
    node->agent = (struct docker_process){ .world = world,
                                           .kind = &agent_process,
                                           .address = env_address_of(ENV_PROCESS_AGENT,
                                                                     node->index),
                                           .config = config,
                                           .node = node->index };
}

/* The groups' first machines, all of them this one. */
static enum status
docker_make_nodes(struct docker_world *world, struct error *err)
{
    const struct scenario *scenario = world->scenario;
    for (uint32_t g = 0; g < scenario->groups_count; g++) {
        const struct scenario_group *group = &scenario->groups[g];
        for (uint32_t i = 0; i < group->min; i++) {
            if (world->nodes_count == DOCKER_NODES_MAX) {
                return error_set(err, ST_NO_CAPACITY,
                                 "a docker run plays at most %d nodes on this machine",
                                 DOCKER_NODES_MAX);
            }
            struct docker_node *node = &world->nodes[world->nodes_count];
            node->index = world->nodes_count++;
            node->name = arena_printf(world->arena, "%s-%u", group->name, i + 1);
            node->zone = scenario->zones_count > 0 ? scenario->zones[i % scenario->zones_count]
                                                   : "";
            node->role = group->role;
            node->group = group->name;
            node->type = group->type;
            docker_agent_config(world, node);
        }
    }
    return ST_OK;
}

static void
docker_describe_processes(struct docker_world *world)
{
    struct edge_config *edge = ARENA_NEW(world->arena, struct edge_config);
    *edge = (struct edge_config){ .gateway = &gateway_format,
                                  .node = 0,
                                  .master = env_address_of(ENV_PROCESS_MASTER, 0),
                                  .report_ns = SEC(5),
                                  .poll_ns = MS(100) };
    struct master_config *master = ARENA_NEW(world->arena, struct master_config);
    *master = world->scenario->master;
    master->mesh = true; /* HAProxy has one, so every app that has a port is in it */
    world->master = (struct docker_process){ .world = world,
                                             .kind = &master_process,
                                             .address = env_address_of(ENV_PROCESS_MASTER, 0),
                                             .config = master,
                                             .node = UINT32_MAX };
    world->edge = (struct docker_process){ .world = world,
                                           .kind = &edge_process,
                                           .address = env_address_of(ENV_PROCESS_EDGE, 0),
                                           .config = edge,
                                           .node = UINT32_MAX };
    world->client = (struct docker_process){ .world = world,
                                             .address = env_address_of(ENV_PROCESS_CLIENT, 0),
                                             .node = UINT32_MAX };
}

static enum status
docker_start_processes(struct docker_world *world, struct error *err)
{
    enum status status = docker_process_start(&world->client, err);
    if (status == ST_OK) {
        run_init(&world->run, world->scenario, &world_ops_docker, world, world->arena);
        world->run_open = true;
        world->run.finished = docker_run_finished;
        world->run.finished_context = world;
        status = docker_process_start(&world->master, err);
    }
    if (status == ST_OK) {
        status = docker_process_start(&world->edge, err);
    }
    for (uint32_t i = 0; status == ST_OK && i < world->nodes_count; i++) {
        struct docker_node *node = &world->nodes[i];
        status = docker_process_start(&node->agent, err);
        if (status == ST_OK) {
            const struct docker_options options = { .socket_path = world->socket_path,
                                                    .run_id = world->run_id,
                                                    .agent = node->name };
            status = docker_port_open(world->client.real, &options, &node->hand, err);
        }
    }
    return status;
}

/* Only when asked for: a port of this machine that others may want. */
static enum status
docker_open_dns(struct docker_world *world, struct error *err)
{
    if (!world->dns_wanted) {
        return ST_OK;
    }
    const enum status status =
        dns_server_open(&world->loop->uv, world->dns_number, &world->dns, err);
    if (status == ST_OK) {
        world->dns_number = dns_server_number(world->dns);
        (void)fprintf(stderr, "DNS questions are answered at 127.0.0.1:%u\n",
                      (unsigned)world->dns_number);
    }
    return status;
}

enum status
docker_world_open(struct docker_world *world, struct error *err)
{
    const struct real_loop_options options = { .journal = docker_journal,
                                               .journal_context = world };
    const char *db = arena_printf(world->arena, "%s/store.db", world->state_dir);
    world->http_port = free_port();
    world->https_port = free_port();
    world->mesh_port = free_port();
    enum status status = docker_make_nodes(world, err);
    docker_describe_processes(world);
    if (status == ST_OK) {
        status = real_loop_open(&options, &world->loop, err);
    }
    if (status == ST_OK) {
        status = sqlite_store_open(world->loop, db, &world->store, err);
    }
    if (status == ST_OK) {
        const struct haproxy_options proxy = { .dir = world->state_dir,
                                               .http_port = world->http_port,
                                               .https_port = world->https_port,
                                               .mesh_port = world->mesh_port };
        status = haproxy_open(&world->loop->uv, &proxy, &world->haproxy, err);
    }
    if (status == ST_OK) {
        status = docker_open_dns(world, err);
    }
    if (status == ST_OK) {
        status = docker_traffic_open(world, err);
    }
    return status == ST_OK ? docker_start_processes(world, err) : status;
}

struct docker_turn {
    struct docker_world *world;
    bool (*stop)(void);
};

static bool
docker_is_over(void *context)
{
    struct docker_turn *turn = context;
    docker_traffic_steer(turn->world);
    docker_servers_steer(turn->world);
    if (turn->stop() && !turn->world->run.stop_asked) {
        turn->world->run.stop_asked = true;
        return true;
    }
    return turn->world->over;
}

static bool
docker_load_is_quiet(void *context)
{
    const struct docker_world *world = context;
    return load_in_flight(world->load) == 0;
}

/* Containers are still there when the verdict is given; then no request may be on its way. */
void
docker_world_play(struct docker_world *world, bool (*stop)(void))
{
    struct docker_turn turn = { .world = world, .stop = stop };
    docker_servers_open(world);
    load_start(world->load);
    run_start(&world->run);
    (void)real_loop_run_until(world->loop, docker_is_over, &turn, DOCKER_BOUND_NS);
    load_stop(world->load);
    (void)real_loop_run_until(world->loop, docker_load_is_quiet, world, SEC(5));
    world->run.results.simulated_ns = run_at_ns(&world->run);
}

static void
docker_haproxy_closed(void *context)
{
    ((struct docker_world *)context)->haproxy_gone = true;
}

static void
docker_load_closed(void *context)
{
    ((struct docker_world *)context)->load_gone = true;
}

static void
docker_dns_closed(void *context)
{
    ((struct docker_world *)context)->dns_gone = true;
}

static bool
docker_is_closed(void *context)
{
    const struct docker_world *world = context;
    return (world->haproxy == NULL || world->haproxy_gone) &&
           (world->load == NULL || world->load_gone) && (world->dns == NULL || world->dns_gone);
}

static void
docker_process_end(struct docker_process *process)
{
    docker_process_kill(process);
    if (process->restart_open) {
        uv_close((uv_handle_t *)&process->restart, NULL);
        process->restart_open = false;
    }
}

void
docker_world_close(struct docker_world *world)
{
    struct error err = { "" };
    uint32_t removed = 0;
    if (world->run_open) {
        run_fini(&world->run);
    }
    for (uint32_t i = 0; i < world->nodes_count; i++) {
        docker_process_end(&world->nodes[i].agent);
    }
    docker_process_end(&world->edge);
    docker_process_end(&world->master);
    docker_process_end(&world->client);
    if (world->load != NULL) {
        load_close(world->load, docker_load_closed, world);
    }
    if (world->haproxy != NULL) {
        haproxy_close(world->haproxy, docker_haproxy_closed, world);
    }
    if (world->dns != NULL) {
        dns_server_close(world->dns, docker_dns_closed, world);
    }
    if (world->loop != NULL) {
        (void)real_loop_run_until(world->loop, docker_is_closed, world, SEC(15));
        sqlite_store_close(world->store);
        real_loop_close(world->loop);
    }
    docker_servers_close(world);
    if (docker_backend_sweep(world->socket_path, world->run_id, &removed, &err) != ST_OK) {
        (void)fprintf(stderr, "rehearse: containers of run %s may be left: %s\n", world->run_id,
                      err.text);
    }
}

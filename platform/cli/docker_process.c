/*
 * platform/cli/docker_process.c - processes of the platform in a docker run: born, killed,
 * restarted.
 */
#include <stdio.h>

#include "platform/backends/docker/docker.h"
#include "platform/backends/probe/probe.h"
#include "platform/cli/docker_world.h"

/* The ports that only some kinds of processes get. */
static enum status
docker_process_ports(struct docker_process *process, struct error *err)
{
    struct docker_world *world = process->world;
    struct env *env = &process->real->env;
    if (process->kind == &master_process) {
        env->store = sqlite_store_port(world->store, process->real);
        env->names = world->dns != NULL ? dns_server_port(world->dns) : NULL;
    } else if (process->kind == &edge_process) {
        env->proxy = haproxy_port(world->haproxy);
        haproxy_drop_with(world->haproxy, &process->real->scope);
    } else if (process->kind == &agent_process) {
        const struct docker_options options = {
            .socket_path = world->socket_path,
            .run_id = world->run_id,
            .agent = world->nodes[process->node].name,
            .allow_privileged = world->allow_privileged,
            .allow_host_volumes = world->allow_host_volumes,
            .default_image = "rehearsal/shell:1",
        };
        const enum status status =
            docker_port_open(process->real, &options, &env->containers, err);
        if (status != ST_OK) {
            return status;
        }
        env->probe = probe_port_open(process->real, env->containers);
    }
    return ST_OK;
}

enum status
docker_process_start(struct docker_process *process, struct error *err)
{
    ASSERT(process->real == NULL);
    process->real = real_process_open(process->world->loop, process->address);
    const enum status status = docker_process_ports(process, err);
    if (status != ST_OK) {
        real_process_close(process->real);
        process->real = NULL;
        return status;
    }
    if (process->kind != NULL) {
        process->process = process->kind->open(&process->real->env, process->config);
    }
    return ST_OK;
}

void
docker_process_kill(struct docker_process *process)
{
    if (process->restart_open) {
        (void)uv_timer_stop(&process->restart);
    }
    if (process->real == NULL) {
        return;
    }
    if (process->process != NULL) {
        process->kind->close(process->process);
        process->process = NULL;
    }
    real_process_close(process->real);
    process->real = NULL;
}

static void
docker_process_again(uv_timer_t *timer)
{
    struct docker_process *process = timer->data;
    struct error err = { "" };
    if (process->real == NULL && docker_process_start(process, &err) != ST_OK) {
        (void)fprintf(stderr, "rehearse: cannot start a process again: %s\n", err.text);
    }
}

void
docker_process_restart(struct docker_process *process, int64_t delay_ns)
{
    docker_process_kill(process);
    if (!process->restart_open) {
        (void)uv_timer_init(&process->world->loop->uv, &process->restart);
        process->restart.data = process;
        process->restart_open = true;
    }
    (void)uv_timer_start(&process->restart, docker_process_again,
                         (uint64_t)(delay_ns / NS_PER_MS), 0);
}

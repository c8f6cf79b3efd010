/*
 * sim/world_processes.c - processes of the platform in the simulated world: born, killed,
 * restarted.
 */
#include <string.h>

#include "platform/base/memory.h"
#include "sim/world.h"

env_address
world_process_address(const struct world_process *process)
{
    return process->address;
}

uint32_t
world_process_node(const struct world_process *process)
{
    return process->node;
}

bool
world_process_alive(const struct world_process *process)
{
    return process->alive;
}

struct fake_net *
world_process_net(struct world_process *process)
{
    return &process->net;
}

struct world_process *
world_process_find(struct world *world, env_address address)
{
    const uint32_t kind = address >> 24;
    const uint32_t index = env_address_index(address);
    if (kind >= ENV_PROCESS_KIND_COUNT || index >= world->by_address[kind].count) {
        return NULL;
    }
    return ((struct world_process **)world->by_address[kind].items)[index];
}

struct world_process *
world_process_add(struct world *world, const struct process_kind *kind, env_address address,
                  uint32_t node, const void *config)
{
    struct world_process *process = ARENA_NEW(&world->arena, struct world_process);
    process->world = world;
    process->kind = kind;
    process->address = address;
    process->node = node;
    process->config = config;
    *(struct world_process **)vec_push(&world->processes) = process;
    struct vec *same = &world->by_address[env_address_kind(address)];
    while (same->count <= env_address_index(address)) {
        (void)vec_push(same);
    }
    *(struct world_process **)vec_at(same, env_address_index(address)) = process;
    return process;
}

static struct arena *
world_process_arena(struct world_process *process)
{
    if (process->arena == NULL) {
        process->arena = memory_alloc(sizeof *process->arena);
        arena_init(process->arena, process->world->options.poison);
    }
    return process->arena;
}

void
world_process_fini(struct world_process *process)
{
    if (process->arena != NULL) {
        arena_fini(process->arena);
        memory_free(process->arena);
    }
}

/* The ports that only some kinds of processes get. */
static void
world_process_ports(struct world_process *process)
{
    struct world *world = process->world;
    struct env *env = &process->env;
    if (process->kind == &master_process) {
        struct arena *arena = world_process_arena(process);
        struct fake_store_port *store = ARENA_NEW(arena, struct fake_store_port);
        fake_store_port_init(store, world->store, process);
        env->store = &store->port;
        ASSERT(world->cloud != NULL);
        struct fake_cloud_port *cloud = ARENA_NEW(arena, struct fake_cloud_port);
        fake_cloud_port_init(cloud, world->cloud, process);
        env->cloud = &cloud->port;
    } else if (process->kind == &agent_process) {
        struct fake_engine *engine = world_node_at(world, process->node)->engine;
        fake_containers_init(&process->containers, engine, process);
        env->containers = &process->containers.port;
        fake_probe_init(&process->probe, world, process);
        fake_probe_set_engine(&process->probe, engine);
        env->probe = &process->probe.port;
    } else if (process->kind == &edge_process) {
        struct arena *arena = world_process_arena(process);
        struct fake_proxy_port *proxy = ARENA_NEW(arena, struct fake_proxy_port);
        fake_proxy_port_init(proxy, world_node_at(world, process->node)->proxy, process);
        env->proxy = &proxy->base;
    }
}

void
world_process_start(struct world_process *process)
{
    struct world *world = process->world;
    ASSERT(!process->alive);
    fake_clock_init(&process->clock, world, process);
    fake_random_init(&process->random, world, process, process->incarnation);
    fake_net_init(&process->net, &world->network, process);
    fake_journal_init(&process->journal, world, process);
    process->env = (struct env){ .clock = &process->clock.port,
                                 .random = &process->random.port,
                                 .net = &process->net.port,
                                 .journal = &process->journal.port,
                                 .memory_poison = world->options.poison };
    world_process_ports(process);
    if (world->scenario->plant != NULL && process->kind != NULL) {
        const struct plant *plant = plant_find(world->scenario->plant);
        ASSERT(plant != NULL); /* the scenario was checked */
        plant->wrap(&process->env, world_process_arena(process));
    }
    process->alive = true;
    world_tell(world, &(struct world_fact){ .kind = WORLD_PROCESS_STARTED,
                                            .node = process->node,
                                            .address = process->address });
    if (process->kind != NULL) {
        process->process = process->kind->open(&process->env, process->config);
    }
}

void
world_process_kill(struct world_process *process)
{
    struct world *world = process->world;
    world_cancel(world, process->restart);
    process->restart = 0;
    if (!process->alive) {
        return;
    }
    process->alive = false;
    process->net.receiver = NULL;
    process->kind->close(process->process);
    process->process = NULL;
    process->incarnation++; /* from here on nothing it had pending happens */
    if (process->arena != NULL) {
        arena_reset(process->arena);
    }
    if (process->kind == &master_process) {
        fake_store_crash(world->store);
    }
    world_tell(world, &(struct world_fact){ .kind = WORLD_PROCESS_DIED,
                                            .node = process->node,
                                            .address = process->address });
}

static void
world_process_again(struct world *world, void *context, uint64_t argument)
{
    (void)argument;
    struct world_process *process = context;
    process->restart = 0;
    if (!process->alive && world_node_up(world, process->node)) {
        world_process_start(process);
    }
}

void
world_process_restart(struct world_process *process, int64_t delay_ns)
{
    world_process_kill(process);
    process->restart = world_at(process->world, world_now(process->world) + delay_ns,
                                WORLD_CLASS_FAULT, NULL, world_process_again, process, 0);
}

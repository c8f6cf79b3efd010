/* sim/world_ops.c - what a scenario may do to the simulated world: struct world_ops' fake half. */
#include "fakes/cloud/instance_types.h"
#include "sim/world.h"

#define WORLD_AGENT_RESTART_NS SEC(2) /* a supervisor starts it again: a guess */

static struct env *
ops_client_env(void *context)
{
    struct world *world = context;
    return &world->client->env;
}

static uint32_t
ops_nodes(void *context, struct world_node_view *views, uint32_t views_max)
{
    struct world *world = context;
    const uint32_t master_island = world_place_at(world, 0)->island;
    uint32_t count = 0;
    for (uint32_t i = 1; i < world->nodes.count; i++) { /* 0 is the master's own */
        const struct world_node *node = world_node_at(world, i);
        const struct world_place *place = world_place_at(world, i);
        const struct instance_type *type = node->machine;
        if (count < views_max) {
            views[count] = (struct world_node_view){
                .index = node->index,
                .name = node->name,
                .zone = node->zone,
                .role = node->role,
                .up = place->up,
                .ended = node->ended,
                .reachable = place->up && place->island == master_island,
                .group = node->group,
                .type = type != NULL ? type->name : "",
                .cpu_milli = type != NULL ? type->cpu_milli : 0,
                .gpus = type != NULL ? type->gpus : 0,
                .mem_bytes = type != NULL ? type->mem_bytes : 0,
                .disk_bytes = type != NULL ? type->disk_bytes : 0,
                .cost_microusd_hour = type != NULL ? type->cost_microusd_hour : 0,
            };
        }
        count++;
    }
    return count;
}

static uint64_t
ops_nodes_version(void *context)
{
    const struct world *world = context;
    return world->nodes_changes + 1;
}

static struct world_node *
ops_node(struct world *world, uint32_t index, struct error *err)
{
    if (index == 0 || index >= world->nodes.count) {
        (void)error_set(err, ST_NOT_FOUND, "no node with index %u", index);
        return NULL;
    }
    return world_node_at(world, index);
}

static enum status
ops_kill_task(void *context, uint64_t task, struct error *err)
{
    struct world *world = context;
    const struct book_task *book = books_task_find(&world->run.books, task);
    struct world_node *node =
        book != NULL && book->node > 0 ? ops_node(world, book->node - 1, err) : NULL;
    if (node == NULL || !fake_engine_crash(node->engine, task)) {
        return error_set(err, ST_NOT_FOUND, "task %llu has no running container",
                         (unsigned long long)task);
    }
    return ST_OK;
}

static enum status
ops_slow_task(void *context, uint64_t task, double factor, bool begins, struct error *err)
{
    struct world *world = context;
    const struct book_task *book = books_task_find(&world->run.books, task);
    struct world_node *node =
        book != NULL && book->node > 0 ? ops_node(world, book->node - 1, err) : NULL;
    const struct fake_container *container =
        node != NULL ? fake_engine_find(node->engine, task) : NULL;
    if (container == NULL || container->state != CONTAINER_RUNNING) {
        return error_set(err, ST_NOT_FOUND, "task %llu has no running container",
                         (unsigned long long)task);
    }
    if (!fake_engine_slow(node->engine, task, factor, begins)) {
        return begins ? error_set(err, ST_NO_CAPACITY, "task %llu is slowed down %d times already",
                                  (unsigned long long)task, (int)FAKE_CONTAINER_SLOW_MAX)
                      : error_set(err, ST_NOT_FOUND, "task %llu is not slowed down like that",
                                  (unsigned long long)task);
    }
    return ST_OK;
}

static enum status
ops_kill_node(void *context, uint32_t index, struct error *err)
{
    struct world_node *node = ops_node(context, index, err);
    if (node == NULL) {
        return ST_NOT_FOUND;
    }
    fake_cloud_fail(node->agent->world->cloud, node->instance);
    world_node_power_off(node);
    return ST_OK;
}

static enum status
ops_start_node(void *context, uint32_t index, struct error *err)
{
    struct world_node *node = ops_node(context, index, err);
    if (node == NULL) {
        return ST_NOT_FOUND;
    }
    fake_cloud_recover(node->agent->world->cloud, node->instance);
    world_node_power_on(node);
    return ST_OK;
}

static enum status
ops_restart_agent(void *context, uint32_t index, struct error *err)
{
    struct world      *world = context;
    struct world_node *node = ops_node(world, index, err);
    if (node == NULL || !world_node_up(world, index)) {
        return error_set(err, ST_NOT_FOUND, "node %u is not up", index);
    }
    world_process_restart(node->agent, WORLD_AGENT_RESTART_NS);
    return ST_OK;
}

static enum status
ops_restart_master(void *context, int64_t down_ns, struct error *err)
{
    (void)err;
    struct world *world = context;
    world_process_restart(world->master, down_ns);
    return ST_OK;
}

static enum status
ops_partition(void *context, const uint32_t *nodes, uint32_t count, bool on, struct error *err)
{
    struct world *world = context;
    for (uint32_t i = 0; i < count; i++) {
        struct world_node *node = ops_node(world, nodes[i], err);
        if (node == NULL) {
            return ST_NOT_FOUND;
        }
        world_node_place(world, node)->island = on ? nodes[0] + 1 : 0;
        world->map_changes++;
        world->nodes_changes++;
    }
    return ST_OK;
}

static enum status
ops_set_traffic(void *context, uint32_t line, int64_t rate_microhertz, struct error *err)
{
    (void)err;
    struct world *world = context;
    traffic_set_rate(world->traffic, line, rate_microhertz);
    return ST_OK;
}

static void
ops_stop_traffic(void *context)
{
    struct world *world = context;
    traffic_stop(world->traffic);
}

static enum status
ops_set_clients(void *context, uint32_t line, uint32_t clients, struct error *err)
{
    (void)err;
    struct world *world = context;
    traffic_set_clients(world->traffic, line, clients);
    return ST_OK;
}

static void
ops_ledger(void *context, uint32_t line, struct traffic_ledger *ret)
{
    const struct world *world = context;
    traffic_ledger(world->traffic, line, ret);
}

static void
ops_tell_servers(void *context)
{
    struct world *world = context;
    fake_datapath_servers_tell(world->datapath);
}

static void
ops_watch(void *context, uint64_t token)
{
    struct world *world = context;
    const struct book_task *book = books_task_find(&world->run.books, token);
    if (book != NULL && book->node > 0) {
        (void)fake_engine_watch(world_node_at(world, book->node - 1)->engine, token, true);
    }
}

static uint64_t
ops_requests_open(void *context)
{
    const struct world *world = context;
    return traffic_open_count(world->traffic);
}

const struct world_ops world_ops_fake = {
    .name = "fake",
    .client_env = ops_client_env,
    .nodes = ops_nodes,
    .nodes_version = ops_nodes_version,
    .kill_task = ops_kill_task,
    .slow_task = ops_slow_task,
    .kill_node = ops_kill_node,
    .start_node = ops_start_node,
    .restart_agent = ops_restart_agent,
    .restart_master = ops_restart_master,
    .partition = ops_partition,
    .set_traffic = ops_set_traffic,
    .set_clients = ops_set_clients,
    .ledger = ops_ledger,
    .tell_servers = ops_tell_servers,
    .watch = ops_watch,
    .stop_traffic = ops_stop_traffic,
    .requests_open = ops_requests_open,
};

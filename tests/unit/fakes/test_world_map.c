/* tests/unit/fakes/test_world_map.c - the small world: machines, listeners, and what is told. */
#include "tests/unit/fakes/test_world.h"

#include <stdio.h>
#include <string.h>

#include "fakes/containers/behavior.h"

void
test_world_set_node(struct world *world, uint32_t node, bool up)
{
    world->node_down[node] = !up;
    world->map_changes++;
}

void
test_world_set_cut(struct world *world, uint32_t a, uint32_t b, bool on)
{
    world->cut[a][b] = on;
    world->cut[b][a] = on;
    world->map_changes++;
}

bool
world_node_up(const struct world *world, uint32_t node)
{
    return node < TEST_WORLD_NODES_MAX && !world->node_down[node];
}

bool
world_reaches(const struct world *world, uint32_t from, uint32_t to)
{
    if (from == NODE_NONE || to == NODE_NONE) {
        return from == to || world_node_up(world, from == NODE_NONE ? to : from);
    }
    return world_node_up(world, from) && world_node_up(world, to) && !world->cut[from][to];
}

uint32_t
world_node_of_ipv4(const struct world *world, uint32_t ipv4)
{
    const uint32_t found = map64_get(&world->ipv4_nodes, ipv4);
    return found == 0 ? NODE_NONE : found - 1;
}

uint32_t
world_node_ipv4(const struct world *world, uint32_t node)
{
    (void)world;
    return test_world_ipv4(node);
}

void
world_own_ipv4(struct world *world, uint32_t ipv4, uint32_t node)
{
    map64_put(&world->ipv4_nodes, ipv4, node + 1);
    world->map_changes++;
}

/* --- who listens where --- */

void
world_listen(struct world *world, uint32_t ipv4, uint16_t port, struct world_service *service)
{
    const uint64_t key = (uint64_t)ipv4 << 16 | port;
    ASSERT(map64_get(&world->listens, key) == 0);
    *(struct world_service **)vec_push(&world->services) = service;
    map64_put(&world->listens, key, world->services.count);
    world->map_changes++;
}

void
world_unlisten(struct world *world, uint32_t ipv4, uint16_t port)
{
    map64_remove(&world->listens, (uint64_t)ipv4 << 16 | port);
    world->map_changes++;
}

enum world_connect
world_connect_again(struct world *world, uint32_t from_node, uint32_t ipv4, uint16_t port,
                    struct world_known *known)
{
    return world_connect(world, from_node, ipv4, port, &known->service);
}

enum world_connect
world_connect(struct world *world, uint32_t from_node, uint32_t ipv4, uint16_t port,
              struct world_service **ret_service)
{
    const uint32_t node = world_node_of_ipv4(world, ipv4);
    if (node == NODE_NONE || !world_reaches(world, from_node, node)) {
        return WORLD_UNREACHABLE;
    }
    uint32_t found = map64_get(&world->listens, (uint64_t)ipv4 << 16 | port);
    if (found == 0) {
        found = map64_get(&world->listens, (uint64_t)ipv4 << 16 | WORLD_ANY_PORT);
    }
    if (found == 0) {
        return WORLD_REFUSED;
    }
    *ret_service = *(struct world_service **)vec_at(&world->services, found - 1);
    return WORLD_CONNECTED;
}

void
test_world_set_behavior(struct world *world, const struct behavior *behavior)
{
    ASSERT(world->behaviors_count < TEST_WORLD_BEHAVIORS_MAX);
    world->behaviors[world->behaviors_count++] = *behavior;
}

const struct behavior *
world_behavior(const struct world *world, const char *image)
{
    for (uint32_t i = 0; i < world->behaviors_count; i++) {
        if (strcmp(world->behaviors[i].image, image) == 0) {
            return &world->behaviors[i];
        }
    }
    return &behavior_default;
}

/* --- what is told --- */

void
world_trace_call(struct world *world, const struct world_process *process, const char *op,
                 uint64_t a, uint64_t b)
{
    (void)process;
    struct test_call *call = vec_push(&world->calls);
    snprintf(call->op, sizeof call->op, "%s", op);
    call->a = a;
    call->b = b;
}

void
world_trace_answer(struct world *world, const struct world_process *process, const char *op,
                   uint64_t a, enum status status)
{
    (void)process;
    struct test_call *call = vec_push(&world->calls);
    snprintf(call->op, sizeof call->op, "%s", op);
    call->a = a;
    call->status = status;
    call->is_answer = true;
}

void
world_journal(struct world *world, const struct world_process *process,
              const struct env_event *event)
{
    (void)process;
    struct test_line *line = vec_push(&world->lines);
    line->event = *event;
    line->event.app = "";
    line->event.text = "";
    snprintf(line->app, sizeof line->app, "%s", event->app);
    snprintf(line->text, sizeof line->text, "%s", event->text);
}

void
world_tell(struct world *world, const struct world_fact *fact)
{
    *(struct world_fact *)vec_push(&world->facts) = *fact;
}

uint32_t
test_world_count_facts(const struct world *world, enum world_fact_kind kind)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < world->facts.count; i++) {
        const struct world_fact *fact = vec_at(&world->facts, i);
        count += fact->kind == kind;
    }
    return count;
}

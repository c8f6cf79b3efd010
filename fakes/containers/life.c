/*
 * fakes/containers/life.c - the life of one container: created, running, listening, ended.
 *
 * What happens belongs to the engine, not to the agent that asked for it: it happens whether or not
 * that agent still lives.
 */
#include <string.h>

#include "fakes/containers/labels.h"
#include "fakes/containers/runs.h"
#include "fakes/containers/volumes.h"
#include "platform/base/memory.h"
#include "platform/base/record.h"

/* Own addresses are 9.x.y.z: x.y is the node, z the container. A limit of ours. */
enum { LIFE_OWN_NODES_MAX = 65536, LIFE_OWN_ADDRESSES_MAX = 254 };
#define LIFE_OWN_NETWORK UINT32_C(0x09000000)

/* Exit codes as a shell reports them: 128 + signal. */
enum { LIFE_EXIT_TERM = 143, LIFE_EXIT_KILL = 137, LIFE_EXIT_ADDRESS_TAKEN = 1 };

/* What a container draws depends on its token alone, not on what else happens on its node. */
enum life_salt { LIFE_SALT_START = 1, LIFE_SALT_STOP, LIFE_SALT_LIFETIME };

static int64_t
life_draw_ns(const struct fake_container *container, const struct dist *dist, enum life_salt salt)
{
    struct rng rng;
    world_stream(container->engine->world, container->engine->node, "container", &rng);
    rng.key = hash_step(hash_step(rng.key, container->token), salt);
    return dist_draw_ns(dist, &rng);
}

static void
life_tell(const struct fake_container *container, enum world_fact_kind kind)
{
    const struct world_fact fact = { .kind = kind,
                                     .node = container->engine->node,
                                     .token = container->token,
                                     .ipv4 = container->ipv4,
                                     .cpu_milli = container->cpu_milli,
                                     .gpu_mask = container->gpu_mask,
                                     .gpu_milli = container->gpu_milli,
                                     .mem_bytes = container->mem_bytes,
                                     .value = container->exit_code };
    world_tell(container->engine->world, &fact);
}

/* The listener is told a little later, unless its process dies before. */
static void
life_exit_event(struct world *world, void *context, uint64_t argument)
{
    (void)world;
    struct fake_engine *engine = context;
    const struct fake_container *container = engine_get(engine, argument);
    if (engine->listener != NULL) {
        engine->listener->exited(engine->listener, argument,
                                 container != NULL ? container->exit_code : LIFE_EXIT_KILL,
                                 container != NULL && container->out_of_memory);
    }
}

void
life_halt(struct fake_container *container)
{
    struct world *world = container->engine->world;
    world_cancel(world, container->step_event);
    world_cancel(world, container->end_event);
    container->step_event = 0;
    container->end_event = 0;
    container->starting = false;
    container->stopping = false;
}

void
life_end(struct fake_container *container, int32_t exit_code)
{
    struct fake_engine *engine = container->engine;
    ASSERT(container->state == CONTAINER_RUNNING);
    life_halt(container);
    if (container->listening) {
        container->listening = false;
        if (container->instance != NULL) {
            instance_end(engine->world, container->instance);
        }
    }
    container->state = CONTAINER_EXITED;
    container->exit_code = exit_code;
    life_tell(container, WORLD_CONTAINER_ENDED);
    if (engine->listener != NULL && world_process_alive(engine->process)) {
        const int64_t given_ns = engine->options->event_ns;
        (void)world_at(engine->world,
                       world_now(engine->world) +
                           (given_ns > 0 ? given_ns : FAKE_CONTAINERS_EVENT_NS),
                       WORLD_CLASS_ANSWER, engine->process, life_exit_event, engine,
                       container->token);
    }
}

static void
life_exits(struct world *world, void *context, uint64_t argument)
{
    (void)world;
    struct fake_container *container = context;
    container->end_event = 0;
    life_end(container, (int32_t)argument);
}

static bool
life_addresses_are_free(const struct fake_container *container)
{
    for (uint32_t i = 0; i < container->addresses_count; i++) {
        struct world_service *service = NULL;
        if (world_connect(container->engine->world, container->engine->node,
                          container->addresses[i].ipv4, container->addresses[i].port,
                          &service) == WORLD_CONNECTED) {
            return false;
        }
    }
    return true;
}

void
life_set_slow(struct fake_container *container)
{
    double factor = 1;
    for (uint32_t i = 0; i < container->slow_count; i++) {
        factor *= container->slow_factors[i];
    }
    if (container->instance != NULL) {
        instance_set_slow(container->instance, factor);
    }
}

static void
life_listens(struct world *world, void *context, uint64_t argument)
{
    (void)argument;
    struct fake_container *container = context;
    container->step_event = 0;
    if (!life_addresses_are_free(container)) {
        life_end(container, LIFE_EXIT_ADDRESS_TAKEN);
        return;
    }
    container->listening = true;
    if (container->addresses_count == 0) {
        return; /* nobody can reach it */
    }
    container->instance = memory_alloc_zero(1, sizeof *container->instance);
    instance_init(container->instance, world, container->token, container->engine->node,
                  container->behavior);
    container->instance->service.watched = container->watched;
    life_set_slow(container);
    instance_listen(world, container->instance, container->addresses, container->addresses_count);
}

/* Until it exits by itself; negative: never. */
static int64_t
life_lifetime_ns(const struct fake_container *container)
{
    const struct behavior *behavior = container->behavior;
    if (container->run > 0 && container->run <= behavior->runs_count) {
        return behavior->runs_ns[container->run - 1];
    }
    return behavior->crashes ? life_draw_ns(container, &behavior->lifetime, LIFE_SALT_LIFETIME)
                             : -1;
}

/* Its process runs; it listens once that has started up. */
static void
life_begin(struct fake_container *container, int64_t start_ns)
{
    struct world *world = container->engine->world;
    const struct behavior *behavior = container->behavior;
    const int64_t now_ns = world_now(world);
    container->starting = false;
    container->state = CONTAINER_RUNNING;
    life_tell(container, WORLD_CONTAINER_STARTED);
    volumes_run(container->engine, container->token);
    container->step_event = world_at(world, now_ns + start_ns, WORLD_CLASS_ANSWER, NULL,
                                     life_listens, container, 0);
    const int64_t lifetime_ns = life_lifetime_ns(container);
    if (lifetime_ns >= 0 && !container->stopping) {
        container->end_event =
            world_at(world, now_ns + lifetime_ns, WORLD_CLASS_ANSWER, NULL, life_exits, container,
                     (uint64_t)behavior->exit_code);
    }
}

static void
life_runs(struct world *world, void *context, uint64_t argument)
{
    (void)world;
    (void)argument;
    struct fake_container *container = context;
    life_begin(container,
               life_draw_ns(container, &container->behavior->start, LIFE_SALT_START));
}

/* A bridge refuses a host port that another container of the engine has. */
static bool
life_port_is_taken(const struct fake_container *container)
{
    const struct fake_engine *engine = container->engine;
    for (uint32_t i = 0; i < engine->containers.count && container->addresses_count > 0; i++) {
        const struct fake_container *other = engine->containers.entries[i].item;
        if (other == container || other->network != CONTAINER_BRIDGE ||
            (other->state != CONTAINER_RUNNING && !other->starting)) {
            continue;
        }
        const uint32_t pairs = (uint32_t)other->addresses_count * container->addresses_count;
        for (uint32_t a = 0; a < pairs; a++) {
            if (other->addresses[a / container->addresses_count].port ==
                container->addresses[a % container->addresses_count].port) {
                return true;
            }
        }
    }
    return false;
}

enum status
life_start(struct fake_container *container, int64_t latency_ns)
{
    struct world *world = container->engine->world;
    ASSERT(container->state == CONTAINER_CREATED && !container->starting);
    if (container->network == CONTAINER_BRIDGE && life_port_is_taken(container)) {
        return ST_FAILED;
    }
    container->starting = true;
    container->running_at_ns = world_now(world) + latency_ns;
    container->step_event = world_at(world, container->running_at_ns, WORLD_CLASS_ANSWER, NULL,
                                     life_runs, container, 0);
    return ST_OK;
}

enum status
life_adopt(struct fake_container *container)
{
    ASSERT(container->state == CONTAINER_CREATED && !container->starting);
    const bool is_bridge = container->network == CONTAINER_BRIDGE;
    if ((is_bridge && life_port_is_taken(container)) || !life_addresses_are_free(container)) {
        return ST_FAILED;
    }
    container->running_at_ns = world_now(container->engine->world);
    life_begin(container, 0);
    return ST_OK;
}

void
life_stop(struct fake_container *container, int64_t grace_ns)
{
    struct world *world = container->engine->world;
    ASSERT(container->state == CONTAINER_RUNNING || container->starting);
    const int64_t from_ns = container->starting ? container->running_at_ns : world_now(world);
    const int64_t own_ns = life_draw_ns(container, &container->behavior->stop, LIFE_SALT_STOP);
    const bool is_killed = own_ns > grace_ns;
    const int64_t end_at_ns = from_ns + int64_min(own_ns, grace_ns);
    if (container->stopping && container->end_at_ns <= end_at_ns) {
        return; /* an earlier stop ends it sooner */
    }
    world_cancel(world, container->end_event);
    container->stopping = true;
    container->end_at_ns = end_at_ns;
    container->end_event =
        world_at(world, end_at_ns, WORLD_CLASS_ANSWER, NULL, life_exits, container,
                 is_killed ? LIFE_EXIT_KILL : LIFE_EXIT_TERM);
}

static bool
life_own_is_used(const struct fake_engine *engine, uint32_t ipv4)
{
    for (uint32_t i = 0; i < engine->containers.count; i++) {
        const struct fake_container *other = engine->containers.entries[i].item;
        if (other->ipv4 == ipv4) {
            return true;
        }
    }
    return false;
}

/* 0 when none is left. */
static uint32_t
life_own_address(struct fake_engine *engine)
{
    for (uint32_t tries = 0; tries < LIFE_OWN_ADDRESSES_MAX && engine->node < LIFE_OWN_NODES_MAX;
         tries++) {
        engine->own_next = (uint8_t)(engine->own_next % LIFE_OWN_ADDRESSES_MAX + 1);
        const uint32_t ipv4 = LIFE_OWN_NETWORK | engine->node << 8 | engine->own_next;
        if (!life_own_is_used(engine, ipv4)) {
            world_own_ipv4(engine->world, ipv4, engine->node);
            return ipv4;
        }
    }
    return 0;
}

static bool
life_has_port(const struct fake_container *container, uint16_t port)
{
    for (uint32_t i = 0; i < container->addresses_count; i++) {
        if (container->addresses[i].port == port) {
            return true;
        }
    }
    return false;
}

static void
life_fill_addresses(struct fake_container *container, const struct container_spec *spec)
{
    const struct fake_engine *engine = container->engine;
    const bool has_own = spec->network == CONTAINER_OWN_ADDRESS;
    const uint32_t ipv4 = has_own ? container->ipv4 : world_node_ipv4(engine->world, engine->node);
    for (uint32_t i = 0; i < spec->ports_count; i++) {
        const struct container_port *port = &spec->ports[i];
        const uint16_t number = has_own ? port->container_port : port->host_port;
        if (number > 0 && !port->udp && !life_has_port(container, number)) {
            container->addresses[container->addresses_count++] =
                (struct instance_address){ .ipv4 = ipv4, .port = number };
        }
    }
    /* a port that nobody declared answers as well: an image listens where it likes */
    if (has_own) {
        container->addresses[container->addresses_count++] =
            (struct instance_address){ .ipv4 = ipv4, .port = WORLD_ANY_PORT };
    }
}

enum status
life_create(struct fake_engine *engine, const struct container_spec *spec,
            struct fake_container **ret_container)
{
    const char *image = engine_image_name(engine, spec->image);
    uint32_t ipv4 = 0;
    if (image == NULL) {
        return ST_NOT_FOUND;
    }
    if (spec->network != CONTAINER_HOST) {
        ipv4 = life_own_address(engine);
        if (ipv4 == 0 && spec->network == CONTAINER_OWN_ADDRESS) {
            return ST_NO_CAPACITY; /* in a bridge nobody outside asks for it */
        }
    }
    const uint32_t addresses_max =
        spec->ports_count + (spec->network == CONTAINER_OWN_ADDRESS ? 1 : 0);
    const size_t addresses_bytes = addresses_max * sizeof(struct instance_address);
    struct arena scratch;
    arena_init(&scratch, world_poison(engine->world));
    const uint8_t *labels = NULL;
    const size_t labels_bytes = labels_pack(engine, spec, &scratch, &labels);
    struct fake_container *container =
        memory_alloc_zero(1, sizeof *container + addresses_bytes + labels_bytes);
    container->token = spec->token;
    container->engine = engine;
    container->behavior = world_behavior(engine->world, image);
    container->run = runs_number(container->behavior, spec);
    container->state = CONTAINER_CREATED;
    container->network = spec->network;
    container->ipv4 = ipv4;
    container->cpu_milli = spec->cpu_milli;
    container->mem_bytes = spec->mem_bytes;
    container->gpu_mask = spec->gpu_mask;
    container->gpu_milli = spec->gpu_milli;
    container->image = image;
    container->labels = (uint8_t *)container->addresses + addresses_bytes;
    container->labels_count = (uint16_t)spec->labels_count;
    memcpy(container->labels, labels, labels_bytes);
    arena_fini(&scratch);
    life_fill_addresses(container, spec);
    engine_insert(engine, container);
    volumes_create(engine, spec);
    *ret_container = container;
    return ST_OK;
}

void
life_remove(struct fake_container *container)
{
    if (container->state == CONTAINER_RUNNING) {
        life_end(container, LIFE_EXIT_KILL);
    }
    life_halt(container);
    life_tell(container, WORLD_CONTAINER_REMOVED);
    volumes_unmount(container->engine, container->token);
    engine_remove(container->engine, container);
}

void
life_free(struct fake_container *container)
{
    if (container->instance != NULL) {
        instance_forget(container->instance);
    }
    memory_free(container->instance);
    memory_free(container->slow_factors);
    memory_free(container);
}

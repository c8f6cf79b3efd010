/*
 * tests/peers/peer_fake.c - the simulated half: an engine, a store and a probe of fakes/, on node 0
 * of the smallest world that fakes can live in.
 */
#include "tests/peers/peers.h"

#include "fakes/clock/clock.h"
#include "fakes/containers/behavior.h"
#include "fakes/containers/containers.h"
#include "fakes/probe/probe.h"
#include "fakes/store/store.h"
#include "platform/base/memory.h"
#include "tests/unit/fakes/test_world.h"

struct peer_world {
    struct world *world;
    struct world_process *process;
    struct fake_engine *engine;
    struct fake_store *store;
    struct fake_clock clock;
    struct fake_containers containers;
    struct fake_store_port store_port;
    struct fake_probe probe;
    struct env env;
    struct container_port port;
};

static const char *const images[] = {
    [PEER_APP_STAYS] = "peer/stays:1",     [PEER_APP_STUBBORN] = "peer/stubborn:1",
    [PEER_APP_EXITS] = "peer/exits:1",     [PEER_APP_WEB] = "peer/web:1",
    [PEER_APP_MISSING] = "peer/missing:1",
};

static void
fake_behaviors(struct world *world)
{
    for (enum peer_app app = PEER_APP_STAYS; app <= PEER_APP_MISSING; app++) {
        struct behavior behavior = behavior_default;
        behavior.image = images[app];
        behavior.start = (struct dist){.kind = DIST_CONSTANT};
        switch (app) {
        case PEER_APP_STAYS:
        case PEER_APP_WEB:
            break;
        case PEER_APP_STUBBORN:
            behavior.stop.a_ns = HOUR(1);
            break;
        case PEER_APP_EXITS:
            behavior.crashes = true;
            behavior.exit_code = PEER_EXIT_CODE;
            behavior.lifetime.a_ns = MS(300);
            break;
        case PEER_APP_MISSING:
            behavior.missing = true;
            break;
        }
        test_world_set_behavior(world, &behavior);
    }
}

static void
fake_born(struct peer *peer)
{
    struct peer_world *half = peer->world;
    half->process = test_world_process(half->world, env_address_of(ENV_PROCESS_AGENT, 0), 0);
    fake_clock_init(&half->clock, half->world, half->process);
    fake_containers_init(&half->containers, half->engine, half->process);
    fake_store_port_init(&half->store_port, half->store, half->process);
    fake_probe_init(&half->probe, half->world, half->process);
    fake_probe_set_engine(&half->probe, half->engine);
    half->env = (struct env){.clock = &half->clock.port,
                             .containers = &half->containers.port,
                             .store = &half->store_port.port,
                             .probe = &half->probe.port};
    peer->env = &half->env;
}

/* As images.sh does for the real engine: they are there before the test begins. */
static void
fake_pull_images(struct peer *peer)
{
    for (enum peer_app app = PEER_APP_STAYS; app < PEER_APP_MISSING; app++) {
        struct env_containers_pull pull = {.op.done = peer_done, .image = images[app]};
        env_containers_pull(peer->env->containers, &pull);
        cr_assert(peer_wait(peer, &pull.op) == ST_OK);
    }
}

static const struct fake_store_options no_faults = {0};

static void
fake_open(struct peer *peer)
{
    struct peer_world *half = memory_alloc_zero(1, sizeof *half);
    peer->world = half;
    half->world = test_world_open(1);
    half->engine = fake_engine_open(half->world, 0, NULL);
    half->store = fake_store_open(half->world, &no_faults);
    peer->host_ipv4 = test_world_ipv4(0);
    peer->port = 31000;
    peer->port_closed = 31999;
    fake_behaviors(half->world);
    fake_born(peer);
    fake_pull_images(peer);
}

static void
fake_close(struct peer *peer)
{
    struct peer_world *half = peer->world;
    test_world_process_die(half->world, half->process);
    fake_store_close(half->store);
    fake_engine_close(half->engine);
    test_world_close(half->world);
    memory_free(half);
}

static void
fake_restart(struct peer *peer)
{
    struct peer_world *half = peer->world;
    test_world_process_die(half->world, half->process);
    fake_store_crash(half->store);
    fake_born(peer);
}

static void
fake_spec(struct peer *peer, enum peer_app app, struct container_spec *ret_spec)
{
    ret_spec->image = images[app];
    if (app == PEER_APP_WEB) {
        peer->world->port = (struct container_port){.container_port = 80, .host_port = peer->port};
        ret_spec->ports = &peer->world->port;
        ret_spec->ports_count = 1;
    }
}

static bool
fake_run_until(struct peer *peer, bool (*done)(void *context), void *context, int64_t bound_ns)
{
    struct world *world = peer->world->world;
    const int64_t end_ns = world_now(world) + bound_ns;
    while (!done(context) && world_now(world) < end_ns) {
        if (!test_world_step(world)) {
            test_world_run_until(world, end_ns);
        }
    }
    return done(context);
}

const struct peer_half peer_half_fake = {
    .open = fake_open,
    .close = fake_close,
    .restart = fake_restart,
    .spec = fake_spec,
    .run_until = fake_run_until,
};

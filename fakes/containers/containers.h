/*
 * fakes/containers/containers.h - a modelled container engine, one on each node.
 *
 * Engine:  outlives the agents that use it, and its node's power: containers of a node that lost
 *          its power have exited with 137, its images are still there.
 * Port:    what one life of an agent gets: fake_containers_init before each start of the process.
 * Model:   an image behaves as world_behavior() says; nothing of a command is interpreted.
 * Where:   a container listens, behavior.start after its process runs: on the host network and in a
 *          bridge at the node's address and its host ports, with an address of its own at that
 *          address and its container ports. An address that is taken makes it exit with 1.
 */
#ifndef FAKES_CONTAINERS_CONTAINERS_H
#define FAKES_CONTAINERS_CONTAINERS_H

#include "fakes/containers/instance.h"
#include "fakes/containers/options.h"
#include "platform/base/vec.h"
#include "platform/env/containers.h"

struct fake_engine; /* opaque */

enum { FAKE_CONTAINER_SLOW_MAX = 8 }; /* that may last at one time; a limit of ours */

/* One container as the engine knows it. Read only. */
struct fake_container {
    uint64_t               token;
    struct fake_engine    *engine; /* borrowed */
    const struct behavior *behavior;
    int64_t                mem_bytes;
    int32_t                cpu_milli;
    uint32_t               ipv4; /* its own, 0: none */
    int32_t                exit_code;
    enum container_state   state : 8;
    enum container_network network : 8;
    bool                   out_of_memory;
    bool                   starting;  /* created, and its process runs at running_at_ns */
    bool                   stopping;  /* SIGTERM was sent, or will be when it runs */
    bool                   listening; /* it has started up, and runs */
    bool                   watched;
    uint16_t               gpu_mask;
    uint16_t               gpu_milli; /* 0: whole ones */
    uint8_t                slow_count;
    uint16_t               labels_count;
    uint16_t               addresses_count;
    uint32_t               run; /* of an app that runs its tasks once; 0: none */
    int64_t                running_at_ns;
    int64_t                end_at_ns; /* while stopping: when it will have ended */
    world_event            step_event;
    world_event            end_event;
    const char            *image;  /* borrowed from the engine's images; "" for the plain shell */
    uint8_t               *labels; /* behind the addresses; labels.h */
    double                *slow_factors; /* owned: FAKE_CONTAINER_SLOW_MAX; NULL: it never was */
    struct instance       *instance; /* owned; NULL: it has not listened, or has no address */
    struct instance_address addresses[];
};

/* options: borrowed, may be NULL, shared by many engines. */
struct fake_engine *fake_engine_open(struct world *world, uint32_t node,
                                     const struct fake_containers_options *options);
void                fake_engine_close(struct fake_engine *engine); /* NULL: nothing */

void fake_engine_power_off(struct fake_engine *engine);
void fake_engine_power_on(struct fake_engine *engine);

const struct fake_container *fake_engine_find(const struct fake_engine *engine, uint64_t token);

/*
 * A container that was there before the world began: its image is present, it runs and listens now.
 * An image that exits by itself has its whole life before it. ST_FAILED: a port of it is taken;
 * ST_NO_CAPACITY: no address is left for it.
 */
enum status fake_engine_adopt(struct fake_engine *engine,
                              const struct container_spec *spec) MUST_USE;

/* Its process dies with 137. False when no such container runs. */
bool fake_engine_crash(struct fake_engine *engine, uint64_t token);

/* From now on a request that arrives there is told (WORLD_REQUEST_WATCHED). False: not there. */
bool fake_engine_watch(struct fake_engine *engine, uint64_t token, bool watched);

/* Its service times take factor times as long, until the same factor ends: several multiply. False:
 * it does not run; FAKE_CONTAINER_SLOW_MAX last already; or none like that lasts. */
bool fake_engine_slow(struct fake_engine *engine, uint64_t token, double factor, bool begins);

/* All containers, running or not, in order of token. */
uint32_t                     fake_engine_count(const struct fake_engine *engine);
const struct fake_container *fake_engine_at(const struct fake_engine *engine, uint32_t index);

/* Whether a command inside it would succeed: it runs, listens and is not unhealthy. */
bool fake_engine_is_well(const struct fake_engine *engine, uint64_t token);

struct fake_containers {
    struct env_containers port;

    /* private */
    struct fake_engine   *engine;  /* borrowed */
    struct world_process *process; /* borrowed */
};

/* An earlier life's listener hears nothing any more. */
void fake_containers_init(struct fake_containers *containers, struct fake_engine *engine,
                          struct world_process *process);

#endif

/*
 * fakes/random/random.h - the random port of a simulated process: streams of (seed, node, name).
 */
#ifndef FAKES_RANDOM_RANDOM_H
#define FAKES_RANDOM_RANDOM_H

#include "fakes/world.h"
#include "platform/env/random.h"

struct fake_random {
    struct env_random     port;
    struct world         *world;   /* borrowed */
    env_address           address; /* of its process */
    uint32_t              start;   /* how often the process has started: no stream is drawn twice */
};

void fake_random_init(struct fake_random *random, struct world *world,
                      struct world_process *process, uint32_t start);

#endif

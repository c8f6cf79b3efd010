/*
 * fakes/probe/probe.h - the probe port of a simulated agent: answers come from the app's behaviour.
 *
 * HTTP and TCP go to whoever listens at the address asked for; 200 is well, 500 is not. A command
 * runs in the container of the engine given (fake_probe_set_engine) and ends with 0 when that is
 * well; without an engine the container is looked for at the address and port of the question.
 */
#ifndef FAKES_PROBE_PROBE_H
#define FAKES_PROBE_PROBE_H

#include "fakes/containers/containers.h"
#include "fakes/probe/options.h"
#include "fakes/world.h"
#include "platform/env/probe.h"

struct fake_probe {
    struct env_probe port;

    /* private */
    struct world                    *world;   /* borrowed */
    struct world_process            *process; /* borrowed */
    const struct fake_engine        *engine;  /* borrowed; NULL: none */
    const struct fake_probe_options *options; /* borrowed; NULL: no faults */
    struct rng                       rng;     /* faults */
};

void fake_probe_init(struct fake_probe *probe, struct world *world, struct world_process *process);

/* Both may be called after the init, or not at all. */
void fake_probe_set_engine(struct fake_probe *probe, const struct fake_engine *engine);
void fake_probe_set_options(struct fake_probe *probe, const struct fake_probe_options *options);

#endif

/*
 * fakes/clock/clock.h - the clock port of a simulated process: simulated time, timers in its queue.
 */
#ifndef FAKES_CLOCK_CLOCK_H
#define FAKES_CLOCK_CLOCK_H

#include "fakes/world.h"
#include "platform/env/clock.h"

struct fake_clock {
    struct env_clock      port;
    struct world         *world;   /* borrowed */
    struct world_process *process; /* borrowed */
};

void fake_clock_init(struct fake_clock *clock, struct world *world, struct world_process *process);

#endif

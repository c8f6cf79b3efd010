/*
 * fakes/plants/plants.h - known bugs for negative scenarios: decorators put between platform and
 * fake.
 *
 * A scenario names one ("plant": "proxy-ignores-drain") and the invariant that must catch it.
 * Nothing of a plant is there unless it is named.
 */
#ifndef FAKES_PLANTS_PLANTS_H
#define FAKES_PLANTS_PLANTS_H

#include "platform/base/arena.h"
#include "platform/env/env.h"

struct plant {
    const char *name;
    const char *about; /* the bug, one sentence */
    /* Puts its decorator over a port of this process; the arena lives as long as the process. */
    void (*wrap)(struct env *env, struct arena *arena);
};

extern const struct plant *const plants[]; /* NULL-terminated, in the order of plants.def */
const struct plant              *plant_find(const char *name); /* or NULL */

#endif

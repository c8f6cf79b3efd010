/*
 * platform/env/random.h - the random port: independent named streams.
 *
 * Behind it: platform/backends/loop/ (seeded from the OS) and fakes/random/ (seed, node, name).
 * Calling:   a stream is named after its consumer and kept by it; drawing is base/rng.
 */
#ifndef PLATFORM_ENV_RANDOM_H
#define PLATFORM_ENV_RANDOM_H

#include "platform/base/rng.h"

struct env_random {
    const struct env_random_ops *ops;
};

typedef void env_random_stream_fn(struct env_random *random, const char *name, struct rng *ret);

struct env_random_ops {
    const char           *name;
    env_random_stream_fn *stream;
};

static inline void
env_random_stream(struct env_random *random, const char *name, struct rng *ret)
{
    ASSERT(name != NULL);
    random->ops->stream(random, name, ret);
}

#endif

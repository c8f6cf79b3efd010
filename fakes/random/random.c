/* fakes/random/random.c - the random port of a simulated process. */
#include "fakes/random/random.h"

static void
fake_random_stream(struct env_random *port, const char *name, struct rng *ret)
{
    const struct fake_random *random = container_of(port, struct fake_random, port);
    world_stream(random->world, random->address, name, ret);
    ret->key = hash_step(ret->key, random->start);
}

static const struct env_random_ops fake_random_ops = { .name = "fake",
                                                       .stream = fake_random_stream };

void
fake_random_init(struct fake_random *random, struct world *world, struct world_process *process,
                 uint32_t start)
{
    *random = (struct fake_random){ .port.ops = &fake_random_ops,
                                    .world = world,
                                    .address = world_process_address(process),
                                    .start = start };
}

/* fakes/plants/engine_takes_more.c - an engine that gives every container eight times the cores
 * that it was asked for. */
#include "fakes/plants/engine_behind.h"
#include "fakes/plants/plants.h"

enum { GREED = 8 };

static void
greedy_engine_start(struct env_containers *port, struct env_containers_start *start)
{
    const struct container_spec *asked = start->spec;
    struct container_spec taken = *asked;
    taken.cpu_milli = asked->cpu_milli > CONTAINER_CPU_MILLI_MAX / GREED
                          ? CONTAINER_CPU_MILLI_MAX
                          : asked->cpu_milli * GREED;
    start->spec = &taken;
    engine_behind_start(port, start);
    start->spec = asked;
}

static const struct env_containers_ops greedy_engine_ops = { .name = "engine-takes-more",
                                                             .pull = engine_behind_pull,
                                                             .start = greedy_engine_start,
                                                             .stop = engine_behind_stop,
                                                             .remove = engine_behind_remove,
                                                             .list = engine_behind_list,
                                                             .inspect = engine_behind_inspect,
                                                             .exec = engine_behind_exec,
                                                             .listen = engine_behind_listen,
                                                             .volumes = engine_behind_volumes,
                                                             .remove_volume =
                                                                 engine_behind_remove_volume };

static void
greedy_engine_wrap(struct env *env, struct arena *arena)
{
    engine_behind_wrap(env, arena, &greedy_engine_ops);
}

const struct plant plant_engine_takes_more = {
    .name = "engine-takes-more",
    .about = "the engine gives a container eight times the cores that it was asked for",
    .wrap = greedy_engine_wrap,
};

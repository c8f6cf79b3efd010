/*
 * fakes/plants/engine_ignores_stop.c - an engine that reports a container as stopped, or as
 * removed, and lets it run.
 */
#include "fakes/plants/engine_behind.h"
#include "fakes/plants/plants.h"

/* A question to the engine behind, for its time alone: the answer is the plant's. */
struct deaf_stop {
    struct env_containers_inspect inner;
    struct env_op                *outer; /* borrowed: the agent's own */
};

static void
deaf_engine_done(struct env_op *op)
{
    const struct deaf_stop *stop = container_of(op, struct deaf_stop, inner.op);
    env_op_complete(stop->outer, ST_OK, "");
}

static void
deaf_engine_pretend(struct env_containers *port, uint64_t token, struct env_op *outer)
{
    struct engine_behind *engine = engine_behind_of(port);
    struct deaf_stop *stop = ARENA_NEW(engine->arena, struct deaf_stop);
    stop->inner.op.done = deaf_engine_done;
    stop->inner.token = token;
    stop->outer = outer;
    env_containers_inspect(engine->behind, &stop->inner);
}

static void
deaf_engine_stop(struct env_containers *port, struct env_containers_stop *stop)
{
    deaf_engine_pretend(port, stop->token, &stop->op);
}

static void
deaf_engine_remove(struct env_containers *port, struct env_containers_remove *remove)
{
    deaf_engine_pretend(port, remove->token, &remove->op);
}

static const struct env_containers_ops deaf_engine_ops = { .name = "engine-ignores-stop",
                                                           .pull = engine_behind_pull,
                                                           .start = engine_behind_start,
                                                           .stop = deaf_engine_stop,
                                                           .remove = deaf_engine_remove,
                                                           .list = engine_behind_list,
                                                           .inspect = engine_behind_inspect,
                                                           .exec = engine_behind_exec,
                                                           .listen = engine_behind_listen,
                                                           .volumes = engine_behind_volumes,
                                                           .remove_volume =
                                                               engine_behind_remove_volume };

static void
deaf_engine_wrap(struct env *env, struct arena *arena)
{
    engine_behind_wrap(env, arena, &deaf_engine_ops);
}

const struct plant plant_engine_ignores_stop = {
    .name = "engine-ignores-stop",
    .about = "the engine reports a container as stopped and removed, and lets it run",
    .wrap = deaf_engine_wrap,
};

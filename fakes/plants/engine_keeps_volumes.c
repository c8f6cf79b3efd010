/*
 * fakes/plants/engine_keeps_volumes.c - an engine that reports a volume as removed, and keeps it.
 */
#include "fakes/plants/engine_behind.h"
#include "fakes/plants/plants.h"

/* A question to the engine behind, for its time alone: the answer is the plant's. */
struct hoarder_remove {
    struct env_containers_inspect inner;
    struct env_op                *outer; /* borrowed: the agent's own */
};

static void
hoarder_done(struct env_op *op)
{
    const struct hoarder_remove *remove = container_of(op, struct hoarder_remove, inner.op);
    env_op_complete(remove->outer, ST_OK, "");
}

static void
hoarder_remove_volume(struct env_containers *port, struct env_containers_remove_volume *asked)
{
    struct engine_behind *engine = engine_behind_of(port);
    struct hoarder_remove *remove = ARENA_NEW(engine->arena, struct hoarder_remove);
    remove->inner.op.done = hoarder_done;
    remove->inner.token = asked->volume;
    remove->outer = &asked->op;
    env_containers_inspect(engine->behind, &remove->inner);
}

static const struct env_containers_ops hoarder_ops = { .name = "engine-keeps-volumes",
                                                       .pull = engine_behind_pull,
                                                       .start = engine_behind_start,
                                                       .stop = engine_behind_stop,
                                                       .remove = engine_behind_remove,
                                                       .list = engine_behind_list,
                                                       .inspect = engine_behind_inspect,
                                                       .exec = engine_behind_exec,
                                                       .listen = engine_behind_listen,
                                                       .volumes = engine_behind_volumes,
                                                       .remove_volume = hoarder_remove_volume };

static void
hoarder_wrap(struct env *env, struct arena *arena)
{
    engine_behind_wrap(env, arena, &hoarder_ops);
}

const struct plant plant_engine_keeps_volumes = {
    .name = "engine-keeps-volumes",
    .about = "the engine reports a volume as removed, and keeps it",
    .wrap = hoarder_wrap,
};

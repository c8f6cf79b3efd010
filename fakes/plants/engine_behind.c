/* fakes/plants/engine_behind.c - a container engine that passes everything on. */
#include "fakes/plants/engine_behind.h"

void
engine_behind_wrap(struct env *env, struct arena *arena, const struct env_containers_ops *ops)
{
    if (env->containers != NULL) {
        struct engine_behind *engine = ARENA_NEW(arena, struct engine_behind);
        engine->port.ops = ops;
        engine->behind = env->containers;
        engine->arena = arena;
        env->containers = &engine->port;
    }
}

void
engine_behind_pull(struct env_containers *port, struct env_containers_pull *pull)
{
    struct env_containers *behind = engine_behind_of(port)->behind;
    behind->ops->pull(behind, pull);
}

void
engine_behind_start(struct env_containers *port, struct env_containers_start *start)
{
    struct env_containers *behind = engine_behind_of(port)->behind;
    behind->ops->start(behind, start);
}

void
engine_behind_stop(struct env_containers *port, struct env_containers_stop *stop)
{
    struct env_containers *behind = engine_behind_of(port)->behind;
    behind->ops->stop(behind, stop);
}

void
engine_behind_remove(struct env_containers *port, struct env_containers_remove *remove)
{
    struct env_containers *behind = engine_behind_of(port)->behind;
    behind->ops->remove(behind, remove);
}

void
engine_behind_list(struct env_containers *port, struct env_containers_list *list)
{
    struct env_containers *behind = engine_behind_of(port)->behind;
    behind->ops->list(behind, list);
}

void
engine_behind_inspect(struct env_containers *port, struct env_containers_inspect *inspect)
{
    struct env_containers *behind = engine_behind_of(port)->behind;
    behind->ops->inspect(behind, inspect);
}

void
engine_behind_exec(struct env_containers *port, struct env_containers_exec *exec)
{
    struct env_containers *behind = engine_behind_of(port)->behind;
    behind->ops->exec(behind, exec);
}

void
engine_behind_listen(struct env_containers *port, struct env_containers_listener *listener)
{
    struct env_containers *behind = engine_behind_of(port)->behind;
    behind->ops->listen(behind, listener);
}

void
engine_behind_volumes(struct env_containers *port, struct env_containers_volumes *volumes)
{
    struct env_containers *behind = engine_behind_of(port)->behind;
    behind->ops->volumes(behind, volumes);
}

void
engine_behind_remove_volume(struct env_containers *port,
                            struct env_containers_remove_volume *remove)
{
    struct env_containers *behind = engine_behind_of(port)->behind;
    behind->ops->remove_volume(behind, remove);
}

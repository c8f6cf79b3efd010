/*
 * fakes/plants/engine_behind.h - a container engine that passes everything on: what plants change
 * one call of.
 *
 * Memory: the engine behind is borrowed; the decorator lives in the arena of its process.
 */
#ifndef FAKES_PLANTS_ENGINE_BEHIND_H
#define FAKES_PLANTS_ENGINE_BEHIND_H

#include "platform/base/arena.h"
#include "platform/env/env.h"

struct engine_behind {
    struct env_containers  port;
    struct env_containers *behind; /* borrowed */
    struct arena          *arena;  /* borrowed: as long as the process */
};

static inline struct engine_behind *
engine_behind_of(struct env_containers *port)
{
    return container_of(port, struct engine_behind, port);
}

/* Puts the decorator over a process's engine, if it has one. */
void engine_behind_wrap(struct env *env, struct arena *arena, const struct env_containers_ops *ops);

env_containers_pull_fn    engine_behind_pull;
env_containers_start_fn   engine_behind_start;
env_containers_stop_fn    engine_behind_stop;
env_containers_remove_fn  engine_behind_remove;
env_containers_list_fn    engine_behind_list;
env_containers_inspect_fn engine_behind_inspect;
env_containers_exec_fn    engine_behind_exec;
env_containers_listen_fn  engine_behind_listen;
env_containers_volumes_fn engine_behind_volumes;
env_containers_remove_volume_fn engine_behind_remove_volume;

#endif

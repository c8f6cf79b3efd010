/*
 * fakes/containers/volumes.h - the named volumes of a modelled engine.
 *
 * Private to this folder.
 *
 * A volume is made with the first container that mounts it. It outlives containers, agents and the
 * power of its machine, and goes with the machine. Nothing is kept of what is in it.
 */
#ifndef FAKES_CONTAINERS_VOLUMES_H
#define FAKES_CONTAINERS_VOLUMES_H

#include "fakes/containers/engine.h"

/* The container of the spec has been created: its volumes are there from now on, and mounted. */
void volumes_create(struct fake_engine *engine, const struct container_spec *spec);

/* Its process runs: facts tell what it mounts. */
void volumes_run(const struct fake_engine *engine, uint64_t token);

/* The container is no more. */
void volumes_unmount(struct fake_engine *engine, uint64_t token);

void volumes_fini(struct fake_engine *engine);

env_containers_volumes_fn       volumes_list;
env_containers_remove_volume_fn volumes_remove;

#endif

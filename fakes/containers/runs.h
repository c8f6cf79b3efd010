/*
 * fakes/containers/runs.h - which run of its app a container is.
 */
#ifndef FAKES_CONTAINERS_RUNS_H
#define FAKES_CONTAINERS_RUNS_H

#include "fakes/service.h"
#include "platform/env/containers.h"

/* As its environment says (REHEARSAL_RUN); 0: none, or none whose length the behaviour knows. */
uint32_t runs_number(const struct behavior *behavior, const struct container_spec *spec);

#endif

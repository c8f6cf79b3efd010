/*
 * fakes/containers/port.h - what the calls of the containers port share. Private to this folder.
 */
#ifndef FAKES_CONTAINERS_PORT_H
#define FAKES_CONTAINERS_PORT_H

#include "fakes/containers/engine.h"

struct fake_containers *port_of(struct env_containers *port);
struct fake_containers *port_of_argument(uint64_t argument);

/* Now, plus what a plain call takes. */
int64_t port_call_at_ns(struct fake_engine *engine);

/* Traces the call. False when the engine does not answer it as asked; the op says how then. */
bool port_begin(struct fake_containers *containers, struct env_op *op, const char *name, uint64_t a,
                uint64_t b);

/* fire gets op as its context and the port as its argument. */
void port_answer_at(struct fake_containers *containers, int64_t at_ns, world_fire_fn *fire,
                    void *op);
void port_refuse(struct env_op *op, enum status status, const char *message);
void port_complete(struct world *world, const struct fake_containers *containers, const char *name,
                   uint64_t a, struct env_op *op);

env_containers_list_fn    queries_list;
env_containers_inspect_fn queries_inspect;
env_containers_exec_fn    queries_exec;

#endif

/*
 * fakes/containers/port.c - the containers port of one life of an agent.
 *
 * What a call does happens at the call or belongs to the engine; its answer is an event of the
 * process and is dropped when that has died. What the answer will say waits in the op's own status
 * and message. Here are the calls that change something; queries.c has the others.
 */
#include <string.h>

#include "fakes/containers/port.h"
#include "fakes/containers/volumes.h"
#include "platform/base/memory.h"

struct fake_containers *
port_of(struct env_containers *port)
{
    return container_of(port, struct fake_containers, port);
}

struct fake_containers *
port_of_argument(uint64_t argument)
{
    return (struct fake_containers *)(uintptr_t)argument;
}

void
port_answer_at(struct fake_containers *containers, int64_t at_ns, world_fire_fn *fire, void *op)
{
    (void)world_at(containers->engine->world, at_ns, WORLD_CLASS_ANSWER, containers->process, fire,
                   op, (uint64_t)(uintptr_t)containers);
}

int64_t
port_call_at_ns(struct fake_engine *engine)
{
    return world_now(engine->world) +
           engine_draw_ns(engine, engine->options->call_ns_min, engine->options->call_ns_max,
                          FAKE_CONTAINERS_CALL_NS_MIN, FAKE_CONTAINERS_CALL_NS_MAX);
}

bool
port_begin(struct fake_containers *containers, struct env_op *op, const char *name, uint64_t a,
           uint64_t b)
{
    struct fake_engine *engine = containers->engine;
    const struct fake_containers_options *options = engine->options;
    world_trace_call(engine->world, containers->process, name, a, b);
    engine->calls_count++;
    op->status = ST_OK;
    op->message = "";
    const bool fails =
        engine->calls_count == options->unavailable_nth ||
        (options->unavailable_ppm > 0 && rng_chance(&engine->rng, options->unavailable_ppm));
    if (!engine->powered || fails) {
        op->status = ST_UNAVAILABLE;
        op->message = "the container engine does not answer";
        return false;
    }
    return true;
}

/* The call is done; its answer may still be lost. */
static void
port_maybe_lose(struct fake_engine *engine, struct env_op *op)
{
    if (engine->options->lost_ppm > 0 && rng_chance(&engine->rng, engine->options->lost_ppm)) {
        op->status = ST_TIMEOUT;
        op->message = "the container engine's answer was lost";
    }
}

void
port_refuse(struct env_op *op, enum status status, const char *message)
{
    op->status = status;
    op->message = message;
}

void
port_complete(struct world *world, const struct fake_containers *containers, const char *name,
              uint64_t a, struct env_op *op)
{
    world_trace_answer(world, containers->process, name, a, op->status);
    env_op_complete(op, op->status, op->message);
}

/* --- pull --- */

static void
port_pull_answer(struct world *world, void *context, uint64_t argument)
{
    struct env_containers_pull *pull = context;
    port_complete(world, port_of_argument(argument), "containers.pull", 0, &pull->op);
}

static env_containers_pull_fn fake_pull;
static void
fake_pull(struct env_containers *base, struct env_containers_pull *pull)
{
    struct fake_containers *containers = port_of(base);
    struct fake_engine *engine = containers->engine;
    const uint64_t name_hash = hash_bytes(0, pull->image, strlen(pull->image));
    int64_t at_ns = port_call_at_ns(engine);
    if (port_begin(containers, &pull->op, "containers.pull", name_hash, pull->force)) {
        at_ns = int64_max(at_ns,
                          engine_pull(engine, pull->image, pull->force, &pull->op.status));
        if (pull->op.status == ST_NOT_FOUND) {
            pull->op.message = "no registry has this image";
        } else if (pull->op.status == ST_DENIED) {
            pull->op.message = "the registry denies access: no basic auth credentials";
        } else if (pull->op.status != ST_OK) {
            pull->op.message = "the registry does not answer";
        }
    }
    port_answer_at(containers, at_ns, port_pull_answer, pull);
}

/* --- start --- */

static void
port_start_answer(struct world *world, void *context, uint64_t argument)
{
    (void)argument;
    struct engine_start *pending = context;
    struct fake_containers *containers = pending->containers;
    struct env_containers_start *start = pending->start;
    const uint64_t token = pending->token;
    engine_start_free(containers->engine, pending);

    const struct fake_container *container = engine_get(containers->engine, token);
    if (start->op.status == ST_OK && container == NULL) {
        port_refuse(&start->op, ST_NOT_FOUND, "the container was removed while it started");
    } else if (start->op.status == ST_OK && container->state == CONTAINER_CREATED) {
        port_refuse(&start->op, ST_FAILED, "the start was interrupted");
    } else if (start->op.status == ST_OK) {
        start->ret_ipv4 = container->ipv4;
    }
    port_complete(world, containers, "containers.start", token, &start->op);
}

static struct engine_start *
port_start_pending(struct fake_containers *containers, struct env_containers_start *start)
{
    struct fake_engine *engine = containers->engine;
    struct engine_start *pending = memory_alloc(sizeof *pending);
    *pending = (struct engine_start){ .next = engine->starts,
                                      .containers = containers,
                                      .start = start,
                                      .token = start->spec->token };
    if (engine->starts != NULL) {
        engine->starts->previous = pending;
    }
    engine->starts = pending;
    return pending;
}

/* The instant at which a start of this container is answered. */
static int64_t
port_start_existing(struct fake_engine *engine, struct env_containers_start *start,
                    struct fake_container *container)
{
    const int64_t at_ns = port_call_at_ns(engine);
    if (container->state != CONTAINER_CREATED) {
        return at_ns; /* the same start, which has happened */
    }
    if (container->starting) {
        return int64_max(at_ns, container->running_at_ns);
    }
    if (engine->options->start_fail_ppm > 0 &&
        rng_chance(&engine->rng, engine->options->start_fail_ppm)) {
        port_refuse(&start->op, ST_FAILED, "the container engine could not start it");
        return at_ns;
    }
    const int64_t latency_ns =
        engine_draw_ns(engine, engine->options->start_ns_min, engine->options->start_ns_max,
                       FAKE_CONTAINERS_START_NS_MIN, FAKE_CONTAINERS_START_NS_MAX);
    if (life_start(container, latency_ns) != ST_OK) {
        port_refuse(&start->op, ST_FAILED, "port is already allocated");
        return at_ns;
    }
    return container->running_at_ns;
}

static int64_t
port_start_at_ns(struct fake_engine *engine, struct env_containers_start *start)
{
    const struct container_spec *spec = start->spec;
    struct fake_container *container = engine_get(engine, spec->token);
    if (container == NULL) {
        const enum status status = life_create(engine, spec, &container);
        if (status == ST_NOT_FOUND) {
            port_refuse(&start->op, ST_NOT_FOUND, "no such image");
        } else if (status != ST_OK) {
            port_refuse(&start->op, ST_FAILED, "no address is left for the container");
        }
        if (status != ST_OK) {
            return port_call_at_ns(engine);
        }
    }
    return port_start_existing(engine, start, container);
}

static env_containers_start_fn fake_start;
static void
fake_start(struct env_containers *base, struct env_containers_start *start)
{
    struct fake_containers *containers = port_of(base);
    struct fake_engine *engine = containers->engine;
    int64_t at_ns = 0;
    if (port_begin(containers, &start->op, "containers.start", start->spec->token,
                   (uint64_t)start->spec->mem_bytes)) {
        at_ns = port_start_at_ns(engine, start);
        if (start->op.status == ST_OK) {
            port_maybe_lose(engine, &start->op);
        }
    } else {
        at_ns = port_call_at_ns(engine);
    }
    (void)world_at(engine->world, at_ns, WORLD_CLASS_ANSWER, containers->process,
                   port_start_answer, port_start_pending(containers, start), 0);
}

/* --- stop --- */

static void
port_stop_answer(struct world *world, void *context, uint64_t argument)
{
    struct env_containers_stop *stop = context;
    port_complete(world, port_of_argument(argument), "containers.stop", stop->token, &stop->op);
}

static int64_t
port_stop_at_ns(struct fake_engine *engine, struct env_containers_stop *stop)
{
    struct fake_container *container = engine_get(engine, stop->token);
    if (container == NULL) {
        port_refuse(&stop->op, ST_NOT_FOUND, "no such container");
        return port_call_at_ns(engine);
    }
    if (container->state != CONTAINER_RUNNING && !container->starting) {
        return port_call_at_ns(engine); /* it does not run: nothing to stop */
    }
    life_stop(container, stop->grace_ns);
    return container->end_at_ns +
           engine_draw_ns(engine, engine->options->stop_ns_min, engine->options->stop_ns_max,
                          FAKE_CONTAINERS_STOP_NS_MIN, FAKE_CONTAINERS_STOP_NS_MAX);
}

static env_containers_stop_fn fake_stop;
static void
fake_stop(struct env_containers *base, struct env_containers_stop *stop)
{
    struct fake_containers *containers = port_of(base);
    struct fake_engine *engine = containers->engine;
    int64_t at_ns = 0;
    if (port_begin(containers, &stop->op, "containers.stop", stop->token,
                   (uint64_t)stop->grace_ns)) {
        at_ns = port_stop_at_ns(engine, stop);
        port_maybe_lose(engine, &stop->op);
    } else {
        at_ns = port_call_at_ns(engine);
    }
    port_answer_at(containers, at_ns, port_stop_answer, stop);
}

/* --- remove --- */

static void
port_remove_answer(struct world *world, void *context, uint64_t argument)
{
    struct env_containers_remove *remove = context;
    port_complete(world, port_of_argument(argument), "containers.remove", remove->token,
                  &remove->op);
}

static env_containers_remove_fn fake_remove;
static void
fake_remove(struct env_containers *base, struct env_containers_remove *remove)
{
    struct fake_containers *containers = port_of(base);
    struct fake_engine *engine = containers->engine;
    const int64_t at_ns = port_call_at_ns(engine);
    if (port_begin(containers, &remove->op, "containers.remove", remove->token, 0)) {
        struct fake_container *container = engine_get(engine, remove->token);
        if (container != NULL) {
            life_remove(container);
        }
        port_maybe_lose(engine, &remove->op);
    }
    port_answer_at(containers, at_ns, port_remove_answer, remove);
}

static env_containers_listen_fn fake_listen;
static void
fake_listen(struct env_containers *base, struct env_containers_listener *listener)
{
    struct fake_containers *containers = port_of(base);
    containers->engine->listener = listener;
}

static const struct env_containers_ops fake_containers_ops = {
    .name = "fake",
    .pull = fake_pull,
    .start = fake_start,
    .stop = fake_stop,
    .remove = fake_remove,
    .list = queries_list,
    .inspect = queries_inspect,
    .exec = queries_exec,
    .listen = fake_listen,
    .volumes = volumes_list,
    .remove_volume = volumes_remove,
};

void
fake_containers_init(struct fake_containers *containers, struct fake_engine *engine,
                     struct world_process *process)
{
    *containers = (struct fake_containers){ .port = { .ops = &fake_containers_ops },
                                            .engine = engine,
                                            .process = process };
    engine_starts_drop(engine);
    engine->process = process;
    engine->listener = NULL;
}
